// Who vouches for a catalogue's signer: certificate chain, key usage, time stamp. Internal to catalog.
#pragma once

#include "server/worker/catalog.h"

#include <string>

namespace server::worker {

// "CN=Acme Printing, O=Acme, C=DE" in UTF-8, control characters escaped.
[[nodiscard]] std::string subject_of(X509* certificate);
// Empty when the chain is good, otherwise what is wrong with it.
[[nodiscard]] std::string check_chain(X509* certificate, const PKCS7& message, PKCS7_SIGNER_INFO& signer, const TrustStore& trust,
                                      const SignaturePolicy& policy);

}  // namespace server::worker
