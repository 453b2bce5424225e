// SPNEGO [RFC 4178], [MS-SPNG]: finds the mechanism both sides speak and wraps its tokens. Both classes are SecurityContexts around
// one Mechanism; per-PDU protection goes straight to it.
#pragma once

#include "dcerpc/auth/security_context.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace dcerpc {

// A mechanism that may be negotiated. Without `make` an initiator offers the OID but cannot speak it (tests of mechanism change).
struct MechanismEntry {
    base::ByteView oid;                                                            // static storage, see spnego::oid
    std::function<std::unique_ptr<Mechanism>()> make;
};

// What both sides share: the chosen mechanism and the mechListMIC.
class SpnegoContext : public SecurityContext {
 public:
    [[nodiscard]] bool complete() const override { return state_ == State::complete; }
    [[nodiscard]] base::TokenPtr identity() const override { return complete() ? mechanism_->identity() : nullptr; }
    [[nodiscard]] std::string_view mechanism() const override { return mechanism_ ? mechanism_->mechanism() : "spnego"; }
    [[nodiscard]] std::size_t signature_size(Protection protection) const override {
        return mechanism_ ? mechanism_->signature_size(protection) : 0;
    }
    base::Result<void> protect(Protection protection, const ProtectedParts& parts, base::MutableByteView signature) override;
    base::Result<void> unprotect(Protection protection, const ProtectedParts& parts, base::ByteView signature) override;

 protected:
    enum class State : std::uint8_t { start, bare, negotiating, complete, failed };

    explicit SpnegoContext(std::vector<MechanismEntry> mechanisms) : mechanisms_(std::move(mechanisms)) {}
    AuthStep fail(std::string reason);
    // Fails keeping the user and workstation that a mechanism's step named; failed() keeps its reason as well.
    AuthStep fail(AuthStep step, std::string reason);
    AuthStep failed(AuthStep step);

    std::vector<MechanismEntry> mechanisms_;
    State state_ = State::start;
    std::unique_ptr<Mechanism> mechanism_;
    base::ByteBuffer mech_list_;                                                   // DER of mechTypes, as sent or received
    bool mic_required_ = false;                                                    // not the initiator's first choice
};

// Takes the initiator's order of preference. A token that begins with NTLMSSP is served bare, without any wrapping, to the end:
// that is what Windows sends under auth type 9 when NTLM is all it has ([MS-SPNG] 3.1.5.1 note 8).
class SpnegoAcceptor final : public SpnegoContext {
 public:
    explicit SpnegoAcceptor(std::vector<MechanismEntry> mechanisms) : SpnegoContext(std::move(mechanisms)) {}
    AuthStep step(base::ByteView token) override;

 private:
    AuthStep start(base::ByteView token);
    AuthStep start_bare(base::ByteView token);
    AuthStep bare(base::ByteView token);
    AuthStep negotiate(base::ByteView token);
    AuthStep finish(AuthStep step, base::ByteView mech_list_mic);

    base::ByteBuffer chosen_oid_;                                                  // as the initiator wrote it
};

class SpnegoInitiator final : public SpnegoContext {
 public:
    explicit SpnegoInitiator(std::vector<MechanismEntry> mechanisms) : SpnegoContext(std::move(mechanisms)) {}
    AuthStep step(base::ByteView token) override;

 private:
    AuthStep start();
    AuthStep negotiate(base::ByteView token);
    // Adopts supportedMech of the first reply.
    base::Result<void> adopt(base::ByteView oid);

    bool first_reply_ = true;
    bool sent_mic_ = false;
};

}  // namespace dcerpc
