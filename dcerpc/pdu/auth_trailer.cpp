#include "dcerpc/pdu/auth_trailer.h"

namespace dcerpc {

std::optional<AuthTrailer> read_auth_trailer(const PduHeader& header, base::ByteView pdu, std::size_t body_offset) {
    const std::size_t tail = kSecTrailerBytes + header.auth_length;
    if (body_offset > pdu.size() || pdu.size() - body_offset < tail) return std::nullopt;
    AuthTrailer trailer;
    trailer.offset = pdu.size() - tail;
    base::ByteReader reader(pdu.subspan(trailer.offset, kSecTrailerBytes), header.order());
    trailer.type = reader.u8();
    trailer.level = reader.u8();
    trailer.pad_length = reader.u8();
    reader.skip(1);
    trailer.context_id = reader.u32();
    if (trailer.pad_length > trailer.offset - body_offset) return std::nullopt;
    return trailer;
}

void write_auth_trailer(PduWriter& writer, const AuthTrailer& trailer) {
    writer.u8(trailer.type);
    writer.u8(trailer.level);
    writer.u8(trailer.pad_length);
    writer.u8(0);
    writer.u32(trailer.context_id);
}

}  // namespace dcerpc
