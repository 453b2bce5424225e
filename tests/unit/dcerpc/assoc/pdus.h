// Client PDUs made by hand, so that the server is not tested with its own fragment cutter alone; and a reader for what it answers.
#pragma once

#include "dcerpc/pdu/bind.h"
#include "dcerpc/pdu/fault.h"
#include "dcerpc/pdu/request.h"
#include "fakes.h"

namespace dcerpc::test {

// How a PDU is signed.
struct Auth {
    std::uint8_t type = kAuthTypeNtlm;
    std::uint8_t level = 6;
    std::uint32_t id = 1;
    bool header_signing = false;
};

struct BindOptions {
    std::uint32_t call_id = 1;
    std::uint8_t flags = pfc::kFirst | pfc::kLast;
    std::uint16_t max_xmit = 5840, max_recv = 5840;
    std::uint32_t group_id = 0;
    std::vector<ContextElement> contexts = {{0, kParSyntax, {kNdr64}}};
    std::optional<Auth> auth;
    std::string token = "hello";
    base::ByteOrder order = base::ByteOrder::little;
};
base::ByteBuffer bind(const BindOptions& options);
base::ByteBuffer alter_context(const BindOptions& options);
base::ByteBuffer auth3(const Auth& auth, std::string_view token, std::uint32_t call_id = 1);

struct RequestOptions {
    std::uint32_t call_id = 2;
    std::uint16_t context_id = 0;
    std::uint16_t opnum = 0;
    std::uint8_t flags = pfc::kFirst | pfc::kLast;
    std::uint32_t alloc_hint = 0;
    std::optional<base::Guid> object;
    base::ByteOrder order = base::ByteOrder::little;
    std::optional<Auth> auth;
    SecurityContext* signer = nullptr;                                             // client side, complete; null: zeros as token
};
base::ByteBuffer request(const RequestOptions& options, base::ByteView stub);
base::ByteBuffer control(PduType type, std::uint32_t call_id);

// One PDU of the server.
struct Sent {
    PduHeader header;
    base::ByteBuffer bytes;
    [[nodiscard]] bool is(PduType type) const { return header.is(type); }
    [[nodiscard]] BindAckPdu ack() const;
    [[nodiscard]] std::string ack_token() const;                                   // text of the auth_value
    [[nodiscard]] NakReason nak() const;
    [[nodiscard]] FaultPdu fault() const;
    [[nodiscard]] base::ByteBuffer stub() const;                                   // of an unprotected response
};
// Cuts output into PDUs; fails the test when it is not a sequence of whole ones.
std::vector<Sent> cut(base::ByteView output);

}  // namespace dcerpc::test
