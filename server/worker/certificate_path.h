// Finds a way from a signer's certificate up to one that the trust store vouches for. Internal to catalog.
#pragma once

#include "server/worker/trust_store.h"

#include <cstdint>
#include <string>

namespace server::worker {

struct PathRules {
    int auth_level = 2;     // OpenSSL's: 2 wants 112 bits of security
    std::int64_t time = 0;  // when every certificate must be valid, seconds since 1970
};

struct CertificatePath {
    X509StackPointer certificates;  // signer first, the trusted one last; null: there is no way
    int error = 0;                  // X509_V_ERR_…, of the first attempt
    X509Pointer at;                 // the certificate that it is about; may be null
};

// `offered` are the certificates that came with the signature; they are believed only as far as a trusted one signed them. Authorities may
// share a name, be renewed (with the same key or another) or be certified by several others: every way counts, up to
// limits::kMaxChainAttempts of them.
[[nodiscard]] CertificatePath find_trusted_path(X509* signer, const STACK_OF(X509) * offered, const TrustStore& trust,
                                                const PathRules& rules);

}  // namespace server::worker
