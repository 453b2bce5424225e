// The scenarios of the corpus: chains of calls that a random walk would not find.
#include "tests/fuzz/make_corpus_script.h"

#include "base/security_descriptor.h"
#include "dcerpc/server/tower.h"
#include "wire/winspool/dispatch.h"

namespace fuzz {
namespace {

constexpr std::uint32_t kAdminister = 0xF000C, kUse = 0x8, kServerAll = 0xF0003;

std::uint32_t start_document(Script& s, const ndr::ContextHandle& handle, std::string_view name, std::string_view datatype) {
    auto* info = s.arena().alloc<op::DOC_INFO_1>();
    info->pDocName = s.text(name);
    if (!datatype.empty()) info->pDatatype = s.text(datatype);
    op::StartDocPrinter::In in;
    in.hPrinter = handle;
    in.pDocInfoContainer.set_pDocInfo1(info);
    return s.run(&op::Client::start_doc_printer, in).pJobId;
}

void write(Script& s, const ndr::ContextHandle& handle, std::string_view data) {
    op::WritePrinter::In in;
    in.hPrinter = handle;
    in.pBuf = s.bytes(data);
    in.cbBuf = static_cast<std::uint32_t>(data.size());
    (void)s.run(&op::Client::write_printer, in);
}

// Operations that have nothing but a handle.
template <class In, class Out>
void plain(Script& s, base::Task<base::Result<void>> (op::Client::*method)(const In&, Out&), const ndr::ContextHandle& handle) {
    In in;
    in.hPrinter = handle;
    (void)s.run(method, in);
}

void close(Script& s, const ndr::ContextHandle& handle) {
    op::ClosePrinter::In in;
    in.phPrinter = handle;
    (void)s.run(&op::Client::close_printer, in);
}

std::uint32_t print(Script& s, const ndr::ContextHandle& handle, std::string_view name, std::string_view datatype = "RAW") {
    const std::uint32_t job = start_document(s, handle, name, datatype);
    plain(s, &op::Client::start_page_printer, handle);
    write(s, handle, "%!PS\n(page) show\nshowpage\n\f");
    plain(s, &op::Client::end_page_printer, handle);
    plain(s, &op::Client::end_doc_printer, handle);
    return job;
}

void control_printer(Script& s, const ndr::ContextHandle& handle, std::uint32_t command) {
    op::SetPrinter::In in;
    in.hPrinter = handle;
    in.Command = command;
    in.pPrinterContainer.set_pPrinterInfoStress(nullptr);
    (void)s.run(&op::Client::set_printer, in);
}

void control_job(Script& s, const ndr::ContextHandle& handle, std::uint32_t job, std::uint32_t command) {
    op::SetJob::In in;
    in.hPrinter = handle;
    in.JobId = job;
    in.Command = command;
    (void)s.run(&op::Client::set_job, in);
}

void enum_jobs(Script& s, const ndr::ContextHandle& handle, std::uint32_t level) {
    op::EnumJobs::In in;
    in.hPrinter = handle;
    in.NoJobs = 100;
    in.Level = level;
    s.query(&op::Client::enum_jobs, in, &op::EnumJobs::In::pJob);
}

void document(Script& s) {
    const auto handle = open_printer(s, "\\\\localhost\\Fuzz", kUse).pHandle;
    (void)print(s, handle, "one");
    (void)print(s, handle, "two", "TEXT");
    (void)print(s, handle, "three", "RAW [FF appended]");
    (void)start_document(s, handle, "aborted", "");
    write(s, handle, "half");
    plain(s, &op::Client::abort_printer, handle);
    (void)start_document(s, handle, "left open", "RAW");
    write(s, handle, "open");
    op::ReadPrinter::In read;
    read.hPrinter = handle;
    read.cbBuf = 64;
    (void)s.run(&op::Client::read_printer, read);
    close(s, handle);
}

void device(Script& s) {
    const auto handle = open_printer(s, "Fuzz", kAdminister).pHandle;
    for (std::uint8_t trouble = 1; trouble <= 3; ++trouble) {
        s.around(kBreakDevice, trouble);
        const std::uint32_t job = print(s, handle, "trouble");
        s.around(kAdvanceClock, 2);
        enum_jobs(s, handle, 2);
        s.around(kBreakDevice, 0);
        s.around(kAdvanceClock, 2);
        control_job(s, handle, job, 4);
    }
    control_printer(s, handle, 3);
}

void set_job_levels(Script& s, const ndr::ContextHandle& handle, std::uint32_t job, std::uint32_t other) {
    op::SetJob::In in;
    in.hPrinter = handle;
    in.JobId = job;
    auto* one = s.arena().alloc<op::JOB_INFO_1>();
    one->JobId = job;
    one->pUserName = s.text("admin");
    one->pDocument = s.text("renamed");
    one->pDatatype = s.text("RAW");
    one->Priority = 42;
    one->Position = 1;
    auto* container = s.arena().alloc<op::JOB_CONTAINER>();
    container->set_Level1(one);
    in.pJobContainer = container;
    (void)s.run(&op::Client::set_job, in);
    auto* two = s.arena().alloc<op::JOB_INFO_2>();
    two->JobId = job;
    two->pDocument = s.text("again");
    two->pPrintProcessor = s.text("winprint");
    two->pDatatype = s.text("RAW");
    two->Priority = 7;
    two->StartTime = 60;
    two->UntilTime = 120;
    container->set_Level2(two);
    (void)s.run(&op::Client::set_job, in);
    auto* three = s.arena().alloc<op::JOB_INFO_3>();
    three->JobId = job;
    three->NextJobId = other;
    container->set_Level3(three);
    (void)s.run(&op::Client::set_job, in);
}

void jobs(Script& s) {
    const auto handle = open_printer(s, "\\\\localhost\\Paused", kAdminister).pHandle;
    const std::uint32_t first = print(s, handle, "first");
    const std::uint32_t second = print(s, handle, "second");
    for (std::uint32_t level = 1; level <= 4; ++level) {
        enum_jobs(s, handle, level);
        op::GetJob::In in;
        in.hPrinter = handle;
        in.JobId = first;
        in.Level = level;
        s.query(&op::Client::get_job, in, &op::GetJob::In::pJob);
    }
    set_job_levels(s, handle, first, second);
    for (const std::uint32_t command : {1, 2, 4, 8, 9}) control_job(s, handle, first, command);
    control_printer(s, handle, 2);
    for (const std::uint32_t command : {5, 3}) control_job(s, handle, second, command);
    const auto job = open_printer(s, "Paused,Job " + std::to_string(second), kAdminister).pHandle;
    enum_jobs(s, job, 1);
    op::AddJob::In add;
    add.hPrinter = handle;
    add.Level = 1;
    s.query(&op::Client::add_job, add, &op::AddJob::In::pAddJob);
    op::ScheduleJob::In schedule;
    schedule.hPrinter = handle;
    schedule.JobId = second;
    (void)s.run(&op::Client::schedule_job, schedule);
    control_printer(s, handle, 3);
}

void printers(Script& s) {
    for (const std::uint32_t level : {0, 1, 2, 4, 5}) {
        op::EnumPrinters::In in;
        in.Flags = level == 1 ? 0x8 : 0x2;
        in.Name = s.text(level == 2 ? "\\\\localhost" : "");
        in.Level = level;
        s.query(&op::Client::enum_printers, in, &op::EnumPrinters::In::pPrinterEnum);
    }
    const auto handle = open_printer(s, "\\\\127.0.0.1\\Fuzz", kAdminister).pHandle;
    const auto server = open_printer(s, "\\\\localhost", kServerAll).pHandle;
    for (std::uint32_t level = 0; level <= 9; ++level) {
        for (const auto& which : {handle, server}) {
            op::GetPrinter::In in;
            in.hPrinter = which;
            in.Level = level;
            s.query(&op::Client::get_printer, in, &op::GetPrinter::In::pPrinter);
        }
    }
}

op::PRINTER_INFO_2* full_printer(Script& s, std::string_view name, std::string_view port) {
    auto* info = s.arena().alloc<op::PRINTER_INFO_2>();
    info->pPrinterName = s.text(name);
    info->pShareName = s.text(name);
    info->pPortName = s.text(port);
    info->pDriverName = s.text("Generic");
    info->pComment = s.text("comment");
    info->pLocation = s.text("here");
    info->pPrintProcessor = s.text("winprint");
    info->pDatatype = s.text("RAW");
    info->Attributes = 0x48;
    info->Priority = 2;
    info->DefaultPriority = 3;
    info->StartTime = 10;
    info->UntilTime = 20;
    return info;
}

op::SECURITY_CONTAINER descriptor(Script& s, const char* sddl) {
    const auto bytes = base::to_bytes(*base::parse_sddl(sddl));
    op::SECURITY_CONTAINER container;
    container.pSecurity = s.arena().copy(bytes);
    container.cbBuf = static_cast<std::uint32_t>(bytes.size());
    return container;
}

// [MS-RPRN] 2.2.2.1: the public part of a _DEVMODE of version 4.1 for A4.
op::DEVMODE_CONTAINER devmode(Script& s) {
    base::ByteBuffer bytes;
    base::ByteWriter writer(bytes);
    for (const char16_t c : std::u16string_view(u"Fuzz")) writer.u16(c);
    writer.zeros(64 - bytes.size());
    writer.u16(0x0401);
    writer.u16(6);
    writer.u16(220);
    writer.u16(0);
    writer.u32(0x3);
    writer.u16(1);
    writer.u16(9);
    writer.zeros(220 - bytes.size());
    op::DEVMODE_CONTAINER container;
    container.pDevMode = s.arena().copy(bytes);
    container.cbBuf = 220;
    return container;
}

void settings(Script& s) {
    const auto handle = open_printer(s, "Fuzz", kAdminister).pHandle;
    op::SetPrinter::In in;
    in.hPrinter = handle;
    in.pPrinterContainer.set_pPrinterInfo2(full_printer(s, "Renamed", "P1,P2"));
    in.pDevModeContainer = devmode(s);
    (void)s.run(&op::Client::set_printer, in);
    in.pSecurityContainer = descriptor(s, "O:BAG:SYD:(A;;0xF000C;;;BA)(A;OIIO;0xF0030;;;CO)(A;;0x20008;;;WD)");
    in.pPrinterContainer.set_pPrinterInfo3(s.arena().alloc<op::PRINTER_INFO_3>());
    (void)s.run(&op::Client::set_printer, in);
    auto* four = s.arena().alloc<op::PRINTER_INFO_4>();
    four->pPrinterName = s.text("Renamed");
    four->Attributes = 0x40;
    in.pPrinterContainer.set_pPrinterInfo4(four);
    (void)s.run(&op::Client::set_printer, in);
    auto* five = s.arena().alloc<op::PRINTER_INFO_5>();
    five->pPrinterName = s.text("Fuzz");
    five->pPortName = s.text("P2");
    five->Attributes = 0x140;
    in.pPrinterContainer.set_pPrinterInfo5(five);
    (void)s.run(&op::Client::set_printer, in);
    auto* six = s.arena().alloc<op::PRINTER_INFO_6>();
    six->dwStatus = 0x10;
    in.pPrinterContainer.set_pPrinterInfo6(six);
    (void)s.run(&op::Client::set_printer, in);
    auto* seven = s.arena().alloc<op::PRINTER_INFO_7>();
    seven->pszObjectGUID = s.text("");
    seven->dwAction = 1;
    in.pPrinterContainer.set_pPrinterInfo7(seven);
    (void)s.run(&op::Client::set_printer, in);
    in.pPrinterContainer.set_pPrinterInfo8(s.arena().alloc<op::PRINTER_INFO_8>());
    (void)s.run(&op::Client::set_printer, in);
    op::ResetPrinter::In reset;
    reset.hPrinter = handle;
    reset.pDatatype = s.text("TEXT");
    reset.pDevModeContainer = devmode(s);
    (void)s.run(&op::Client::reset_printer, reset);
}

void add_and_delete(Script& s) {
    op::AddPrinter::In in;
    in.pName = s.text("\\\\localhost");
    in.pPrinterContainer.set_pPrinterInfo2(full_printer(s, "New", "P2"));
    in.pDevModeContainer = devmode(s);
    auto* client = s.arena().alloc<op::SPLCLIENT_INFO_1>();
    client->pMachineName = s.text("\\\\PC");
    client->dwBuildNum = 19041;
    in.pClientInfo.set_pClientInfo1(client);
    const auto handle = s.run(&op::Client::add_printer, in).pHandle;
    (void)print(s, handle, "last");
    plain(s, &op::Client::delete_printer, handle);
    close(s, handle);
    (void)open_printer(s, "New", kUse);
    const auto server = open_printer(s, "", kServerAll).pHandle;
    op::SetPrinter::In set;
    set.hPrinter = server;
    set.pSecurityContainer = descriptor(s, "O:BAG:SYD:(A;;0xF0003;;;BA)(A;;0x20002;;;WD)");
    set.pPrinterContainer.set_pPrinterInfo3(s.arena().alloc<op::PRINTER_INFO_3>());
    (void)s.run(&op::Client::set_printer, set);
}

void forms(Script& s) {
    for (const char* name : {"Fuzz", ""}) {
        const auto handle = open_printer(s, name, *name == '\0' ? kServerAll : kAdminister).pHandle;
        auto* info = s.arena().alloc<op::FORM_INFO_1>();
        info->pName = s.text("Mine");
        info->Size = {100000, 200000};
        info->ImageableArea = {0, 0, 100000, 200000};
        op::AddForm::In add;
        add.hPrinter = handle;
        add.pFormInfoContainer.set_pFormInfo1(info);
        (void)s.run(&op::Client::add_form, add);
        for (std::uint32_t level = 1; level <= 2; ++level) {
            op::GetForm::In get;
            get.hPrinter = handle;
            get.pFormName = s.text(level == 1 ? "Mine" : "A4");
            get.Level = level;
            s.query(&op::Client::get_form, get, &op::GetForm::In::pForm);
        }
        op::SetForm::In set;
        set.hPrinter = handle;
        set.pFormName = s.text("Mine");
        info->Size.cx = 150000;
        set.pFormInfoContainer.set_pFormInfo1(info);
        (void)s.run(&op::Client::set_form, set);
        op::EnumForms::In all;
        all.hPrinter = handle;
        all.Level = 2;
        (void)s.run(&op::Client::enum_forms, all);
        op::DeleteForm::In gone;
        gone.hPrinter = handle;
        gone.pFormName = s.text("Mine");
        (void)s.run(&op::Client::delete_form, gone);
    }
}

void data(Script& s) {
    for (const char* name : {"Fuzz", ""}) {
        const auto handle = open_printer(s, name, kUse).pHandle;
        for (const char* value : {"OSVersion", "Architecture", "DefaultSpoolDirectory", "EMFDespoolingSetting", "ChangeID", "nothing"}) {
            op::GetPrinterData::In in;
            in.hPrinter = handle;
            in.pValueName = s.text(value);
            in.nSize = 512;
            (void)s.run(&op::Client::get_printer_data, in);
            op::GetPrinterDataEx::In ex;
            ex.hPrinter = handle;
            ex.pKeyName = s.text("PrinterDriverData");
            ex.pValueName = s.text(value);
            (void)s.run(&op::Client::get_printer_data_ex, ex);
        }
        op::SetPrinterData::In set;
        set.hPrinter = handle;
        set.pValueName = s.text("EventLog");
        set.Type = 4;
        set.pData = s.bytes(std::string_view("\1\0\0\0", 4));
        set.cbData = 4;
        (void)s.run(&op::Client::set_printer_data, set);
    }
}

template <class In, class Out>
void enumerate(Script& s, base::Task<base::Result<void>> (op::Client::*method)(const In&, Out&), ndr::Bytes In::*buffer, std::uint32_t levels) {
    for (std::uint32_t level = 1; level <= levels; ++level) {
        In in;
        in.pName = s.text("\\\\localhost");
        in.Level = level;
        if constexpr (requires { in.pEnvironment; }) in.pEnvironment = s.text("Windows x64");
        if constexpr (requires { in.pPrintProcessorName; }) in.pPrintProcessorName = s.text("winprint");
        s.query(method, in, buffer);
    }
}

void catalogues(Script& s) {
    enumerate(s, &op::Client::enum_ports, &op::EnumPorts::In::pPort, 2);
    enumerate(s, &op::Client::enum_monitors, &op::EnumMonitors::In::pMonitor, 2);
    enumerate(s, &op::Client::enum_print_processors, &op::EnumPrintProcessors::In::pPrintProcessorInfo, 1);
    enumerate(s, &op::Client::enum_print_processor_datatypes, &op::EnumPrintProcessorDatatypes::In::pDatatypes, 1);
    enumerate(s, &op::Client::get_print_processor_directory, &op::GetPrintProcessorDirectory::In::pPrintProcessorDirectory, 1);
    enumerate(s, &op::Client::get_printer_driver_directory, &op::GetPrinterDriverDirectory::In::pDriverDirectory, 1);
    enumerate(s, &op::Client::enum_printer_drivers, &op::EnumPrinterDrivers::In::pDrivers, 8);
    const auto handle = open_printer(s, "Fuzz", kUse).pHandle;
    for (std::uint32_t level = 1; level <= 8; ++level) {
        op::GetPrinterDriver::In in;
        in.hPrinter = handle;
        in.pEnvironment = s.text("Windows x64");
        in.Level = level;
        in.dwClientMajorVersion = 3;
        s.query(&op::Client::get_printer_driver, in, &op::GetPrinterDriver::In::pDriver);
    }
}

op::RpcPrintPropertiesCollection filter(Script& s) {
    auto& arena = s.arena();
    op::RpcPrintPropertiesCollection collection;
    collection.numberOfProperties = 4;
    collection.propertiesCollection = arena.array<op::RpcPrintNamedProperty>(4);
    auto* property = collection.propertiesCollection.begin();
    property[0].propertyName = s.text("RemoteNotifyFilter Flags");
    property[0].propertyValue.set_propertyInt32(0xFFFF);
    property[1].propertyName = s.text("RemoteNotifyFilter Options");
    property[1].propertyValue.set_propertyInt32(0);
    property[2].propertyName = s.text("RemoteNotifyFilter Color");
    property[2].propertyValue.set_propertyInt32(1);
    property[3].propertyName = s.text("RemoteNotifyFilter NotifyOptions");
    auto* options = arena.alloc<op::RPC_V2_NOTIFY_OPTIONS>();
    options->Version = 2;
    options->Count = 2;
    options->pTypes = arena.array<op::RPC_V2_NOTIFY_OPTIONS_TYPE>(2);
    for (std::uint16_t type = 0; type < 2; ++type) {
        options->pTypes[type].Type = type;
        options->pTypes[type].Count = 24;
        options->pTypes[type].pFields = arena.array<std::uint16_t>(24);
        for (std::uint16_t field = 0; field < 24; ++field) options->pTypes[type].pFields[field] = field;
    }
    op::NOTIFY_OPTIONS_CONTAINER container;
    container.pOptions = options;
    property[3].propertyValue.set_propertyOptionsContainer(container);
    return collection;
}

void par_notifications(Script& s, const ndr::ContextHandle& handle) {
    op::RegisterForRemoteNotifications::In registration;
    registration.hPrinter = handle;
    registration.pNotifyFilter = filter(s);
    const auto notify = s.run(&op::Client::register_for_remote_notifications, registration).phRpcHandle;
    op::GetRemoteNotifications::In get;
    get.hRpcHandle = notify;
    (void)s.run(&op::Client::get_remote_notifications, get);       // waits …
    control_printer(s, handle, 1);                                 // … until this
    (void)print(s, handle, "noticed");
    (void)s.run(&op::Client::get_remote_notifications, get);
    op::RefreshRemoteNotifications::In refresh;
    refresh.hRpcHandle = notify;
    refresh.pNotifyFilter = filter(s);
    (void)s.run(&op::Client::refresh_remote_notifications, refresh);
    (void)s.run(&op::Client::get_remote_notifications, get);
    op::UnRegisterForRemoteNotifications::In gone;
    gone.phRpcHandle = notify;
    (void)s.run(&op::Client::un_register_for_remote_notifications, gone);
}

void notifications(Script& s) {
    const auto handle = open_printer(s, "\\\\localhost\\Fuzz", kAdminister).pHandle;
    if (s.par()) return par_notifications(s, handle);
    op::WaitForPrinterChange::In wait;
    wait.hPrinter = handle;
    wait.Flags = 0xFFFF;
    (void)s.run(&op::Client::wait_for_printer_change, wait);
    control_printer(s, handle, 1);
    op::RemoteFindFirstPrinterChangeNotificationEx::In first;
    first.hPrinter = handle;
    first.fdwFlags = 0xFFFF;
    first.pszLocalMachine = s.text("\\\\PC");
    first.dwPrinterLocal = 1;
    first.pOptions = s.arena().alloc<op::RPC_V2_NOTIFY_OPTIONS>();
    first.pOptions->Version = 2;
    (void)s.run(&op::Client::remote_find_first_printer_change_notification_ex, first);
}

void names(Script& s) {
    for (const char* name : {"\\\\localhost\\Fuzz,Job 1", "\\\\localhost\\,XcvPort P1", ",XcvMonitor Fake Port", "\\\\localhost\\Fuzz, DrvConvert",
                             "http://localhost/printers/Fuzz/.printer", "\\\\other\\Fuzz", "P1", "LPT1:"}) {
        const auto out = open_printer(s, name, kUse);
        if (out.pHandle.is_null()) continue;
        op::XcvData::In xcv;
        xcv.hXcv = out.pHandle;
        xcv.pszDataName = s.text("MonitorUI");
        xcv.pInputData = s.bytes("");
        xcv.cbOutputData = 64;
        (void)s.run(&op::Client::xcv_data, xcv);
    }
    if (!s.par()) {
        op::OpenPrinterLegacy::In in;
        in.pPrinterName = s.text("\\\\localhost\\Fuzz");
        in.AccessRequired = kUse;
        (void)s.run(&op::Client::open_printer_legacy, in);
    }
}

void alice(Script& s) {
    s.be_alice();
    const auto handle = open_printer(s, "\\\\localhost\\Paused", kUse).pHandle;
    (void)open_printer(s, "\\\\localhost\\Fuzz", kAdminister);
    const std::uint32_t job = print(s, handle, "mine");
    control_job(s, handle, job, 1);
    control_job(s, handle, job, 3);
    control_printer(s, handle, 3);
    op::AddPrinter::In in;
    in.pPrinterContainer.set_pPrinterInfo2(full_printer(s, "No", "P1"));
    (void)s.run(&op::Client::add_printer, in);
}

void map(Script& s) {
    dcerpc::Tower tower;
    tower.interface = op::par_interface().id;
    tower.transfer = dcerpc::kNdr20;
    const base::ByteBuffer octets = dcerpc::make_tower(tower);
    auto* twr = s.arena().alloc<wire::epm::twr_t>();
    twr->tower_length = static_cast<std::uint32_t>(octets.size());
    twr->tower_octet_string = s.arena().copy(octets);
    wire::epm::EptMap::In in;
    in.obj = s.arena().alloc<base::Guid>();
    in.map_tower = twr;
    in.max_towers = 4;
    (void)s.run(&wire::epm::Client::ept_map, in);
}

void lookup(Script& s) {
    wire::epm::EptLookup::In in;
    in.vers_option = 1;
    in.max_ents = 1;
    for (int page = 0; page < 3; ++page) {
        in.entry_handle = s.run(&wire::epm::Client::ept_lookup, in).entry_handle;
        if (in.entry_handle.is_null()) return;
    }
    wire::epm::EptLookupHandleFree::In gone;
    gone.entry_handle = in.entry_handle;
    (void)s.run(&wire::epm::Client::ept_lookup_handle_free, gone);
}

void management(Script& s) {
    s.use(Target::mgmt);
    (void)s.run(&wire::mgmt::Client::rpc_mgmt_inq_if_ids, {});
    wire::mgmt::RpcMgmtInqStats::In stats;
    stats.count = 4;
    (void)s.run(&wire::mgmt::Client::rpc_mgmt_inq_stats, stats);
    wire::mgmt::RpcMgmtInqPrincName::In name;
    name.authn_proto = 9;
    name.princ_name_size = 128;
    (void)s.run(&wire::mgmt::Client::rpc_mgmt_inq_princ_name, name);
}

}  // namespace

op::OpenPrinter::Out open_printer(Script& s, std::string_view name, std::uint32_t access) {
    auto* info = s.arena().alloc<op::SPLCLIENT_INFO_1>();
    info->dwSize = 28;
    info->pMachineName = s.text("\\\\PC");
    info->pUserName = s.text("admin");
    info->dwBuildNum = 19041;
    info->dwMajorVersion = 10;
    info->wProcessorArchitecture = 9;
    op::OpenPrinter::In in;
    in.pPrinterName = s.text(name);
    in.AccessRequired = access;
    in.pClientInfo.set_pClientInfo1(info);
    return s.run(&op::Client::open_printer, in);
}

const std::vector<NamedScenario>& printing_scenarios() {
    static const std::vector<NamedScenario> kAll = {
        {"document", document}, {"device", device},         {"jobs", jobs},   {"printers", printers},
        {"settings", settings}, {"add", add_and_delete},    {"forms", forms}, {"data", data},
        {"lists", catalogues},  {"notify", notifications},  {"names", names}, {"alice", alice},
    };
    return kAll;
}

const std::vector<NamedScenario>& mapper_scenarios() {
    static const std::vector<NamedScenario> kAll = {{"map", map}, {"lookup", lookup}, {"mgmt", management}};
    return kAll;
}

}  // namespace fuzz
