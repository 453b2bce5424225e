#include "server/worker/catalog.h"

#include "base/limits.h"
#include "dcerpc/auth/der.h"
#include "server/worker/catalog_chain.h"

#include <openssl/err.h>
#include <openssl/objects.h>

#include <algorithm>
#include <optional>

namespace server::worker {
namespace {

namespace der = dcerpc::der;
using spooler::PackageSignature;

constexpr std::uint8_t kSet = 0x31;
constexpr std::string_view kTrustListType = "1.3.6.1.4.1.311.10.1";
// 1.3.6.1.4.1.311.2.1.4, the attribute of a list entry that holds the file's hash, as it is encoded.
constexpr std::uint8_t kIndirectData[] = {0x2B, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x01, 0x04};

std::string text_of(const ASN1_OBJECT* object) {
    char text[128];
    const int size = OBJ_obj2txt(text, sizeof text, object, 1);
    return size > 0 && static_cast<std::size_t>(size) < sizeof text ? std::string(text) : std::string();
}

base::ByteView view_of(const ASN1_STRING* string) {
    return {reinterpret_cast<const std::byte*>(ASN1_STRING_get0_data(string)), static_cast<std::size_t>(ASN1_STRING_length(string))};
}

bool is(const der::Element& object, base::ByteView expected) {
    return std::equal(object.content.begin(), object.content.end(), expected.begin(), expected.end());
}

// SpcIndirectDataContent: SEQUENCE { SEQUENCE { type, value }, SEQUENCE { SEQUENCE { algorithm … }, OCTET STRING digest } }
std::optional<base::ByteView> digest_of(base::ByteView indirect_data) {
    const auto outer = der::only(indirect_data, der::kSequence);
    if (!outer) return std::nullopt;
    der::Reader parts(outer->content);
    if (!parts.next(der::kSequence)) return std::nullopt;
    const auto info = parts.next(der::kSequence);
    if (!info) return std::nullopt;
    der::Reader digest(info->content);
    if (!digest.next(der::kSequence)) return std::nullopt;
    const auto value = digest.next(der::kOctetString);
    if (!value) return std::nullopt;
    return value->content;
}

// TrustedSubject: SEQUENCE { OCTET STRING identifier, SET OF SEQUENCE { type, SET OF value } }
bool read_member(base::ByteView subject, bool allow_sha1, Catalog& catalog) {
    der::Reader parts(subject);
    if (!parts.next(der::kOctetString)) return false;
    const auto attributes = parts.next(kSet);
    if (!attributes) return parts.empty();  // no attributes: an entry without a hash
    der::Reader list(attributes->content);
    while (!list.empty()) {
        const auto attribute = list.next(der::kSequence);
        if (!attribute) return false;
        der::Reader fields(attribute->content);
        const auto type = fields.next(der::kObjectId);
        const auto values = fields.next(kSet);
        if (!type || !values) return false;
        if (!is(*type, std::as_bytes(std::span(kIndirectData)))) continue;
        const auto digest = digest_of(values->content);
        if (!digest) return false;
        if (digest->size() == 32 || (digest->size() == 20 && allow_sha1)) catalog.members.insert(base::to_hex(*digest));
    }
    return true;
}

// CertificateTrustList: optional fields up to the AlgorithmIdentifier, then the list of subjects.
bool read_list(base::ByteView content, bool allow_sha1, Catalog& catalog) {
    der::Reader fields(content);
    // subjectUsage [listIdentifier] [sequenceNumber] thisUpdate [nextUpdate] subjectAlgorithm subjects: the third SEQUENCE of this level.
    int sequences = 0;
    while (!fields.empty()) {
        const auto field = fields.next();
        if (!field) return false;
        if (field->tag != der::kSequence || ++sequences < 3) continue;
        der::Reader subjects(field->content);
        for (std::size_t count = 0; !subjects.empty(); ++count) {
            const auto subject = subjects.next(der::kSequence);
            if (!subject || count >= base::limits::kMaxCatalogMembers) return false;
            if (!read_member(subject->content, allow_sha1, catalog)) return false;
        }
        return true;
    }
    return sequences == 2;  // a list without subjects
}

Catalog broken(Catalog catalog, std::string detail) {
    ERR_clear_error();
    catalog.signature = PackageSignature::broken;
    catalog.detail = std::move(detail);
    catalog.members.clear();
    return catalog;
}

// The signer promises the type of the content too: a signed program must not pass as a list of hashes.
bool signs_trust_list(PKCS7_SIGNER_INFO* signer) {
    const ASN1_TYPE* type = PKCS7_get_signed_attribute(signer, NID_pkcs9_contentType);
    return type != nullptr && type->type == V_ASN1_OBJECT && text_of(type->value.object) == kTrustListType;
}

}  // namespace

Catalog check_catalog(base::ByteView bytes, const TrustStore& trust, const SignaturePolicy& policy) {
    Catalog catalog;
    if (bytes.size() > base::limits::kMaxCatalogBytes) return broken(std::move(catalog), "larger than any catalogue");
    const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
    const Pkcs7Pointer message(d2i_PKCS7(nullptr, &data, static_cast<long>(bytes.size())));
    if (!message || !PKCS7_type_is_signed(message.get()) || message->d.sign == nullptr || message->d.sign->contents == nullptr) {
        return broken(std::move(catalog), "no signed message (PKCS #7)");
    }
    const PKCS7* contents = message->d.sign->contents;
    if (text_of(contents->type) != kTrustListType || contents->d.other == nullptr || contents->d.other->type != V_ASN1_SEQUENCE) {
        return broken(std::move(catalog), "signed, but no catalogue");
    }
    const auto list = der::only(view_of(contents->d.other->value.sequence), der::kSequence);
    if (!list || !read_list(list->content, policy.allow_sha1, catalog)) return broken(std::move(catalog), "the list of hashes is damaged");

    STACK_OF(PKCS7_SIGNER_INFO)* signers = PKCS7_get_signer_info(message.get());
    if (signers == nullptr || sk_PKCS7_SIGNER_INFO_num(signers) == 0) {
        catalog.detail = "the catalogue is not signed";
        catalog.members.clear();
        return catalog;
    }
    PKCS7_SIGNER_INFO* signer = sk_PKCS7_SIGNER_INFO_value(signers, 0);
    if (sk_PKCS7_SIGNER_INFO_num(signers) != 1) return broken(std::move(catalog), "more than one signer");
    if (!signs_trust_list(signer)) return broken(std::move(catalog), "the signature is for another type of content");
    if (!digest_is_acceptable(*signer->digest_alg, policy)) {
        catalog.signature = PackageSignature::untrusted;
        catalog.detail = "signed with an outdated hash (SHA-1 counts only with driver_packages.allow_sha1)";
        return catalog;
    }
    // OpenSSL loses memory when one of several, or one that it does not know, stands here.
    const STACK_OF(X509_ALGOR)* digests = message->d.sign->md_algs;
    const bool matches = sk_X509_ALGOR_num(digests) == 1 &&
                         OBJ_obj2nid(sk_X509_ALGOR_value(digests, 0)->algorithm) == OBJ_obj2nid(signer->digest_alg->algorithm);
    if (!matches) return broken(std::move(catalog), "its digest algorithm is not the signer's");
    const BioPointer content(BIO_new_mem_buf(list->content.data(), static_cast<int>(list->content.size())));
    if (PKCS7_verify(message.get(), nullptr, nullptr, content.get(), nullptr, PKCS7_NOVERIFY) != 1) {
        return broken(std::move(catalog), "the signature does not fit the catalogue");
    }
    const OpensslPointer<STACK_OF(X509), free_stack_only> certificates(PKCS7_get0_signers(message.get(), nullptr, 0));
    if (!certificates || sk_X509_num(certificates.get()) != 1) return broken(std::move(catalog), "the signer's certificate is missing");
    X509* certificate = sk_X509_value(certificates.get(), 0);
    catalog.signer = subject_of(certificate);
    const auto verdict = check_chain(certificate, *message, *signer, trust, policy);
    catalog.signature = verdict.empty() ? PackageSignature::trusted : PackageSignature::untrusted;
    catalog.detail = verdict;
    if (verdict.empty() && catalog.members.empty())
        catalog.detail = "it lists no file by SHA-256 (SHA-1 counts only with driver_packages.allow_sha1)";
    ERR_clear_error();
    return catalog;
}

}  // namespace server::worker
