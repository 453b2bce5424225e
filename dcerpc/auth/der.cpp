#include "dcerpc/auth/der.h"

namespace dcerpc::der {

std::optional<Element> Reader::next() {
    base::ByteReader reader(rest_);
    const std::uint8_t tag = reader.u8();
    if ((tag & 0x1FU) == 0x1FU) return std::nullopt;                               // high tag numbers: not in SPNEGO
    std::size_t length = reader.u8();
    if (length == 0x80) return std::nullopt;                                       // indefinite: BER only
    if (length > 0x80) {
        const std::size_t octets = length & 0x7FU;
        if (octets > 4) return std::nullopt;
        length = 0;
        for (std::size_t i = 0; i < octets; ++i) length = (length << 8U) | reader.u8();
    }
    const base::ByteView content = reader.view(length);
    if (!reader.ok()) return std::nullopt;
    const Element element{tag, content, rest_.first(reader.position())};
    rest_ = rest_.subspan(reader.position());
    return element;
}

std::optional<Element> Reader::next(std::uint8_t tag) {
    if (rest_.empty() || std::to_integer<std::uint8_t>(rest_[0]) != tag) return std::nullopt;
    return next();
}

std::optional<Element> only(base::ByteView bytes, std::uint8_t tag) {
    Reader reader(bytes);
    const auto element = reader.next(tag);
    if (!element || !reader.empty()) return std::nullopt;
    return element;
}

base::ByteBuffer encode(std::uint8_t tag, base::ByteView content) { return encode(tag, {content}); }

base::ByteBuffer encode(std::uint8_t tag, std::initializer_list<base::ByteView> pieces) {
    std::size_t length = 0;
    for (const base::ByteView piece : pieces) length += piece.size();
    base::ByteBuffer out;
    base::ByteWriter writer(out);
    writer.u8(tag);
    if (length < 0x80) {
        writer.u8(static_cast<std::uint8_t>(length));
    } else {
        std::uint8_t octets = 1;
        while (octets < 4 && (length >> (8U * octets)) != 0) ++octets;
        writer.u8(static_cast<std::uint8_t>(0x80U | octets));
        for (std::uint8_t i = octets; i > 0; --i) writer.u8(static_cast<std::uint8_t>((length >> (8U * (i - 1U))) & 0xFFU));
    }
    for (const base::ByteView piece : pieces) writer.bytes(piece);
    return out;
}

}  // namespace dcerpc::der
