// Inside of ClientAssociation; shared by client_association.cpp (stream, calls) and client_negotiation.cpp (bind, legs).
#pragma once

#include "dcerpc/assoc/client_association.h"
#include "dcerpc/assoc/fragmenter.h"
#include "dcerpc/assoc/reassembly.h"
#include "dcerpc/assoc/security_table.h"
#include "dcerpc/pdu/bind.h"
#include "dcerpc/pdu/frame_reader.h"

#include <deque>
#include <unordered_map>

namespace dcerpc {

struct ClientAssociation::State {
    struct Accepted {
        SyntaxId abstract_syntax;
        SyntaxId transfer_syntax;
    };
    struct PendingCall {
        SlotPtr slot;
        std::uint16_t context_id = 0;
        bool begun = false;                                                        // the first response fragment is here
        bool orphaned = false;
        Reassembly stub;
    };
    // The exchange under way.
    struct Negotiation {
        BindPdu offer;                                                             // repeated in every leg
        SlotPtr slot;                                                              // null without authentication
        Negotiated result;
        std::uint32_t call_id = 0;
    };
    using Outgoing = std::variant<base::ByteBuffer, Fragmenter>;

    explicit State(ClientSettings with);

    // client_association.cpp
    void take_apart();
    void on_pdu(const PduHeader& header, base::MutableByteView pdu);
    void on_response(const PduHeader& header, base::MutableByteView pdu);
    void on_fault(const PduHeader& header, base::MutableByteView pdu);
    // The stub part of a response fragment; nothing (and broken) when it does not verify.
    [[nodiscard]] std::optional<base::ByteView> open_response(const PendingCall& call, const PduHeader& header, base::MutableByteView pdu);
    void send_control(PduType type, std::uint32_t call_id, const SlotPtr& slot);
    void send_pdu(const base::ByteBuffer& pdu);
    void broken(std::string reason);

    // client_negotiation.cpp
    void send_leg(const base::ByteBuffer& token);
    void send_auth3(const base::ByteBuffer& token);
    void on_bind_ack(const PduHeader& header, base::MutableByteView pdu);
    void on_bind_nak(const PduHeader& header, base::MutableByteView pdu);
    void take_answers(const BindAckPdu& ack);
    void next_leg(base::ByteView token);
    void negotiated();
    void negotiation_failed(NegotiationFailed event);

    ClientSettings settings;
    FrameReader frames;
    std::vector<ClientEvent> events;
    bool bound = false, dead = false;
    bool conc_mpx = false, header_signing = false, offered_header_signing = false;
    std::uint16_t features = 0;
    std::uint32_t group_id = 0;
    std::string secondary_address;
    std::uint16_t max_xmit, max_recv;
    std::uint16_t next_context_id = 0;
    std::uint32_t next_call_id = 1;
    std::unordered_map<std::uint16_t, Accepted> contexts;
    SecurityTable security;
    SlotPtr last_slot;
    std::optional<Negotiation> negotiation;
    std::unordered_map<std::uint32_t, PendingCall> calls;
    std::deque<Outgoing> output;
};

}  // namespace dcerpc
