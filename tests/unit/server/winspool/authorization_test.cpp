// Every operation × every principal × both interfaces, each cell on a server of its own: the exact result, and that a refusal changes
// nothing. A new operation fails TheTableIsComplete until it has a row.
#include "authorization_scene.h"
#include "dcerpc/server/call_runner.h"
#include "dcerpc/server/registry.h"
#include "wire/winspool/operations.h"

#include <set>

namespace {

using namespace service_test;
using namespace service_test::authorization;

// Whom the default descriptors of [MS-RPRN] 3.1.1 and note 259 give the right, with "Manage documents" and "Manage this printer" added
// for one account each. Print operators have printers and their jobs; the server belongs to administrators alone.
bool holds(Principal who, Right right) {
    const bool administrator = who == Principal::administrator;
    const bool of_printers = administrator || who == Principal::print_operator;
    const bool documents = of_printers || who == Principal::manage_documents;
    switch (right) {
        case Right::none:
        case Right::server_enumerate:
        case Right::use:
            return true;
        case Right::server_administer:
            return administrator;
        case Right::administer:
            return of_printers || who == Principal::manage_printer;
        case Right::job_administer:
        case Right::job_read:
            return documents || who == Principal::job_owner;
        case Right::job_order:
            return of_printers;
        case Right::both_jobs:
            return documents;
    }
    return false;
}

std::uint32_t result_of(const Row& row, Win32 code) { return (row.hresult ? 0x80070000U : 0U) + static_cast<std::uint32_t>(code); }
// Opening is not the operation's own doing, so even where that has an HRESULT the code is a Win32 one.
std::uint32_t refusal(const Row& row, bool at_open) {
    return at_open ? static_cast<std::uint32_t>(Win32::access_denied) : result_of(row, Win32::access_denied);
}

const ndr::OperationInfo* find_operation(std::string_view name) {
    for (const ndr::OperationInfo& operation : op::operations()) {
        if (operation.codec->name == name) return &operation;
    }
    return nullptr;
}

struct Cell {
    const Row* row;
    op::Via via;
    Principal principal;
};

std::vector<Cell> cells(const std::vector<Principal>& principals) {
    std::vector<Cell> all;
    for (const Row& row : table()) {
        const ndr::OperationInfo* operation = find_operation(row.operation);
        if (operation == nullptr) continue;  // TheTableIsComplete says so
        for (const op::Via via : {op::Via::par, op::Via::rprn}) {
            if (operation->opnums[via == op::Via::par ? 0 : 1] == ndr::OperationInfo::kAbsent) continue;
            for (const Principal principal : principals) all.push_back({&row, via, principal});
        }
    }
    return all;
}

std::string cell_name(const testing::TestParamInfo<Cell>& info) {
    std::string name = info.param.row->operation + "_" + info.param.row->variant;
    name += info.param.via == op::Via::par ? "_par_" : "_rprn_";
    return name + name_of(info.param.principal);
}

class AuthorizationScene : public Scene, public testing::WithParamInterface<Cell> {
 protected:
    const Row& row() const { return *GetParam().row; }
    // Runs the row and expects `expected`; a result other than the row's own must leave nothing behind.
    void expect(std::uint32_t expected, bool granted) {
        become(GetParam().principal, GetParam().via);
        const std::size_t before = changes();
        EXPECT_EQ(row().run(*this), expected);
        settle();
        const bool changes_something = granted && row().changes;
        if (changes_something) {
            EXPECT_GT(changes(), before);
        } else {
            EXPECT_EQ(changes(), before);
        }
    }
};

// --- Default descriptors ----------------------------------------------------------------------------------------------------

class DefaultAccess : public AuthorizationScene {};

TEST_P(DefaultAccess, IsAsTheTableSays) {
    const bool granted = holds(GetParam().principal, row().right);
    // A job that the caller may not even read does not open.
    const bool at_open = row().object == Object::job || row().operation == "OpenPrinter" || row().operation == "OpenPrinterLegacy";
    expect(granted ? row().granted : refusal(row(), at_open), granted);
}
INSTANTIATE_TEST_SUITE_P(Authorization, DefaultAccess, testing::ValuesIn(cells({kPrincipals.begin(), kPrincipals.end()})), cell_name);

// --- Nobody but administrators may do anything ------------------------------------------------------------------------------

class ClosedAccess : public AuthorizationScene {};

TEST_P(ClosedAccess, LeavesWhatNeedsNoRight) {
    close_everything();
    bool granted = GetParam().principal == Principal::administrator;
    // Jobs keep the descriptor that they were made with.
    if (row().object == Object::job) granted = holds(GetParam().principal, row().right);
    if (row().object == Object::name && row().right == Right::none) granted = true;
    expect(granted ? row().granted : refusal(row(), row().object != Object::name), granted);
}
INSTANTIATE_TEST_SUITE_P(
    Authorization, ClosedAccess,
    testing::ValuesIn(cells({Principal::user, Principal::job_owner, Principal::print_operator, Principal::administrator})), cell_name);

// --- Handles that were opened for less than their owner may do --------------------------------------------------------------

class WeakHandle : public AuthorizationScene {};

TEST_P(WeakHandle, GivesNoMoreThanItWasOpenedFor) {
    open_for_use_only();
    const std::set<Right> had = {Right::none, Right::use, Right::server_enumerate, Right::job_read};
    // The descriptor alone, level 3, takes READ_CONTROL as well.
    const bool enough = !row().by_handle || (had.count(row().right) != 0 && row().operation != "GetPrinter");
    expect(enough ? row().granted : result_of(row(), Win32::access_denied), enough);
}
INSTANTIATE_TEST_SUITE_P(Authorization, WeakHandle, testing::ValuesIn(cells({Principal::administrator})), cell_name);

// --- Handles of another kind --------------------------------------------------------------------------------------------------

class WrongHandle : public AuthorizationScene {};

// [MS-RPRN] 3.1.4.1.11 names ERROR_INVALID_PARAMETER; Windows answers ERROR_INVALID_HANDLE, and so does this server everywhere.
TEST_P(WrongHandle, IsInvalid) {
    for (const Kind kind : {Kind::printer, Kind::server, Kind::job, Kind::port, Kind::xcv, Kind::information, Kind::notification}) {
        const std::vector<Kind>& kinds = row().kinds;
        if (kinds.empty() || std::find(kinds.begin(), kinds.end(), kind) != kinds.end()) continue;
        // Only MS-PAR makes these.
        if (kind == Kind::notification && GetParam().via == op::Via::rprn) continue;
        SCOPED_TRACE(static_cast<int>(kind));
        substitute(kind);
        expect(result_of(row(), Win32::invalid_handle), false);
    }
}
INSTANTIATE_TEST_SUITE_P(Authorization, WrongHandle, testing::ValuesIn(cells({Principal::administrator})), cell_name);

// --- The table itself ---------------------------------------------------------------------------------------------------------

TEST(AuthorizationTable, TheTableIsComplete) {
    std::set<std::string> named;
    for (const Row& row : table()) {
        EXPECT_NE(find_operation(row.operation), nullptr) << row.operation << " is not an operation";
        named.insert(row.operation);
    }
    for (const ndr::OperationInfo& operation : op::operations()) {
        EXPECT_EQ(named.count(std::string(operation.codec->name)), 1U) << operation.codec->name << " has no row: what right does it need?";
    }
}

// Whatever a request of an anonymous caller brings, it does not reach an operation; nor does one below the configured level.
TEST(AuthorizationTable, AnonymousCallersReachNoOperation) {
    base::Metrics metrics;
    op::Service unreached;
    for (const dcerpc::Interface* interface : {&op::par_interface(), &op::rprn_interface()}) {
        dcerpc::Registry registry(metrics);
        dcerpc::Policy policy;
        policy.min_auth_level = dcerpc::kAuthLevelPrivacy;
        const dcerpc::Registration& registration = registry.add(*interface, &unreached, policy, {0});
        for (std::size_t opnum = 0; opnum < interface->operations.size(); ++opnum) {
            if (interface->operations[opnum].run == nullptr) continue;
            for (const bool anonymous : {true, false}) {
                dcerpc::Caller caller;
                auto who = std::make_shared<base::Token>();
                who->anonymous = anonymous;
                caller.token = who;
                caller.auth_level = anonymous ? dcerpc::kAuthLevelPrivacy : dcerpc::kAuthLevelIntegrity;
                EXPECT_EQ(dcerpc::check_call(registration, caller, static_cast<std::uint16_t>(opnum), std::nullopt),
                          dcerpc::Fault::access_denied)
                    << interface->operations[opnum].name;
            }
        }
    }
}

}  // namespace
