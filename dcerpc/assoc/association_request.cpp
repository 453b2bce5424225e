// Calls: request fragments, admission, cancel, orphaned [MS-RPCE] 3.3.3.5, [C706] 9.5.
//
// Every fragment is verified first, whatever is wrong with its call: the signatures of both sides count in step, so a fragment that
// is swallowed must still pass through its security context.
#include "dcerpc/assoc/association_state.h"

#include "dcerpc/pdu/verification.h"

#include <algorithm>

namespace dcerpc {
namespace {

namespace limits = base::limits;

constexpr std::uint32_t status_of(Fault fault) { return static_cast<std::uint32_t>(fault); }

}  // namespace

std::shared_ptr<const Caller> Association::State::caller_of(const SlotPtr& slot) const {
    return slot ? slot->caller : settings.anonymous;
}

std::size_t Association::State::stub_limit(const SlotPtr& slot) const {
    const bool anonymous = caller_of(slot)->token->anonymous;
    return anonymous ? std::min(settings.max_stub_bytes, limits::kMaxUnauthenticatedStubBytes) : settings.max_stub_bytes;
}

// --- request ---------------------------------------------------------------------------------------------------------

void Association::State::on_request(const Received& in) {
    if (!bound) return protocol_error(in.header, "request before bind");
    const auto request = parse_request(in.header, in.pdu);
    if (!request) return protocol_error(in.header, "request shorter than its header");
    const Opened opened = open_request(in, *request);
    if (!opened.ok || closed) return;

    if (in.header.has(pfc::kFirst)) {
        if (incoming && !incoming->swallow) return protocol_error(in.header, "request begins inside another one");
        incoming.reset();
        begin_request(in, *request, opened);
    } else if (!incoming) {
        on_stray_fragment(in);
    } else if (!continues(in, *request, opened.slot)) {
        return protocol_error(in.header, "fragment does not fit its request");
    }
    if (!incoming || closed) return;
    if (in.header.has(pfc::kPendingCancel)) incoming->cancelled = true;
    if (opened.refused && !incoming->swallow) {
        incoming->swallow = true;
        incoming->stub.drop();
    }
    add_body(opened.body, in.header.has(pfc::kLast));
}

Association::State::Opened Association::State::open_unauthenticated(const Received& in, const RequestPdu& request) {
    Opened opened;
    opened.ok = true;
    opened.body = in.pdu.subspan(request.stub_offset);
    // A lone context at level connect needs no trailers ([MS-RPCE] 3.3.1.5.4).
    const SlotPtr only = security.only();
    if (!only || only->protects()) return opened;
    opened.slot = only;
    if (only->state == SecuritySlot::State::ready) return opened;
    opened.refused = true;
    if (only->state == SecuritySlot::State::negotiating) only->fail(status_of(Fault::sec_pkg_error));
    if (in.header.has(pfc::kFirst)) send_fault(in.header.call_id, request.context_id, only->error, Execution::did_not_execute);
    return opened;
}

Association::State::Opened Association::State::open_request(const Received& in, const RequestPdu& request) {
    if (in.header.auth_length == 0) return open_unauthenticated(in, request);
    Opened opened;
    const auto trailer = read_auth_trailer(in.header, in.pdu, request.stub_offset);
    if (!trailer) {
        protocol_error(in.header, "security trailer out of bounds");
        return opened;
    }
    opened.slot = security.find(trailer->context_id);
    if (!opened.slot || !opened.slot->matches(*trailer)) {
        protocol_error(in.header, "unknown security context");
        return opened;
    }
    SecuritySlot& slot = *opened.slot;
    opened.ok = true;
    if (slot.state == SecuritySlot::State::negotiating) {
        log(LogEvent::Kind::logon_failed, "request before the end of authentication", &slot);
        slot.fail(status_of(Fault::sec_pkg_error));
    }
    if (slot.state == SecuritySlot::State::failed) {
        opened.refused = true;
        if (in.header.has(pfc::kFirst)) send_fault(in.header.call_id, request.context_id, slot.error, Execution::did_not_execute);
        return opened;
    }
    if (!slot.protects()) {
        opened.body = in.pdu.subspan(request.stub_offset, trailer->offset - request.stub_offset - trailer->pad_length);
        return opened;
    }
    auto body = open_body(slot, in.pdu, request.stub_offset, *trailer);
    if (!body) {
        log(LogEvent::Kind::bad_signature, body.error().to_string(), &slot);
        slot.fail(status_of(Fault::sec_pkg_error));
        send_fault(in.header.call_id, request.context_id, slot.error, Execution::did_not_execute);
        close("signature of a request does not hold");
        opened.ok = false;
        return opened;
    }
    opened.body = *body;
    return opened;
}

void Association::State::begin_request(const Received& in, const RequestPdu& request, const Opened& opened) {
    const std::uint32_t call_id = in.header.call_id;
    if (calls.contains(call_id)) return protocol_error(in.header, "call id is in use");
    const bool backwards = last_call_id && call_id <= *last_call_id;
    incoming.emplace();
    incoming->first = in.header;
    incoming->request = request;
    incoming->slot = opened.slot;
    if (opened.refused) {
        last_call_id = call_id;
        return;
    }
    if (backwards) {
        // [MS-RPCE] 3.3.3.5.2. The streams are still in step, so the connection may go on.
        log(LogEvent::Kind::protocol_error, "call id does not increase");
        return refuse_request(in.header, request.context_id, Fault::proto_error);
    }
    last_call_id = call_id;
    std::string why;
    const Fault fault = admission(request, opened.slot, why);
    if (fault == Fault::none) {
        incoming->stub = Reassembly(stub_limit(opened.slot), request.alloc_hint);
        return;
    }
    const bool denied = fault == Fault::access_denied || fault == Fault::unk_if;
    log(denied ? LogEvent::Kind::access_denied : LogEvent::Kind::limit_exceeded, std::move(why), opened.slot.get());
    refuse_request(in.header, fault == Fault::unk_if ? std::uint16_t{0} : request.context_id, fault);
}

Fault Association::State::admission(const RequestPdu& request, const SlotPtr& slot, std::string& why) const {
    const PresentationContext* context = contexts.find(request.context_id);
    if (context == nullptr) {
        why = "presentation context " + std::to_string(request.context_id) + " was not negotiated";
        // [C706] has a status of its own for this, but Windows says "unknown interface", with context 0, and serves the connection on: that is
        // what the association tests of python3-samba (raw_protocol), which were made against Windows, expect.
        return Fault::unk_if;
    }
    const auto caller = caller_of(slot);
    if (context->served.min_auth_level > kAuthLevelNone &&
        (caller->auth_level < context->served.min_auth_level || caller->token->anonymous)) {
        why = std::string(context->served.name) + " needs authentication level " + std::to_string(context->served.min_auth_level);
        return Fault::access_denied;
    }
    if (calls.size() >= limits::kMaxCallsPerConnection || waiting.size() >= limits::kMaxExclusiveQueue) {
        why = "too many calls on one connection";
        return Fault::server_too_busy;
    }
    return Fault::none;
}

// Only for the first fragment's call, which is in `incoming`.
void Association::State::refuse_request(const PduHeader& header, std::uint16_t context_id, Fault fault) {
    send_fault(header.call_id, context_id, status_of(fault), Execution::did_not_execute);
    incoming->swallow = true;
    incoming->stub.drop();
}

bool Association::State::continues(const Received& in, const RequestPdu& request, const SlotPtr& slot) const {
    return in.header.call_id == incoming->first.call_id && in.header.drep == incoming->first.drep &&
           request.context_id == incoming->request.context_id && request.opnum == incoming->request.opnum && slot == incoming->slot;
}

void Association::State::on_stray_fragment(const Received& in) {
    // What is left of a call that was orphaned or refused ([MS-RPCE] 3.3.3.5.6).
    const std::uint32_t call_id = in.header.call_id;
    const bool recent = last_call_id && call_id <= *last_call_id && *last_call_id - call_id < limits::kMaxCallIdLag;
    if (!recent) protocol_error(in.header, "fragment without a request");
}

void Association::State::add_body(base::ByteView body, bool last) {
    if (!incoming->swallow) {
        const bool fits = incoming->stub.append(body);
        const bool room = stub_bytes + incoming->stub.size() <= limits::kMaxStubBytesInFlight && affords(0);
        if (!fits || !room) {
            log(LogEvent::Kind::limit_exceeded, fits ? "too many request bytes in flight" : "request stub too large", incoming->slot.get());
            // [MS-RPCE] 3.3.3.5.4 for one stub; all together is only a matter of time.
            refuse_request(incoming->first, incoming->request.context_id, fits ? Fault::server_too_busy : Fault::access_denied);
        }
    }
    if (!last) return;
    if (!incoming->swallow) finish_request();
    incoming.reset();
}

void Association::State::finish_request() {
    const PresentationContext* context = contexts.find(incoming->request.context_id);
    VerificationFacts facts;
    facts.client_offered_header_signing = client_offered_header_signing;
    facts.abstract_syntax = context->abstract_syntax;
    facts.transfer_syntax = context->transfer_syntax;
    facts.drep = incoming->first.drep;
    facts.call_id = incoming->first.call_id;
    facts.context_id = incoming->request.context_id;
    facts.opnum = incoming->request.opnum;
    const VerificationResult verified = check_verification_trailer(incoming->stub.view(), facts);
    if (verified.outcome == Verification::mismatch) {
        log(LogEvent::Kind::access_denied, "verification trailer does not match", incoming->slot.get());
        return refuse_request(incoming->first, facts.context_id, Fault::access_denied);
    }
    StartCall call;
    call.call_id = facts.call_id;
    call.interface = context->served.interface;
    call.context_id = facts.context_id;
    call.opnum = facts.opnum;
    call.syntax = context->syntax;
    call.order = incoming->first.order();
    call.object = incoming->request.object;
    call.caller = caller_of(incoming->slot);
    call.cancelled = incoming->cancelled;
    call.stub = incoming->stub.take();
    call.stub.resize(verified.stub_size);
    dispatch(std::move(call));
}

void Association::State::dispatch(StartCall call) {
    ActiveCall active;
    active.context_id = call.context_id;
    active.slot = incoming->slot;
    active.stub_bytes = call.stub.size();
    active.cancelled = call.cancelled;
    // Without multiplexing the next call waits for the answer of the one before ([MS-RPCE] 3.3.1.5.8).
    active.started = conc_mpx || calls.empty();
    const bool started = active.started;
    stub_bytes += active.stub_bytes;
    calls.emplace(call.call_id, std::move(active));
    if (started) {
        actions.emplace_back(std::move(call));
    } else {
        waiting.push_back(std::move(call));
    }
}

// --- cancel, orphaned ------------------------------------------------------------------------------------------------

bool Association::State::open_control(const Received& in) {
    if (!bound) {
        protocol_error(in.header, "cancel or orphaned before bind");
        return false;
    }
    if (in.header.auth_length == 0) return true;
    const auto trailer = read_auth_trailer(in.header, in.pdu, kPduHeaderBytes);
    const SlotPtr slot = trailer ? security.find(trailer->context_id) : nullptr;
    if (!slot || !slot->matches(*trailer)) {
        protocol_error(in.header, "unknown security context");
        return false;
    }
    if (slot->state != SecuritySlot::State::ready || !slot->protects()) return true;
    if (const auto body = open_body(*slot, in.pdu, kPduHeaderBytes, *trailer); !body) {
        log(LogEvent::Kind::bad_signature, body.error().to_string(), slot.get());
        slot->fail(status_of(Fault::sec_pkg_error));
        close("signature of a cancel or orphaned PDU does not hold");
        return false;
    }
    return true;
}

void Association::State::on_cancel(const Received& in) {
    if (!open_control(in)) return;
    const std::uint32_t call_id = in.header.call_id;
    if (incoming && incoming->first.call_id == call_id) incoming->cancelled = true;
    const auto found = calls.find(call_id);
    if (found == calls.end() || found->second.orphaned || found->second.cancelled) return;
    found->second.cancelled = true;
    if (found->second.started) {
        actions.emplace_back(CancelCall{call_id});
        return;
    }
    std::erase_if(waiting, [&](const StartCall& call) { return call.call_id == call_id; });
    send_fault(call_id, found->second.context_id, status_of(Fault::cancel), Execution::did_not_execute);
    stub_bytes -= found->second.stub_bytes;
    calls.erase(found);
}

void Association::State::on_orphaned(const Received& in) {
    if (!open_control(in)) return;
    const std::uint32_t call_id = in.header.call_id;
    if (incoming && incoming->first.call_id == call_id) incoming.reset();
    drop_unsent(call_id);
    const auto found = calls.find(call_id);
    if (found == calls.end() || found->second.orphaned) return;
    if (found->second.started) {
        found->second.orphaned = true;
        actions.emplace_back(OrphanCall{call_id});
        return;
    }
    std::erase_if(waiting, [&](const StartCall& call) { return call.call_id == call_id; });
    stub_bytes -= found->second.stub_bytes;
    calls.erase(found);
}

}  // namespace dcerpc
