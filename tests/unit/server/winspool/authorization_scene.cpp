#include "authorization_scene.h"

#include "server/event_log.h"
#include "tests/unit/storage/temporary_directory.h"

#include <map>
#include <type_traits>

namespace service_test::authorization {

namespace {

using spooler::Access;

const base::Sid kDocumentsSid = *base::parse_sid("S-1-5-21-1-2-3-1101");
const base::Sid kPrinterSid = *base::parse_sid("S-1-5-21-1-2-3-1102");
const base::Sid kUserSid = *base::parse_sid("S-1-5-21-1-2-3-1103");

base::TokenPtr token_of(Principal principal) {
    switch (principal) {
        case Principal::user:
            return token("WORK\\user", kUserSid);
        case Principal::job_owner:
            return token("WORK\\alice", kAliceSid);
        case Principal::manage_documents:
            return token("WORK\\documents", kDocumentsSid);
        case Principal::manage_printer:
            return token("WORK\\printer", kPrinterSid);
        case Principal::print_operator:
            return token("operator", kOperatorSid, {base::well_known::print_operators()});
        case Principal::administrator:
            break;
    }
    return token("admin", kAdminSid, {base::well_known::administrators()});
}

// The default descriptor with the two permissions that Windows' dialog calls "Manage documents" and "Manage this printer".
spooler::SecurityPtr printer_security() {
    auto made = std::make_shared<base::SecurityDescriptor>(*spooler::default_printer_security({}));
    constexpr std::uint8_t kForJobs = base::ace_flags::kObjectInherit | base::ace_flags::kInheritOnly;
    made->dacl->push_back(base::Ace{base::AceType::allow, kForJobs, Access::job_all, kDocumentsSid});
    made->dacl->push_back(base::Ace{base::AceType::allow, 0, Access::printer_all, kPrinterSid});
    return made;
}

spooler::SecurityPtr administrators_only(std::uint32_t mask) {
    auto made = std::make_shared<base::SecurityDescriptor>();
    made->owner = made->group = base::well_known::local_system();
    made->dacl = base::Acl{base::Ace{base::AceType::allow, 0, mask, base::well_known::administrators()}};
    return made;
}

// One log for all scenes: nobody looks into it.
server::EventLog& shared_log() {
    static const storage::TemporaryDirectory directory;
    static const std::unique_ptr<server::EventLog> log = std::move(*server::EventLog::open(directory.path("")));
    return *log;
}

}  // namespace

const char* name_of(Principal principal) {
    switch (principal) {
        case Principal::user:
            return "user";
        case Principal::job_owner:
            return "job_owner";
        case Principal::manage_documents:
            return "manage_documents";
        case Principal::manage_printer:
            return "manage_printer";
        case Principal::print_operator:
            return "print_operator";
        case Principal::administrator:
            break;
    }
    return "administrator";
}

namespace {

// Whether the service has a body of its own for an operation: otherwise the member that it names is the base's.
template <class Own, class Base>
constexpr bool serves(Own /*own*/, Base /*base*/) {
    return !std::is_same_v<Own, Base>;
}

// What the service does not serve yet answers ERROR_NOT_SUPPORTED to everybody; from the day it does, its row counts as it stands.
void mark_unserved(Row& row) {
    using Server = server::WinspoolService;
    using Base = op::Service;
    static const std::map<std::string, bool> later = {
        {"UploadPrinterDriverPackage", serves(&Server::upload_printer_driver_package, &Base::upload_printer_driver_package)},
        {"InstallPrinterDriverFromPackage",
         serves(&Server::install_printer_driver_from_package, &Base::install_printer_driver_from_package)},
        {"DeletePrinterDriverPackage", serves(&Server::delete_printer_driver_package, &Base::delete_printer_driver_package)},
        {"GetCorePrinterDrivers", serves(&Server::get_core_printer_drivers, &Base::get_core_printer_drivers)},
        {"CorePrinterDriverInstalled", serves(&Server::core_printer_driver_installed, &Base::core_printer_driver_installed)},
        {"GetPrinterDriverPackagePath", serves(&Server::get_printer_driver_package_path, &Base::get_printer_driver_package_path)},
        {"FlushPrinter", serves(&Server::flush_printer, &Base::flush_printer)},
        {"RegeneratePrintDeviceCapabilities",
         serves(&Server::regenerate_print_device_capabilities, &Base::regenerate_print_device_capabilities)},
        {"IppCreateJobOnPrinter", serves(&Server::ipp_create_job_on_printer, &Base::ipp_create_job_on_printer)},
        {"IppGetJobAttributes", serves(&Server::ipp_get_job_attributes, &Base::ipp_get_job_attributes)},
        {"IppSetJobAttributes", serves(&Server::ipp_set_job_attributes, &Base::ipp_set_job_attributes)},
        {"IppGetPrinterAttributes", serves(&Server::ipp_get_printer_attributes, &Base::ipp_get_printer_attributes)},
        {"IppSetPrinterAttributes", serves(&Server::ipp_set_printer_attributes, &Base::ipp_set_printer_attributes)},
    };
    const auto known = later.find(row.operation);
    if (known == later.end() || known->second) return;
    row.variant += "unserved";
    row.right = Right::none;
    row.granted = (row.hresult ? 0x80070000U : 0U) + static_cast<std::uint32_t>(Win32::not_supported);
    row.kinds.clear();
}

}  // namespace

const Rows& table() {
    static const Rows rows = [] {
        Rows made;
        add_printer_rows(made);
        add_data_rows(made);
        add_job_rows(made);
        add_document_rows(made);
        add_notification_rows(made);
        add_port_rows(made);
        add_driver_rows(made);
        add_server_rows(made);
        for (Row& row : made) mark_unserved(row);
        return made;
    }();
    return rows;
}

void Scene::SetUp() {
    PortFixture::SetUp();
    service_ = std::make_unique<server::WinspoolService>(*spooler_, bus_, &shared_log());
    service_->set_change_wait(std::chrono::milliseconds(1));
    make_objects();
    pump();
}

void Scene::make_objects() {
    spooler::PrinterChange change;
    change.security = printer_security();
    ASSERT_TRUE(run(spooler_->printers().change(laser_, change)));
    pause(laser_);
    job = spool(session(token_of(Principal::job_owner)), "Laser", "hers", "hers");
    other_job = spool(session(token("WORK\\carol", kBobSid)), "Laser", "other", "other");
    ASSERT_TRUE(run(laser_->set_job_property(job, spooler::text_property("Note", "text"))));
    ASSERT_TRUE(run(laser_->set_data("PrinterDriverData", spooler::dword_value("Value", 1))));
    ASSERT_TRUE(run(laser_->set_data("Key\\Sub", spooler::dword_value("Value", 2))));
    spooler::Form card;
    card.name = "Card";
    card.cx = card.cy = card.right = card.bottom = 50000;
    ASSERT_TRUE(run(spooler_->forms().add(card)));
    spooler::PortConfig spare;
    spare.name = "Spare:";
    spare.monitor = "Null Port";
    ASSERT_TRUE(run(spooler_->ports().add(spare)));
    spooler::Connection connection;
    connection.name = "\\\\far\\printer";
    connection.server = "\\\\far";
    ASSERT_TRUE(run(spooler_->connections().add(connection)));
}

void Scene::become(Principal principal, op::Via via) { who_ = session(token_of(principal), via); }

void Scene::close_everything() {
    ASSERT_TRUE(run(spooler_->server().set_security(administrators_only(Access::server_all))));
    spooler::PrinterChange change;
    change.security = administrators_only(Access::printer_all);
    ASSERT_TRUE(run(spooler_->printers().change(laser_, change)));
    pump();
}

ndr::ContextHandle Scene::handle(Kind kind, std::string_view name, std::uint32_t access) {
    if (substitute_ && *substitute_ != kind) {
        const Kind other = *std::exchange(substitute_, std::nullopt);
        return handle(other);
    }
    const auto out = call(who_, &op::Client::open_printer, open_request(who_, name, access));
    EXPECT_EQ(who_->fault, 0U);
    if (code(out) != Win32::success) refused_ = code(out);
    return out.pHandle;
}

ndr::ContextHandle Scene::handle(Kind kind) {
    const std::uint32_t most = base::access::kMaximumAllowed;
    switch (kind) {
        case Kind::printer:
            return handle(kind, "Laser", weak_ ? Access::use : most);
        case Kind::server:
            return handle(kind, "\\\\WINSPOOLD", weak_ ? Access::server_enumerate : most);
        case Kind::job:
            return handle(kind, job_name(), weak_ ? Access::job_read : most);
        case Kind::port:
            return handle(kind, "P1, Port", weak_ ? Access::use : most);
        case Kind::xcv:
            return handle(kind, ",XcvMonitor Null Port", weak_ ? Access::server_enumerate : most);
        case Kind::information:
            return information();
        case Kind::notification:
            break;
    }
    return registration();
}

ndr::ContextHandle Scene::information() {
    if (substitute_ && *substitute_ != Kind::information) return handle(*std::exchange(substitute_, std::nullopt));
    op::CreatePrinterIC::In in;
    in.hPrinter = handle(Kind::printer);
    if (refused_ != Win32::success) return {};
    const auto out = call(who_, &op::Client::create_printer_ic, in);
    EXPECT_EQ(code(out), Win32::success);
    return out.pHandle;
}

ndr::ContextHandle Scene::registration() {
    if (substitute_ && *substitute_ != Kind::notification) return handle(*std::exchange(substitute_, std::nullopt));
    op::RegisterForRemoteNotifications::In in;
    in.hPrinter = handle(Kind::printer);
    if (refused_ != Win32::success) return {};
    in.pNotifyFilter = filter();
    const auto out = call(who_, &op::Client::register_for_remote_notifications, in);
    EXPECT_EQ(out.result, 0U);
    return out.phRpcHandle;
}

ndr::ContextHandle Scene::document(Kind kind) {
    const ndr::ContextHandle made = handle(kind);
    if (refused_ != Win32::success || !laser_) return made;
    op::StartDocPrinter::In in;
    in.hPrinter = made;
    in.pDocInfoContainer = document_information();
    (void)call(who_, &op::Client::start_doc_printer, in);
    return made;
}

op::DOC_INFO_CONTAINER Scene::document_information() {
    auto* info = make<op::DOC_INFO_1>();
    info->pDocName = text("doc");
    op::DOC_INFO_CONTAINER container;
    container.set_pDocInfo1(info);
    return container;
}

op::FORM_CONTAINER Scene::form(std::string_view name) {
    auto* info = make<op::FORM_INFO_1>();
    info->pName = text(name);
    info->Size.cx = info->Size.cy = info->ImageableArea.right = info->ImageableArea.bottom = 60000;
    op::FORM_CONTAINER container;
    container.set_pFormInfo1(info);
    return container;
}

op::RpcPrintPropertiesCollection Scene::filter() {
    op::RpcPrintPropertiesCollection collection;
    collection.numberOfProperties = 4;
    collection.propertiesCollection = who_->arena().array<op::RpcPrintNamedProperty>(4);
    auto& properties = collection.propertiesCollection;
    properties[0].propertyName = text("RemoteNotifyFilter Flags");
    properties[0].propertyValue.set_propertyInt32(static_cast<std::int32_t>(spooler::printer_change::kSetPrinter));
    properties[1].propertyName = text("RemoteNotifyFilter Options");
    properties[1].propertyValue.set_propertyInt32(0);
    properties[2].propertyName = text("RemoteNotifyFilter Color");
    properties[2].propertyValue.set_propertyInt32(1);
    properties[3].propertyName = text("RemoteNotifyFilter NotifyOptions");
    properties[3].propertyValue.set_propertyOptionsContainer(op::NOTIFY_OPTIONS_CONTAINER());
    return collection;
}

void Scene::status_changes() {
    spooler::PrinterChange change;
    change.status = 0x80;
    const std::size_t before = store_->changes().size();
    EXPECT_TRUE(run(spooler_->printers().change(laser_, change)));
    own_changes_ += store_->changes().size() - before;
    pump();
}

void Scene::upload_driver() {
    for (const char* name : {"new.dll", "new.gpd", "newui.dll"}) driver_files_->upload(std::string("x64/") + name, name, 1);
}

void Scene::install_driver(const op::DRIVER_CONTAINER& driver) {
    upload_driver();
    Session* administrator = session(token_of(Principal::administrator), who_->via());
    op::AddPrinterDriver::In in;
    in.pDriverContainer = driver;
    in.dwFileCopyFlags = 0x8;
    const std::size_t before = store_->changes().size();
    EXPECT_EQ(code(call(administrator, &op::Client::add_printer_driver, in)), Win32::success);
    own_changes_ += store_->changes().size() - before;
}

}  // namespace service_test::authorization
