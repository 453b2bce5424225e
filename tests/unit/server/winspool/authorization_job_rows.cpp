// Jobs, documents and job properties: [MS-RPRN] 3.1.4.3, 3.1.4.9, 3.1.4.12, [MS-PAR] 3.1.4.7, 3.1.4.8, 3.1.4.10.
#include "authorization_scene.h"

namespace service_test::authorization {

namespace {

constexpr std::uint32_t kDone = 0;
constexpr std::uint32_t number(Win32 code) { return static_cast<std::uint32_t>(code); }

const std::vector<Kind> kJobKinds = {Kind::printer, Kind::server, Kind::job};
const std::vector<Kind> kPrinterOrPort = {Kind::printer, Kind::port};
const std::vector<Kind> kPrinterOnly = {Kind::printer};

// The codes of [MS-RPRN] 2.2.3.12. Cancelling takes DELETE, the others JOB_ACCESS_ADMINISTER.
void add_command_rows(Rows& rows) {
    struct Command {
        const char* name;
        std::uint32_t number;
    };
    for (const Command& command : {Command{"pause", 1}, Command{"resume", 2}, Command{"cancel", 3}, Command{"restart", 4},
                                   Command{"delete", 5}, Command{"retain", 8}, Command{"release", 9}}) {
        rows.push_back({"SetJob", command.name, Object::printer, Right::job_administer, kDone,
                        [command](Scene& s) {
                            op::SetJob::In in;
                            in.hPrinter = s.printer();
                            in.JobId = s.job;
                            in.Command = command.number;
                            return s.ask(&op::Client::set_job, in);
                        },
                        true, false, false, kJobKinds});
    }
    for (const Kind kind : {Kind::server, Kind::job}) {
        const bool server = kind == Kind::server;
        rows.push_back({"SetJob", server ? "pause_by_server" : "pause_by_job", server ? Object::server : Object::job, Right::job_administer,
                        kDone,
                        [kind](Scene& s) {
                            op::SetJob::In in;
                            in.hPrinter = s.handle(kind);
                            in.JobId = s.job;
                            in.Command = 1;
                            return s.ask(&op::Client::set_job, in);
                        },
                        true, false, !server});
    }
}

// What level 1 must bring: everything it has is applied.
op::JOB_INFO_1* job_information(Scene& s, std::uint32_t position) {
    auto* info = s.make<op::JOB_INFO_1>();
    info->pUserName = s.text("alice");
    info->pDocument = s.text("renamed");
    info->pDatatype = s.text("RAW");
    info->Priority = 1;
    info->Position = position;
    return info;
}

std::uint32_t set_job(Scene& s, const std::function<void(op::JOB_CONTAINER&)>& fill) {
    op::SetJob::In in;
    in.hPrinter = s.printer();
    in.JobId = s.job;
    in.pJobContainer = s.make<op::JOB_CONTAINER>();
    fill(*in.pJobContainer);
    return s.ask(&op::Client::set_job, in);
}

void add_change_rows(Rows& rows) {
    rows.push_back({"SetJob", "level1", Object::printer, Right::job_administer, kDone,
                    [](Scene& s) { return set_job(s, [&](op::JOB_CONTAINER& to) { to.set_Level1(job_information(s, 0)); }); }, true});
    rows.push_back({"SetJob", "position", Object::printer, Right::job_order, kDone,
                    [](Scene& s) { return set_job(s, [&](op::JOB_CONTAINER& to) { to.set_Level1(job_information(s, 2)); }); }, true, false,
                    true});
    for (const std::uint32_t level : {2U, 4U}) {
        rows.push_back({"SetJob", "level" + std::to_string(level), Object::printer, Right::job_administer, kDone,
                        [level](Scene& s) {
                            return set_job(s, [&](op::JOB_CONTAINER& to) {
                                const auto fill = [&](auto* info) {
                                    info->pUserName = info->pNotifyName = s.text("alice");
                                    info->pDocument = s.text("renamed");
                                    info->pDatatype = s.text("RAW");
                                    info->pPrintProcessor = s.text("winprint");
                                    info->Priority = 1;
                                    return info;
                                };
                                if (level == 2) to.set_Level2(fill(s.make<op::JOB_INFO_2>()));
                                if (level == 4) to.set_Level4(fill(s.make<op::JOB_INFO_4>()));
                            });
                        },
                        true});
    }
    // Linking moves the other job and holds it back.
    rows.push_back({"SetJob", "level3", Object::printer, Right::both_jobs, kDone,
                    [](Scene& s) {
                        return set_job(s, [&](op::JOB_CONTAINER& to) {
                            auto* info = s.make<op::JOB_INFO_3>();
                            info->JobId = s.job;
                            info->NextJobId = s.other_job;
                            to.set_Level3(info);
                        });
                    },
                    true});
}

void add_query_rows(Rows& rows) {
    for (const std::uint32_t level : {1U, 2U, 3U, 4U}) {
        rows.push_back({"GetJob", "level" + std::to_string(level), Object::printer, Right::none, kDone, [level](Scene& s) {
                            op::GetJob::In in;
                            in.hPrinter = s.printer();
                            in.JobId = s.other_job;
                            return s.fetch(&op::Client::get_job, in, &op::GetJob::In::pJob, level);
                        }});
        rows.push_back({"EnumJobs", "level" + std::to_string(level), Object::printer, Right::none, kDone,
                        [level](Scene& s) {
                            op::EnumJobs::In in;
                            in.hPrinter = s.printer();
                            in.NoJobs = 0xFFFFFFFF;
                            return s.fetch(&op::Client::enum_jobs, in, &op::EnumJobs::In::pJob, level);
                        },
                        false, false, false, kPrinterOrPort});
    }
    for (const Kind kind : {Kind::server, Kind::job}) {
        const bool server = kind == Kind::server;
        rows.push_back({"GetJob", server ? "by_server" : "by_job", server ? Object::server : Object::job,
                        server ? Right::none : Right::job_read, kDone,
                        [kind](Scene& s) {
                            op::GetJob::In in;
                            in.hPrinter = s.handle(kind);
                            in.JobId = s.job;
                            return s.fetch(&op::Client::get_job, in, &op::GetJob::In::pJob, 1);
                        },
                        false, false, false, kJobKinds});
    }
    // Neither ever succeeds over the network.
    rows.push_back({"AddJob", "", Object::printer, Right::none, number(Win32::invalid_parameter),
                    [](Scene& s) {
                        op::AddJob::In in;
                        in.hPrinter = s.printer();
                        return s.fetch(&op::Client::add_job, in, &op::AddJob::In::pAddJob, 1);
                    },
                    false, false, false, kPrinterOnly});
    rows.push_back({"ScheduleJob", "", Object::printer, Right::none, number(Win32::spl_no_addjob),
                    [](Scene& s) {
                        op::ScheduleJob::In in;
                        in.hPrinter = s.printer();
                        in.JobId = s.job;
                        return s.ask(&op::Client::schedule_job, in);
                    },
                    false, false, false, kPrinterOnly});
}

// Reading a property takes nothing, changing one what every change of a job takes.
void add_property_rows(Rows& rows) {
    rows.push_back({"GetJobNamedPropertyValue", "", Object::printer, Right::none, kDone,
                    [](Scene& s) {
                        op::GetJobNamedPropertyValue::In in;
                        in.hPrinter = s.printer();
                        in.JobId = s.job;
                        in.pszName = s.text("Note");
                        return s.ask(&op::Client::get_job_named_property_value, in);
                    },
                    false, false, false, kJobKinds});
    rows.push_back({"EnumJobNamedProperties", "", Object::printer, Right::none, kDone,
                    [](Scene& s) {
                        op::EnumJobNamedProperties::In in;
                        in.hPrinter = s.printer();
                        in.JobId = s.job;
                        return s.ask(&op::Client::enum_job_named_properties, in);
                    },
                    false, false, false, kJobKinds});
    rows.push_back({"SetJobNamedProperty", "", Object::printer, Right::job_administer, kDone,
                    [](Scene& s) {
                        op::SetJobNamedProperty::In in;
                        in.hPrinter = s.printer();
                        in.JobId = s.job;
                        in.pProperty.propertyName = s.text("Other");
                        in.pProperty.propertyValue.set_propertyInt32(7);
                        return s.ask(&op::Client::set_job_named_property, in);
                    },
                    true, false, false, kJobKinds});
    rows.push_back({"DeleteJobNamedProperty", "", Object::printer, Right::job_administer, kDone,
                    [](Scene& s) {
                        op::DeleteJobNamedProperty::In in;
                        in.hPrinter = s.printer();
                        in.JobId = s.job;
                        in.pszName = s.text("Note");
                        return s.ask(&op::Client::delete_job_named_property, in);
                    },
                    true, false, false, kJobKinds});
}

// A document of one's own, begun by StartDoc on the same handle.
template <class Operation, class Method>
void document_row(Rows& rows, const char* name, Method method, bool changes = false) {
    rows.push_back({name, "", Object::printer, Right::use, kDone,
                    [method](Scene& s) {
                        typename Operation::In in;
                        in.hPrinter = s.document(Kind::printer);
                        if constexpr (requires { in.pBuf; }) {
                            in.pBuf = s.who()->arena().zeroed(4);
                            in.cbBuf = 4;
                        }
                        return s.ask(method, in);
                    },
                    changes, false, false, kPrinterOrPort});
}

}  // namespace

void add_job_rows(Rows& rows) {
    add_command_rows(rows);
    add_change_rows(rows);
    add_query_rows(rows);
    add_property_rows(rows);
}

void add_document_rows(Rows& rows) {
    for (const Kind kind : kPrinterOrPort) {
        const bool printer = kind == Kind::printer;
        // A document for a port would print at once, and the port's printer is paused.
        const std::uint32_t granted = printer ? kDone : number(Win32::invalid_printer_state);
        rows.push_back({"StartDocPrinter", printer ? "printer" : "port", printer ? Object::printer : Object::port, Right::use, granted,
                        [kind](Scene& s) {
                            op::StartDocPrinter::In in;
                            in.hPrinter = s.handle(kind);
                            in.pDocInfoContainer = s.document_information();
                            return s.ask(&op::Client::start_doc_printer, in);
                        },
                        false, false, true, kPrinterOrPort});
    }
    document_row<op::StartPagePrinter>(rows, "StartPagePrinter", &op::Client::start_page_printer);
    document_row<op::WritePrinter>(rows, "WritePrinter", &op::Client::write_printer);
    document_row<op::EndPagePrinter>(rows, "EndPagePrinter", &op::Client::end_page_printer);
    document_row<op::EndDocPrinter>(rows, "EndDocPrinter", &op::Client::end_doc_printer, true);
    document_row<op::AbortPrinter>(rows, "AbortPrinter", &op::Client::abort_printer);
    rows.push_back({"ReadPrinter",
                    "",
                    Object::job,
                    Right::job_read,
                    kDone,
                    [](Scene& s) {
                        op::ReadPrinter::In in;
                        in.hPrinter = s.handle(Kind::job);
                        in.cbBuf = 100;
                        return s.ask(&op::Client::read_printer, in);
                    },
                    false,
                    false,
                    true,
                    {Kind::job, Kind::port}});
    rows.push_back({"LogJobInfoForBranchOffice", "", Object::printer, Right::none, kDone,
                    [](Scene& s) {
                        op::LogJobInfoForBranchOffice::In in;
                        in.hPrinter = s.printer();
                        auto entries = s.who()->arena().array<op::RPC_BranchOfficeJobData>(1);
                        entries[0].set_LogOfflineFileFull(op::RPC_BranchOfficeLogOfflineFileFull());
                        in.pBranchOfficeJobDataContainer.cJobDataEntries = 1;
                        in.pBranchOfficeJobDataContainer.JobData = entries;
                        return s.ask(&op::Client::log_job_info_for_branch_office, in);
                    },
                    false, false, false, kPrinterOnly});
}

}  // namespace service_test::authorization
