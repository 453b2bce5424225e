#include "tools/bench/bench.h"

#include "dcerpc/auth/ntlm/sealing.h"

#include <openssl/evp.h>
#include <openssl/provider.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <functional>
#include <memory>

namespace bench {
namespace {

constexpr std::size_t kPduBytes = 5840;  // what one fragment seals
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

// HMAC-MD5 by OpenSSL, with the keyed blocks hashed once; what is not under test has no error handling.
class OpenSslMac {
 public:
    OpenSslMac() {
        const base::ByteBuffer block(64, std::byte{0x36});
        (void)EVP_DigestInit_ex2(keyed_.get(), md5_.get(), nullptr);
        (void)EVP_DigestUpdate(keyed_.get(), block.data(), block.size());
    }
    void sign(base::ByteView data) {
        std::array<unsigned char, 16> digest{};
        unsigned int size = 0;
        (void)EVP_MD_CTX_copy_ex(work_.get(), keyed_.get());
        (void)EVP_DigestUpdate(work_.get(), data.data(), data.size());
        (void)EVP_DigestFinal_ex(work_.get(), digest.data(), &size);
        (void)EVP_MD_CTX_copy_ex(work_.get(), keyed_.get());
        (void)EVP_DigestUpdate(work_.get(), digest.data(), digest.size());
        (void)EVP_DigestFinal_ex(work_.get(), digest.data(), &size);
    }

 private:
    struct Free {
        void operator()(EVP_MD* algorithm) const { EVP_MD_free(algorithm); }
        void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
    };
    std::unique_ptr<EVP_MD, Free> md5_{EVP_MD_fetch(nullptr, "MD5", nullptr)};
    std::unique_ptr<EVP_MD_CTX, Free> keyed_{EVP_MD_CTX_new()}, work_{EVP_MD_CTX_new()};
};

// OpenSSL keeps RC4 in a provider that need not be there: then 0.
double openssl_cipher_speed(base::ByteView key) {
    OSSL_LIB_CTX* library = OSSL_LIB_CTX_new();
    OSSL_PROVIDER* legacy = OSSL_PROVIDER_load(library, "legacy");
    EVP_CIPHER* rc4 = legacy == nullptr ? nullptr : EVP_CIPHER_fetch(library, "RC4", nullptr);
    EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
    double result = 0;
    const auto* raw_key = reinterpret_cast<const unsigned char*>(key.data());
    if (rc4 != nullptr && EVP_EncryptInit_ex2(context, rc4, raw_key, nullptr, nullptr) == 1) {
        result = speed([&](base::MutableByteView data) {
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

// One after the other over the same bytes.
double in_sequence(double one, double other) { return 1 / (1 / one + 1 / other); }

}  // namespace

Floor measure_floor() {
    using dcerpc::ntlm::HmacMd5;
    using dcerpc::ntlm::Rc4;
    const base::ByteBuffer key(16, std::byte{7});
    HmacMd5 mac(key);
    Rc4 cipher(key);
    OpenSslMac other_mac;
    const double own_sign = speed([&](base::MutableByteView data) {
        std::array<std::byte, 16> digest{};
        mac.begin();
        mac.update(data);
        mac.finish(digest);
    });
    const double other_sign = speed([&](base::MutableByteView data) { other_mac.sign(data); });
    const double own_cipher = speed([&](base::MutableByteView data) { cipher.apply(data); });
    const double other_cipher = openssl_cipher_speed(key);
    Floor floor;
    floor.sign = std::max(own_sign, other_sign);
    floor.seal = in_sequence(floor.sign, std::max(own_cipher, other_cipher));
    floor.makers = std::string("HMAC-MD5 of ") + (own_sign > other_sign ? "winspoold" : "OpenSSL") + ", RC4 of " +
                   (own_cipher > other_cipher ? "winspoold" : "OpenSSL");
    floor.interleaved = speed([&](base::MutableByteView data) {
        std::array<std::byte, 16> digest{};
        mac.begin();
        dcerpc::ntlm::digest_and_encrypt(mac, cipher, data);
        mac.finish(digest);
    });
    return floor;
}

}  // namespace bench
