#include "server/winspool/validate.h"

#include "base/utf.h"
#include "spooler/drivers.h"

namespace server {

using base::Error;
using base::Result;
using base::Win32;

std::string utf8(const ndr::WStr& text) { return text.present ? base::to_utf8(text.view()) : std::string(); }

Result<std::string> checked_text(const ndr::WStr& text, std::size_t max_chars, Win32 code) {
    if (text.present && text.size + std::size_t{1} > max_chars) return Error(code, "text of " + std::to_string(text.size) + " characters");
    return utf8(text);
}

Result<std::string> checked_environment(const ndr::WStr& text, const spooler::ServerSettings& settings) {
    if (!text.present || text.empty()) return settings.environment;
    const std::string name = utf8(text);
    const spooler::Environment* known = spooler::find_environment(name);
    if (known == nullptr) return Error(Win32::invalid_environment, name);
    return std::string(known->name);
}

Result<std::string> checked_datatype(const ndr::WStr& text, const spooler::Processors& processors, std::string_view processor) {
    if (!text.present || text.empty()) return std::string();
    const std::string name = utf8(text);
    std::optional<std::string> spelled = processors.datatype(processor, name);
    if (!spelled) return Error(Win32::invalid_datatype, name);
    return std::move(*spelled);
}

Result<spooler::DevModePtr> checked_devmode(const op::DEVMODE_CONTAINER& container) {
    if (!container.pDevMode.present || container.cbBuf == 0) return spooler::DevModePtr();
    return spooler::parse_devmode(container.pDevMode.view());
}

Result<std::optional<base::ParsedDescriptor>> checked_security(const op::SECURITY_CONTAINER& container) {
    if (!container.pSecurity.present || container.cbBuf == 0) return std::optional<base::ParsedDescriptor>();
    TRY(base::ParsedDescriptor parsed, base::parse_security_descriptor(container.pSecurity.view()));
    return std::optional<base::ParsedDescriptor>(std::move(parsed));
}

Result<std::string> checked_client_info(const op::SPLCLIENT_CONTAINER& container, std::uint32_t minimum_build) {
    const op::SPLCLIENT_INFO_1* info = container.pClientInfo1();
    if (container.Level != 1 || info == nullptr) return Error(Win32::invalid_parameter, "client information of level 1 is needed");
    if (info->dwBuildNum < minimum_build) {
        return Error(Win32::access_denied, "client build " + std::to_string(info->dwBuildNum) + " is too old");
    }
    TRY(std::string machine, checked_text(info->pMachineName, base::limits::kMaxServerNameChars));
    machine.erase(0, std::min(machine.find_first_not_of('\\'), machine.size()));
    return machine;
}

}  // namespace server
