#include "tools/bench/smb_pipe.h"

#include "base/clock.h"
#include "base/utf.h"
#include "dcerpc/auth/providers.h"

#include <algorithm>

namespace bench {
namespace {

using base::ByteBuffer;
using base::ByteReader;
using base::ByteView;
using base::ByteWriter;
using base::Error;
using base::Result;
using base::Win32;

constexpr std::size_t kHeaderBytes = 64, kMessageLimit = 0x20000;
constexpr std::uint32_t kReadBytes = 0x10000;  // as much as one credit pays for
constexpr std::uint16_t kNegotiate = 0, kSessionSetup = 1, kTreeConnect = 3, kCreate = 5, kRead = 8, kWrite = 9, kIoctl = 11;
constexpr std::uint16_t kDialect21 = 0x0210;
constexpr std::uint32_t kPending = 0x103, kBufferOverflow = 0x80000005, kMoreProcessing = 0xC0000016;
constexpr std::uint32_t kPipeTransceive = 0x0011C017;
constexpr std::uint32_t kMagic = 0x424D53FE;

Error failed(std::string what) { return Error(Win32::gen_failure, "SMB: " + std::move(what)); }

Error status_error(const char* step, std::uint32_t status) {
    char text[80];
    (void)std::snprintf(text, sizeof text, "%s: status 0x%08X", step, status);
    return failed(text);
}

ByteBuffer wide_bytes(std::string_view text) {
    ByteBuffer bytes;
    ByteWriter writer(bytes);
    for (const char16_t unit : base::to_utf16(text)) writer.u16(static_cast<std::uint16_t>(unit));
    return bytes;
}

// `count` bytes of a message at an offset that the server chose.
Result<ByteBuffer> part(ByteView message, std::size_t offset, std::size_t count) {
    if (offset > message.size() || count > message.size() - offset) return failed("a reply points outside of itself");
    const ByteView bytes = message.subspan(offset, count);
    return ByteBuffer(bytes.begin(), bytes.end());
}

ByteReader body_of(const ByteBuffer& message) { return ByteReader(ByteView(message).subspan(kHeaderBytes)); }

}  // namespace

Result<SmbPipe> SmbPipe::open(const PipeTarget& target, const std::string& user, const std::string& password) {
    TRY(auto socket, Socket::connect(target.host, target.port));
    SmbPipe pipe(std::move(socket));
    TRY_VOID(pipe.negotiate());
    TRY_VOID(pipe.log_on(target.host, user, password));
    TRY_VOID(pipe.connect_tree(target.host));
    TRY_VOID(pipe.create(target.pipe));
    return pipe;
}

// One request at a time: each reply grants the credit of the next.
Result<SmbPipe::Reply> SmbPipe::exchange(std::uint16_t command, ByteView body) {
    const std::uint64_t id = next_id_++;
    ByteBuffer message;
    message.reserve(4 + kHeaderBytes + body.size());
    ByteWriter writer(message);
    const auto size = static_cast<std::uint32_t>(kHeaderBytes + body.size());
    for (const unsigned shift : {24U, 16U, 8U, 0U}) writer.u8(static_cast<std::uint8_t>((size >> shift) & 0xFFU));
    writer.u32(kMagic);
    writer.u16(kHeaderBytes);
    writer.u16(command == kNegotiate ? 0 : 1);  // CreditCharge
    writer.u32(0);
    writer.u16(command);
    writer.u16(1);  // CreditRequest
    writer.u32(0);  // Flags
    writer.u32(0);  // NextCommand
    writer.u64(id);
    writer.u32(0);
    writer.u32(tree_);
    writer.u64(session_);
    writer.zeros(16);  // Signature
    writer.bytes(body);
    TRY_VOID(socket_.send(message));
    return receive(command, id);
}

Result<SmbPipe::Reply> SmbPipe::receive(std::uint16_t command, std::uint64_t id) {
    while (true) {
        std::array<std::byte, 4> prefix{};
        TRY_VOID(socket_.receive(prefix));
        const std::uint32_t size = ByteReader(prefix, base::ByteOrder::big).u32();
        if (size < kHeaderBytes || size > kMessageLimit) return failed("a reply of impossible size");
        Reply reply;
        reply.message.resize(size);
        TRY_VOID(socket_.receive(reply.message));
        ByteReader header(reply.message);
        if (header.u32() != kMagic) return failed("the server does not answer in SMB 2");
        header.skip(4);
        reply.status = header.u32();
        const std::uint16_t answered = header.u16();
        header.skip(10);
        const std::uint64_t answered_id = header.u64();
        header.skip(8);  // process and tree, or AsyncId
        const std::uint64_t session = header.u64();
        if (answered != command || answered_id != id) return failed("a reply to something else");
        if (reply.status == kPending) continue;
        if (command == kSessionSetup) session_ = session;
        if (command == kTreeConnect) tree_ = ByteReader(ByteView(reply.message).subspan(36)).u32();
        return reply;
    }
}

Result<void> SmbPipe::negotiate() {
    ByteBuffer body;
    ByteWriter writer(body);
    writer.u16(36);
    writer.u16(1);  // DialectCount
    writer.u16(1);  // signing enabled
    writer.zeros(2 + 4);
    std::array<std::byte, 16> client{};
    base::random_bytes(client);
    writer.bytes(client);
    writer.zeros(8);
    writer.u16(kDialect21);
    TRY(const Reply reply, exchange(kNegotiate, body));
    if (reply.status != 0) return status_error("negotiate", reply.status);
    ByteReader reader = body_of(reply.message);
    reader.skip(2);
    const std::uint16_t security = reader.u16();
    if (reader.u16() != kDialect21) return failed("the server does not speak dialect 2.1");
    if ((security & 2U) != 0) return failed("the server requires signed messages, which this gateway does not make");
    return {};
}

Result<void> SmbPipe::log_on(const std::string& host, const std::string& user, const std::string& password) {
    const auto credentials = dcerpc::make_credentials("", user, password);
    const auto context = dcerpc::make_initiator(credentials, base::system_clock(), dcerpc::kAuthTypeSpnego, 2, "cifs/" + host);
    ByteBuffer token;
    while (true) {
        const dcerpc::AuthStep step = context->step(token);
        if (step.state == dcerpc::AuthState::failed) return failed("log-on: " + step.reason);
        if (step.token.empty()) return {};
        ByteBuffer body;
        ByteWriter writer(body);
        writer.u16(25);
        writer.u8(0);
        writer.u8(1);  // signing enabled
        writer.zeros(4 + 4);
        writer.u16(kHeaderBytes + 24);
        writer.u16(static_cast<std::uint16_t>(step.token.size()));
        writer.u64(0);
        writer.bytes(step.token);
        TRY(const Reply reply, exchange(kSessionSetup, body));
        if (reply.status != 0 && reply.status != kMoreProcessing) return status_error("log-on", reply.status);
        ByteReader reader = body_of(reply.message);
        reader.skip(2);
        const std::uint16_t flags = reader.u16(), offset = reader.u16(), size = reader.u16();
        if ((flags & 1U) != 0 && !user.empty()) return failed("the server takes the user for a guest");
        if ((flags & 4U) != 0) return failed("the server requires encryption, which this gateway does not do");
        if (reply.status == 0 && step.state == dcerpc::AuthState::complete) return {};
        TRY(token, part(reply.message, offset, size));
        if (reply.status == 0 && token.empty()) return {};
    }
}

Result<void> SmbPipe::connect_tree(const std::string& host) {
    const ByteBuffer path = wide_bytes("\\\\" + host + "\\IPC$");
    ByteBuffer body;
    ByteWriter writer(body);
    writer.u16(9);
    writer.u16(0);
    writer.u16(kHeaderBytes + 8);
    writer.u16(static_cast<std::uint16_t>(path.size()));
    writer.bytes(path);
    TRY(const Reply reply, exchange(kTreeConnect, body));
    return reply.status == 0 ? Result<void>() : status_error("IPC$", reply.status);
}

Result<void> SmbPipe::create(const std::string& pipe) {
    const ByteBuffer name = wide_bytes(pipe);
    ByteBuffer body;
    ByteWriter writer(body);
    writer.u16(57);
    writer.zeros(2);
    writer.u32(2);  // impersonation
    writer.zeros(8 + 8);
    writer.u32(0x0012019F);  // read and write
    writer.u32(0);
    writer.u32(3);  // share reading and writing
    writer.u32(1);  // FILE_OPEN
    writer.u32(0);
    writer.u16(kHeaderBytes + 56);
    writer.u16(static_cast<std::uint16_t>(name.size()));
    writer.zeros(8);
    writer.bytes(name);
    TRY(const Reply reply, exchange(kCreate, body));
    if (reply.status != 0) return status_error(("pipe " + pipe).c_str(), reply.status);
    TRY(const ByteBuffer file, part(reply.message, kHeaderBytes + 64, file_.size()));
    std::copy(file.begin(), file.end(), file_.begin());
    return {};
}

Result<void> SmbPipe::write(ByteView pdu) {
    ByteBuffer body;
    ByteWriter writer(body);
    writer.u16(49);
    writer.u16(kHeaderBytes + 48);
    writer.u32(static_cast<std::uint32_t>(pdu.size()));
    writer.u64(0);
    writer.bytes(file_);
    writer.zeros(16);
    writer.bytes(pdu);
    TRY(const Reply reply, exchange(kWrite, body));
    return reply.status == 0 ? Result<void>() : status_error("write", reply.status);
}

Result<ByteBuffer> SmbPipe::transceive(ByteView pdu) {
    ByteBuffer body;
    ByteWriter writer(body);
    writer.u16(57);
    writer.u16(0);
    writer.u32(kPipeTransceive);
    writer.bytes(file_);
    writer.u32(kHeaderBytes + 56);
    writer.u32(static_cast<std::uint32_t>(pdu.size()));
    writer.zeros(12);
    writer.u32(kReadBytes);
    writer.u32(1);  // a file system control
    writer.u32(0);
    writer.bytes(pdu);
    TRY(const Reply reply, exchange(kIoctl, body));
    if (reply.status != 0 && reply.status != kBufferOverflow) return status_error("transceive", reply.status);
    ByteReader reader = body_of(reply.message);
    reader.skip(32);
    const std::uint32_t offset = reader.u32(), size = reader.u32();
    return part(reply.message, offset, size);
}

Result<ByteBuffer> SmbPipe::read() {
    ByteBuffer body;
    ByteWriter writer(body);
    writer.u16(49);
    writer.u16(0);
    writer.u32(kReadBytes);
    writer.u64(0);
    writer.bytes(file_);
    writer.zeros(17);  // at least one byte of a buffer
    TRY(const Reply reply, exchange(kRead, body));
    if (reply.status != 0 && reply.status != kBufferOverflow) return status_error("read", reply.status);
    ByteReader reader = body_of(reply.message);
    reader.skip(2);
    const std::uint8_t offset = reader.u8();
    reader.skip(1);
    return part(reply.message, offset, reader.u32());
}

}  // namespace bench
