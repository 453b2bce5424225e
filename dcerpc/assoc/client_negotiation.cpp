// Client side of bind, alter_context and auth3 [MS-RPCE] 3.3.1.5.2.1, 3.3.2.4.1.3.
#include "dcerpc/assoc/client_state.h"

#include <algorithm>

namespace dcerpc {
namespace {

constexpr std::size_t kBindAckFixedBytes = kPduHeaderBytes + 12;

void append_offer(BindPdu& offer, std::uint16_t context_id, const SyntaxId& abstract_syntax, const SyntaxId& transfer_syntax) {
    ContextElement element;
    element.context_id = context_id;
    element.abstract_syntax = abstract_syntax;
    element.transfer_syntaxes.push_back(transfer_syntax);
    offer.contexts.push_back(std::move(element));
}

}  // namespace

base::Result<void> ClientAssociation::negotiate(const SyntaxId& abstract_syntax, OfferedSyntaxes syntaxes, ClientSecurity security) {
    State& state = *state_;
    if (state.dead || state.negotiation) return base::Error(base::Win32::invalid_parameter, "connection is busy or broken");
    if (security.context && state.security.find(security.auth_context_id)) {
        return base::Error(base::Win32::invalid_parameter, "auth_context_id is in use");
    }
    State::Negotiation negotiation;
    negotiation.offer.max_xmit_frag = state.max_xmit;
    negotiation.offer.max_recv_frag = state.max_recv;
    negotiation.offer.group_id = state.group_id;
    if (syntaxes != OfferedSyntaxes::ndr64) append_offer(negotiation.offer, state.next_context_id++, abstract_syntax, kNdr20);
    if (syntaxes != OfferedSyntaxes::ndr20) append_offer(negotiation.offer, state.next_context_id++, abstract_syntax, kNdr64);
    if (!state.bound && state.settings.feature_negotiation) {
        append_offer(negotiation.offer, state.next_context_id++, abstract_syntax,
                     feature_syntax(kFeatureSecurityMultiplexing | kFeatureKeepConnectionOnOrphan));
    }
    base::ByteBuffer token;
    if (security.context) {
        negotiation.slot = std::make_shared<SecuritySlot>();
        negotiation.slot->auth_type = security.auth_type;
        negotiation.slot->auth_level = security.auth_level;
        negotiation.slot->auth_context_id = security.auth_context_id;
        negotiation.slot->context = std::move(security.context);
        AuthStep step = negotiation.slot->context->step({});
        if (step.state == AuthState::failed || step.state == AuthState::pending || step.token.empty()) {
            return base::Error(base::Win32::logon_failure, "security package does not start: " + step.reason);
        }
        token = std::move(step.token);
        state.security.add(negotiation.slot);
    }
    state.negotiation = std::move(negotiation);
    state.send_leg(token);
    return {};
}

void ClientAssociation::State::send_leg(const base::ByteBuffer& token) {
    const SlotPtr& slot = negotiation->slot;
    negotiation->call_id = next_call_id++;
    PduHeader header;
    header.type = static_cast<std::uint8_t>(bound ? PduType::alter_context : PduType::bind);
    header.drep = drep_of(settings.order);
    header.auth_length = static_cast<std::uint16_t>(token.size());
    header.call_id = negotiation->call_id;
    if (settings.conc_mpx) header.flags |= pfc::kConcMpx;
    if (settings.header_signing && slot && slot->protects()) {
        header.flags |= pfc::kHeaderSign;
        offered_header_signing = true;
    }
    base::ByteBuffer pdu;
    PduWriter writer(pdu, settings.order);
    write_header(writer, header);
    write_bind(writer, negotiation->offer);
    if (!token.empty()) {
        // The body ends at a multiple of 4 already.
        write_auth_trailer(writer, {slot->auth_type, slot->auth_level, 0, slot->auth_context_id, 0});
        writer.bytes(token);
    }
    patch_frag_length(writer);
    send_pdu(pdu);
}

void ClientAssociation::State::send_auth3(const base::ByteBuffer& token) {
    const SlotPtr& slot = negotiation->slot;
    PduHeader header;
    header.type = static_cast<std::uint8_t>(PduType::auth3);
    header.drep = drep_of(settings.order);
    header.auth_length = static_cast<std::uint16_t>(token.size());
    header.call_id = negotiation->call_id;
    if (header_signing) header.flags |= pfc::kHeaderSign;
    base::ByteBuffer pdu;
    PduWriter writer(pdu, settings.order);
    write_header(writer, header);
    writer.zeros(4);
    write_auth_trailer(writer, {slot->auth_type, slot->auth_level, 0, slot->auth_context_id, 0});
    writer.bytes(token);
    patch_frag_length(writer);
    send_pdu(pdu);
}

void ClientAssociation::State::on_bind_ack(const PduHeader& header, base::MutableByteView pdu) {
    const auto expected = bound ? PduType::alter_context_resp : PduType::bind_ack;
    if (!negotiation || header.call_id != negotiation->call_id || !header.is(expected)) return broken("unexpected bind_ack");
    std::optional<AuthTrailer> trailer;
    if (header.auth_length != 0) trailer = read_auth_trailer(header, pdu, kBindAckFixedBytes);
    const auto ack = parse_bind_ack(trailer ? pdu.first(trailer->offset) : pdu, header.order());
    const bool fits = ack && ack->answers.size() == negotiation->offer.contexts.size() && (header.auth_length == 0 || trailer) &&
                      (!trailer || (negotiation->slot && negotiation->slot->matches(*trailer)));
    if (!fits) return broken("malformed bind_ack");
    if (!bound) {
        bound = true;
        conc_mpx = settings.conc_mpx && header.has(pfc::kConcMpx);
        group_id = ack->group_id;
        secondary_address = ack->secondary_address;
        max_xmit = std::clamp(std::min(ack->max_recv_frag, settings.max_fragment_bytes), base::limits::kMinFragmentBytes,
                              base::limits::kMaxFragmentBytes);
        max_xmit = static_cast<std::uint16_t>(max_xmit & 0xFFF8U);
    }
    if (negotiation->slot && negotiation->slot->protects() && offered_header_signing && header.has(pfc::kHeaderSign)) header_signing = true;
    take_answers(*ack);
    if (!negotiation->slot) return negotiated();
    next_leg(trailer ? base::ByteView(pdu.subspan(trailer->offset + kSecTrailerBytes)) : base::ByteView{});
}

void ClientAssociation::State::take_answers(const BindAckPdu& ack) {
    negotiation->result.contexts.clear();
    for (std::size_t i = 0; i < ack.answers.size(); ++i) {
        const ContextElement& element = negotiation->offer.contexts[i];
        const ContextAnswer& answer = ack.answers[i];
        if (feature_bits(element)) {
            if (answer.result == ContextResult::negotiate_ack) features = answer.reason;
            continue;
        }
        Negotiated::Context context;
        context.context_id = element.context_id;
        context.abstract_syntax = element.abstract_syntax;
        context.accepted = answer.result == ContextResult::acceptance;
        context.result = static_cast<std::uint16_t>(answer.result);
        context.reason = answer.reason;
        context.syntax = answer.transfer_syntax == kNdr64 ? ndr::Syntax::ndr64 : ndr::Syntax::ndr20;
        if (context.accepted) contexts[element.context_id] = Accepted{element.abstract_syntax, answer.transfer_syntax};
        negotiation->result.contexts.push_back(std::move(context));
    }
}

void ClientAssociation::State::next_leg(base::ByteView token) {
    SecuritySlot& slot = *negotiation->slot;
    if (slot.context->complete()) {
        // Our last token went by alter_context; this was its acknowledgement.
        return negotiated();
    }
    if (token.empty()) return negotiation_failed({false, 0, "server ends the authentication too early"});
    AuthStep step = slot.context->step(token);
    if (step.state == AuthState::failed || step.state == AuthState::pending) {
        return negotiation_failed({false, 0, "security package refuses: " + step.reason});
    }
    const bool complete = step.state == AuthState::complete;
    if (complete && step.token.empty()) return negotiated();
    if (step.token.empty()) return negotiation_failed({false, 0, "security package has nothing to send"});
    // Three legs are the custom of NTLM alone ([MS-RPCE] 3.3.1.5.2.1).
    if (complete && slot.auth_type == kAuthTypeNtlm) {
        send_auth3(step.token);
        return negotiated();
    }
    // Features are negotiated by the bind only.
    std::erase_if(negotiation->offer.contexts, [](const ContextElement& element) { return feature_bits(element).has_value(); });
    negotiation->offer.group_id = group_id;
    send_leg(step.token);
}

void ClientAssociation::State::negotiated() {
    if (negotiation->slot) {
        negotiation->slot->state = SecuritySlot::State::ready;
        negotiation->slot->header_signing = header_signing && negotiation->slot->protects();
        last_slot = negotiation->slot;
    }
    Negotiated event = std::move(negotiation->result);
    event.group_id = group_id;
    event.secondary_address = secondary_address;
    event.max_xmit_fragment = max_xmit;
    event.max_recv_fragment = max_recv;
    event.features = features;
    event.conc_mpx = conc_mpx;
    event.header_signing = header_signing;
    negotiation.reset();
    events.emplace_back(std::move(event));
}

void ClientAssociation::State::negotiation_failed(NegotiationFailed event) {
    negotiation.reset();
    events.emplace_back(std::move(event));
    // Nothing more may be sent with half a security context ([MS-RPCE] 3.3.1.5.2.1).
    dead = true;
}

void ClientAssociation::State::on_bind_nak(const PduHeader& header, base::MutableByteView pdu) {
    const auto reason = parse_bind_nak(pdu, header.order());
    if (!negotiation || !reason) return broken("unexpected bind_nak");
    NegotiationFailed event;
    event.nak = true;
    event.code = static_cast<std::uint32_t>(*reason);
    negotiation_failed(std::move(event));
}

}  // namespace dcerpc
