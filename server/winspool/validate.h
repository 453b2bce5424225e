// Common parameter rules of [MS-RPRN] 3.1.4.1: names, environments, datatypes, DEVMODE and security containers, client information.
// Used by the *_ops files before they touch the spooler. Text comes out as UTF-8.
#pragma once

#include "base/limits.h"
#include "base/security_descriptor.h"
#include "spooler/model/devmode.h"
#include "spooler/processors.h"
#include "spooler/server_object.h"
#include "wire/winspool/types.h"

#include <optional>
#include <string>

namespace server {

namespace op = wire::winspool;                                     // the operations and structures of the wire

[[nodiscard]] std::string utf8(const ndr::WStr& text);             // "" when absent

// `code` when the text with its NUL has more than `max_chars` characters.
[[nodiscard]] base::Result<std::string> checked_text(const ndr::WStr& text, std::size_t max_chars = base::limits::kMaxNameChars,
                                                     base::Win32 code = base::Win32::invalid_parameter);

// [MS-RPRN] 3.1.4.1.3: NULL is our own environment; the canonical spelling otherwise. invalid_environment.
[[nodiscard]] base::Result<std::string> checked_environment(const ndr::WStr& text, const spooler::ServerSettings& settings);

// [MS-RPRN] 3.1.4.1.1: empty stays empty ("the default"); the processor's spelling otherwise. invalid_datatype.
[[nodiscard]] base::Result<std::string> checked_datatype(const ndr::WStr& text, const spooler::Processors& processors,
                                                         std::string_view processor);

// [MS-RPRN] 3.1.4.1.8.1: null when there is none. invalid_parameter.
[[nodiscard]] base::Result<spooler::DevModePtr> checked_devmode(const op::DEVMODE_CONTAINER& container);

// [MS-RPRN] 3.1.4.1.8.7: nothing when there is none. invalid_parameter.
[[nodiscard]] base::Result<std::optional<base::ParsedDescriptor>> checked_security(const op::SECURITY_CONTAINER& container);

// Level 1 with data, otherwise invalid_parameter; access_denied when the client's build is older than `minimum_build`.
// Gives the client's machine name as it says it, without backslashes; may be empty.
[[nodiscard]] base::Result<std::string> checked_client_info(const op::SPLCLIENT_CONTAINER& container, std::uint32_t minimum_build);

}  // namespace server
