// Forms [MS-RPRN] 2.2.1.3.1, sizes in 1/1000 mm.
#pragma once

#include "spooler/model/ids.h"

#include <cstdint>
#include <string>

namespace spooler {

enum class FormKind : std::uint32_t { user = 0, builtin = 1, printer = 2 };       // FORM_INFO.Flags

namespace form_string {                                            // RPC_FORM_INFO_2.StringType [MS-RPRN] 2.2.1.6.2
inline constexpr std::uint32_t kNone = 1, kMuiDll = 2, kLanguagePair = 4;
}

struct Form {
    FormKind kind = FormKind::user;
    std::string name;
    std::int32_t cx = 0, cy = 0;
    std::int32_t left = 0, top = 0, right = 0, bottom = 0;         // imageable area
    PrinterId printer = 0;                                         // of a printer form
    std::string keyword;                                           // ANSI on the wire; a GUID when the client gave none (level 2)
    std::uint32_t string_type = form_string::kNone;
    std::string mui_dll;
    std::uint32_t resource_id = 0;
    std::string display_name;
    std::uint16_t language_id = 0;
    bool operator==(const Form&) const = default;
};

}  // namespace spooler
