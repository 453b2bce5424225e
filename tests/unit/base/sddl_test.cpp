#include "base/limits.h"
#include "base/security_descriptor.h"

#include <gtest/gtest.h>

namespace base {
namespace {

SecurityDescriptor parsed(std::string_view text) {
    auto result = parse_sddl(text);
    EXPECT_TRUE(result) << text << ": " << (result ? "" : result.error().to_string());
    return result ? *result : SecurityDescriptor();
}

TEST(Sddl, ParsesAllParts) {
    const SecurityDescriptor descriptor = parsed("O:BAG:SYD:PAI(A;OICI;GA;;;BA)(D;NPIOID;0x20008;;;S-1-5-21-1-2-3-1000)S:AR(AU;SAFA;WDWO;;;WD)");
    EXPECT_EQ(descriptor.owner, well_known::administrators());
    EXPECT_EQ(descriptor.group, well_known::local_system());
    EXPECT_EQ(descriptor.control, kSeDaclProtected | kSeDaclAutoInherited | kSeSaclInheritRequired);
    ASSERT_TRUE(descriptor.dacl && descriptor.sacl);
    ASSERT_EQ(descriptor.dacl->size(), 2U);
    const Ace first{AceType::allow, ace_flags::kObjectInherit | ace_flags::kContainerInherit, 0x10000000, well_known::administrators()};
    EXPECT_EQ((*descriptor.dacl)[0], first);
    const Ace second{AceType::deny, ace_flags::kNoPropagate | ace_flags::kInheritOnly | ace_flags::kInherited, 0x20008,
                     *parse_sid("S-1-5-21-1-2-3-1000")};
    EXPECT_EQ((*descriptor.dacl)[1], second);
    const Ace audit{AceType::audit, ace_flags::kAuditSuccess | ace_flags::kAuditFailure, 0x000C0000, well_known::everyone()};
    EXPECT_EQ(descriptor.sacl->at(0), audit);
}

TEST(Sddl, CanonicalTextsRoundTrip) {
    for (const std::string_view text :
         {"D:", "D:P", "D:NO_ACCESS_CONTROL", "D:PNO_ACCESS_CONTROL", "O:BAD:", "G:SYD:", "O:S-1-5-21-1-2-3-500D:(A;;0x0;;;WD)",
          "O:BAG:SYD:PARAI(A;OICI;GA;;;BA)(D;IO;0x20008;;;AN)S:P(AU;SAFA;RC;;;WD)", "D:(A;;GAGRGWGX;;;AU)(A;;RCSDWDWO;;;NU)",
          "D:(A;CR;GA;;;AC)(A;;GA;;;PO)(A;;GA;;;BU)(A;OIIO;GA;;;CO)(A;;GA;;;CG)", "D:S:", "O:S-1-0xFFFFFFFFFFFF-1G:S-1-5D:",
          "D:(A;;0xffffffff;;;WD)"}) {
        EXPECT_EQ(to_sddl(parsed(text)), text);
    }
}

TEST(Sddl, AllAliases) {
    const struct {
        std::string_view alias;
        const Sid& sid;
    } aliases[] = {
        {"WD", well_known::everyone()},      {"BA", well_known::administrators()}, {"BU", well_known::users()},
        {"PO", well_known::print_operators()}, {"SY", well_known::local_system()}, {"CO", well_known::creator_owner()},
        {"CG", well_known::creator_group()}, {"AU", well_known::authenticated_users()}, {"AN", well_known::anonymous()},
        {"NU", well_known::network()},       {"AC", well_known::all_app_packages()},
    };
    for (const auto& [alias, sid] : aliases) {
        EXPECT_EQ(parsed("O:" + std::string(alias) + "D:").owner, sid);
        EXPECT_EQ(parsed("O:" + to_string(sid) + "D:").owner, sid);
        EXPECT_EQ(to_sddl(parsed("O:" + to_string(sid) + "D:")), "O:" + std::string(alias) + "D:");
    }
}

TEST(Sddl, EmptyAndNullDaclDiffer) {
    EXPECT_TRUE(parsed("D:").dacl.has_value());
    EXPECT_TRUE(parsed("D:").dacl->empty());
    EXPECT_FALSE(parsed("D:NO_ACCESS_CONTROL").dacl.has_value());
    EXPECT_FALSE(parsed("O:BA").dacl.has_value());
    EXPECT_FALSE(parsed("").dacl.has_value());
}

TEST(Sddl, PartsInAnyOrderAndHexForms) {
    EXPECT_EQ(parsed("D:(A;;0X1F;;;WD)O:BA"), parsed("O:BAD:(A;;0x0000001f;;;S-1-1-0)"));
    EXPECT_EQ(parsed("D:(A;;;;;WD)").dacl->at(0).mask, 0U);
}

TEST(Sddl, RejectsMalformedTexts) {
    for (const std::string_view text :
         {"X:", "O", "O:", "O:XX", "O:BA ", "o:BA", "O:BAO:BA", "D:D:", "D:(A;;GA;;;WD)D:", "D:(A;;GA;;;WD", "D:A;;GA;;;WD", "D:()", "D:(A)",
          "D:(A;;GA;;WD)", "D:(A;;GA;;;;WD)", "D:(A;;GA;;;WD;(x))", "D:(XA;;GA;;;WD)", "D:(OA;;GA;;;WD)", "D:(a;;GA;;;WD)", "D:(A;XX;GA;;;WD)",
          "D:(A;OIO;GA;;;WD)", "D:(A;OIOI;GA;;;WD)", "D:(A;;G;;;WD)", "D:(A;;GAGA;;;WD)", "D:(A;;QQ;;;WD)", "D:(A;;0x;;;WD)",
          "D:(A;;0x1g;;;WD)", "D:(A;;0x100000000;;;WD)", "D:(A;;-1;;;WD)", "D:(A;;12;;;WD)", "D:(A;;GA;;;)", "D:(A;;GA;;;wd)",
          "D:(A;;GA;9940ca8e-512f-4c58-88a9-61098d6896bd;;WD)", "D:(A;;GA;;x;WD)", "D:Q(A;;GA;;;WD)", "D:(A;;GA;;;WD) ", " D:", "::", ":",
          "D::", "O:BA:", "S:NO_ACCESS_CONTROL", "D:NO_ACCESS_CONTROL(A;;GA;;;WD)", "D:NO_ACCESS_CONTROLP", "O:S-1-5-D:"}) {
        const auto result = parse_sddl(text);
        EXPECT_FALSE(result) << text;
        EXPECT_EQ(code_of(result), Win32::invalid_parameter) << text;
    }
    EXPECT_FALSE(parse_sddl(std::string_view("D:\0", 3)));
}

TEST(Sddl, SizeLimits) {
    std::string text = "D:";
    for (std::size_t i = 0; i < limits::kMaxAces; ++i) text += "(A;;GA;;;WD)";
    EXPECT_EQ(parsed(text).dacl->size(), limits::kMaxAces);
    EXPECT_FALSE(parse_sddl(text + "(A;;GA;;;WD)"));

    std::string long_sids = "D:";
    for (int i = 0; i < 900; ++i) long_sids += "(A;;GA;;;S-1-5-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15)";
    EXPECT_FALSE(parse_sddl(long_sids));                           // would not fit the 16-bit size of an ACL
    EXPECT_FALSE(parse_sddl(std::string(1U << 20U, 'P')));
}

TEST(Sddl, AnyParsedTextCanBeWrittenAsBytes) {
    std::string acl;
    for (int i = 0; i < 500; ++i) acl += "(A;;GA;;;S-1-5-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15)";
    ASSERT_TRUE(parse_sddl("D:" + acl));
    EXPECT_FALSE(parse_sddl("D:" + acl + "S:" + acl));             // each fits, both together do not
    const SecurityDescriptor descriptor = parsed("D:" + acl);
    const auto again = parse_security_descriptor(to_bytes(descriptor));
    ASSERT_TRUE(again);
    EXPECT_EQ(again->descriptor, descriptor);
}

}  // namespace
}  // namespace base
