// The certificates that vouch for driver packages: PEM files and directories named in the configuration (driver_packages.trust_files and
// trust_directories). Read before the worker locks itself in; not hostile.
#pragma once

#include "base/result.h"
#include "server/worker/openssl_pointers.h"

#include <string>
#include <vector>

namespace server::worker {

// By name, key identifier and signature. The signature decides between authorities of one name; without it the first one is taken, since
// nothing obliges them to have key identifiers [RFC 5280] 4.2.1.1.
[[nodiscard]] bool has_issued(X509* issuer, X509* certificate);

class TrustStore {
 public:
    // Files hold one or several certificates; of directories every *.pem, *.crt and *.cer counts. Errors name the file: file_not_found and
    // access_denied as for any file, invalid_data when it holds no certificate or a
    // damaged one, or when all together are too large.
    static base::Result<TrustStore> load(const std::vector<std::string>& files, const std::vector<std::string>& directories);

    [[nodiscard]] bool empty() const { return certificates_.empty(); }
    // A store of its own, for one verification. A certificate that is listed itself is trusted even if it is no root. Of authorities with
    // the same name the one counts whose key fits.
    [[nodiscard]] StorePointer make_store() const;

 private:
    base::Result<void> add_directory(const std::string& path);
    base::Result<void> add_file(const std::string& path);
    base::Result<void> add_pem(const std::string& path, const std::string& text);

    std::vector<X509Pointer> certificates_;
    std::size_t bytes_ = 0;
};

}  // namespace server::worker
