#include "base/access_check.h"

#include <gtest/gtest.h>

namespace base {
namespace {

using namespace access;

constexpr std::uint32_t kUse = 0x8, kAdminister = 0x4, kManage = 0x10;
// As the printer objects of [MS-RPRN] 2.2.3.1 map them.
constexpr GenericMapping kMapping{kReadControl | kUse, kReadControl | kUse, kReadControl | kUse, 0x000F0000 | kUse | kAdminister};
constexpr std::uint32_t kAll = kMapping.all;

const Sid kAlice = *parse_sid("S-1-5-21-1-2-3-1001");
const Sid kBob = *parse_sid("S-1-5-21-1-2-3-1002");
const Sid kStaff = *parse_sid("S-1-5-21-1-2-3-2000");

Token alice() { return {"alice", kAlice, {well_known::everyone(), well_known::authenticated_users(), kStaff}, false}; }
Token admin() { return {"root", *parse_sid("S-1-5-21-1-2-3-500"), {well_known::everyone(), well_known::administrators()}, false}; }

Ace allow(const Sid& sid, std::uint32_t mask, std::uint8_t flags = 0) { return {AceType::allow, flags, mask, sid}; }
Ace deny(const Sid& sid, std::uint32_t mask, std::uint8_t flags = 0) { return {AceType::deny, flags, mask, sid}; }

SecurityDescriptor with_dacl(Acl acl) {
    SecurityDescriptor descriptor;
    descriptor.owner = well_known::local_system();
    descriptor.dacl = std::move(acl);
    return descriptor;
}

// Granted mask, or nothing when access was denied.
std::optional<std::uint32_t> check(const Token& token, const SecurityDescriptor& descriptor, std::uint32_t desired) {
    const auto result = check_access(token, descriptor, desired, kMapping);
    if (result) return *result;
    EXPECT_EQ(result.error().code(), Win32::access_denied);
    return std::nullopt;
}

constexpr std::optional<std::uint32_t> kDenied = std::nullopt;

TEST(AccessCheck, GenericBitsAreMapped) {
    EXPECT_EQ(map_generic(kGenericRead, kMapping), kMapping.read);
    EXPECT_EQ(map_generic(kGenericAll | 0x10000000, kMapping), kMapping.all);
    EXPECT_EQ(map_generic(kGenericExecute | kGenericWrite | 0x1000, kMapping), kMapping.execute | kMapping.write | 0x1000);
    EXPECT_EQ(map_generic(0, kMapping), 0U);
}

TEST(AccessCheck, Membership) {
    EXPECT_TRUE(alice().is_member(kAlice));
    EXPECT_TRUE(alice().is_member(kStaff));
    EXPECT_FALSE(alice().is_member(kBob));
}

TEST(AccessCheck, NullDaclAllowsEverythingButAuditing) {
    SecurityDescriptor descriptor;
    EXPECT_EQ(check(alice(), descriptor, kUse | kWriteDac), kUse | kWriteDac);
    EXPECT_EQ(check(alice(), descriptor, kGenericAll), kAll);
    EXPECT_EQ(check(alice(), descriptor, kMaximumAllowed), kAll);
    EXPECT_EQ(check(alice(), descriptor, kMaximumAllowed | kManage), kAll | kManage);
    EXPECT_EQ(check(alice(), descriptor, kAccessSystemSecurity), kDenied);
    EXPECT_EQ(check(admin(), descriptor, kAccessSystemSecurity | kUse), kAccessSystemSecurity | kUse);
}

TEST(AccessCheck, EmptyDaclAllowsNothing) {
    const SecurityDescriptor descriptor = with_dacl({});
    EXPECT_EQ(check(alice(), descriptor, kUse), kDenied);
    EXPECT_EQ(check(admin(), descriptor, kReadControl), kDenied);
    EXPECT_EQ(check(alice(), descriptor, kMaximumAllowed), kDenied);
    EXPECT_EQ(check(alice(), descriptor, 0), 0U);
}

TEST(AccessCheck, OwnerAlwaysReadsAndWritesTheDescriptor) {
    SecurityDescriptor descriptor = with_dacl({deny(well_known::everyone(), 0xFFFFFFFF)});
    descriptor.owner = kAlice;
    EXPECT_EQ(check(alice(), descriptor, kReadControl | kWriteDac), kReadControl | kWriteDac);
    EXPECT_EQ(check(alice(), descriptor, kReadControl | kWriteOwner), kDenied);
    EXPECT_EQ(check(alice(), descriptor, kMaximumAllowed), kReadControl | kWriteDac);
    descriptor.owner = kStaff;                                     // a group may own, too
    EXPECT_EQ(check(alice(), descriptor, kWriteDac), kWriteDac);
    descriptor.owner = kBob;
    EXPECT_EQ(check(alice(), descriptor, kReadControl), kDenied);
    descriptor.owner.reset();
    EXPECT_EQ(check(alice(), descriptor, kReadControl), kDenied);
}

TEST(AccessCheck, FirstAceThatNamesABitDecides) {
    const struct {
        Acl acl;
        std::uint32_t desired;
        std::optional<std::uint32_t> expected;
    } cases[] = {
        {{allow(kAlice, kUse)}, kUse, kUse},
        {{allow(kAlice, kUse)}, kUse | kAdminister, kDenied},
        {{allow(kBob, kUse)}, kUse, kDenied},
        {{allow(kStaff, kUse), allow(kAlice, kAdminister)}, kUse | kAdminister, kUse | kAdminister},
        {{deny(kAlice, kUse), allow(kAlice, kUse)}, kUse, kDenied},
        {{allow(kAlice, kUse), deny(kAlice, kUse)}, kUse, kUse},
        {{deny(kStaff, kUse), allow(kAlice, kUse | kAdminister)}, kAdminister, kAdminister},
        {{deny(kStaff, kUse), allow(kAlice, kUse | kAdminister)}, kAdminister | kUse, kDenied},
        {{deny(kBob, kUse), allow(kAlice, kUse)}, kUse, kUse},
        {{allow(kAlice, kUse), deny(kStaff, kUse | kAdminister), allow(kAlice, kAdminister)}, kUse | kAdminister, kDenied},
        {{allow(kAlice, kUse), deny(kStaff, kUse | kAdminister), allow(kAlice, kAdminister)}, kUse, kUse},
        {{allow(well_known::everyone(), kGenericAll)}, kGenericRead, kMapping.read},
        {{allow(well_known::everyone(), kGenericRead)}, kGenericAll, kDenied},
        {{deny(well_known::everyone(), kGenericAll), allow(kAlice, kUse)}, kUse, kDenied},
    };
    for (std::size_t i = 0; i < std::size(cases); ++i) {
        EXPECT_EQ(check(alice(), with_dacl(cases[i].acl), cases[i].desired), cases[i].expected) << "case " << i;
    }
}

TEST(AccessCheck, MaximumAllowedCollectsInOrder) {
    const struct {
        Acl acl;
        std::uint32_t extra;
        std::optional<std::uint32_t> expected;
    } cases[] = {
        {{allow(kAlice, kUse), allow(kStaff, kReadControl)}, 0, kUse | kReadControl},
        {{allow(kAlice, kUse), deny(kAlice, kUse | kAdminister), allow(kAlice, kAdminister | kReadControl)}, 0, kUse | kReadControl},
        {{deny(kAlice, kUse), allow(kAlice, kGenericAll)}, 0, kAll & ~kUse},
        {{deny(kAlice, kUse), allow(kAlice, kGenericAll)}, kUse, kDenied},
        {{allow(kAlice, kUse)}, kUse, kUse},
        {{allow(kAlice, kUse)}, kAdminister, kDenied},
        {{allow(kBob, kUse)}, 0, kDenied},
        {{deny(kAlice, kUse)}, 0, kDenied},
    };
    for (std::size_t i = 0; i < std::size(cases); ++i) {
        EXPECT_EQ(check(alice(), with_dacl(cases[i].acl), kMaximumAllowed | cases[i].extra), cases[i].expected) << "case " << i;
    }
}

TEST(AccessCheck, InheritOnlyAndAuditAcesDoNotCount) {
    EXPECT_EQ(check(alice(), with_dacl({allow(kAlice, kUse, ace_flags::kInheritOnly)}), kUse), kDenied);
    EXPECT_EQ(check(alice(), with_dacl({deny(kAlice, kUse, ace_flags::kInheritOnly | ace_flags::kObjectInherit), allow(kAlice, kUse)}), kUse),
              kUse);
    EXPECT_EQ(check(alice(), with_dacl({allow(kAlice, kUse, ace_flags::kObjectInherit | ace_flags::kContainerInherit)}), kUse), kUse);
    EXPECT_EQ(check(alice(), with_dacl({Ace{AceType::audit, 0, kUse, kAlice}}), kUse), kDenied);
    EXPECT_EQ(check(alice(), with_dacl({allow(kAlice, kUse, ace_flags::kInheritOnly)}), kMaximumAllowed), kDenied);
}

TEST(AccessCheck, SystemSecurityNeedsAdministrators) {
    // No ACE can give it, not even one that names it or all generic rights.
    const SecurityDescriptor open = with_dacl({allow(well_known::everyone(), 0xFFFFFFFF)});
    EXPECT_EQ(check(alice(), open, kAccessSystemSecurity), kDenied);
    EXPECT_EQ(check(alice(), open, kAccessSystemSecurity | kMaximumAllowed), kDenied);
    EXPECT_EQ(check(admin(), open, kAccessSystemSecurity), kAccessSystemSecurity);
    EXPECT_EQ(check(admin(), with_dacl({}), kAccessSystemSecurity), kAccessSystemSecurity);
    EXPECT_EQ(check(admin(), with_dacl({}), kAccessSystemSecurity | kUse), kDenied);
    // Only when asked for by name.
    EXPECT_EQ(*check(admin(), open, kMaximumAllowed) & kAccessSystemSecurity, 0U);
    EXPECT_EQ(*check(admin(), open, kMaximumAllowed) & kMaximumAllowed, 0U);
}

TEST(AccessCheck, AdministratorsHaveNoOtherPrivilege) {
    EXPECT_EQ(check(admin(), with_dacl({allow(kAlice, kAll)}), kUse), kDenied);
    EXPECT_EQ(check(admin(), with_dacl({allow(well_known::administrators(), kGenericAll)}), kGenericAll), kAll);
}

TEST(AccessCheck, GrantsOnlyWhatWasAsked) {
    EXPECT_EQ(check(alice(), with_dacl({allow(kAlice, 0xFFFFFFFF)}), kUse), kUse);
    SecurityDescriptor owned = with_dacl({allow(kAlice, kUse)});
    owned.owner = kAlice;
    EXPECT_EQ(check(alice(), owned, kUse), kUse);
}

TEST(AccessCheck, RefusalNamesUserAndMissingBits) {
    const auto result = check_access(alice(), with_dacl({allow(kAlice, kUse)}), kUse | kAdminister, kMapping);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().text(), "not granted to alice: 0x00000004");
}

}  // namespace
}  // namespace base
