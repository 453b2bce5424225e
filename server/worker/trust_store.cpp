#include "server/worker/trust_store.h"

#include "base/async.h"
#include "base/limits.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace server::worker {

base::Result<TrustStore> TrustStore::load(const std::vector<std::string>& files, const std::vector<std::string>& directories) {
    TrustStore store;
    for (const std::string& file : files) {
        TRY_VOID(store.add_file(file));
    }
    for (const std::string& directory : directories) {
        std::error_code code;
        std::filesystem::directory_iterator entries(directory, code);
        if (code) return base::error_from_errno(code.value(), directory);
        std::vector<std::string> names;
        for (const auto& entry : entries) {
            const std::string extension = entry.path().extension();
            if (extension == ".pem" || extension == ".crt" || extension == ".cer") names.push_back(entry.path());
        }
        std::sort(names.begin(), names.end());
        for (const std::string& name : names) {
            TRY_VOID(store.add_file(name));
        }
    }
    return store;
}

base::Result<void> TrustStore::add_file(const std::string& path) {
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    if (!file) return base::error_from_errno(errno != 0 ? errno : ENOENT, path);
    std::string text(base::limits::kMaxTrustBytes - bytes_ + 1, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
    bytes_ += text.size();
    if (bytes_ > base::limits::kMaxTrustBytes) return base::Error(base::Win32::invalid_data, path + ": the trust store is too large");
    const BioPointer bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
    const std::size_t before = certificates_.size();
    while (X509* certificate = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) certificates_.emplace_back(certificate);
    ERR_clear_error();
    // Windows exports single certificates in DER as well.
    if (certificates_.size() == before) {
        const auto* data = reinterpret_cast<const unsigned char*>(text.data());
        if (X509* certificate = d2i_X509(nullptr, &data, static_cast<long>(text.size()))) certificates_.emplace_back(certificate);
        ERR_clear_error();
    }
    if (certificates_.size() == before) return base::Error(base::Win32::invalid_data, path + ": no certificate in it");
    return {};
}

StorePointer TrustStore::make_store() const {
    StorePointer store(X509_STORE_new());
    for (const X509Pointer& certificate : certificates_) X509_STORE_add_cert(store.get(), certificate.get());
    X509_STORE_set_flags(store.get(), X509_V_FLAG_PARTIAL_CHAIN);
    return store;
}

}  // namespace server::worker
