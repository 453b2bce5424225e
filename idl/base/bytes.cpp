#include "base/bytes.h"

#include "base/log.h"

#include <cerrno>
#include <cstring>
#include <sys/random.h>

namespace base {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

}  // namespace

std::string to_hex(ByteView bytes) {
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const std::byte byte : bytes) {
        const auto value = std::to_integer<unsigned>(byte);
        text.push_back(kHexDigits[value >> 4U]);
        text.push_back(kHexDigits[value & 0xFU]);
    }
    return text;
}

bool from_hex(std::string_view text, ByteBuffer& out) {
    if (text.size() % 2 != 0) return false;
    ByteBuffer bytes;
    bytes.reserve(text.size() / 2);
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const int high = hex_value(text[i]);
        const int low = hex_value(text[i + 1]);
        if (high < 0 || low < 0) return false;
        bytes.push_back(static_cast<std::byte>(high * 16 + low));
    }
    out = std::move(bytes);
    return true;
}

bool equal_constant_time(ByteView a, ByteView b) {
    if (a.size() != b.size()) return false;
    // volatile: the optimiser must not turn the sum into an early exit.
    volatile unsigned difference = 0;
    for (std::size_t i = 0; i < a.size(); ++i) difference = difference | std::to_integer<unsigned>(a[i] ^ b[i]);
    return difference == 0;
}

void wipe(MutableByteView secret) {
    if (!secret.empty()) ::explicit_bzero(secret.data(), secret.size());
}

void random_bytes(MutableByteView out) {
    std::size_t done = 0;
    while (done < out.size()) {
        const ssize_t got = ::getrandom(out.data() + done, out.size() - done, 0);
        if (got < 0 && errno == EINTR) continue;
        WSP_CHECK(got > 0);
        done += static_cast<std::size_t>(got);
    }
}

}  // namespace base
