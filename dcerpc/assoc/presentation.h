// Presentation contexts of one connection and their negotiation [MS-RPCE] 3.3.1.5.6, with bind-time features 3.3.1.5.3. Server side.
#pragma once

#include "dcerpc/assoc/association.h"
#include "dcerpc/pdu/bind.h"

#include <unordered_map>
#include <vector>

namespace dcerpc {

struct PresentationContext {
    ServedInterface served;
    SyntaxId abstract_syntax;  // as the client offered it
    SyntaxId transfer_syntax;
    ndr::Syntax syntax = ndr::Syntax::ndr20;
};

class PresentationTable {
 public:
    struct Outcome {
        std::vector<ContextAnswer> answers;     // same count and order as offered
        std::optional<std::uint16_t> features;  // agreed bits, if the client negotiates features
    };
    // Answers what a bind or alter_context offers and remembers what was accepted. A context id that exists already is accepted
    // again if nothing changes, and refused otherwise. The caller has checked exceeds_limit().
    [[nodiscard]] Outcome negotiate(const std::vector<ContextElement>& offered, const InterfaceDirectory& interfaces, bool ndr64);

    // True when the table might grow beyond limits::kMaxPresentationContexts.
    [[nodiscard]] bool exceeds_limit(const std::vector<ContextElement>& offered) const;
    // Would an alter_context give an accepted id another meaning: another interface, or another transfer syntax that we know? Windows ends
    // the connection then. Unknown transfer syntaxes are merely rejected.
    [[nodiscard]] bool redefines(const std::vector<ContextElement>& offered) const;
    // Null for an id that was never accepted. Valid until the next negotiate().
    [[nodiscard]] const PresentationContext* find(std::uint16_t context_id) const;

 private:
    [[nodiscard]] ContextAnswer answer(const ContextElement& element, const SyntaxId* chosen, const ServedInterface& served);

    std::unordered_map<std::uint16_t, PresentationContext> contexts_;
};

}  // namespace dcerpc
