#include "dcerpc/auth/spnego.h"

#include "dcerpc/auth/ntlm/messages.h"
#include "dcerpc/auth/spnego_messages.h"

#include <algorithm>
#include <utility>

namespace dcerpc {

using spnego::NegState;
using spnego::NegTokenResp;

namespace {

AuthStep reply(AuthState state, const NegTokenResp& response) {
    AuthStep step;
    step.state = state;
    step.token = spnego::encode(response);
    return step;
}

}  // namespace

// --- common ------------------------------------------------------------------------------------------------------------------------

base::Result<void> SpnegoContext::protect(Protection protection, const ProtectedParts& parts, base::MutableByteView signature) {
    if (!complete()) return base::Error(base::Win32::access_denied, "SPNEGO has not finished");
    return mechanism_->protect(protection, parts, signature);
}

base::Result<void> SpnegoContext::unprotect(Protection protection, const ProtectedParts& parts, base::ByteView signature) {
    if (!complete()) return base::Error(base::Win32::access_denied, "SPNEGO has not finished");
    return mechanism_->unprotect(protection, parts, signature);
}

AuthStep SpnegoContext::failed(AuthStep step) {
    state_ = State::failed;
    mechanism_.reset();
    step.state = AuthState::failed;
    step.token.clear();
    return step;
}

AuthStep SpnegoContext::fail(AuthStep step, std::string reason) {
    step.reason = std::move(reason);
    return failed(std::move(step));
}

AuthStep SpnegoContext::fail(std::string reason) { return fail(AuthStep(), std::move(reason)); }

// --- acceptor ----------------------------------------------------------------------------------------------------------------------

AuthStep SpnegoAcceptor::step(base::ByteView token) {
    switch (state_) {
        case State::start: return ntlm::is_ntlmssp(token) ? start_bare(token) : start(token);
        case State::bare: return bare(token);
        case State::negotiating: return negotiate(token);
        default: return fail("SPNEGO token after the end of the exchange");
    }
}

AuthStep SpnegoAcceptor::start_bare(base::ByteView token) {
    for (const MechanismEntry& entry : mechanisms_) {
        if (!spnego::same_oid(entry.oid, spnego::oid::ntlmssp())) continue;
        mechanism_ = entry.make();
        state_ = State::bare;
        return bare(token);
    }
    return fail("bare NTLM token, but NTLM is not enabled");
}

AuthStep SpnegoAcceptor::bare(base::ByteView token) {
    AuthStep step = mechanism_->step(token);
    if (step.state == AuthState::failed) return failed(std::move(step));
    if (step.state == AuthState::complete) state_ = State::complete;
    return step;
}

AuthStep SpnegoAcceptor::start(base::ByteView token) {
    const auto init = spnego::parse_init(token);
    if (!init) return fail(init.error().text());
    mech_list_.assign(init->mech_list.begin(), init->mech_list.end());

    const auto supported = [&](base::ByteView oid) {
        return std::find_if(mechanisms_.begin(), mechanisms_.end(),
                            [&](const MechanismEntry& entry) { return spnego::same_oid(entry.oid, oid); });
    };
    std::size_t choice = 0;
    while (choice < init->mechanisms.size() && supported(init->mechanisms[choice]) == mechanisms_.end()) ++choice;
    if (choice == init->mechanisms.size()) {
        std::string offered;
        for (const base::ByteView oid : init->mechanisms) offered += " " + spnego::oid_name(oid);
        return fail("no common SPNEGO mechanism, client offers" + offered);
    }
    const base::ByteView chosen = init->mechanisms[choice];
    mechanism_ = supported(chosen)->make();
    chosen_oid_.assign(chosen.begin(), chosen.end());
    state_ = State::negotiating;

    NegTokenResp response;
    response.supported_mech = chosen_oid_;
    if (choice != 0 || !init->mech_token) {
        // The optimistic token, if any, belongs to the initiator's first choice, not to ours ([RFC 4178] 4.2.2).
        mic_required_ = choice != 0;
        response.state = mic_required_ ? NegState::request_mic : NegState::accept_incomplete;
        return reply(AuthState::more, response);
    }
    AuthStep inner = mechanism_->step(*init->mech_token);
    if (inner.state == AuthState::failed) return failed(std::move(inner));
    // With one token a mechanism of the first choice may be done; no mechListMIC is needed then.
    const bool done = inner.state == AuthState::complete;
    if (done) state_ = State::complete;
    response.state = done ? NegState::accept_completed : NegState::accept_incomplete;
    if (!inner.token.empty()) response.response_token = inner.token;
    return reply(inner.state, response);
}

AuthStep SpnegoAcceptor::negotiate(base::ByteView token) {
    const auto request = spnego::parse_resp(token);
    if (!request) return fail(request.error().text());
    if (request->state == NegState::reject) return fail("client rejects the negotiation");
    if (!request->response_token) return fail("SPNEGO token without mechanism token");

    AuthStep inner = mechanism_->step(*request->response_token);
    if (inner.state == AuthState::failed) return failed(std::move(inner));
    if (inner.state == AuthState::complete) return finish(std::move(inner), request->mech_list_mic.value_or(base::ByteView{}));
    NegTokenResp response;
    response.state = NegState::accept_incomplete;
    response.response_token = inner.token;
    return reply(inner.state, response);
}

AuthStep SpnegoAcceptor::finish(AuthStep step, base::ByteView mech_list_mic) {
    const base::TokenPtr identity = mechanism_->identity();
    const bool anonymous = identity == nullptr || identity->anonymous;             // has no keys that could protect anything
    const bool required = !anonymous && mechanism_->can_sign() && (mic_required_ || mechanism_->peer_requires_mech_list_mic());
    if (mech_list_mic.empty() && required) return fail(std::move(step), "mechListMIC is missing");

    base::ByteBuffer mic;
    if (!mech_list_mic.empty()) {
        const auto verified = mechanism_->verify_mic(mech_list_, mech_list_mic);
        if (!verified) return fail(std::move(step), "mechListMIC: " + verified.error().text());
        auto made = mechanism_->make_mic(mech_list_);
        if (!made) return fail(std::move(step), "mechListMIC: " + made.error().text());
        mic = std::move(*made);
    }
    NegTokenResp response;
    response.state = NegState::accept_completed;
    if (!step.token.empty()) response.response_token = step.token;
    if (!mic.empty()) response.mech_list_mic = mic;
    state_ = State::complete;
    base::ByteBuffer token = spnego::encode(response);
    step.token = std::move(token);
    return step;
}

// --- initiator ---------------------------------------------------------------------------------------------------------------------

AuthStep SpnegoInitiator::step(base::ByteView token) {
    switch (state_) {
        case State::start: return start();
        case State::negotiating: return negotiate(token);
        default: return fail("SPNEGO token after the end of the exchange");
    }
}

AuthStep SpnegoInitiator::start() {
    std::vector<base::ByteView> oids;
    for (const MechanismEntry& entry : mechanisms_) oids.push_back(entry.oid);
    mech_list_ = spnego::encode_mech_list(oids);
    AuthStep step;
    step.state = AuthState::more;
    if (!mechanisms_.empty() && mechanisms_.front().make) {
        mechanism_ = mechanisms_.front().make();
        step = mechanism_->step({});
        if (step.state == AuthState::failed) return failed(std::move(step));
        step.token = spnego::encode_init(mech_list_, step.token);
    } else {
        step.token = spnego::encode_init(mech_list_, std::nullopt);
    }
    state_ = State::negotiating;
    step.state = AuthState::more;
    return step;
}

base::Result<void> SpnegoInitiator::adopt(base::ByteView oid) {
    if (spnego::same_oid(oid, mechanisms_.front().oid)) return {};
    for (const MechanismEntry& entry : mechanisms_) {
        if (!entry.make || !spnego::same_oid(entry.oid, oid)) continue;
        mechanism_ = entry.make();
        mic_required_ = true;
        return {};
    }
    return base::Error(base::Win32::logon_failure, "server chose a mechanism that was not offered");
}

AuthStep SpnegoInitiator::negotiate(base::ByteView token) {
    const auto response = spnego::parse_resp(token);
    if (!response) return fail(response.error().text());
    if (response->state == NegState::reject) return fail("server rejects the negotiation");
    // A supportedMech in later replies is ignored ([MS-SPNG] 3.3.5).
    if (std::exchange(first_reply_, false) && response->supported_mech) {
        const auto adopted = adopt(*response->supported_mech);
        if (!adopted) return fail(adopted.error().text());
    }
    if (response->state == NegState::request_mic) mic_required_ = true;
    if (!mechanism_) return fail("server accepts a mechanism that we only offered");

    NegTokenResp next;
    base::ByteBuffer mic;
    AuthStep step;
    if (!mechanism_->complete()) {
        step = mechanism_->step(response->response_token.value_or(base::ByteView{}));
        if (step.state == AuthState::failed) return failed(std::move(step));
        next.response_token = step.token;
        if (mechanism_->complete() && mechanism_->can_sign()) {
            auto made = mechanism_->make_mic(mech_list_);
            if (!made) return fail(std::move(step), "mechListMIC: " + made.error().text());
            mic = std::move(*made);
            next.mech_list_mic = mic;
            sent_mic_ = true;
        }
        base::ByteBuffer wrapped = spnego::encode(next);
        step.token = std::move(wrapped);
        step.state = AuthState::more;
        return step;
    }

    if (response->state != NegState::accept_completed) return fail("server does not complete the negotiation");
    if (response->mech_list_mic) {
        const auto verified = mechanism_->verify_mic(mech_list_, *response->mech_list_mic);
        if (!verified) return fail("mechListMIC: " + verified.error().text());
    } else if (sent_mic_ || (mic_required_ && mechanism_->can_sign())) {
        return fail("mechListMIC is missing");
    }
    state_ = State::complete;
    step.state = AuthState::complete;
    return step;
}

}  // namespace dcerpc
