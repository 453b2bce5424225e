// Inside of Association; shared by its three .cpp files only (association: stream and output, association_bind: negotiation,
// association_request: calls).
#pragma once

#include "dcerpc/assoc/association.h"
#include "dcerpc/assoc/fragmenter.h"
#include "dcerpc/assoc/presentation.h"
#include "dcerpc/assoc/reassembly.h"
#include "dcerpc/assoc/security_table.h"
#include "dcerpc/fault.h"
#include "dcerpc/pdu/frame_reader.h"
#include "dcerpc/pdu/request.h"
#include "dcerpc/server/call.h"

#include <deque>
#include <unordered_map>
#include <variant>

namespace dcerpc {

// The request whose fragments are arriving.
struct IncomingRequest {
    PduHeader first;                                                           // header of the first fragment
    RequestPdu request;
    SlotPtr slot;                                                              // null: unauthenticated
    bool swallow = false;                                                      // answered with a fault already
    bool cancelled = false;
    Reassembly stub;
};

struct Association::State {
    // A received PDU.
    struct Received {
        PduHeader header;
        base::MutableByteView pdu;
    };
    // A call without an answer.
    struct ActiveCall {
        std::uint16_t context_id = 0;
        SlotPtr slot;
        std::size_t stub_bytes = 0;
        bool started = false;                                                      // StartCall was emitted
        bool orphaned = false;
        bool cancelled = false;
    };
    using Outgoing = std::variant<base::ByteBuffer, Fragmenter>;

    explicit State(AssociationSettings with);
    ~State();

    // association.cpp
    void take_apart();
    void on_pdu(const Received& in);
    void on_broken_stream(const FrameReader::Frame& frame);
    void send_pdu(const base::ByteBuffer& pdu);
    void send_fault(std::uint32_t call_id, std::uint16_t context_id, std::uint32_t status, Execution execution);
    void send_reply(std::uint32_t call_id, const ActiveCall& call, base::ByteBuffer stub);
    void finish_call(std::uint32_t call_id);
    void log(LogEvent::Kind kind, std::string text, const SecuritySlot* slot = nullptr);
    void close(std::string reason);
    // Fault 0x1C01000B with did-not-execute, log, close.
    void protocol_error(const PduHeader& header, std::string text);
    void drop_unsent(std::uint32_t call_id);
    // What this connection holds beyond its free share, with `more` bytes added.
    [[nodiscard]] std::size_t excess(std::size_t more = 0) const;
    [[nodiscard]] bool affords(std::size_t more) const;
    // Tells the budget; after anything that may have changed excess().
    void charge();

    // association_bind.cpp
    void on_bind(const Received& in);
    void on_alter_context(const Received& in);
    void on_auth3(const Received& in);
    void reject_bind(const PduHeader& header, NakReason reason, std::string text);
    struct Leg {
        bool ok = true;
        NakReason nak = NakReason::invalid_checksum;
        std::uint32_t status = 0;
        std::string text;
        SlotPtr slot;                                                              // null: PDU without authentication
        base::ByteBuffer token;                                                    // for the acknowledgement
    };
    [[nodiscard]] Leg security_leg(const Received& in, const AuthTrailer& trailer);
    [[nodiscard]] Leg new_slot(const AuthTrailer& trailer, const PduHeader& header);
    // False when the context failed; the slot says so, the log too.
    bool step(SecuritySlot& slot, base::ByteView token, base::ByteBuffer& answer);
    bool complete(SecuritySlot& slot, const AuthStep& outcome);
    void acknowledge(const PduHeader& header, PduType type, const BindPdu& bind, const Leg& leg);
    void agree_sizes(const BindPdu& bind);
    void log_contexts(const BindPdu& bind, const PresentationTable::Outcome& outcome, const Leg& leg);

    // association_request.cpp
    void on_request(const Received& in);
    void on_cancel(const Received& in);
    void on_orphaned(const Received& in);
    struct Opened {
        bool ok = false;                                                           // false: answered or closed already
        bool refused = false;                                                      // answered with a fault; further fragments to be swallowed
        SlotPtr slot;
        base::ByteView body;
    };
    [[nodiscard]] Opened open_request(const Received& in, const RequestPdu& request);
    [[nodiscard]] Opened open_unauthenticated(const Received& in, const RequestPdu& request);
    // Verifies a trailer of a PDU without body. False: closed.
    bool open_control(const Received& in);
    void begin_request(const Received& in, const RequestPdu& request, const Opened& opened);
    [[nodiscard]] bool continues(const Received& in, const RequestPdu& request, const SlotPtr& slot) const;
    void on_stray_fragment(const Received& in);
    // The fault for a request that must not run, none if it may.
    [[nodiscard]] Fault admission(const RequestPdu& request, const SlotPtr& slot, std::string& why) const;
    void refuse_request(const PduHeader& header, std::uint16_t context_id, Fault fault);
    void add_body(base::ByteView body, bool last);
    void finish_request();
    void dispatch(StartCall call);
    [[nodiscard]] std::shared_ptr<const Caller> caller_of(const SlotPtr& slot) const;
    [[nodiscard]] std::size_t stub_limit(const SlotPtr& slot) const;

    AssociationSettings settings;
    FrameReader frames;
    Actions actions;
    PresentationTable contexts;
    SecurityTable security;
    GroupPtr group;
    bool bound = false, closed = false;
    bool conc_mpx = false;
    bool known_caller = false;                                                     // somebody logged on, other than anonymous
    bool header_signing = false;                                                   // agreed for the connection
    bool client_offered_header_signing = false;
    std::uint16_t features = 0;
    std::uint16_t max_xmit, max_recv;

    std::optional<IncomingRequest> incoming;
    std::optional<std::uint32_t> last_call_id;
    std::unordered_map<std::uint32_t, ActiveCall> calls;
    std::deque<StartCall> waiting;                                                 // exclusive connection: one call at a time
    std::size_t stub_bytes = 0;                                                    // of `calls`

    std::deque<Outgoing> output;
    std::size_t output_bytes = 0;                                                  // stubs and PDUs in `output`
    std::size_t charged = 0;                                                       // what the budget knows of us
};

}  // namespace dcerpc
