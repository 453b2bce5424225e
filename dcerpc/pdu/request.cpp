#include "dcerpc/pdu/request.h"

namespace dcerpc {

std::optional<RequestPdu> parse_request(const PduHeader& header, base::ByteView pdu) {
    base::ByteReader reader(pdu, header.order());
    reader.skip(kPduHeaderBytes);
    RequestPdu request;
    request.alloc_hint = reader.u32();
    request.context_id = reader.u16();
    request.opnum = reader.u16();
    if (header.has(pfc::kObjectUuid)) request.object = base::read_guid(reader);
    if (!reader.ok()) return std::nullopt;
    request.stub_offset = reader.position();
    return request;
}

std::optional<ResponsePdu> parse_response(const PduHeader& header, base::ByteView pdu) {
    base::ByteReader reader(pdu, header.order());
    reader.skip(kPduHeaderBytes);
    ResponsePdu response;
    response.alloc_hint = reader.u32();
    response.context_id = reader.u16();
    response.cancel_count = reader.u8();
    reader.skip(1);
    if (!reader.ok()) return std::nullopt;
    return response;
}

void write_request(PduWriter& writer, const RequestPdu& request) {
    writer.u32(request.alloc_hint);
    writer.u16(request.context_id);
    writer.u16(request.opnum);
    if (request.object) writer.guid(*request.object);
}

void write_response(PduWriter& writer, const ResponsePdu& response) {
    writer.u32(response.alloc_hint);
    writer.u16(response.context_id);
    writer.u8(response.cancel_count);
    writer.zeros(1);
}

}  // namespace dcerpc
