#include "dcerpc/assoc/association.h"

#include "dcerpc/assoc/association_state.h"
#include "base/buffer_budget.h"
#include "dcerpc/pdu/fault.h"

#include <algorithm>

namespace dcerpc {

namespace limits = base::limits;

Association::State::State(AssociationSettings with)
    : settings(std::move(with)), max_xmit(limits::kMinFragmentBytes), max_recv(settings.max_fragment_bytes) {
    frames.set_max_fragment(max_recv);
}

Association::State::~State() {
    if (settings.budget != nullptr) settings.budget->charge(charged, 0);
}

std::size_t Association::State::excess(std::size_t more) const {
    const std::size_t held = stub_bytes + output_bytes + (incoming ? incoming->stub.size() : 0) + more;
    return held - std::min(held, limits::kFreeBufferBytes);
}

bool Association::State::affords(std::size_t more) const { return settings.budget == nullptr || settings.budget->affords(charged, excess(more)); }

void Association::State::charge() {
    const std::size_t now = excess();
    if (settings.budget == nullptr || now == charged) return;
    settings.budget->charge(charged, now);
    charged = now;
}

// --- stream ----------------------------------------------------------------------------------------------------------

void Association::State::take_apart() {
    while (!closed) {
        const FrameReader::Frame frame = frames.next();
        if (frame.status == FrameReader::Status::need_more) return;
        if (frame.status != FrameReader::Status::frame) {
            on_broken_stream(frame);
            return;
        }
        on_pdu({frame.header, frame.pdu});
    }
}

void Association::State::on_broken_stream(const FrameReader::Frame& frame) {
    const bool version = frame.status == FrameReader::Status::bad_version;
    std::string text = version                                              ? "unsupported protocol version"
                       : frame.status == FrameReader::Status::bad_length ? "fragment length out of bounds"
                                                                          : "unknown data representation";
    if (frame.header.is(PduType::bind) && !bound) {
        reject_bind(frame.header, NakReason::protocol_version_not_supported, std::move(text));
    } else {
        protocol_error(frame.header, std::move(text));
    }
}

void Association::State::on_pdu(const Received& in) {
    switch (static_cast<PduType>(in.header.type)) {
        case PduType::request: return on_request(in);
        case PduType::bind: return on_bind(in);
        case PduType::alter_context: return on_alter_context(in);
        case PduType::auth3: return on_auth3(in);
        case PduType::cancel: return on_cancel(in);
        case PduType::orphaned: return on_orphaned(in);
        case PduType::response:
        case PduType::fault:
        case PduType::bind_ack:
        case PduType::bind_nak:
        case PduType::alter_context_resp:
        case PduType::shutdown: break;
    }
    protocol_error(in.header, "PDU type " + std::to_string(in.header.type) + " is not for a server");
}

// --- log and close ---------------------------------------------------------------------------------------------------

void Association::State::log(LogEvent::Kind kind, std::string text, const SecuritySlot* slot) {
    LogEvent event;
    event.kind = kind;
    event.text = std::move(text);
    if (slot != nullptr) {
        event.auth_type = slot->auth_type;
        event.auth_level = slot->auth_level;
        if (slot->context) event.mechanism = slot->context->mechanism();
        if (slot->caller) {
            event.user = slot->caller->token->user;
            event.anonymous = slot->caller->token->anonymous;
            event.workstation = slot->caller->workstation;
        }
    }
    actions.emplace_back(std::move(event));
}

void Association::State::close(std::string reason) {
    if (closed) return;
    closed = true;
    incoming.reset();
    waiting.clear();
    actions.emplace_back(CloseConnection{std::move(reason)});
}

void Association::State::protocol_error(const PduHeader& header, std::string text) {
    send_fault(header.call_id, 0, static_cast<std::uint32_t>(Fault::proto_error), Execution::did_not_execute);
    log(LogEvent::Kind::protocol_error, text);
    close(std::move(text));
}

// --- output ----------------------------------------------------------------------------------------------------------

void Association::State::send_pdu(const base::ByteBuffer& pdu) {
    output_bytes += pdu.size();
    if (!output.empty()) {
        if (auto* tail = std::get_if<base::ByteBuffer>(&output.back())) {
            base::append(*tail, pdu);
            return;
        }
    }
    output.emplace_back(pdu);
}

void Association::State::send_fault(std::uint32_t call_id, std::uint16_t context_id, std::uint32_t status, Execution execution) {
    if (!may_send_status(status)) status = static_cast<std::uint32_t>(Fault::unspec);
    base::ByteBuffer pdu;
    PduWriter writer(pdu);
    PduHeader header;
    header.type = static_cast<std::uint8_t>(PduType::fault);
    header.call_id = call_id;
    if (execution == Execution::did_not_execute) header.flags |= pfc::kDidNotExecute;
    write_header(writer, header);
    FaultPdu fault;
    fault.context_id = context_id;
    fault.status = status;
    // Extended error information would take alloc_hint - 32 bytes; there is none ([MS-RPCE] 2.2.2.8).
    fault.alloc_hint = 32;
    write_fault(writer, fault);
    patch_frag_length(writer);
    send_pdu(pdu);
}

void Association::State::send_reply(std::uint32_t call_id, const ActiveCall& call, base::ByteBuffer stub) {
    if (stub.size() > limits::kMaxReplyBytes) {
        log(LogEvent::Kind::limit_exceeded, "reply of " + std::to_string(stub.size()) + " bytes");
        send_fault(call_id, call.context_id, static_cast<std::uint32_t>(Fault::out_args_too_big), Execution::may_have_executed);
        return;
    }
    const bool own_room = output_bytes + stub.size() <= limits::kMaxQueuedReplyBytes;
    if (!own_room || !affords(stub.size())) {
        log(LogEvent::Kind::limit_exceeded, own_room ? "too many bytes wait for all clients together" : "client does not take its replies");
        send_fault(call_id, call.context_id, static_cast<std::uint32_t>(Fault::remote_no_memory), Execution::may_have_executed);
        return;
    }
    Fragmenter::Plan plan;
    plan.type = PduType::response;
    plan.call_id = call_id;
    plan.context_id = call.context_id;
    plan.max_fragment = max_xmit;
    plan.slot = call.slot;
    output_bytes += stub.size();
    output.emplace_back(Fragmenter(std::move(plan), std::move(stub)));
}

// An orphaned call's reply need not go out if none of it has: no sequence number has been used for it.
void Association::State::drop_unsent(std::uint32_t call_id) {
    const auto at = std::find_if(output.begin(), output.end(), [&](const Outgoing& item) {
        const auto* reply = std::get_if<Fragmenter>(&item);
        return reply != nullptr && reply->call_id() == call_id && !reply->begun();
    });
    if (at == output.end()) return;
    output_bytes -= std::get<Fragmenter>(*at).stub_size();
    output.erase(at);
}

void Association::State::finish_call(std::uint32_t call_id) {
    const auto found = calls.find(call_id);
    stub_bytes -= found->second.stub_bytes;
    calls.erase(found);
    if (waiting.empty() || closed) return;
    StartCall next = std::move(waiting.front());
    waiting.pop_front();
    calls[next.call_id].started = true;
    actions.emplace_back(std::move(next));
}

// --- public ----------------------------------------------------------------------------------------------------------

Association::Association(AssociationSettings settings) : state_(std::make_unique<State>(std::move(settings))) {}
Association::~Association() = default;

base::MutableByteView Association::read_space() { return state_->frames.read_space(); }

void Association::received(std::size_t count) {
    if (state_->closed) return;
    state_->frames.commit(count);
    state_->take_apart();
    state_->charge();
}

void Association::receive(base::ByteView bytes) {
    while (!bytes.empty() && !state_->closed) {
        const base::MutableByteView space = read_space();
        const std::size_t count = std::min(space.size(), bytes.size());
        std::copy_n(bytes.begin(), count, space.begin());
        bytes = bytes.subspan(count);
        received(count);
    }
}

Actions Association::take_actions() { return std::exchange(state_->actions, {}); }

bool Association::reply(std::uint32_t call_id, base::ByteBuffer stub) {
    const auto found = state_->calls.find(call_id);
    if (found == state_->calls.end() || !found->second.started) return false;
    const bool wanted = !found->second.orphaned && !state_->closed;
    if (wanted) state_->send_reply(call_id, found->second, std::move(stub));
    state_->finish_call(call_id);
    state_->charge();
    return wanted;
}

bool Association::fault(std::uint32_t call_id, std::uint32_t status, Execution execution) {
    const auto found = state_->calls.find(call_id);
    if (found == state_->calls.end() || !found->second.started) return false;
    const bool wanted = !found->second.orphaned && !state_->closed;
    if (wanted) state_->send_fault(call_id, found->second.context_id, status, execution);
    state_->finish_call(call_id);
    state_->charge();
    return wanted;
}

bool Association::has_output() const { return !state_->output.empty(); }

void Association::next_output(base::ByteBuffer& out, std::size_t budget) {
    auto& output = state_->output;
    while (!output.empty() && out.size() < budget) {
        if (auto* pdu = std::get_if<base::ByteBuffer>(&output.front())) {
            state_->output_bytes -= pdu->size();
            base::append(out, *pdu);
            output.pop_front();
            continue;
        }
        auto& reply = std::get<Fragmenter>(output.front());
        const std::size_t before = out.size();
        if (const auto appended = reply.append_next(out); !appended) {
            // Half a fragment must not go out, and later ones of this context could not be verified.
            out.resize(before);
            output.clear();
            state_->output_bytes = 0;
            state_->close("cannot protect a reply: " + appended.error().to_string());
            break;
        }
        if (!reply.done()) continue;
        state_->output_bytes -= reply.stub_size();
        output.pop_front();
    }
    state_->charge();
}

bool Association::wants_input() const {
    return state_->output_bytes < (state_->known_caller ? limits::kReplyHighWaterBytes : limits::kFreeBufferBytes);
}
bool Association::in_fragment() const { return state_->frames.partial() || state_->incoming.has_value(); }
bool Association::established() const { return state_->bound && (state_->security.size() == 0 || state_->security.any_ready()); }
bool Association::closing() const { return state_->closed; }
std::size_t Association::calls_in_flight() const { return state_->calls.size(); }
GroupPtr Association::group() const { return state_->group; }

}  // namespace dcerpc
