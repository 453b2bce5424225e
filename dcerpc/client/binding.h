// String bindings "[object@]ncacn_ip_tcp:host[port,option,…]" [C706] 3.1, with the option names that other test clients use. Used by probe, tests
// and the self-check.
#pragma once

#include "base/guid.h"
#include "base/result.h"
#include "dcerpc/assoc/client_association.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dcerpc {

struct Binding {
    std::optional<base::Guid> object;                                              // in every request
    std::string host;                                                              // name or address, without brackets
    std::uint16_t port = 0;                                                        // 0: ask the endpoint mapper
    std::uint8_t auth_type = kAuthTypeNone;
    std::uint8_t auth_level = 1;                                                   // 1 none … 6 privacy
    OfferedSyntaxes syntaxes = OfferedSyntaxes::ndr20;
    base::ByteOrder order = base::ByteOrder::little;
    bool print = false;                                                            // the user wants to see what is exchanged
};

// Options: a port number; connect, call, packet, sign, seal (level; SPNEGO unless ntlm is given); spnego, ntlm; ndr20, ndr64, ndr (both);
// bigendian; print. IPv6 hosts as "[::1]" or "::1". invalid_parameter with a text that names the part.
[[nodiscard]] base::Result<Binding> parse_binding(std::string_view text);
[[nodiscard]] std::string to_string(const Binding& binding);

}  // namespace dcerpc
