// Common parameter rules without a service, and the size cache on its own.
#include "server/winspool/levels/size_cache.h"
#include "server/winspool/validate.h"
#include "spooler/processors/winprint.h"
#include "tests/support/manual_clock.h"

#include <gtest/gtest.h>

namespace {

using base::Win32;
using base::code_of;
namespace op = wire::winspool;

ndr::WStr wide(std::u16string_view text) { return ndr::WStr(text); }

TEST(Validate, ClientInformation) {
    op::SPLCLIENT_INFO_1 info;
    op::SPLCLIENT_CONTAINER container;
    container.set_pClientInfo1(nullptr);
    EXPECT_EQ(code_of(server::checked_client_info(container, 0)), Win32::invalid_parameter);
    container.set_pClientInfo1(&info);
    EXPECT_EQ(*server::checked_client_info(container, 0), "");
    info.pMachineName = wide(u"\\\\PC7");
    info.dwBuildNum = 5999;
    EXPECT_EQ(*server::checked_client_info(container, 0), "PC7");
    // The oldest build that is let in is the configured one itself.
    EXPECT_EQ(code_of(server::checked_client_info(container, 6000)), Win32::access_denied);
    info.dwBuildNum = 6000;
    EXPECT_EQ(code_of(server::checked_client_info(container, 6000)), Win32::success);
    const std::u16string long_name(base::limits::kMaxServerNameChars, u'x');
    info.pMachineName = wide(long_name);
    EXPECT_EQ(code_of(server::checked_client_info(container, 0)), Win32::invalid_parameter);
    info.pMachineName = wide(std::u16string_view(long_name).substr(1));
    EXPECT_EQ(code_of(server::checked_client_info(container, 0)), Win32::success);
    op::SPLCLIENT_INFO_3 third;
    container.set_pNotUsed2(&third);
    EXPECT_EQ(code_of(server::checked_client_info(container, 0)), Win32::invalid_parameter);
}

TEST(Validate, TextLengthsCountTheTerminator) {
    EXPECT_EQ(*server::checked_text(ndr::WStr()), "");
    EXPECT_EQ(*server::checked_text(wide(u"ab"), 3), "ab");
    EXPECT_EQ(code_of(server::checked_text(wide(u"abc"), 3)), Win32::invalid_parameter);
    EXPECT_EQ(code_of(server::checked_text(wide(u"abc"), 3, Win32::invalid_name)), Win32::invalid_name);
}

TEST(Validate, EnvironmentsInAnyCase) {
    spooler::ServerSettings settings;
    EXPECT_EQ(*server::checked_environment(ndr::WStr(), settings), "Windows x64");
    EXPECT_EQ(*server::checked_environment(wide(u"WINDOWS arm64"), settings), "Windows ARM64");
    EXPECT_EQ(code_of(server::checked_environment(wide(u"Windows 95"), settings)), Win32::invalid_environment);
    EXPECT_EQ(code_of(server::checked_environment(wide(u"all"), settings)), Win32::invalid_environment);
}

TEST(Validate, Datatypes) {
    const spooler::Processors processors(spooler::winprint_processors());
    EXPECT_EQ(*server::checked_datatype(ndr::WStr(), processors, "winprint"), "");
    EXPECT_EQ(*server::checked_datatype(wide(u"raw [ff APPENDED]"), processors, "WINPRINT"), "RAW [FF appended]");
    EXPECT_EQ(code_of(server::checked_datatype(wide(u"NT EMF 1.008"), processors, "winprint")), Win32::invalid_datatype);
}

TEST(Validate, Containers) {
    op::DEVMODE_CONTAINER devmode;
    ASSERT_TRUE(server::checked_devmode(devmode));
    EXPECT_FALSE(*server::checked_devmode(devmode));
    base::ByteBuffer bytes = spooler::default_devmode("x");
    devmode.pDevMode = ndr::Bytes(std::span<std::byte>(bytes));
    devmode.cbBuf = static_cast<std::uint32_t>(bytes.size());
    ASSERT_TRUE(server::checked_devmode(devmode));
    EXPECT_EQ(**server::checked_devmode(devmode), bytes);
    bytes[70] = std::byte{1};                                      // extra bytes that are not there
    EXPECT_EQ(code_of(server::checked_devmode(devmode)), Win32::invalid_parameter);

    op::SECURITY_CONTAINER security;
    ASSERT_TRUE(server::checked_security(security));
    EXPECT_FALSE(*server::checked_security(security));
    base::ByteBuffer descriptor = base::to_bytes(*base::parse_sddl("O:SYD:(A;;0x8;;;WD)"));
    security.pSecurity = ndr::Bytes(std::span<std::byte>(descriptor));
    security.cbBuf = static_cast<std::uint32_t>(descriptor.size());
    EXPECT_TRUE(*server::checked_security(security));
    security.pSecurity.size = 19;
    EXPECT_EQ(code_of(server::checked_security(security)), Win32::invalid_parameter);
}

TEST(SizeCache, GivesRowsBackOnceToTheirGroup) {
    test_support::ManualClock clock;
    server::SizeCache cache(clock);
    const auto group = std::make_shared<server::GroupState>();
    const auto other = std::make_shared<server::GroupState>();
    const auto rows = std::make_shared<const int>(7);
    cache.keep(group, "query", rows, 1);
    EXPECT_EQ(cache.take(other, "query"), nullptr);
    EXPECT_EQ(cache.take(group, "another"), nullptr);
    EXPECT_EQ(cache.take(group, "query"), rows);
    EXPECT_EQ(cache.take(group, "query"), nullptr);
    cache.keep(group, "query", rows, 1);
    clock.advance(std::chrono::milliseconds(base::limits::kSizeCacheLifetimeMs - 1));
    cache.keep(group, "second", rows, 1);
    clock.advance(std::chrono::milliseconds(1));
    EXPECT_EQ(cache.take(group, "query"), nullptr);
    EXPECT_EQ(cache.take(group, "second"), rows);
    cache.keep(group, "query", rows, 1);
    cache.forget(other);
    EXPECT_EQ(cache.size(), 1U);
    cache.forget(group);
    EXPECT_EQ(cache.size(), 0U);
}

TEST(SizeCache, GivesRowsOfOneVersion) {
    test_support::ManualClock clock;
    server::SizeCache cache(clock);
    const auto group = std::make_shared<server::GroupState>();
    const auto rows = std::make_shared<const int>(7);
    cache.keep(group, "query", rows, 1, 5);
    EXPECT_EQ(cache.take(group, "query", 6), nullptr);
    EXPECT_EQ(cache.take(group, "query", 5), rows);
    EXPECT_EQ(cache.take(group, "query", 5), nullptr);
    cache.keep(group, "query", rows, 1);
    EXPECT_EQ(cache.take(group, "query", 5), nullptr);             // of no known version
    EXPECT_EQ(cache.take(group, "query"), rows);
}

TEST(SizeCache, IsBoundedInEntriesAndRows) {
    test_support::ManualClock clock;
    server::SizeCache cache(clock);
    const auto group = std::make_shared<server::GroupState>();
    const auto rows = std::make_shared<const int>(7);
    for (std::size_t i = 0; i <= base::limits::kMaxSizeCacheEntries; ++i) cache.keep(group, std::to_string(i), rows, 1);
    EXPECT_EQ(cache.size(), base::limits::kMaxSizeCacheEntries);
    EXPECT_EQ(cache.take(group, "0"), nullptr);
    cache.keep(group, "too large", rows, base::limits::kMaxSizeCacheRows + 1);
    EXPECT_EQ(cache.take(group, "too large"), nullptr);
    cache.keep(group, "all there is", rows, base::limits::kMaxSizeCacheRows);
    EXPECT_EQ(cache.size(), 1U);
    EXPECT_EQ(cache.take(group, "all there is"), rows);
}

}  // namespace
