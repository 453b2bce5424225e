// The eight operations on printer data and the server's values, over both interfaces and both transfer syntaxes.
#include "base/limits.h"
#include "service_fixture.h"

namespace {

using namespace service_test;
using spooler::Access;
namespace limits = base::limits;

struct Road {
    op::Via via;
    ndr::Syntax syntax;
};

class PrinterDataOps : public ServiceFixture, public testing::WithParamInterface<Road> {
 protected:
    void SetUp() override {
        ServiceFixture::SetUp();
        laser_ = add_printer("Laser", "P1", spooler::printer_attribute::kShared);
        const Road road = GetParam();
        admin_ = session(token("admin", kAdminSid, {base::well_known::administrators()}), road.via);
        alice_ = session(token("WORK\\alice", kAliceSid), road.via);
        for (Session* who : {admin_, alice_}) who->use(road.syntax);
        handle_ = open(admin_, "Laser");
        reader_ = open(alice_, "Laser");
        server_ = open(admin_, "\\\\WINSPOOLD");
    }
    Win32 set_ex(Session* who, const ndr::ContextHandle& handle, std::string_view key, const spooler::DataValue& value) {
        op::SetPrinterDataEx::In in;
        in.hPrinter = handle;
        in.pKeyName = wide(who, key);
        in.pValueName = wide(who, value.name);
        in.Type = static_cast<std::uint32_t>(value.type);
        in.pData = who->arena().copy(base::ByteView(value.data));
        in.cbData = in.pData.size;
        return code(call(who, &op::Client::set_printer_data_ex, in));
    }
    Win32 set(Session* who, const ndr::ContextHandle& handle, const spooler::DataValue& value) {
        op::SetPrinterData::In in;
        in.hPrinter = handle;
        in.pValueName = wide(who, value.name);
        in.Type = static_cast<std::uint32_t>(value.type);
        in.pData = who->arena().copy(base::ByteView(value.data));
        in.cbData = in.pData.size;
        return code(call(who, &op::Client::set_printer_data, in));
    }
    op::GetPrinterDataEx::Out get_ex(const ndr::ContextHandle& handle, std::string_view key, std::string_view name, std::uint32_t size) {
        op::GetPrinterDataEx::In in;
        in.hPrinter = handle;
        in.pKeyName = wide(admin_, key);
        in.pValueName = wide(admin_, name);
        in.nSize = size;
        return call(admin_, &op::Client::get_printer_data_ex, in);
    }
    op::EnumPrinterData::Out enum_data(std::uint32_t index, std::uint32_t name_size, std::uint32_t data_size) {
        op::EnumPrinterData::In in;
        in.hPrinter = reader_;
        in.dwIndex = index;
        in.cbValueName = name_size;
        in.cbData = data_size;
        const auto out = call(alice_, &op::Client::enum_printer_data, in);
        EXPECT_EQ(out.pValueName.size, name_size / 2);
        EXPECT_EQ(out.pData.size, data_size);
        return out;
    }
    op::EnumPrinterDataEx::Out enum_ex(std::string_view key, std::uint32_t size) {
        op::EnumPrinterDataEx::In in;
        in.hPrinter = reader_;
        in.pKeyName = wide(alice_, key);
        in.cbEnumValues = size;
        const auto out = call(alice_, &op::Client::enum_printer_data_ex, in);
        EXPECT_EQ(out.pEnumValues.size, size);
        return out;
    }
    op::EnumPrinterKey::Out enum_keys(std::string_view key, std::uint32_t size) {
        op::EnumPrinterKey::In in;
        in.hPrinter = reader_;
        in.pKeyName = wide(alice_, key);
        in.cbSubkey = size;
        const auto out = call(alice_, &op::Client::enum_printer_key, in);
        EXPECT_EQ(out.pSubkey.size, size / 2);
        return out;
    }
    Win32 remove_ex(Session* who, const ndr::ContextHandle& handle, std::string_view key, std::string_view name) {
        op::DeletePrinterDataEx::In in;
        in.hPrinter = handle;
        in.pKeyName = wide(who, key);
        in.pValueName = wide(who, name);
        return code(call(who, &op::Client::delete_printer_data_ex, in));
    }
    Win32 remove(Session* who, const ndr::ContextHandle& handle, std::string_view name) {
        op::DeletePrinterData::In in;
        in.hPrinter = handle;
        in.pValueName = wide(who, name);
        return code(call(who, &op::Client::delete_printer_data, in));
    }
    Win32 remove_key(Session* who, const ndr::ContextHandle& handle, std::string_view key) {
        op::DeletePrinterKey::In in;
        in.hPrinter = handle;
        in.pKeyName = wide(who, key);
        return code(call(who, &op::Client::delete_printer_key, in));
    }
    static base::ByteBuffer bytes(const ndr::Bytes& data, std::size_t count) { return {data.data, data.data + count}; }
    // An array of PRINTER_ENUM_VALUES read back; checks that no offset leaves the buffer.
    static std::vector<spooler::DataValue> read_values(const ndr::Bytes& buffer, std::uint32_t count) {
        std::vector<spooler::DataValue> values;
        const base::ByteView all = buffer.view();
        for (std::size_t i = 0; i < count; ++i) {
            const base::ByteView row = all.subspan(20 * i);
            base::ByteReader reader(row);
            const std::uint32_t name_at = reader.u32(), name_size = reader.u32(), type = reader.u32(), data_at = reader.u32(),
                                size = reader.u32();
            EXPECT_LE(std::size_t{name_at} + name_size, row.size());
            EXPECT_LE(std::size_t{data_at} + size, row.size());
            const std::u16string name = base::utf16_from_le(row.subspan(name_at, name_size));
            EXPECT_EQ(name.back(), u'\0');
            const base::ByteView data = row.subspan(data_at, size);
            values.push_back(
                {base::to_utf8(name.substr(0, name.size() - 1)), static_cast<spooler::ValueType>(type), {data.begin(), data.end()}});
        }
        return values;
    }

    spooler::PrinterQueuePtr laser_;
    ndr::ContextHandle handle_, reader_, server_;
};

TEST_P(PrinterDataOps, BothFormsMeanTheSameValue) {
    EXPECT_EQ(set(admin_, handle_, spooler::text_value("Name", "text")), Win32::success);
    for (const std::uint32_t size : {0U, 9U, 10U, 100U}) {
        const auto out = get_ex(handle_, "printerdriverdata", "NAME", size);
        EXPECT_EQ(code(out), size < 10 ? Win32::more_data : Win32::success) << size;
        EXPECT_EQ(out.pcbNeeded, 10U);
        EXPECT_EQ(out.pType, 1U);
        if (size >= 10) {
            EXPECT_EQ(bytes(out.pData, 10), spooler::text_value("", "text").data);
        }
    }
    EXPECT_EQ(set_ex(admin_, handle_, "PrinterDriverData", spooler::dword_value("name", 5)), Win32::success);
    EXPECT_EQ(get_ex(handle_, "PrinterDriverData", "Name", 4).pType, 4U);
    EXPECT_EQ(remove(admin_, handle_, "NAME"), Win32::success);
    EXPECT_EQ(remove(admin_, handle_, "NAME"), Win32::file_not_found);
    EXPECT_EQ(code(get_ex(handle_, "PrinterDriverData", "Name", 4)), Win32::file_not_found);
}

TEST_P(PrinterDataOps, TypesAndEmptyDataAreKeptAsTheyAre) {
    for (const std::uint32_t type : {0U, 1U, 2U, 3U, 5U, 6U, 7U, 8U, 11U, 0xFFFFFFFFU}) {
        EXPECT_EQ(set_ex(admin_, handle_, "k", {"v", static_cast<spooler::ValueType>(type), base::ByteBuffer(3, std::byte{1})}),
                  Win32::success);
        EXPECT_EQ(get_ex(handle_, "k", "v", 3).pType, type);
    }
    EXPECT_EQ(set_ex(admin_, handle_, "k", spooler::binary_value("empty", {})), Win32::success);
    const auto out = get_ex(handle_, "k", "empty", 0);
    EXPECT_EQ(code(out), Win32::success);
    EXPECT_EQ(out.pcbNeeded, 0U);
    EXPECT_EQ(out.pType, 3U);
}

TEST_P(PrinterDataOps, EnumPrinterDataWalksInTheOrderOfEnumPrinterDataEx) {
    EXPECT_EQ(code(enum_data(0, 0, 0)), Win32::success);  // nothing stored
    EXPECT_EQ(code(enum_data(0, 100, 100)), Win32::no_more_items);
    const spooler::DataValue values[] = {spooler::text_value("bb", "text"), spooler::dword_value("AAAA", 3),
                                         spooler::binary_value("c", {})};
    for (const auto& value : values) EXPECT_EQ(set(admin_, handle_, value), Win32::success);
    for (const std::uint32_t index : {0U, 2U}) {
        const auto sizes = enum_data(index, 0, 0);
        EXPECT_EQ(code(sizes), Win32::success);
        EXPECT_EQ(sizes.pcbValueName, 10U);
        EXPECT_EQ(sizes.pcbData, 10U);
    }
    const auto whole = enum_ex("PrinterDriverData", 1000);
    const std::vector<spooler::DataValue> expected = read_values(whole.pEnumValues, whole.pnEnumValues);
    EXPECT_EQ(expected, (std::vector<spooler::DataValue>{values[1], values[0], values[2]}));
    for (std::uint32_t index = 0; index < 3; ++index) {
        const auto out = enum_data(index, 10, 10);
        ASSERT_EQ(code(out), Win32::success);
        EXPECT_EQ(base::to_utf8({out.pValueName.data, out.pcbValueName / 2 - 1}), expected[index].name);
        EXPECT_EQ(out.pType, static_cast<std::uint32_t>(expected[index].type));
        EXPECT_EQ(bytes(out.pData, out.pcbData), expected[index].data);
    }
    EXPECT_EQ(code(enum_data(3, 10, 10)), Win32::no_more_items);
    EXPECT_EQ(code(enum_data(3, 0, 0)), Win32::no_more_items);
    for (const auto& [name, data] : {std::pair(9U, 10U), std::pair(10U, 3U), std::pair(0U, 10U), std::pair(10U, 0U)}) {
        const auto out = enum_data(0, name, data);
        EXPECT_EQ(code(out), Win32::more_data) << name << " " << data;
        EXPECT_EQ(out.pcbValueName, 10U);
        EXPECT_EQ(out.pcbData, 4U);
        EXPECT_EQ(out.pType, 4U);
    }
}

TEST_P(PrinterDataOps, EnumPrinterDataExWithEveryBuffer) {
    EXPECT_EQ(set_ex(admin_, handle_, "key\\sub", spooler::binary_value("odd", base::ByteBuffer(3, std::byte{7}))), Win32::success);
    EXPECT_EQ(set_ex(admin_, handle_, "Key\\Sub", spooler::dword_value("x", 1)), Win32::success);
    constexpr std::uint32_t kNeeded = 2 * 20 + 8 + 4 + 3 + 4;
    for (const std::uint32_t size : {0U, kNeeded - 1, kNeeded, kNeeded + 5, kNeeded + 200}) {
        const auto out = enum_ex("KEY\\sub", size);
        EXPECT_EQ(out.pcbEnumValues, kNeeded);
        EXPECT_EQ(code(out), size < kNeeded ? Win32::more_data : Win32::success);
        EXPECT_EQ(out.pnEnumValues, size < kNeeded ? 0U : 2U);
        if (size < kNeeded) continue;
        const auto values = read_values(out.pEnumValues, 2);
        EXPECT_EQ(values[0], spooler::binary_value("odd", base::ByteBuffer(3, std::byte{7})));
        EXPECT_EQ(values[1], spooler::dword_value("x", 1));
        // 64-bit clients let the structures grow in place: all that is free must lie between them and the first name, aligned to 4.
        const std::uint32_t first = base::ByteReader(out.pEnumValues.view()).u32();
        EXPECT_EQ(first, (size - (8 + 4 + 3 + 4)) / 4 * 4);
    }
    const auto empty = enum_ex("key", 0);  // is there, without values
    EXPECT_EQ(code(empty), Win32::success);
    EXPECT_EQ(empty.pcbEnumValues, 0U);
    EXPECT_EQ(code(enum_ex("PnPData", 0)), Win32::success);
    EXPECT_EQ(code(enum_ex("missing", 100)), Win32::file_not_found);
    EXPECT_EQ(code(enum_ex("", 100)), Win32::invalid_parameter);
    EXPECT_EQ(code(enum_ex(std::string(limits::kMaxNameChars, 'x'), 100)), Win32::invalid_parameter);
    EXPECT_EQ(enum_ex("DsSpooler", 5000).pnEnumValues, 19U);
}

TEST_P(PrinterDataOps, EnumPrinterKeyWithEveryBuffer) {
    EXPECT_EQ(set_ex(admin_, handle_, "torture,key\\a b", spooler::dword_value("v", 1)), Win32::success);
    EXPECT_EQ(set_ex(admin_, handle_, "torture,key\\c/d:0\\e", spooler::dword_value("v", 1)), Win32::success);
    const std::u16string list = std::u16string(u"a b\0c/d:0\0\0", 11);
    const auto needed = static_cast<std::uint32_t>(list.size() * 2);
    for (const std::uint32_t size : {0U, needed - 2, needed - 1, needed, needed + 1, needed + 40}) {
        const auto out = enum_keys("Torture,Key", size);
        EXPECT_EQ(out.pcbSubkey, needed);
        EXPECT_EQ(code(out), size < needed ? Win32::more_data : Win32::success) << size;
        if (size >= needed) {
            EXPECT_EQ(std::u16string(out.pSubkey.data, list.size()), list);
        }
    }
    const auto leaf = enum_keys("torture,key\\a b", 4);
    EXPECT_EQ(code(leaf), Win32::success);
    EXPECT_EQ(leaf.pcbSubkey, 4U);
    EXPECT_EQ(code(enum_keys("torture,key\\a b", 2)), Win32::more_data);
    EXPECT_EQ(code(enum_keys("missing", 100)), Win32::file_not_found);
    const auto root = enum_keys("", 1000);
    const std::u16string names(root.pSubkey.data, root.pcbSubkey / 2);
    EXPECT_EQ(names, std::u16string(u"DsDriver\0DsSpooler\0DsUser\0PnPData\0PrinterDriverData\0torture,key\0\0", 65));
    EXPECT_EQ(remove_key(admin_, handle_, "torture,key\\c/d:0"), Win32::success);
    EXPECT_EQ(code(enum_keys("torture,key\\c/d:0\\e", 100)), Win32::file_not_found);
    EXPECT_EQ(remove_key(admin_, handle_, "torture,key\\c/d:0"), Win32::file_not_found);
    EXPECT_EQ(remove_key(admin_, handle_, ""), Win32::invalid_parameter);
}

TEST_P(PrinterDataOps, NamesAndSizesAtTheEdge) {
    const std::string longest(limits::kMaxNameChars - 1, 'n');
    EXPECT_EQ(set_ex(admin_, handle_, longest, spooler::dword_value(longest, 1)), Win32::success);
    EXPECT_EQ(code(get_ex(handle_, longest, longest, 4)), Win32::success);
    EXPECT_EQ(set_ex(admin_, handle_, longest + "x", spooler::dword_value("v", 1)), Win32::invalid_parameter);
    EXPECT_EQ(set_ex(admin_, handle_, "k", spooler::dword_value(longest + "x", 1)), Win32::invalid_parameter);
    for (const char* key : {"", "\\", "a\\\\b", "\\a", "a\\"}) {
        EXPECT_EQ(set_ex(admin_, handle_, key, spooler::dword_value("v", 1)), Win32::invalid_parameter) << key;
        EXPECT_EQ(remove_ex(admin_, handle_, key, "v"), Win32::invalid_parameter) << key;
        EXPECT_EQ(remove_key(admin_, handle_, key), Win32::invalid_parameter) << key;
    }
    EXPECT_EQ(set_ex(admin_, handle_, "k", spooler::dword_value("", 1)), Win32::invalid_parameter);
    EXPECT_EQ(set_ex(admin_, handle_, "k", spooler::binary_value("v", base::ByteBuffer(limits::kMaxDataValueBytes))), Win32::success);
    EXPECT_EQ(set_ex(admin_, handle_, "k", spooler::binary_value("v", base::ByteBuffer(limits::kMaxDataValueBytes + 1))),
              Win32::invalid_parameter);
    for (const char* name : {"ChangeID", "changeid"}) {
        EXPECT_EQ(set(admin_, handle_, spooler::dword_value(name, 1)), Win32::invalid_parameter);
        EXPECT_EQ(remove(admin_, handle_, name), Win32::invalid_parameter);
        EXPECT_EQ(remove_ex(admin_, handle_, "PrinterDriverData", name), Win32::invalid_parameter);
    }
    EXPECT_EQ(remove(admin_, handle_, ""), Win32::invalid_parameter);
}

TEST_P(PrinterDataOps, WritingNeedsTheRightReadingNone) {
    EXPECT_EQ(set_ex(admin_, handle_, "k", spooler::dword_value("v", 1)), Win32::success);
    for (const char* access : {"use", "read"}) {
        const std::uint32_t mask = std::string(access) == "use" ? Access::use : base::access::kReadControl;
        const ndr::ContextHandle handle = open(alice_, "Laser", mask);
        EXPECT_EQ(set(alice_, handle, spooler::dword_value("v", 1)), Win32::access_denied);
        EXPECT_EQ(set_ex(alice_, handle, "k", spooler::dword_value("v", 1)), Win32::access_denied);
        EXPECT_EQ(remove(alice_, handle, "v"), Win32::access_denied);
        EXPECT_EQ(remove_ex(alice_, handle, "k", "v"), Win32::access_denied);
        EXPECT_EQ(remove_key(alice_, handle, "k"), Win32::access_denied);
    }
    EXPECT_EQ(set(alice_, open(alice_, "\\\\WINSPOOLD"), spooler::dword_value("BeepEnabled", 1)), Win32::access_denied);
    EXPECT_EQ(code(enum_ex("k", 100)), Win32::success);
    EXPECT_EQ(set(admin_, open(admin_, ",XcvPort P1"), spooler::dword_value("v", 1)), Win32::invalid_handle);
    EXPECT_EQ(remove(admin_, server_, "BeepEnabled"), Win32::invalid_handle);
    EXPECT_EQ(remove_key(admin_, server_, "k"), Win32::invalid_handle);
}

TEST_P(PrinterDataOps, LimitedManagersMayWriteButNotDelete) {
    auto descriptor = std::make_shared<base::SecurityDescriptor>(*laser_->record()->security);
    base::Ace ace;
    ace.mask = Access::manage_limited | Access::use;
    ace.sid = kAliceSid;
    descriptor->dacl->insert(descriptor->dacl->begin(), ace);
    spooler::PrinterChange change;
    change.security = descriptor;
    ASSERT_TRUE(run(spooler_->printers().change(laser_, change)));
    const ndr::ContextHandle handle = open(alice_, "Laser");
    EXPECT_EQ(set(alice_, handle, spooler::dword_value("v", 1)), Win32::success);
    EXPECT_EQ(set_ex(alice_, handle, "k", spooler::dword_value("v", 1)), Win32::success);
    EXPECT_EQ(remove(alice_, handle, "v"), Win32::access_denied);
}

TEST_P(PrinterDataOps, ServerValuesAreWrittenWhateverTheKey) {
    EXPECT_EQ(set(admin_, server_, spooler::dword_value("beepenabled", 1)), Win32::success);
    EXPECT_EQ(bytes(get_ex(server_, "any", "BeepEnabled", 4).pData, 4), spooler::dword_value("", 1).data);
    EXPECT_EQ(set_ex(admin_, server_, "", spooler::text_value("DefaultSpoolDirectory", "D:\\spool")), Win32::success);
    EXPECT_EQ(set_ex(admin_, server_, std::string(300, 'k'), spooler::dword_value("SchedulerThreadPriority", 0xFFFFFFFE)), Win32::success);
    EXPECT_EQ(set(admin_, server_, spooler::dword_value("PortThreadPriority", 3)), Win32::invalid_parameter);
    for (const char* name : {"MajorVersion", "OSVersion", "Architecture", "nothing", "", "NetPopup"}) {
        EXPECT_EQ(set(admin_, server_, spooler::dword_value(name, 1)), Win32::invalid_parameter) << name;
    }
    EXPECT_EQ(set(admin_, server_, spooler::text_value("BeepEnabled", "yes")), Win32::invalid_parameter);
    crash_and_restart();
    EXPECT_EQ(spooler_->server().value("BeepEnabled")->data, spooler::dword_value("", 1).data);
    EXPECT_EQ(spooler_->server().value("DefaultSpoolDirectory")->data, spooler::text_value("", "D:\\spool").data);
    EXPECT_EQ(spooler_->server().value("SchedulerThreadPriority")->data, spooler::dword_value("", 0xFFFFFFFE).data);
    service_ = std::make_unique<server::WinspoolService>(*spooler_, bus_);
}

INSTANTIATE_TEST_SUITE_P(Roads, PrinterDataOps,
                         testing::Values(Road{op::Via::par, ndr::Syntax::ndr20}, Road{op::Via::par, ndr::Syntax::ndr64},
                                         Road{op::Via::rprn, ndr::Syntax::ndr20}, Road{op::Via::rprn, ndr::Syntax::ndr64}),
                         [](const testing::TestParamInfo<Road>& road) {
                             return std::string(road.param.via == op::Via::par ? "par" : "rprn") +
                                    (road.param.syntax == ndr::Syntax::ndr20 ? "_ndr20" : "_ndr64");
                         });

}  // namespace
