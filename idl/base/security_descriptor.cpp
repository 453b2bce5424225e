#include "base/security_descriptor.h"

#include "base/limits.h"
#include "base/log.h"

namespace base {
namespace {

constexpr std::size_t kHeaderBytes = 20;
constexpr std::size_t kAclHeaderBytes = 8;
constexpr std::size_t kAceHeaderBytes = 8;                         // type, flags, size, mask
constexpr std::uint8_t kDescriptorRevision = 1;
constexpr std::uint8_t kAclRevision = 2, kAclRevisionDs = 4;       // [MS-DTYP] 2.4.5
constexpr std::uint16_t kStoredElsewhere = kSeSelfRelative | kSeDaclPresent | kSeSaclPresent;
constexpr std::uint16_t kSeRmControlValid = 0x4000;                // says that Sbz1 means something; we do not keep Sbz1

Error malformed(const char* what) { return {Win32::invalid_parameter, std::string("security descriptor: ") + what}; }

Result<Sid> sid_at(ByteView bytes, std::uint32_t offset) {
    if (offset < kHeaderBytes || offset >= bytes.size()) return malformed("SID offset out of range");
    ByteReader reader(bytes.subspan(offset));
    auto sid = read_sid(reader);
    if (!sid) return malformed("bad SID");
    return *sid;
}

Result<Ace> read_ace(ByteReader& acl) {
    const std::uint8_t type = acl.u8();
    const std::uint8_t flags = acl.u8();
    const std::uint16_t size = acl.u16();
    if (!acl.ok() || size < kAceHeaderBytes || size % 4 != 0) return malformed("bad ACE size");
    ByteReader body(acl.view(size - 4U));
    if (!acl.ok()) return malformed("ACE longer than its ACL");
    if (type > static_cast<std::uint8_t>(AceType::audit)) return malformed("unknown ACE type");
    Ace ace;
    ace.type = static_cast<AceType>(type);
    ace.flags = flags;
    ace.mask = body.u32();
    auto sid = read_sid(body);                                     // bytes after the SID are legal and without meaning
    if (!sid) return malformed("bad SID in an ACE");
    ace.sid = *sid;
    return ace;
}

Result<Acl> acl_at(ByteView bytes, std::uint32_t offset) {
    if (offset < kHeaderBytes || offset >= bytes.size()) return malformed("ACL offset out of range");
    ByteReader header(bytes.subspan(offset));
    const std::uint8_t revision = header.u8();
    header.skip(1);
    const std::uint16_t size = header.u16();
    const std::uint16_t count = header.u16();
    header.skip(2);
    if (!header.ok() || size < kAclHeaderBytes) return malformed("truncated ACL");
    if (revision != kAclRevision && revision != kAclRevisionDs) return malformed("unknown ACL revision");
    if (count > limits::kMaxAces) return malformed("too many ACEs");
    ByteReader body(header.view(size - kAclHeaderBytes));
    if (!header.ok()) return malformed("ACL longer than the descriptor");
    Acl acl;                                                       // grows with what is really there: `count` may lie
    for (std::uint16_t i = 0; i < count; ++i) {
        TRY(Ace ace, read_ace(body));
        acl.push_back(ace);
    }
    return acl;
}

std::size_t size_of(const Acl& acl) {
    std::size_t size = kAclHeaderBytes;
    for (const Ace& ace : acl) size += kAceHeaderBytes + ace.sid.size();
    return size;
}

void write_acl(ByteWriter& writer, const Acl& acl) {
    const std::size_t size = size_of(acl);
    WSP_CHECK(size <= 0xFFFFU && acl.size() <= limits::kMaxAces);
    writer.u8(kAclRevision);
    writer.u8(0);
    writer.u16(static_cast<std::uint16_t>(size));
    writer.u16(static_cast<std::uint16_t>(acl.size()));
    writer.u16(0);
    for (const Ace& ace : acl) {
        writer.u8(static_cast<std::uint8_t>(ace.type));
        writer.u8(ace.flags);
        writer.u16(static_cast<std::uint16_t>(kAceHeaderBytes + ace.sid.size()));
        writer.u32(ace.mask);
        write_sid(writer, ace.sid);
    }
}

struct Header {
    std::uint16_t control = 0;
    std::uint32_t owner = 0, group = 0, sacl = 0, dacl = 0;        // offsets from the start, 0 = absent
};

Result<Header> read_header(ByteView bytes) {
    if (bytes.size() > limits::kMaxSecurityDescriptorBytes) return malformed("too long");
    ByteReader reader(bytes);
    Header header;
    const std::uint8_t revision = reader.u8();
    reader.skip(1);
    header.control = reader.u16();
    header.owner = reader.u32();
    header.group = reader.u32();
    header.sacl = reader.u32();
    header.dacl = reader.u32();
    if (!reader.ok()) return malformed("truncated header");
    if (revision != kDescriptorRevision) return malformed("unknown revision");
    if ((header.control & kSeSelfRelative) == 0) return malformed("not self-relative");
    return header;
}

}  // namespace

Result<ParsedDescriptor> parse_security_descriptor(ByteView bytes) {
    TRY(const Header header, read_header(bytes));
    ParsedDescriptor out;
    SecurityDescriptor& descriptor = out.descriptor;
    descriptor.control = static_cast<std::uint16_t>(header.control & ~(kStoredElsewhere | kSeRmControlValid));
    out.dacl_present = (header.control & kSeDaclPresent) != 0;
    out.sacl_present = (header.control & kSeSaclPresent) != 0;
    if (header.owner != 0) {
        TRY(descriptor.owner, sid_at(bytes, header.owner));
    }
    if (header.group != 0) {
        TRY(descriptor.group, sid_at(bytes, header.group));
    }
    // Without its "present" bit an offset means nothing.
    if (out.sacl_present && header.sacl != 0) {
        TRY(descriptor.sacl, acl_at(bytes, header.sacl));
    }
    if (out.dacl_present && header.dacl != 0) {
        TRY(descriptor.dacl, acl_at(bytes, header.dacl));
    }
    // Two parts may share bytes, so what was within the limit can grow past it once each has its own.
    if (serialized_size(descriptor) > limits::kMaxSecurityDescriptorBytes) return malformed("too long without overlaps");
    return out;
}

std::size_t serialized_size(const SecurityDescriptor& descriptor) {
    std::size_t size = kHeaderBytes;
    if (descriptor.sacl) size += size_of(*descriptor.sacl);
    if (descriptor.dacl) size += size_of(*descriptor.dacl);
    if (descriptor.owner) size += descriptor.owner->size();
    if (descriptor.group) size += descriptor.group->size();
    return size;
}

ByteBuffer to_bytes(const SecurityDescriptor& descriptor) {
    const bool sacl_present = descriptor.sacl.has_value();
    const unsigned present = kSeSelfRelative | kSeDaclPresent | (sacl_present ? kSeSaclPresent : 0U);
    ByteBuffer out;
    out.reserve(serialized_size(descriptor));
    ByteWriter writer(out);
    writer.u8(kDescriptorRevision);
    writer.u8(0);
    writer.u16(static_cast<std::uint16_t>((descriptor.control & ~(kStoredElsewhere | kSeRmControlValid)) | present));
    writer.zeros(16);                                              // the four offsets: owner 4, group 8, SACL 12, DACL 16
    const auto begin_part = [&writer](std::size_t offset_field) {
        writer.patch_u32(offset_field, static_cast<std::uint32_t>(writer.size()));
    };
    if (descriptor.sacl) {
        begin_part(12);
        write_acl(writer, *descriptor.sacl);
    }
    if (descriptor.dacl) {
        begin_part(16);
        write_acl(writer, *descriptor.dacl);
    }
    if (descriptor.owner) {
        begin_part(4);
        write_sid(writer, *descriptor.owner);
    }
    if (descriptor.group) {
        begin_part(8);
        write_sid(writer, *descriptor.group);
    }
    return out;
}

}  // namespace base
