// Fault status values this runtime sends [C706] E.1, [MS-RPCE] 2.2.2 and [MS-ERREF] 2.2. Made by dcerpc and generated code only.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <string>

namespace dcerpc {

enum class Fault : std::uint32_t {
    none = 0,
    access_denied = 0x00000005,
    bad_stub_data = 0x000006F7,            // RPC_X_BAD_STUB_DATA
    unknown_authn_service = 0x000006D3,    // RPC_S_UNKNOWN_AUTHN_SERVICE
    sec_pkg_error = 0x00000721,            // RPC_S_SEC_PKG_ERROR
    invalid_tag = 0x1C000006,
    invalid_bound = 0x1C000007,
    cancel = 0x1C00000D,
    unspec = 0x1C000012,
    context_mismatch = 0x1C00001A,
    remote_no_memory = 0x1C00001B,
    unsupported_authn_level = 0x1C00001D,
    op_rng_error = 0x1C010002,
    unk_if = 0x1C010003,
    proto_error = 0x1C01000B,
    out_args_too_big = 0x1C010013,
    server_too_busy = 0x1C010014,
    unsupported_type = 0x1C010017,
};

[[nodiscard]] inline base::Error fault_error(Fault fault, std::string text = {}) {
    return base::Error::fault(static_cast<std::uint32_t>(fault), std::move(text));
}

}  // namespace dcerpc
