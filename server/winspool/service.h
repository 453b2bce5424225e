// The printing service: one override line per operation of MS-PAR and MS-RPRN. Bodies are in the *_ops files that the comments name;
// what has no line here answers ERROR_NOT_SUPPORTED from the generated base. Made by server/app, registered for both interfaces.
#pragma once

#include "dcerpc/server/call.h"
#include "server/winspool/handles.h"
#include "server/winspool/known_printers.h"
#include "server/winspool/levels/info_buffer.h"
#include "server/winspool/levels/driver_levels.h"
#include "server/winspool/levels/size_cache.h"
#include "server/winspool/validate.h"
#include "spooler/spooler.h"
#include "wire/winspool/service.h"

#include <chrono>

namespace spooler {
class Bus;
class PackageInstaller;
}

namespace server {

class EventLog;
struct NotifyFilter;
class NotifyHandle;
class NotifyWriter;

using Outcome = base::Task<base::Result<void>>;

class WinspoolService : public op::Service {
 public:
    // All outlive the service. Without an event log LogJobInfoForBranchOffice answers not_supported.
    WinspoolService(spooler::Spooler& spooler, spooler::Bus& bus, EventLog* events = nullptr);
    ~WinspoolService() override;

    // Outlives the service. Without one UploadPrinterDriverPackage and its like answer not_supported.
    void take_packages(spooler::PackageInstaller& packages) { packages_ = &packages; }
    // How long WaitForPrinterChange waits; ten minutes unless a test says otherwise.
    void set_change_wait(std::chrono::milliseconds longest) { change_wait_ = longest; }

    // printer_ops
    Outcome open_printer(dcerpc::Call& call, const op::OpenPrinter::In& in, op::OpenPrinter::Out& out) override;
    Outcome open_printer_legacy(dcerpc::Call& call, const op::OpenPrinterLegacy::In& in, op::OpenPrinterLegacy::Out& out) override;
    Outcome close_printer(dcerpc::Call& call, const op::ClosePrinter::In& in, op::ClosePrinter::Out& out) override;
    Outcome enum_printers(dcerpc::Call& call, const op::EnumPrinters::In& in, op::EnumPrinters::Out& out) override;
    Outcome get_printer(dcerpc::Call& call, const op::GetPrinter::In& in, op::GetPrinter::Out& out) override;
    Outcome reset_printer(dcerpc::Call& call, const op::ResetPrinter::In& in, op::ResetPrinter::Out& out) override;
    // printer_set_ops
    Outcome set_printer(dcerpc::Call& call, const op::SetPrinter::In& in, op::SetPrinter::Out& out) override;
    Outcome add_printer(dcerpc::Call& call, const op::AddPrinter::In& in, op::AddPrinter::Out& out) override;
    Outcome add_printer_legacy(dcerpc::Call& call, const op::AddPrinterLegacy::In& in, op::AddPrinterLegacy::Out& out) override;
    Outcome delete_printer(dcerpc::Call& call, const op::DeletePrinter::In& in, op::DeletePrinter::Out& out) override;
    // printer_data_ops
    Outcome get_printer_data(dcerpc::Call& call, const op::GetPrinterData::In& in, op::GetPrinterData::Out& out) override;
    Outcome get_printer_data_ex(dcerpc::Call& call, const op::GetPrinterDataEx::In& in, op::GetPrinterDataEx::Out& out) override;
    Outcome set_printer_data(dcerpc::Call& call, const op::SetPrinterData::In& in, op::SetPrinterData::Out& out) override;
    Outcome set_printer_data_ex(dcerpc::Call& call, const op::SetPrinterDataEx::In& in, op::SetPrinterDataEx::Out& out) override;
    Outcome enum_printer_data(dcerpc::Call& call, const op::EnumPrinterData::In& in, op::EnumPrinterData::Out& out) override;
    Outcome enum_printer_data_ex(dcerpc::Call& call, const op::EnumPrinterDataEx::In& in, op::EnumPrinterDataEx::Out& out) override;
    Outcome delete_printer_data(dcerpc::Call& call, const op::DeletePrinterData::In& in, op::DeletePrinterData::Out& out) override;
    Outcome delete_printer_data_ex(dcerpc::Call& call, const op::DeletePrinterDataEx::In& in, op::DeletePrinterDataEx::Out& out) override;
    // printer_key_ops
    Outcome enum_printer_key(dcerpc::Call& call, const op::EnumPrinterKey::In& in, op::EnumPrinterKey::Out& out) override;
    Outcome delete_printer_key(dcerpc::Call& call, const op::DeletePrinterKey::In& in, op::DeletePrinterKey::Out& out) override;
    // driver_ops
    Outcome get_printer_driver(dcerpc::Call& call, const op::GetPrinterDriver::In& in, op::GetPrinterDriver::Out& out) override;
    Outcome get_printer_driver_legacy(dcerpc::Call& call, const op::GetPrinterDriverLegacy::In& in,
                                      op::GetPrinterDriverLegacy::Out& out) override;
    Outcome enum_printer_drivers(dcerpc::Call& call, const op::EnumPrinterDrivers::In& in, op::EnumPrinterDrivers::Out& out) override;
    Outcome get_printer_driver_directory(dcerpc::Call& call, const op::GetPrinterDriverDirectory::In& in,
                                         op::GetPrinterDriverDirectory::Out& out) override;
    // driver_admin_ops
    Outcome add_printer_driver(dcerpc::Call& call, const op::AddPrinterDriver::In& in, op::AddPrinterDriver::Out& out) override;
    Outcome add_printer_driver_legacy(dcerpc::Call& call, const op::AddPrinterDriverLegacy::In& in,
                                      op::AddPrinterDriverLegacy::Out& out) override;
    Outcome delete_printer_driver(dcerpc::Call& call, const op::DeletePrinterDriver::In& in, op::DeletePrinterDriver::Out& out) override;
    Outcome delete_printer_driver_ex(dcerpc::Call& call, const op::DeletePrinterDriverEx::In& in,
                                     op::DeletePrinterDriverEx::Out& out) override;
    // driver_package_ops
    Outcome upload_printer_driver_package(dcerpc::Call& call, const op::UploadPrinterDriverPackage::In& in,
                                          op::UploadPrinterDriverPackage::Out& out) override;
    Outcome install_printer_driver_from_package(dcerpc::Call& call, const op::InstallPrinterDriverFromPackage::In& in,
                                                op::InstallPrinterDriverFromPackage::Out& out) override;
    Outcome get_core_printer_drivers(dcerpc::Call& call, const op::GetCorePrinterDrivers::In& in,
                                     op::GetCorePrinterDrivers::Out& out) override;
    Outcome core_printer_driver_installed(dcerpc::Call& call, const op::CorePrinterDriverInstalled::In& in,
                                          op::CorePrinterDriverInstalled::Out& out) override;
    Outcome get_printer_driver_package_path(dcerpc::Call& call, const op::GetPrinterDriverPackagePath::In& in,
                                            op::GetPrinterDriverPackagePath::Out& out) override;
    Outcome delete_printer_driver_package(dcerpc::Call& call, const op::DeletePrinterDriverPackage::In& in,
                                          op::DeletePrinterDriverPackage::Out& out) override;
    // port_ops, xcv_ops, monitor_ops, processor_ops
    Outcome enum_ports(dcerpc::Call& call, const op::EnumPorts::In& in, op::EnumPorts::Out& out) override;
    Outcome add_port(dcerpc::Call& call, const op::AddPort::In& in, op::AddPort::Out& out) override;
    Outcome set_port(dcerpc::Call& call, const op::SetPort::In& in, op::SetPort::Out& out) override;
    Outcome delete_port(dcerpc::Call& call, const op::DeletePort::In& in, op::DeletePort::Out& out) override;
    Outcome xcv_data(dcerpc::Call& call, const op::XcvData::In& in, op::XcvData::Out& out) override;
    Outcome add_monitor(dcerpc::Call& call, const op::AddMonitor::In& in, op::AddMonitor::Out& out) override;
    Outcome delete_monitor(dcerpc::Call& call, const op::DeleteMonitor::In& in, op::DeleteMonitor::Out& out) override;
    Outcome enum_monitors(dcerpc::Call& call, const op::EnumMonitors::In& in, op::EnumMonitors::Out& out) override;
    Outcome add_print_processor(dcerpc::Call& call, const op::AddPrintProcessor::In& in, op::AddPrintProcessor::Out& out) override;
    Outcome delete_print_processor(dcerpc::Call& call, const op::DeletePrintProcessor::In& in,
                                   op::DeletePrintProcessor::Out& out) override;
    Outcome enum_print_processors(dcerpc::Call& call, const op::EnumPrintProcessors::In& in, op::EnumPrintProcessors::Out& out) override;
    Outcome get_print_processor_directory(dcerpc::Call& call, const op::GetPrintProcessorDirectory::In& in,
                                          op::GetPrintProcessorDirectory::Out& out) override;
    Outcome enum_print_processor_datatypes(dcerpc::Call& call, const op::EnumPrintProcessorDatatypes::In& in,
                                           op::EnumPrintProcessorDatatypes::Out& out) override;
    // printer_ic_ops
    Outcome create_printer_ic(dcerpc::Call& call, const op::CreatePrinterIC::In& in, op::CreatePrinterIC::Out& out) override;
    Outcome play_gdi_script_on_printer_ic(dcerpc::Call& call, const op::PlayGdiScriptOnPrinterIC::In& in,
                                          op::PlayGdiScriptOnPrinterIC::Out& out) override;
    Outcome delete_printer_ic(dcerpc::Call& call, const op::DeletePrinterIC::In& in, op::DeletePrinterIC::Out& out) override;
    // connection_ops
    Outcome add_per_machine_connection(dcerpc::Call& call, const op::AddPerMachineConnection::In& in,
                                       op::AddPerMachineConnection::Out& out) override;
    Outcome delete_per_machine_connection(dcerpc::Call& call, const op::DeletePerMachineConnection::In& in,
                                          op::DeletePerMachineConnection::Out& out) override;
    Outcome enum_per_machine_connections(dcerpc::Call& call, const op::EnumPerMachineConnections::In& in,
                                         op::EnumPerMachineConnections::Out& out) override;
    // bidi_ops
    Outcome send_recv_bidi_data(dcerpc::Call& call, const op::SendRecvBidiData::In& in, op::SendRecvBidiData::Out& out) override;
    // form_ops
    Outcome add_form(dcerpc::Call& call, const op::AddForm::In& in, op::AddForm::Out& out) override;
    Outcome delete_form(dcerpc::Call& call, const op::DeleteForm::In& in, op::DeleteForm::Out& out) override;
    Outcome get_form(dcerpc::Call& call, const op::GetForm::In& in, op::GetForm::Out& out) override;
    Outcome set_form(dcerpc::Call& call, const op::SetForm::In& in, op::SetForm::Out& out) override;
    Outcome enum_forms(dcerpc::Call& call, const op::EnumForms::In& in, op::EnumForms::Out& out) override;
    // job_ops
    Outcome set_job(dcerpc::Call& call, const op::SetJob::In& in, op::SetJob::Out& out) override;
    Outcome get_job(dcerpc::Call& call, const op::GetJob::In& in, op::GetJob::Out& out) override;
    Outcome enum_jobs(dcerpc::Call& call, const op::EnumJobs::In& in, op::EnumJobs::Out& out) override;
    Outcome add_job(dcerpc::Call& call, const op::AddJob::In& in, op::AddJob::Out& out) override;
    Outcome schedule_job(dcerpc::Call& call, const op::ScheduleJob::In& in, op::ScheduleJob::Out& out) override;
    // document_ops
    Outcome start_doc_printer(dcerpc::Call& call, const op::StartDocPrinter::In& in, op::StartDocPrinter::Out& out) override;
    Outcome start_page_printer(dcerpc::Call& call, const op::StartPagePrinter::In& in, op::StartPagePrinter::Out& out) override;
    Outcome write_printer(dcerpc::Call& call, const op::WritePrinter::In& in, op::WritePrinter::Out& out) override;
    Outcome end_page_printer(dcerpc::Call& call, const op::EndPagePrinter::In& in, op::EndPagePrinter::Out& out) override;
    Outcome end_doc_printer(dcerpc::Call& call, const op::EndDocPrinter::In& in, op::EndDocPrinter::Out& out) override;
    Outcome abort_printer(dcerpc::Call& call, const op::AbortPrinter::In& in, op::AbortPrinter::Out& out) override;
    Outcome read_printer(dcerpc::Call& call, const op::ReadPrinter::In& in, op::ReadPrinter::Out& out) override;
    Outcome flush_printer(dcerpc::Call& call, const op::FlushPrinter::In& in, op::FlushPrinter::Out& out) override;
    // property_ops
    Outcome get_job_named_property_value(dcerpc::Call& call, const op::GetJobNamedPropertyValue::In& in,
                                         op::GetJobNamedPropertyValue::Out& out) override;
    Outcome set_job_named_property(dcerpc::Call& call, const op::SetJobNamedProperty::In& in, op::SetJobNamedProperty::Out& out) override;
    Outcome delete_job_named_property(dcerpc::Call& call, const op::DeleteJobNamedProperty::In& in,
                                      op::DeleteJobNamedProperty::Out& out) override;
    Outcome enum_job_named_properties(dcerpc::Call& call, const op::EnumJobNamedProperties::In& in,
                                      op::EnumJobNamedProperties::Out& out) override;
    // branch_ops
    Outcome log_job_info_for_branch_office(dcerpc::Call& call, const op::LogJobInfoForBranchOffice::In& in,
                                           op::LogJobInfoForBranchOffice::Out& out) override;
    // notify_ops
    Outcome register_for_remote_notifications(dcerpc::Call& call, const op::RegisterForRemoteNotifications::In& in,
                                              op::RegisterForRemoteNotifications::Out& out) override;
    Outcome un_register_for_remote_notifications(dcerpc::Call& call, const op::UnRegisterForRemoteNotifications::In& in,
                                                 op::UnRegisterForRemoteNotifications::Out& out) override;
    Outcome refresh_remote_notifications(dcerpc::Call& call, const op::RefreshRemoteNotifications::In& in,
                                         op::RefreshRemoteNotifications::Out& out) override;
    Outcome get_remote_notifications(dcerpc::Call& call, const op::GetRemoteNotifications::In& in,
                                     op::GetRemoteNotifications::Out& out) override;
    // rprn_notify_ops
    Outcome wait_for_printer_change(dcerpc::Call& call, const op::WaitForPrinterChange::In& in, op::WaitForPrinterChange::Out& out) override;
    Outcome find_close_printer_change_notification(dcerpc::Call& call, const op::FindClosePrinterChangeNotification::In& in,
                                                   op::FindClosePrinterChangeNotification::Out& out) override;
    Outcome router_refresh_printer_change_notification(dcerpc::Call& call, const op::RouterRefreshPrinterChangeNotification::In& in,
                                                       op::RouterRefreshPrinterChangeNotification::Out& out) override;
    Outcome remote_find_first_printer_change_notification(dcerpc::Call& call, const op::RemoteFindFirstPrinterChangeNotification::In& in,
                                                          op::RemoteFindFirstPrinterChangeNotification::Out& out) override;
    Outcome remote_find_first_printer_change_notification_ex(dcerpc::Call& call,
                                                             const op::RemoteFindFirstPrinterChangeNotificationEx::In& in,
                                                             op::RemoteFindFirstPrinterChangeNotificationEx::Out& out) override;

 private:
    // What OpenPrinter in its two forms asks for. `machine` is the client's name without backslashes.
    struct OpenRequest {
        ndr::WStr name, datatype;
        const op::DEVMODE_CONTAINER* devmode = nullptr;
        std::uint32_t access = 0;
        std::string machine;
    };
    struct OpenContext {
        spooler::ParsedName name;
        ReplyContextPtr reply;
        std::string machine;                                       // "\\CLIENT"
        std::uint32_t access = 0;
        spooler::DevModePtr devmode;
        ndr::WStr datatype;
    };
    base::Result<ndr::ContextHandle> open_object(dcerpc::Call& call, const OpenRequest& request);
    base::Result<std::shared_ptr<dcerpc::HandleObject>> make_object(dcerpc::Call& call, OpenContext open);
    base::Result<std::shared_ptr<dcerpc::HandleObject>> make_printer(dcerpc::Call& call, OpenContext open);
    base::Result<std::shared_ptr<dcerpc::HandleObject>> make_job(dcerpc::Call& call, OpenContext open);
    base::Result<std::shared_ptr<dcerpc::HandleObject>> make_port(dcerpc::Call& call, OpenContext open);

    // Echo context for a server name as the client wrote it ("\\srv" or empty).
    [[nodiscard]] ReplyContextPtr reply_context(std::string server) const;
    // The server argument of operations without handle: invalid_name for another server.
    [[nodiscard]] base::Result<ReplyContextPtr> server_context(const ndr::WStr& name) const;
    // Oldest client build that is let in: MS-PAR began with Vista, and Windows refuses older clients there only.
    [[nodiscard]] std::uint32_t minimum_build(const dcerpc::Call& call) const;
    // Re-checks the caller against the server's descriptor.
    [[nodiscard]] base::Result<void> require_server(const dcerpc::Call& call, std::uint32_t mask) const;
    [[nodiscard]] Rows<PrinterRow> visible_printers(const dcerpc::Call& call, const ReplyContextPtr& context, bool only_shared,
                                                    std::uint32_t level) const;
    base::Result<void> enum_known_printers(const dcerpc::Call& call, const op::EnumPrinters::In& in, const InfoReply& reply);

    // SetPrinter and AddPrinter.
    struct SetRequest {
        std::shared_ptr<PrinterHandle> handle;
        const op::SetPrinter::In* in = nullptr;
        spooler::DevModePtr devmode;
        std::optional<base::ParsedDescriptor> security;
    };
    Outcome control_printer(dcerpc::Call& call, std::shared_ptr<PrinterHandle> handle, const op::SetPrinter::In& in);
    Outcome publish_printer(dcerpc::Call& call, std::shared_ptr<PrinterHandle> handle, const op::SetPrinter::In& in);
    Outcome set_server_security(dcerpc::Call& call, std::shared_ptr<ServerHandle> handle, const op::SetPrinter::In& in);
    base::Result<spooler::PrinterChange> printer_change(const SetRequest& request) const;
    struct AddRequest {
        ndr::WStr server;
        const op::PRINTER_CONTAINER* printer = nullptr;
        const op::DEVMODE_CONTAINER* devmode = nullptr;
        const op::SECURITY_CONTAINER* security = nullptr;
        std::string machine;
    };
    Outcome add_printer_object(dcerpc::Call& call, AddRequest request, ndr::ContextHandle& handle);
    base::Result<spooler::NewPrinter> new_printer(const dcerpc::Call& call, const AddRequest& request) const;

    Outcome read_port(std::shared_ptr<PortHandle> handle, op::ReadPrinter::Out& out);
    Outcome set_value(dcerpc::Call& call, const ndr::ContextHandle& handle, std::string key, spooler::DataValue value);
    Outcome delete_value(dcerpc::Call& call, const ndr::ContextHandle& handle, std::string key, std::string name);
    base::Result<spooler::PortConfig> new_port(const op::AddPort::In& in) const;

    [[nodiscard]] base::Result<spooler::PackageInstaller*> package_installer() const;
    void audit_package(const dcerpc::Call& call, std::string_view event, std::string_view package, std::string_view environment,
                       const std::string& reason);
    std::string driver_directory(const ReplyContext& context, std::string_view environment) const;
    DriverRow driver_row(const ReplyContext& context, spooler::Driver driver) const;
    Outcome install_uploaded_driver(dcerpc::Call& call, ReplyContextPtr context, spooler::Driver driver, spooler::DriverCopy copy);
    Outcome remove_driver(dcerpc::Call& call, spooler::DriverRemoval removal);

    // The queue that a handle of any kind may reach `job` through; invalid_parameter when there is no such job there.
    struct JobPlace {
        spooler::PrinterQueuePtr queue;
        ReplyContextPtr context;
        spooler::JobView view;
        std::shared_ptr<SpoolHandle> handle;
    };
    base::Result<JobPlace> find_job(const dcerpc::Call& call, const ndr::ContextHandle& handle, spooler::JobId job) const;
    Outcome apply_job_info(const JobPlace& place, const op::JOB_CONTAINER& container);
    base::Result<void> require_order(const JobPlace& place) const;
    base::Result<void> require_follower(const dcerpc::Call& call, const JobPlace& place, const op::JOB_CONTAINER& container) const;
    base::Result<void> require_job(const dcerpc::Call& call, const JobPlace& place, std::uint32_t mask) const;

    // Whether the caller may hear of this printer through a registration on the server.
    bool may_watch(const dcerpc::Call& call, spooler::PrinterId printer) const;
    // Every field that the filter names, of everything that the registration is about, as of now.
    void add_current(const dcerpc::Call& call, const NotifyHandle& handle, const NotifyFilter& filter, NotifyWriter& writer) const;

    // Writes rows, with the rows of an earlier size query standing in when the list has grown since.
    template <class Row>
    base::Result<void> answer(const dcerpc::Call& call, std::string arguments, const Level<Row>& level, Rows<Row> rows, const InfoReply& reply);
    // The same from the rows of the caller's size query, when nothing has changed since they were made; false: make them.
    template <class Row>
    bool answer_unchanged(const dcerpc::Call& call, const std::string& arguments, const Level<Row>& level, const InfoReply& reply);
    static std::string size_query(const dcerpc::Call& call, std::uint32_t level, const std::string& arguments);
    // The caller changed something: his size queries are void.
    void changed(const dcerpc::Call& call, std::string_view what, std::initializer_list<base::log::Field> fields);

    spooler::Spooler& spooler_;
    spooler::Bus& bus_;
    EventLog* const events_;
    spooler::PackageInstaller* packages_ = nullptr;
    SizeCache size_cache_;
    KnownPrinters known_printers_;
    std::chrono::milliseconds change_wait_ = std::chrono::minutes(10);
    MachineFacts machine_;
    std::shared_ptr<const base::ByteBuffer> default_devmode_;
};

template <class Row>
base::Result<void> WinspoolService::answer(const dcerpc::Call& call, std::string arguments, const Level<Row>& level, Rows<Row> rows,
                                           const InfoReply& reply) {
    auto result = write_info(level, rows.span(), reply);
    if (result || result.error().code() != base::Win32::insufficient_buffer) return result;
    const std::uint32_t needed = *reply.needed;
    const std::shared_ptr<GroupState> group = call.group<GroupState>();
    std::string query = size_query(call, level.number, arguments);
    if (const std::shared_ptr<const void> kept = size_cache_.take(group, query)) {
        if (write_info(level, static_cast<const Rows<Row>*>(kept.get())->span(), reply)) return {};
        *reply.needed = needed;
    }
    const std::size_t count = rows.rows.size();
    const std::uint64_t version = rows.version;
    size_cache_.keep(group, std::move(query), std::make_shared<const Rows<Row>>(std::move(rows)), count, version);
    return result;
}

template <class Row>
bool WinspoolService::answer_unchanged(const dcerpc::Call& call, const std::string& arguments, const Level<Row>& level, const InfoReply& reply) {
    if (reply.buffer_bytes == 0) return false;                     // the size query itself
    const auto kept = size_cache_.take(call.group<GroupState>(), size_query(call, level.number, arguments), spooler_.version());
    return kept && write_info(level, static_cast<const Rows<Row>*>(kept.get())->span(), reply).has_value();
}

}  // namespace server
