#include "tests/support/signed_package.h"

#include "base/utf.h"
#include "dcerpc/auth/der.h"

#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/pkcs7.h>
#include <openssl/ts.h>
#include <openssl/x509v3.h>

#include <array>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <stdexcept>

namespace test_support {
namespace {

namespace der = dcerpc::der;
constexpr std::uint8_t kNull = 0x05, kSet = 0x31, kUtcTime = 0x17;

void require(bool condition, const char* what) {
    if (!condition) throw std::runtime_error(what);
}

base::ByteBuffer object_id(const char* text) {
    const std::unique_ptr<ASN1_OBJECT, decltype(&ASN1_OBJECT_free)> object(OBJ_txt2obj(text, 1), ASN1_OBJECT_free);
    return der::encode(der::kObjectId, {reinterpret_cast<const std::byte*>(OBJ_get0_data(object.get())), OBJ_length(object.get())});
}

base::ByteBuffer algorithm(const char* object) {
    return der::encode(der::kSequence, {object_id(object), der::encode(kNull, base::ByteView())});
}

// A TrustedSubject whose one attribute is the hash, as makecat and inf2cat write it.
base::ByteBuffer subject(const CatalogMember& member) {
    const char* hash = member.digest.size() == 20 ? "1.3.14.3.2.26" : "2.16.840.1.101.3.4.2.1";
    const auto data = der::encode(der::kSequence, {object_id("1.3.6.1.4.1.311.2.1.25")});
    const auto info = der::encode(der::kSequence, {algorithm(hash), der::encode(der::kOctetString, member.digest)});
    const auto indirect = der::encode(der::kSequence, {data, info});
    const auto attribute = der::encode(der::kSequence, {object_id("1.3.6.1.4.1.311.2.1.4"), der::encode(kSet, indirect)});
    base::ByteBuffer tag;
    base::append_utf16_le(tag, base::to_utf16(base::to_hex(member.digest)));
    return der::encode(der::kSequence, {der::encode(der::kOctetString, tag), der::encode(kSet, attribute)});
}

base::ByteBuffer trust_list(const std::vector<CatalogMember>& members) {
    base::ByteBuffer subjects;
    for (const CatalogMember& member : members) base::append(subjects, subject(member));
    const auto usage = der::encode(der::kSequence, object_id("1.3.6.1.4.1.311.12.1.1"));
    const std::array<std::byte, 16> identifier{};
    return der::encode(der::kSequence,
                       {usage, der::encode(der::kOctetString, identifier), der::encode(kUtcTime, base::as_bytes("240101000000Z")),
                        algorithm("1.3.6.1.4.1.311.12.1.3"), der::encode(der::kSequence, subjects)});
}

ASN1_TYPE* sequence_of(base::ByteView bytes) {
    ASN1_STRING* string = ASN1_STRING_new();
    ASN1_STRING_set(string, bytes.data(), static_cast<int>(bytes.size()));
    ASN1_TYPE* type = ASN1_TYPE_new();
    ASN1_TYPE_set(type, V_ASN1_SEQUENCE, string);
    return type;
}

// A token for `imprint` in the form of an answered request [RFC 3161].
base::ByteBuffer time_stamp(const Certificate& authority, base::ByteView message, bool sha1) {
    const auto digest = digest_of(message, sha1);
    TS_REQ* request = TS_REQ_new();
    TS_REQ_set_version(request, 1);
    TS_MSG_IMPRINT* imprint = TS_MSG_IMPRINT_new();
    X509_ALGOR* hash = X509_ALGOR_new();
    X509_ALGOR_set0(hash, OBJ_nid2obj(sha1 ? NID_sha1 : NID_sha256), V_ASN1_NULL, nullptr);
    TS_MSG_IMPRINT_set_algo(imprint, hash);
    // OpenSSL wants memory that it may write to.
    base::ByteBuffer copy = digest;
    TS_MSG_IMPRINT_set_msg(imprint, reinterpret_cast<unsigned char*>(copy.data()), static_cast<int>(copy.size()));
    TS_REQ_set_msg_imprint(request, imprint);
    TS_REQ_set_cert_req(request, 1);
    BIO* in = BIO_new(BIO_s_mem());
    i2d_TS_REQ_bio(in, request);

    TS_RESP_CTX* context = TS_RESP_CTX_new();
    TS_RESP_CTX_set_signer_cert(context, authority.x509());
    TS_RESP_CTX_set_signer_key(context, authority.key());
    TS_RESP_CTX_set_signer_digest(context, sha1 ? EVP_sha1() : EVP_sha256());
    TS_RESP_CTX_set_ess_cert_id_digest(context, EVP_sha256());
    TS_RESP_CTX_add_md(context, sha1 ? EVP_sha1() : EVP_sha256());
    ASN1_OBJECT* policy = OBJ_txt2obj("1.2.3.4", 1);
    TS_RESP_CTX_set_def_policy(context, policy);
    TS_RESP_CTX_set_serial_cb(
        context,
        [](TS_RESP_CTX*, void*) {
            ASN1_INTEGER* serial = ASN1_INTEGER_new();
            ASN1_INTEGER_set(serial, 1);
            return serial;
        },
        nullptr);
    TS_RESP* response = TS_RESP_create_response(context, in);
    PKCS7* token = response == nullptr ? nullptr : TS_RESP_get_token(response);
    require(token != nullptr, "time stamp");
    unsigned char* out = nullptr;
    const int size = i2d_PKCS7(token, &out);
    const auto* begin = reinterpret_cast<const std::byte*>(out);
    base::ByteBuffer result(begin, begin + size);
    OPENSSL_free(out);
    TS_RESP_free(response);
    TS_RESP_CTX_free(context);
    ASN1_OBJECT_free(policy);
    BIO_free(in);
    X509_ALGOR_free(hash);
    TS_MSG_IMPRINT_free(imprint);
    TS_REQ_free(request);
    return result;
}

void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
    require(extension != nullptr, "extension");
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

constexpr const char* kSampleInf = R"([Version]
Signature="$Windows NT$"
Class=Printer
ClassGuid={4D36E979-E325-11CE-BFC1-08002BE10318}
Provider=%Acme%
CatalogFile=acmeprt.cat
DriverVer=03/04/2024,@VERSION@

[Manufacturer]
%Acme%=Acme,NTx86,NTamd64,NTarm64
[Acme.NTx86]
"Acme Laser 9"=Laser9,USBPRINT\AcmeLaser_9D2A
[Acme.NTamd64]
"Acme Laser 9"=Laser9,USBPRINT\AcmeLaser_9D2A
[Acme.NTarm64]
"Acme Laser 9"=Laser9,USBPRINT\AcmeLaser_9D2A

[Laser9]
CopyFiles=DRIVER_FILES,COLOR_FILES
DriverFile=acmeprt.dll
ConfigFile=acmeui.dll
DataFile=acmeprt.gpd
HelpFile=acmeprt.hlp

[DRIVER_FILES]
acmeprt.dll
acmeui.dll
acmeprt.gpd
acmeprt.hlp
acmeres.dll
[COLOR_FILES]
acmeprt.icm

[DestinationDirs]
DefaultDestDir=66000
COLOR_FILES=66003

[PrinterPackageInstallation.x86]
PackageAware=TRUE
[PrinterPackageInstallation.amd64]
PackageAware=TRUE
[PrinterPackageInstallation.arm64]
PackageAware=TRUE

[SourceDisksNames.x86]
1="Programs",,,i386
2="Data",,,
[SourceDisksNames.amd64]
1="Programs",,,amd64
2="Data",,,
[SourceDisksNames.arm64]
1="Programs",,,arm64
2="Data",,,
[SourceDisksFiles]
acmeprt.dll=1
acmeui.dll=1
acmeres.dll=1
acmeprt.gpd=2
acmeprt.hlp=2
acmeprt.icm=2

[Strings]
Acme="Acme Printing"
)";

}  // namespace

Certificate::Certificate(const Options& options)
    : key_(options.key_of == nullptr ? std::shared_ptr<EVP_PKEY>(EVP_RSA_gen(2048), EVP_PKEY_free) : options.key_of->key_),
      certificate_(X509_new(), X509_free) {
    X509* certificate = certificate_.get();
    const Certificate& issuer = options.issuer == nullptr ? *this : *options.issuer;
    std::array<std::byte, 8> serial{};
    base::random_bytes(serial);
    X509_set_version(certificate, 2);
    base::ByteReader number(serial);
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), number.u64() >> 2U);
    X509_time_adj_ex(X509_getm_notBefore(certificate), 0, options.not_before, nullptr);
    X509_time_adj_ex(X509_getm_notAfter(certificate), 0, options.not_after, nullptr);
    X509_set_pubkey(certificate, key_.get());
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(options.name.c_str()), -1, -1, 0);
    X509_set_issuer_name(certificate, X509_get_subject_name(issuer.x509()));
    add_extension(certificate, issuer.x509(), NID_basic_constraints, options.authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
    add_extension(certificate, issuer.x509(), NID_key_usage, options.authority ? "critical,keyCertSign" : "critical,digitalSignature");
    if (!options.usage.empty()) {
        // Time stamping must be critical [RFC 3161] 2.3.
        add_extension(certificate, issuer.x509(), NID_ext_key_usage, (options.usage == "timeStamping" ? "critical," : "") + options.usage);
    }
    require(X509_sign(certificate, issuer.key(), options.sha1 ? EVP_sha1() : EVP_sha256()) > 0, "certificate");
}

std::string Certificate::pem() const {
    BIO* out = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(out, certificate_.get());
    char* text = nullptr;
    const long size = BIO_get_mem_data(out, &text);
    std::string result(text, static_cast<std::size_t>(size));
    BIO_free(out);
    return result;
}

base::ByteBuffer digest_of(base::ByteView bytes, bool sha1) {
    base::ByteBuffer digest(sha1 ? 20 : 32);
    unsigned int size = 0;
    EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(digest.data()), &size, sha1 ? EVP_sha1() : EVP_sha256(),
               nullptr);
    return digest;
}

base::ByteBuffer make_catalog(const std::vector<CatalogMember>& members, const Certificate& signer, const CatalogOptions& options) {
    const auto list = trust_list(members);
    const base::ByteView content = der::only(list, der::kSequence)->content;
    ASN1_OBJECT* type = OBJ_txt2obj("1.3.6.1.4.1.311.10.1", 1);
    PKCS7* message = PKCS7_new();
    PKCS7_set_type(message, NID_pkcs7_signed);
    PKCS7_content_new(message, NID_pkcs7_data);
    if (options.sign) {
        PKCS7_SIGNER_INFO* info = PKCS7_add_signature(message, signer.x509(), signer.key(), options.sha1 ? EVP_sha1() : EVP_sha256());
        require(info != nullptr, "signature");
        PKCS7_add_certificate(message, signer.x509());
        for (const Certificate* certificate : options.chain) PKCS7_add_certificate(message, certificate->x509());
        PKCS7_add_signed_attribute(info, NID_pkcs9_contentType, V_ASN1_OBJECT, OBJ_dup(type));
        BIO* bio = PKCS7_dataInit(message, nullptr);
        BIO_write(bio, content.data(), static_cast<int>(content.size()));
        require(PKCS7_dataFinal(message, bio) == 1, "signature");
        BIO_free_all(bio);
        if (options.time_stamp != nullptr) {
            const auto* signature = reinterpret_cast<const std::byte*>(info->enc_digest->data);
            const auto token =
                time_stamp(*options.time_stamp, {signature, static_cast<std::size_t>(info->enc_digest->length)}, options.sha1_stamp);
            info->unauth_attr = sk_X509_ATTRIBUTE_new_null();
            X509_ATTRIBUTE* attribute = X509_ATTRIBUTE_new();
            ASN1_OBJECT* stamp = OBJ_txt2obj("1.3.6.1.4.1.311.3.3.1", 1);
            X509_ATTRIBUTE_set1_object(attribute, stamp);
            ASN1_OBJECT_free(stamp);
            X509_ATTRIBUTE_set1_data(attribute, V_ASN1_SEQUENCE, token.data(), static_cast<int>(token.size()));
            sk_X509_ATTRIBUTE_push(info->unauth_attr, attribute);
        }
    }
    PKCS7* body = PKCS7_new();
    body->type = type;
    body->d.other = sequence_of(list);
    require(PKCS7_set_content(message, body) == 1, "content");
    unsigned char* out = nullptr;
    const int size = i2d_PKCS7(message, &out);
    require(size > 0, "encoding");
    const auto* begin = reinterpret_cast<const std::byte*>(out);
    base::ByteBuffer result(begin, begin + size);
    OPENSSL_free(out);
    PKCS7_free(message);
    return result;
}

void write_text_file(const std::filesystem::path& path, const std::string& text) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream file(path, std::ios::binary);
    file << text;
    require(file.good(), "write");
}

void write_package(const std::filesystem::path& directory, const std::vector<std::pair<std::string, std::string>>& files,
                   const std::string& catalog_name, const Certificate& signer, const CatalogOptions& options) {
    std::vector<CatalogMember> members;
    for (const auto& [name, content] : files) {
        write_text_file(directory / name, content);
        members.push_back({name, digest_of(base::as_bytes(content))});
    }
    const auto catalog = make_catalog(members, signer, options);
    write_text_file(directory / catalog_name, std::string(base::as_text(catalog)));
}

SamplePackage write_sample_package(const std::filesystem::path& directory, const std::filesystem::path& trust_file,
                                   const std::string& version) {
    Certificate::Options root;
    root.name = "Acme Test Authority";
    root.authority = true;
    root.usage.clear();
    const Certificate authority(root);
    Certificate::Options publisher;
    publisher.name = "Acme Printing";
    publisher.issuer = &authority;
    const Certificate signer(publisher);
    std::string inf = kSampleInf;
    inf.replace(inf.find("@VERSION@"), 9, version);
    std::vector<std::pair<std::string, std::string>> files{
        {"acmeprt.inf", inf}, {"acmeprt.gpd", "*GPDFileName: \"acmeprt.gpd\"\n"}, {"acmeprt.hlp", "help"}, {"acmeprt.icm", "colours"}};
    for (const std::string architecture : {"i386", "amd64", "arm64"}) {
        for (const std::string name : {"acmeprt.dll", "acmeui.dll", "acmeres.dll"}) {
            files.emplace_back(architecture + "/" + name, "program " + name + " for " + architecture + ", version " + version);
        }
    }
    write_package(directory, files, "acmeprt.cat", signer);
    write_text_file(trust_file, authority.pem());
    SamplePackage package;
    package.directory = directory;
    package.trust_file = trust_file;
    return package;
}

}  // namespace test_support
