// Driver packages made by tests: a certificate authority of their own, catalogues in Microsoft's format and a small printer package with
// INF, files and catalogue. Link the library signed_package.
#pragma once

#include "base/bytes.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace test_support {

// A key with its certificate. Copies share it.
class Certificate {
 public:
    struct Options {
        std::string name = "Test";                                 // common name
        const Certificate* issuer = nullptr;                       // null: signs itself
        const Certificate* key_of = nullptr;                       // the same key again: renewed or certified by another issuer
        bool authority = false;
        std::string usage = "codeSigning";                         // extended key usage in OpenSSL's words; "" for none
        std::int64_t not_before = -3600, not_after = 86400;        // seconds from now
        bool sha1 = false;                                         // signed with SHA-1
    };
    explicit Certificate(const Options& options);
    [[nodiscard]] std::string pem() const;
    [[nodiscard]] X509* x509() const { return certificate_.get(); }
    [[nodiscard]] EVP_PKEY* key() const { return key_.get(); }

 private:
    std::shared_ptr<EVP_PKEY> key_;
    std::shared_ptr<X509> certificate_;
};

struct CatalogMember {
    std::string name;
    base::ByteBuffer digest;                                       // 20 or 32 bytes
};
struct CatalogOptions {
    std::vector<const Certificate*> chain;                         // certificates to put in besides the signer's
    const Certificate* time_stamp = nullptr;                       // an authority that stamps the signature now
    bool sha1_stamp = false;
    bool sha1 = false;                                             // digest of the signature
    bool sign = true;
};
[[nodiscard]] base::ByteBuffer digest_of(base::ByteView bytes, bool sha1 = false);
[[nodiscard]] base::ByteBuffer make_catalog(const std::vector<CatalogMember>& members, const Certificate& signer, const CatalogOptions& options = {});

struct SamplePackage {
    std::string inf_name = "acmeprt.inf";
    std::string driver_name = "Acme Laser 9";                      // for Windows x64, x86 and ARM64
    std::filesystem::path directory;
    std::filesystem::path trust_file;                              // certificate of the authority, PEM
};
// Writes acmeprt.inf, acmeprt.cat, acmeprt.gpd, amd64/acmeprt.dll … into `directory` (made if missing) and the authority's certificate into
// `trust_file`. `version` goes into DriverVer.
[[nodiscard]] SamplePackage write_sample_package(const std::filesystem::path& directory, const std::filesystem::path& trust_file,
                                                 const std::string& version = "1.2.3.4");
// The same for any INF text and files (paths below the directory), signed by `signer`; the catalogue is called `catalog_name`.
void write_package(const std::filesystem::path& directory, const std::vector<std::pair<std::string, std::string>>& files,
                   const std::string& catalog_name, const Certificate& signer, const CatalogOptions& options = {});
void write_text_file(const std::filesystem::path& path, const std::string& text);

}  // namespace test_support
