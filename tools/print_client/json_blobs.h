// What is bytes on the wire and has a meaning: times, DEVMODE, security descriptors, registry values, as JSON and back.
#pragma once

#include "base/bytes.h"
#include "base/filetime.h"
#include "base/result.h"

#include <nlohmann/json_fwd.hpp>

#include <optional>

namespace print_client {

using nlohmann::json;

// "2026-11-21T13:00:00.000Z"; the zero time is "".
[[nodiscard]] std::string to_time_text(const base::SystemTime& time);
// From that form or from a number of 100 ns since 1601.
[[nodiscard]] std::optional<base::FileTime> to_file_time(const json& value);

// DEVMODE [MS-RPRN] 2.2.2.1: members by name, private data as "dmDriverData" in hexadecimal. Bytes behind dmSize + dmDriverExtra do not
// matter. Null when the size fields are wrong.
[[nodiscard]] json devmode_json(base::ByteView bytes);
// Unnamed members are zero; dmSize is 220 unless given, dmDriverExtra follows from the data.
[[nodiscard]] base::Result<base::ByteBuffer> devmode_bytes(const json& members);

// A self-relative descriptor as SDDL; bytes behind it do not matter. Hexadecimal when it does not parse.
[[nodiscard]] json security_json(base::ByteView bytes);

// A registry value [MS-RPRN] 2.2.3.9: text for REG_SZ and REG_EXPAND_SZ, a number for REG_DWORD and REG_QWORD, a list for REG_MULTI_SZ,
// hexadecimal otherwise.
[[nodiscard]] json registry_json(std::uint64_t type, base::ByteView data);
[[nodiscard]] base::Result<base::ByteBuffer> registry_bytes(std::uint64_t type, const json& value);

// NUL-terminated strings, one after the other.
[[nodiscard]] json multi_string_json(base::ByteView utf16);

}  // namespace print_client
