#include "pdus.h"

#include "dcerpc/pdu/auth_trailer.h"

#include <gtest/gtest.h>

namespace dcerpc::test {
namespace {

base::ByteBuffer bind_like(PduType type, const BindOptions& options) {
    base::ByteBuffer pdu;
    PduWriter writer(pdu, options.order);
    PduHeader header;
    header.type = static_cast<std::uint8_t>(type);
    header.flags = options.flags;
    header.drep = drep_of(options.order);
    header.call_id = options.call_id;
    if (options.auth) header.auth_length = static_cast<std::uint16_t>(options.token.size());
    write_header(writer, header);
    BindPdu body;
    body.max_xmit_frag = options.max_xmit;
    body.max_recv_frag = options.max_recv;
    body.group_id = options.group_id;
    body.contexts = options.contexts;
    write_bind(writer, body);
    if (options.auth) {
        write_auth_trailer(writer, {options.auth->type, options.auth->level, 0, options.auth->id, 0});
        writer.bytes(base::as_bytes(options.token));
    }
    patch_frag_length(writer);
    return pdu;
}

}  // namespace

base::ByteBuffer bind(const BindOptions& options) { return bind_like(PduType::bind, options); }
base::ByteBuffer alter_context(const BindOptions& options) { return bind_like(PduType::alter_context, options); }

base::ByteBuffer auth3(const Auth& auth, std::string_view token, std::uint32_t call_id) {
    base::ByteBuffer pdu;
    PduWriter writer(pdu);
    PduHeader header;
    header.type = static_cast<std::uint8_t>(PduType::auth3);
    header.call_id = call_id;
    header.auth_length = static_cast<std::uint16_t>(token.size());
    write_header(writer, header);
    writer.zeros(4);
    write_auth_trailer(writer, {auth.type, auth.level, 0, auth.id, 0});
    writer.bytes(base::as_bytes(token));
    patch_frag_length(writer);
    return pdu;
}

base::ByteBuffer request(const RequestOptions& options, base::ByteView stub) {
    base::ByteBuffer pdu;
    PduWriter writer(pdu, options.order);
    PduHeader header;
    header.flags = options.flags;
    if (options.object) header.flags |= pfc::kObjectUuid;
    header.drep = drep_of(options.order);
    header.call_id = options.call_id;
    if (options.auth) header.auth_length = 16;
    write_header(writer, header);
    write_request(writer, {options.alloc_hint, options.context_id, options.opnum, options.object, 0});
    const std::size_t body = pdu.size();
    writer.bytes(stub);
    if (options.auth) {
        const auto pad = static_cast<std::uint8_t>(auth_padding(stub.size()));
        writer.zeros(pad);
        write_auth_trailer(writer, {options.auth->type, options.auth->level, pad, options.auth->id, 0});
        writer.zeros(16);
    }
    patch_frag_length(writer);
    if (options.auth && options.signer != nullptr) {
        const base::MutableByteView all(pdu);
        ProtectedParts parts;
        parts.body = all.subspan(body, pdu.size() - body - 24);
        if (options.auth->header_signing) {
            parts.header = all.first(body);
            parts.trailer = all.subspan(pdu.size() - 24, 8);
        }
        const auto protection = options.auth->level == 6 ? Protection::privacy : Protection::integrity;
        EXPECT_TRUE(options.signer->protect(protection, parts, all.last(16)));
    }
    return pdu;
}

base::ByteBuffer control(PduType type, std::uint32_t call_id) {
    base::ByteBuffer pdu;
    PduWriter writer(pdu);
    PduHeader header;
    header.type = static_cast<std::uint8_t>(type);
    header.call_id = call_id;
    write_header(writer, header);
    patch_frag_length(writer);
    return pdu;
}

BindAckPdu Sent::ack() const {
    EXPECT_TRUE(is(PduType::bind_ack) || is(PduType::alter_context_resp));
    const std::size_t tail = header.auth_length == 0 ? 0 : header.auth_length + kSecTrailerBytes;
    const auto parsed = parse_bind_ack(base::ByteView(bytes).first(bytes.size() - tail), header.order());
    EXPECT_TRUE(parsed);
    return parsed.value_or(BindAckPdu{});
}

std::string Sent::ack_token() const { return std::string(base::as_text(base::ByteView(bytes).last(header.auth_length))); }

NakReason Sent::nak() const {
    EXPECT_TRUE(is(PduType::bind_nak));
    return parse_bind_nak(bytes, header.order()).value_or(static_cast<NakReason>(0xffff));
}

FaultPdu Sent::fault() const {
    EXPECT_TRUE(is(PduType::fault));
    return parse_fault(header, bytes).value_or(FaultPdu{});
}

base::ByteBuffer Sent::stub() const {
    EXPECT_TRUE(is(PduType::response));
    EXPECT_EQ(header.auth_length, 0);
    return {bytes.begin() + kResponseFixedBytes, bytes.end()};
}

std::vector<Sent> cut(base::ByteView output) {
    std::vector<Sent> sent;
    while (!output.empty()) {
        const auto header = read_header(output);
        if (!header || header->frag_length < kPduHeaderBytes || header->frag_length > output.size()) {
            ADD_FAILURE() << "output is no sequence of PDUs";
            break;
        }
        const auto pdu = output.first(header->frag_length);
        sent.push_back({*header, {pdu.begin(), pdu.end()}});
        output = output.subspan(header->frag_length);
    }
    return sent;
}

}  // namespace dcerpc::test
