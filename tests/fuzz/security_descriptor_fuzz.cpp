// libFuzzer target: security descriptors as bytes and as SDDL text. What one parser accepts, the writers say in a form that the parser
// reads as the same; the access check answers on everything. The input goes through both parsers.
#include "base/access_check.h"
#include "base/security_descriptor.h"

#include <cstdlib>

namespace {

void demand(bool holds) {
    if (!holds) std::abort();
}

const base::Token& caller() {
    static const base::Token token = [] {
        base::Token made;
        made.user = "alice";
        made.user_sid = *base::parse_sid("S-1-5-21-1-2-3-1001");
        made.groups = {base::well_known::everyone(), base::well_known::users()};
        return made;
    }();
    return token;
}

void use(const base::SecurityDescriptor& descriptor) {
    const base::ByteBuffer bytes = base::to_bytes(descriptor);
    demand(bytes.size() == base::serialized_size(descriptor));
    const auto again = base::parse_security_descriptor(bytes);
    demand(again.has_value());
    demand(again->descriptor == descriptor);
    (void)base::to_sddl(descriptor);
    const base::GenericMapping mapping{0x20008, 0x20008, 0x20008, 0xF000C};
    for (const std::uint32_t desired : {0U, 0x8U, 0xCU, base::access::kMaximumAllowed, base::access::kAccessSystemSecurity, 0xF000CU}) {
        const auto granted = base::check_access(caller(), descriptor, desired, mapping);
        if (granted && (desired & base::access::kMaximumAllowed) == 0) demand((*granted & desired) == desired);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const base::ByteView view = std::as_bytes(std::span(data, size));
    const base::ByteBuffer exact(view.begin(), view.end());
    const auto parsed = base::parse_security_descriptor(exact);
    if (parsed) use(parsed->descriptor);
    const auto said = base::parse_sddl(base::as_text(exact));
    if (said) {
        use(*said);
        const auto again = base::parse_sddl(base::to_sddl(*said));
        demand(again.has_value() && *again == *said);
    }
    return 0;
}
