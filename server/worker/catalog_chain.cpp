#include "server/worker/catalog_chain.h"

#include "base/limits.h"
#include "server/worker/certificate_path.h"

#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <optional>

namespace server::worker {
namespace {

// Unsigned attribute with an RFC 3161 token, as Microsoft's tools place it.
constexpr const char* kTimeStampType = "1.3.6.1.4.1.311.3.3.1";
// Microsoft's own usages for signers of drivers and of Windows' components. Their neighbours in the tree are for other things: encrypting
// files, documents, lists of roots.
constexpr std::array<std::string_view, 6> kDriverUsages = {
    "1.3.6.1.4.1.311.10.3.5",    // Windows hardware driver verification
    "1.3.6.1.4.1.311.10.3.5.1",  // attested
    "1.3.6.1.4.1.311.10.3.6",    // Windows system component verification
    "1.3.6.1.4.1.311.10.3.7",    // the same for makers of computers
    "1.3.6.1.4.1.311.10.3.8",    // embedded Windows
    "1.3.6.1.4.1.311.10.3.39",   // Windows hardware driver extended verification
};
// Clocks of stamping services may be a little ahead of ours.
constexpr std::int64_t kClockSkewSeconds = 600;

std::string text_of(const ASN1_OBJECT* object) {
    char text[128];
    const int size = OBJ_obj2txt(text, sizeof text, object, 1);
    return size > 0 && static_cast<std::size_t>(size) < sizeof text ? std::string(text) : std::string();
}

bool names_driver_usage(X509* certificate) {
    auto* usages = static_cast<EXTENDED_KEY_USAGE*>(X509_get_ext_d2i(certificate, NID_ext_key_usage, nullptr, nullptr));
    if (usages == nullptr) return false;
    bool found = false;
    for (int i = 0; i < sk_ASN1_OBJECT_num(usages); ++i) {
        const std::string usage = text_of(sk_ASN1_OBJECT_value(usages, i));
        found = found || std::find(kDriverUsages.begin(), kDriverUsages.end(), usage) != kDriverUsages.end();
    }
    sk_ASN1_OBJECT_pop_free(usages, ASN1_OBJECT_free);
    return found;
}

std::string check_usages(X509* signer, STACK_OF(X509) * chain) {
    const std::uint32_t own = X509_get_extended_key_usage(signer);
    if (own == UINT32_MAX || (own & XKU_CODE_SIGN) == 0) return "the signer's certificate is not for signing code";
    if ((X509_get_key_usage(signer) & KU_DIGITAL_SIGNATURE) == 0) return "the signer's certificate is not for signatures";
    for (int i = 1; i < sk_X509_num(chain); ++i) {
        X509* authority = sk_X509_value(chain, i);
        const std::uint32_t usage = X509_get_extended_key_usage(authority);
        if (usage == UINT32_MAX || (usage & (XKU_CODE_SIGN | XKU_ANYEKU)) != 0 || names_driver_usage(authority)) continue;
        return "the authority '" + subject_of(authority) + "' is not for signing code";
    }
    return {};
}

int auth_level(const SignaturePolicy& policy) { return policy.allow_sha1 ? 0 : 2; }

std::optional<std::int64_t> seconds_of(const ASN1_TIME* time) {
    std::tm parts{};
    if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
    return timegm(&parts);
}

// Of what is stamped, and of the stamp.
bool uses_sound_digests(TS_TST_INFO& info, PKCS7& token, const SignaturePolicy& policy) {
    STACK_OF(PKCS7_SIGNER_INFO)* signers = PKCS7_get_signer_info(&token);
    if (sk_PKCS7_SIGNER_INFO_num(signers) != 1) return false;
    const X509_ALGOR* stamped = TS_MSG_IMPRINT_get_algo(TS_TST_INFO_get_msg_imprint(&info));
    return digest_is_acceptable(*stamped, policy) && digest_is_acceptable(*sk_PKCS7_SIGNER_INFO_value(signers, 0)->digest_alg, policy);
}

// The time that a trusted authority vouches for; nothing without a stamp, or with one that is wrong in any way.
std::optional<std::int64_t> stamped_time(PKCS7_SIGNER_INFO& signer, const TrustStore& trust, const SignaturePolicy& policy) {
    for (int i = 0; i < sk_X509_ATTRIBUTE_num(signer.unauth_attr); ++i) {
        X509_ATTRIBUTE* attribute = sk_X509_ATTRIBUTE_value(signer.unauth_attr, i);
        if (text_of(X509_ATTRIBUTE_get0_object(attribute)) != kTimeStampType) continue;
        const ASN1_TYPE* value = X509_ATTRIBUTE_get0_type(attribute, 0);
        if (value == nullptr || value->type != V_ASN1_SEQUENCE) return std::nullopt;
        const unsigned char* data = ASN1_STRING_get0_data(value->value.sequence);
        const Pkcs7Pointer token(d2i_PKCS7(nullptr, &data, ASN1_STRING_length(value->value.sequence)));
        if (!token || !PKCS7_type_is_signed(token.get()) || token->d.sign == nullptr) return std::nullopt;
        if (sk_X509_num(token->d.sign->cert) > base::limits::kMaxSignatureCertificates) return std::nullopt;
        const OpensslPointer<TS_TST_INFO, TS_TST_INFO_free> info(PKCS7_to_TS_TST_INFO(token.get()));
        const auto claimed = info ? seconds_of(TS_TST_INFO_get_time(info.get())) : std::nullopt;
        if (!claimed || *claimed > policy.now + kClockSkewSeconds) return std::nullopt;
        if (!uses_sound_digests(*info, *token, policy)) return std::nullopt;
        const OpensslPointer<TS_VERIFY_CTX, TS_VERIFY_CTX_free> context(TS_VERIFY_CTX_new());
        TS_VERIFY_CTX_set_flags(context.get(), TS_VFY_VERSION | TS_VFY_SIGNATURE | TS_VFY_DATA);
        // The context takes the store and the data over. Authorities may have expired since: what they stamped before stays good.
        StorePointer store = trust.make_store();
        X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store.get()), *claimed);
        X509_VERIFY_PARAM_set_auth_level(X509_STORE_get0_param(store.get()), auth_level(policy));
        TS_VERIFY_CTX_set_store(context.get(), store.release());
        TS_VERIFY_CTX_set_data(context.get(), BIO_new_mem_buf(signer.enc_digest->data, signer.enc_digest->length));
        if (TS_RESP_verify_token(context.get(), token.get()) != 1) return std::nullopt;
        return claimed;
    }
    return std::nullopt;
}

}  // namespace

bool digest_is_acceptable(const X509_ALGOR& algorithm, const SignaturePolicy& policy) {
    const int digest = OBJ_obj2nid(algorithm.algorithm);
    return digest == NID_sha256 || digest == NID_sha384 || digest == NID_sha512 || (digest == NID_sha1 && policy.allow_sha1);
}

std::string subject_of(X509* certificate) {
    const BioPointer out(BIO_new(BIO_s_mem()));
    X509_NAME_print_ex(out.get(), X509_get_subject_name(certificate), 0,
                       (XN_FLAG_ONELINE | ASN1_STRFLGS_UTF8_CONVERT) & ~ASN1_STRFLGS_ESC_MSB);
    char* text = nullptr;
    const long size = BIO_get_mem_data(out.get(), &text);
    return size > 0 ? std::string(text, static_cast<std::size_t>(std::min(size, 1024L))) : std::string();
}

std::string check_chain(X509* certificate, const PKCS7& message, PKCS7_SIGNER_INFO& signer, const TrustStore& trust,
                        const SignaturePolicy& policy) {
    if (trust.empty()) return "the trust store is empty (driver_packages.trust_files and trust_directories)";
    const STACK_OF(X509)* offered = message.d.sign->cert;
    if (sk_X509_num(offered) > base::limits::kMaxSignatureCertificates) return "too many certificates in the catalogue";
    const auto stamp = stamped_time(signer, trust, policy);
    const CertificatePath path = find_trusted_path(certificate, offered, trust, {auth_level(policy), stamp.value_or(policy.now)});
    if (!path.certificates) {
        std::string text = X509_verify_cert_error_string(path.error);
        if (path.error == X509_V_ERR_CERT_HAS_EXPIRED && !stamp) text += " and no trusted time stamp says that it signed before";
        if (path.at) text += " (" + subject_of(path.at.get()) + ")";
        return text;
    }
    return check_usages(certificate, path.certificates.get());
}

}  // namespace server::worker
