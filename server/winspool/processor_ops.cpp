// Print processors: [MS-RPRN] 3.1.4.8, [MS-PAR] 3.1.4.4. They are built in, so code that a client
// names is never loaded and the built-in ones stay.
#include "server/winspool/levels/processor_levels.h"
#include "server/winspool/service.h"

namespace server {

using base::Error;
using base::Result;
using base::Win32;
using spooler::Access;

// [MS-RPRN] 3.1.4.8.1 RpcAddPrintProcessor; [MS-PAR] 3.1.4.4.1
Outcome WinspoolService::add_print_processor(dcerpc::Call& call, const op::AddPrintProcessor::In& in, op::AddPrintProcessor::Out& /*out*/) {
    CO_TRY_VOID(server_context(in.pName));
    CO_TRY(const std::string environment, checked_environment(in.pEnvironment, spooler_.server().settings()));
    CO_TRY_VOID(require_server(call, Access::server_administer));
    CO_TRY(const std::string name, checked_text(in.pPrintProcessorName));
    CO_TRY(const std::string path, checked_text(in.pPathName));
    if (spooler_.processors().find(name) != nullptr) co_return Error(Win32::print_processor_already_installed, name);
    if (environment == "Windows ARM") co_return Error(Win32::not_supported, environment);
    call.log(base::log::Level::warning, "foreign print processor refused", {{"processor", name}, {"module", path}, {"peer", call.caller().peer_address}});
    co_return Error(Win32::mod_not_found, path);
}

// [MS-RPRN] 3.1.4.8.4 RpcDeletePrintProcessor; [MS-PAR] 3.1.4.4.5
Outcome WinspoolService::delete_print_processor(dcerpc::Call& call, const op::DeletePrintProcessor::In& in,
                                                op::DeletePrintProcessor::Out& /*out*/) {
    CO_TRY_VOID(server_context(in.Name));
    CO_TRY(const std::string environment, checked_environment(in.pEnvironment, spooler_.server().settings()));
    CO_TRY_VOID(require_server(call, Access::server_administer));
    const std::string name = utf8(in.pPrintProcessorName);
    const bool own = environment == spooler_.server().settings().environment;
    if (!own || spooler_.processors().find(name) == nullptr) co_return Error(Win32::unknown_printprocessor, name);
    // Built in: in use by this server whether or not a printer names it.
    co_return Error(Win32::can_not_complete, name);
}

Outcome WinspoolService::enum_print_processors(dcerpc::Call& call, const op::EnumPrintProcessors::In& in,
                                               op::EnumPrintProcessors::Out& out) {
    const InfoReply reply = info_reply(out.pPrintProcessorInfo, in.cbBuf, out);
    CO_TRY(const auto* level, find_level(kProcessorLevels, in.Level));
    CO_TRY_VOID(server_context(in.pName));
    CO_TRY(const std::string environment, checked_environment(in.pEnvironment, spooler_.server().settings()));
    CO_TRY_VOID(require_server(call, Access::server_enumerate));
    Rows<NameRow> rows;
    // The processors serve our own environment; others have none.
    const bool own = environment == spooler_.server().settings().environment;
    for (const spooler::ProcessorInfo& processor : spooler_.processors().list()) {
        NameRow row;
        row.name = processor.name;
        if (own) rows.rows.push_back(std::move(row));
    }
    co_return answer(call, environment, *level, std::move(rows), reply);
}

Outcome WinspoolService::enum_print_processor_datatypes(dcerpc::Call& call, const op::EnumPrintProcessorDatatypes::In& in,
                                                        op::EnumPrintProcessorDatatypes::Out& out) {
    const InfoReply reply = info_reply(out.pDatatypes, in.cbBuf, out);
    CO_TRY(const auto* level, find_level(kDatatypeLevels, in.Level));
    CO_TRY_VOID(server_context(in.pName));
    CO_TRY_VOID(require_server(call, Access::server_enumerate));
    const std::string name = utf8(in.pPrintProcessorName);
    const spooler::ProcessorInfo* processor = spooler_.processors().find(name);
    if (processor == nullptr) co_return Error(Win32::unknown_printprocessor, name);
    Rows<NameRow> rows;
    for (const std::string& datatype : processor->datatypes) {
        NameRow row;
        row.name = datatype;
        rows.rows.push_back(std::move(row));
    }
    co_return answer(call, name, *level, std::move(rows), reply);
}

// The level is ignored, as Windows does.
Outcome WinspoolService::get_print_processor_directory(dcerpc::Call& call, const op::GetPrintProcessorDirectory::In& in,
                                                       op::GetPrintProcessorDirectory::Out& out) {
    const InfoReply reply = info_reply(out.pPrintProcessorDirectory, in.cbBuf, out);
    CO_TRY(const ReplyContextPtr context, server_context(in.pName));
    CO_TRY(const std::string environment, checked_environment(in.pEnvironment, spooler_.server().settings()));
    CO_TRY_VOID(require_server(call, Access::server_enumerate));
    const spooler::Environment* known = spooler::find_environment(environment);
    const std::string subdirectory = known == nullptr ? std::string() : std::string(known->directory);
    const std::string& spool = spooler_.server().settings().spool_directory;
    const std::string directory = context->server.empty() ? spool.substr(0, spool.rfind('\\') + 1) + "PRTPROCS\\" + subdirectory
                                                          : context->prefix + "prnproc$\\" + subdirectory;
    co_return write_string(directory, reply);
}

}  // namespace server
