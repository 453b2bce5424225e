#include "base/limits.h"
#include "base/security_descriptor.h"

#include <gtest/gtest.h>

#include <functional>

namespace base {
namespace {

constexpr std::size_t kOwnerField = 4, kGroupField = 8, kSaclField = 12, kDaclField = 16;

Ace allow(const Sid& sid, std::uint32_t mask, std::uint8_t flags = 0) { return {AceType::allow, flags, mask, sid}; }

SecurityDescriptor sample() {
    SecurityDescriptor descriptor;
    descriptor.control = kSeDaclProtected;
    descriptor.owner = well_known::administrators();
    descriptor.group = well_known::local_system();
    descriptor.dacl = Acl{allow(well_known::everyone(), 0x00020008), {AceType::deny, ace_flags::kInheritOnly, 0x10000000, well_known::users()}};
    descriptor.sacl = Acl{{AceType::audit, ace_flags::kAuditFailure, 0x000F000C, well_known::everyone()}};
    return descriptor;
}

ByteBuffer patched(const SecurityDescriptor& descriptor, const std::function<void(ByteWriter&, ByteBuffer&)>& change) {
    ByteBuffer bytes = to_bytes(descriptor);
    ByteWriter writer(bytes);
    change(writer, bytes);
    return bytes;
}

std::uint32_t offset_in(const ByteBuffer& bytes, std::size_t field) {
    ByteReader reader(ByteView(bytes).subspan(field));
    return reader.u32();
}

// The text of the refusal; "accepted" when there is none.
std::string refusal(ByteView bytes) {
    const auto parsed = parse_security_descriptor(bytes);
    if (parsed) return "accepted";
    EXPECT_EQ(parsed.error().code(), Win32::invalid_parameter);
    return parsed.error().text();
}

TEST(SecurityDescriptor, RoundTrips) {
    const ByteBuffer bytes = to_bytes(sample());
    EXPECT_EQ(bytes.size(), serialized_size(sample()));
    EXPECT_EQ(bytes.size() % 4, 0U);
    const auto parsed = parse_security_descriptor(bytes);
    ASSERT_TRUE(parsed) << parsed.error().to_string();
    EXPECT_EQ(parsed->descriptor, sample());
    EXPECT_TRUE(parsed->dacl_present);
    EXPECT_TRUE(parsed->sacl_present);
}

TEST(SecurityDescriptor, BytesAreExact) {
    SecurityDescriptor descriptor;
    descriptor.owner = well_known::local_system();
    descriptor.dacl = Acl{allow(well_known::everyone(), 0x00020008, ace_flags::kContainerInherit)};
    EXPECT_EQ(to_hex(to_bytes(descriptor)),
              "01000480" "30000000" "00000000" "00000000" "14000000"      // header: SELF_RELATIVE | DACL_PRESENT
              "02001c0001000000"                                            // ACL: revision 2, 28 bytes, one ACE
              "0002140008000200" "010100000000000100000000"               // allow, CI, 20 bytes
              "010100000000000512000000");                                  // owner S-1-5-18
}

TEST(SecurityDescriptor, DistinguishesAbsentNullAndEmpty) {
    SecurityDescriptor descriptor;
    const auto null_dacl = parse_security_descriptor(to_bytes(descriptor));
    ASSERT_TRUE(null_dacl);
    EXPECT_TRUE(null_dacl->dacl_present);
    EXPECT_FALSE(null_dacl->descriptor.dacl.has_value());
    EXPECT_FALSE(null_dacl->sacl_present);
    EXPECT_FALSE(null_dacl->descriptor.owner.has_value());

    descriptor.dacl = Acl{};
    const auto empty = parse_security_descriptor(to_bytes(descriptor));
    ASSERT_TRUE(empty && empty->descriptor.dacl.has_value());
    EXPECT_TRUE(empty->descriptor.dacl->empty());

    const ByteBuffer bytes = patched(descriptor, [](ByteWriter& w, ByteBuffer&) { w.patch_u16(2, kSeSelfRelative); });
    const auto absent = parse_security_descriptor(bytes);
    ASSERT_TRUE(absent);
    EXPECT_FALSE(absent->dacl_present);
    EXPECT_FALSE(absent->descriptor.dacl.has_value());             // its offset means nothing without the bit
}

TEST(SecurityDescriptor, EveryTruncationIsRefused) {
    const ByteBuffer bytes = to_bytes(sample());
    for (std::size_t length = 0; length < bytes.size(); ++length) {
        EXPECT_NE(refusal(ByteView(bytes).first(length)), "accepted") << length;
    }
}

TEST(SecurityDescriptor, EveryByteChangeIsHandled) {
    const ByteBuffer bytes = to_bytes(sample());
    int accepted = 0;
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        for (const int value : {0, 1, 2, 3, 0x7F, 0x80, 0xFF}) {
            ByteBuffer changed = bytes;
            changed[at] = static_cast<std::byte>(value);
            const auto parsed = parse_security_descriptor(changed);
            if (!parsed) continue;
            ++accepted;
            const auto again = parse_security_descriptor(to_bytes(parsed->descriptor));
            ASSERT_TRUE(again) << at << " " << value;
            EXPECT_EQ(again->descriptor, parsed->descriptor);
        }
    }
    EXPECT_GT(accepted, 0);
}

TEST(SecurityDescriptor, HeaderRules) {
    EXPECT_EQ(refusal(patched(sample(), [](ByteWriter&, ByteBuffer& b) { b[0] = std::byte{2}; })), "security descriptor: unknown revision");
    EXPECT_EQ(refusal(patched(sample(), [](ByteWriter& w, ByteBuffer&) { w.patch_u16(2, 0x0004); })), "security descriptor: not self-relative");
    EXPECT_EQ(refusal(ByteBuffer(limits::kMaxSecurityDescriptorBytes + 1)), "security descriptor: too long");
    EXPECT_EQ(refusal({}), "security descriptor: truncated header");
    // Resource manager control bits are legal and not kept.
    const auto parsed = parse_security_descriptor(patched(sample(), [](ByteWriter&, ByteBuffer& b) {
        b[1] = std::byte{0x55};
        b[3] |= std::byte{0x40};
    }));
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->descriptor, sample());
}

TEST(SecurityDescriptor, OffsetsOutOfRange) {
    const auto size = static_cast<std::uint32_t>(to_bytes(sample()).size());
    for (const std::size_t field : {kOwnerField, kGroupField, kSaclField, kDaclField}) {
        for (const std::uint32_t offset : {1U, 19U, size - 1, size, size + 1, 0x7FFFFFFFU, 0xFFFFFFF0U, 0xFFFFFFFFU}) {
            EXPECT_NE(refusal(patched(sample(), [&](ByteWriter& w, ByteBuffer&) { w.patch_u32(field, offset); })), "accepted")
                << field << " " << offset;
        }
    }
}

TEST(SecurityDescriptor, PartsMayShareBytes) {
    const ByteBuffer bytes = patched(sample(), [](ByteWriter& w, ByteBuffer& b) { w.patch_u32(kGroupField, offset_in(b, kOwnerField)); });
    const auto parsed = parse_security_descriptor(bytes);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->descriptor.group, parsed->descriptor.owner);
}

TEST(SecurityDescriptor, OverlapCannotGrowPastTheLimit) {
    SecurityDescriptor descriptor;
    const Sid longest = *parse_sid("S-1-5-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15");
    descriptor.dacl = Acl(600, allow(longest, 1));                  // 45 608 bytes: once fits, twice does not
    const ByteBuffer once = to_bytes(descriptor);
    ASSERT_EQ(refusal(once), "accepted");
    const ByteBuffer twice = patched(descriptor, [](ByteWriter& w, ByteBuffer& b) {
        w.patch_u32(kSaclField, offset_in(b, kDaclField));
        w.patch_u16(2, kSeSelfRelative | kSeDaclPresent | kSeSaclPresent);
    });
    EXPECT_EQ(refusal(twice), "security descriptor: too long without overlaps");
}

TEST(SecurityDescriptor, AclLies) {
    const auto with_acl = [](std::size_t field, std::uint16_t value) {
        return refusal(patched(sample(), [&](ByteWriter& w, ByteBuffer& b) { w.patch_u16(offset_in(b, kDaclField) + field, value); }));
    };
    const std::uint16_t real_size = 8 + 20 + 24;
    EXPECT_EQ(with_acl(2, real_size), "accepted");
    EXPECT_EQ(with_acl(2, 0), "security descriptor: truncated ACL");
    EXPECT_EQ(with_acl(2, 7), "security descriptor: truncated ACL");
    EXPECT_EQ(with_acl(2, 8), "security descriptor: bad ACE size");                  // two ACEs in no bytes
    EXPECT_EQ(with_acl(2, real_size - 4), "security descriptor: ACE longer than its ACL");
    EXPECT_EQ(with_acl(2, 0xFFFF), "security descriptor: ACL longer than the descriptor");
    EXPECT_EQ(with_acl(4, 1), "accepted");                                             // fewer than are there: the rest is slack
    EXPECT_EQ(with_acl(4, 3), "security descriptor: bad ACE size");
    EXPECT_EQ(with_acl(4, limits::kMaxAces), "security descriptor: bad ACE size");
    EXPECT_EQ(with_acl(4, limits::kMaxAces + 1), "security descriptor: too many ACEs");
    EXPECT_EQ(with_acl(4, 0xFFFF), "security descriptor: too many ACEs");
    EXPECT_EQ(with_acl(0, 4), "accepted");
    EXPECT_EQ(with_acl(0, 3), "security descriptor: unknown ACL revision");
    EXPECT_EQ(with_acl(0, 0), "security descriptor: unknown ACL revision");
}

TEST(SecurityDescriptor, AceLies) {
    const auto with_ace = [](std::size_t field, std::uint8_t value) {
        return refusal(patched(sample(), [&](ByteWriter&, ByteBuffer& b) { b[offset_in(b, kDaclField) + 8 + field] = std::byte{value}; }));
    };
    EXPECT_EQ(with_ace(0, 3), "security descriptor: unknown ACE type");
    EXPECT_EQ(with_ace(0, 5), "security descriptor: unknown ACE type");
    EXPECT_EQ(with_ace(0, 0xFF), "security descriptor: unknown ACE type");
    EXPECT_EQ(with_ace(2, 0), "security descriptor: bad ACE size");
    EXPECT_EQ(with_ace(2, 4), "security descriptor: bad ACE size");
    EXPECT_EQ(with_ace(2, 8), "security descriptor: bad SID in an ACE");
    EXPECT_EQ(with_ace(2, 18), "security descriptor: bad ACE size");                 // not a multiple of four
    EXPECT_EQ(with_ace(2, 16), "security descriptor: bad SID in an ACE");            // the SID needs twelve bytes
    EXPECT_EQ(with_ace(3, 0xFF), "security descriptor: ACE longer than its ACL");
    EXPECT_EQ(with_ace(8, 2), "security descriptor: bad SID in an ACE");             // SID revision
    EXPECT_EQ(with_ace(9, 16), "security descriptor: bad SID in an ACE");            // SID count
}

TEST(SecurityDescriptor, ApplicationDataAfterTheSidIsDropped) {
    SecurityDescriptor descriptor;
    descriptor.dacl = Acl{allow(well_known::everyone(), 1)};
    ByteBuffer bytes = to_bytes(descriptor);
    bytes.resize(bytes.size() + 8, std::byte{0xEE});
    ByteWriter writer(bytes);
    writer.patch_u16(20 + 2, 8 + 28);
    writer.patch_u16(20 + 8 + 2, 28);
    const auto parsed = parse_security_descriptor(bytes);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->descriptor, descriptor);
}

TEST(SecurityDescriptor, LargestThatFits) {
    SecurityDescriptor descriptor;
    const Sid longest = *parse_sid("S-1-5-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15");
    descriptor.dacl = Acl(861, allow(longest, 1));                  // 8 + 861 * 76 = 65 444
    const ByteBuffer bytes = to_bytes(descriptor);
    EXPECT_LE(bytes.size(), limits::kMaxSecurityDescriptorBytes);
    EXPECT_EQ(refusal(bytes), "accepted");
    descriptor.dacl->resize(863, allow(longest, 1));                // 65 596 does not fit the size field
    EXPECT_DEATH(static_cast<void>(to_bytes(descriptor)), "internal check failed");
}

TEST(SecurityDescriptor, ManySmallAces) {
    SecurityDescriptor descriptor;
    descriptor.dacl = Acl(limits::kMaxAces, allow(well_known::everyone(), 1));
    const auto parsed = parse_security_descriptor(to_bytes(descriptor));
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->descriptor.dacl->size(), limits::kMaxAces);
}

}  // namespace
}  // namespace base
