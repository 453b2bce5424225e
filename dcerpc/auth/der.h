// The little of DER [X.690] that SPNEGO needs: definite lengths up to 32 bits, low tag numbers. Reading accepts lengths that are
// encoded longer than necessary (some GSS libraries write them); writing is minimal.
#pragma once

#include "base/bytes.h"

#include <cstdint>
#include <initializer_list>
#include <optional>

namespace dcerpc::der {

inline constexpr std::uint8_t kBitString = 0x03, kOctetString = 0x04, kObjectId = 0x06, kEnumerated = 0x0A, kSequence = 0x30,
                              kGssToken = 0x60;                                    // [APPLICATION 0], [RFC 2743] 3.1
// [n] EXPLICIT
[[nodiscard]] constexpr std::uint8_t context(std::uint8_t number) { return static_cast<std::uint8_t>(0xA0U | number); }

struct Element {
    std::uint8_t tag = 0;
    base::ByteView content;
    base::ByteView whole;                                                          // with tag and length
};

// Walks over the elements of one level. Views point into the input.
class Reader {
 public:
    explicit Reader(base::ByteView bytes) : rest_(bytes) {}
    [[nodiscard]] bool empty() const { return rest_.empty(); }
    // The next element; nothing when there is none or it is malformed or cut short.
    std::optional<Element> next();
    // The next element if it has this tag; otherwise nothing and the reader stays where it is.
    std::optional<Element> next(std::uint8_t tag);

 private:
    base::ByteView rest_;
};

// The single element that makes up the whole of `bytes`, with this tag.
[[nodiscard]] std::optional<Element> only(base::ByteView bytes, std::uint8_t tag);

[[nodiscard]] base::ByteBuffer encode(std::uint8_t tag, base::ByteView content);
[[nodiscard]] base::ByteBuffer encode(std::uint8_t tag, std::initializer_list<base::ByteView> pieces);

}  // namespace dcerpc::der
