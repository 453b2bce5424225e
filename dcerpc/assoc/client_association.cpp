#include "dcerpc/assoc/client_association.h"

#include "dcerpc/assoc/client_state.h"
#include "dcerpc/pdu/fault.h"
#include "dcerpc/pdu/request.h"
#include "dcerpc/pdu/verification.h"

#include <algorithm>

namespace dcerpc {

namespace limits = base::limits;

ClientAssociation::State::State(ClientSettings with)
    : settings(with), group_id(with.group_id), max_xmit(with.max_fragment_bytes), max_recv(with.max_fragment_bytes) {
    frames.set_max_fragment(max_recv);
}

// --- stream ----------------------------------------------------------------------------------------------------------

void ClientAssociation::State::take_apart() {
    while (!dead) {
        const FrameReader::Frame frame = frames.next();
        if (frame.status == FrameReader::Status::need_more) return;
        if (frame.status != FrameReader::Status::frame) return broken("server sends no PDUs of protocol version 5.0");
        on_pdu(frame.header, frame.pdu);
    }
}

void ClientAssociation::State::on_pdu(const PduHeader& header, base::MutableByteView pdu) {
    switch (static_cast<PduType>(header.type)) {
        case PduType::response: return on_response(header, pdu);
        case PduType::fault: return on_fault(header, pdu);
        case PduType::bind_ack:
        case PduType::alter_context_resp: return on_bind_ack(header, pdu);
        case PduType::bind_nak: return on_bind_nak(header, pdu);
        case PduType::shutdown: return broken("server shuts the connection down");
        default: return broken("PDU type " + std::to_string(header.type) + " is not for a client");
    }
}

void ClientAssociation::State::broken(std::string reason) {
    if (dead) return;
    dead = true;
    calls.clear();
    output.clear();
    events.emplace_back(ConnectionBroken{std::move(reason)});
}

void ClientAssociation::State::send_pdu(const base::ByteBuffer& pdu) { output.emplace_back(pdu); }

// --- answers ---------------------------------------------------------------------------------------------------------

std::optional<base::ByteView> ClientAssociation::State::open_response(const PendingCall& call, const PduHeader& header,
                                                                      base::MutableByteView pdu) {
    if (header.auth_length == 0) {
        if (!call.slot || !call.slot->protects()) return pdu.subspan(kResponseFixedBytes);
        broken("response without signature");
        return std::nullopt;
    }
    const auto trailer = read_auth_trailer(header, pdu, kResponseFixedBytes);
    if (!trailer || !call.slot || !call.slot->matches(*trailer)) {
        broken("security trailer of a response does not fit its call");
        return std::nullopt;
    }
    if (!call.slot->protects()) return pdu.subspan(kResponseFixedBytes, trailer->offset - kResponseFixedBytes - trailer->pad_length);
    auto body = open_body(*call.slot, pdu, kResponseFixedBytes, *trailer);
    if (!body) {
        broken("signature of a response does not hold: " + body.error().to_string());
        return std::nullopt;
    }
    return *body;
}

void ClientAssociation::State::on_response(const PduHeader& header, base::MutableByteView pdu) {
    const auto response = parse_response(header, pdu);
    const auto found = calls.find(header.call_id);
    if (!response || found == calls.end()) return broken("response that nobody waits for");
    PendingCall& call = found->second;
    const auto body = open_response(call, header, pdu);
    if (!body) return;
    if (header.has(pfc::kFirst) == call.begun) return broken("response fragments out of order");
    if (!call.begun) {
        call.begun = true;
        call.stub = Reassembly(settings.max_reply_bytes, response->alloc_hint);
    }
    if (!call.orphaned && !call.stub.append(*body)) return broken("response too large");
    if (!header.has(pfc::kLast)) return;
    if (!call.orphaned) {
        ResponseReceived event;
        event.call_id = header.call_id;
        event.stub = call.stub.take();
        event.order = header.order();
        events.emplace_back(std::move(event));
    }
    calls.erase(found);
}

void ClientAssociation::State::on_fault(const PduHeader& header, base::MutableByteView pdu) {
    const auto fault = parse_fault(header, pdu);
    if (!fault) return broken("malformed fault");
    if (negotiation && header.call_id == negotiation->call_id) {
        NegotiationFailed event;
        event.code = fault->status;
        return negotiation_failed(std::move(event));
    }
    const auto found = calls.find(header.call_id);
    // A fault may cross an orphaned PDU, or end a call while its connection ends.
    if (found == calls.end()) return;
    if (!found->second.orphaned) events.emplace_back(FaultReceived{header.call_id, fault->status, header.has(pfc::kDidNotExecute)});
    calls.erase(found);
}

// --- calls -----------------------------------------------------------------------------------------------------------

void ClientAssociation::State::send_control(PduType type, std::uint32_t call_id, const SlotPtr& slot) {
    base::ByteBuffer pdu;
    PduWriter writer(pdu, settings.order);
    PduHeader header;
    header.type = static_cast<std::uint8_t>(type);
    header.drep = drep_of(settings.order);
    header.call_id = call_id;
    const bool sealed = slot && slot->protects() && slot->context;
    const std::size_t signature_size = sealed ? slot->context->signature_size(slot->protection()) : 0;
    header.auth_length = static_cast<std::uint16_t>(signature_size);
    write_header(writer, header);
    if (sealed) {
        write_auth_trailer(writer, {slot->auth_type, slot->auth_level, 0, slot->auth_context_id, 0});
        writer.zeros(signature_size);
    }
    patch_frag_length(writer);
    if (sealed && !seal_body(*slot, pdu, kPduHeaderBytes, signature_size)) return broken("cannot sign a cancel or orphaned PDU");
    send_pdu(pdu);
}

ClientAssociation::ClientAssociation(ClientSettings settings) : state_(std::make_unique<State>(settings)) {}
ClientAssociation::~ClientAssociation() = default;

base::Result<std::uint32_t> ClientAssociation::request(Request request) {
    State& state = *state_;
    if (state.dead || !state.bound) return base::Error(base::Win32::invalid_parameter, "connection is not bound");
    SlotPtr slot = state.last_slot;
    if (request.auth_context_id) {
        slot = state.security.find(*request.auth_context_id);
        if (!slot) return base::Error(base::Win32::invalid_parameter, "no such security context");
    }
    const std::uint32_t call_id = state.next_call_id++;
    const auto context = state.contexts.find(request.context_id);
    if (slot && slot->protects() && state.settings.verification_trailer && context != state.contexts.end()) {
        VerificationFacts facts;
        facts.client_offered_header_signing = state.offered_header_signing;
        facts.abstract_syntax = context->second.abstract_syntax;
        facts.transfer_syntax = context->second.transfer_syntax;
        facts.drep = drep_of(state.settings.order);
        facts.call_id = call_id;
        facts.context_id = request.context_id;
        facts.opnum = request.opnum;
        append_verification_trailer(request.stub, facts);
    }
    Fragmenter::Plan plan;
    plan.type = PduType::request;
    plan.call_id = call_id;
    plan.context_id = request.context_id;
    plan.opnum = request.opnum;
    plan.object = request.object;
    plan.order = state.settings.order;
    plan.max_fragment = state.max_xmit;
    plan.slot = slot;
    state.output.emplace_back(Fragmenter(std::move(plan), std::move(request.stub)));
    State::PendingCall call;
    call.slot = std::move(slot);
    call.context_id = request.context_id;
    state.calls.emplace(call_id, std::move(call));
    return call_id;
}

// Control PDUs are sealed when they are queued. That is in send order only while no request waits to be sealed behind them, so the
// requests that wait are turned into bytes first.
void ClientAssociation::cancel(std::uint32_t call_id) {
    const auto found = state_->calls.find(call_id);
    if (found == state_->calls.end() || state_->dead) return;
    base::ByteBuffer before;
    next_output(before, static_cast<std::size_t>(-1));
    if (!before.empty()) state_->send_pdu(before);
    if (!state_->dead) state_->send_control(PduType::cancel, call_id, found->second.slot);
}

void ClientAssociation::orphan(std::uint32_t call_id) {
    const auto found = state_->calls.find(call_id);
    if (found == state_->calls.end() || state_->dead) return;
    base::ByteBuffer before;
    next_output(before, static_cast<std::size_t>(-1));
    if (!before.empty()) state_->send_pdu(before);
    if (state_->dead) return;
    found->second.orphaned = true;
    found->second.stub.drop();
    state_->send_control(PduType::orphaned, call_id, found->second.slot);
}

base::MutableByteView ClientAssociation::read_space() { return state_->frames.read_space(); }

void ClientAssociation::received(std::size_t count) {
    if (state_->dead) return;
    state_->frames.commit(count);
    state_->take_apart();
}

void ClientAssociation::receive(base::ByteView bytes) {
    while (!bytes.empty() && !state_->dead) {
        const base::MutableByteView space = read_space();
        const std::size_t count = std::min(space.size(), bytes.size());
        std::copy_n(bytes.begin(), count, space.begin());
        bytes = bytes.subspan(count);
        received(count);
    }
}

std::vector<ClientEvent> ClientAssociation::take_events() { return std::exchange(state_->events, {}); }

bool ClientAssociation::has_output() const { return !state_->output.empty(); }

void ClientAssociation::next_output(base::ByteBuffer& out, std::size_t budget) {
    auto& output = state_->output;
    while (!output.empty() && out.size() < budget) {
        if (auto* pdu = std::get_if<base::ByteBuffer>(&output.front())) {
            base::append(out, *pdu);
            output.pop_front();
            continue;
        }
        auto& request = std::get<Fragmenter>(output.front());
        const std::size_t before = out.size();
        if (const auto appended = request.append_next(out); !appended) {
            out.resize(before);
            return state_->broken("cannot protect a request: " + appended.error().to_string());
        }
        if (request.done()) output.pop_front();
    }
}

}  // namespace dcerpc
