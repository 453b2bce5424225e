#include "server/worker/catalog.h"

#include "dcerpc/auth/der.h"
#include "server/worker/file_hash.h"
#include "tests/support/signed_package.h"
#include "tests/unit/storage/temporary_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>

namespace server::worker {
namespace {

using spooler::PackageSignature;
using test_support::CatalogOptions;
using test_support::Certificate;
using testing::HasSubstr;

Certificate make(const std::string& name, const Certificate* issuer, bool authority, const std::string& usage = "codeSigning") {
    Certificate::Options options;
    options.name = name;
    options.issuer = issuer;
    options.authority = authority;
    options.usage = usage;
    return Certificate(options);
}

// Keys take time: one set for all tests.
struct Keys {
    Certificate root = make("Root", nullptr, true, "");
    Certificate middle = make("Middle", &root, true, "");
    Certificate signer = make("Acme Printing", &root, false);
    Certificate stranger = make("Stranger", nullptr, true, "");
};
const Keys& keys() {
    static const Keys kKeys;
    return kKeys;
}

class CatalogTest : public testing::Test {
 protected:
    TrustStore trust(const Certificate& certificate) {
        test_support::write_text_file(directory_.path("trust.pem"), "# a comment\n" + certificate.pem());
        auto store = TrustStore::load({directory_.path("trust.pem")}, {});
        EXPECT_TRUE(store) << store.error().to_string();
        return store ? std::move(store).value() : TrustStore();
    }
    Catalog check(const base::ByteBuffer& bytes, const Certificate& root, bool allow_sha1 = false) {
        return check_catalog(bytes, trust(root), {allow_sha1, std::time(nullptr)});
    }
    Catalog check_signed_by(const Certificate& signer, const CatalogOptions& options = {}, bool allow_sha1 = false) {
        return check(test_support::make_catalog({{"a", digest_}}, signer, options), keys().root, allow_sha1);
    }

    storage::TemporaryDirectory directory_;
    base::ByteBuffer digest_ = test_support::digest_of(base::as_bytes("content"));
};

TEST_F(CatalogTest, TrustedWhenTheStoreVouches) {
    const Catalog catalog = check_signed_by(keys().signer);
    EXPECT_EQ(catalog.signature, PackageSignature::trusted) << catalog.detail;
    EXPECT_EQ(catalog.detail, "");
    EXPECT_EQ(catalog.signer, "CN = Acme Printing");
    EXPECT_EQ(catalog.members.size(), 1U);
    EXPECT_TRUE(catalog.members.contains(base::to_hex(digest_)));
}

TEST_F(CatalogTest, ChainsAndPinnedCertificates) {
    const Certificate signer = make("Deep", &keys().middle, false);
    CatalogOptions options;
    options.chain = {&keys().middle};
    EXPECT_EQ(check_signed_by(signer, options).signature, PackageSignature::trusted);
    EXPECT_EQ(check_signed_by(signer).signature, PackageSignature::untrusted);  // nobody knows the authority in between
    // A publisher trusted directly, without its root.
    EXPECT_EQ(check(test_support::make_catalog({{"a", digest_}}, signer, {}), signer).signature, PackageSignature::trusted);
}

TEST_F(CatalogTest, UntrustedSaysWhy) {
    const auto reason = [](const Catalog& catalog) {
        EXPECT_EQ(catalog.signature, PackageSignature::untrusted);
        return catalog.detail;
    };
    EXPECT_THAT(reason(check_signed_by(make("Other", &keys().stranger, false))), HasSubstr("unable to get local issuer certificate"));
    EXPECT_THAT(reason(check_signed_by(make("Self", nullptr, false))), HasSubstr("self"));
    EXPECT_THAT(reason(check_signed_by(make("Web", &keys().root, false, "serverAuth"))), HasSubstr("not for signing code"));
    EXPECT_THAT(reason(check_signed_by(make("None", &keys().root, false, ""))), HasSubstr("not for signing code"));
    const Certificate limited = make("Mail authority", &keys().root, true, "emailProtection");
    const Certificate below = make("Below", &limited, false);
    CatalogOptions options;
    options.chain = {&limited};
    EXPECT_THAT(reason(check_signed_by(below, options)), HasSubstr("the authority 'CN = Mail authority' is not for signing code"));
    // A signer that plays authority.
    const Certificate pretended = make("Pretended", &keys().signer, false);
    options.chain = {&keys().signer};
    EXPECT_THAT(reason(check_signed_by(pretended, options)), HasSubstr("CA"));
    EXPECT_THAT(reason(check_catalog(test_support::make_catalog({}, keys().signer), TrustStore(), {false, std::time(nullptr)})),
                HasSubstr("the trust store is empty"));
}

TEST_F(CatalogTest, ExpiredCountsOnlyWithATrustedTimeStamp) {
    Certificate::Options old;
    old.name = "Old";
    old.issuer = &keys().root;
    old.not_before = -86400;
    old.not_after = -3600;
    const Certificate expired(old);
    const Catalog bare = check_signed_by(expired);
    EXPECT_EQ(bare.signature, PackageSignature::untrusted);
    EXPECT_THAT(bare.detail, HasSubstr("expired and no trusted time stamp"));

    // Valid at the time of the stamp, which is now; judged a year later.
    const Certificate stamper = make("Stamper", &keys().root, false, "timeStamping");
    CatalogOptions options;
    options.time_stamp = &stamper;
    const auto stamped = test_support::make_catalog({{"a", digest_}}, keys().signer, options);
    const SignaturePolicy later{false, std::time(nullptr) + 365 * 86400};
    const Catalog good = check_catalog(stamped, trust(keys().root), later);
    EXPECT_EQ(good.signature, PackageSignature::trusted) << good.detail;
    EXPECT_EQ(check_catalog(test_support::make_catalog({{"a", digest_}}, keys().signer), trust(keys().root), later).signature,
              PackageSignature::untrusted);
    // A stamp of an authority that nobody trusts.
    const Certificate foreign = make("Foreign", &keys().stranger, false, "timeStamping");
    options.time_stamp = &foreign;
    const auto badly_stamped = test_support::make_catalog({{"a", digest_}}, keys().signer, options);
    EXPECT_EQ(check_catalog(badly_stamped, trust(keys().root), later).signature, PackageSignature::untrusted);
}

TEST_F(CatalogTest, AStampCountsOnlyForATimeThatItsAuthorityCouldVouchFor) {
    const auto stamped_by = [&](const Certificate& authority, bool sha1 = false) {
        CatalogOptions options;
        options.time_stamp = &authority;
        options.sha1_stamp = sha1;
        return test_support::make_catalog({{"a", digest_}}, keys().signer, options);
    };
    const std::int64_t now = std::time(nullptr);
    const SignaturePolicy later{false, now + 365 * 86400}, later_lax{true, later.now};
    // It had expired before it stamped.
    Certificate::Options old;
    old.name = "Old stamper";
    old.issuer = &keys().root;
    old.usage = "timeStamping";
    old.not_before = -86400;
    old.not_after = -3600;
    EXPECT_EQ(check_catalog(stamped_by(Certificate(old)), trust(keys().root), later).signature, PackageSignature::untrusted);
    // It stamps what is to come: the signer's certificate is not valid yet.
    const Certificate stamper = make("Stamper", &keys().root, false, "timeStamping");
    EXPECT_EQ(check_catalog(stamped_by(stamper), trust(keys().root), {false, now - 86400}).signature, PackageSignature::untrusted);
    // SHA-1 counts here no more than elsewhere.
    EXPECT_EQ(check_catalog(stamped_by(stamper, true), trust(keys().root), later).signature, PackageSignature::untrusted);
    EXPECT_EQ(check_catalog(stamped_by(stamper, true), trust(keys().root), later_lax).signature, PackageSignature::trusted);
}

TEST_F(CatalogTest, AuthoritiesThatAreLimitedToMicrosoftsUsages) {
    const auto signature = [&](const std::string& usage) {
        const Certificate limited = make("Limited", &keys().root, true, usage);
        CatalogOptions options;
        options.chain = {&limited};
        return check_signed_by(make("Below", &limited, false), options).signature;
    };
    EXPECT_EQ(signature("1.3.6.1.4.1.311.10.3.5"), PackageSignature::trusted) << "drivers";
    EXPECT_EQ(signature("1.3.6.1.4.1.311.10.3.12"), PackageSignature::untrusted) << "documents";
    EXPECT_EQ(signature("1.3.6.1.4.1.311.10.3.4"), PackageSignature::untrusted) << "encrypted files";
}

TEST_F(CatalogTest, Sha1OnlyWhenAllowed) {
    CatalogOptions options;
    options.sha1 = true;
    EXPECT_EQ(check_signed_by(keys().signer, options).signature, PackageSignature::untrusted);
    EXPECT_THAT(check_signed_by(keys().signer, options).detail, HasSubstr("allow_sha1"));
    EXPECT_EQ(check_signed_by(keys().signer, options, true).signature, PackageSignature::trusted);

    Certificate::Options old;
    old.name = "Old hash";
    old.issuer = &keys().root;
    old.sha1 = true;
    const Certificate weak(old);
    EXPECT_EQ(check_signed_by(weak).signature, PackageSignature::untrusted);
    EXPECT_EQ(check_signed_by(weak, {}, true).signature, PackageSignature::trusted);

    const auto sha1 = test_support::digest_of(base::as_bytes("content"), true);
    const auto list = test_support::make_catalog({{"a", sha1}}, keys().signer);
    EXPECT_TRUE(check(list, keys().root).members.empty());
    EXPECT_THAT(check(list, keys().root).detail, HasSubstr("lists no file by SHA-256"));
    EXPECT_TRUE(check(list, keys().root, true).members.contains(base::to_hex(sha1)));
}

TEST_F(CatalogTest, BrokenSignatures) {
    const auto good = test_support::make_catalog({{"a", digest_}}, keys().signer);
    EXPECT_EQ(check(good, keys().root).signature, PackageSignature::trusted);
    // Another hash under the same signature.
    auto tampered = good;
    const auto found = std::search(tampered.begin(), tampered.end(), digest_.begin(), digest_.end());
    ASSERT_NE(found, tampered.end());
    *found ^= std::byte{1};
    const Catalog catalog = check(tampered, keys().root);
    EXPECT_EQ(catalog.signature, PackageSignature::broken);
    EXPECT_EQ(catalog.detail, "the signature does not fit the catalogue");
    EXPECT_TRUE(catalog.members.empty());

    CatalogOptions unsigned_options;
    unsigned_options.sign = false;
    const Catalog bare = check(test_support::make_catalog({{"a", digest_}}, keys().signer, unsigned_options), keys().root);
    EXPECT_EQ(bare.signature, PackageSignature::missing);
    EXPECT_EQ(bare.detail, "the catalogue is not signed");
    EXPECT_TRUE(bare.members.empty());
}

// No change of one byte and no cut passes as trusted with another list.
TEST_F(CatalogTest, DamageAnywhereIsNoticed) {
    const auto good = test_support::make_catalog({{"a", digest_}}, keys().signer);
    const TrustStore store = trust(keys().root);
    const SignaturePolicy policy{false, std::time(nullptr)};
    for (std::size_t i = 0; i < good.size(); i += 3) {
        auto bytes = good;
        bytes[i] ^= std::byte{0x41};
        const Catalog catalog = check_catalog(bytes, store, policy);
        if (catalog.signature != PackageSignature::trusted) continue;
        EXPECT_TRUE(catalog.members.contains(base::to_hex(digest_))) << i;
        EXPECT_EQ(catalog.members.size(), 1U) << i;
    }
    for (std::size_t size = 0; size < good.size(); size += 7) {
        EXPECT_NE(check_catalog(base::ByteView(good).first(size), store, policy).signature, PackageSignature::trusted) << size;
    }
    for (const char* text : {"", "no catalogue", "\x30\x80", "\x30\x03\x02\x01\x01"}) {
        EXPECT_EQ(check_catalog(base::as_bytes(text), store, policy).signature, PackageSignature::broken);
    }
}

TEST_F(CatalogTest, TrustStoreFilesAreNamedInErrors) {
    EXPECT_EQ(TrustStore::load({directory_.path("none.pem")}, {}).error().code(), base::Win32::file_not_found);
    test_support::write_text_file(directory_.path("empty.pem"), "nothing");
    const auto store = TrustStore::load({directory_.path("empty.pem")}, {});
    EXPECT_EQ(store.error().code(), base::Win32::invalid_data);
    EXPECT_THAT(store.error().text(), HasSubstr("empty.pem: no certificate in it"));
    test_support::write_text_file(directory_.path("store/a.pem"), keys().root.pem());
    test_support::write_text_file(directory_.path("store/readme.txt"), "not looked at");
    const auto from_directory = TrustStore::load({}, {directory_.path("store")});
    ASSERT_TRUE(from_directory) << from_directory.error().to_string();
    EXPECT_FALSE(from_directory->empty());
    EXPECT_FALSE(TrustStore::load({}, {directory_.path("nowhere")}));
}

// --- hashes of files --------------------------------------------------------------------------------------------------

FileHashes hash(const std::string& path, bool with_sha1 = false) {
    const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    auto result = hash_file(descriptor, 1U << 30U, with_sha1);
    close(descriptor);
    EXPECT_TRUE(result) << result.error().to_string();
    return result ? std::move(result).value() : FileHashes();
}

// The smallest program with all the fields that matter, made for PE32 or PE32+.
std::string program(bool wide, std::uint32_t checksum, const std::string& signature, std::size_t body) {
    base::ByteBuffer bytes;
    base::ByteWriter writer(bytes);
    const std::size_t directories = wide ? 112 : 96;
    writer.u16(0x5A4D);
    writer.zeros(0x3A);
    writer.u32(0x40);
    writer.u32(0x00004550);
    writer.zeros(20);
    const std::size_t optional_header = writer.size();
    writer.u16(wide ? 0x20B : 0x10B);
    writer.zeros(directories - 2 + 16 * 8);
    writer.patch_u32(optional_header + 64, checksum);
    writer.patch_u32(optional_header + directories - 4, 16);
    writer.zeros(body);
    if (!signature.empty()) {
        writer.patch_u32(optional_header + directories + 32, static_cast<std::uint32_t>(writer.size()));
        writer.patch_u32(optional_header + directories + 36, static_cast<std::uint32_t>(signature.size()));
        writer.bytes(base::as_bytes(signature));
    }
    return std::string(base::as_text(bytes));
}

TEST_F(CatalogTest, ProgramsAreHashedWithoutChecksumAndSignature) {
    for (const bool wide : {false, true}) {
        for (const std::size_t body : {std::size_t{400}, std::size_t{300'000}}) {
            test_support::write_text_file(directory_.path("plain.dll"), program(wide, 0, "", body));
            test_support::write_text_file(directory_.path("signed.dll"), program(wide, 77, std::string(64, 's'), body));
            test_support::write_text_file(directory_.path("longer.dll"), program(wide, 77, std::string(64, 's'), body) + "behind");
            const FileHashes plain = hash(directory_.path("plain.dll")), with_signature = hash(directory_.path("signed.dll"));
            ASSERT_EQ(plain.listed_as.size(), with_signature.listed_as.size());
            EXPECT_NE(plain.sha256, with_signature.sha256);
            EXPECT_EQ(plain.listed_as.back(), with_signature.listed_as.back());
            EXPECT_NE(hash(directory_.path("longer.dll")).listed_as.back(), plain.listed_as.back());
        }
    }
    // The hash is of exactly the bytes that remain.
    const std::string whole = program(true, 5, "", 400);
    const std::size_t checksum = 0x58 + 64, entry = 0x58 + 112 + 32;
    const std::string rest = whole.substr(0, checksum) + whole.substr(checksum + 4, entry - checksum - 4) + whole.substr(entry + 8);
    test_support::write_text_file(directory_.path("p.dll"), whole);
    EXPECT_EQ(hash(directory_.path("p.dll")).listed_as.back(), base::to_hex(test_support::digest_of(base::as_bytes(rest))));
}

TEST_F(CatalogTest, OddProgramsHaveTwoHashes) {
    test_support::write_text_file(directory_.path("odd.dll"), program(true, 0, "", 401));
    test_support::write_text_file(directory_.path("even.dll"), program(true, 0, "", 408));
    const FileHashes odd = hash(directory_.path("odd.dll")), even = hash(directory_.path("even.dll"));
    ASSERT_EQ(odd.listed_as.size(), 3U);
    EXPECT_EQ(odd.listed_as[1], even.listed_as.back());  // filled up with zeros it is the longer one
}

TEST_F(CatalogTest, OtherFilesHaveTheHashOfTheirBytes) {
    const std::string mz = "MZ" + std::string(0x3A, '\0') + "\xFF\xFF\xFF\x7F";
    for (const std::string& content : {std::string(), std::string("text"), mz, std::string("MZ"), program(true, 0, "", 0).substr(0, 120)}) {
        test_support::write_text_file(directory_.path("f"), content);
        const FileHashes hashes = hash(directory_.path("f"), true);
        EXPECT_EQ(hashes.size, content.size());
        EXPECT_EQ(hashes.sha256, base::to_hex(test_support::digest_of(base::as_bytes(content))));
        ASSERT_EQ(hashes.listed_as.size(), 2U);
        EXPECT_EQ(hashes.listed_as[1], base::to_hex(test_support::digest_of(base::as_bytes(content), true)));
    }
    const int descriptor = open(directory_.path("f").c_str(), O_RDONLY | O_CLOEXEC);
    EXPECT_EQ(hash_file(descriptor, 119, false).error().code(), base::Win32::invalid_data);
    EXPECT_TRUE(hash_file(descriptor, 120, false));
    close(descriptor);
}

}  // namespace
}  // namespace server::worker
