#include "storage/digest.h"

#include "storage/posix_file.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>

namespace storage {

using base::Error;
using base::Result;
using base::Win32;

struct Sha256::State {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    bool good = true;
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
    state_->good = state_->context != nullptr && EVP_DigestInit_ex(state_->context, EVP_sha256(), nullptr) == 1;
}

Sha256::~Sha256() { EVP_MD_CTX_free(state_->context); }

void Sha256::add(base::ByteView data) {
    if (state_->good) state_->good = EVP_DigestUpdate(state_->context, data.data(), data.size()) == 1;
}

Result<std::string> Sha256::finish() {
    std::array<std::byte, EVP_MAX_MD_SIZE> bytes{};
    unsigned size = 0;
    auto* into = reinterpret_cast<unsigned char*>(bytes.data());  // NOLINT: the library's byte type
    if (!state_->good || EVP_DigestFinal_ex(state_->context, into, &size) != 1) return Error(Win32::gen_failure, "SHA-256 failed");
    return base::to_hex(base::ByteView(bytes).first(size));
}

Result<std::string> sha256_of(int descriptor) {
    Sha256 digest;
    base::ByteBuffer buffer(std::size_t{256} << 10U);
    for (std::uint64_t offset = 0;;) {
        TRY(const std::size_t count, read_at(descriptor, buffer, offset));
        if (count == 0) return digest.finish();
        digest.add(base::ByteView(buffer).first(count));
        offset += count;
    }
}

bool is_sha256(std::string_view text) {
    return text.size() == 64 &&
           std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace storage
