#include "spooler/printer_data.h"

#include "base/limits.h"
#include "tests/support/spooler_fixture.h"

namespace {

using base::Win32;
using spooler::DataValue;
namespace limits = base::limits;

spooler::KeyPath path(std::string_view text) { return spooler::parse_key_path(text).value(); }

std::vector<std::string> names(const std::vector<spooler::DataEntryPtr>& values) {
    std::vector<std::string> result;
    for (const auto& value : values) result.push_back(value->value.name);
    return result;
}

Win32 put(spooler::PrinterData& tree, std::string_view key, const DataValue& value) {
    return base::code_of(tree.put(path(key), spooler::make_entry(value)));
}

using Names = std::vector<std::string>;
const Names kPredefined = {"DsDriver", "DsSpooler", "DsUser", "PnPData", "PrinterDriverData"};

TEST(KeyPaths, PartsAreSeparatedByBackslashes) {
    EXPECT_EQ(path("a\\B c/d,e:0").parts, (Names{"a", "B c/d,e:0"}));
    EXPECT_EQ(path("a\\B").keys, (Names{"A", "B"}));
    EXPECT_TRUE(path("").parts.empty());
    for (const char* bad : {"\\", "\\a", "a\\", "a\\\\b"})
        EXPECT_EQ(base::code_of(spooler::parse_key_path(bad)), Win32::invalid_parameter) << bad;
    EXPECT_TRUE(spooler::parse_key_path(std::string(limits::kMaxNameChars - 1, 'x')));
    EXPECT_FALSE(spooler::parse_key_path(std::string(limits::kMaxNameChars, 'x')));
    std::string deep = "k";
    for (std::size_t i = 1; i < limits::kMaxPrinterDataDepth; ++i) deep += "\\k";
    EXPECT_EQ(path(deep).parts.size(), limits::kMaxPrinterDataDepth);
    EXPECT_EQ(base::code_of(spooler::parse_key_path(deep + "\\k")), Win32::invalid_parameter);
}

TEST(PrinterDataTree, KeepsValuesInTheOrderOfTheirNames) {
    spooler::PrinterData tree;
    for (const char* name : {"b", "C", "a"}) EXPECT_EQ(put(tree, "Key", spooler::dword_value(name, 1)), Win32::success);
    EXPECT_EQ(names(*tree.values(path("KEY"))), (Names{"a", "b", "C"}));
    EXPECT_EQ(put(tree, "key", spooler::text_value("B", "new")), Win32::success);  // replaces; the first spelling stays
    EXPECT_EQ(names(*tree.values(path("Key"))), (Names{"a", "b", "C"}));
    EXPECT_EQ(tree.find(path("key"), "B").value()->value.type, spooler::ValueType::sz);
    for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(*tree.at(path("key"), i), tree.values(path("key"))->at(i));
    EXPECT_EQ(base::code_of(tree.at(path("key"), 3)), Win32::no_more_items);
}

TEST(PrinterDataTree, ExtentsFollowEveryChange) {
    spooler::PrinterData tree;
    EXPECT_EQ(put(tree, "k", spooler::binary_value("long name", base::ByteBuffer(3))), Win32::success);
    EXPECT_EQ(put(tree, "k", spooler::binary_value("n", base::ByteBuffer(9))), Win32::success);
    auto extent = tree.extent(path("k")).value();
    EXPECT_EQ(extent.count, 2U);
    EXPECT_EQ(extent.name_bytes, 20U + 4U);
    EXPECT_EQ(extent.data_bytes, 12U);
    EXPECT_EQ(extent.largest_name_bytes, 20U);
    EXPECT_EQ(extent.largest_data_bytes, 9U);
    EXPECT_EQ(put(tree, "k", spooler::binary_value("n", base::ByteBuffer(2))), Win32::success);
    EXPECT_EQ(tree.extent(path("k"))->largest_data_bytes, 3U);
    EXPECT_TRUE(tree.remove(path("k"), "LONG NAME"));
    extent = tree.extent(path("k")).value();
    EXPECT_EQ(extent.largest_name_bytes, 4U);
    EXPECT_EQ(extent.data_bytes, 2U);
    EXPECT_TRUE(tree.remove(path("k"), "n"));
    EXPECT_EQ(tree.extent(path("k"))->count, 0U);  // the key stays
    EXPECT_EQ(base::code_of(tree.remove(path("k"), "n")), Win32::file_not_found);
    EXPECT_EQ(base::code_of(tree.extent(path("other"))), Win32::file_not_found);
}

TEST(PrinterDataTree, SubkeysAreDirectChildren) {
    spooler::PrinterData tree;
    EXPECT_EQ(*tree.subkeys(path("")), kPredefined);
    EXPECT_TRUE(tree.subkeys(path("pnpdata"))->empty());
    EXPECT_EQ(put(tree, "top\\sub\\deep", spooler::dword_value("v", 1)), Win32::success);
    EXPECT_EQ(put(tree, "TOP\\a", spooler::dword_value("v", 1)), Win32::success);
    EXPECT_EQ(*tree.subkeys(path("")), (Names{"DsDriver", "DsSpooler", "DsUser", "PnPData", "PrinterDriverData", "top"}));
    EXPECT_EQ(*tree.subkeys(path("Top")), (Names{"a", "sub"}));
    EXPECT_EQ(*tree.subkeys(path("top\\sub")), (Names{"deep"}));
    EXPECT_TRUE(tree.values(path("top\\sub"))->empty());
    EXPECT_TRUE(tree.remove_key(path("top\\SUB")));
    EXPECT_EQ(*tree.subkeys(path("top")), (Names{"a"}));
    EXPECT_EQ(base::code_of(tree.subkeys(path("top\\sub\\deep"))), Win32::file_not_found);
    EXPECT_EQ(base::code_of(tree.remove_key(path("top\\sub"))), Win32::file_not_found);
    EXPECT_EQ(base::code_of(tree.remove_key(path(""))), Win32::invalid_parameter);
    EXPECT_TRUE(tree.remove_key(path("PnPData")));  // predefined: empty, but there
    EXPECT_TRUE(tree.values(path("PnPData"))->empty());
}

TEST(PrinterDataTree, LimitsHoldAndAreGivenBack) {
    spooler::PrinterData tree;
    const DataValue large = spooler::binary_value("v", base::ByteBuffer(limits::kMaxDataValueBytes));
    const std::size_t fits = limits::kMaxPrinterDataBytes / limits::kMaxDataValueBytes - 1;
    for (std::size_t i = 0; i < fits; ++i) EXPECT_EQ(put(tree, "big" + std::to_string(i), large), Win32::success);
    EXPECT_EQ(put(tree, "one more", large), Win32::not_enough_quota);
    EXPECT_EQ(base::code_of(tree.subkeys(path("one more"))), Win32::file_not_found);  // nothing half done
    EXPECT_EQ(put(tree, "big0", large), Win32::success);                              // replacing needs no more
    EXPECT_TRUE(tree.remove_key(path("big1")));
    EXPECT_EQ(put(tree, "one more", large), Win32::success);

    spooler::PrinterData many;
    for (std::size_t i = 0; i < limits::kMaxPrinterDataValues; ++i)
        ASSERT_EQ(put(many, "k", spooler::dword_value(std::to_string(i), 1)), Win32::success);
    EXPECT_EQ(put(many, "k", spooler::dword_value("one more", 1)), Win32::not_enough_quota);
    EXPECT_EQ(put(many, "k", spooler::dword_value("0", 2)), Win32::success);
    EXPECT_TRUE(many.remove_key(path("k")));
    for (std::size_t i = 0; i < limits::kMaxPrinterDataKeys; ++i)
        ASSERT_EQ(put(many, std::to_string(i), spooler::dword_value("v", 1)), Win32::success);
    EXPECT_EQ(put(many, "one more", spooler::dword_value("v", 1)), Win32::not_enough_quota);
    EXPECT_EQ(put(many, "7", spooler::dword_value("w", 1)), Win32::success);
}

class QueueDataTest : public test_support::SpoolerFixture {
 protected:
    void SetUp() override {
        start();
        queue_ = add_printer("Laser");
    }
    Win32 set(const std::string& key, const DataValue& value) { return base::code_of(run(queue_->set_data(key, value))); }
    Win32 remove(const std::string& key, const std::string& name) { return base::code_of(run(queue_->remove_data(key, name))); }
    base::ByteBuffer bytes(std::string_view key, std::string_view name) {
        const auto value = queue_->data(key, name);
        return value ? (*value)->value.data : base::ByteBuffer();
    }
    std::uint64_t count(std::string_view key) {
        return queue_->data_values(key, [](const spooler::DataExtent&) { return false; })->extent.count;
    }
    spooler::PrinterQueuePtr queue_;
};

TEST_F(QueueDataTest, ChangesCountAndAreAnnounced) {
    const std::uint32_t before = queue_->change_id();
    static_cast<void>(events_.take());
    EXPECT_EQ(set("Key\\Sub", spooler::dword_value("v", 7)), Win32::success);
    EXPECT_EQ(queue_->change_id(), before + 1);
    const auto events = events_.take();
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0].change, spooler::printer_change::kSetPrinter);
    EXPECT_EQ(events[0].fields, 0U);
    EXPECT_EQ(remove("key\\sub", "V"), Win32::success);
    EXPECT_EQ(base::code_of(run(queue_->remove_data_key("KEY"))), Win32::success);
    EXPECT_EQ(queue_->change_id(), before + 3);
    EXPECT_EQ(remove("key\\sub", "V"), Win32::file_not_found);
    EXPECT_EQ(queue_->change_id(), before + 3);  // nothing changed
    EXPECT_EQ(store_->printer(queue_->id())->change_id, before + 3);
}

TEST_F(QueueDataTest, ReservedAndBadNames) {
    EXPECT_EQ(set("PrinterDriverData", spooler::dword_value("changeID", 1)), Win32::invalid_parameter);
    EXPECT_EQ(set("Other", spooler::dword_value("ChangeID", 1)), Win32::invalid_parameter);
    EXPECT_EQ(remove("PrinterDriverData", "ChangeID"), Win32::invalid_parameter);
    EXPECT_EQ(remove("PrinterDriverData", ""), Win32::invalid_parameter);
    EXPECT_EQ(set("", spooler::dword_value("v", 1)), Win32::invalid_parameter);
    EXPECT_EQ(set("k", spooler::dword_value("", 1)), Win32::invalid_parameter);
    EXPECT_EQ(set("k", spooler::dword_value(std::string(limits::kMaxNameChars, 'x'), 1)), Win32::invalid_parameter);
    EXPECT_EQ(set("k", spooler::dword_value(std::string(limits::kMaxNameChars - 1, 'x'), 1)), Win32::success);
    EXPECT_EQ(set("k", spooler::binary_value("v", base::ByteBuffer(limits::kMaxDataValueBytes + 1))), Win32::invalid_parameter);
    EXPECT_EQ(set("k", spooler::binary_value("v", base::ByteBuffer(limits::kMaxDataValueBytes))), Win32::success);
}

TEST_F(QueueDataTest, PredefinedValuesAreAnsweredButNotListed) {
    EXPECT_EQ(count("PrinterDriverData"), 0U);
    EXPECT_EQ(bytes("PrinterDriverData", "BranchOfficeOfflineLogSize"), spooler::dword_value("", 10).data);
    EXPECT_EQ(bytes("PrinterDriverData", "BranchOfficeLoggingEnabled"), spooler::dword_value("", 1).data);
    EXPECT_EQ(bytes("PrinterDriverData", "EnableBranchOfficePrinting"), spooler::dword_value("", 0).data);
    EXPECT_EQ(set("PrinterDriverData", spooler::dword_value("branchofficeofflinelogsize", 99)), Win32::success);
    EXPECT_EQ(bytes("PrinterDriverData", "BranchOfficeOfflineLogSize"), spooler::dword_value("", 99).data);
    EXPECT_EQ(count("PrinterDriverData"), 1U);
    EXPECT_EQ(remove("PrinterDriverData", "EMFDespoolingSetting"), Win32::file_not_found);
}

TEST_F(QueueDataTest, BranchOfficePrintingIsANotifiedField) {
    static_cast<void>(events_.take());
    EXPECT_EQ(set("PrinterDriverData", spooler::dword_value("EnableBranchOfficePrinting", 1)), Win32::success);
    EXPECT_TRUE(queue_->view().branch_office);
    EXPECT_EQ(events_.take().at(0).fields, spooler::field_bit(spooler::printer_field::kBranchOffice));
    crash_and_restart();
    queue_ = spooler_->printers().find("Laser");
    EXPECT_TRUE(queue_->view().branch_office);
    EXPECT_EQ(remove("PrinterDriverData", "EnableBranchOfficePrinting"), Win32::success);
    EXPECT_FALSE(queue_->view().branch_office);
}

TEST_F(QueueDataTest, MirrorsGiveWayToStoredValuesUntilSetPrinter) {
    const std::uint64_t mirrors = count("DsSpooler");
    EXPECT_EQ(mirrors, 19U);
    EXPECT_EQ(set("DsSpooler", spooler::text_value("Description", "from a client")), Win32::success);
    EXPECT_EQ(set("DsSpooler", spooler::text_value("own", "x")), Win32::success);
    EXPECT_EQ(count("DsSpooler"), mirrors + 1);
    EXPECT_EQ(bytes("DsSpooler", "description"), spooler::text_value("", "from a client").data);
    spooler::PrinterChange change;
    change.location = "elsewhere";
    ASSERT_TRUE(run(spooler_->printers().change(queue_, change)));
    EXPECT_EQ(bytes("DsSpooler", "description"), spooler::text_value("", "from a client").data);
    EXPECT_EQ(bytes("DsSpooler", "location"), spooler::text_value("", "elsewhere").data);
    change.comment = "by SetPrinter";
    ASSERT_TRUE(run(spooler_->printers().change(queue_, change)));
    EXPECT_EQ(bytes("DsSpooler", "description"), spooler::text_value("", "by SetPrinter").data);
    crash_and_restart();
    queue_ = spooler_->printers().find("Laser");
    EXPECT_EQ(bytes("DsSpooler", "description"), spooler::text_value("", "by SetPrinter").data);
    EXPECT_EQ(bytes("DsSpooler", "own"), spooler::text_value("", "x").data);
    EXPECT_EQ(bytes("DsSpooler", "uNCName"), spooler::text_value("", "\\\\winspoold.localdomain\\Laser").data);
}

TEST_F(QueueDataTest, SurvivesACrashAndGoesWithThePrinter) {
    EXPECT_EQ(set("a\\b", spooler::text_value("v", "text")), Win32::success);
    EXPECT_EQ(set("a\\b2", spooler::dword_value("w", 1)), Win32::success);
    EXPECT_EQ(set("gone", spooler::dword_value("w", 1)), Win32::success);
    EXPECT_EQ(base::code_of(run(queue_->remove_data_key("gone"))), Win32::success);
    const std::uint32_t change_id = queue_->change_id();
    crash_and_restart();
    queue_ = spooler_->printers().find("Laser");
    EXPECT_EQ(queue_->change_id(), change_id);
    EXPECT_EQ(bytes("A\\B", "V"), spooler::text_value("", "text").data);
    EXPECT_EQ(*queue_->data_keys("a"), (Names{"b", "b2"}));
    EXPECT_EQ(base::code_of(queue_->data_keys("gone")), Win32::file_not_found);
    ASSERT_TRUE(run(spooler_->printers().remove(std::exchange(queue_, nullptr))));
    settle();
    EXPECT_TRUE(store_->content().printer_keys.empty());
    queue_ = add_printer("Laser");
    EXPECT_EQ(base::code_of(queue_->data("a\\b", "v")), Win32::file_not_found);
}

TEST_F(QueueDataTest, NothingChangesWhileTheStoreRefuses) {
    store_->fail(base::Error(Win32::disk_full));
    EXPECT_EQ(set("k", spooler::dword_value("v", 1)), Win32::disk_full);
    EXPECT_EQ(base::code_of(queue_->data_keys("k")), Win32::file_not_found);
    store_->recover();
    EXPECT_EQ(set("k", spooler::dword_value("v", 1)), Win32::success);
}

}  // namespace
