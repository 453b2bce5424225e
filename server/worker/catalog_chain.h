// Who vouches for a catalogue's signer: certificate chain, key usage, time stamp. Internal to catalog.
#pragma once

#include "server/worker/catalog.h"

#include <string>

namespace server::worker {

// SHA-2, with allow_sha1 SHA-1 too.
[[nodiscard]] bool digest_is_acceptable(const X509_ALGOR& algorithm, const SignaturePolicy& policy);
// "CN=Acme Printing, O=Acme, C=DE" in UTF-8, control characters escaped.
[[nodiscard]] std::string subject_of(X509* certificate);
// Empty when the chain is good, otherwise what is wrong with it.
[[nodiscard]] std::string check_chain(X509* certificate, const PKCS7& message, PKCS7_SIGNER_INFO& signer, const TrustStore& trust,
                                      const SignaturePolicy& policy);

}  // namespace server::worker
