#include "tools/bench/bench.h"

#include "dcerpc/auth/ntlm/crypto.h"

#include <openssl/evp.h>
#include <openssl/provider.h>

#include <ctime>
#include <functional>

namespace bench {
namespace {

constexpr std::size_t kPduBytes = 5840;                            // what one fragment seals
constexpr std::size_t kTotalBytes = std::size_t{128} << 20U;

// Of this thread: what others do on the machine does not lower the floor.
double cpu_seconds() {
    timespec now{};
    (void)::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

// MB per second of processor time, the best of three passes over the same buffer.
double speed(const std::function<void(base::MutableByteView)>& pass) {
    base::ByteBuffer buffer(kPduBytes * 64, std::byte{0x42});
    double best = 0;
    for (int attempt = 0; attempt < 3; ++attempt) {
        const double start = cpu_seconds();
        std::size_t done = 0;
        while (done < kTotalBytes) {
            for (std::size_t at = 0; at < buffer.size(); at += kPduBytes) pass(base::MutableByteView(buffer).subspan(at, kPduBytes));
            done += buffer.size();
        }
        const double took = cpu_seconds() - start;
        best = std::max(best, static_cast<double>(done) / 1e6 / took);
    }
    return best;
}

// OpenSSL keeps RC4 in a provider that need not be there.
double openssl_seal_speed(dcerpc::ntlm::HmacMd5& mac, base::ByteView key) {
    OSSL_LIB_CTX* library = OSSL_LIB_CTX_new();
    OSSL_PROVIDER* legacy = OSSL_PROVIDER_load(library, "legacy");
    EVP_CIPHER* rc4 = legacy == nullptr ? nullptr : EVP_CIPHER_fetch(library, "RC4", nullptr);
    EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
    double result = 0;
    const auto* raw_key = reinterpret_cast<const unsigned char*>(key.data());
    if (rc4 != nullptr && EVP_EncryptInit_ex2(context, rc4, raw_key, nullptr, nullptr) == 1) {
        result = speed([&](base::MutableByteView data) {
            std::array<std::byte, 16> digest;
            mac.begin();
            mac.update(data);
            mac.finish(digest);
            auto* bytes = reinterpret_cast<unsigned char*>(data.data());
            int size = 0;
            (void)EVP_EncryptUpdate(context, bytes, &size, bytes, static_cast<int>(data.size()));
        });
    }
    EVP_CIPHER_CTX_free(context);
    EVP_CIPHER_free(rc4);
    if (legacy != nullptr) (void)OSSL_PROVIDER_unload(legacy);
    OSSL_LIB_CTX_free(library);
    return result;
}

}  // namespace

Floor measure_floor() {
    const base::ByteBuffer key(16, std::byte{7});
    dcerpc::ntlm::HmacMd5 mac(key);
    dcerpc::ntlm::Rc4 cipher(key);
    Floor floor;
    const auto sign = [&](base::MutableByteView data) {
        std::array<std::byte, 16> digest;
        mac.begin();
        mac.update(data);
        mac.finish(digest);
    };
    floor.sign = speed(sign);
    floor.seal = speed([&](base::MutableByteView data) {
        sign(data);
        cipher.apply(data);
    });
    floor.cipher = "winspoold";
    if (const double other = openssl_seal_speed(mac, key); other > floor.seal) {
        floor.seal = other;
        floor.cipher = "OpenSSL";
    }
    return floor;
}

}  // namespace bench
