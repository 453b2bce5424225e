// NegTokenInit, NegTokenInit2 and NegTokenResp [RFC 4178] 4.2, [MS-SPNG] 2.2.1: bytes ⇄ structs. Used by spnego.cpp and its tests.
#pragma once

#include "base/result.h"
#include "dcerpc/auth/der.h"

#include <optional>
#include <string>
#include <vector>

namespace dcerpc::spnego {

// Contents of OBJECT IDENTIFIERs, without tag and length.
namespace oid {
[[nodiscard]] base::ByteView spnego();                                             // 1.3.6.1.5.5.2
[[nodiscard]] base::ByteView kerberos();                                           // 1.2.840.113554.1.2.2
[[nodiscard]] base::ByteView ms_kerberos();                                        // 1.2.840.48018.1.2.2, cut to 16 bit by Windows 2000
[[nodiscard]] base::ByteView negoex();                                             // 1.3.6.1.4.1.311.2.2.30
[[nodiscard]] base::ByteView ntlmssp();                                            // 1.3.6.1.4.1.311.2.2.10
}  // namespace oid
[[nodiscard]] bool same_oid(base::ByteView a, base::ByteView b);
[[nodiscard]] std::string oid_name(base::ByteView oid);                            // "NTLMSSP" or hex, for logs

enum class NegState : std::uint8_t { accept_completed = 0, accept_incomplete = 1, reject = 2, request_mic = 3 };

// Views point into the token.
struct NegTokenInit {
    base::ByteView mech_list;                                                      // the DER of mechTypes: what the mechListMIC covers
    std::vector<base::ByteView> mechanisms;                                        // at least one
    std::optional<base::ByteView> mech_token;
    std::optional<base::ByteView> mech_list_mic;
};

struct NegTokenResp {
    std::optional<NegState> state;
    std::optional<base::ByteView> supported_mech;
    std::optional<base::ByteView> response_token;
    std::optional<base::ByteView> mech_list_mic;
};

// invalid_data (text for the log) when malformed. Unknown trailing fields are skipped ([RFC 4178] extensibility).
[[nodiscard]] base::Result<NegTokenInit> parse_init(base::ByteView token);         // with the GSS frame 0x60 … SPNEGO OID
[[nodiscard]] base::Result<NegTokenResp> parse_resp(base::ByteView token);

[[nodiscard]] base::ByteBuffer encode_mech_list(const std::vector<base::ByteView>& mechanisms);
// Without `mech_list_mic`: no initiator sends it in the first token.
[[nodiscard]] base::ByteBuffer encode_init(base::ByteView mech_list, std::optional<base::ByteView> mech_token);
[[nodiscard]] base::ByteBuffer encode(const NegTokenResp& response);

}  // namespace dcerpc::spnego
