#include "spooler/model/devmode.h"

#include "base/utf.h"

#include <algorithm>

namespace spooler {
namespace {

constexpr std::size_t kSizeAt = 68, kExtraAt = 70, kFieldsAt = 72;

// A dmFields bit and where the member it names begins and ends.
struct Member {
    std::uint32_t bit;
    std::size_t begin, end;
};
constexpr Member kMembers[] = {
    {0x1, 76, 78},      {0x2, 78, 80},      {0x4, 80, 82},         {0x8, 82, 84},         {0x10, 84, 86},        {0x40, 180, 184},
    {0x100, 86, 88},    {0x200, 88, 90},    {0x400, 90, 92},       {0x800, 92, 94},       {0x1000, 94, 96},      {0x2000, 96, 98},
    {0x4000, 98, 100},  {0x8000, 100, 102}, {0x10000, 102, 166},   {0x800000, 188, 192},  {0x1000000, 192, 196}, {0x2000000, 196, 200},
    {0x4000000, 200, 204},
};

std::uint16_t u16_at(base::ByteView bytes, std::size_t at) {
    base::ByteReader reader(bytes.subspan(at));
    return reader.u16();
}

std::uint32_t fields_of(base::ByteView bytes) {
    base::ByteReader reader(bytes.subspan(kFieldsAt));
    return reader.u32();
}

void put_u16(base::ByteBuffer& bytes, std::size_t at, std::uint16_t value) { base::ByteWriter(bytes).patch_u16(at, value); }

void put_text(base::ByteBuffer& bytes, std::size_t at, std::string_view text) {
    std::u16string wide = base::to_utf16(text);
    wide.resize(std::min(wide.size(), kDevModeNameChars - 1));
    if (!wide.empty() && wide.back() >= 0xD800 && wide.back() < 0xDC00) wide.pop_back();   // no half of a surrogate pair
    for (std::size_t i = 0; i < kDevModeNameChars; ++i) put_u16(bytes, at + 2 * i, i < wide.size() ? wide[i] : char16_t{0});
}

base::Error invalid(const char* why) { return base::Error(base::Win32::invalid_parameter, why); }

}  // namespace

base::Result<DevModePtr> parse_devmode(base::ByteView bytes) {
    if (bytes.size() < kDevModeMinimumBytes) return invalid("DEVMODE shorter than its fixed part");
    const std::size_t size = u16_at(bytes, kSizeAt);
    const std::size_t extra = u16_at(bytes, kExtraAt);
    if (size < kDevModeMinimumBytes || size % 4 != 0) return invalid("dmSize out of range");
    if (size + extra > bytes.size()) return invalid("dmSize and dmDriverExtra exceed the buffer");
    const std::uint32_t fields = fields_of(bytes);
    for (const Member& member : kMembers) {
        if ((fields & member.bit) != 0 && member.end > size) return invalid("dmFields names a member behind dmSize");
    }
    const base::ByteView whole = bytes.first(size + extra);
    return DevModePtr(std::make_shared<const base::ByteBuffer>(whole.begin(), whole.end()));
}

DevModePublic read_devmode(base::ByteView devmode) {
    DevModePublic result;
    if (devmode.size() < kDevModeMinimumBytes) return result;
    const std::uint32_t fields = fields_of(devmode);
    const std::size_t size = std::min<std::size_t>(u16_at(devmode, kSizeAt), devmode.size());
    const auto number = [&](std::uint32_t bit, std::size_t at) -> std::optional<std::int16_t> {
        if ((fields & bit) == 0 || at + 2 > size) return std::nullopt;
        return static_cast<std::int16_t>(u16_at(devmode, at));
    };
    result.orientation = number(0x1, 76);
    result.paper_size = number(0x2, 78);
    result.copies = number(0x100, 86);
    result.print_quality = number(0x400, 90);
    result.color = number(0x800, 92);
    result.duplex = number(0x1000, 94);
    return result;
}

base::ByteBuffer with_device_name(base::ByteView devmode, std::string_view device_name) {
    base::ByteBuffer copy(devmode.begin(), devmode.end());
    if (copy.size() >= kDevModeMinimumBytes) put_text(copy, 0, device_name);
    return copy;
}

base::ByteBuffer default_devmode(std::string_view device_name, std::int16_t paper_size) {
    const bool letter = paper_size == 1;
    base::ByteBuffer bytes(kDevModePublicBytes);
    put_text(bytes, 0, device_name);
    put_u16(bytes, 64, 0x0401);                                    // dmSpecVersion
    put_u16(bytes, kSizeAt, kDevModePublicBytes);
    base::ByteWriter(bytes).patch_u32(kFieldsAt, 0x1FF1F);         // orientation … collate, form name
    put_u16(bytes, 76, 1);                                         // portrait
    put_u16(bytes, 78, letter ? 1 : 9);
    put_u16(bytes, 80, letter ? 2794 : 2970);
    put_u16(bytes, 82, letter ? 2159 : 2100);
    put_u16(bytes, 84, 100);                                       // scale
    put_u16(bytes, 86, 1);                                         // copies
    put_u16(bytes, 88, 15);                                        // paper source as the form says
    put_u16(bytes, 90, 600);
    put_u16(bytes, 92, 1);                                         // monochrome
    put_u16(bytes, 94, 1);                                         // simplex
    put_u16(bytes, 96, 600);
    put_u16(bytes, 98, 3);                                         // device fonts for TrueType
    put_text(bytes, 102, letter ? "Letter" : "A4");
    return bytes;
}

}  // namespace spooler
