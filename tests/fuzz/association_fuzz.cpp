// libFuzzer target: whole associations. The first byte chooses who is attacked, the rest are records of one byte of kind and what
// the kind needs; see the enums. Stops at every broken rule, not only at broken memory.
#include "dcerpc/assoc/association.h"
#include "dcerpc/assoc/client_association.h"
#include "dcerpc/pdu/auth_trailer.h"
#include "dcerpc/pdu/bind.h"
#include "dcerpc/pdu/fault.h"
#include "dcerpc/pdu/request.h"
#include "dcerpc/pdu/verification.h"
#include "dcerpc/server/call.h"
#include "fuzz_auth.h"

#include <algorithm>
#include <set>

namespace dcerpc::auth_test {
namespace {

enum Mode : std::uint8_t {
    kServerWithNtlm = 0,   // a hostile client against the real acceptors
    kServerWide = 1,       // the same behind a package that lets everything through: what an authenticated client can do
    kClient = 2,           // a hostile server against the client association
    kTamper = 3,           // an honest client with NTLM; somebody on the way damages its bytes
    kParsers = 4,          // the PDU parsers on a block of exactly the size of the input
};

enum Record : std::uint8_t { kDeliver, kReply, kFault, kOutput };                  // modulo 4

constexpr SyntaxId kPrivate{{0x76f03f96, 0xcdfd, 0x44fc, {0xa2, 0x2c, 0x64, 0x95, 0x0a, 0x00, 0x12, 0x09}}, 1, 0};
constexpr SyntaxId kPublic{{0xe1af8308, 0x5d1f, 0x11c9, {0x91, 0xa4, 0x08, 0x00, 0x2b, 0x14, 0xa0, 0xfa}}, 3, 0};

void demand(bool holds) {
    if (!holds) std::abort();
}

// Completes with any token, finds any signature right that does not begin with zero.
class WideContext final : public SecurityContext {
 public:
    explicit WideContext(bool more) : more_(more) {}
    AuthStep step(base::ByteView token) override {
        AuthStep step;
        if (token.empty() || complete_) return step;
        step.state = more_ ? AuthState::more : AuthState::complete;
        if (more_) step.token.resize(4);
        complete_ = !more_;
        more_ = false;
        return step;
    }
    [[nodiscard]] bool complete() const override { return complete_; }
    [[nodiscard]] base::TokenPtr identity() const override {
        static const auto token = std::make_shared<const base::Token>();
        return complete_ ? token : nullptr;
    }
    [[nodiscard]] std::string_view mechanism() const override { return "wide"; }
    [[nodiscard]] std::size_t signature_size(Protection /*protection*/) const override { return 16; }
    base::Result<void> protect(Protection /*protection*/, const ProtectedParts& parts, base::MutableByteView signature) override {
        demand(signature.size() == 16);
        for (std::byte& octet : parts.body) octet ^= std::byte{0x5a};
        return {};
    }
    base::Result<void> unprotect(Protection /*protection*/, const ProtectedParts& parts, base::ByteView signature) override {
        for (std::byte& octet : parts.body) octet ^= std::byte{0};                 // touches all of it
        if (signature.empty() || signature[0] == std::byte{0}) return base::Error(base::Win32::access_denied);
        return {};
    }

 private:
    bool more_, complete_ = false;
};

class Factory final : public SecurityContextFactory {
 public:
    explicit Factory(bool wide) : wide_(wide) {}
    std::unique_ptr<SecurityContext> make(std::uint8_t auth_type, std::uint8_t auth_level) override {
        if (wide_) return std::make_unique<WideContext>(auth_type == kAuthTypeSpnego);
        return make_acceptor(world_.settings, auth_type, auth_level);
    }

 private:
    bool wide_;
    FuzzWorld world_;
};

class Interfaces final : public InterfaceDirectory {
 public:
    [[nodiscard]] std::optional<ServedInterface> find(const SyntaxId& abstract_syntax) const override {
        static const Interface secret{kPrivate, "private", {}}, open{kPublic, "public", {}};
        if (abstract_syntax == kPrivate) return ServedInterface{&secret, "private", 6};
        if (abstract_syntax == kPublic) return ServedInterface{&open, "public", 1};
        return std::nullopt;
    }
};

std::shared_ptr<const Caller> stranger() {
    auto caller = std::make_shared<Caller>();
    caller->token = anonymous_token();
    return caller;
}

// A server association with what must hold of it.
class Server {
 public:
    explicit Server(bool wide) : factory_(wide) {
        AssociationSettings settings;
        settings.interfaces = &interfaces_;
        settings.security = &factory_;
        settings.groups = &groups_;
        settings.anonymous = stranger();
        settings.secondary_address = "135";
        settings.max_stub_bytes = 256U << 10U;
        association.emplace(std::move(settings));
    }
    ~Server() {
        if (const GroupPtr group = association->group()) demand(groups_.leave(group));
        demand(groups_.size() == 0);
    }

    void look() {
        for (const Action& action : association->take_actions()) {
            if (const auto* call = std::get_if<StartCall>(&action)) check(*call);
            if (std::holds_alternative<CloseConnection>(action)) closed_ = true;
        }
    }
    base::ByteBuffer output(std::size_t budget) {
        base::ByteBuffer bytes;
        association->next_output(bytes, budget);
        for (base::ByteView rest = bytes; !rest.empty();) {
            const auto header = read_header(rest);
            demand(header && header->frag_length >= kPduHeaderBytes && header->frag_length <= rest.size());
            demand(header->auth_length == 0 || header->auth_length + kSecTrailerBytes + kPduHeaderBytes <= header->frag_length);
            rest = rest.subspan(header->frag_length);
        }
        return bytes;
    }
    void answer(bool well, std::size_t size) {
        if (running_.empty()) return;
        const std::uint32_t id = *running_.begin();
        running_.erase(running_.begin());
        (void)(well ? association->reply(id, base::ByteBuffer(size)) : association->fault(id, static_cast<std::uint32_t>(size)));
        look();
    }

    std::optional<Association> association;
    std::vector<StartCall> calls;

 private:
    void check(const StartCall& call) {
        demand(!closed_);
        demand(running_.insert(call.call_id).second);
        demand(call.interface != nullptr && call.caller && call.caller->token);
        demand(call.stub.size() <= (256U << 10U));
        if (call.interface->id == kPrivate) demand(call.caller->auth_level == 6 && !call.caller->token->anonymous);
        calls.push_back(call);
    }

    Interfaces interfaces_;
    Factory factory_;
    GroupDirectory groups_;
    std::set<std::uint32_t> running_;
    bool closed_ = false;
};

void attack_server(base::ByteReader& reader, bool wide) {
    Server server(wide);
    while (reader.ok() && reader.remaining() > 0 && !server.association->closing()) {
        const auto kind = static_cast<Record>(reader.u8() % 4U);
        const std::size_t number = reader.u16();
        if (kind == kDeliver) {
            server.association->receive(reader.view(std::min(number, reader.remaining())));
            server.look();
        } else if (kind == kOutput) {
            (void)server.output(number);
        } else {
            server.answer(kind == kReply, number);
        }
        demand(server.association->calls_in_flight() <= base::limits::kMaxCallsPerConnection);
    }
    (void)server.output(static_cast<std::size_t>(-1));
}

void attack_client(base::ByteReader& reader) {
    ClientSettings settings;
    settings.max_reply_bytes = 256U << 10U;
    ClientAssociation client(settings);
    ClientSecurity security;
    if ((reader.u8() & 1U) != 0) {
        static FuzzWorld world;
        security.context = make_initiator(world.credentials, world.clock, kAuthTypeSpnego, 6, "host/fuzz");
        security.auth_type = kAuthTypeSpnego;
        security.auth_level = 6;
    }
    (void)client.negotiate(kPrivate, OfferedSyntaxes::both, std::move(security));
    while (reader.ok() && reader.remaining() > 0) {
        const auto kind = static_cast<Record>(reader.u8() % 4U);
        const std::size_t number = reader.u16();
        base::ByteBuffer output;
        if (kind == kDeliver) client.receive(reader.view(std::min(number, reader.remaining())));
        if (kind == kReply) (void)client.request({static_cast<std::uint16_t>(number % 4U), 1, {}, base::ByteBuffer(number), {}});
        if (kind == kFault) client.orphan(static_cast<std::uint32_t>(number));
        if (kind == kOutput) client.cancel(static_cast<std::uint32_t>(number));
        client.next_output(output, 1U << 16U);
        for (const ClientEvent& event : client.take_events()) {
            if (const auto* response = std::get_if<ResponseReceived>(&event)) demand(response->stub.size() <= (256U << 10U));
        }
    }
}

// Records: byte offset in the client's stream (16 bits), mask. Whatever they do, a call that starts is the call that was made.
void tamper(base::ByteReader& reader) {
    static FuzzWorld world;
    const auto type = (reader.u8() & 1U) != 0 ? kAuthTypeSpnego : kAuthTypeNtlm;
    std::vector<std::pair<std::size_t, std::byte>> marks;
    while (reader.remaining() >= 3 && marks.size() < 8) {
        const std::size_t at = reader.u16();
        marks.emplace_back(at, static_cast<std::byte>(reader.u8()));
    }
    Server server(false);
    ClientAssociation client({});
    ClientSecurity security;
    security.context = make_initiator(world.credentials, world.clock, type, 6, "host/fuzz");
    security.auth_type = type;
    security.auth_level = 6;
    if (!client.negotiate(kPrivate, OfferedSyntaxes::ndr64, std::move(security))) return;
    const base::ByteBuffer stub(100, std::byte{0x42});
    std::size_t sent = 0;
    for (int turn = 0; turn < 6; ++turn) {
        base::ByteBuffer bytes;
        client.next_output(bytes, 1U << 20U);
        for (const auto& [at, mask] : marks) {
            if (at >= sent && at - sent < bytes.size()) bytes[at - sent] ^= mask;
        }
        sent += bytes.size();
        server.association->receive(bytes);
        server.look();
        client.receive(server.output(1U << 20U));
        for (const ClientEvent& event : client.take_events()) {
            if (std::holds_alternative<Negotiated>(event)) (void)client.request({0, 7, {}, stub, {}});
        }
    }
    for (const StartCall& call : server.calls) {
        if (call.caller->auth_level == 6) demand(call.stub == stub && call.opnum == 7);
    }
}

void parse(base::ByteReader& reader) {
    const base::ByteView rest = reader.view(reader.remaining());
    base::ByteBuffer exact(rest.begin(), rest.end());
    exact.shrink_to_fit();
    const auto header = read_header(exact);
    if (!header) return;
    (void)parse_bind(exact, header->order());
    (void)parse_bind_ack(exact, header->order());
    (void)parse_bind_nak(exact, header->order());
    (void)parse_response(*header, exact);
    (void)parse_fault(*header, exact);
    const auto request = parse_request(*header, exact);
    if (const auto trailer = read_auth_trailer(*header, exact, request ? request->stub_offset : kPduHeaderBytes)) {
        demand(trailer->offset + kSecTrailerBytes + header->auth_length == exact.size());
    }
    const auto verified = check_verification_trailer(exact, {});
    demand(verified.stub_size <= exact.size());
}

}  // namespace
}  // namespace dcerpc::auth_test

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    namespace fuzz = dcerpc::auth_test;
    base::ByteReader reader(std::as_bytes(std::span(data, size)));
    switch (reader.u8() % 5U) {
        case fuzz::kServerWithNtlm: fuzz::attack_server(reader, false); break;
        case fuzz::kServerWide: fuzz::attack_server(reader, true); break;
        case fuzz::kClient: fuzz::attack_client(reader); break;
        case fuzz::kTamper: fuzz::tamper(reader); break;
        default: fuzz::parse(reader); break;
    }
    return 0;
}
