#include "base/win32_error.h"

#include <algorithm>
#include <array>

namespace base {
namespace {

struct Named {
    Win32 code;
    std::string_view name;
};

#define WIN32_ROW(member, NAME) Named{Win32::member, "ERROR_" NAME}
constexpr std::array kNames = {
    WIN32_ROW(success, "SUCCESS"),
    WIN32_ROW(invalid_function, "INVALID_FUNCTION"),
    WIN32_ROW(file_not_found, "FILE_NOT_FOUND"),
    WIN32_ROW(path_not_found, "PATH_NOT_FOUND"),
    WIN32_ROW(access_denied, "ACCESS_DENIED"),
    WIN32_ROW(invalid_handle, "INVALID_HANDLE"),
    WIN32_ROW(not_enough_memory, "NOT_ENOUGH_MEMORY"),
    WIN32_ROW(invalid_data, "INVALID_DATA"),
    WIN32_ROW(outofmemory, "OUTOFMEMORY"),
    WIN32_ROW(write_fault, "WRITE_FAULT"),
    WIN32_ROW(read_fault, "READ_FAULT"),
    WIN32_ROW(gen_failure, "GEN_FAILURE"),
    WIN32_ROW(sharing_violation, "SHARING_VIOLATION"),
    WIN32_ROW(handle_disk_full, "HANDLE_DISK_FULL"),
    WIN32_ROW(not_supported, "NOT_SUPPORTED"),
    WIN32_ROW(dev_not_exist, "DEV_NOT_EXIST"),
    WIN32_ROW(printq_full, "PRINTQ_FULL"),
    WIN32_ROW(no_spool_space, "NO_SPOOL_SPACE"),
    WIN32_ROW(print_cancelled, "PRINT_CANCELLED"),
    WIN32_ROW(file_exists, "FILE_EXISTS"),
    WIN32_ROW(invalid_parameter, "INVALID_PARAMETER"),
    WIN32_ROW(broken_pipe, "BROKEN_PIPE"),
    WIN32_ROW(disk_full, "DISK_FULL"),
    WIN32_ROW(insufficient_buffer, "INSUFFICIENT_BUFFER"),
    WIN32_ROW(invalid_name, "INVALID_NAME"),
    WIN32_ROW(invalid_level, "INVALID_LEVEL"),
    WIN32_ROW(mod_not_found, "MOD_NOT_FOUND"),
    WIN32_ROW(busy, "BUSY"),
    WIN32_ROW(already_exists, "ALREADY_EXISTS"),
    WIN32_ROW(more_data, "MORE_DATA"),
    WIN32_ROW(no_more_items, "NO_MORE_ITEMS"),
    WIN32_ROW(operation_aborted, "OPERATION_ABORTED"),
    WIN32_ROW(io_pending, "IO_PENDING"),
    WIN32_ROW(can_not_complete, "CAN_NOT_COMPLETE"),
    WIN32_ROW(invalid_flags, "INVALID_FLAGS"),
    WIN32_ROW(not_found, "NOT_FOUND"),
    WIN32_ROW(cancelled, "CANCELLED"),
    WIN32_ROW(connection_refused, "CONNECTION_REFUSED"),
    WIN32_ROW(graceful_disconnect, "GRACEFUL_DISCONNECT"),
    WIN32_ROW(network_unreachable, "NETWORK_UNREACHABLE"),
    WIN32_ROW(host_unreachable, "HOST_UNREACHABLE"),
    WIN32_ROW(connection_aborted, "CONNECTION_ABORTED"),
    WIN32_ROW(logon_failure, "LOGON_FAILURE"),
    WIN32_ROW(not_enough_quota, "NOT_ENOUGH_QUOTA"),
    WIN32_ROW(timeout, "TIMEOUT"),
    WIN32_ROW(rpc_s_server_unavailable, "RPC_S_SERVER_UNAVAILABLE"),
    WIN32_ROW(rpc_s_call_failed, "RPC_S_CALL_FAILED"),
    WIN32_ROW(invalid_user_buffer, "INVALID_USER_BUFFER"),
    WIN32_ROW(printer_driver_already_installed, "PRINTER_DRIVER_ALREADY_INSTALLED"),
    WIN32_ROW(unknown_port, "UNKNOWN_PORT"),
    WIN32_ROW(unknown_printer_driver, "UNKNOWN_PRINTER_DRIVER"),
    WIN32_ROW(unknown_printprocessor, "UNKNOWN_PRINTPROCESSOR"),
    WIN32_ROW(invalid_separator_file, "INVALID_SEPARATOR_FILE"),
    WIN32_ROW(invalid_priority, "INVALID_PRIORITY"),
    WIN32_ROW(invalid_printer_name, "INVALID_PRINTER_NAME"),
    WIN32_ROW(printer_already_exists, "PRINTER_ALREADY_EXISTS"),
    WIN32_ROW(invalid_printer_command, "INVALID_PRINTER_COMMAND"),
    WIN32_ROW(invalid_datatype, "INVALID_DATATYPE"),
    WIN32_ROW(invalid_environment, "INVALID_ENVIRONMENT"),
    WIN32_ROW(invalid_form_name, "INVALID_FORM_NAME"),
    WIN32_ROW(invalid_form_size, "INVALID_FORM_SIZE"),
    WIN32_ROW(printer_deleted, "PRINTER_DELETED"),
    WIN32_ROW(invalid_printer_state, "INVALID_PRINTER_STATE"),
    WIN32_ROW(remote_print_connections_blocked, "REMOTE_PRINT_CONNECTIONS_BLOCKED"),
    WIN32_ROW(unknown_print_monitor, "UNKNOWN_PRINT_MONITOR"),
    WIN32_ROW(printer_driver_in_use, "PRINTER_DRIVER_IN_USE"),
    WIN32_ROW(spool_file_not_found, "SPOOL_FILE_NOT_FOUND"),
    WIN32_ROW(spl_no_startdoc, "SPL_NO_STARTDOC"),
    WIN32_ROW(spl_no_addjob, "SPL_NO_ADDJOB"),
    WIN32_ROW(print_processor_already_installed, "PRINT_PROCESSOR_ALREADY_INSTALLED"),
    WIN32_ROW(print_monitor_already_installed, "PRINT_MONITOR_ALREADY_INSTALLED"),
    WIN32_ROW(invalid_print_monitor, "INVALID_PRINT_MONITOR"),
    WIN32_ROW(print_monitor_in_use, "PRINT_MONITOR_IN_USE"),
    WIN32_ROW(printer_has_jobs_queued, "PRINTER_HAS_JOBS_QUEUED"),
    WIN32_ROW(success_reboot_required, "SUCCESS_REBOOT_REQUIRED"),
    WIN32_ROW(success_restart_required, "SUCCESS_RESTART_REQUIRED"),
    WIN32_ROW(printer_not_found, "PRINTER_NOT_FOUND"),
    WIN32_ROW(printer_driver_warned, "PRINTER_DRIVER_WARNED"),
    WIN32_ROW(printer_driver_blocked, "PRINTER_DRIVER_BLOCKED"),
    WIN32_ROW(printer_driver_package_in_use, "PRINTER_DRIVER_PACKAGE_IN_USE"),
    WIN32_ROW(core_driver_package_not_found, "CORE_DRIVER_PACKAGE_NOT_FOUND"),
    WIN32_ROW(printer_driver_download_needed, "PRINTER_DRIVER_DOWNLOAD_NEEDED"),
    WIN32_ROW(invalid_printer_driver_manifest, "INVALID_PRINTER_DRIVER_MANIFEST"),
    WIN32_ROW(printer_not_shareable, "PRINTER_NOT_SHAREABLE"),
    Named{Win32::spapi_no_catalog_for_oem_inf, "SPAPI_E_NO_CATALOG_FOR_OEM_INF"},
    Named{Win32::spapi_authenticode_trust_not_established, "SPAPI_E_AUTHENTICODE_TRUST_NOT_ESTABLISHED"},
    Named{Win32::spapi_file_hash_not_in_catalog, "SPAPI_E_FILE_HASH_NOT_IN_CATALOG"},
};
#undef WIN32_ROW

}  // namespace

std::string win32_name(Win32 code) {
    const auto* row = std::find_if(kNames.begin(), kNames.end(), [code](const Named& named) { return named.code == code; });
    if (row != kNames.end()) return std::string(row->name);
    return "ERROR_" + std::to_string(static_cast<std::uint32_t>(code));
}

}  // namespace base
