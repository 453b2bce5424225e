#include "spooler/access.h"

#include "base/limits.h"

#include <gtest/gtest.h>

namespace {

using base::Win32;
using spooler::Access;
namespace rights = base::access;

base::Token token(const char* sid, std::vector<base::Sid> groups = {}) {
    base::Token result;
    result.user_sid = *base::parse_sid(sid);
    groups.push_back(base::well_known::everyone());
    result.groups = std::move(groups);
    return result;
}

const base::Token kAlice = token("S-1-5-21-1-2-3-1001");
const base::Token kBob = token("S-1-5-21-1-2-3-1002");
const base::Token kAdmin = token("S-1-5-21-1-2-3-500", {base::well_known::administrators()});
const base::Token kOperator = token("S-1-5-21-1-2-3-501", {base::well_known::print_operators()});

TEST(ServerAccess, OrdinaryUsersMayOnlyEnumerate) {
    const auto descriptor = spooler::default_server_security();
    for (const std::uint32_t wanted : {0U, rights::kGenericRead, rights::kGenericExecute, Access::server_enumerate}) {
        EXPECT_TRUE(spooler::open_server_access(kAlice, *descriptor, wanted)) << wanted;
    }
    for (const std::uint32_t wanted : {Access::server_all, Access::server_administer, rights::kGenericWrite, rights::kGenericAll}) {
        const auto granted = spooler::open_server_access(kAlice, *descriptor, wanted);
        ASSERT_FALSE(granted) << wanted;
        EXPECT_EQ(granted.error().code(), Win32::access_denied);
    }
    EXPECT_EQ(*spooler::open_server_access(kAdmin, *descriptor, rights::kGenericAll), Access::server_all);
    EXPECT_EQ(*spooler::open_server_access(kAlice, *descriptor, rights::kMaximumAllowed), spooler::kServerMapping.execute);
}

TEST(PrinterAccess, DefaultDescriptor) {
    const auto descriptor = spooler::default_printer_security(kBob.user_sid);
    EXPECT_EQ(*spooler::open_printer_access(kAlice, *descriptor, 0), spooler::kPrinterMapping.read);
    EXPECT_TRUE(spooler::open_printer_access(kAlice, *descriptor, Access::use));
    for (const std::uint32_t wanted : {Access::administer, Access::printer_all, rights::kWriteDac, rights::kWriteOwner, rights::kDelete}) {
        EXPECT_FALSE(spooler::open_printer_access(kAlice, *descriptor, wanted)) << wanted;
        EXPECT_TRUE(spooler::open_printer_access(kAdmin, *descriptor, wanted)) << wanted;
        EXPECT_TRUE(spooler::open_printer_access(kOperator, *descriptor, wanted)) << wanted;
        EXPECT_TRUE(spooler::open_printer_access(kBob, *descriptor, wanted)) << wanted;
    }
}

TEST(PrinterAccess, SynchronizeIsNeverGranted) {
    const auto descriptor = spooler::default_printer_security(std::nullopt);
    EXPECT_EQ(spooler::open_printer_access(kAdmin, *descriptor, rights::kSynchronize).error().code(), Win32::access_denied);
}

TEST(PrinterAccess, SystemSecurityIsForAdministrators) {
    const auto descriptor = spooler::default_printer_security(kAlice.user_sid);
    EXPECT_TRUE(spooler::open_printer_access(kAdmin, *descriptor, rights::kAccessSystemSecurity));
    EXPECT_FALSE(spooler::open_printer_access(kAlice, *descriptor, rights::kAccessSystemSecurity));
}

TEST(JobAccess, SubmitterAndAdministratorsControlOthersDoNot) {
    const auto printer = spooler::default_printer_security(std::nullopt);
    const auto job = spooler::job_security(*printer, kAlice.user_sid);
    EXPECT_EQ(job->owner, kAlice.user_sid);
    for (const base::Token* allowed : {&kAlice, &kAdmin, &kOperator}) {
        EXPECT_TRUE(spooler::open_job_access(*allowed, *job, Access::job_all));
        EXPECT_TRUE(spooler::allows(*allowed, *job, Access::job_administer, spooler::kJobMapping));
        EXPECT_TRUE(spooler::allows(*allowed, *job, Access::job_read, spooler::kJobMapping));
    }
    EXPECT_FALSE(spooler::allows(kBob, *job, Access::job_administer, spooler::kJobMapping));
    EXPECT_FALSE(spooler::open_job_access(kBob, *job, 0));
}

TEST(JobAccess, GenericWriteAndExecuteAreNotForRemoteCallers) {
    const auto job = spooler::job_security(*spooler::default_printer_security(std::nullopt), kAlice.user_sid);
    EXPECT_FALSE(spooler::open_job_access(kAlice, *job, rights::kGenericWrite));
    EXPECT_FALSE(spooler::open_job_access(kAlice, *job, rights::kGenericExecute));
    EXPECT_TRUE(spooler::open_job_access(kAlice, *job, rights::kGenericRead));
}

TEST(JobAccess, InheritableDenyOfThePrinterCounts) {
    base::SecurityDescriptor printer = *spooler::default_printer_security(std::nullopt);
    printer.dacl->insert(printer.dacl->begin(),
                         base::Ace{base::AceType::deny, base::ace_flags::kObjectInherit, Access::job_administer, kAlice.user_sid});
    const auto job = spooler::job_security(printer, kAlice.user_sid);
    EXPECT_FALSE(spooler::allows(kAlice, *job, Access::job_administer, spooler::kJobMapping));
    EXPECT_TRUE(spooler::allows(kAlice, *job, Access::job_read, spooler::kJobMapping));
}

base::Acl many_aces(std::size_t count) {
    base::Acl acl;
    for (std::uint32_t i = 0; i < count; ++i) {
        acl.push_back(base::Ace{base::AceType::allow, base::ace_flags::kObjectInherit, Access::job_read, kBob.user_sid.child(i)});
    }
    return acl;
}

// What the printer passes on may leave no room for the job's own two entries.
TEST(JobAccess, AFullAclOfThePrinterGivesAJobDescriptorThatCanBeStored) {
    base::SecurityDescriptor printer = *spooler::default_printer_security(std::nullopt);
    printer.dacl = many_aces(base::limits::kMaxAces);
    const auto job = spooler::job_security(printer, kAlice.user_sid);
    EXPECT_EQ(job->dacl->size(), base::limits::kMaxAces);
    const auto read_back = base::parse_security_descriptor(base::to_bytes(*job));
    ASSERT_TRUE(read_back) << read_back.error().to_string();
    EXPECT_TRUE(spooler::allows(kAlice, *job, Access::job_administer, spooler::kJobMapping));
}

TEST(JobAccess, ALongAclOfThePrinterGivesAJobDescriptorThatCanBeStored) {
    base::SecurityDescriptor printer = *spooler::default_printer_security(std::nullopt);
    printer.dacl = many_aces(0);
    base::Ace ace{base::AceType::allow, base::ace_flags::kObjectInherit, Access::job_read, {}};
    ace.sid.count = base::Sid::kMaxSubAuthorities;
    while (base::serialized_size(printer) + 8 + ace.sid.size() <= base::limits::kMaxSecurityDescriptorBytes) {
        ++ace.sid.sub_authorities[0];
        printer.dacl->push_back(ace);
    }
    ASSERT_TRUE(base::parse_security_descriptor(base::to_bytes(printer)));
    const auto job = spooler::job_security(printer, kAlice.user_sid);
    const auto read_back = base::parse_security_descriptor(base::to_bytes(*job));
    ASSERT_TRUE(read_back) << read_back.error().to_string();
    EXPECT_TRUE(spooler::allows(kAdmin, *job, Access::job_administer, spooler::kJobMapping));
}

TEST(MergeSecurity, PartsThatAreTooLongTogetherCannotBeStored) {
    base::SecurityDescriptor old = *spooler::default_printer_security(std::nullopt);
    EXPECT_TRUE(spooler::check_storable(old));
    base::ParsedDescriptor change;
    change.sacl_present = true;
    change.descriptor.sacl = many_aces(base::limits::kMaxAces);
    old.dacl = many_aces(base::limits::kMaxAces);
    for (base::Ace& ace : *change.descriptor.sacl) ace.type = base::AceType::audit;
    EXPECT_EQ(base::code_of(spooler::check_storable(*spooler::merge_security(old, change))), Win32::invalid_parameter);
}

TEST(MergeSecurity, AbsentPartsStay) {
    const auto old = spooler::default_printer_security(std::nullopt);
    base::ParsedDescriptor change;
    change.descriptor.owner = kAlice.user_sid;
    auto merged = spooler::merge_security(*old, change);
    EXPECT_EQ(merged->owner, kAlice.user_sid);
    EXPECT_EQ(merged->dacl, old->dacl);
    EXPECT_EQ(spooler::rights_to_set(change), rights::kWriteOwner);
    change.dacl_present = true;
    change.descriptor.dacl = base::Acl();
    merged = spooler::merge_security(*old, change);
    EXPECT_TRUE(merged->dacl->empty());
    EXPECT_EQ(spooler::rights_to_set(change), rights::kWriteOwner | rights::kWriteDac);
}

}  // namespace
