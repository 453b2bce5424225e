// Win32 error codes that the printing specifications name, and their HRESULT form [MS-ERREF] 2.1, 2.2.
// Used by everything that can fail; the text is for logs only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace base {

enum class Win32 : std::uint32_t {
    success = 0,
    invalid_function = 1,
    file_not_found = 2,
    path_not_found = 3,
    access_denied = 5,
    invalid_handle = 6,
    not_enough_memory = 8,
    invalid_data = 13,
    outofmemory = 14,
    write_fault = 29,
    read_fault = 30,
    gen_failure = 31,
    sharing_violation = 32,
    handle_disk_full = 39,
    not_supported = 50,
    dev_not_exist = 55,
    printq_full = 61,
    no_spool_space = 62,
    print_cancelled = 63,
    file_exists = 80,
    invalid_parameter = 87,
    broken_pipe = 109,
    disk_full = 112,
    insufficient_buffer = 122,
    invalid_name = 123,
    invalid_level = 124,
    mod_not_found = 126,
    busy = 170,
    already_exists = 183,
    more_data = 234,
    no_more_items = 259,
    operation_aborted = 995,
    io_pending = 997,
    can_not_complete = 1003,
    invalid_flags = 1004,
    not_found = 1168,
    cancelled = 1223,
    connection_refused = 1225,
    graceful_disconnect = 1226,
    network_unreachable = 1231,
    host_unreachable = 1232,
    connection_aborted = 1236,
    logon_failure = 1326,
    not_enough_quota = 1816,
    timeout = 1460,
    rpc_s_server_unavailable = 1722,
    rpc_s_call_failed = 1726,
    invalid_user_buffer = 1784,
    printer_driver_already_installed = 1795,
    unknown_port = 1796,
    unknown_printer_driver = 1797,
    unknown_printprocessor = 1798,
    invalid_separator_file = 1799,
    invalid_priority = 1800,
    invalid_printer_name = 1801,
    printer_already_exists = 1802,
    invalid_printer_command = 1803,
    invalid_datatype = 1804,
    invalid_environment = 1805,
    invalid_form_name = 1902,
    invalid_form_size = 1903,
    printer_deleted = 1905,
    invalid_printer_state = 1906,
    remote_print_connections_blocked = 1936,
    unknown_print_monitor = 3000,
    printer_driver_in_use = 3001,
    spool_file_not_found = 3002,
    spl_no_startdoc = 3003,
    spl_no_addjob = 3004,
    print_processor_already_installed = 3005,
    print_monitor_already_installed = 3006,
    invalid_print_monitor = 3007,
    print_monitor_in_use = 3008,
    printer_has_jobs_queued = 3009,
    success_reboot_required = 3010,
    success_restart_required = 3011,
    printer_not_found = 3012,
    printer_driver_warned = 3013,
    printer_driver_blocked = 3014,
    printer_driver_package_in_use = 3015,
    core_driver_package_not_found = 3016,
    printer_driver_download_needed = 3019,
    invalid_printer_driver_manifest = 3021,
    printer_not_shareable = 3022,
    // HRESULTs of their own: these travel as they are.
    spapi_no_catalog_for_oem_inf = 0x800F022F,
    spapi_authenticode_trust_not_established = 0x800F0242,
    spapi_file_hash_not_in_catalog = 0x800F024B,
};

// Symbolic name ("ERROR_INVALID_LEVEL"), or "ERROR_<decimal>" for a code not in the list.
[[nodiscard]] std::string win32_name(Win32 code);

// HRESULT_FROM_WIN32 [MS-ERREF] 2.1.2: 0 stays 0, everything else becomes 0x8007xxxx.
[[nodiscard]] constexpr std::uint32_t hresult_from_win32(Win32 code) {
    const auto value = static_cast<std::uint32_t>(code);
    return value == 0 ? 0 : (0x80070000U | (value & 0xFFFFU));
}

}  // namespace base
