#include "dcerpc/assoc/fragmenter.h"

#include "dcerpc/pdu/request.h"

#include <algorithm>

namespace dcerpc {

Fragmenter::Fragmenter(Plan plan, base::ByteBuffer stub) : plan_(std::move(plan)), stub_(std::move(stub)) {}

void Fragmenter::write_fixed(PduWriter& writer, std::uint8_t flags) const {
    PduHeader header;
    header.type = static_cast<std::uint8_t>(plan_.type);
    header.flags = flags;
    header.drep = drep_of(plan_.order);
    header.call_id = plan_.call_id;
    if (is_protected()) header.auth_length = static_cast<std::uint16_t>(plan_.slot->context->signature_size(plan_.slot->protection()));
    if (plan_.object) header.flags |= pfc::kObjectUuid;
    write_header(writer, header);
    // What remains to be sent, this fragment included ([MS-RPCE] 2.2.2.6).
    const auto remaining = static_cast<std::uint32_t>(stub_.size() - sent_);
    if (plan_.type == PduType::request) {
        RequestPdu request;
        request.alloc_hint = remaining;
        request.context_id = plan_.context_id;
        request.opnum = plan_.opnum;
        request.object = plan_.object;
        write_request(writer, request);
    } else {
        write_response(writer, ResponsePdu{remaining, plan_.context_id, plan_.cancel_count});
    }
}

base::Result<void> Fragmenter::append_next(base::ByteBuffer& out) {
    const bool sealed = is_protected();
    if (sealed && !plan_.slot->context) return base::Error(base::Win32::access_denied, "security context is gone");
    const std::size_t signature_size = sealed ? plan_.slot->context->signature_size(plan_.slot->protection()) : 0;
    const std::size_t fixed = kRequestFixedBytes + (plan_.object ? kObjectUuidBytes : 0);
    const std::size_t overhead = fixed + (sealed ? kSecTrailerBytes + signature_size : 0);
    if (overhead + 16 > plan_.max_fragment) return base::Error(base::Win32::insufficient_buffer, "fragments too small for the signature");
    // Full fragments end at a multiple of 16, so only the last one needs padding.
    const std::size_t room = (plan_.max_fragment - overhead) & ~std::size_t{15};
    const std::size_t size = std::min(room, stub_.size() - sent_);
    const bool last = sent_ + size == stub_.size();

    std::uint8_t flags = 0;
    if (!begun_) flags |= pfc::kFirst;
    if (last) flags |= pfc::kLast;
    PduWriter writer(out, plan_.order);
    write_fixed(writer, flags);
    writer.bytes(base::ByteView(stub_).subspan(sent_, size));
    if (sealed) {
        AuthTrailer trailer{plan_.slot->auth_type, plan_.slot->auth_level, 0, plan_.slot->auth_context_id, 0};
        trailer.pad_length = static_cast<std::uint8_t>(auth_padding(size));
        writer.zeros(trailer.pad_length);
        write_auth_trailer(writer, trailer);
        writer.zeros(signature_size);
    }
    patch_frag_length(writer);
    if (sealed) {
        TRY_VOID(seal_body(*plan_.slot, writer.written(), fixed, signature_size));
    }
    begun_ = true;
    sent_ += size;
    done_ = last;
    return {};
}

}  // namespace dcerpc
