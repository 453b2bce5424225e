#include "dcerpc/assoc/security_table.h"

#include <algorithm>

namespace dcerpc {
namespace {

// Header and trailer count only with header signing ([MS-RPCE] 3.3.1.5.2.2) - except that NTLM with extended session security covers them in
// any case: Windows does, and clients that never offer header signing (impacket) rely on it.
ProtectedParts parts_of(const SecuritySlot& slot, base::MutableByteView pdu, std::size_t body_offset, std::size_t trailer_offset) {
    ProtectedParts parts;
    if (slot.header_signing || slot.context->mechanism() == "ntlmssp") {
        parts.header = pdu.first(body_offset);
        parts.trailer = pdu.subspan(trailer_offset, kSecTrailerBytes);
    }
    parts.body = pdu.subspan(body_offset, trailer_offset - body_offset);
    return parts;
}

}  // namespace

SlotPtr SecurityTable::find(std::uint32_t auth_context_id) const {
    for (const SlotPtr& slot : slots_) {
        if (slot->auth_context_id == auth_context_id) return slot;
    }
    return nullptr;
}

bool SecurityTable::any_ready() const {
    return std::any_of(slots_.begin(), slots_.end(), [](const SlotPtr& slot) { return slot->state == SecuritySlot::State::ready; });
}

base::Result<base::MutableByteView> open_body(const SecuritySlot& slot, base::MutableByteView pdu, std::size_t body_offset,
                                              const AuthTrailer& trailer) {
    const ProtectedParts parts = parts_of(slot, pdu, body_offset, trailer.offset);
    // Old clients reserve more room than the signature takes ([MS-RPCE] 2.2.2.11 note 37).
    const base::ByteView token = pdu.subspan(trailer.offset + kSecTrailerBytes);
    const std::size_t signature_size = std::min(token.size(), slot.context->signature_size(slot.protection()));
    TRY_VOID(slot.context->unprotect(slot.protection(), parts, token.first(signature_size)));
    return pdu.subspan(body_offset, trailer.offset - body_offset - trailer.pad_length);
}

base::Result<void> seal_body(const SecuritySlot& slot, base::MutableByteView pdu, std::size_t body_offset, std::size_t signature_size) {
    const std::size_t trailer_offset = pdu.size() - signature_size - kSecTrailerBytes;
    const ProtectedParts parts = parts_of(slot, pdu, body_offset, trailer_offset);
    return slot.context->protect(slot.protection(), parts, pdu.last(signature_size));
}

}  // namespace dcerpc
