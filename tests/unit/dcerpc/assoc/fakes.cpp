#include "fakes.h"

namespace dcerpc::test {
namespace {

std::uint64_t mix(std::uint64_t hash, base::ByteView bytes) {
    for (const std::byte octet : bytes) hash = (hash ^ std::to_integer<std::uint64_t>(octet)) * 0x100000001b3ULL;
    return (hash ^ bytes.size()) * 0x100000001b3ULL;
}

void sign(Protection protection, const ProtectedParts& parts, std::uint32_t sequence, bool from_server, base::MutableByteView out) {
    std::uint64_t hash = 0xcbf29ce484222325ULL ^ sequence ^ (from_server ? 0x8000000000ULL : 0) ^
                         (protection == Protection::privacy ? 0x4000000000ULL : 0);
    hash = mix(mix(mix(hash, parts.header), parts.body), parts.trailer);
    for (std::size_t i = 0; i < 16; ++i) out[i] = static_cast<std::byte>((hash >> (8 * (i % 8))) & 0xFF);
}

void apply_stream(base::MutableByteView body, std::uint32_t sequence) {
    for (std::size_t i = 0; i < body.size(); ++i) body[i] ^= static_cast<std::byte>((sequence * 31 + i * 7 + 0x5a) & 0xFF);
}

AuthStep answer(AuthState state, std::string_view word) {
    AuthStep step;
    step.state = state;
    step.token = bytes_of(word);
    return step;
}

}  // namespace

std::unique_ptr<FakeContext> FakeContext::acceptor(Legs legs) { return std::unique_ptr<FakeContext>(new FakeContext(true, legs, "")); }
std::unique_ptr<FakeContext> FakeContext::initiator(Legs legs, std::string user) {
    return std::unique_ptr<FakeContext>(new FakeContext(false, legs, std::move(user)));
}

AuthStep FakeContext::step(base::ByteView token) { return acceptor_ ? accept(base::as_text(token)) : initiate(base::as_text(token)); }

AuthStep FakeContext::accept(std::string_view word) {
    if (word == "hello") return answer(AuthState::more, "challenge");
    AuthStep step = answer(AuthState::failed, "");
    step.workstation = "CLIENT";
    step.user = word.starts_with("proof:") ? std::string(word.substr(6)) : "";
    step.reason = "wrong password";
    if (!word.starts_with("proof:") || word == "proof:mallory") return step;
    user_ = step.user;
    complete_ = true;
    step.state = AuthState::complete;
    step.reason.clear();
    if (legs_ == Legs::four) step.token = bytes_of("done");
    return step;
}

AuthStep FakeContext::initiate(std::string_view word) {
    if (word.empty()) return answer(AuthState::more, "hello");
    if (word == "challenge") {
        complete_ = legs_ == Legs::three;
        return answer(complete_ ? AuthState::complete : AuthState::more, "proof:" + user_);
    }
    complete_ = word == "done";
    return answer(complete_ ? AuthState::complete : AuthState::failed, "");
}

base::TokenPtr FakeContext::identity() const {
    if (!complete_ || !acceptor_) return nullptr;
    auto token = std::make_shared<base::Token>();
    token->user = user_;
    token->anonymous = user_ == "nobody";
    return token;
}

base::Result<void> FakeContext::protect(Protection protection, const ProtectedParts& parts, base::MutableByteView signature) {
    if (!complete_) return base::Error(base::Win32::access_denied, "not complete");
    sign(protection, parts, sent_, acceptor_, signature);
    if (protection == Protection::privacy) apply_stream(parts.body, sent_);
    ++sent_;
    return {};
}

base::Result<void> FakeContext::unprotect(Protection protection, const ProtectedParts& parts, base::ByteView signature) {
    if (!complete_ || signature.size() != 16) return base::Error(base::Win32::access_denied, "not complete, or no signature");
    if (protection == Protection::privacy) apply_stream(parts.body, received_);
    std::array<std::byte, 16> expected{};
    sign(protection, parts, received_, !acceptor_, expected);
    ++received_;
    if (!std::equal(expected.begin(), expected.end(), signature.begin())) return base::Error(base::Win32::access_denied, "bad signature");
    return {};
}

std::unique_ptr<SecurityContext> FakeSecurity::make(std::uint8_t auth_type, std::uint8_t auth_level) {
    if (auth_level < 2 || auth_level > 6) return nullptr;
    if (auth_type == kAuthTypeSpnego) return FakeContext::acceptor(FakeContext::Legs::four);
    if (auth_type == kAuthTypeNtlm) return FakeContext::acceptor(FakeContext::Legs::three);
    return nullptr;
}

const Interface* FakeInterfaces::par() {
    static const Interface interface{kParSyntax, "IRemoteWinspool", {}};
    return &interface;
}
const Interface* FakeInterfaces::epm() {
    static const Interface interface{kEpmSyntax, "epm", {}};
    return &interface;
}

std::optional<ServedInterface> FakeInterfaces::find(const SyntaxId& abstract_syntax) const {
    if (abstract_syntax == kParSyntax) return ServedInterface{par(), "IRemoteWinspool", par_level};
    if (abstract_syntax == kEpmSyntax) return ServedInterface{epm(), "epm", kAuthLevelNone};
    return std::nullopt;
}

std::shared_ptr<const Caller> anonymous_caller(std::string peer) {
    auto token = std::make_shared<base::Token>();
    token->anonymous = true;
    token->user = "anonymous";
    auto caller = std::make_shared<Caller>();
    caller->token = std::move(token);
    caller->peer_address = std::move(peer);
    return caller;
}

AssociationSettings Surroundings::settings() {
    AssociationSettings settings;
    settings.interfaces = &interfaces;
    settings.security = &security;
    settings.groups = &groups;
    settings.anonymous = anonymous_caller();
    settings.secondary_address = "49152";
    return settings;
}

base::ByteBuffer bytes_of(std::string_view text) {
    const base::ByteView view = base::as_bytes(text);
    return {view.begin(), view.end()};
}

base::ByteBuffer pattern(std::size_t size, unsigned seed) {
    base::ByteBuffer bytes(size);
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>((i * 17 + (i >> 8U) * 3 + seed) & 0xFFU);
    return bytes;
}

}  // namespace dcerpc::test
