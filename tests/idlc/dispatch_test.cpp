// Generated dispatch and client against each other, in one process: the client's stubs go straight into the server's operation table.
#include "dcerpc/client/client_call.h"
#include "dcerpc/fault.h"
#include "dcerpc/ndr/encoder.h"
#include "dcerpc/server/call.h"
#include "tests/support/run_task.h"
#include "wire/sample/client.h"
#include "wire/sample/dispatch.h"
#include "wire/sample/service.h"

#include <gtest/gtest.h>

namespace {

using namespace wire::sample;
using base::Result;
using base::Task;
using base::Win32;

class Thing : public dcerpc::HandleObject {
 public:
    Task<void> rundown() override { co_return; }
};

// Answers in as many ways as dispatch has to tell apart.
class SampleServer : public Service {
 public:
    Task<Result<void>> open(dcerpc::Call& call, const Open::In& in, Open::Out& out) override {
        name = in.name.present ? std::u16string(in.name.view()) : u"(absent)";
        CO_TRY(out.handle, call.open_handle(std::make_shared<Thing>()));
        co_return Result<void>();
    }
    Task<Result<void>> query_ic2(dcerpc::Call& call, const QueryIC2::In& in, QueryIC2::Out& out) override {
        CO_TRY(const auto thing, call.handle<Thing>(in.handle));
        thing_seen = thing != nullptr;
        out.needed = 100;
        if (in.cb < 4) co_return base::Error(Win32::insufficient_buffer);
        prepared =
            out.buffer.present && out.buffer.size == in.cb && out.buffer.data != in.buffer.data && out.buffer.data[0] == std::byte{0};
        out.buffer.data[0] = std::byte{0x55};
        co_return Result<void>();
    }
    Task<Result<void>> read(dcerpc::Call&, const Read::In& in, Read::Out& out) override {
        prepared = out.data.size == in.cb && out.text.size == in.cch / 2;
        if (in.cb == 13) out.data.size = 12;  // a mistake of ours
        co_return Result<void>();
    }
    Task<Result<void>> choose(dcerpc::Call&, const Choose::In&, Choose::Out& out) override {
        if (own_code == 0) co_return base::Error(Win32::invalid_level);
        out.result = own_code;
        co_return Result<void>();
    }
    Task<Result<void>> list(dcerpc::Call& call, const List::In& in, List::Out& out) override {
        if (own_code == 0) co_return co_await Service::list(call, in, out);
        out.status = own_code;
        co_return Result<void>();
    }
    Task<Result<void>> close(dcerpc::Call& call, const Close::In& in, Close::Out& out) override {
        if (in.handle.is_null()) co_return base::Error(Win32::invalid_handle);
        call.close_handle(in.handle);
        out.handle = {};
        co_return Result<void>();
    }
    Task<Result<void>> vary(dcerpc::Call& call, const Vary::In& in, Vary::Out& out) override {
        out.count = in.most / 2;
        out.lists = call.arena().array<LIST*>(out.count);
        out.text = call.arena().copy(std::string_view("hi"));
        co_return Result<void>();
    }
    Task<Result<void>> resize(dcerpc::Call&, const Resize::In& in, Resize::Out& out) override {
        out.count = in.more.count;
        if (in.more.count == 3) co_return dcerpc::fault_error(dcerpc::Fault::server_too_busy);
        co_return Result<void>();
    }

    std::u16string name;
    bool thing_seen = false;
    bool prepared = false;
    std::uint32_t own_code = 0;  // what choose and list put into the reply themselves
};

// The "connection": one association group with one interface.
class Loop : public dcerpc::ClientCall {
 public:
    Loop(const dcerpc::Interface& interface, ndr::Syntax syntax) : interface_(interface), syntax_(syntax) {
        caller_->token = std::make_shared<const base::Token>();
    }

    Task<Result<base::ByteBuffer>> call(std::uint16_t opnum, base::ByteView stub) override {
        const base::ByteBuffer bytes(stub.begin(), stub.end());
        const dcerpc::Operation& operation = interface_.operations[opnum];
        dcerpc::Call::Setup setup;
        setup.interface = &interface_;
        setup.operation = &operation;
        setup.opnum = opnum;
        setup.caller = caller_;
        setup.handles = handles;
        setup.group_slot = group_;
        dcerpc::Call call(std::move(setup));
        dcerpc::RequestStub request;
        request.bytes = bytes;
        request.syntax = syntax_;
        request.order = order();
        dcerpc::ReplyStub reply = co_await operation.run(static_cast<Service*>(&server), call, request);
        reported = reply.result;
        if (reply.fault != 0) co_return base::Error::fault(reply.fault);
        co_return std::move(reply.bytes);
    }
    [[nodiscard]] ndr::Syntax syntax() const override { return syntax_; }
    [[nodiscard]] base::ByteOrder order() const override { return big ? base::ByteOrder::big : base::ByteOrder::little; }

    SampleServer server;
    std::shared_ptr<dcerpc::HandleTable> handles = std::make_shared<dcerpc::HandleTable>();
    bool big = false;
    std::uint32_t reported = 0;  // to metrics and the log

 private:
    const dcerpc::Interface& interface_;
    ndr::Syntax syntax_;
    std::shared_ptr<dcerpc::Caller> caller_ = std::make_shared<dcerpc::Caller>();
    std::shared_ptr<dcerpc::GroupSlot> group_ = std::make_shared<dcerpc::GroupSlot>();
};

class Dispatch : public testing::TestWithParam<ndr::Syntax> {
 protected:
    std::uint32_t fault_of(Task<Result<void>> task) {
        const Result<void> result = threads.run(std::move(task));
        return result ? 0 : result.error().fault_status();
    }
    ndr::ContextHandle open() {
        Open::In in;
        Open::Out out;
        EXPECT_TRUE(threads.run(client.open(in, out)));
        EXPECT_EQ(out.result, 0U);
        return out.handle;
    }
    // A conformant structure with `count` elements.
    CONFORMANT elements(std::uint32_t count) {
        CONFORMANT result;
        result.count = count;
        result.items = arena.array<POINTERS>(count);
        for (POINTERS& item : result.items) item.always = arena.alloc<base::Guid>();
        return result;
    }

    test_support::Threads threads{1};
    ndr::Arena arena;
    Loop loop{one_interface(), GetParam()};
    Client client{loop, arena, Via::one};
};
INSTANTIATE_TEST_SUITE_P(Syntaxes, Dispatch, testing::Values(ndr::Syntax::ndr20, ndr::Syntax::ndr64));

TEST_P(Dispatch, CarriesValuesBothWays) {
    Open::In in;
    in.name = ndr::WStr(u"srv");
    Open::Out out;
    ASSERT_TRUE(threads.run(client.open(in, out)));
    EXPECT_EQ(loop.server.name, u"srv");
    EXPECT_FALSE(out.handle.is_null());
    open();
    EXPECT_EQ(loop.server.name, u"(absent)");
}

TEST_P(Dispatch, HonoursTheByteOrderOfTheRequest) {
    if (GetParam() == ndr::Syntax::ndr64)
        loop.big = false;
    else
        loop.big = true;
    Open::In in;
    in.name = ndr::WStr(u"srv");
    Open::Out out;
    ASSERT_TRUE(threads.run(client.open(in, out)));
    EXPECT_EQ(loop.server.name, u"srv");
}

TEST_P(Dispatch, BuffersComePreparedAndGoBackOnFailure) {
    std::byte data[8] = {std::byte{0xAA}, std::byte{0xAA}};
    QueryIC2::In in;
    in.handle = open();
    in.buffer = ndr::Bytes(data);
    in.cb = 8;
    QueryIC2::Out out;
    ASSERT_TRUE(threads.run(client.query_ic2(in, out)));
    EXPECT_TRUE(loop.server.prepared);
    EXPECT_TRUE(loop.server.thing_seen);
    EXPECT_EQ(out.result, 0U);
    EXPECT_EQ(out.buffer.data[0], std::byte{0x55});

    in.buffer.size = in.cb = 2;
    out = {};
    ASSERT_TRUE(threads.run(client.query_ic2(in, out)));
    EXPECT_EQ(out.result, 122U);
    EXPECT_EQ(out.needed, 100U) << "values travel with the error";
    EXPECT_EQ(out.buffer.size, 2U);

    in.buffer = {};
    in.cb = 0;
    out = {};
    ASSERT_TRUE(threads.run(client.query_ic2(in, out)));
    EXPECT_FALSE(out.buffer.present) << "NULL in, NULL out";
}

TEST_P(Dispatch, HandlesAreCheckedBeforeTheHandler) {
    const auto mismatch = static_cast<std::uint32_t>(dcerpc::Fault::context_mismatch);
    QueryIC2::In in;
    QueryIC2::Out out;
    EXPECT_EQ(fault_of(client.query_ic2(in, out)), mismatch) << "NULL";
    in.handle.uuid = base::random_guid();
    EXPECT_EQ(fault_of(client.query_ic2(in, out)), mismatch) << "unknown";
    EXPECT_FALSE(loop.server.thing_seen);
}

TEST_P(Dispatch, NullInOutHandleReachesTheHandler) {
    Close::In in;
    Close::Out out;
    ASSERT_TRUE(threads.run(client.close(in, out)));
    EXPECT_EQ(out.result, 6U);
    in.handle = open();
    EXPECT_EQ(loop.handles->size(), 1U);
    ASSERT_TRUE(threads.run(client.close(in, out)));
    EXPECT_EQ(out.result, 0U);
    EXPECT_TRUE(out.handle.is_null());
    EXPECT_EQ(loop.handles->size(), 0U);
    EXPECT_EQ(fault_of(client.close(in, out)), static_cast<std::uint32_t>(dcerpc::Fault::context_mismatch));
}

TEST_P(Dispatch, FailuresBecomeTheResultOfTheirKind) {
    Choose::In choose;
    choose.handle = open();
    choose.choices.colour = RED;
    choose.choices.set_whole(1);
    choose.choices.set_big(2);
    choose.direct.emplace<1>(3);
    Choose::Out chosen;
    ASSERT_TRUE(threads.run(client.choose(choose, chosen)));
    EXPECT_EQ(chosen.result, 0x8007007CU) << "HRESULT";
    List::In list;
    List::Out listed;
    ASSERT_TRUE(threads.run(client.list(list, listed)));
    EXPECT_EQ(listed.status, 50U) << "not implemented, status parameter";
}

// Metrics and the log learn the code whoever put it into the reply.
TEST_P(Dispatch, EveryFailureIsReported) {
    Close::In close;
    Close::Out closed;
    ASSERT_TRUE(threads.run(client.close(close, closed)));
    EXPECT_EQ(loop.reported, 6U) << "the result";
    List::In list;
    List::Out listed;
    ASSERT_TRUE(threads.run(client.list(list, listed)));
    EXPECT_EQ(loop.reported, 50U) << "a status parameter";
    loop.server.own_code = 1753;
    ASSERT_TRUE(threads.run(client.list(list, listed)));
    EXPECT_EQ(listed.status, 1753U);
    EXPECT_EQ(loop.reported, 1753U) << "a status that the handler set";
    Choose::In choose;
    choose.handle = open();
    EXPECT_EQ(loop.reported, 0U) << "no failure";
    choose.choices.set_whole(1);
    choose.choices.colour = RED;
    choose.choices.set_big(2);
    choose.direct.emplace<1>(3);
    Choose::Out chosen;
    for (const auto& [code, wanted] : {std::pair(0x80070005U, 5U), std::pair(0x80004001U, 0x80004001U)}) {
        loop.server.own_code = code;
        ASSERT_TRUE(threads.run(client.choose(choose, chosen)));
        EXPECT_EQ(chosen.result, code);
        EXPECT_EQ(loop.reported, wanted) << "an HRESULT that the handler set";
    }
    loop.server.own_code = 0;
    ASSERT_TRUE(threads.run(client.choose(choose, chosen)));
    EXPECT_EQ(chosen.result, 0x8007007CU);
    EXPECT_EQ(loop.reported, 124U) << "an HRESULT made of a code";
}

TEST_P(Dispatch, FaultsOfHandlersAreFaults) {
    Resize::In in;
    in.more = elements(3);
    Resize::Out out;
    EXPECT_EQ(fault_of(client.resize(in, out)), static_cast<std::uint32_t>(dcerpc::Fault::server_too_busy));
}

TEST_P(Dispatch, InOutCountChangesTheBuffer) {
    char16_t text[4] = {u'a', u'b', u'c', u'd'};
    Resize::In in;
    in.text = ndr::Array<char16_t>(text);
    in.count = 4;
    for (const std::uint32_t count : {0U, 2U, 6U}) {
        in.more = elements(count);
        Resize::Out out;
        ASSERT_TRUE(threads.run(client.resize(in, out)));
        EXPECT_EQ(out.count, count);
        EXPECT_EQ(out.text.size, count);
    }
}

TEST_P(Dispatch, OutArraysHaveTheirSize) {
    Read::In in;
    in.handle = open();
    in.cb = 5;
    in.cch = 7;
    Read::Out out;
    ASSERT_TRUE(threads.run(client.read(in, out)));
    EXPECT_TRUE(loop.server.prepared);
    EXPECT_EQ(out.data.size, 5U);
    EXPECT_EQ(out.text.size, 3U);
    in.cb = 13;
    EXPECT_EQ(fault_of(client.read(in, out)), static_cast<std::uint32_t>(dcerpc::Fault::unspec)) << "our mistake is not the client's";
    in.cb = 0xFFFFFFFF;
    EXPECT_EQ(fault_of(client.read(in, out)), static_cast<std::uint32_t>(dcerpc::Fault::out_args_too_big));
}

TEST_P(Dispatch, VaryingArraysAndSizedStrings) {
    Vary::In in;
    in.most = 6;
    in.room = 3;
    Vary::Out out;
    ASSERT_TRUE(threads.run(client.vary(in, out)));
    EXPECT_EQ(out.count, 3U);
    EXPECT_EQ(out.lists.size, 3U);
    EXPECT_EQ(out.text.view(), "hi");
}

TEST_P(Dispatch, GarbageIsABadStub) {
    const std::byte bytes[3] = {};
    const auto reply = threads.run(loop.call(1, bytes));
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().fault_status(), static_cast<std::uint32_t>(dcerpc::Fault::bad_stub_data));
}

TEST(DispatchTables, TwinsShareTheirCode) {
    const dcerpc::Interface& one = one_interface();
    const dcerpc::Interface& two = two_interface();
    EXPECT_EQ(one.operations.size(), 10U);
    EXPECT_EQ(two.operations.size(), 3U);
    EXPECT_EQ(one.operations[0].run, two.operations[1].run);
    EXPECT_EQ(one.operations[6].run, two.operations[0].run);
    EXPECT_EQ(one.operations[5].run, nullptr) << "unused";
    EXPECT_EQ(one.operations[9].run, nullptr) << "unserved";
    EXPECT_TRUE(two.operations[2].waits);
    EXPECT_FALSE(one.operations[0].waits);
    EXPECT_EQ(one.id.major, 2);
    EXPECT_EQ(one.id.minor, 1);
    EXPECT_EQ(base::to_string(one.id.uuid), "11111111-2222-3333-4444-555555555555");
}

TEST(DispatchTables, ClientKnowsWhatItsInterfaceLacks) {
    test_support::Threads threads(1);
    ndr::Arena arena;
    Loop loop(two_interface(), ndr::Syntax::ndr20);
    Client client(loop, arena, Via::two);
    Read::In in;
    Read::Out out;
    const Result<void> result = threads.run(client.read(in, out));
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code(), Win32::not_supported);
}

}  // namespace
