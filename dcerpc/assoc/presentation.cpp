#include "dcerpc/assoc/presentation.h"

#include "base/limits.h"

#include <algorithm>

namespace dcerpc {
namespace {

constexpr std::uint16_t kSupportedFeatures = kFeatureSecurityMultiplexing | kFeatureKeepConnectionOnOrphan;

bool offers(const ContextElement& element, const SyntaxId& syntax) {
    const auto& list = element.transfer_syntaxes;
    return std::find(list.begin(), list.end(), syntax) != list.end();
}

// The one transfer syntax for an abstract syntax: NDR64 where any element of the PDU offers it, else NDR 2.0. Null: neither.
const SyntaxId* choose(const std::vector<ContextElement>& offered, const SyntaxId& abstract_syntax, bool ndr64) {
    const auto offered_anywhere = [&](const SyntaxId& syntax) {
        return std::any_of(offered.begin(), offered.end(), [&](const ContextElement& element) {
            return element.abstract_syntax == abstract_syntax && offers(element, syntax);
        });
    };
    if (ndr64 && offered_anywhere(kNdr64)) return &kNdr64;
    return offered_anywhere(kNdr20) ? &kNdr20 : nullptr;
}

ContextAnswer refusal(ContextReason reason) { return {ContextResult::provider_rejection, static_cast<std::uint16_t>(reason), {}}; }

}  // namespace

ContextAnswer PresentationTable::answer(const ContextElement& element, const SyntaxId* chosen, const ServedInterface& served) {
    const auto known = contexts_.find(element.context_id);
    if (known != contexts_.end()) {
        // Later legs of an authentication repeat their contexts ([MS-RPCE] 3.3.1.5.2.1).
        const PresentationContext& context = known->second;
        if (context.abstract_syntax != element.abstract_syntax) return refusal(ContextReason::abstract_syntax_not_supported);
        if (!offers(element, context.transfer_syntax)) return refusal(ContextReason::transfer_syntaxes_not_supported);
        return {ContextResult::acceptance, 0, context.transfer_syntax};
    }
    if (chosen == nullptr || !offers(element, *chosen)) return refusal(ContextReason::transfer_syntaxes_not_supported);
    PresentationContext context;
    context.served = served;
    context.abstract_syntax = element.abstract_syntax;
    context.transfer_syntax = *chosen;
    context.syntax = *chosen == kNdr64 ? ndr::Syntax::ndr64 : ndr::Syntax::ndr20;
    contexts_.emplace(element.context_id, context);
    return {ContextResult::acceptance, 0, *chosen};
}

PresentationTable::Outcome PresentationTable::negotiate(const std::vector<ContextElement>& offered, const InterfaceDirectory& interfaces,
                                                        bool ndr64) {
    Outcome outcome;
    outcome.answers.reserve(offered.size());
    for (const ContextElement& element : offered) {
        if (const auto bits = feature_bits(element)) {
            outcome.features = static_cast<std::uint16_t>(*bits & kSupportedFeatures);
            outcome.answers.push_back({ContextResult::negotiate_ack, *outcome.features, {}});
            continue;
        }
        const auto served = interfaces.find(element.abstract_syntax);
        if (!served) {
            outcome.answers.push_back(refusal(ContextReason::abstract_syntax_not_supported));
            continue;
        }
        outcome.answers.push_back(answer(element, choose(offered, element.abstract_syntax, ndr64), *served));
    }
    return outcome;
}

bool PresentationTable::exceeds_limit(const std::vector<ContextElement>& offered) const {
    std::size_t fresh = 0;
    for (const ContextElement& element : offered) {
        if (!feature_bits(element) && !contexts_.contains(element.context_id)) ++fresh;
    }
    return contexts_.size() + fresh > base::limits::kMaxPresentationContexts;
}

bool PresentationTable::redefines(const std::vector<ContextElement>& offered) const {
    return std::any_of(offered.begin(), offered.end(), [this](const ContextElement& element) {
        const PresentationContext* known = find(element.context_id);
        if (known == nullptr || feature_bits(element)) return false;
        if (element.abstract_syntax != known->abstract_syntax) return true;
        return !offers(element, known->transfer_syntax) && (offers(element, kNdr20) || offers(element, kNdr64));
    });
}

const PresentationContext* PresentationTable::find(std::uint16_t context_id) const {
    const auto found = contexts_.find(context_id);
    return found == contexts_.end() ? nullptr : &found->second;
}

}  // namespace dcerpc
