// Security catalogues (.cat): PKCS #7 SignedData around a Microsoft certificate trust list whose entries are hashes of files.
#pragma once

#include "base/bytes.h"
#include "server/worker/trust_store.h"
#include "spooler/model/driver_package.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>

namespace server::worker {

struct SignaturePolicy {
    bool allow_sha1 = false;                                       // signatures and file hashes of catalogues from before 2016
    std::int64_t now = 0;                                          // seconds since 1970
};

struct Catalog {
    spooler::PackageSignature signature = spooler::PackageSignature::missing;
    std::string signer;                                            // subject of the signer's certificate
    std::string detail;                                            // why `signature` is not `trusted`
    std::unordered_set<std::string> members;                       // hashes of the files, lower-case hex: SHA-256, and SHA-1 if allowed
};

// Never an error: what cannot be read is `broken`, with a detail. Rules:
// - exactly one signer; the signature covers the list (RSA or ECDSA with SHA-2, with SHA-1 only when allowed);
// - the chain ends at a certificate of the trust store, whose keys and signatures have 112 bits of security (with allow_sha1: any);
// - the signer may sign code (extended key usage), and so may the authorities above it if they are limited at all;
// - certificates are judged at the time of an RFC 3161 time stamp over the signature, if its own chain was good at that time, the time is
//   not in the future, and its digests are as sound as the signature's must be; otherwise now. Older PKCS #9 counter-signatures do not
//   count. Revocation lists are not fetched: the worker has no network.
[[nodiscard]] Catalog check_catalog(base::ByteView bytes, const TrustStore& trust, const SignaturePolicy& policy);

}  // namespace server::worker
