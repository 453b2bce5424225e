#include "server/worker/trust_store.h"

#include "base/async.h"
#include "base/limits.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>

namespace server::worker {

namespace {

bool is_certificate_name(const std::filesystem::path& path) {
    std::string extension = path.extension();
    for (char& c : extension) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return extension == ".pem" || extension == ".crt" || extension == ".cer";
}

int check_issued(X509_STORE_CTX*, X509* certificate, X509* issuer) { return has_issued(issuer, certificate) ? 1 : 0; }

}  // namespace

bool has_issued(X509* issuer, X509* certificate) {
    const int verdict = X509_check_issued(issuer, certificate);
    // Whether the issuer may sign certificates is judged later, with a better error.
    if (verdict != X509_V_OK && verdict != X509_V_ERR_KEYUSAGE_NO_CERTSIGN) return false;
    return X509_verify(certificate, X509_get0_pubkey(issuer)) == 1;
}

base::Result<TrustStore> TrustStore::load(const std::vector<std::string>& files, const std::vector<std::string>& directories) {
    TrustStore store;
    for (const std::string& file : files) {
        TRY_VOID(store.add_file(file));
    }
    for (const std::string& directory : directories) {
        TRY_VOID(store.add_directory(directory));
    }
    return store;
}

base::Result<void> TrustStore::add_directory(const std::string& path) {
    std::error_code code;
    std::vector<std::string> names;
    for (std::filesystem::directory_iterator entry(path, code), end; !code && entry != end; entry.increment(code)) {
        if (is_certificate_name(entry->path())) names.push_back(entry->path());
    }
    if (code) return base::error_from_errno(code.value(), path);
    std::sort(names.begin(), names.end());
    for (const std::string& name : names) {
        TRY_VOID(add_file(name));
    }
    return {};
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
    const std::size_t before = certificates_.size();
    TRY_VOID(add_pem(path, text));
    // Windows exports single certificates in DER as well.
    if (certificates_.size() == before) {
        const auto* data = reinterpret_cast<const unsigned char*>(text.data());
        if (X509* certificate = d2i_X509(nullptr, &data, static_cast<long>(text.size()))) certificates_.emplace_back(certificate);
        ERR_clear_error();
    }
    if (certificates_.size() == before) return base::Error(base::Win32::invalid_data, path + ": no certificate in it");
    return {};
}

base::Result<void> TrustStore::add_pem(const std::string& path, const std::string& text) {
    const BioPointer bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
    ERR_clear_error();
    std::size_t count = 0;
    for (; X509* certificate = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr); ++count) certificates_.emplace_back(certificate);
    const unsigned long error = ERR_peek_last_error();
    ERR_clear_error();
    // A damaged certificate must not take those behind it away in silence.
    if (ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE) return {};
    return base::Error(base::Win32::invalid_data, path + ": certificate " + std::to_string(count + 1) + " is damaged");
}

StorePointer TrustStore::make_store() const {
    StorePointer store(X509_STORE_new());
    for (const X509Pointer& certificate : certificates_) X509_STORE_add_cert(store.get(), certificate.get());
    X509_STORE_set_flags(store.get(), X509_V_FLAG_PARTIAL_CHAIN);
    X509_STORE_set_check_issued(store.get(), check_issued);
    return store;
}

}  // namespace server::worker
