// The three NTLM messages [MS-NLMP] 2.2.1 and AV pairs 2.2.2.1: bytes ⇄ structs. Unicode only. No policy here; see acceptor/initiator.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace dcerpc::ntlm {

// [MS-NLMP] 2.2.2.5
namespace flag {
inline constexpr std::uint32_t kUnicode = 0x00000001, kOem = 0x00000002, kRequestTarget = 0x00000004, kSign = 0x00000010,
                               kSeal = 0x00000020, kDatagram = 0x00000040, kLmKey = 0x00000080, kNtlm = 0x00000200,
                               kAnonymous = 0x00000800, kDomainSupplied = 0x00001000, kWorkstationSupplied = 0x00002000,
                               kAlwaysSign = 0x00008000, kTargetTypeDomain = 0x00010000, kTargetTypeServer = 0x00020000,
                               kExtendedSessionSecurity = 0x00080000, kIdentify = 0x00100000, kTargetInfo = 0x00800000,
                               kVersion = 0x02000000, k128 = 0x20000000, kKeyExchange = 0x40000000, k56 = 0x80000000;
}  // namespace flag

enum class AvId : std::uint16_t {
    eol = 0, nb_computer_name = 1, nb_domain_name = 2, dns_computer_name = 3, dns_domain_name = 4, dns_tree_name = 5, flags = 6,
    timestamp = 7, single_host = 8, target_name = 9, channel_bindings = 10,
};
inline constexpr std::uint32_t kAvFlagMicProvided = 0x00000002;
inline constexpr std::size_t kMicOffset = 72, kMicSize = 16;                       // of AUTHENTICATE_MESSAGE
// NTLMv2_CLIENT_CHALLENGE without AV pairs; the proof before it. [MS-NLMP] 2.2.2.7, 2.2.2.8
inline constexpr std::size_t kProofSize = 16, kClientChallengeSize = 28;

using Challenge = std::array<std::byte, 8>;

[[nodiscard]] bool is_ntlmssp(base::ByteView token);                               // begins with "NTLMSSP\0"

struct NegotiateMessage {
    std::uint32_t flags = 0;                                                       // names are informative and not kept
};

struct ChallengeMessage {
    std::uint32_t flags = 0;
    Challenge server_challenge{};
    std::u16string target_name;
    base::ByteBuffer target_info;                                                  // AV pairs including MsvAvEOL
};

// The views of a parsed message point into the token.
struct AuthenticateMessage {
    std::uint32_t flags = 0;
    base::ByteView lm_response, nt_response, encrypted_session_key;
    std::u16string domain, user, workstation;
    std::array<std::byte, kMicSize> mic{};                                         // meaningful only if the AV flag says so
    bool has_room_for_mic = false;                                                 // the fixed part reaches to byte 88
};

// AV pairs of a target info or a client challenge, in order. ok() is false when the sequence is cut short or has no end mark.
class AvPairs {
 public:
    explicit AvPairs(base::ByteView bytes);
    [[nodiscard]] bool ok() const { return ok_; }
    [[nodiscard]] std::optional<base::ByteView> find(AvId id) const;               // first one
    [[nodiscard]] std::uint32_t flags() const;                                     // MsvAvFlags, 0 when absent
    [[nodiscard]] std::optional<std::uint64_t> timestamp() const;                  // FILETIME ticks
    [[nodiscard]] base::ByteView without_eol() const { return bytes_; }

 private:
    base::ByteView bytes_;
    bool ok_ = false;
};

void append_av(base::ByteBuffer& out, AvId id, base::ByteView value);
void append_av_text(base::ByteBuffer& out, AvId id, std::string_view utf8);

// invalid_data (text for the log) when the token is too short, of another type, or a field points outside it.
[[nodiscard]] base::Result<NegotiateMessage> parse_negotiate(base::ByteView token);
[[nodiscard]] base::Result<ChallengeMessage> parse_challenge(base::ByteView token);
[[nodiscard]] base::Result<AuthenticateMessage> parse_authenticate(base::ByteView token);

[[nodiscard]] base::ByteBuffer encode(const NegotiateMessage& message);
[[nodiscard]] base::ByteBuffer encode(const ChallengeMessage& message);
[[nodiscard]] base::ByteBuffer encode(const AuthenticateMessage& message);         // always with the MIC field

}  // namespace dcerpc::ntlm
