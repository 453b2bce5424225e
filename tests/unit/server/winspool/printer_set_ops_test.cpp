// SetPrinter, AddPrinter, DeletePrinter: levels, commands, order of checks, rights, and what sticks.
#include "level_specs.h"
#include "service_fixture.h"

namespace {

using namespace service_test;
using spooler::Access;
namespace attribute = spooler::printer_attribute;

class PrinterSetOps : public ServiceFixture {
 protected:
    void SetUp() override {
        ServiceFixture::SetUp();
        laser_ = add_printer("Laser", "P1", attribute::kShared);
        handle_ = open(admin_, "\\\\WINSPOOLD\\Laser");
    }

    template <class Info>
    Info* alloc() {
        return admin_->arena().alloc<Info>();
    }
    op::PRINTER_INFO_2* info2() {
        auto* info = alloc<op::PRINTER_INFO_2>();
        info->pPrinterName = wide(admin_, "\\\\WINSPOOLD\\Laser");
        info->pShareName = wide(admin_, "Laser");
        info->pPortName = wide(admin_, "P1");
        info->pDriverName = wide(admin_, "Generic");
        info->pPrintProcessor = wide(admin_, "winprint");
        info->pDatatype = wide(admin_, "RAW");
        info->Attributes = attribute::kShared | attribute::kLocal;
        info->Priority = info->DefaultPriority = 1;
        return info;
    }
    Win32 set(const op::PRINTER_CONTAINER& container, std::uint32_t command = 0, Session* who = nullptr, const ndr::ContextHandle* handle = nullptr) {
        op::SetPrinter::In in;
        in.hPrinter = handle != nullptr ? *handle : handle_;
        in.pPrinterContainer = container;
        in.pDevModeContainer = devmode_;
        in.pSecurityContainer = security_;
        in.Command = command;
        return code(call(who != nullptr ? who : admin_, &op::Client::set_printer, in));
    }
    Win32 set2(op::PRINTER_INFO_2* info) {
        op::PRINTER_CONTAINER container;
        container.set_pPrinterInfo2(info);
        return set(container);
    }
    op::PRINTER_CONTAINER zeroed(std::uint32_t level) {
        op::PRINTER_CONTAINER container;
        switch (level) {
            case 0: container.set_pPrinterInfoStress(alloc<op::PRINTER_INFO_STRESS>()); break;
            case 1: container.set_pPrinterInfo1(alloc<op::PRINTER_INFO_1>()); break;
            case 2: container.set_pPrinterInfo2(alloc<op::PRINTER_INFO_2>()); break;
            case 3: container.set_pPrinterInfo3(alloc<op::PRINTER_INFO_3>()); break;
            case 4: container.set_pPrinterInfo4(alloc<op::PRINTER_INFO_4>()); break;
            case 5: container.set_pPrinterInfo5(alloc<op::PRINTER_INFO_5>()); break;
            case 6: container.set_pPrinterInfo6(alloc<op::PRINTER_INFO_6>()); break;
            case 7: container.set_pPrinterInfo7(alloc<op::PRINTER_INFO_7>()); break;
            case 8: container.set_pPrinterInfo8(alloc<op::PRINTER_INFO_8>()); break;
            default: container.set_pPrinterInfo9(alloc<op::PRINTER_INFO_9>()); break;
        }
        return container;
    }
    static op::PRINTER_CONTAINER missing(std::uint32_t level) {
        op::PRINTER_CONTAINER container;
        switch (level) {
            case 0: container.set_pPrinterInfoStress(nullptr); break;
            case 1: container.set_pPrinterInfo1(nullptr); break;
            case 2: container.set_pPrinterInfo2(nullptr); break;
            case 3: container.set_pPrinterInfo3(nullptr); break;
            case 4: container.set_pPrinterInfo4(nullptr); break;
            case 5: container.set_pPrinterInfo5(nullptr); break;
            case 6: container.set_pPrinterInfo6(nullptr); break;
            case 7: container.set_pPrinterInfo7(nullptr); break;
            case 8: container.set_pPrinterInfo8(nullptr); break;
            default: container.set_pPrinterInfo9(nullptr); break;
        }
        return container;
    }
    void use_security(const char* sddl) {
        const base::ByteBuffer bytes = base::to_bytes(*base::parse_sddl(sddl));
        security_.pSecurity = admin_->arena().copy(base::ByteView(bytes));
        security_.cbBuf = security_.pSecurity.size;
    }

    spooler::PrinterQueuePtr laser_;
    ndr::ContextHandle handle_;
    op::DEVMODE_CONTAINER devmode_;
    op::SECURITY_CONTAINER security_;
};

TEST_F(PrinterSetOps, ZeroedContainers) {
    const Win32 expected[] = {Win32::success,           Win32::invalid_level,     Win32::unknown_printer_driver, Win32::invalid_parameter,
                              Win32::invalid_parameter, Win32::invalid_parameter, Win32::success,                Win32::invalid_parameter,
                              Win32::success,           Win32::not_supported};
    for (std::uint32_t level = 0; level <= 9; ++level) EXPECT_EQ(set(zeroed(level)), expected[level]) << level;
    EXPECT_EQ(set(zeroed(7), 0), Win32::invalid_parameter);
}

TEST_F(PrinterSetOps, AnArmWithoutDataIsInvalid) {
    for (const std::uint32_t level : {0U, 2U, 3U, 4U, 5U, 6U, 7U, 8U}) EXPECT_EQ(set(missing(level)), Win32::invalid_parameter) << level;
    EXPECT_EQ(set(missing(1)), Win32::invalid_level);
    EXPECT_EQ(set(missing(9)), Win32::not_supported);
}

TEST_F(PrinterSetOps, CommandsHaveLevelZeroOnly) {
    for (std::uint32_t level = 1; level <= 9; ++level) {
        for (const std::uint32_t command : {1U, 2U, 3U}) EXPECT_EQ(set(zeroed(level), command), Win32::invalid_printer_command) << level;
    }
    for (const std::uint32_t command : {4U, 5U, 100U}) EXPECT_EQ(set(zeroed(0), command), Win32::invalid_printer_command) << command;
}

TEST_F(PrinterSetOps, PauseResumePurge) {
    EXPECT_EQ(set(missing(0), 1), Win32::success);
    EXPECT_EQ(laser_->view().status & spooler::printer_status::kPaused, spooler::printer_status::kPaused);
    spool(alice_, "Laser");
    EXPECT_EQ(laser_->jobs().size(), 1U);
    EXPECT_EQ(set(missing(0), 3), Win32::success);
    EXPECT_TRUE(laser_->jobs().empty());
    EXPECT_EQ(set(zeroed(0), 2), Win32::success);
    EXPECT_EQ(laser_->view().status & spooler::printer_status::kPaused, 0U);
}

TEST_F(PrinterSetOps, LevelTwoAppliesEverything) {
    auto* info = info2();
    info->pPrinterName = wide(admin_, "\\\\winspoold\\Color");
    info->pShareName = wide(admin_, "color");
    info->pPortName = wide(admin_, "P2,P3");
    info->pComment = wide(admin_, "comment");
    info->pLocation = wide(admin_, "location");
    info->pParameters = wide(admin_, "parameters");
    info->Attributes = attribute::kShared | attribute::kQueued;
    info->Priority = 10;
    info->DefaultPriority = 20;
    info->StartTime = 30;
    info->UntilTime = 40;
    info->Status = 0xFFFF;
    info->cJobs = 99;
    const std::uint32_t before = laser_->change_id();
    ASSERT_EQ(set2(info), Win32::success);
    const spooler::PrinterView view = laser_->view();
    const spooler::PrinterRecord& record = *view.record;
    EXPECT_EQ(record.name, "Color");
    EXPECT_EQ(record.share_name, "color");
    EXPECT_EQ(record.ports, (std::vector<std::string>{"P2", "P3"}));
    EXPECT_EQ(record.comment, "comment");
    EXPECT_EQ(record.location, "location");
    EXPECT_EQ(record.parameters, "parameters");
    EXPECT_EQ(record.attributes, attribute::kShared | attribute::kQueued | attribute::kLocal);
    EXPECT_EQ(record.priority, 10U);
    EXPECT_EQ(record.default_priority, 20U);
    EXPECT_EQ(record.start_time, 30U);
    EXPECT_EQ(record.until_time, 40U);
    EXPECT_EQ(view.status, 0U);
    EXPECT_EQ(view.jobs, 0U);
    EXPECT_GT(laser_->change_id(), before);
    open(admin_, "Laser", 0, Win32::invalid_printer_name);
    open(admin_, "Color");
    // The old handle follows the printer.
    EXPECT_EQ(set(missing(0), 1), Win32::success);
}

TEST_F(PrinterSetOps, LevelTwoChecks) {
    add_printer("Other", "P2");
    struct Row {
        const char* what;
        std::function<void(op::PRINTER_INFO_2&)> spoil;
        Win32 expected;
    };
    const Row rows[] = {
        {"name taken", [&](auto& i) { i.pPrinterName = wide(admin_, "Other"); }, Win32::printer_already_exists},
        {"name bad", [&](auto& i) { i.pPrinterName = wide(admin_, "a,b"); }, Win32::invalid_printer_name},
        {"port", [&](auto& i) { i.pPortName = wide(admin_, "nowhere"); }, Win32::unknown_port},
        {"no port", [&](auto& i) { i.pPortName = ndr::WStr(); }, Win32::unknown_port},
        {"driver", [&](auto& i) { i.pDriverName = wide(admin_, "nothing"); }, Win32::unknown_printer_driver},
        {"processor", [&](auto& i) { i.pPrintProcessor = wide(admin_, "nothing"); }, Win32::unknown_printprocessor},
        {"datatype", [&](auto& i) { i.pDatatype = wide(admin_, "nothing"); }, Win32::invalid_datatype},
        {"direct text", [&](auto& i) { i.pDatatype = wide(admin_, "TEXT"), i.Attributes = attribute::kDirect; }, Win32::invalid_datatype},
        {"RAW only text", [&](auto& i) { i.pDatatype = wide(admin_, "TEXT"), i.Attributes = attribute::kRawOnly; }, Win32::invalid_datatype},
        {"separator", [&](auto& i) { i.pSepFile = wide(admin_, "c:\\x.sep"); }, Win32::invalid_separator_file},
        {"priority", [&](auto& i) { i.Priority = 100; }, Win32::invalid_priority},
        {"times", [&](auto& i) { i.StartTime = 1441; }, Win32::invalid_parameter},
        {"share name", [&](auto& i) { i.pShareName = wide(admin_, std::string(base::limits::kMaxNameChars, 'x')); }, Win32::invalid_parameter},
        {"comment", [&](auto& i) { i.pComment = wide(admin_, std::string(base::limits::kMaxCommentChars, 'x')); }, Win32::invalid_parameter},
        {"driver not to be shared", [&](auto& i) { i.pDriverName = wide(admin_, "Private"); }, Win32::printer_not_shareable},
    };
    for (const Row& row : rows) {
        auto* info = info2();
        row.spoil(*info);
        EXPECT_EQ(set2(info), row.expected) << row.what;
        EXPECT_EQ(laser_->record()->name, "Laser") << row.what;
    }
    EXPECT_EQ(set2(info2()), Win32::success);
    auto* info = info2();
    info->pComment = wide(admin_, std::string(base::limits::kMaxCommentChars - 1, 'x'));
    EXPECT_EQ(set2(info), Win32::success);
}

TEST_F(PrinterSetOps, LevelsFourToEight) {
    op::PRINTER_CONTAINER container;
    auto* four = alloc<op::PRINTER_INFO_4>();
    four->pPrinterName = wide(admin_, "Four");
    four->Attributes = attribute::kShared | attribute::kKeepPrintedJobs;
    container.set_pPrinterInfo4(four);
    EXPECT_EQ(set(container), Win32::success);
    EXPECT_EQ(laser_->record()->name, "Four");
    EXPECT_EQ(laser_->record()->attributes, attribute::kShared | attribute::kKeepPrintedJobs | attribute::kLocal);
    auto* five = alloc<op::PRINTER_INFO_5>();
    five->pPrinterName = wide(admin_, "Five");
    five->pPortName = wide(admin_, "P4");
    five->Attributes = attribute::kShared;
    five->DeviceNotSelectedTimeout = 7;
    container.set_pPrinterInfo5(five);
    EXPECT_EQ(set(container), Win32::success);
    EXPECT_EQ(laser_->record()->name, "Five");
    EXPECT_EQ(laser_->record()->ports, std::vector<std::string>{"P4"});
    five->pPortName = ndr::WStr();
    EXPECT_EQ(set(container), Win32::unknown_port);
    op::GetPrinter::In get;
    get.hPrinter = handle_;
    get.Level = 5;
    get.pPrinter = buffer(admin_, get.cbBuf = 1000);
    const auto got = call(admin_, &op::Client::get_printer, get);
    ASSERT_EQ(code(got), Win32::success);
    // The timeouts do not stick.
    EXPECT_EQ(level_test::read(level_test::printer_specs()[5], got.pPrinter.view(), 1).at(0).values.at("DeviceNotSelectedTimeout"), "15000");
    auto* six = alloc<op::PRINTER_INFO_6>();
    six->dwStatus = spooler::printer_status::kPaperOut;
    container.set_pPrinterInfo6(six);
    EXPECT_EQ(set(container), Win32::success);
    EXPECT_EQ(laser_->view().status, spooler::printer_status::kPaperOut);
    container.set_pPrinterInfo8(alloc<op::PRINTER_INFO_8>());
    const base::ByteBuffer devmode = spooler::default_devmode("x", 1);
    devmode_.pDevMode = admin_->arena().copy(base::ByteView(devmode));
    devmode_.cbBuf = devmode_.pDevMode.size;
    EXPECT_EQ(set(container), Win32::success);
    ASSERT_TRUE(laser_->record()->devmode);
    EXPECT_EQ(*laser_->record()->devmode, devmode);
    devmode_.cbBuf = 100;
    devmode_.pDevMode.size = 100;
    EXPECT_EQ(set(container), Win32::invalid_parameter);
}

// What Windows does not keep.
TEST_F(PrinterSetOps, SomeBitsDoNotStick) {
    namespace status = spooler::printer_status;
    op::PRINTER_CONTAINER container;
    auto* six = alloc<op::PRINTER_INFO_6>();
    six->dwStatus = 0xFFFFFFFF;
    container.set_pPrinterInfo6(six);
    EXPECT_EQ(set(container), Win32::success);
    EXPECT_EQ(laser_->view().status, 0x1FFFFF8U);
    six->dwStatus = status::kPaused | status::kError | status::kPendingDeletion | status::kServerOffline;
    EXPECT_EQ(set(container), Win32::success);
    EXPECT_EQ(laser_->view().status, 0U);
    auto* info = info2();
    info->Attributes |= attribute::kDefault | attribute::kFax | attribute::kNetwork | attribute::kPublished | attribute::kTs | 0x10000U;
    ASSERT_EQ(set2(info), Win32::success);
    EXPECT_EQ(laser_->record()->attributes, attribute::kShared | attribute::kLocal);
}

TEST_F(PrinterSetOps, APrinterForRawTakesEveryKindOfIt) {
    auto* info = info2();
    for (const char* datatype : {"RAW", "raw [ff auto]", "RAW [FF appended]"}) {
        info->pDatatype = wide(admin_, datatype);
        info->Attributes = attribute::kDirect | attribute::kRawOnly;
        EXPECT_EQ(set2(info), Win32::success) << datatype;
    }
    info->pDatatype = wide(admin_, "TEXT");
    info->Attributes = 0;
    ASSERT_EQ(set2(info), Win32::success);
    op::PRINTER_CONTAINER container;
    auto* four = alloc<op::PRINTER_INFO_4>();
    four->pPrinterName = wide(admin_, "Laser");
    four->Attributes = attribute::kDirect;
    container.set_pPrinterInfo4(four);
    EXPECT_EQ(set(container), Win32::invalid_datatype);
}

TEST_F(PrinterSetOps, PublishingRules) {
    const auto publish = [&](std::uint32_t action) {
        auto* info = alloc<op::PRINTER_INFO_7>();
        info->dwAction = action;
        op::PRINTER_CONTAINER container;
        container.set_pPrinterInfo7(info);
        return static_cast<std::uint32_t>(set(container));
    };
    EXPECT_EQ(publish(2), 0x80070002U);
    for (const std::uint32_t action : {0U, 3U, 16U, 0x80000000U}) EXPECT_EQ(publish(action), static_cast<std::uint32_t>(Win32::invalid_parameter));
}

// Level 7 gives the printer its GUID once; what the client sends in that place is ignored ([MS-RPRN] 2.2.1.10.8).
TEST_F(PrinterSetOps, PublishingKeepsTheGuid) {
    const auto publish = [&](std::uint32_t action) {
        auto* info = alloc<op::PRINTER_INFO_7>();
        info->pszObjectGUID = wide(admin_, "{11111111-2222-3333-4444-555555555555}");
        info->dwAction = action;
        op::PRINTER_CONTAINER container;
        container.set_pPrinterInfo7(info);
        return set(container);
    };
    const auto shown = [&] {
        op::GetPrinter::In in;
        in.hPrinter = handle_;
        in.Level = 7;
        in.pPrinter = buffer(admin_, in.cbBuf = 1000);
        const auto out = call(admin_, &op::Client::get_printer, in);
        EXPECT_EQ(code(out), Win32::success);
        auto values = level_test::read(level_test::printer_specs()[7], out.pPrinter.view(), 1).at(0).values;
        return std::pair(values.at("ObjectGUID"), values.at("dwAction"));
    };
    EXPECT_EQ(shown().second, "4") << "unpublished";
    ASSERT_EQ(publish(1), Win32::success);
    const auto first = shown();
    EXPECT_TRUE(base::parse_guid(first.first)) << first.first;
    EXPECT_NE(first.first, "{11111111-2222-3333-4444-555555555555}");
    EXPECT_EQ(first.second, "1");
    EXPECT_EQ(store_->printer(laser_->id())->object_guid, laser_->record()->object_guid) << "durable";
    for (const std::uint32_t action : {1U, 2U}) {
        EXPECT_EQ(publish(action), Win32::success);
        EXPECT_EQ(shown(), first) << action;
    }
    ASSERT_EQ(publish(4), Win32::success);
    EXPECT_EQ(shown().second, "4");
    ASSERT_EQ(publish(1), Win32::success);
    EXPECT_EQ(shown(), first) << "unpublished in between";
    auto* info = info2();
    info->pComment = wide(admin_, "changed");
    ASSERT_EQ(set2(info), Win32::success);
    EXPECT_EQ(laser_->record()->object_guid, *base::parse_guid(first.first)) << "SetPrinter at another level";
    ASSERT_EQ(publish(8), Win32::success);
    EXPECT_NE(shown().first, first.first) << "a new object";
}

TEST_F(PrinterSetOps, DevmodeAtEachLevel) {
    const auto use_devmode = [&](const base::ByteBuffer& bytes) {
        devmode_.pDevMode = admin_->arena().copy(base::ByteView(bytes));
        devmode_.cbBuf = devmode_.pDevMode.size;
    };
    const base::ByteBuffer good = spooler::default_devmode("Laser", 1);
    base::ByteBuffer beyond = good;                                // dmDriverExtra reaches behind the end
    base::ByteWriter(beyond).patch_u16(70, 1);
    base::ByteBuffer uneven = good;                                // dmSize is no multiple of four
    base::ByteWriter(uneven).patch_u16(68, 219);
    base::ByteBuffer small = good;                                 // dmSize ends inside the fixed part
    base::ByteWriter(small).patch_u16(68, 72);
    for (const base::ByteBuffer& bad : {beyond, uneven, small, base::ByteBuffer(75)}) {
        use_devmode(bad);
        auto* info = info2();
        info->pComment = wide(admin_, "must not stick");
        EXPECT_EQ(set2(info), Win32::invalid_parameter);
        EXPECT_EQ(set(zeroed(8)), Win32::invalid_parameter);
        EXPECT_EQ(set(zeroed(9)), Win32::not_supported);
    }
    EXPECT_EQ(laser_->record()->comment, "");
    EXPECT_EQ(laser_->record()->devmode, nullptr);
    use_devmode(good);
    EXPECT_EQ(set(zeroed(9)), Win32::not_supported) << "of one user: local to clients";
    EXPECT_EQ(laser_->record()->devmode, nullptr);
    EXPECT_EQ(set2(info2()), Win32::success);
    ASSERT_TRUE(laser_->record()->devmode);
    EXPECT_EQ(*laser_->record()->devmode, good);
    // None given: the one that is there stays.
    devmode_ = {};
    EXPECT_EQ(set2(info2()), Win32::success);
    EXPECT_EQ(set(zeroed(8)), Win32::success);
    EXPECT_EQ(*laser_->record()->devmode, good);
    const base::ByteBuffer other = spooler::default_devmode("Laser", 9);
    use_devmode(other);
    EXPECT_EQ(set(zeroed(8)), Win32::success);
    EXPECT_EQ(*laser_->record()->devmode, other);
    EXPECT_EQ(*store_->printer(laser_->id())->devmode, other) << "durable";
}

TEST_F(PrinterSetOps, SecurityByParts) {
    const auto before = laser_->record()->security;
    use_security("D:(A;;0x20008;;;WD)");
    op::PRINTER_CONTAINER container = zeroed(3);
    EXPECT_EQ(set(container), Win32::success);
    const auto after = laser_->record()->security;
    EXPECT_EQ(after->owner, before->owner);
    ASSERT_TRUE(after->dacl);
    EXPECT_EQ(after->dacl->size(), 1U);
    security_.pSecurity = admin_->arena().zeroed(8);
    security_.cbBuf = 8;
    EXPECT_EQ(set(container), Win32::invalid_parameter);
}

TEST_F(PrinterSetOps, RightsAreThoseOfTheHandle) {
    const ndr::ContextHandle use = open(alice_, "Laser", Access::use);
    for (const std::uint32_t level : {2U, 3U, 4U, 5U, 6U, 7U, 8U}) EXPECT_EQ(set(zeroed(level), 0, alice_, &use), Win32::access_denied) << level;
    for (const std::uint32_t command : {1U, 2U, 3U}) EXPECT_EQ(set(zeroed(0), command, alice_, &use), Win32::access_denied);
    // PRINTER_ACCESS_ADMINISTER alone does not carry the descriptor.
    const ndr::ContextHandle administer = open(admin_, "Laser", Access::administer);
    use_security("D:(A;;0x20008;;;WD)");
    EXPECT_EQ(set(zeroed(3), 0, admin_, &administer), Win32::access_denied);
    const ndr::ContextHandle with_dac = open(admin_, "Laser", Access::administer | base::access::kWriteDac);
    EXPECT_EQ(set(zeroed(3), 0, admin_, &with_dac), Win32::success);
    const ndr::ContextHandle port = open(admin_, ",XcvPort P1");
    EXPECT_EQ(set(zeroed(6), 0, admin_, &port), Win32::invalid_handle);
}

TEST_F(PrinterSetOps, OfAServerHandleOnlyTheDescriptorCounts) {
    const ndr::ContextHandle server = open(admin_, "\\\\WINSPOOLD", Access::server_all);
    for (const std::uint32_t level : {0U, 2U, 4U, 5U, 6U, 7U, 8U}) EXPECT_EQ(set(zeroed(level), 0, admin_, &server), Win32::invalid_level) << level;
    EXPECT_EQ(set(zeroed(3), 0, admin_, &server), Win32::invalid_parameter);
    use_security("D:(A;;0xf0003;;;BA)");
    EXPECT_EQ(set(zeroed(3), 0, admin_, &server), Win32::success);
    open(alice_, "\\\\WINSPOOLD", 0, Win32::access_denied);
    const ndr::ContextHandle reader = open(admin_, "\\\\WINSPOOLD", Access::server_enumerate);
    EXPECT_EQ(set(zeroed(3), 0, admin_, &reader), Win32::access_denied);
}

class AddPrinterOps : public PrinterSetOps {
 protected:
    op::AddPrinter::Out add(Session* who, op::PRINTER_INFO_2* info) {
        op::AddPrinter::In in;
        in.pPrinterContainer.set_pPrinterInfo2(info);
        in.pClientInfo.set_pClientInfo1(who->arena().alloc<op::SPLCLIENT_INFO_1>());
        in.pSecurityContainer = security_;
        in.pDevModeContainer = devmode_;
        return call(who, &op::Client::add_printer, in);
    }
};

TEST_F(AddPrinterOps, ChecksInTheOrderThatClientsExpect) {
    auto* info = alloc<op::PRINTER_INFO_2>();
    const auto expect = [&](Win32 expected) {
        const auto out = add(admin_, info);
        EXPECT_EQ(code(out), expected);
        EXPECT_TRUE(out.pHandle.is_null() || expected == Win32::success);
    };
    expect(Win32::invalid_printer_name);
    info->pPrinterName = wide(admin_, "Laser");
    expect(Win32::printer_already_exists);
    info->pPrinterName = wide(admin_, "New");
    expect(Win32::unknown_port);
    info->pPortName = wide(admin_, "nowhere");
    expect(Win32::unknown_port);
    info->pPortName = wide(admin_, "P2");
    expect(Win32::unknown_printer_driver);
    info->pDriverName = wide(admin_, "nothing");
    expect(Win32::unknown_printer_driver);
    info->pDriverName = wide(admin_, "Generic");
    info->pPrintProcessor = wide(admin_, "nothing");
    expect(Win32::unknown_printprocessor);
    info->pPrintProcessor = ndr::WStr();
    info->pSepFile = wide(admin_, "x.sep");
    expect(Win32::invalid_separator_file);
    info->pSepFile = ndr::WStr();
    info->pDatatype = wide(admin_, "nothing");
    expect(Win32::invalid_datatype);
    info->pDatatype = ndr::WStr();
    info->Priority = 100;
    expect(Win32::invalid_priority);
    info->Priority = 0;
    info->AveragePPM = 17;                                         // like Status and cJobs: ignored
    expect(Win32::success);
    const auto queue = spooler_->printers().find("new");
    ASSERT_TRUE(queue);
    EXPECT_EQ(queue->record()->processor, "winprint");
    EXPECT_EQ(queue->record()->datatype, "RAW");
    EXPECT_EQ(queue->record()->average_ppm, 0U);
    EXPECT_EQ(queue->record()->attributes & attribute::kLocal, attribute::kLocal);
}

TEST_F(AddPrinterOps, TheHandleHasAllAccessAndDeletes) {
    auto* info = info2();
    info->pPrinterName = wide(admin_, "New");
    info->pShareName = ndr::WStr();
    const auto added = add(admin_, info);
    ASSERT_EQ(code(added), Win32::success);
    const ndr::ContextHandle plain = open(alice_, "New", Access::use);
    op::DeletePrinter::In in;
    in.hPrinter = plain;
    EXPECT_EQ(code(call(alice_, &op::Client::delete_printer, in)), Win32::access_denied);
    in.hPrinter = added.pHandle;
    EXPECT_EQ(code(call(admin_, &op::Client::delete_printer, in)), Win32::success);
    open(admin_, "New", 0, Win32::invalid_printer_name);
    // Handles go on, but take no new documents.
    const auto started = start_document(alice_, plain);
    EXPECT_EQ(code(started), Win32::printer_deleted);
    EXPECT_EQ(close(alice_, plain), Win32::success);
    EXPECT_EQ(close(admin_, added.pHandle), Win32::success);
}

TEST_F(AddPrinterOps, NeedsTheServersAdministrator) {
    auto* info = info2();
    info->pPrinterName = wide(alice_, "New");
    EXPECT_EQ(code(add(alice_, info)), Win32::access_denied);
    EXPECT_FALSE(spooler_->printers().find("New"));
}

TEST_F(AddPrinterOps, OtherLevelsAreInvalid) {
    for (const std::uint32_t level : {0U, 3U, 4U, 5U, 6U, 7U, 8U, 9U}) {
        op::AddPrinter::In in;
        in.pPrinterContainer = zeroed(level);
        in.pClientInfo.set_pClientInfo1(alloc<op::SPLCLIENT_INFO_1>());
        EXPECT_EQ(code(call(admin_, &op::Client::add_printer, in)), Win32::invalid_level) << level;
    }
    Session* old = session(token("admin", kAdminSid, {base::well_known::administrators()}), op::Via::rprn);
    op::AddPrinterLegacy::In in;
    auto* info = info2();
    info->pPrinterName = wide(admin_, "Old way");
    info->pShareName = ndr::WStr();
    in.pPrinterContainer.set_pPrinterInfo2(info);
    const auto out = call(old, &op::Client::add_printer_legacy, in);
    EXPECT_EQ(code(out), Win32::success);
    EXPECT_FALSE(out.pHandle.is_null());
}

TEST_F(AddPrinterOps, TakesADevmodeThatHolds) {
    auto* info = info2();
    info->pPrinterName = wide(admin_, "New");
    info->pShareName = ndr::WStr();
    const base::ByteBuffer good = spooler::default_devmode("New", 1);
    devmode_.pDevMode = admin_->arena().copy(base::ByteView(good).first(good.size() - 4));
    devmode_.cbBuf = devmode_.pDevMode.size;
    EXPECT_EQ(code(add(admin_, info)), Win32::invalid_parameter);
    EXPECT_FALSE(spooler_->printers().find("New"));
    devmode_.pDevMode = admin_->arena().copy(base::ByteView(good));
    devmode_.cbBuf = devmode_.pDevMode.size;
    ASSERT_EQ(code(add(admin_, info)), Win32::success);
    EXPECT_EQ(*spooler_->printers().find("New")->record()->devmode, good);
}

TEST_F(AddPrinterOps, ZeroedAndMissingContainers) {
    op::AddPrinter::In in;
    in.pClientInfo.set_pClientInfo1(alloc<op::SPLCLIENT_INFO_1>());
    for (const std::uint32_t level : {1U, 2U}) {
        in.pPrinterContainer = zeroed(level);
        EXPECT_EQ(code(call(admin_, &op::Client::add_printer, in)), Win32::invalid_printer_name) << level;
        in.pPrinterContainer = missing(level);
        EXPECT_EQ(code(call(admin_, &op::Client::add_printer, in)), Win32::invalid_parameter) << level;
    }
}

TEST_F(AddPrinterOps, TakesADescriptor) {
    use_security("D:(A;;0xf000c;;;BA)");
    auto* info = info2();
    info->pPrinterName = wide(admin_, "Closed");
    info->pShareName = ndr::WStr();
    ASSERT_EQ(code(add(admin_, info)), Win32::success);
    open(alice_, "Closed", 0, Win32::access_denied);
}

}  // namespace
