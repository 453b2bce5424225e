// Endpoint mapper and management interface over loop-back, in NDR20 and NDR64, through the generated clients.
#include "dcerpc/fault.h"
#include "dcerpc/server/endpoint_mapper.h"
#include "tests/support/rpc_loopback.h"
#include "tests/support/toy_service.h"
#include "wire/epm/client.h"
#include "wire/epm/dispatch.h"
#include "wire/mgmt/client.h"
#include "wire/mgmt/dispatch.h"

#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <string>

namespace dcerpc {
namespace {

using namespace test_support;
using Context = std::shared_ptr<ClientContext>;
using ContextResult = base::Result<Context>;

class Builtin : public testing::TestWithParam<std::string> {
 protected:
    void SetUp() override {
        rpc = std::make_unique<RpcLoopback>();
        Policy policy;
        policy.min_auth_level = kAuthLevelPrivacy;
        policy.annotation = "the toy";
        rpc->server().registry().add(toy_interface(), &toy, policy, {rpc->service_endpoint()});
        policy.annotation.clear();
        rpc->server().registry().add(second_toy_interface(), &toy, policy, {rpc->service_endpoint()});
        rpc->begin();
    }
    ContextResult open(std::uint16_t port, const SyntaxId& interface, const std::string& user = "admin",
                       const std::string& host = "127.0.0.1") {
        auto binding = parse_binding("ncacn_ip_tcp:" + host + "[" + GetParam() + "]");
        if (!binding) return binding.error();
        binding->port = port;
        OpenOptions options;
        if (!user.empty()) options.credentials = make_credentials("", user, kTestPassword);
        return rpc->threads().run(open_context(*binding, interface, options));
    }
    // Runs one generated operation on the strand of its client.
    template <class Client, class In, class Out>
    base::Result<void> call(const Context& context, base::Task<base::Result<void>> (Client::*operation)(const In&, Out&), const In& in,
                            Out& out) {
        return rpc->threads().run_on(context->client().executor(), call_task<Client, In, Out>(context, &arena, operation, &in, &out));
    }
    template <class Client, class In, class Out>
    static base::Task<base::Result<void>> call_task(Context context, ndr::Arena* memory,
                                                    base::Task<base::Result<void>> (Client::*operation)(const In&, Out&), const In* in,
                                                    Out* out) {
        Client client(*context, *memory);
        co_return co_await std::invoke(operation, client, *in, *out);
    }
    base::Result<void> map(const Context& mapper, const Tower& wanted, wire::epm::EptMap::Out& out, std::uint32_t max = 10,
                           ndr::ContextHandle handle = {}) {
        wire::epm::twr_t tower;
        tower.tower_octet_string = arena.copy(make_tower(wanted));
        tower.tower_length = tower.tower_octet_string.size;
        wire::epm::EptMap::In in;
        in.map_tower = &tower;
        in.max_towers = max;
        in.entry_handle = handle;
        return call(mapper, &wire::epm::Client::ept_map, in, out);
    }
    Tower toy_tower() {
        Tower wanted;
        wanted.interface = toy_interface().id;
        wanted.transfer = kNdr20;
        return wanted;
    }

    ToyService toy;
    std::unique_ptr<RpcLoopback> rpc;
    ndr::Arena arena;
};

INSTANTIATE_TEST_SUITE_P(Roads, Builtin, testing::Values("ndr20", "ndr64", "bigendian", "connect", "ntlm,sign,ndr64", "seal"),
                         [](const testing::TestParamInfo<std::string>& row) {
                             std::string name = row.param;
                             std::replace(name.begin(), name.end(), ',', '_');
                             return name;
                         });

TEST_P(Builtin, MapGivesPortAndAddress) {
    const ContextResult mapper = open(rpc->mapper_port(), wire::epm::epm_interface().id);
    ASSERT_TRUE(mapper) << mapper.error().to_string();
    wire::epm::EptMap::Out out;
    const auto done = map(*mapper, toy_tower(), out);
    ASSERT_TRUE(done) << done.error().to_string();
    EXPECT_EQ(out.status, ept_status::kOk);
    ASSERT_EQ(out.num_towers, 1U);
    EXPECT_TRUE(out.entry_handle.is_null());
    const auto tower = parse_tower(out.ITowers[0]->tower_octet_string.view());
    ASSERT_TRUE(tower);
    EXPECT_EQ(tower->interface, toy_interface().id);
    EXPECT_EQ(tower->port, rpc->port());
    EXPECT_EQ(tower->address, (std::array<std::uint8_t, 4>{127, 0, 0, 1}));
}

TEST_P(Builtin, MapDoesNotKnowOthersNorNonsense) {
    const ContextResult mapper = open(rpc->mapper_port(), wire::epm::epm_interface().id);
    ASSERT_TRUE(mapper);
    Tower unknown = toy_tower();
    unknown.interface.uuid.data1 ^= 1U;
    wire::epm::EptMap::Out out;
    ASSERT_TRUE(map(*mapper, unknown, out));
    EXPECT_EQ(out.status, ept_status::kNotRegistered);
    EXPECT_EQ(out.num_towers, 0U);
    // The operation put that code into its reply itself; it counts as an error all the same.
    const std::string errors =
        "winspoold_call_errors_total{interface=\"epm\",operation=\"EptMap\",code=\"" + std::to_string(ept_status::kNotRegistered) + "\"}";
    EXPECT_EQ(rpc->metrics().counter(errors).value(), 1U);

    wire::epm::EptMap::In nothing;
    nothing.max_towers = base::limits::kMaxMapperReply;
    wire::epm::EptMap::Out out2;
    ASSERT_TRUE(call(*mapper, &wire::epm::Client::ept_map, nothing, out2));
    EXPECT_EQ(out2.status, ept_status::kNotRegistered);
    nothing.max_towers = base::limits::kMaxMapperReply + 1;
    EXPECT_EQ(call(*mapper, &wire::epm::Client::ept_map, nothing, out2).error().fault_status(),
              static_cast<std::uint32_t>(Fault::bad_stub_data));
}

TEST_P(Builtin, LookupPagesThroughAHandle) {
    const ContextResult mapper = open(rpc->mapper_port(), wire::epm::epm_interface().id);
    ASSERT_TRUE(mapper);
    // Two interfaces in two transfer syntaxes: four rows, two full pages, then the end.
    wire::epm::EptLookup::In in;
    in.vers_option = 1;
    in.max_ents = 2;
    wire::epm::EptLookup::Out first, second, end;
    ASSERT_TRUE(call(*mapper, &wire::epm::Client::ept_lookup, in, first));
    EXPECT_EQ(first.status, ept_status::kOk);
    ASSERT_EQ(first.num_ents, 2U);
    ASSERT_FALSE(first.entry_handle.is_null());
    EXPECT_EQ(std::string(first.entries[0].annotation.data()), "the toy");
    in.entry_handle = first.entry_handle;
    ASSERT_TRUE(call(*mapper, &wire::epm::Client::ept_lookup, in, second));
    EXPECT_EQ(second.num_ents, 2U);
    EXPECT_EQ(second.status, ept_status::kOk);
    EXPECT_EQ(second.entry_handle, first.entry_handle);
    ASSERT_TRUE(call(*mapper, &wire::epm::Client::ept_lookup, in, end));
    EXPECT_EQ(end.num_ents, 0U);
    EXPECT_EQ(end.status, ept_status::kNotRegistered);
    EXPECT_TRUE(end.entry_handle.is_null());
    EXPECT_EQ(call(*mapper, &wire::epm::Client::ept_lookup, in, end).error().fault_status(),
              static_cast<std::uint32_t>(Fault::context_mismatch));
}

TEST_P(Builtin, AShortPageEndsTheSearch) {
    const ContextResult mapper = open(rpc->mapper_port(), wire::epm::epm_interface().id);
    ASSERT_TRUE(mapper);
    wire::epm::EptLookup::In in;
    in.max_ents = base::limits::kMaxMapperReply;
    wire::epm::EptLookup::Out all;
    ASSERT_TRUE(call(*mapper, &wire::epm::Client::ept_lookup, in, all));
    EXPECT_EQ(all.num_ents, 4U);
    EXPECT_EQ(all.status, ept_status::kOk);
    EXPECT_TRUE(all.entry_handle.is_null());
    in.max_ents = 10;
    ASSERT_TRUE(call(*mapper, &wire::epm::Client::ept_lookup, in, all));
    EXPECT_EQ(all.num_ents, 4U);
    EXPECT_EQ(all.status, ept_status::kOk) << "rows and a failure exclude each other";
    EXPECT_TRUE(all.entry_handle.is_null());
    in.max_ents = base::limits::kMaxMapperReply + 1;
    EXPECT_EQ(call(*mapper, &wire::epm::Client::ept_lookup, in, all).error().fault_status(),
              static_cast<std::uint32_t>(Fault::bad_stub_data));
    in.max_ents = 10;
    in.inquiry_type = 4;
    ASSERT_TRUE(call(*mapper, &wire::epm::Client::ept_lookup, in, all));
    EXPECT_EQ(all.status, ept_status::kInvalidEntry);
}

// Rows come with status 0, kNotRegistered without rows; a full page keeps the handle, a short one ends the search.
TEST_P(Builtin, EveryPageSizeGivesEveryRowOnce) {
    const ContextResult mapper = open(rpc->mapper_port(), wire::epm::epm_interface().id);
    ASSERT_TRUE(mapper);
    for (std::uint32_t page_size = 1; page_size <= 5; ++page_size) {
        SCOPED_TRACE(page_size);
        std::set<std::string> towers;
        wire::epm::EptLookup::In in;
        in.max_ents = page_size;
        bool more = true;
        for (std::uint32_t calls = 1; more; ++calls) {
            ASSERT_LE(calls, 5U) << "a search that never ends";
            wire::epm::EptLookup::Out page;
            ASSERT_TRUE(call(*mapper, &wire::epm::Client::ept_lookup, in, page));
            ASSERT_LE(page.num_ents, page_size);
            EXPECT_EQ(page.status, page.num_ents > 0 ? ept_status::kOk : ept_status::kNotRegistered);
            EXPECT_EQ(page.entry_handle.is_null(), page.num_ents < page_size);
            for (std::uint32_t i = 0; i < page.num_ents; ++i) {
                const base::ByteView octets = page.entries[i].tower->tower_octet_string.view();
                EXPECT_TRUE(parse_tower(octets));
                EXPECT_TRUE(towers.emplace(reinterpret_cast<const char*>(octets.data()), octets.size()).second) << "a row came twice";
            }
            more = !page.entry_handle.is_null();
            in.entry_handle = page.entry_handle;
        }
        EXPECT_EQ(towers.size(), 4U);
    }
}

TEST_P(Builtin, MapOfOneTowerKeepsTheHandleUntilTheEnd) {
    const ContextResult mapper = open(rpc->mapper_port(), wire::epm::epm_interface().id);
    ASSERT_TRUE(mapper);
    for (const SyntaxId& interface : {toy_interface().id, second_toy_interface().id}) {
        Tower wanted = toy_tower();
        wanted.interface = interface;
        wire::epm::EptMap::Out out, end;
        ASSERT_TRUE(map(*mapper, wanted, out, 1));
        EXPECT_EQ(out.status, ept_status::kOk);
        ASSERT_EQ(out.num_towers, 1U);
        const auto tower = parse_tower(out.ITowers[0]->tower_octet_string.view());
        ASSERT_TRUE(tower);
        EXPECT_EQ(tower->interface, interface);
        EXPECT_EQ(tower->port, rpc->port());
        ASSERT_FALSE(out.entry_handle.is_null());
        ASSERT_TRUE(map(*mapper, wanted, end, 1, out.entry_handle));
        EXPECT_EQ(end.status, ept_status::kNotRegistered);
        EXPECT_EQ(end.num_towers, 0U);
        EXPECT_TRUE(end.entry_handle.is_null());
    }
}

TEST_P(Builtin, SearchesCanBeEndedEarly) {
    const ContextResult mapper = open(rpc->mapper_port(), wire::epm::epm_interface().id);
    ASSERT_TRUE(mapper);
    for (const bool by_free : {true, false}) {
        wire::epm::EptLookup::In in;
        in.max_ents = 1;
        wire::epm::EptLookup::Out out;
        ASSERT_TRUE(call(*mapper, &wire::epm::Client::ept_lookup, in, out));
        ASSERT_FALSE(out.entry_handle.is_null());
        in.entry_handle = out.entry_handle;
        if (by_free) {
            wire::epm::EptLookupHandleFree::In which;
            which.entry_handle = out.entry_handle;
            wire::epm::EptLookupHandleFree::Out freed;
            ASSERT_TRUE(call(*mapper, &wire::epm::Client::ept_lookup_handle_free, which, freed));
            EXPECT_TRUE(freed.entry_handle.is_null());
            EXPECT_EQ(freed.status, 0U);
        } else {
            wire::epm::EptLookup::In ending = in;
            ending.max_ents = 0;
            wire::epm::EptLookup::Out ended;
            ASSERT_TRUE(call(*mapper, &wire::epm::Client::ept_lookup, ending, ended));
            EXPECT_EQ(ended.status, 0U);
            EXPECT_TRUE(ended.entry_handle.is_null());
        }
        EXPECT_FALSE(call(*mapper, &wire::epm::Client::ept_lookup, in, out)) << "the handle is gone";
    }
}

TEST_P(Builtin, NobodyRegistersRemotely) {
    const ContextResult mapper = open(rpc->mapper_port(), wire::epm::epm_interface().id);
    ASSERT_TRUE(mapper);
    wire::epm::EptInsert::Out inserted;
    ASSERT_TRUE(call(*mapper, &wire::epm::Client::ept_insert, wire::epm::EptInsert::In(), inserted));
    EXPECT_EQ(inserted.status, 5U);
    wire::epm::EptInqObject::Out object;
    ASSERT_TRUE(call(*mapper, &wire::epm::Client::ept_inq_object, wire::epm::EptInqObject::In(), object));
    EXPECT_EQ(object.status, ept_status::kCantPerform);
    wire::epm::EptMgmtDelete::Out deleted;
    ASSERT_TRUE(call(*mapper, &wire::epm::Client::ept_mgmt_delete, wire::epm::EptMgmtDelete::In(), deleted));
    EXPECT_EQ(deleted.status, ept_status::kCantPerform);
}

TEST_P(Builtin, ManagementAnswersOnEveryEndpointAlsoToStrangers) {
    for (const bool at_mapper : {true, false}) {
        const std::uint16_t port = at_mapper ? rpc->mapper_port() : rpc->port();
        // Anonymous NTLM where the level allows it, no user at all otherwise.
        const bool keyless = GetParam() == "connect" || GetParam().find("ndr20") == 0;
        const ContextResult mgmt = open(port, wire::mgmt::mgmt_interface().id, keyless ? "" : "alice");
        ASSERT_TRUE(mgmt) << mgmt.error().to_string();
        wire::mgmt::RpcMgmtInqIfIds::Out ids;
        ASSERT_TRUE(call(*mgmt, &wire::mgmt::Client::rpc_mgmt_inq_if_ids, wire::mgmt::RpcMgmtInqIfIds::In(), ids));
        ASSERT_NE(ids.if_id_vector, nullptr);
        EXPECT_EQ(ids.if_id_vector->Count, at_mapper ? 2U : 3U);
        EXPECT_EQ(ids.if_id_vector->IfId[0]->Uuid, at_mapper ? wire::mgmt::mgmt_interface().id.uuid : toy_interface().id.uuid);

        wire::mgmt::RpcMgmtIsServerListening::Out listening;
        ASSERT_TRUE(call(*mgmt, &wire::mgmt::Client::rpc_mgmt_is_server_listening, wire::mgmt::RpcMgmtIsServerListening::In(), listening));
        EXPECT_EQ(listening.status, 0U);
        EXPECT_EQ(listening.result, 1U);

        wire::mgmt::RpcMgmtStopServerListening::Out stopped;
        ASSERT_TRUE(
            call(*mgmt, &wire::mgmt::Client::rpc_mgmt_stop_server_listening, wire::mgmt::RpcMgmtStopServerListening::In(), stopped));
        EXPECT_EQ(stopped.status, 5U);
    }
}

TEST_P(Builtin, StatisticsCountWhatHappened) {
    const ContextResult mgmt = open(rpc->port(), wire::mgmt::mgmt_interface().id);
    ASSERT_TRUE(mgmt);
    wire::mgmt::RpcMgmtInqStats::In in;
    in.count = 50;
    wire::mgmt::RpcMgmtInqStats::Out first;
    ASSERT_TRUE(call(*mgmt, &wire::mgmt::Client::rpc_mgmt_inq_stats, in, first));
    ASSERT_EQ(first.count, 4U);
    EXPECT_EQ(first.status, 0U);
    EXPECT_EQ(first.statistics[0], 1U) << "this call";
    in.count = 3;
    wire::mgmt::RpcMgmtInqStats::Out second;
    ASSERT_TRUE(call(*mgmt, &wire::mgmt::Client::rpc_mgmt_inq_stats, in, second));
    ASSERT_EQ(second.count, 3U);
    EXPECT_EQ(second.statistics[0], 2U);
    EXPECT_EQ(second.statistics[2], first.statistics[2] + 1);
    in.count = 51;
    EXPECT_EQ(call(*mgmt, &wire::mgmt::Client::rpc_mgmt_inq_stats, in, second).error().fault_status(),
              static_cast<std::uint32_t>(Fault::bad_stub_data));
}

TEST_P(Builtin, PrincipalNameAndItsSizes) {
    const ContextResult mgmt = open(rpc->port(), wire::mgmt::mgmt_interface().id);
    ASSERT_TRUE(mgmt);
    const std::string expected = "host/printhost.example.com";
    const auto ask = [&](std::uint32_t proto, std::uint32_t size) {
        wire::mgmt::RpcMgmtInqPrincName::In in;
        in.authn_proto = proto;
        in.princ_name_size = size;
        wire::mgmt::RpcMgmtInqPrincName::Out out;
        const auto done = call(*mgmt, &wire::mgmt::Client::rpc_mgmt_inq_princ_name, in, out);
        EXPECT_TRUE(done) << done.error().to_string();
        return std::pair(out.status, std::string(out.princ_name.view()));
    };
    for (const std::uint32_t proto : {9U, 10U, 16U}) EXPECT_EQ(ask(proto, 4096), std::pair(0U, expected));
    EXPECT_EQ(ask(9, 27), std::pair(0U, expected)) << "just enough";
    EXPECT_EQ(ask(9, 26), std::pair(122U, std::string()));
    EXPECT_EQ(ask(9, 1), std::pair(122U, std::string()));
    EXPECT_EQ(ask(9, 0), std::pair(122U, std::string()));
    EXPECT_EQ(ask(68, 100), std::pair(1747U, std::string()));
}

TEST_P(Builtin, ClientsFindTheirWayThroughTheMapper) {
    auto binding = parse_binding("ncacn_ip_tcp:127.0.0.1[seal]");
    ASSERT_TRUE(binding);
    OpenOptions options;
    options.credentials = make_credentials("", "admin", kTestPassword);
    options.mapper_port = rpc->mapper_port();
    const ContextResult context = rpc->threads().run(open_context(*binding, toy_interface().id, options));
    ASSERT_TRUE(context) << context.error().to_string();
    SyntaxId unknown = toy_interface().id;
    unknown.uuid.data1 ^= 1U;
    EXPECT_EQ(rpc->threads().run(open_context(*binding, unknown, options)).error().code(), base::Win32::not_found);
    binding->host = "::1";
    EXPECT_TRUE(rpc->threads().run(open_context(*binding, toy_interface().id, options))) << "IPv6 through a tower that has no address";
}

}  // namespace
}  // namespace dcerpc
