// Which certificates of a trust store vouch for a catalogue when names do not tell them apart.
#include "server/worker/certificate_path.h"

#include "base/limits.h"
#include "server/worker/catalog.h"
#include "tests/support/signed_package.h"
#include "tests/unit/storage/temporary_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <ctime>

namespace server::worker {
namespace {

using spooler::PackageSignature;
using test_support::CatalogOptions;
using test_support::Certificate;
using testing::HasSubstr;

// Keys take time: these few are shared by all tests. Certificates of one key belong to one authority.
enum class Key : std::size_t { first, second, third, publisher };
const Certificate& holder(Key key) {
    static const std::array<Certificate, 4> kHolders{Certificate({}), Certificate({}), Certificate({}), Certificate({})};
    return kHolders.at(static_cast<std::size_t>(key));
}

Certificate authority(const std::string& name, Key key, const Certificate* issuer = nullptr) {
    Certificate::Options options;
    options.name = name;
    options.key_of = &holder(key);
    options.issuer = issuer;
    options.authority = true;
    options.usage.clear();
    return Certificate(options);
}

Certificate expired_authority(const std::string& name, Key key) {
    Certificate::Options options;
    options.name = name;
    options.key_of = &holder(key);
    options.authority = true;
    options.usage.clear();
    options.not_before = -864'000;
    options.not_after = -86'400;
    return Certificate(options);
}

Certificate publisher(const Certificate& issuer, const std::string& usage = "codeSigning") {
    Certificate::Options options;
    options.name = "Acme Printing";
    options.key_of = &holder(Key::publisher);
    options.issuer = &issuer;
    options.usage = usage;
    return Certificate(options);
}

class CertificatePathTest : public testing::Test {
 protected:
    using Certificates = std::vector<const Certificate*>;

    // All in one file, in this order.
    TrustStore trust(const Certificates& certificates) {
        std::string text;
        for (const Certificate* certificate : certificates) text += certificate->pem() + "\n";
        test_support::write_text_file(directory_.path("trust.pem"), text);
        auto store = TrustStore::load({directory_.path("trust.pem")}, {});
        EXPECT_TRUE(store) << store.error().to_string();
        return store ? std::move(store).value() : TrustStore();
    }
    static Catalog check(const Certificate& signer, const TrustStore& store, const CatalogOptions& options = {}, std::int64_t later = 0) {
        const auto digest = test_support::digest_of(base::as_bytes("content"));
        return check_catalog(test_support::make_catalog({{"a", digest}}, signer, options), store, {false, std::time(nullptr) + later});
    }
    // Whatever the order of the two in the store.
    void expect_trusted(const Certificate& signer, const Certificate& one, const Certificate& other) {
        for (const Certificates& order : {Certificates{&one, &other}, Certificates{&other, &one}}) {
            const Catalog catalog = check(signer, trust(order));
            EXPECT_EQ(catalog.signature, PackageSignature::trusted) << catalog.detail;
        }
    }

    storage::TemporaryDirectory directory_;
};

TEST_F(CertificatePathTest, TwoAuthoritiesOfDifferentNames) {
    const Certificate one = authority("One", Key::first), other = authority("Other", Key::second);
    expect_trusted(publisher(one), one, other);
    expect_trusted(publisher(other), one, other);
}

TEST_F(CertificatePathTest, TwoAuthoritiesOfTheSameName) {
    const Certificate one = authority("Acme Root", Key::first), other = authority("Acme Root", Key::second);
    expect_trusted(publisher(one), one, other);
    expect_trusted(publisher(other), one, other);
    // The name alone vouches for nothing.
    EXPECT_EQ(check(publisher(other), trust({&one})).signature, PackageSignature::untrusted);
    const Certificate third = authority("Acme Root", Key::third);
    EXPECT_EQ(check(publisher(third), trust({&one, &other})).signature, PackageSignature::untrusted);
}

TEST_F(CertificatePathTest, SameNameInSeparateFilesAndDirectories) {
    const Certificate one = authority("Acme Root", Key::first), other = authority("Acme Root", Key::second);
    const Certificate third = authority("Acme Root", Key::third);
    test_support::write_text_file(directory_.path("one.pem"), one.pem());
    test_support::write_text_file(directory_.path("store/a.pem"), other.pem());
    test_support::write_text_file(directory_.path("store/B.CER"), third.pem());
    const auto store = TrustStore::load({directory_.path("one.pem")}, {directory_.path("store")});
    ASSERT_TRUE(store) << store.error().to_string();
    for (const Certificate* issuer : {&one, &other, &third}) {
        const Catalog catalog = check(publisher(*issuer), *store);
        EXPECT_EQ(catalog.signature, PackageSignature::trusted) << catalog.detail;
    }
}

TEST_F(CertificatePathTest, RenewedAuthority) {
    const Certificate old = expired_authority("Root", Key::first);
    const Certificate renewed = authority("Root", Key::first);
    const Certificate rekeyed = authority("Root", Key::second);
    expect_trusted(publisher(old), old, renewed);
    expect_trusted(publisher(rekeyed), renewed, rekeyed);
    expect_trusted(publisher(renewed), renewed, rekeyed);
    const Catalog catalog = check(publisher(old), trust({&old, &rekeyed}));
    EXPECT_EQ(catalog.signature, PackageSignature::untrusted);
    EXPECT_THAT(catalog.detail, HasSubstr("expired"));
}

// The message brings two certificates of one authority, by a root that is trusted here and by one that is not.
TEST_F(CertificatePathTest, CrossSignedAuthority) {
    const Certificate known = authority("Known root", Key::first), foreign = authority("Foreign root", Key::second);
    const Certificate by_known = authority("Issuing", Key::third, &known);
    const Certificate by_foreign = authority("Issuing", Key::third, &foreign);
    const Certificate signer = publisher(by_known);
    for (const Certificates& chain : {Certificates{&by_known, &by_foreign}, {&by_foreign, &by_known}, {&by_foreign, &foreign, &by_known}}) {
        CatalogOptions options;
        options.chain = chain;
        const Catalog catalog = check(signer, trust({&known}), options);
        EXPECT_EQ(catalog.signature, PackageSignature::trusted) << catalog.detail;
        EXPECT_EQ(check(signer, trust({&foreign}), options).signature, PackageSignature::trusted);
        EXPECT_EQ(check(signer, trust({&known, &foreign}), options).signature, PackageSignature::trusted);
    }
    CatalogOptions options;
    options.chain = {&by_foreign, &foreign};
    EXPECT_EQ(check(signer, trust({&known}), options).signature, PackageSignature::untrusted);
}

// A root that signs itself and is certified by a trusted one as well, as Microsoft did with the roots of code signing authorities.
TEST_F(CertificatePathTest, CrossSignedRoot) {
    const Certificate known = authority("Known root", Key::first);
    const Certificate root = authority("Vendor root", Key::second);
    const Certificate crossed = authority("Vendor root", Key::second, &known);
    const Certificate issuing = authority("Issuing", Key::third, &root);
    for (const Certificates& chain : {Certificates{&issuing, &root, &crossed}, {&crossed, &root, &issuing}}) {
        CatalogOptions options;
        options.chain = chain;
        const Catalog catalog = check(publisher(issuing), trust({&known}), options);
        EXPECT_EQ(catalog.signature, PackageSignature::trusted) << catalog.detail;
    }
}

TEST_F(CertificatePathTest, TimeStampsOfAuthoritiesWithTheSameName) {
    const Certificate one = authority("Acme Root", Key::first), other = authority("Acme Root", Key::second);
    for (const Certificate* stamping : {&one, &other}) {
        const Certificate stamper = publisher(*stamping, "timeStamping");
        CatalogOptions options;
        options.time_stamp = &stamper;
        const Catalog catalog = check(publisher(other), trust({&one, &other}), options, 365 * 86'400);
        EXPECT_EQ(catalog.signature, PackageSignature::trusted) << catalog.detail;
    }
}

// Authorities that certify each other lay more ways than anybody can walk.
TEST_F(CertificatePathTest, ManyWaysEnd) {
    const Certificate root = authority("Root", Key::first), known = authority("Known", Key::second);
    std::vector<Certificate> crossed;
    for (int i = 0; i < 10; ++i) crossed.push_back(authority("Root", Key::first, &root));
    const Certificate signer = publisher(root);
    CatalogOptions options;
    for (const Certificate& certificate : crossed) options.chain.push_back(&certificate);
    EXPECT_EQ(check(signer, trust({&known}), options).signature, PackageSignature::untrusted);
    EXPECT_EQ(check(signer, trust({&root}), options).signature, PackageSignature::trusted);

    // The signer's own certificate counts as well.
    options.chain.assign(base::limits::kMaxSignatureCertificates - 1, &root);
    EXPECT_EQ(check(signer, trust({&root}), options).signature, PackageSignature::trusted);
    options.chain.push_back(&root);
    const Catalog catalog = check(signer, trust({&root}), options);
    EXPECT_EQ(catalog.signature, PackageSignature::untrusted);
    EXPECT_THAT(catalog.detail, HasSubstr("too many certificates"));
}

TEST_F(CertificatePathTest, DamagedCertificateInATrustFileIsAnError) {
    const Certificate one = authority("One", Key::first), other = authority("Other", Key::second);
    std::string damaged = one.pem();
    damaged.replace(damaged.find('\n') + 1, 4, "!!!!");
    test_support::write_text_file(directory_.path("trust.pem"), one.pem() + damaged + other.pem());
    const auto store = TrustStore::load({directory_.path("trust.pem")}, {});
    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().code(), base::Win32::invalid_data);
    EXPECT_THAT(store.error().text(), HasSubstr("trust.pem: certificate 2 is damaged"));
}

}  // namespace
}  // namespace server::worker
