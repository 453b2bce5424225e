// What smbtorture's generic RPC suites check on interfaces that this server does not have, by our own client on ours:
//   rpc.bind (packages, sign and seal, byte orders)      Loopback/EveryRoad
//   rpc.bind.assoc_group_handles, rpc.handles            HandlesOf…, StrictHandles… below; Loopback.HandlesAreSharedInAGroupOnly
//   rpc.asyncbind                                        Loopback.FiftyBindsAtOnce; FiftyConnections… below
//   rpc.altercontext                                     AlterContext… below; AssociationAlter.KnownContextIds…
//   rpc.objectuuid                                       AnyObjectUuid… below; Loopback.PoliciesRefuse… for an interface that wants one
#include "dcerpc/fault.h"
#include "tests/support/eventually.h"
#include "tests/support/rpc_loopback.h"
#include "tests/support/toy_service.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace dcerpc {
namespace {

using namespace test_support;
using Context = std::shared_ptr<ClientContext>;
using OpenResult = base::Result<Context>;
using CallResult = base::Result<base::ByteBuffer>;

constexpr std::uint32_t kMismatch = static_cast<std::uint32_t>(Fault::context_mismatch);

class GenericSuites : public testing::TestWithParam<const char*> {
 protected:
    void SetUp() override {
        rpc = std::make_unique<RpcLoopback>();
        Policy policy;
        policy.min_auth_level = kAuthLevelConnect;
        rpc->server().registry().add(toy_interface(), &toy, policy, {rpc->service_endpoint()});
        rpc->server().registry().add(second_toy_interface(), &toy, policy, {rpc->service_endpoint()});
        rpc->begin();
    }
    OpenResult open(std::uint32_t group = 0, const SyntaxId& interface = toy_interface().id) {
        return rpc->threads().run(rpc->open(GetParam(), interface, "admin", group));
    }
    OpenResult add(const Context& to, const SyntaxId& interface, OfferedSyntaxes syntaxes = OfferedSyntaxes::both,
                   std::optional<base::Guid> object = std::nullopt) {
        return rpc->threads().run_on(to->client().executor(), add_context(to, interface, syntaxes, object));
    }
    CallResult call(const Context& context, std::uint16_t opnum, base::ByteBuffer stub = {}) {
        return rpc->threads().run_on(context->client().executor(), call_task(context, opnum, std::move(stub)));
    }
    static base::Task<CallResult> call_task(Context context, std::uint16_t opnum, base::ByteBuffer stub) {
        co_return co_await context->call(opnum, stub);
    }
    static base::Task<base::Result<Client::PendingPtr>> send_task(Context context, base::ByteBuffer stub) {
        co_return context->client().send(context->request(toy::kEcho, stub));
    }
    // 0 or the fault.
    std::uint32_t use(const Context& context, const base::ByteBuffer& handle) {
        base::ByteBuffer stub = handle;
        base::ByteWriter(stub).u32(1);
        return status(call(context, toy::kUse, std::move(stub)));
    }
    static std::uint32_t status(const CallResult& result) {
        if (result) return 0;
        return result.error().is_fault() ? result.error().fault_status() : 0xFFFFFFFFU;
    }
    bool echoes(const Context& context, std::size_t size) {
        const base::ByteBuffer sent(size, std::byte{0x5A});
        const CallResult got = call(context, toy::kEcho, sent);
        return got && got->size() >= size && std::equal(sent.begin(), sent.end(), got->begin());
    }
    // A group leaves the directory before its handles run down.
    bool no_groups_left(int rundowns = 0) {
        return eventually([&] { return rpc->server().group_count() == 0 && toy.rundowns >= rundowns; });
    }

    ToyService toy;
    std::unique_ptr<RpcLoopback> rpc;
};
INSTANTIATE_TEST_SUITE_P(Roads, GenericSuites, testing::Values("seal", "ntlm,sign,bigendian", "spnego,connect,ndr64"),
                         [](const testing::TestParamInfo<const char*>& row) {
                             std::string name = row.param;
                             std::replace(name.begin(), name.end(), ',', '_');
                             return name;
                         });

TEST_P(GenericSuites, HandlesOfAGroupLiveOnEveryConnectionOfIt) {
    OpenResult first = open();
    ASSERT_TRUE(first) << first.error().to_string();
    const std::uint32_t group = (*first)->client().group_id();
    OpenResult second = open(group);
    ASSERT_TRUE(second);
    CallResult handle = call(*first, toy::kOpen);
    ASSERT_TRUE(handle);
    OpenResult third = open(group);
    ASSERT_TRUE(third) << "joins after the handle was made";
    for (const OpenResult* connection : {&first, &second, &third}) EXPECT_EQ(use(**connection, *handle), 0U);
    ASSERT_TRUE(call(*second, toy::kClose, *handle));
    for (const OpenResult* connection : {&first, &second, &third}) EXPECT_EQ(use(**connection, *handle), kMismatch);
    EXPECT_EQ(status(call(*second, toy::kClose, *handle)), kMismatch) << "closed twice";

    handle = call(*third, toy::kOpen);
    ASSERT_TRUE(handle);
    for (const OpenResult* connection : {&first, &second, &third}) EXPECT_EQ(use(**connection, *handle), 0U);
    first = base::Error();
    EXPECT_EQ(use(*second, *handle), 0U) << "outlives a connection";
    EXPECT_EQ(use(*third, *handle), 0U);
    third = base::Error();
    EXPECT_EQ(use(*second, *handle), 0U) << "and the one that made it";
    OpenResult fourth = open(group);
    ASSERT_TRUE(fourth);
    EXPECT_EQ(use(*fourth, *handle), 0U);
    second = base::Error();
    fourth = base::Error();
    ASSERT_TRUE(no_groups_left(1));
    EXPECT_EQ(toy.rundowns, 1);
    EXPECT_FALSE(open(group)) << "the group went with its last connection";
    EXPECT_FALSE(open(~group));
    EXPECT_FALSE(open(~group + 1));
}

TEST_P(GenericSuites, StrictHandlesDoNotCrossInterfacesInAGroup) {
    const OpenResult first = open();
    ASSERT_TRUE(first);
    const OpenResult other = open((*first)->client().group_id(), second_toy_interface().id);
    ASSERT_TRUE(other);
    const OpenResult stranger = open();
    ASSERT_TRUE(stranger);
    const CallResult handle = call(*first, toy::kOpen);
    ASSERT_TRUE(handle);
    EXPECT_EQ(use(*other, *handle), kMismatch);
    EXPECT_EQ(status(call(*other, toy::kClose, *handle)), kMismatch);
    EXPECT_EQ(use(*stranger, *handle), kMismatch);
    EXPECT_EQ(use(*first, *handle), 0U) << "unharmed";
    ASSERT_TRUE(call(*first, toy::kClose, *handle));
    EXPECT_EQ(toy.handles, 0);
}

TEST_P(GenericSuites, AlterContextToAnUnknownInterfaceHarmsNothing) {
    const OpenResult first = open();
    ASSERT_TRUE(first);
    const CallResult handle = call(*first, toy::kOpen);
    ASSERT_TRUE(handle);
    SyntaxId newer = second_toy_interface().id;
    newer.major = static_cast<std::uint16_t>(newer.major + 100);
    SyntaxId unknown = second_toy_interface().id;
    unknown.uuid.data1 ^= 1U;
    for (const SyntaxId& refused : {newer, unknown}) {
        const OpenResult none = add(*first, refused);
        ASSERT_FALSE(none);
        EXPECT_EQ(none.error().code(), base::Win32::not_supported) << "rejected, no fault";
        EXPECT_EQ(use(*first, *handle), 0U) << "the first context goes on";
    }
    const OpenResult second = add(*first, second_toy_interface().id);
    ASSERT_TRUE(second) << second.error().to_string();
    EXPECT_TRUE(echoes(*second, 20'000));
    EXPECT_EQ(use(*second, *handle), kMismatch);
    EXPECT_EQ(use(*first, *handle), 0U);
}

TEST_P(GenericSuites, AlterContextFillsAConnectionUpToItsLimit) {
    const OpenResult first = open();
    ASSERT_TRUE(first);
    std::vector<Context> contexts = {*first};
    while (contexts.size() < base::limits::kMaxPresentationContexts) {
        const bool odd = contexts.size() % 2 == 1;
        // Offering both syntaxes takes two ids, of which one is rejected.
        const bool both = contexts.size() % 4 < 2 && contexts.size() + 1 < base::limits::kMaxPresentationContexts;
        const OpenResult added = add(contexts.back(), odd ? second_toy_interface().id : toy_interface().id,
                                     both ? OfferedSyntaxes::both : OfferedSyntaxes::ndr20);
        ASSERT_TRUE(added) << contexts.size() << ": " << added.error().to_string();
        contexts.push_back(*added);
    }
    for (std::size_t i = 0; i < contexts.size(); ++i) EXPECT_TRUE(echoes(contexts[i], 100 * i)) << i;
    const CallResult handle = call(contexts.front(), toy::kOpen);
    ASSERT_TRUE(handle);
    EXPECT_EQ(use(contexts[2], *handle), 0U) << "another context of the same interface";
    EXPECT_EQ(use(contexts[1], *handle), kMismatch);
    EXPECT_FALSE(add(contexts.front(), toy_interface().id)) << "one too many";
}

TEST_P(GenericSuites, AnyObjectUuidReachesAnInterfaceWithoutObjects) {
    const OpenResult first = open();
    ASSERT_TRUE(first);
    for (int i = 0; i < 5; ++i) {
        const OpenResult with_object = add(*first, toy_interface().id, OfferedSyntaxes::both, base::random_guid());
        ASSERT_TRUE(with_object);
        EXPECT_TRUE(echoes(*with_object, 10'000));
        EXPECT_TRUE(echoes(*first, 10'000)) << "calls with and without object mix";
    }
}

TEST_P(GenericSuites, FiftyConnectionsWorkSideBySide) {
    std::vector<std::future<OpenResult>> opening;
    for (int i = 0; i < 50; ++i) opening.push_back(rpc->threads().start(rpc->open(GetParam(), toy_interface().id)));
    std::vector<Context> connections;
    for (auto& one : opening) {
        OpenResult opened = one.get();
        ASSERT_TRUE(opened) << opened.error().to_string();
        connections.push_back(std::move(*opened));
    }
    EXPECT_EQ(rpc->server().connections().size(), 50U);
    EXPECT_EQ(rpc->server().group_count(), 50U);
    std::vector<base::ByteBuffer> handles;
    for (const Context& one : connections) {
        const CallResult handle = call(one, toy::kOpen);
        ASSERT_TRUE(handle);
        handles.push_back(*handle);
    }
    EXPECT_EQ(toy.handles, 50);
    std::vector<Client::PendingPtr> pending;
    for (const Context& one : connections) {
        const auto sent = rpc->threads().run_on(one->client().executor(), send_task(one, base::ByteBuffer(30'000, std::byte{1})));
        ASSERT_TRUE(sent);
        pending.push_back(*sent);
    }
    for (std::size_t i = 0; i < connections.size(); ++i) {
        EXPECT_TRUE(rpc->threads().run_on(connections[i]->client().executor(), connections[i]->client().wait(pending[i]))) << i;
        EXPECT_EQ(use(connections[i], handles[i]), 0U);
        EXPECT_EQ(use(connections[i], handles[(i + 1) % handles.size()]), kMismatch) << "the neighbour's";
    }
    connections.clear();
    EXPECT_TRUE(no_groups_left(50));
    EXPECT_EQ(toy.rundowns, 50);
}

}  // namespace
}  // namespace dcerpc
