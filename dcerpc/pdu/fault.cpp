#include "dcerpc/pdu/fault.h"

#include <algorithm>

namespace dcerpc {

std::optional<FaultPdu> parse_fault(const PduHeader& header, base::ByteView pdu) {
    base::ByteReader reader(pdu, header.order());
    reader.skip(kPduHeaderBytes);
    FaultPdu fault;
    fault.alloc_hint = reader.u32();
    fault.context_id = reader.u16();
    fault.cancel_count = reader.u8();
    reader.skip(1);
    fault.status = reader.u32();
    if (!reader.ok()) return std::nullopt;
    return fault;
}

void write_fault(PduWriter& writer, const FaultPdu& fault) {
    writer.u32(fault.alloc_hint);
    writer.u16(fault.context_id);
    writer.u8(fault.cancel_count);
    writer.zeros(1);
    writer.u32(fault.status);
    writer.u32(0);
}

bool may_send_status(std::uint32_t status) {
    static constexpr std::uint32_t kForbidden[] = {
        0x00000000, 0x80000001, 0x80000002, 0x80000003, 0xC0000005, 0xC0000006, 0xC000001D,
        0xC0000096, 0xC00000AA, 0xC00000FD, 0xC0000194, 0xC0000235, 0xC0000409, 0xC0000420,
    };
    return std::find(std::begin(kForbidden), std::end(kForbidden), status) == std::end(kForbidden);
}

}  // namespace dcerpc
