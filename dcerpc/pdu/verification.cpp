#include "dcerpc/pdu/verification.h"

#include <algorithm>

namespace dcerpc {
namespace {

constexpr std::array<std::uint8_t, 8> kSignature{0x8a, 0xe3, 0x13, 0x71, 0x02, 0xf4, 0x36, 0x71};
constexpr std::uint16_t kBitmask = 0x0001, kPresentationContext = 0x0002, kHeader2 = 0x0003;
constexpr std::uint16_t kEnd = 0x4000, kMustProcess = 0x8000, kCommandMask = 0x3FFF;
constexpr std::uint32_t kClientSupportsHeaderSigning = 0x00000001;
constexpr std::size_t kBitmaskBytes = 4, kPresentationContextBytes = 40, kHeader2Bytes = 16;
// All known commands, one unknown one of moderate size, and padding that some clients put behind.
constexpr std::size_t kSearchBytes = 256;
constexpr std::size_t kMaxPaddingBehind = 16;

bool signature_at(base::ByteView stub, std::size_t at) {
    for (std::size_t i = 0; i < kSignature.size(); ++i) {
        if (std::to_integer<std::uint8_t>(stub[at + i]) != kSignature[i]) return false;
    }
    return true;
}

std::optional<std::size_t> find_signature(base::ByteView stub) {
    if (stub.size() < kSignature.size()) return std::nullopt;
    const std::size_t last = (stub.size() - kSignature.size()) & ~std::size_t{3};
    const std::size_t floor = stub.size() > kSearchBytes ? stub.size() - kSearchBytes : 0;
    for (std::size_t at = last; at + 4 > floor; at -= 4) {
        if (signature_at(stub, at)) return at;
        if (at == 0) break;
    }
    return std::nullopt;
}

bool same_syntax(base::ByteReader& reader, const SyntaxId& wanted) {
    SyntaxId got;
    got.uuid = base::read_guid(reader);
    got.major = reader.u16();
    got.minor = reader.u16();
    return reader.ok() && got == wanted;
}

bool same_header(base::ByteReader& reader, const VerificationFacts& facts) {
    bool same = reader.u8() == static_cast<std::uint8_t>(PduType::request);
    reader.skip(3);
    for (const std::uint8_t octet : facts.drep) same = (reader.u8() == octet) && same;
    same = (reader.u32() == facts.call_id) && same;
    same = (reader.u16() == facts.context_id) && same;
    same = (reader.u16() == facts.opnum) && same;
    return same && reader.ok();
}

bool command_holds(std::uint16_t command, base::ByteView value, const VerificationFacts& facts) {
    base::ByteReader reader(value);                                                // always little-endian, whatever the drep says
    switch (command & kCommandMask) {
        case kBitmask: {
            if (value.size() != kBitmaskBytes) return false;
            const bool supports = (reader.u32() & kClientSupportsHeaderSigning) != 0;
            // Somebody took the flag out of the bind on its way.
            return !supports || facts.client_offered_header_signing;
        }
        case kPresentationContext:
            return value.size() == kPresentationContextBytes && same_syntax(reader, facts.abstract_syntax) &&
                   same_syntax(reader, facts.transfer_syntax);
        case kHeader2: return value.size() == kHeader2Bytes && same_header(reader, facts);
        default: return (command & kMustProcess) == 0;
    }
}

bool commands_hold(base::ByteView body, const VerificationFacts& facts) {
    base::ByteReader reader(body);
    for (;;) {
        const std::uint16_t command = reader.u16();
        const std::size_t length = reader.u16();
        const base::ByteView value = reader.view(length);
        if (!reader.ok() || length % 4 != 0 || !command_holds(command, value, facts)) return false;
        if ((command & kEnd) != 0) return reader.remaining() < kMaxPaddingBehind;
    }
}

void append_syntax(base::ByteWriter& writer, const SyntaxId& id) {
    base::write_guid(writer, id.uuid);
    writer.u16(id.major);
    writer.u16(id.minor);
}

}  // namespace

VerificationResult check_verification_trailer(base::ByteView stub, const VerificationFacts& facts) {
    const auto at = find_signature(stub);
    if (!at) return {Verification::absent, stub.size()};
    const bool holds = commands_hold(stub.subspan(*at + kSignature.size()), facts);
    return {holds ? Verification::valid : Verification::mismatch, *at};
}

void append_verification_trailer(base::ByteBuffer& stub, const VerificationFacts& facts) {
    base::ByteWriter writer(stub);
    writer.align(4);
    for (const std::uint8_t octet : kSignature) writer.u8(octet);
    writer.u16(kBitmask);
    writer.u16(kBitmaskBytes);
    writer.u32(facts.client_offered_header_signing ? kClientSupportsHeaderSigning : 0);
    writer.u16(kPresentationContext);
    writer.u16(kPresentationContextBytes);
    append_syntax(writer, facts.abstract_syntax);
    append_syntax(writer, facts.transfer_syntax);
    writer.u16(kHeader2 | kEnd);
    writer.u16(kHeader2Bytes);
    writer.u8(static_cast<std::uint8_t>(PduType::request));
    writer.zeros(3);
    for (const std::uint8_t octet : facts.drep) writer.u8(octet);
    writer.u32(facts.call_id);
    writer.u16(facts.context_id);
    writer.u16(facts.opnum);
}

}  // namespace dcerpc
