#include "dcerpc/client/binding.h"

#include <gtest/gtest.h>

namespace dcerpc {
namespace {

TEST(Binding, PlainHost) {
    const auto binding = parse_binding("ncacn_ip_tcp:printserver");
    ASSERT_TRUE(binding);
    EXPECT_EQ(binding->host, "printserver");
    EXPECT_EQ(binding->port, 0U);
    EXPECT_EQ(binding->auth_type, kAuthTypeNone);
    EXPECT_EQ(binding->auth_level, 1U);
    EXPECT_FALSE(binding->object);
}

TEST(Binding, AllOptions) {
    const auto binding = parse_binding("9940ca8e-512f-4c58-88a9-61098d6896bd@ncacn_ip_tcp:127.0.0.1[49152,ntlm,seal,ndr64,bigendian,print]");
    ASSERT_TRUE(binding);
    EXPECT_EQ(binding->object, base::parse_guid("9940ca8e-512f-4c58-88a9-61098d6896bd"));
    EXPECT_EQ(binding->port, 49152U);
    EXPECT_EQ(binding->auth_type, kAuthTypeNtlm);
    EXPECT_EQ(binding->auth_level, 6U);
    EXPECT_EQ(binding->syntaxes, OfferedSyntaxes::ndr64);
    EXPECT_EQ(binding->order, base::ByteOrder::big);
    EXPECT_TRUE(binding->print);
    EXPECT_EQ(to_string(*binding), "9940ca8e-512f-4c58-88a9-61098d6896bd@ncacn_ip_tcp:127.0.0.1[49152,ntlm,seal,ndr64,bigendian,print]");
}

TEST(Binding, LevelsChooseSpnegoAndPackagesChooseSign) {
    const struct {
        const char* text;
        std::uint8_t type, level;
    } rows[] = {{"ncacn_ip_tcp:h[connect]", 9, 2}, {"ncacn_ip_tcp:h[call]", 9, 3},       {"ncacn_ip_tcp:h[packet]", 9, 4},
                {"ncacn_ip_tcp:h[sign]", 9, 5},    {"ncacn_ip_tcp:h[seal]", 9, 6},       {"ncacn_ip_tcp:h[ntlm]", 10, 5},
                {"ncacn_ip_tcp:h[spnego]", 9, 5},  {"ncacn_ip_tcp:h[connect,ntlm]", 10, 2}};
    for (const auto& row : rows) {
        const auto binding = parse_binding(row.text);
        ASSERT_TRUE(binding) << row.text;
        EXPECT_EQ(binding->auth_type, row.type) << row.text;
        EXPECT_EQ(binding->auth_level, row.level) << row.text;
        const auto again = parse_binding(to_string(*binding));
        ASSERT_TRUE(again) << to_string(*binding);
        EXPECT_EQ(again->auth_level, row.level);
    }
}

TEST(Binding, Ipv6) {
    for (const char* text : {"ncacn_ip_tcp:[::1][135,seal]", "ncacn_ip_tcp:::1[135,seal]"}) {
        const auto binding = parse_binding(text);
        ASSERT_TRUE(binding) << text;
        EXPECT_EQ(binding->host, "::1");
        EXPECT_EQ(binding->port, 135U);
    }
    EXPECT_EQ(to_string(*parse_binding("ncacn_ip_tcp:::1")), "ncacn_ip_tcp:[::1]");
}

TEST(Binding, RefusesWhatItDoesNotUnderstand) {
    for (const char* text : {"", "ncacn_np:host", "ncacn_ip_tcp:", "ncacn_ip_tcp:h[0]", "ncacn_ip_tcp:h[65536]", "ncacn_ip_tcp:h[wat]",
                             "ncacn_ip_tcp:h[seal", "ncacn_ip_tcp:h]", "x@ncacn_ip_tcp:h", "ncacn_ip_tcp:[seal]", "ncacn_ip_tcp:[::1", "ncacn_ip_tcp:h[1352x]"}) {
        EXPECT_FALSE(parse_binding(text)) << text;
    }
}

}  // namespace
}  // namespace dcerpc
