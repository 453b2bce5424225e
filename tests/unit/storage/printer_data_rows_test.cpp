// Printer data in the database: what is committed comes back after reopening, in the order that the spooler relies on.
#include "storage/memory_store.h"
#include "storage/sqlite.h"
#include "storage/sqlite_store.h"
#include "tests/support/run_task.h"
#include "tests/unit/storage/records.h"
#include "tests/unit/storage/temporary_directory.h"

#include <gtest/gtest.h>

namespace storage {
namespace {

using namespace spooler;  // NOLINT: the subject
using base::Win32;

class PrinterDataRowsTest : public testing::Test {
 protected:
    void SetUp() override {
        open();
        commit(PrinterPut{sample_printer(7, "Laser")});
        commit(PrinterPut{sample_printer(8, "Other")});
    }
    void open() {
        store_.reset();
        auto opened = SqliteStore::open(directory_.path("store.db"), {});
        ASSERT_TRUE(opened) << opened.error().text();
        store_ = std::move(opened).value();
    }
    Win32 commit(const Change& change) {
        apply_change(expected_, change);
        return base::code_of(threads_.run(store_->durable(store_->enqueue(change))));
    }
    Win32 put(PrinterId printer, const std::string& key, DataValue value) {
        return commit(PrinterDataPut{printer, ++change_id_, key, make_entry(std::move(value))});
    }
    Win32 remove(PrinterId printer, const std::string& key, std::optional<std::string> name = {}) {
        return commit(PrinterDataDelete{printer, ++change_id_, key, std::move(name)});
    }
    // "8 a\b: name name" for each key, as it is after reopening.
    static std::vector<std::string> text_of(const Snapshot& snapshot) {
        std::vector<std::string> lines;
        for (const PrinterKey& key : snapshot.printer_keys) {
            std::string line = std::to_string(key.printer) + " " + key.path + ":";
            for (const DataValue& value : key.values) line += " " + value.name;
            lines.push_back(line);
        }
        return lines;
    }
    Snapshot reload() {
        open();
        auto loaded = store_->load();
        EXPECT_TRUE(loaded) << loaded.error().text();
        return loaded ? std::move(*loaded) : Snapshot();
    }

    TemporaryDirectory directory_;
    test_support::Threads threads_{1};
    std::unique_ptr<SqliteStore> store_;
    Snapshot expected_;  // what the store in memory makes of the same changes
    std::uint32_t change_id_ = 100;
};

using Lines = std::vector<std::string>;

TEST_F(PrinterDataRowsTest, ValuesComeBackWithTheKeysAboveThem) {
    const DataValue odd{"Größe, a\\b", static_cast<ValueType>(0xFFFFFFFF), base::ByteBuffer{std::byte{0}, std::byte{255}, std::byte{0}}};
    EXPECT_EQ(put(7, "Top\\Sub,x\\Deep", odd), Win32::success);
    EXPECT_EQ(put(7, "top\\SUB,X", binary_value("empty", {})), Win32::success);
    const Snapshot snapshot = reload();
    EXPECT_EQ(text_of(snapshot), (Lines{"7 Top:", "7 Top\\Sub,x: empty", "7 Top\\Sub,x\\Deep: Größe, a\\b"}));
    EXPECT_EQ(snapshot.printer_keys[2].values, std::vector<DataValue>{odd});
    EXPECT_EQ(snapshot.printer_keys[1].values, std::vector<DataValue>{binary_value("empty", {})});
    EXPECT_EQ(text_of(expected_), text_of(snapshot));
    for (const PrinterRecord& printer : snapshot.printers)
        EXPECT_EQ(printer.change_id, printer.id == 7 ? change_id_ : sample_printer(8, "x").change_id);
}

TEST_F(PrinterDataRowsTest, ReplacingKeepsTheNameAndTakesTypeAndData) {
    EXPECT_EQ(put(7, "k", dword_value("Name", 1)), Win32::success);
    EXPECT_EQ(put(7, "K", text_value("NAME", "text")), Win32::success);
    const Snapshot snapshot = reload();
    ASSERT_EQ(snapshot.printer_keys.size(), 1U);
    EXPECT_EQ(snapshot.printer_keys[0].values, std::vector<DataValue>{text_value("Name", "text")});
}

TEST_F(PrinterDataRowsTest, DeletingAKeyTakesWhatIsBelowAndNothingElse) {
    for (const char* key : {"a", "a\\x", "a\\x\\y", "ab", "a]", "a[", "A\\z", "b"})
        EXPECT_EQ(put(7, key, dword_value("v", 1)), Win32::success);
    EXPECT_EQ(put(8, "a\\x", dword_value("v", 1)), Win32::success);
    EXPECT_EQ(remove(7, "b", "V"), Win32::success);
    EXPECT_EQ(remove(7, "A\\X"), Win32::success);
    EXPECT_EQ(text_of(reload()), (Lines{"7 a: v", "7 ab: v", "7 a[: v", "7 A\\z: v", "7 a]: v", "7 b:", "8 a:", "8 a\\x: v"}));
    EXPECT_EQ(remove(7, "a"), Win32::success);
    EXPECT_EQ(text_of(reload()), (Lines{"7 ab: v", "7 a[: v", "7 a]: v", "7 b:", "8 a:", "8 a\\x: v"}));
    Lines in_memory = text_of(expected_);
    std::sort(in_memory.begin(), in_memory.end());
    Lines on_disk = text_of(reload());
    std::sort(on_disk.begin(), on_disk.end());
    EXPECT_EQ(in_memory, on_disk);
}

TEST_F(PrinterDataRowsTest, DamagedRowsStayBehind) {
    for (const char* name : {"a", "b", "c"}) EXPECT_EQ(put(7, "k", dword_value(name, 1)), Win32::success);
    EXPECT_EQ(put(7, "sound", dword_value("v", 1)), Win32::success);
    store_.reset();
    auto database = Database::open(directory_.path("store.db"));
    ASSERT_TRUE(database);
    ASSERT_TRUE(
        database->execute("UPDATE printer_value SET type=-1 WHERE name='a'; UPDATE printer_value SET name='' WHERE name='b';"
                          "UPDATE printer_key SET path_key='x\\\\y' WHERE path='sound'"));
    database->close();
    EXPECT_EQ(text_of(reload()), (Lines{"7 k: c"}));
}

TEST_F(PrinterDataRowsTest, GoesWithItsPrinter) {
    EXPECT_EQ(put(7, "a\\b", dword_value("v", 1)), Win32::success);
    EXPECT_EQ(put(8, "a\\b", dword_value("v", 1)), Win32::success);
    EXPECT_EQ(commit(PrinterPut{sample_printer(7, "Renamed")}), Win32::success);  // keeps it
    EXPECT_EQ(text_of(reload()).size(), 4U);
    EXPECT_EQ(commit(PrinterDelete{7}), Win32::success);
    EXPECT_EQ(text_of(reload()), (Lines{"8 a:", "8 a\\b: v"}));
    EXPECT_EQ(text_of(expected_), (Lines{"8 a:", "8 a\\b: v"}));
}

}  // namespace
}  // namespace storage
