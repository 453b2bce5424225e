// Negotiation: bind, alter_context, auth3 [MS-RPCE] 3.3.1.5.2.1, 3.3.1.5.3-7.
#include "dcerpc/assoc/association_state.h"

#include <algorithm>

namespace dcerpc {
namespace {

namespace limits = base::limits;

constexpr std::size_t kBindFixedBytes = kPduHeaderBytes + 12;
constexpr std::uint32_t status_of(Fault fault) { return static_cast<std::uint32_t>(fault); }

// C706 12.6.3.1 obliges every peer to receive 1432 bytes, so smaller proposals cannot be meant.
std::uint16_t agreed_size(std::uint16_t proposed, std::uint16_t own) {
    const std::uint16_t size = std::clamp(std::min(proposed, own), limits::kMinFragmentBytes, limits::kMaxFragmentBytes);
    return static_cast<std::uint16_t>(size & 0xFFF8U);
}
static_assert(limits::kMinFragmentBytes % 8 == 0);

// What stands behind `bind` and `alter_context` alike; nothing if malformed.
std::optional<BindPdu> parse_contexts(const PduHeader& header, base::ByteView pdu, const std::optional<AuthTrailer>& trailer) {
    if (!header.is_single() || (header.auth_length != 0 && !trailer)) return std::nullopt;
    auto bind = parse_bind(trailer ? pdu.first(trailer->offset) : pdu, header.order());
    if (!bind) return std::nullopt;
    const bool empty_element = std::any_of(bind->contexts.begin(), bind->contexts.end(),
                                           [](const ContextElement& element) { return element.transfer_syntaxes.empty(); });
    if (empty_element) return std::nullopt;
    return bind;
}

std::optional<AuthTrailer> trailer_of(const PduHeader& header, base::ByteView pdu, std::size_t body_offset) {
    return header.auth_length == 0 ? std::nullopt : read_auth_trailer(header, pdu, body_offset);
}

}  // namespace

// --- bind ------------------------------------------------------------------------------------------------------------

void Association::State::reject_bind(const PduHeader& header, NakReason reason, std::string text) {
    base::ByteBuffer pdu;
    PduWriter writer(pdu);
    PduHeader answer;
    answer.type = static_cast<std::uint8_t>(PduType::bind_nak);
    answer.call_id = header.call_id;
    write_header(writer, answer);
    write_bind_nak(writer, reason);
    patch_frag_length(writer);
    send_pdu(pdu);
    log(LogEvent::Kind::bind_rejected, text);
    close("bind rejected: " + text);
}

void Association::State::on_bind(const Received& in) {
    if (bound) return protocol_error(in.header, "second bind on a connection");
    const auto trailer = trailer_of(in.header, in.pdu, kBindFixedBytes);
    const auto bind = parse_contexts(in.header, in.pdu, trailer);
    if (!bind || bind->contexts.empty()) {
        return reject_bind(in.header, NakReason::protocol_version_not_supported, "malformed bind");
    }
    if (contexts.exceeds_limit(bind->contexts)) {
        return reject_bind(in.header, NakReason::local_limit_exceeded, "too many presentation contexts");
    }
    if (in.header.has(pfc::kHeaderSign)) client_offered_header_signing = true;
    Leg leg;
    if (trailer) leg = security_leg(in, *trailer);
    if (!leg.ok) return reject_bind(in.header, leg.nak, leg.text);

    const std::string_view peer = settings.anonymous->peer_address;
    group = bind->group_id == 0 ? settings.groups->create(peer) : settings.groups->join(bind->group_id, peer);
    if (!group) {
        return reject_bind(in.header, NakReason::not_specified, "association group is unknown or belongs to another client");
    }
    bound = true;
    conc_mpx = in.header.has(pfc::kConcMpx);
    agree_sizes(*bind);
    acknowledge(in.header, PduType::bind_ack, *bind, leg);
}

void Association::State::agree_sizes(const BindPdu& bind) {
    max_xmit = agreed_size(bind.max_recv_frag, settings.max_fragment_bytes);
    max_recv = agreed_size(bind.max_xmit_frag, settings.max_fragment_bytes);
    frames.set_max_fragment(max_recv);
}

void Association::State::acknowledge(const PduHeader& header, PduType type, const BindPdu& bind, const Leg& leg) {
    const auto outcome = contexts.negotiate(bind.contexts, *settings.interfaces, settings.ndr64);
    if (outcome.features && type == PduType::bind_ack) features = *outcome.features;
    BindAckPdu ack;
    ack.max_xmit_frag = max_xmit;
    ack.max_recv_frag = max_recv;
    ack.group_id = group->id;
    if (type == PduType::bind_ack) ack.secondary_address = settings.secondary_address;
    ack.answers = outcome.answers;

    PduHeader answer;
    answer.type = static_cast<std::uint8_t>(type);
    answer.call_id = header.call_id;
    answer.auth_length = static_cast<std::uint16_t>(leg.token.size());
    if (conc_mpx && header.has(pfc::kConcMpx)) answer.flags |= pfc::kConcMpx;
    if (leg.slot && leg.slot->header_signing) answer.flags |= pfc::kHeaderSign;
    base::ByteBuffer pdu;
    PduWriter writer(pdu);
    write_header(writer, answer);
    write_bind_ack(writer, ack);
    // A completed context without a last token has no trailer at all.
    if (!leg.token.empty()) {
        const std::size_t pad = (4 - (writer.size() & 3U)) & 3U;
        writer.zeros(pad);
        write_auth_trailer(writer, {leg.slot->auth_type, leg.slot->auth_level, static_cast<std::uint8_t>(pad), leg.slot->auth_context_id, 0});
        writer.bytes(leg.token);
    }
    patch_frag_length(writer);
    send_pdu(pdu);
    log_contexts(bind, outcome, leg);
}

void Association::State::log_contexts(const BindPdu& bind, const PresentationTable::Outcome& outcome, const Leg& leg) {
    for (std::size_t i = 0; i < bind.contexts.size(); ++i) {
        const ContextAnswer& answer = outcome.answers[i];
        const ContextElement& element = bind.contexts[i];
        if (answer.result == ContextResult::acceptance) {
            const PresentationContext* context = contexts.find(element.context_id);
            log(LogEvent::Kind::bound, std::string(context->served.name) + (context->syntax == ndr::Syntax::ndr64 ? " NDR64" : " NDR20"),
                leg.slot.get());
        } else if (answer.reason == static_cast<std::uint16_t>(ContextReason::abstract_syntax_not_supported) &&
                   answer.result == ContextResult::provider_rejection) {
            log(LogEvent::Kind::bind_rejected, "no interface " + base::to_string(element.abstract_syntax.uuid) + " v" +
                                                   std::to_string(element.abstract_syntax.major) + "." +
                                                   std::to_string(element.abstract_syntax.minor));
        }
    }
}

// --- alter_context and auth3 -----------------------------------------------------------------------------------------

void Association::State::on_alter_context(const Received& in) {
    if (!bound) return protocol_error(in.header, "alter_context before bind");
    const auto trailer = trailer_of(in.header, in.pdu, kBindFixedBytes);
    const auto bind = parse_contexts(in.header, in.pdu, trailer);
    if (!bind) return protocol_error(in.header, "malformed alter_context");
    if (contexts.redefines(bind->contexts)) return protocol_error(in.header, "alter_context redefines a presentation context");
    if (contexts.exceeds_limit(bind->contexts)) {
        return reject_bind(in.header, NakReason::local_limit_exceeded, "too many presentation contexts");
    }
    if (in.header.has(pfc::kHeaderSign)) client_offered_header_signing = true;
    Leg leg;
    if (trailer) leg = security_leg(in, *trailer);
    if (closed) return;
    if (!leg.ok) {
        send_fault(in.header.call_id, 0, leg.status, Execution::did_not_execute);
        return;
    }
    // Clients made of several objects over one connection count their calls anew after this.
    if (calls.empty()) last_call_id.reset();
    acknowledge(in.header, PduType::alter_context_resp, *bind, leg);
}

void Association::State::on_auth3(const Received& in) {
    // Never answered ([MS-RPCE] 3.3.1.5.2.1): what is wrong shows at the first request, or closes the connection.
    const auto trailer = trailer_of(in.header, in.pdu, kPduHeaderBytes);
    const SlotPtr slot = bound && trailer ? security.find(trailer->context_id) : nullptr;
    if (slot && slot->state == SecuritySlot::State::failed) return;
    if (!slot || !slot->matches(*trailer) || slot->state != SecuritySlot::State::negotiating) {
        log(LogEvent::Kind::protocol_error, "auth3 without an authentication to finish");
        return close("auth3 without an authentication to finish");
    }
    base::ByteBuffer answer;
    if (!step(*slot, in.pdu.subspan(trailer->offset + kSecTrailerBytes), answer)) return;
    if (slot->state == SecuritySlot::State::negotiating) {
        log(LogEvent::Kind::logon_failed, "more legs needed after auth3", slot.get());
        slot->fail(status_of(Fault::sec_pkg_error));
    }
}

// --- security legs ---------------------------------------------------------------------------------------------------

Association::State::Leg Association::State::new_slot(const AuthTrailer& trailer, const PduHeader& header) {
    Leg leg;
    leg.ok = false;
    if (security.size() > 0 && (features & kFeatureSecurityMultiplexing) == 0) {
        protocol_error(header, "second security context without multiplexing");
        return leg;
    }
    if (security.size() >= limits::kMaxSecurityContexts) {
        leg.nak = NakReason::local_limit_exceeded;
        leg.status = status_of(Fault::proto_error);
        leg.text = "too many security contexts";
        log(LogEvent::Kind::limit_exceeded, leg.text);
        return leg;
    }
    auto context = settings.security->make(trailer.type, trailer.level);
    if (!context) {
        leg.nak = NakReason::authentication_type_not_recognized;
        leg.status = status_of(Fault::unknown_authn_service);
        leg.text = "authentication type " + std::to_string(trailer.type) + " at level " + std::to_string(trailer.level) + " is not served";
        log(LogEvent::Kind::bind_rejected, leg.text);
        return leg;
    }
    leg.ok = true;
    leg.slot = std::make_shared<SecuritySlot>();
    leg.slot->auth_type = trailer.type;
    leg.slot->auth_level = trailer.level;
    leg.slot->auth_context_id = trailer.context_id;
    leg.slot->context = std::move(context);
    // Agreed once, for the connection, by the first authentication that could use it.
    if (leg.slot->protects() && header.has(pfc::kHeaderSign)) header_signing = true;
    leg.slot->header_signing = header_signing && leg.slot->protects();
    security.add(leg.slot);
    return leg;
}

Association::State::Leg Association::State::security_leg(const Received& in, const AuthTrailer& trailer) {
    const base::ByteView token = in.pdu.subspan(trailer.offset + kSecTrailerBytes);
    Leg leg;
    leg.slot = security.find(trailer.context_id);
    if (!leg.slot) {
        leg = new_slot(trailer, in.header);
        if (!leg.ok) return leg;
    } else if (leg.slot->state == SecuritySlot::State::failed) {
        leg.ok = false;
        leg.status = leg.slot->error;
        return leg;
    } else if (!leg.slot->matches(trailer) || leg.slot->state == SecuritySlot::State::ready) {
        leg.ok = false;
        protocol_error(in.header, "security leg does not fit its context");
        return leg;
    }
    if (token.size() > limits::kMaxAuthTokenBytes || !step(*leg.slot, token, leg.token)) {
        if (leg.slot->state != SecuritySlot::State::failed) leg.slot->fail(status_of(Fault::access_denied));
        leg.ok = false;
        leg.nak = NakReason::invalid_checksum;
        leg.status = leg.slot->error;
        leg.text = "authentication failed";
    }
    return leg;
}

bool Association::State::step(SecuritySlot& slot, base::ByteView token, base::ByteBuffer& answer) {
    AuthStep outcome = slot.context->step(token);
    answer = std::move(outcome.token);
    if (outcome.state == AuthState::more) {
        // More legs without a token to answer them with cannot end well.
        if (!answer.empty() && answer.size() <= limits::kMaxAuthTokenBytes) return true;
        outcome.reason = "security package wants more but says nothing";
    } else if (outcome.state == AuthState::complete && complete(slot, outcome)) {
        return true;
    }
    LogEvent event;
    event.kind = LogEvent::Kind::logon_failed;
    event.text = outcome.reason.empty() ? "security package failed" : outcome.reason;
    event.user = outcome.user;
    event.workstation = outcome.workstation;
    event.mechanism = slot.context->mechanism();
    event.auth_type = slot.auth_type;
    event.auth_level = slot.auth_level;
    actions.emplace_back(std::move(event));
    // What Windows reports for a wrong password; a client may then ask for another one.
    slot.fail(status_of(Fault::access_denied));
    return false;
}

bool Association::State::complete(SecuritySlot& slot, const AuthStep& outcome) {
    base::TokenPtr identity = slot.context->identity();
    if (!identity) return false;
    auto caller = std::make_shared<Caller>(*settings.anonymous);
    caller->token = std::move(identity);
    caller->auth_type = slot.auth_type;
    caller->auth_level = slot.effective_level();
    caller->workstation = outcome.workstation;
    slot.caller = std::move(caller);
    slot.state = SecuritySlot::State::ready;
    if (!slot.caller->token->anonymous) known_caller = true;
    log(LogEvent::Kind::logged_on, "", &slot);
    return true;
}

}  // namespace dcerpc
