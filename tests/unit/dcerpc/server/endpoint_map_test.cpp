#include "dcerpc/server/endpoint_map.h"

#include "dcerpc/server/pdu_counter.h"
#include "dcerpc/server/tower.h"

#include <gtest/gtest.h>

namespace dcerpc {
namespace {

const SyntaxId kPar{{0x76f03f96, 0xcdfd, 0x44fc, {0xa2, 0x2c, 0x64, 0x95, 0x0a, 0x00, 0x12, 0x09}}, 1, 0};

Tower sample() {
    Tower tower;
    tower.interface = kPar;
    tower.transfer = kNdr20;
    tower.port = 49152;
    tower.address = {192, 0, 2, 7};
    return tower;
}

TEST(Tower, HasTheBytesOfTheSpecification) {
    const base::ByteBuffer octets = make_tower(sample());
    EXPECT_EQ(base::to_hex(octets),
              "0500"
              "13000d963ff076fdcdfc44a22c64950a00120901000200"
              "0000"
              "13000d045d888aeb1cc9119fe808002b10486002000200"
              "0000"
              "01000b02000000"
              "0100070200c000"
              "0100090400c0000207");
    EXPECT_EQ(octets.size(), 75U);
}

TEST(Tower, ReadsWhatItWrites) {
    const auto tower = parse_tower(make_tower(sample()));
    ASSERT_TRUE(tower);
    EXPECT_EQ(*tower, sample());
}

TEST(Tower, ToleratesEmptyPortAndAddress) {
    base::ByteBuffer octets;
    const std::string text =
        "0500"
        "13000d963ff076fdcdfc44a22c64950a001209010002000000"
        "13000d045d888aeb1cc9119fe808002b104860020002000000"
        "01000b02000000"
        "0100070000"
        "0100090000";
    ASSERT_TRUE(base::from_hex(text, octets));
    const auto tower = parse_tower(octets);
    ASSERT_TRUE(tower);
    EXPECT_EQ(tower->interface, kPar);
    EXPECT_EQ(tower->protocol, TowerProtocol::tcp);
    EXPECT_EQ(tower->port, 0U);
}

TEST(Tower, EveryTruncationIsRefusedOrHasNoPort) {
    const base::ByteBuffer octets = make_tower(sample());
    for (std::size_t size = 0; size < octets.size(); ++size) {
        EXPECT_FALSE(parse_tower(base::ByteView(octets).first(size))) << size;
    }
}

TEST(Tower, OtherProtocolsAreNotTcp) {
    base::ByteBuffer octets = make_tower(sample());
    octets[2 + 25 + 25 + 7 + 2] = std::byte{0x0F};
    const auto tower = parse_tower(octets);
    ASSERT_TRUE(tower);
    EXPECT_EQ(tower->protocol, TowerProtocol::other);
    octets[0] = std::byte{7};
    EXPECT_FALSE(parse_tower(octets)) << "too many floors";
}

MapEntry entry() {
    MapEntry made;
    made.interface = kPar;
    made.interface.minor = 2;
    made.transfer = kNdr20;
    made.port = 49152;
    made.addresses = {"0.0.0.0", "::"};
    return made;
}

TEST(EndpointMap, MapsCompatibleVersionsOfTheSameInterfaceAndSyntax) {
    const base::Guid nil{};
    Tower wanted = sample();
    EXPECT_TRUE(matches(entry(), wanted, nil));
    wanted.interface.minor = 2;
    EXPECT_TRUE(matches(entry(), wanted, nil));
    wanted.interface.minor = 3;
    EXPECT_FALSE(matches(entry(), wanted, nil));
    wanted = sample();
    wanted.interface.major = 2;
    EXPECT_FALSE(matches(entry(), wanted, nil));
    wanted = sample();
    wanted.transfer = kNdr64;
    EXPECT_FALSE(matches(entry(), wanted, nil));
    wanted = sample();
    wanted.protocol = TowerProtocol::other;
    EXPECT_FALSE(matches(entry(), wanted, nil));
    wanted = sample();
    wanted.interface.uuid.data1 ^= 1U;
    EXPECT_FALSE(matches(entry(), wanted, nil));
}

TEST(EndpointMap, EntriesWithoutObjectServeEveryObject) {
    const base::Guid object = base::random_guid();
    EXPECT_TRUE(matches(entry(), sample(), object));
    MapEntry bound = entry();
    bound.object = object;
    EXPECT_TRUE(matches(bound, sample(), object));
    EXPECT_FALSE(matches(bound, sample(), base::Guid{}));
}

TEST(EndpointMap, VersionRulesOfLookups) {
    LookupQuestion question;
    question.inquiry = Inquiry::by_interface;
    question.interface = kPar;
    const auto answer = [&](VersionRule rule, std::uint16_t major, std::uint16_t minor) {
        question.version = rule;
        question.interface.major = major;
        question.interface.minor = minor;
        return matches(entry(), question);
    };
    EXPECT_TRUE(answer(VersionRule::all, 9, 9));
    EXPECT_TRUE(answer(VersionRule::compatible, 1, 0));
    EXPECT_FALSE(answer(VersionRule::compatible, 1, 3));
    EXPECT_TRUE(answer(VersionRule::exact, 1, 2));
    EXPECT_FALSE(answer(VersionRule::exact, 1, 0));
    EXPECT_TRUE(answer(VersionRule::major_only, 1, 9));
    EXPECT_FALSE(answer(VersionRule::major_only, 2, 0));
    EXPECT_TRUE(answer(VersionRule::up_to, 1, 2));
    EXPECT_TRUE(answer(VersionRule::up_to, 2, 0));
    EXPECT_FALSE(answer(VersionRule::up_to, 1, 1));
    EXPECT_FALSE(answer(static_cast<VersionRule>(77), 1, 2));
    question.inquiry = Inquiry::by_object;
    question.object = base::random_guid();
    EXPECT_FALSE(matches(entry(), question));
    question.inquiry = Inquiry::all;
    EXPECT_TRUE(matches(entry(), question));
}

TEST(EndpointMap, AnswersWithTheAddressTheClientReached) {
    EXPECT_EQ(tower_for(entry(), "198.51.100.4").address, (std::array<std::uint8_t, 4>{198, 51, 100, 4}));
    EXPECT_EQ(tower_for(entry(), "2001:db8::1").address, (std::array<std::uint8_t, 4>{}));
    MapEntry one = entry();
    one.addresses = {"::1", "203.0.113.9"};
    EXPECT_EQ(tower_for(one, "198.51.100.4").address, (std::array<std::uint8_t, 4>{203, 0, 113, 9}));
    EXPECT_EQ(tower_for(one, "203.0.113.9").port, 49152U);
}

TEST(PduCounter, CountsAcrossEveryCut) {
    base::ByteBuffer bytes;
    base::ByteWriter writer(bytes);
    for (const std::uint16_t length : {std::uint16_t{16}, std::uint16_t{40}, std::uint16_t{5840}}) {
        const std::size_t start = bytes.size();
        writer.zeros(4);
        const bool little = length != 40;
        writer.u8(little ? 0x10 : 0x00);
        writer.zeros(3);
        if (little) writer.u16(length); else writer.u16_be(length);
        writer.zeros(length - (bytes.size() - start));
    }
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
        PduCounter counter;
        const base::ByteView all(bytes);
        ASSERT_EQ(counter.feed(all.first(cut)) + counter.feed(all.subspan(cut)), 3U) << cut;
    }
    PduCounter counter;
    std::size_t total = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) total += counter.feed(base::ByteView(bytes).subspan(i, 1));
    EXPECT_EQ(total, 3U);
}

}  // namespace
}  // namespace dcerpc
