// DEVMODE [MS-RPRN] 2.2.2.1: opaque to the spooler apart from its size fields, device name and a few public members.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <memory>
#include <optional>
#include <string>

namespace spooler {

// The bytes as the client gave them, shared between snapshots. Null = none.
using DevModePtr = std::shared_ptr<const base::ByteBuffer>;

inline constexpr std::size_t kDevModePublicBytes = 220;            // up to dmPanningHeight
inline constexpr std::size_t kDevModeMinimumBytes = 76;            // dmDeviceName … dmFields
inline constexpr std::size_t kDevModeNameChars = 32;               // dmDeviceName, dmFormName, incl. NUL

// Checks the size fields only: dmSize a multiple of 4, at least 76, not 0xFFFF, dmSize + dmDriverExtra within `bytes`.
// Returns exactly dmSize + dmDriverExtra bytes. invalid_parameter otherwise. Empty input is invalid too.
[[nodiscard]] base::Result<DevModePtr> parse_devmode(base::ByteView bytes);

// Public members that the server reads; nothing when dmFields does not name them or dmSize ends before.
struct DevModePublic {
    std::optional<std::int16_t> orientation, paper_size, copies, color, duplex, print_quality;
};
[[nodiscard]] DevModePublic read_devmode(base::ByteView devmode);

// A copy with dmDeviceName replaced by the first 31 UTF-16 units of `device_name` (UTF-8) plus NUL.
[[nodiscard]] base::ByteBuffer with_device_name(base::ByteView devmode, std::string_view device_name);

// What a printer without a stored DEVMODE reports: public part only, A4 or Letter as `paper_size` (DMPAPER id) says, portrait, one copy.
[[nodiscard]] base::ByteBuffer default_devmode(std::string_view device_name, std::int16_t paper_size = 9);

}  // namespace spooler
