#include "dcerpc/auth/ntlm/messages.h"

#include "base/limits.h"
#include "base/utf.h"

#include <algorithm>
#include <string_view>

namespace dcerpc::ntlm {

namespace {

constexpr std::string_view kSignature("NTLMSSP\0", 8);
constexpr std::uint32_t kTypeNegotiate = 1, kTypeChallenge = 2, kTypeAuthenticate = 3;
constexpr std::size_t kNegotiateFixed = 16, kChallengeFixed = 48, kAuthenticateFixed = 64;
constexpr std::size_t kVersionSize = 8;

base::Error malformed(std::string text) { return {base::Win32::invalid_data, std::move(text)}; }

struct Field {
    std::uint16_t size = 0;
    std::uint32_t offset = 0;
};

Field read_field(base::ByteReader& reader) {
    Field field;
    field.size = reader.u16();
    reader.u16();                                                                  // maximum, ignored on receipt
    field.offset = reader.u32();
    return field;
}

// The bytes a field names. Empty fields may point anywhere. The payload begins after the fixed part.
base::Result<base::ByteView> payload(base::ByteView token, Field field, std::size_t fixed) {
    if (field.size == 0) return base::ByteView{};
    if (field.offset < fixed || field.offset > token.size() || field.size > token.size() - field.offset) {
        return malformed("NTLM field outside the message");
    }
    return token.subspan(field.offset, field.size);
}

base::Result<std::u16string> name(base::ByteView token, Field field, std::size_t fixed) {
    TRY(const base::ByteView bytes, payload(token, field, fixed));
    if (bytes.size() % 2 != 0 || bytes.size() / 2 > base::limits::kMaxAccountNameChars) return malformed("NTLM name of bad length");
    return base::utf16_from_le(bytes);
}

base::Result<base::ByteReader> open(base::ByteView token, std::uint32_t type, std::size_t fixed) {
    if (token.size() > base::limits::kMaxAuthTokenBytes) return malformed("NTLM message too long");
    if (!is_ntlmssp(token)) return malformed("not an NTLM message");
    base::ByteReader reader(token);
    reader.skip(kSignature.size());
    if (reader.u32() != type) return malformed("NTLM message of unexpected type");
    if (token.size() < fixed) return malformed("NTLM message too short");
    return reader;
}

// Collects the payload behind a fixed part whose size is known in advance.
class MessageWriter {
 public:
    MessageWriter(std::uint32_t type, std::size_t fixed) : fixed_(fixed), writer_(buffer_) {
        writer_.bytes(base::as_bytes(kSignature));
        writer_.u32(type);
    }
    [[nodiscard]] base::ByteWriter& writer() { return writer_; }
    void field(base::ByteView bytes) {
        writer_.u16(static_cast<std::uint16_t>(bytes.size()));
        writer_.u16(static_cast<std::uint16_t>(bytes.size()));
        writer_.u32(static_cast<std::uint32_t>(fixed_ + payload_.size()));
        base::append(payload_, bytes);
    }
    void name(std::u16string_view text) {
        base::ByteBuffer bytes;
        base::append_utf16_le(bytes, text);
        field(bytes);
    }
    // Some value is demanded when kVersion is negotiated; peers only log it. [MS-NLMP] 2.2.2.10
    void version(std::uint32_t flags) {
        constexpr std::array<std::uint8_t, kVersionSize> kProduct = {6, 1, 0, 0, 0, 0, 0, 0x0F};
        for (const std::uint8_t byte : kProduct) writer_.u8((flags & flag::kVersion) != 0 ? byte : std::uint8_t{0});
    }
    [[nodiscard]] base::ByteBuffer take() {
        base::append(buffer_, payload_);
        return std::move(buffer_);
    }

 private:
    std::size_t fixed_;
    base::ByteBuffer buffer_;
    base::ByteBuffer payload_;
    base::ByteWriter writer_;
};

}  // namespace

bool is_ntlmssp(base::ByteView token) {
    return token.size() >= kSignature.size() && base::as_text(token.first(kSignature.size())) == kSignature;
}

// --- AV pairs ----------------------------------------------------------------------------------------------------------------------

AvPairs::AvPairs(base::ByteView bytes) {
    base::ByteReader reader(bytes);
    while (true) {
        const std::size_t start = reader.position();
        const auto id = static_cast<AvId>(reader.u16());
        const std::uint16_t size = reader.u16();
        reader.skip(size);
        if (!reader.ok()) return;
        if (id == AvId::eol) {
            if (size != 0) return;
            bytes_ = bytes.first(start);
            ok_ = true;
            return;
        }
    }
}

std::optional<base::ByteView> AvPairs::find(AvId id) const {
    base::ByteReader reader(bytes_);
    while (reader.remaining() != 0) {
        const auto found = static_cast<AvId>(reader.u16());
        const base::ByteView value = reader.view(reader.u16());
        if (found == id) return value;
    }
    return std::nullopt;
}

std::uint32_t AvPairs::flags() const {
    const auto value = find(AvId::flags);
    if (!value) return 0;
    return base::ByteReader(*value).u32();
}

std::optional<std::uint64_t> AvPairs::timestamp() const {
    const auto value = find(AvId::timestamp);
    if (!value || value->size() != 8) return std::nullopt;
    return base::ByteReader(*value).u64();
}

void append_av(base::ByteBuffer& out, AvId id, base::ByteView value) {
    base::ByteWriter writer(out);
    writer.u16(static_cast<std::uint16_t>(id));
    writer.u16(static_cast<std::uint16_t>(value.size()));
    writer.bytes(value);
}

void append_av_text(base::ByteBuffer& out, AvId id, std::string_view utf8) {
    base::ByteBuffer bytes;
    base::append_utf16_le(bytes, base::to_utf16(utf8));
    append_av(out, id, bytes);
}

// --- parsing -----------------------------------------------------------------------------------------------------------------------

base::Result<NegotiateMessage> parse_negotiate(base::ByteView token) {
    // Old clients stop after the flags; name fields and version are for information only and not looked at.
    TRY(base::ByteReader reader, open(token, kTypeNegotiate, kNegotiateFixed));
    NegotiateMessage message;
    message.flags = reader.u32();
    return message;
}

base::Result<ChallengeMessage> parse_challenge(base::ByteView token) {
    TRY(base::ByteReader reader, open(token, kTypeChallenge, kChallengeFixed));
    const Field target_name = read_field(reader);
    ChallengeMessage message;
    message.flags = reader.u32();
    const base::ByteView challenge = reader.view(message.server_challenge.size());
    std::copy(challenge.begin(), challenge.end(), message.server_challenge.begin());
    reader.skip(8);
    const Field target_info = read_field(reader);
    TRY(message.target_name, name(token, target_name, kChallengeFixed));
    TRY(const base::ByteView info, payload(token, target_info, kChallengeFixed));
    message.target_info.assign(info.begin(), info.end());
    return message;
}

base::Result<AuthenticateMessage> parse_authenticate(base::ByteView token) {
    TRY(base::ByteReader reader, open(token, kTypeAuthenticate, kAuthenticateFixed));
    const Field lm = read_field(reader), nt = read_field(reader), domain = read_field(reader), user = read_field(reader),
                workstation = read_field(reader), key = read_field(reader);
    AuthenticateMessage message;
    message.flags = reader.u32();
    TRY(message.lm_response, payload(token, lm, kAuthenticateFixed));
    TRY(message.nt_response, payload(token, nt, kAuthenticateFixed));
    TRY(message.encrypted_session_key, payload(token, key, kAuthenticateFixed));
    TRY(message.domain, name(token, domain, kAuthenticateFixed));
    TRY(message.user, name(token, user, kAuthenticateFixed));
    TRY(message.workstation, name(token, workstation, kAuthenticateFixed));
    if (token.size() >= kMicOffset + kMicSize) {
        const base::ByteView mic = token.subspan(kMicOffset, kMicSize);
        std::copy(mic.begin(), mic.end(), message.mic.begin());
        message.has_room_for_mic = true;
    }
    return message;
}

// --- encoding ----------------------------------------------------------------------------------------------------------------------

base::ByteBuffer encode(const NegotiateMessage& message) {
    MessageWriter out(kTypeNegotiate, kNegotiateFixed + 16 + kVersionSize);
    out.writer().u32(message.flags);
    out.field({});
    out.field({});
    out.version(message.flags);
    return out.take();
}

base::ByteBuffer encode(const ChallengeMessage& message) {
    MessageWriter out(kTypeChallenge, kChallengeFixed + kVersionSize);
    out.name(message.target_name);
    out.writer().u32(message.flags);
    out.writer().bytes(message.server_challenge);
    out.writer().zeros(8);
    out.field(message.target_info);
    out.version(message.flags);
    return out.take();
}

base::ByteBuffer encode(const AuthenticateMessage& message) {
    MessageWriter out(kTypeAuthenticate, kMicOffset + kMicSize);
    out.field(message.lm_response);
    out.field(message.nt_response);
    out.name(message.domain);
    out.name(message.user);
    out.name(message.workstation);
    out.field(message.encrypted_session_key);
    out.writer().u32(message.flags);
    out.version(message.flags);
    out.writer().bytes(message.mic);
    return out.take();
}

}  // namespace dcerpc::ntlm
