#include "tools/print_client/symbols.h"

#include "base/utf.h"

namespace print_client {
namespace {

struct Symbol {
    std::string_view name;
    std::uint64_t value;
};
constexpr Symbol kSymbols[] = {
    {"SERVER_ACCESS_ADMINISTER", 0x1},
    {"SERVER_ACCESS_ENUMERATE", 0x2},
    {"PRINTER_ACCESS_ADMINISTER", 0x4},
    {"PRINTER_ACCESS_USE", 0x8},
    {"JOB_ACCESS_ADMINISTER", 0x10},
    {"JOB_ACCESS_READ", 0x20},
    {"PRINTER_ACCESS_MANAGE_LIMITED", 0x40},
    {"DELETE", 0x10000},
    {"READ_CONTROL", 0x20000},
    {"WRITE_DAC", 0x40000},
    {"WRITE_OWNER", 0x80000},
    {"SERVER_ALL_ACCESS", 0xF0003},
    {"PRINTER_ALL_ACCESS", 0xF000C},
    {"MAXIMUM_ALLOWED", 0x2000000},
    {"PRINTER_ENUM_LOCAL", 0x2},
    {"PRINTER_ENUM_CONNECTIONS", 0x4},
    {"PRINTER_ENUM_NAME", 0x8},
    {"PRINTER_ENUM_REMOTE", 0x10},
    {"PRINTER_ENUM_SHARED", 0x20},
    {"PRINTER_ENUM_NETWORK", 0x40},
    {"PRINTER_CONTROL_PAUSE", 1},
    {"PRINTER_CONTROL_RESUME", 2},
    {"PRINTER_CONTROL_PURGE", 3},
    {"PRINTER_CONTROL_SET_STATUS", 4},
    {"JOB_CONTROL_PAUSE", 1},
    {"JOB_CONTROL_RESUME", 2},
    {"JOB_CONTROL_CANCEL", 3},
    {"JOB_CONTROL_RESTART", 4},
    {"JOB_CONTROL_DELETE", 5},
    {"JOB_CONTROL_RETAIN", 8},
    {"JOB_CONTROL_RELEASE", 9},
    {"PRINTER_CHANGE_PRINTER", 0xFF},
    {"PRINTER_CHANGE_ADD_JOB", 0x100},
    {"PRINTER_CHANGE_SET_JOB", 0x200},
    {"PRINTER_CHANGE_DELETE_JOB", 0x400},
    {"PRINTER_CHANGE_WRITE_JOB", 0x800},
    {"PRINTER_CHANGE_JOB", 0xFF00},
    {"PRINTER_CHANGE_FORM", 0x70000},
    {"PRINTER_CHANGE_PORT", 0x700000},
    {"PRINTER_CHANGE_PRINTER_DRIVER", 0x70000000},
    {"PRINTER_CHANGE_TIMEOUT", 0x80000000},
    {"PRINTER_CHANGE_ALL", 0x7777FFFF},
    {"DPD_DELETE_UNUSED_FILES", 1},
    {"DPD_DELETE_SPECIFIC_VERSION", 2},
    {"DPD_DELETE_ALL_FILES", 4},
    {"DSPRINT_PUBLISH", 1},
    {"DSPRINT_UPDATE", 2},
    {"DSPRINT_UNPUBLISH", 4},
    {"REG_NONE", 0},
    {"REG_SZ", 1},
    {"REG_EXPAND_SZ", 2},
    {"REG_BINARY", 3},
    {"REG_DWORD", 4},
    {"REG_MULTI_SZ", 7},
    {"REG_QWORD", 11},
};

}  // namespace

std::optional<std::uint64_t> find_symbol(std::string_view name) {
    for (const Symbol& symbol : kSymbols) {
        if (base::equal_names(symbol.name, name)) return symbol.value;
    }
    return std::nullopt;
}

}  // namespace print_client
