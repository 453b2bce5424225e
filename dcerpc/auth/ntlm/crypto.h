// The old algorithms NTLMv2 is made of. They are our own: OpenSSL 3 keeps RC4 and MD4 in a provider that is often absent, and MD5 runs
// interleaved with RC4 (sealing.h). Used by the NTLM mechanisms and by whoever needs an NT hash.
#pragma once

#include "base/bytes.h"
#include "dcerpc/auth/ntlm/sealing.h"
#include "dcerpc/auth/secret.h"

#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace dcerpc::ntlm {

[[nodiscard]] Secret16 md4(base::ByteView data);  // [RFC 1320]

// False when OpenSSL is configured to refuse MD5 (FIPS): NTLM is not to be spoken at all then.
[[nodiscard]] bool md5_available();
[[nodiscard]] Secret16 md5(std::initializer_list<base::ByteView> pieces);

[[nodiscard]] Secret16 hmac_md5(base::ByteView key, std::initializer_list<base::ByteView> pieces);

enum class Side : std::uint8_t { client, server };
// [MS-NLMP] 3.4.5.2 SIGNKEY and 3.4.5.3 SEALKEY with extended session security and 128 bit; `side` is the sender.
[[nodiscard]] Secret16 sign_key(const Secret16& exported_session_key, Side side);
[[nodiscard]] Secret16 seal_key(const Secret16& exported_session_key, Side side);

// [MS-NLMP] 3.3.2 NTOWFv2 from the NT hash; user is folded to upper case here, domain is not.
[[nodiscard]] Secret16 ntowf_v2(const Secret16& nt_hash, std::u16string_view user, std::u16string_view domain);

}  // namespace dcerpc::ntlm
