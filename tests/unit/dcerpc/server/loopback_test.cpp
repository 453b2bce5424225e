// The whole stack over loop-back sockets: listener, connection, association, call runner, client.
#include "dcerpc/fault.h"
#include "tests/support/eventually.h"
#include "tests/support/rpc_loopback.h"
#include "tests/support/toy_service.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace dcerpc {
namespace {

using namespace test_support;
using ContextResult = base::Result<std::shared_ptr<ClientContext>>;
using CallResult = base::Result<base::ByteBuffer>;

base::ByteBuffer pattern(std::size_t size) {
    base::ByteBuffer bytes(size);
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(i % 253);
    return bytes;
}

base::ByteBuffer number(std::uint32_t value) {
    base::ByteBuffer bytes;
    base::ByteWriter(bytes).u32(value);
    return bytes;
}

base::ByteBuffer with_number(base::ByteBuffer handle, std::uint32_t value) {
    base::ByteWriter(handle).u32(value);
    return handle;
}

std::uint32_t status_of(const base::Error& error) { return error.is_fault() ? error.fault_status() : 0xFFFFFFFFU; }

std::uint32_t status_of(const CallResult& result) { return result ? 0 : status_of(result.error()); }

constexpr std::uint32_t code(Fault fault) { return static_cast<std::uint32_t>(fault); }

class Loopback : public testing::Test {
 protected:
    void begin(Policy policy = Policy(), ServerSettings settings = {}) {
        rpc = std::make_unique<RpcLoopback>(std::move(settings));
        policy.allow_anonymous = policy.min_auth_level == kAuthLevelNone;
        rpc->server().registry().add(toy_interface(), &toy, policy, {rpc->service_endpoint()});
        rpc->server().registry().add(second_toy_interface(), &toy, policy, {rpc->service_endpoint()});
        rpc->begin();
    }
    ContextResult open(std::string options, std::string user = "admin", std::uint32_t group = 0) {
        return rpc->threads().run(rpc->open(std::move(options), toy_interface().id, std::move(user), group));
    }
    // The client lives on its own strand: hop there for each call.
    CallResult call(const std::shared_ptr<ClientContext>& context, std::uint16_t opnum, base::ByteBuffer stub = {}) {
        return rpc->threads().run_on(context->client().executor(), call_task(context, opnum, std::move(stub)));
    }
    base::Task<ContextResult> open_object(std::string options, base::Guid object) {
        CO_TRY(Binding binding, parse_binding("ncacn_ip_tcp:127.0.0.1[" + std::to_string(rpc->port()) + "," + options + "]"));
        binding.object = object;
        OpenOptions with;
        with.credentials = make_credentials("", "admin", kTestPassword);
        co_return co_await open_context(std::move(binding), toy_interface().id, std::move(with));
    }
    static base::Task<CallResult> call_task(std::shared_ptr<ClientContext> context, std::uint16_t opnum, base::ByteBuffer stub) {
        co_return co_await context->call(opnum, stub);
    }
    static base::Task<base::Result<Client::PendingPtr>> send_task(std::shared_ptr<ClientContext> context, std::uint16_t opnum,
                                                                  base::ByteBuffer stub = {}) {
        co_return context->client().send(context->request(opnum, stub));
    }
    static base::Task<void> cancel_task(std::shared_ptr<ClientContext> context, Client::PendingPtr pending) {
        context->client().cancel(pending);
        co_return;
    }
    static base::Task<void> orphan_task(std::shared_ptr<ClientContext> context, Client::PendingPtr pending) {
        context->client().orphan(pending);
        co_return;
    }

    ToyService toy;
    std::unique_ptr<RpcLoopback> rpc;
};

struct Road {
    const char* options;
    std::uint8_t level;
};

class EveryRoad : public Loopback, public testing::WithParamInterface<Road> {};

TEST_P(EveryRoad, CarriesSmallAndLargeCallsBothWays) {
    begin();
    const auto context = open(GetParam().options);
    ASSERT_TRUE(context) << context.error().to_string();
    // Around every boundary: empty, one byte, one fragment more or less, several fragments, larger than a socket buffer.
    for (const std::size_t size : {0U,    1U,    7U,    8U,    15U,   16U,   17U,     1431U,   5760U,   5776U,     5792U,
                                   5800U, 5808U, 5815U, 5816U, 5817U, 5840U, 11'600U, 11'632U, 65'536U, 1'000'003U}) {
        const base::ByteBuffer stub = pattern(size);
        const CallResult echoed = call(*context, toy::kEcho, stub);
        if (GetParam().level == 1 && size > base::limits::kMaxUnauthenticatedStubBytes) {
            EXPECT_EQ(status_of(echoed), code(Fault::access_denied)) << size;
            continue;
        }
        ASSERT_TRUE(echoed) << size << ": " << echoed.error().to_string();
        // The verification trailer of an authenticated request is aligned; its padding looks like stub.
        ASSERT_GE(echoed->size(), size);
        ASSERT_LT(echoed->size(), size + 4);
        ASSERT_TRUE(std::equal(stub.begin(), stub.end(), echoed->begin())) << size;
    }
    const CallResult who = call(*context, toy::kWho);
    ASSERT_TRUE(who);
    EXPECT_EQ(std::to_integer<int>(who->back()), GetParam().level);
    EXPECT_EQ(base::as_text(base::ByteView(*who).first(who->size() - 1)), GetParam().level == 1 ? "anonymous" : "admin");
}

INSTANTIATE_TEST_SUITE_P(Loopback, EveryRoad,
                         testing::Values(Road{"", 1}, Road{"bigendian", 1}, Road{"ndr64", 1}, Road{"ntlm,connect", 2},
                                         Road{"ntlm,packet", 4}, Road{"ntlm,sign", 5}, Road{"ntlm,seal", 6}, Road{"spnego,connect", 2},
                                         Road{"spnego,packet", 4}, Road{"spnego,sign", 5}, Road{"spnego,seal", 6},
                                         Road{"spnego,seal,ndr64", 6}, Road{"spnego,seal,bigendian", 6}, Road{"spnego,sign,bigendian", 5},
                                         Road{"ntlm,sign,bigendian", 5}, Road{"ntlm,seal,bigendian", 6}, Road{"ntlm,seal,ndr64", 6},
                                         Road{"seal,ndr", 6}));

TEST_F(Loopback, Ipv6Works) {
    begin();
    Binding binding;
    binding.host = "::1";
    binding.port = rpc->port();
    const auto context = rpc->threads().run(open_context(binding, toy_interface().id, OpenOptions()));
    ASSERT_TRUE(context) << context.error().to_string();
    EXPECT_TRUE(call(*context, toy::kEcho, pattern(10)));
    const auto connections = rpc->server().connections();
    ASSERT_EQ(connections.size(), 1U);
    EXPECT_EQ(connections[0].ends.peer_address, "::1");
}

TEST_F(Loopback, WrongPasswordIsRefusedAndUnknownInterfacesAreRejected) {
    begin();
    EXPECT_FALSE(open("seal", "nobody"));
    // The last token of raw NTLM travels in auth3, which has no answer: the first request tells.
    const auto ntlm = open("ntlm,seal", "nobody");
    ASSERT_TRUE(ntlm);
    EXPECT_FALSE(call(*ntlm, toy::kEcho, pattern(4)));
    SyntaxId unknown = toy_interface().id;
    unknown.uuid.data1 ^= 1U;
    EXPECT_EQ(rpc->threads().run(rpc->open("", unknown)).error().code(), base::Win32::not_supported);
    SyntaxId newer = toy_interface().id;
    newer.minor = 4;
    EXPECT_FALSE(rpc->threads().run(rpc->open("", newer)));
    SyntaxId older = toy_interface().id;
    older.minor = 0;
    EXPECT_TRUE(rpc->threads().run(rpc->open("", older)));
}

TEST_F(Loopback, PoliciesRefuseWeakAnonymousAndObjectlessCalls) {
    Policy policy;
    policy.min_auth_level = kAuthLevelPrivacy;
    policy.object = base::random_guid();
    begin(policy);
    const auto refusal = [&](const std::string& options, const std::string& user) {
        const ContextResult context = open(options, user);
        return context ? status_of(call(*context, toy::kEcho, pattern(4))) : status_of(context.error());
    };
    EXPECT_EQ(refusal("", "admin"), code(Fault::access_denied));
    EXPECT_EQ(refusal("sign", "admin"), code(Fault::access_denied));
    EXPECT_EQ(refusal("ntlm,connect", ""), code(Fault::access_denied));
    EXPECT_EQ(refusal("seal", "admin"), code(Fault::unsupported_type));
    const auto with_object = rpc->threads().run(open_object("seal", *policy.object));
    ASSERT_TRUE(with_object) << with_object.error().to_string();
    EXPECT_TRUE(call(*with_object, toy::kEcho, pattern(4)));
}

TEST_F(Loopback, FaultsOfTheCallRunnerLeaveTheConnectionUsable) {
    begin();
    const auto context = open("seal");
    ASSERT_TRUE(context);
    EXPECT_EQ(status_of(call(*context, toy::kHole)), code(Fault::op_rng_error));
    EXPECT_EQ(status_of(call(*context, toy::kPast)), code(Fault::op_rng_error));
    EXPECT_EQ(status_of(call(*context, 65'535)), code(Fault::op_rng_error));
    EXPECT_EQ(status_of(call(*context, toy::kThrow)), code(Fault::unspec));
    EXPECT_EQ(status_of(call(*context, toy::kThrowOdd)), code(Fault::unspec));
    EXPECT_EQ(status_of(call(*context, toy::kBig, number(base::limits::kMaxReplyBytes + 1))), code(Fault::out_args_too_big));
    EXPECT_TRUE(call(*context, toy::kEcho, pattern(4)));
    EXPECT_EQ(rpc->metrics().counter("winspoold_calls_total{interface=\"toy\",operation=\"Echo\"}").value(), 1U);
    EXPECT_EQ(rpc->metrics().counter("winspoold_call_faults_total{interface=\"toy\",operation=\"Throw\",status=\"0x1c000012\"}").value(),
              1U);
}

TEST_F(Loopback, FiftyBindsAtOnce) {
    begin();
    std::vector<std::future<ContextResult>> binds;
    for (int i = 0; i < 50; ++i) binds.push_back(rpc->threads().start(rpc->open(i % 2 == 0 ? "seal" : "ntlm,sign", toy_interface().id)));
    for (auto& bind : binds) {
        const ContextResult context = bind.get();
        ASSERT_TRUE(context) << context.error().to_string();
        EXPECT_TRUE(call(*context, toy::kEcho, pattern(100)));
    }
}

TEST_F(Loopback, AlterContextAddsInterfacesAndSyntaxes) {
    begin();
    const auto first = open("seal");
    ASSERT_TRUE(first);
    const auto second = rpc->threads().run_on((*first)->client().executor(),
                                              add_context(*first, second_toy_interface().id, OfferedSyntaxes::both, std::nullopt));
    ASSERT_TRUE(second) << second.error().to_string();
    EXPECT_EQ((*second)->syntax(), ndr::Syntax::ndr64);
    for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(call(*first, toy::kEcho, pattern(10'000)));
        EXPECT_TRUE(call(*second, toy::kEcho, pattern(10'000)));
    }
    const CallResult handle = call(*first, toy::kOpen);
    ASSERT_TRUE(handle);
    EXPECT_EQ(status_of(call(*second, toy::kUse, with_number(*handle, 1))), code(Fault::context_mismatch)) << "handle of another interface";
    EXPECT_TRUE(call(*first, toy::kUse, with_number(*handle, 1)));
}

TEST_F(Loopback, HandlesAreSharedInAGroupOnly) {
    begin();
    const auto first = open("seal");
    ASSERT_TRUE(first);
    const CallResult handle = call(*first, toy::kOpen);
    ASSERT_TRUE(handle);
    const std::uint32_t group = (*first)->client().group_id();
    EXPECT_NE(group, 0U);

    const auto same_group = open("seal", "admin", group);
    ASSERT_TRUE(same_group) << same_group.error().to_string();
    EXPECT_EQ((*same_group)->client().group_id(), group);
    EXPECT_TRUE(call(*same_group, toy::kUse, with_number(*handle, 1)));

    const auto other_user = open("seal", "alice", group);
    ASSERT_TRUE(other_user);
    EXPECT_EQ(status_of(call(*other_user, toy::kUse, with_number(*handle, 2))), code(Fault::context_mismatch));
    const auto weaker = open("sign", "admin", group);
    ASSERT_TRUE(weaker);
    EXPECT_EQ(status_of(call(*weaker, toy::kUse, with_number(*handle, 3))), code(Fault::context_mismatch));
    const auto other_group = open("seal");
    ASSERT_TRUE(other_group);
    EXPECT_EQ(status_of(call(*other_group, toy::kUse, with_number(*handle, 4))), code(Fault::context_mismatch));
    EXPECT_FALSE(open("seal", "admin", group ^ 0x5A5AU)) << "unknown group";

    EXPECT_TRUE(call(*same_group, toy::kClose, *handle));
    EXPECT_EQ(status_of(call(*first, toy::kUse, with_number(*handle, 5))), code(Fault::context_mismatch))
        << "closed by the other connection";
    EXPECT_EQ(toy.noted(), std::vector<std::uint32_t>{1});
}

TEST_F(Loopback, CancelEndsAWaitingCallAndOthersGoOnMeanwhile) {
    begin();
    const auto context = open("seal");
    ASSERT_TRUE(context);
    Client& client = (*context)->client();
    std::vector<Client::PendingPtr> waiting;
    for (int i = 0; i < 20; ++i) {
        const auto sent = rpc->threads().run_on(client.executor(), send_task(*context, toy::kWait));
        ASSERT_TRUE(sent);
        waiting.push_back(*sent);
    }
    EXPECT_TRUE(eventually([&] { return toy.waiting == 20; }));
    for (int i = 0; i < 10; ++i) EXPECT_TRUE(call(*context, toy::kEcho, pattern(20'000)));
    for (const auto& one : waiting) {
        rpc->threads().run_on(client.executor(), cancel_task(*context, one));
        const auto ended = rpc->threads().run_on(client.executor(), client.wait(one));
        EXPECT_EQ(status_of(ended.error()), code(Fault::cancel));
    }
    EXPECT_EQ(toy.waiting, 0);
    EXPECT_TRUE(call(*context, toy::kEcho, pattern(4)));
}

TEST_F(Loopback, OrphanStopsTheCallAndTheConnectionGoesOn) {
    begin();
    const auto context = open("sign");
    ASSERT_TRUE(context);
    Client& client = (*context)->client();
    const auto sent = rpc->threads().run_on(client.executor(), send_task(*context, toy::kWait));
    ASSERT_TRUE(sent);
    EXPECT_TRUE(eventually([&] { return toy.waiting == 1; }));
    rpc->threads().run_on(client.executor(), orphan_task(*context, *sent));
    EXPECT_FALSE(rpc->threads().run_on(client.executor(), client.wait(*sent)));
    EXPECT_TRUE(eventually([&] { return toy.waiting == 0 && toy.cancelled == 1; }));
    EXPECT_TRUE(call(*context, toy::kEcho, pattern(4)));
}

TEST_F(Loopback, LossOfTheConnectionCancelsItsCallsBeforeTheRundown) {
    begin();
    ContextResult context = open("seal");
    ASSERT_TRUE(context);
    const CallResult handle = call(*context, toy::kOpen);
    ASSERT_TRUE(handle);
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(rpc->threads().run_on((*context)->client().executor(), send_task(*context, toy::kWaitHandle, *handle)));
    }
    EXPECT_TRUE(eventually([&] { return toy.waiting == 3; }));
    context = base::Error();
    EXPECT_TRUE(eventually([&] { return toy.rundowns == 1; }));
    EXPECT_EQ(toy.cancelled, 3);
    EXPECT_TRUE(eventually([&] { return rpc->server().connections().empty(); }));
}

TEST_F(Loopback, CallsOnOneHandleRunInOrderAndWaitingOnesDoNotBlockThem) {
    begin();
    const auto context = open("seal");
    ASSERT_TRUE(context);
    const auto& executor = (*context)->client().executor();
    const CallResult handle = call(*context, toy::kOpen);
    const CallResult other = call(*context, toy::kOpen);
    ASSERT_TRUE(handle && other);
    const auto waiting = rpc->threads().run_on(executor, send_task(*context, toy::kWaitHandle, *handle));
    const auto holding = rpc->threads().run_on(executor, send_task(*context, toy::kHold, with_number(*handle, 1)));
    ASSERT_TRUE(waiting && holding);
    std::vector<Client::PendingPtr> pending;
    std::vector<std::uint32_t> expected{1};
    for (std::uint32_t i = 2; i < 30; ++i) {
        const auto sent = rpc->threads().run_on(executor, send_task(*context, toy::kUse, with_number(*handle, i)));
        ASSERT_TRUE(sent);
        pending.push_back(*sent);
        expected.push_back(i);
    }
    EXPECT_TRUE(call(*context, toy::kUse, with_number(*other, 100))) << "another handle does not wait";
    EXPECT_EQ(toy.noted(), (std::vector<std::uint32_t>{1, 100}));
    toy.release.set();
    for (const auto& one : pending) EXPECT_TRUE(rpc->threads().run_on(executor, (*context)->client().wait(one)));
    expected.insert(expected.begin() + 1, 100);
    EXPECT_EQ(toy.noted(), expected);
    rpc->threads().run_on(executor, cancel_task(*context, *waiting));
    EXPECT_FALSE(rpc->threads().run_on(executor, (*context)->client().wait(*waiting)));
}

TEST_F(Loopback, ACallOverTheLimitIsTooBusyAndDidNotExecute) {
    ServerSettings settings;
    settings.limits.max_calls = 4;
    begin(Policy(), std::move(settings));
    const auto context = open("seal");
    ASSERT_TRUE(context);
    const auto& executor = (*context)->client().executor();
    for (int i = 0; i < 4; ++i) ASSERT_TRUE(rpc->threads().run_on(executor, send_task(*context, toy::kWait)));
    EXPECT_TRUE(eventually([&] { return toy.waiting == 4; }));
    const CallResult refused = call(*context, toy::kEcho, pattern(4));
    EXPECT_EQ(status_of(refused), code(Fault::server_too_busy));
    EXPECT_EQ(refused.error().text(), "did not execute");
}

TEST_F(Loopback, StopEndsWaitingCallsAndLetsRunningOnesFinish) {
    begin();
    const auto context = open("seal");
    ASSERT_TRUE(context);
    const auto& executor = (*context)->client().executor();
    const CallResult handle = call(*context, toy::kOpen);
    ASSERT_TRUE(handle);
    const auto waiting = rpc->threads().run_on(executor, send_task(*context, toy::kWait));
    const auto holding = rpc->threads().run_on(executor, send_task(*context, toy::kHold, with_number(*handle, 1)));
    ASSERT_TRUE(waiting && holding);
    EXPECT_TRUE(eventually([&] { return toy.waiting == 2; }));
    auto stopped = rpc->threads().start(rpc->server().stop(std::chrono::seconds(20)));
    EXPECT_EQ(status_of(rpc->threads().run_on(executor, (*context)->client().wait(*waiting)).error()), code(Fault::cancel));
    toy.release.set();
    EXPECT_TRUE(rpc->threads().run_on(executor, (*context)->client().wait(*holding))) << "answered before the connection closes";
    EXPECT_TRUE(stopped.get());
    EXPECT_EQ(toy.rundowns, 1);
}

TEST_F(Loopback, StopDoesNotWaitForStubbornCallsBeyondItsDeadline) {
    begin();
    const auto context = open("seal");
    ASSERT_TRUE(context);
    const CallResult handle = call(*context, toy::kOpen);
    ASSERT_TRUE(rpc->threads().run_on((*context)->client().executor(), send_task(*context, toy::kHold, with_number(*handle, 1))));
    EXPECT_TRUE(eventually([&] { return toy.waiting == 1; }));
    EXPECT_FALSE(rpc->threads().run(rpc->server().stop(std::chrono::milliseconds(20), std::chrono::milliseconds(20))));
    toy.release.set();
    EXPECT_TRUE(eventually([&] { return rpc->server().connections().empty(); }));
}

TEST_F(Loopback, AGroupCannotBeJoinedFromAnotherAddress) {
    begin();
    const auto first = open("seal");
    ASSERT_TRUE(first);
    Binding binding;
    binding.host = "::1";
    binding.port = rpc->port();
    OpenOptions options;
    options.group_id = (*first)->client().group_id();
    EXPECT_FALSE(rpc->threads().run(open_context(binding, toy_interface().id, options)));
}

TEST_F(Loopback, RundownComesWithTheLastConnectionOfTheGroup) {
    begin();
    ContextResult first = open("seal");
    ASSERT_TRUE(first);
    ASSERT_TRUE(call(*first, toy::kOpen));
    ASSERT_TRUE(call(*first, toy::kOpen));
    const CallResult closed = call(*first, toy::kOpen);
    ASSERT_TRUE(call(*first, toy::kClose, *closed));
    ContextResult second = open("seal", "admin", (*first)->client().group_id());
    ASSERT_TRUE(second);
    EXPECT_EQ(toy.handles, 2);
    first = base::Error();
    EXPECT_TRUE(eventually([&] { return rpc->server().connections().size() == 1; }));
    EXPECT_EQ(toy.rundowns, 0);
    second = base::Error();
    EXPECT_TRUE(eventually([&] { return toy.rundowns == 2 && toy.handles == 0; }));
    EXPECT_TRUE(eventually([&] { return rpc->server().group_count() == 0; }));
}

}  // namespace
}  // namespace dcerpc
