// libFuzzer target: security catalogues. Nobody is trusted here, so nothing may pass as trusted.
#include "server/worker/catalog.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const server::worker::TrustStore nobody;
    for (const bool allow_sha1 : {false, true}) {
        const auto catalog =
            server::worker::check_catalog({reinterpret_cast<const std::byte*>(data), size}, nobody, {allow_sha1, 1'700'000'000});
        if (catalog.signature == spooler::PackageSignature::trusted || catalog.detail.empty()) std::abort();
        if (catalog.signature != spooler::PackageSignature::untrusted && !catalog.members.empty()) std::abort();
    }
    return 0;
}
