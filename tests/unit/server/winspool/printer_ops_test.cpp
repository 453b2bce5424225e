// OpenPrinter, ClosePrinter, EnumPrinters, GetPrinter, GetPrinterData: names, rights, echo of the server name, filters.
#include "level_specs.h"
#include "service_fixture.h"

namespace {

using namespace service_test;
using spooler::Access;
namespace attribute = spooler::printer_attribute;

class PrinterOps : public ServiceFixture {
 protected:
    void SetUp() override {
        ServiceFixture::SetUp();
        laser_ = add_printer("Laser", "P1", attribute::kShared);
    }

    std::vector<level_test::Element> enumerate(Session* who, std::uint32_t flags, std::string_view name, std::uint32_t level, Win32 expected = Win32::success) {
        op::EnumPrinters::In in;
        in.Flags = flags;
        in.Level = level;
        if (!name.empty()) in.Name = wide(who, name);
        in.cbBuf = 60000;
        in.pPrinterEnum = buffer(who, in.cbBuf);
        const auto out = call(who, &op::Client::enum_printers, in);
        EXPECT_EQ(code(out), expected);
        if (code(out) != Win32::success) return {};
        for (const level_test::SpecLevel& spec : level_test::printer_specs()) {
            if (spec.number == level) return level_test::read(spec, out.pPrinterEnum.view(), out.pcReturned);
        }
        return {};
    }
    std::vector<std::string> names(Session* who, std::uint32_t flags, std::string_view name = {}) {
        std::vector<std::string> result;
        for (const auto& element : enumerate(who, flags, name, 4)) result.push_back(element.values.at("PrinterName"));
        return result;
    }
    level_test::Element get(Session* who, const ndr::ContextHandle& handle, std::uint32_t level, Win32 expected = Win32::success) {
        op::GetPrinter::In in;
        in.hPrinter = handle;
        in.Level = level;
        in.cbBuf = 4000;
        in.pPrinter = buffer(who, in.cbBuf);
        const auto out = call(who, &op::Client::get_printer, in);
        EXPECT_EQ(code(out), expected);
        if (code(out) != Win32::success) return {};
        return level_test::read(level_test::printer_specs()[level], out.pPrinter.view(), 1).at(0);
    }
    struct Value {
        Win32 code;
        std::uint32_t type, needed;
        base::ByteBuffer data;
    };
    Value data(Session* who, const ndr::ContextHandle& handle, std::string_view name, std::uint32_t size = 1000) {
        op::GetPrinterData::In in;
        in.hPrinter = handle;
        in.pValueName = wide(who, name);
        in.nSize = size;
        const auto out = call(who, &op::Client::get_printer_data, in);
        EXPECT_EQ(out.pData.size, size);
        return {code(out), out.pType, out.pcbNeeded, {out.pData.data, out.pData.data + std::min(size, out.pcbNeeded)}};
    }
    Value data_ex(Session* who, const ndr::ContextHandle& handle, std::string_view key, std::string_view name, std::uint32_t size = 1000) {
        op::GetPrinterDataEx::In in;
        in.hPrinter = handle;
        in.pKeyName = wide(who, key);
        in.pValueName = wide(who, name);
        in.nSize = size;
        const auto out = call(who, &op::Client::get_printer_data_ex, in);
        return {code(out), out.pType, out.pcbNeeded, {out.pData.data, out.pData.data + std::min(size, out.pcbNeeded)}};
    }
    static std::uint32_t number(const base::ByteBuffer& bytes) {
        base::ByteReader reader(bytes);
        return reader.u32();
    }

    spooler::PrinterQueuePtr laser_;
};

TEST_F(PrinterOps, OpensByEveryFormOfAName) {
    for (const char* name : {"Laser", "laser", "LASER", "\\\\WINSPOOLD\\Laser", "\\\\winspoold.localdomain\\laser", "\\\\127.0.0.1\\Laser", "\\\\WINSPOOLD",
                             "\\\\localhost\\Laser", "Laser,LocalOnly", "Laser, LocalOnlyXXX", "\\\\WINSPOOLD\\,XcvMonitor Fake Port",
                             "\\\\WINSPOOLD\\,XcvPort P1", ",XcvPort P1", "P1, Port"}) {
        const ndr::ContextHandle handle = open(admin_, name);
        EXPECT_EQ(close(admin_, handle), Win32::success) << name;
    }
    EXPECT_EQ(admin_->handles().size(), 0U);
}

TEST_F(PrinterOps, RefusesBadNames) {
    for (const char* name : {"", "__INVALID_PRINTER__", "\\\\__INVALID_HOST__", "\\\\\\", "\\\\\\__INVALID_PRINTER__", "\\\\WINSPOOLD\\",
                             "\\\\WINSPOOLD\\__INVALID_PRINTER__", "Laser ,LocalOnly", "Laser,localonly", "Laser,Local", "Laser,Unknown", "Laser, Job 77",
                             "NoPort, Port", "\\\\WINSPOOLD\\,XcvMonitor No Monitor", "\\\\WINSPOOLD\\,XcvPort NoPort"}) {
        open(admin_, name, base::access::kMaximumAllowed, Win32::invalid_printer_name);
    }
    // A long postfix does not matter as long as the whole is no longer than a printer name may be.
    const std::string postfix = "Laser, LocalOnly";
    open(admin_, postfix + std::string(base::limits::kMaxPrinterNameChars - 1 - postfix.size(), 'x'));
    open(admin_, postfix + std::string(base::limits::kMaxPrinterNameChars - postfix.size(), 'x'), 0, Win32::invalid_printer_name);
}

TEST_F(PrinterOps, ClientInformationComesBeforeTheName) {
    op::OpenPrinter::In in = open_request(admin_, "__INVALID__", 0);
    in.pClientInfo.set_pClientInfo1(nullptr);
    EXPECT_EQ(code(call(admin_, &op::Client::open_printer, in)), Win32::invalid_parameter);
    in.pClientInfo.set_pNotUsed1(admin_->arena().alloc<op::SPLCLIENT_INFO_2>());
    EXPECT_EQ(code(call(admin_, &op::Client::open_printer, in)), Win32::invalid_parameter);
    in.pClientInfo.set_pNotUsed2(admin_->arena().alloc<op::SPLCLIENT_INFO_3>());
    EXPECT_EQ(code(call(admin_, &op::Client::open_printer, in)), Win32::invalid_parameter);
}

TEST_F(PrinterOps, ChecksDevModeAndDatatypeAtOpen) {
    const auto attempt = [&](base::ByteBuffer devmode, std::string_view datatype) {
        op::OpenPrinter::In in = open_request(admin_, "Laser", 0);
        in.pDevModeContainer.pDevMode = admin_->arena().copy(base::ByteView(devmode));
        in.pDevModeContainer.cbBuf = in.pDevModeContainer.pDevMode.size;
        if (!datatype.empty()) in.pDatatype = wide(admin_, datatype);
        return code(call(admin_, &op::Client::open_printer, in));
    };
    const base::ByteBuffer good = spooler::default_devmode("Laser");
    EXPECT_EQ(attempt(good, "raw"), Win32::success);
    EXPECT_EQ(attempt(good, "NT EMF 9"), Win32::invalid_datatype);
    for (const unsigned size : {0U, 0xFFFFU, 218U, 224U}) {
        base::ByteBuffer bad = good;
        bad[68] = static_cast<std::byte>(size & 0xFFU);
        bad[69] = static_cast<std::byte>(size >> 8U);
        EXPECT_EQ(attempt(bad, {}), Win32::invalid_parameter) << size;
    }
    EXPECT_EQ(attempt(base::ByteBuffer(10), {}), Win32::invalid_parameter);
}

TEST_F(PrinterOps, EveryObjectRefusesUnknownDatatypes) {
    pause(laser_);
    const std::string job = "Laser, Job " + std::to_string(spool(alice_, "Laser"));
    for (const std::string& name : {std::string("Laser"), std::string("\\\\WINSPOOLD"), job, std::string("P1, Port"), std::string("P4, Port"),
                                    std::string(",XcvPort P1")}) {
        op::OpenPrinter::In in = open_request(admin_, name, base::access::kMaximumAllowed);
        in.pDatatype = wide(admin_, "nonsense");
        EXPECT_EQ(code(call(admin_, &op::Client::open_printer, in)), Win32::invalid_datatype) << name;
        in.pDatatype = wide(admin_, "text");
        EXPECT_EQ(code(call(admin_, &op::Client::open_printer, in)), Win32::success) << name;
    }
    // Before the right is looked at.
    op::OpenPrinter::In in = open_request(alice_, "Laser", Access::administer);
    in.pDatatype = wide(alice_, "nonsense");
    EXPECT_EQ(code(call(alice_, &op::Client::open_printer, in)), Win32::invalid_datatype);
}

TEST_F(PrinterOps, RightsOfAnOrdinaryUser) {
    struct Row {
        const char* name;
        std::uint32_t access;
        Win32 expected;
    };
    const Win32 ok = Win32::success, no = Win32::access_denied;
    const Row rows[] = {
        {"\\\\WINSPOOLD", 0, ok}, {"\\\\WINSPOOLD", Access::server_enumerate, ok}, {"\\\\WINSPOOLD", 0x00020002, ok},
        {"\\\\WINSPOOLD", base::access::kGenericRead, ok}, {"\\\\WINSPOOLD", base::access::kGenericExecute, ok},
        {"\\\\WINSPOOLD", base::access::kMaximumAllowed, ok}, {"\\\\WINSPOOLD", Access::server_administer, no},
        {"\\\\WINSPOOLD", Access::server_all, no}, {"\\\\WINSPOOLD", base::access::kGenericWrite, no},
        {"\\\\WINSPOOLD", base::access::kGenericAll, no}, {"\\\\WINSPOOLD", base::access::kAccessSystemSecurity, no},
        {"\\\\WINSPOOLD", base::access::kSynchronize, no},
        {"Laser", 0, ok}, {"Laser", Access::use, ok}, {"Laser", base::access::kGenericRead, ok}, {"Laser", base::access::kGenericWrite, ok},
        {"Laser", base::access::kMaximumAllowed, ok}, {"Laser", Access::administer, no}, {"Laser", Access::printer_all, no},
        {"Laser", base::access::kWriteDac, no}, {"Laser", base::access::kWriteOwner, no}, {"Laser", base::access::kDelete, no},
        {"Laser", base::access::kAccessSystemSecurity, no}, {"Laser", Access::use | base::access::kSynchronize, no},
        {",XcvMonitor Fake Port", Access::server_administer, no}, {",XcvMonitor Fake Port", Access::server_enumerate, ok},
        {"P1, Port", Access::use, ok}, {"P1, Port", Access::administer, no}, {"P4, Port", Access::use, no},
        {"P1, Port", base::access::kSynchronize, no},
    };
    for (const Row& row : rows) open(alice_, row.name, row.access, row.expected);
    Session* print_operator = session(token("operator", kOperatorSid, {base::well_known::print_operators()}));
    open(print_operator, "Laser", Access::printer_all);
    open(print_operator, "Laser", base::access::kAccessSystemSecurity, no);
    open(admin_, "Laser", Access::printer_all | base::access::kAccessSystemSecurity);
    open(admin_, "\\\\WINSPOOLD", Access::server_all);
    open(admin_, "P4, Port", Access::use);
    open(admin_, "P4, Port", Access::printer_all);
    open(admin_, "P4, Port", Access::use | base::access::kSynchronize, no);
}

TEST_F(PrinterOps, JobHandlesHaveTheRightsOfTheJob) {
    pause(laser_);
    const std::string name = "Laser, Job " + std::to_string(spool(alice_, "Laser"));
    Session* carol = session(token("carol", kBobSid));
    open(alice_, name, Access::job_all);
    open(alice_, "\\\\WINSPOOLD\\" + name, 0);
    open(alice_, name, base::access::kGenericWrite, Win32::access_denied);
    open(alice_, name, base::access::kGenericExecute, Win32::access_denied);
    // JOB_WRITE and JOB_EXECUTE are never on the wire; their parts together with others are.
    open(alice_, name, base::access::kReadControl | Access::job_administer, Win32::access_denied);
    open(alice_, name, Access::job_administer);
    open(admin_, name, Access::job_all);
    open(carol, name, Access::job_administer, Win32::access_denied);
    open(carol, name, Access::job_read, Win32::access_denied);
}

TEST_F(PrinterOps, LegacyOpenHasNoClientInformation) {
    Session* old = session(token("WORK\\alice", kAliceSid), op::Via::rprn);
    op::OpenPrinterLegacy::In in;
    in.pPrinterName = wide(old, "Laser");
    const auto out = call(old, &op::Client::open_printer_legacy, in);
    EXPECT_EQ(code(out), Win32::success);
    EXPECT_EQ(close(old, out.pHandle), Win32::success);
    in.pPrinterName = wide(old, "");
    EXPECT_EQ(code(call(old, &op::Client::open_printer_legacy, in)), Win32::invalid_printer_name);
}

TEST_F(PrinterOps, AClosedOrForeignHandleFaults) {
    const ndr::ContextHandle handle = open(alice_, "Laser");
    EXPECT_EQ(close(alice_, handle), Win32::success);
    close(alice_, handle);
    EXPECT_EQ(alice_->fault, 0x1C00001AU);
    const ndr::ContextHandle other = open(admin_, "Laser");
    close(alice_, other);
    EXPECT_EQ(alice_->fault, 0x1C00001AU);
}

// A handle keeps the DEVMODE that it was opened with, and so do jobs: both count against the same share of the user.
TEST_F(PrinterOps, DevmodesOfHandlesAreBounded) {
    const base::ByteBuffer devmode = spooler::default_devmode("x");
    const auto open_with = [&](Session* who, const base::ByteBuffer& bytes) {
        op::OpenPrinter::In in = open_request(who, "Laser", Access::use);
        in.pDevModeContainer.pDevMode = who->arena().copy(base::ByteView(bytes));
        in.pDevModeContainer.cbBuf = in.pDevModeContainer.pDevMode.size;
        return call(who, &op::Client::open_printer, in);
    };
    base::UserBudget& budget = spooler_->metadata();
    auto rest = budget.take(kAliceSid, base::limits::kMaxJobMetadataBytesPerUser - devmode.size());
    ASSERT_TRUE(rest);
    const auto fits = open_with(alice_, devmode);
    ASSERT_EQ(code(fits), Win32::success);
    EXPECT_EQ(budget.held(kAliceSid), base::limits::kMaxJobMetadataBytesPerUser);
    const auto refused = open_with(alice_, devmode);
    EXPECT_EQ(code(refused), Win32::not_enough_quota);
    EXPECT_TRUE(refused.pHandle.is_null());
    EXPECT_EQ(code(open_with(admin_, devmode)), Win32::success) << "another user";
    EXPECT_FALSE(open(alice_, "Laser", Access::use).is_null()) << "without a DEVMODE";
    // ResetPrinter: as large as the one before is always good, one byte more is not.
    op::ResetPrinter::In reset;
    reset.hPrinter = fits.pHandle;
    const auto reset_to = [&](base::ByteBuffer bytes) {
        reset.pDevModeContainer.pDevMode = alice_->arena().copy(base::ByteView(bytes));
        reset.pDevModeContainer.cbBuf = reset.pDevModeContainer.pDevMode.size;
        return code(call(alice_, &op::Client::reset_printer, reset));
    };
    EXPECT_EQ(reset_to(devmode), Win32::success);
    base::ByteBuffer larger = devmode;
    base::ByteWriter(larger).patch_u16(70, 1);
    larger.push_back(std::byte{0});
    EXPECT_EQ(reset_to(larger), Win32::not_enough_quota);
    EXPECT_EQ(close(alice_, fits.pHandle), Win32::success);
    EXPECT_EQ(code(open_with(alice_, larger)), Win32::not_enough_quota);
    EXPECT_EQ(code(open_with(alice_, devmode)), Win32::success);
}

TEST_F(PrinterOps, EchoesTheServerName) {
    const ndr::ContextHandle with_server = open(alice_, "\\\\winspoold.LOCALDOMAIN\\laser");
    const auto full = get(alice_, with_server, 2);
    EXPECT_EQ(full.values.at("ServerName"), "\\\\winspoold.LOCALDOMAIN");
    EXPECT_EQ(full.values.at("PrinterName"), "\\\\winspoold.LOCALDOMAIN\\Laser");
    const ndr::ContextHandle without = open(alice_, "laser");
    const auto bare = get(alice_, without, 2);
    EXPECT_EQ(bare.values.at("ServerName"), "<null>");
    EXPECT_EQ(bare.values.at("PrinterName"), "Laser");
    EXPECT_NE(bare.values.at("Attributes").find_first_not_of('0'), std::string::npos);
    EXPECT_EQ(std::stoul(bare.values.at("Attributes")) & attribute::kLocal, attribute::kLocal);
    EXPECT_EQ(get(alice_, with_server, 1).values.at("Description"), "\\\\winspoold.LOCALDOMAIN\\Laser,Generic,");
    EXPECT_EQ(names(alice_, 2), std::vector<std::string>{"Laser"});
    EXPECT_EQ(names(alice_, 2, "\\\\127.0.0.1"), std::vector<std::string>{"\\\\127.0.0.1\\Laser"});
    EXPECT_EQ(names(alice_, 8, "\\\\WINSPOOLD"), std::vector<std::string>{"\\\\WINSPOOLD\\Laser"});
    enumerate(alice_, 8, "\\\\elsewhere", 4, Win32::invalid_name);
    // The name counts with the flag NAME only.
    for (const char* other : {"\\\\elsewhere", "\\\\", "no name"}) EXPECT_EQ(names(alice_, 2, other), std::vector<std::string>{"Laser"}) << other;
}

// Whatever name or address a client knows us by: everything that is composed for it has that one.
TEST_F(PrinterOps, EchoesEveryAlias) {
    for (const std::string server : {"\\\\WINSPOOLD", "\\\\winspoold", "\\\\winspoold.localdomain", "\\\\WinSpoolD.LocalDomain.", "\\\\localhost",
                                     "\\\\192.0.2.44", "\\\\2001:db8::7", "\\\\2001-db8--7.ipv6-literal.net"}) {
        const auto opened = get(alice_, open(alice_, server + "\\LASER"), 2);
        EXPECT_EQ(opened.values.at("ServerName"), server);
        EXPECT_EQ(opened.values.at("PrinterName"), server + "\\Laser");
        EXPECT_EQ(get(alice_, open(alice_, server + "\\LASER"), 5).values.at("PrinterName"), server + "\\Laser");
        EXPECT_EQ(get(alice_, open(alice_, server + "\\LASER"), 4).values.at("ServerName"), server);
        EXPECT_EQ(names(alice_, 2, server), std::vector<std::string>{server + "\\Laser"});
        // A name that comes back so is understood, and the short one is kept.
        spooler::PrinterChange change;
        change.name = spooler::short_name(server + "\\Laser", spooler_->server().names());
        EXPECT_EQ(*change.name, "Laser") << server;
    }
    for (const char* server : {"\\\\elsewhere", "\\\\winspoold.elsewhere", "\\\\"}) {
        open(alice_, std::string(server) + "\\Laser", 0, Win32::invalid_printer_name);
    }
}

TEST_F(PrinterOps, EnumerationShowsWhatTheCallerMayUse) {
    add_printer("Hidden", "P2");                                   // not shared
    spooler::NewPrinter closed = new_printer("Closed", "P3", attribute::kShared);
    closed.security = std::make_shared<const base::SecurityDescriptor>(*base::parse_sddl("O:SYG:SYD:(A;;0xf000c;;;BA)"));
    ASSERT_TRUE(run(spooler_->printers().add(closed)));
    EXPECT_EQ(names(alice_, 2), std::vector<std::string>{"Laser"});
    EXPECT_EQ(names(admin_, 2), (std::vector<std::string>{"Closed", "Hidden", "Laser"}));
    EXPECT_EQ(names(admin_, 0x22), (std::vector<std::string>{"Closed", "Laser"}));      // LOCAL | SHARED
    EXPECT_TRUE(names(admin_, 4).empty());                                              // CONNECTIONS
    EXPECT_TRUE(names(admin_, 0x20).empty());                                           // SHARED alone
    EXPECT_TRUE(names(admin_, 0).empty());
    open(alice_, "Closed", 0, Win32::access_denied);
}

TEST_F(PrinterOps, EnumerationFlagsWithLevelOneOnly) {
    enumerate(admin_, 0x10, {}, 2, Win32::invalid_level);          // REMOTE
    enumerate(admin_, 0x40, {}, 4, Win32::invalid_level);          // NETWORK
    enumerate(admin_, 0x40, {}, 1, Win32::can_not_complete);
    const auto providers = enumerate(alice_, 8, {}, 1);            // NAME without a name
    ASSERT_EQ(providers.size(), 1U);
    EXPECT_EQ(providers[0].values.at("Name"), "Windows NT Local Print Providor");
    const auto local = enumerate(alice_, 8, "Windows NT Local Print Providor", 1);
    ASSERT_EQ(local.size(), 1U);
    EXPECT_EQ(local[0].values.at("Name"), "Laser");
}

TEST_F(PrinterOps, EnumerationNeedsTheServersLeave) {
    auto closed = std::make_shared<const base::SecurityDescriptor>(*base::parse_sddl("O:SYG:SYD:(A;;0xf0003;;;BA)"));
    ASSERT_TRUE(run(spooler_->server().set_security(std::move(closed))));
    enumerate(alice_, 2, {}, 4, Win32::access_denied);
    EXPECT_EQ(names(admin_, 2), std::vector<std::string>{"Laser"});
}

TEST_F(PrinterOps, KnownPrintersAgeBeforeTheyShow) {
    const auto announce = [&](std::string_view name, std::uint32_t flags) {
        auto* info = admin_->arena().alloc<op::PRINTER_INFO_1>();
        info->Flags = flags;
        info->pName = wide(admin_, name);
        info->pDescription = wide(admin_, "far away");
        op::AddPrinter::In in;
        in.pPrinterContainer.set_pPrinterInfo1(info);
        in.pClientInfo.set_pClientInfo1(admin_->arena().alloc<op::SPLCLIENT_INFO_1>());
        const auto out = call(admin_, &op::Client::add_printer, in);
        EXPECT_TRUE(out.pHandle.is_null());
        return code(out);
    };
    EXPECT_EQ(announce("\\\\b\\two", attribute::kShared), Win32::printer_already_exists);
    EXPECT_EQ(announce("\\\\a\\one", attribute::kShared), Win32::printer_already_exists);
    enumerate(alice_, 0x40, {}, 1, Win32::can_not_complete);
    clock_.advance(std::chrono::minutes(61));
    const auto both = enumerate(alice_, 0x40, {}, 1);
    ASSERT_EQ(both.size(), 2U);
    EXPECT_EQ(both[0].values.at("Name"), "\\\\a\\one");
    EXPECT_EQ(announce("\\\\a\\one", 0), Win32::printer_already_exists);
    EXPECT_EQ(enumerate(alice_, 0x40, {}, 1).size(), 1U);
    clock_.advance(std::chrono::minutes(10));
    enumerate(alice_, 0x40, {}, 1, Win32::can_not_complete);
    for (std::size_t i = 0; i < base::limits::kMaxKnownPrinters; ++i) {
        EXPECT_EQ(announce("\\\\c\\" + std::to_string(i), attribute::kShared), Win32::printer_already_exists);
    }
    EXPECT_EQ(announce("\\\\c\\one too many", attribute::kShared), Win32::outofmemory);
    EXPECT_EQ(announce("\\\\C\\7", attribute::kShared), Win32::printer_already_exists);       // known already
    EXPECT_EQ(announce("", attribute::kShared), Win32::invalid_printer_name);
}

TEST_F(PrinterOps, GetPrinterChecksKindLevelAndRights) {
    const ndr::ContextHandle server = open(admin_, "\\\\WINSPOOLD");
    EXPECT_NE(get(admin_, server, 3).values.at("SecurityDescriptor"), "<null>");
    for (const std::uint32_t level : {0U, 1U, 2U, 4U, 5U, 6U, 7U, 8U, 9U}) get(admin_, server, level, Win32::invalid_level);
    const ndr::ContextHandle printer = open(admin_, "Laser");
    get(admin_, printer, 9, Win32::not_supported);
    const ndr::ContextHandle use_only = open(alice_, "Laser", Access::use);
    EXPECT_EQ(get(alice_, use_only, 2).values.at("SecurityDescriptor"), "<null>");
    get(alice_, use_only, 3, Win32::access_denied);
    const ndr::ContextHandle read_control = open(alice_, "Laser", base::access::kReadControl);
    get(alice_, read_control, 2, Win32::access_denied);
    const ndr::ContextHandle xcv = open(admin_, ",XcvPort P1");
    get(admin_, xcv, 2, Win32::invalid_handle);
    const auto readable = get(alice_, open(alice_, "Laser"), 3);
    EXPECT_EQ(readable.values.at("SecurityDescriptor"), base::to_hex(base::to_bytes(*laser_->record()->security)));
}

TEST_F(PrinterOps, StressInformationAgreesWithPrinterData) {
    const ndr::ContextHandle printer = open(alice_, "Laser");
    const ndr::ContextHandle server = open(alice_, "\\\\WINSPOOLD");
    const auto stress = get(alice_, printer, 0);
    const Value version = data(alice_, server, "OSVersion");
    ASSERT_EQ(version.code, Win32::success);
    ASSERT_EQ(version.needed, 276U);
    base::ByteReader reader(version.data);
    reader.skip(4);
    const std::uint32_t major = reader.u32(), minor = reader.u32(), build = reader.u32();
    EXPECT_EQ(std::stoul(stress.values.at("dwGetVersion")), major | (minor << 8U) | (build << 16U));
    const Value change = data(alice_, printer, "changeid");
    EXPECT_EQ(change.type, 4U);
    EXPECT_EQ(std::to_string(number(change.data)), stress.values.at("cChangeID"));
    EXPECT_EQ(data_ex(alice_, printer, "PrinterDriverData", "ChangeID").data, change.data);
}

TEST_F(PrinterOps, ServerValues) {
    const ndr::ContextHandle server = open(alice_, "\\\\WINSPOOLD");
    for (const char* name : {"W3SvcInstalled", "BeepEnabled", "EventLog", "MajorVersion", "MinorVersion", "DefaultSpoolDirectory", "Architecture",
                             "DsPresent", "OSVersion", "OSVersionEx", "DNSMachineName", "RemoteFax", "RestartJobOnPoolEnabled",
                             "RestartJobOnPoolError", "SchedulerThreadPriority", "PortThreadPriority"}) {
        SCOPED_TRACE(name);
        const Value value = data(alice_, server, name);
        EXPECT_EQ(value.code, Win32::success);
        EXPECT_GT(value.needed, 0U);
        const Value none = data(alice_, server, name, 0);
        EXPECT_EQ(none.code, Win32::more_data);
        EXPECT_EQ(none.type, value.type);
        EXPECT_EQ(none.needed, value.needed);
        EXPECT_EQ(data(alice_, server, name, value.needed - 1).code, Win32::more_data);
        EXPECT_EQ(data(alice_, server, name, value.needed).code, Win32::success);
        for (const char* key : {"", "random key"}) {
            const Value same = data_ex(alice_, server, key, name);
            EXPECT_EQ(same.code, Win32::success);
            EXPECT_EQ(same.type, value.type);
            EXPECT_EQ(same.data, value.data);
        }
    }
    EXPECT_EQ(number(data(alice_, server, "MajorVersion").data), 3U);
    EXPECT_EQ(data(alice_, server, "No such value").code, Win32::invalid_parameter);
}

TEST_F(PrinterOps, PrinterValues) {
    const ndr::ContextHandle printer = open(alice_, "Laser");
    const Value emf = data(alice_, printer, "EMFDespoolingSetting");
    EXPECT_EQ(emf.code, Win32::success);
    EXPECT_EQ(emf.type, 4U);
    EXPECT_EQ(number(emf.data), 0U);
    EXPECT_EQ(data(alice_, printer, "No such value").code, Win32::file_not_found);
    EXPECT_EQ(data_ex(alice_, printer, "No such key", "x").code, Win32::file_not_found);
    EXPECT_EQ(data_ex(alice_, printer, "", "ChangeID").code, Win32::invalid_parameter);
    // Predefined values have no key [MS-RPRN] 2.2.3.11.
    EXPECT_EQ(data_ex(alice_, printer, "", "V4_Driver_Hardware_IDs").code, Win32::not_supported);
    EXPECT_EQ(number(data_ex(alice_, printer, "", "branchofficeloggingenabled").data), 1U);
    // Predefined, but not for a printer like this one.
    for (const char* name : {"HardwareId", "SeparatorFileData", "V4_Driver_Hardware_IDs", "XpsFormat", "MergedData", "mergeddataname"}) {
        EXPECT_EQ(data(alice_, printer, name).code, Win32::not_supported) << name;
        EXPECT_EQ(data_ex(alice_, printer, "PrinterDriverData", name).code, Win32::not_supported) << name;
    }
    EXPECT_EQ(data(alice_, printer, std::string(259, 'x')).code, Win32::file_not_found);
    EXPECT_EQ(data(alice_, printer, std::string(260, 'x')).code, Win32::invalid_parameter);
    EXPECT_EQ(data_ex(alice_, printer, std::string(259, 'x'), "x").code, Win32::file_not_found);
    EXPECT_EQ(data_ex(alice_, printer, std::string(260, 'x'), "x").code, Win32::invalid_parameter);
    // Needs no right beyond an open handle.
    EXPECT_EQ(data(alice_, open(alice_, "Laser", base::access::kReadControl), "ChangeID").code, Win32::success);
}

TEST_F(PrinterOps, TheSpoolerKeyMirrorsTheSettings) {
    spooler::PrinterChange change;
    change.comment = "comment";
    change.location = "location";
    ASSERT_TRUE(run(spooler_->printers().change(laser_, change)));
    const ndr::ContextHandle printer = open(alice_, "\\\\WINSPOOLD\\Laser");
    const std::pair<const char*, const char*> expected[] = {{"description", "comment"}, {"location", "location"},  {"driverName", "Generic"},
                                                            {"portName", "P1"},         {"printerName", "Laser"}, {"printShareName", "Laser"},
                                                            {"printSpooling", "PrintWhileSpooling"}};
    for (const auto& [name, text] : expected) {
        const Value value = data_ex(alice_, printer, "dsspooler", name);
        EXPECT_EQ(value.code, Win32::success) << name;
        EXPECT_EQ(value.type, 1U) << name;
        EXPECT_EQ(value.data, spooler::text_value("", text).data) << name;
    }
}

TEST_F(PrinterOps, ResetPrinterReplacesDatatypeAndDevMode) {
    const ndr::ContextHandle printer = open(alice_, "Laser", Access::use);
    op::ResetPrinter::In in;
    in.hPrinter = printer;
    in.pDatatype = wide(alice_, "TEXT");
    EXPECT_EQ(code(call(alice_, &op::Client::reset_printer, in)), Win32::success);
    pause(laser_);
    EXPECT_EQ(code(start_document(alice_, printer)), Win32::success);
    EXPECT_EQ(laser_->jobs().at(0).info->datatype, "TEXT");
    in.pDatatype = wide(alice_, "nonsense");
    EXPECT_EQ(code(call(alice_, &op::Client::reset_printer, in)), Win32::invalid_datatype);
    in.pDatatype = ndr::WStr();
    in.pDevModeContainer.pDevMode = alice_->arena().zeroed(100);
    in.pDevModeContainer.cbBuf = 100;
    EXPECT_EQ(code(call(alice_, &op::Client::reset_printer, in)), Win32::invalid_parameter);
    in.hPrinter = open(alice_, "\\\\WINSPOOLD");
    EXPECT_EQ(code(call(alice_, &op::Client::reset_printer, in)), Win32::invalid_handle);
}

}  // namespace
