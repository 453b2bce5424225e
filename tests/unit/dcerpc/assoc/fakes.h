// A security package, interfaces and settings for tests of the associations: everything readable, nothing random but group ids.
#pragma once

#include "dcerpc/assoc/association.h"
#include "dcerpc/assoc/client_association.h"
#include "dcerpc/server/call.h"

namespace dcerpc::test {

inline constexpr SyntaxId kParSyntax{{0x76f03f96, 0xcdfd, 0x44fc, {0xa2, 0x2c, 0x64, 0x95, 0x0a, 0x00, 0x12, 0x09}}, 1, 0};
inline constexpr SyntaxId kEpmSyntax{{0xe1af8308, 0x5d1f, 0x11c9, {0x91, 0xa4, 0x08, 0x00, 0x2b, 0x14, 0xa0, 0xfa}}, 3, 0};
inline constexpr SyntaxId kUnservedSyntax{{0x12345678, 0, 0, {}}, 1, 0};

// Tokens are words: hello → challenge → proof:NAME (→ done, when the package has an even number of legs). Protection XORs the body
// with bytes that depend on the sequence number and signs with a plain hash over everything: any change or reordering shows.
class FakeContext : public SecurityContext {
 public:
    enum class Legs : std::uint8_t { three, four };
    static std::unique_ptr<FakeContext> acceptor(Legs legs);
    static std::unique_ptr<FakeContext> initiator(Legs legs, std::string user = "alice");

    AuthStep step(base::ByteView token) override;
    [[nodiscard]] bool complete() const override { return complete_; }
    [[nodiscard]] base::TokenPtr identity() const override;
    [[nodiscard]] std::string_view mechanism() const override { return "fake"; }
    [[nodiscard]] std::size_t signature_size(Protection /*protection*/) const override { return 16; }
    base::Result<void> protect(Protection protection, const ProtectedParts& parts, base::MutableByteView signature) override;
    base::Result<void> unprotect(Protection protection, const ProtectedParts& parts, base::ByteView signature) override;
    // Completes without any tokens: for PDUs made by hand.
    void force_complete() { complete_ = true; }

 private:
    FakeContext(bool acceptor, Legs legs, std::string user) : acceptor_(acceptor), legs_(legs), user_(std::move(user)) {}
    AuthStep accept(std::string_view word);
    AuthStep initiate(std::string_view word);

    bool acceptor_;
    Legs legs_;
    std::string user_;
    bool complete_ = false;
    std::uint32_t sent_ = 0, received_ = 0;
};

// Type 9: four legs. Type 10: three legs. Other types: none.
class FakeSecurity : public SecurityContextFactory {
 public:
    std::unique_ptr<SecurityContext> make(std::uint8_t auth_type, std::uint8_t auth_level) override;
};

// IRemoteWinspool (kParSyntax) at level privacy, the endpoint mapper (kEpmSyntax) for everyone.
class FakeInterfaces : public InterfaceDirectory {
 public:
    [[nodiscard]] std::optional<ServedInterface> find(const SyntaxId& abstract_syntax) const override;
    static const Interface* par();
    static const Interface* epm();
    std::uint8_t par_level = 6;
};

std::shared_ptr<const Caller> anonymous_caller(std::string peer = "192.0.2.7");

// All that an association borrows.
struct Surroundings {
    FakeInterfaces interfaces;
    FakeSecurity security;
    GroupDirectory groups;
    [[nodiscard]] AssociationSettings settings();
};

base::ByteBuffer bytes_of(std::string_view text);
// `size` bytes that differ from each other.
base::ByteBuffer pattern(std::size_t size, unsigned seed = 1);

}  // namespace dcerpc::test
