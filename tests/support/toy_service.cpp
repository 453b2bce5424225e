#include "tests/support/toy_service.h"

#include "base/limits.h"
#include "dcerpc/fault.h"

#include <stdexcept>

namespace test_support {

using namespace dcerpc;

namespace {

class ToyHandle final : public HandleObject {
 public:
    explicit ToyHandle(ToyService& service) : service_(service) { ++service_.handles; }
    ~ToyHandle() override { --service_.handles; }
    base::Task<void> rundown() override {
        ++service_.rundowns;
        co_return;
    }

 private:
    ToyService& service_;
};

ToyService& of(void* service) { return *static_cast<ToyService*>(service); }

ReplyStub fault(std::uint32_t status) {
    ReplyStub reply;
    reply.fault = status;
    return reply;
}

ReplyStub reply_with(base::ByteView bytes) {
    ReplyStub reply;
    reply.bytes.assign(bytes.begin(), bytes.end());
    return reply;
}

ndr::ContextHandle read_handle(base::ByteReader& reader) {
    ndr::ContextHandle handle;
    handle.attributes = reader.u32();
    handle.uuid = base::read_guid(reader);
    return handle;
}

base::Task<ReplyStub> echo(void* /*service*/, Call& /*call*/, RequestStub request) { co_return reply_with(request.bytes); }

base::Task<ReplyStub> open(void* service, Call& call, RequestStub /*request*/) {
    const auto handle = call.open_handle(std::make_shared<ToyHandle>(of(service)));
    if (!handle) co_return fault(static_cast<std::uint32_t>(Fault::server_too_busy));
    ReplyStub reply;
    base::ByteWriter writer(reply.bytes);
    writer.u32(handle->attributes);
    base::write_guid(writer, handle->uuid);
    co_return reply;
}

base::Task<ReplyStub> close(void* /*service*/, Call& call, RequestStub request) {
    base::ByteReader reader(request.bytes);
    const ndr::ContextHandle handle = read_handle(reader);
    const base::Result<void> bound = co_await call.bind_handle(handle);
    if (!bound) co_return fault(bound.error().fault_status());
    (void)call.close_handle(handle);
    ReplyStub reply;
    reply.bytes.resize(20);
    co_return reply;
}

base::Task<ReplyStub> use(void* service, Call& call, RequestStub request) {
    base::ByteReader reader(request.bytes);
    const ndr::ContextHandle handle = read_handle(reader);
    const std::uint32_t number = reader.u32();
    const base::Result<void> bound = co_await call.bind_handle(handle);
    if (!bound) co_return fault(bound.error().fault_status());
    of(service).numbers.with([number](std::vector<std::uint32_t>& all) { all.push_back(number); });
    ReplyStub reply;
    base::ByteWriter(reply.bytes).u32(number);
    co_return reply;
}

base::Task<ReplyStub> wait_cancel(ToyService& service, Call& call) {
    ++service.waiting;
    co_await call.cancel().event().wait();
    --service.waiting;
    ++service.cancelled;
    co_return fault(static_cast<std::uint32_t>(Fault::cancel));
}

base::Task<ReplyStub> wait(void* service, Call& call, RequestStub /*request*/) { co_return co_await wait_cancel(of(service), call); }

base::Task<ReplyStub> wait_handle(void* service, Call& call, RequestStub request) {
    base::ByteReader reader(request.bytes);
    const ndr::ContextHandle handle = read_handle(reader);
    const base::Result<void> bound = co_await call.bind_handle(handle);
    if (!bound) co_return fault(bound.error().fault_status());
    co_return co_await wait_cancel(of(service), call);
}

base::Task<ReplyStub> throw_up(void* /*service*/, Call& call, RequestStub /*request*/) {
    if (call.id() != 0) throw std::runtime_error("on purpose");
    co_return ReplyStub();
}

base::Task<ReplyStub> throw_odd(void* /*service*/, Call& call, RequestStub /*request*/) {
    if (call.id() != 0) throw 42;
    co_return ReplyStub();
}

base::Task<ReplyStub> big(void* /*service*/, Call& /*call*/, RequestStub request) {
    base::ByteReader reader(request.bytes, request.order);
    ReplyStub reply;
    reply.bytes.resize(reader.u32());
    // Never sent: nobody looks at the bytes, and filling them takes long under a sanitizer.
    if (reply.bytes.size() > base::limits::kMaxReplyBytes) co_return reply;
    for (std::size_t i = 0; i < reply.bytes.size(); ++i) reply.bytes[i] = static_cast<std::byte>(i % 251);
    co_return reply;
}

base::Task<ReplyStub> hold(void* service, Call& call, RequestStub request) {
    ToyService& toy = of(service);
    base::ByteReader reader(request.bytes);
    const ndr::ContextHandle handle = read_handle(reader);
    const std::uint32_t number = reader.u32();
    const base::Result<void> bound = co_await call.bind_handle(handle);
    if (!bound) co_return fault(bound.error().fault_status());
    toy.numbers.with([number](std::vector<std::uint32_t>& all) { all.push_back(number); });
    ++toy.waiting;
    co_await toy.release.wait();
    --toy.waiting;
    co_return ReplyStub();
}

base::Task<ReplyStub> who(void* /*service*/, Call& call, RequestStub /*request*/) {
    ReplyStub reply = reply_with(base::as_bytes(call.token().anonymous ? std::string_view("anonymous") : std::string_view(call.token().user)));
    reply.bytes.push_back(static_cast<std::byte>(call.caller().auth_level));
    co_return reply;
}

constexpr Operation kOperations[] = {
    {"Echo", &echo, false},       {"Open", &open, false}, {"Close", &close, false}, {"Use", &use, false},
    {"Wait", &wait, true},        {"Throw", &throw_up, false}, {"Big", &big, false}, {"Hold", &hold, false},
    {"Who", &who, false},         {"", nullptr, false},   {"WaitHandle", &wait_handle, true}, {"ThrowOdd", &throw_odd, false},
};

}  // namespace

const Interface& toy_interface() {
    static const Interface made{{{0x0a0b0c0d, 0x1111, 0x2222, {1, 2, 3, 4, 5, 6, 7, 8}}, 1, 3}, "toy", kOperations};
    return made;
}

const Interface& second_toy_interface() {
    static const Interface made{{{0x0a0b0c0e, 0x1111, 0x2222, {1, 2, 3, 4, 5, 6, 7, 8}}, 2, 0}, "second toy", kOperations};
    return made;
}

}  // namespace test_support
