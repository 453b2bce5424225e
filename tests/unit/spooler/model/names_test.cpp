#include "spooler/model/names.h"

#include "base/limits.h"

#include <gtest/gtest.h>

namespace {

using base::Win32;
using spooler::NameKind;
using spooler::ParsedName;

const spooler::ServerNames& names() {
    static const spooler::ServerNames instance("SRV", "srv.example.org", {"print", "\\\\files.example.org"});
    return instance;
}

struct Good {
    const char* text;
    ParsedName expected;
};

class GoodNames : public ::testing::TestWithParam<Good> {};

TEST_P(GoodNames, Parse) {
    const auto parsed = spooler::parse_name(GetParam().text, names());
    ASSERT_TRUE(parsed) << GetParam().text;
    EXPECT_EQ(parsed->kind, GetParam().expected.kind) << GetParam().text;
    EXPECT_EQ(parsed->server, GetParam().expected.server) << GetParam().text;
    EXPECT_EQ(parsed->object, GetParam().expected.object) << GetParam().text;
    EXPECT_EQ(parsed->job, GetParam().expected.job) << GetParam().text;
}

const Good kGood[] = {
    {"Laser", {NameKind::printer, "", "Laser", 0}},
    {"HP LaserJet 4 (Copy 2)", {NameKind::printer, "", "HP LaserJet 4 (Copy 2)", 0}},
    {"\\\\srv\\Laser", {NameKind::printer, "\\\\srv", "Laser", 0}},
    {"\\\\SRV.EXAMPLE.ORG\\Laser", {NameKind::printer, "\\\\SRV.EXAMPLE.ORG", "Laser", 0}},
    {"\\\\print\\Laser", {NameKind::printer, "\\\\print", "Laser", 0}},
    {"\\\\192.0.2.7\\Laser", {NameKind::printer, "\\\\192.0.2.7", "Laser", 0}},
    {"\\\\2001:db8::7\\Laser", {NameKind::printer, "\\\\2001:db8::7", "Laser", 0}},
    {"\\\\2001-db8--7.ipv6-literal.net\\Laser", {NameKind::printer, "\\\\2001-db8--7.ipv6-literal.net", "Laser", 0}},
    {"\\\\localhost\\Laser", {NameKind::printer, "\\\\localhost", "Laser", 0}},
    {"http://srv/printers/Laser/.printer", {NameKind::printer, "\\\\srv", "Laser", 0}},
    {"http://srv:631/printers/Big%20Laser/.printer", {NameKind::printer, "\\\\srv", "Big Laser", 0}},
    {"Laser, Job 12", {NameKind::job, "", "Laser", 12}},
    {"Laser,Job 12", {NameKind::job, "", "Laser", 12}},
    {"Laser,      Job 12", {NameKind::job, "", "Laser", 12}},
    {"\\\\srv\\Laser,Job 2147483648", {NameKind::job, "\\\\srv", "Laser", 2147483648U}},
    {"LPT1:, Port", {NameKind::port, "", "LPT1:", 0}},
    {"\\\\srv\\IP_192.0.2.9, Port", {NameKind::port, "\\\\srv", "IP_192.0.2.9", 0}},
    {"\\\\srv\\,XcvPort LPT1:", {NameKind::xcv_port, "\\\\srv", "LPT1:", 0}},
    {",XcvPort LPT1:", {NameKind::xcv_port, "", "LPT1:", 0}},
    {"\\\\srv\\,XcvMonitor Standard TCP/IP Port", {NameKind::xcv_monitor, "\\\\srv", "Standard TCP/IP Port", 0}},
    {",XcvMonitor Local Port", {NameKind::xcv_monitor, "", "Local Port", 0}},
    {"\\\\srv", {NameKind::server, "\\\\srv", "", 0}},
    {"\\\\srv.", {NameKind::server, "\\\\srv.", "", 0}},
    // Postfixes: same object as the part before (T).
    {"Laser,LocalOnly", {NameKind::printer, "", "Laser", 0}},
    {"Laser, LocalOnly", {NameKind::printer, "", "Laser", 0}},
    {"Laser, LocalOnlyXXX", {NameKind::printer, "", "Laser", 0}},
    {"Laser,LocalsplOnly", {NameKind::printer, "", "Laser", 0}},
    {"Laser, DrvConvert", {NameKind::printer, "", "Laser", 0}},
    {"\\\\srv\\Laser, LocalOnly", {NameKind::printer, "\\\\srv", "Laser", 0}},
    {"\\\\srv, LocalOnly", {NameKind::server, "\\\\srv", "", 0}},
    {"Laser, Job 7, LocalOnly", {NameKind::job, "", "Laser", 7}},
};

INSTANTIATE_TEST_SUITE_P(Names, GoodNames, ::testing::ValuesIn(kGood));

class BadNames : public ::testing::TestWithParam<const char*> {};

TEST_P(BadNames, AreInvalidPrinterNames) {
    const auto parsed = spooler::parse_name(GetParam(), names());
    ASSERT_FALSE(parsed) << GetParam();
    EXPECT_EQ(parsed.error().code(), Win32::invalid_printer_name);
}

INSTANTIATE_TEST_SUITE_P(Names, BadNames,
                         ::testing::Values("", "\\\\unknownhost", "\\\\\\", "\\\\\\x", "\\\\srv\\", "\\\\unknownhost\\Laser", "\\\\",
                                           "Laser ,LocalOnly", "Laser,  LocalOnly", "Laser, localonly", "Laser,LOCALONLY", "Laser, LocalOnl",
                                           "Laser, Unknown", "Laser,", "Laser, ", ", LocalOnly", "La\\ser", "\\\\srv\\a\\b", "Laser, Job",
                                           "Laser, Job ", "Laser, Job 0", "Laser, Job x", "Laser, Job 12x", "Laser, Job 2147483649",
                                           "Laser, Job 99999999999999", "Laser, Job -1", ",XcvPort", ",XcvPort ", ",XcvMonitor", ",Xcv x",
                                           ", Port", " Laser", "Laser ", "a!b", "a\x01z", "http://", "http://srv", "http://srv/printers/",
                                           "http://srv/printers//.printer", "http://other/printers/Laser/.printer",
                                           "http://srv/printers/%zz/.printer", "http://srv/printers/%0/.printer",
                                           "\\\\1.2.3\\Laser", "\\\\srv \\Laser"));

TEST(Names, AnEmbeddedNulIsRefused) { EXPECT_FALSE(spooler::parse_name(std::string_view("a\0b", 3), names())); }

TEST(Names, OverlongNamesAreRefused) {
    EXPECT_FALSE(spooler::parse_name(std::string(5000, 'a'), names()));
    EXPECT_TRUE(spooler::parse_name(std::string(220, 'a'), names()));
    EXPECT_FALSE(spooler::parse_name(std::string(221, 'a'), names()));
}

TEST(Names, ServerNamesAreBounded) {
    const std::string fits(base::limits::kMaxServerNameChars, 's');
    EXPECT_TRUE(spooler::ServerNames("srv", "", {fits}).is_own("\\\\" + fits));
    EXPECT_FALSE(spooler::ServerNames("srv", "", {fits + "s"}).is_own("\\\\" + fits + "s"));
}

TEST(Names, ServerArgumentEchoesWhatTheClientWrote) {
    EXPECT_EQ(*spooler::parse_server_argument("", names()), "");
    EXPECT_EQ(*spooler::parse_server_argument("\\\\Srv", names()), "\\\\Srv");
    EXPECT_EQ(*spooler::parse_server_argument("srv.example.org", names()), "\\\\srv.example.org");
    const auto other = spooler::parse_server_argument("\\\\other", names());
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().code(), Win32::invalid_name);
}

TEST(Names, FullAndShortNames) {
    EXPECT_EQ(spooler::full_name("\\\\srv", "Laser"), "\\\\srv\\Laser");
    EXPECT_EQ(spooler::full_name("", "Laser"), "Laser");
    EXPECT_EQ(spooler::short_name("\\\\SRV\\Laser", names()), "Laser");
    EXPECT_EQ(spooler::short_name("\\\\other\\Laser", names()), "\\\\other\\Laser");
    EXPECT_EQ(spooler::short_name("Laser", names()), "Laser");
}

}  // namespace
