// Access masks, generic mappings and default security descriptors of server, printer and job objects
// [MS-RPRN] 2.2.3.1, 3.1.1. Used at open, by operations that re-check, and wherever an object is made.
#pragma once

#include "base/access_check.h"

#include <memory>
#include <optional>

namespace spooler {

using SecurityPtr = std::shared_ptr<const base::SecurityDescriptor>;

struct Access {
    static constexpr std::uint32_t server_administer = 0x1, server_enumerate = 0x2;
    static constexpr std::uint32_t administer = 0x4, use = 0x8, manage_limited = 0x40;             // printer and port
    static constexpr std::uint32_t job_administer = 0x10, job_read = 0x20;
    static constexpr std::uint32_t server_all = 0x000F0003, printer_all = 0x000F000C, job_all = 0x000F0030;
};

inline constexpr base::GenericMapping kServerMapping{0x00020002, 0x00020003, 0x00020002, 0x000F0003};
inline constexpr base::GenericMapping kPrinterMapping{0x00020008, 0x00020008, 0x00020008, 0x000F000C};
inline constexpr base::GenericMapping kJobMapping{0x00020020, 0x00020010, 0x00020010, 0x000F0030};

// What is granted of `desired` as asked at open: 0 reads as GENERIC_READ, MAXIMUM_ALLOWED as everything granted; SYNCHRONIZE is
// access_denied, ACCESS_SYSTEM_SECURITY needs Administrators. Jobs: JOB_WRITE, JOB_EXECUTE and their generic forms are access_denied.
[[nodiscard]] base::Result<std::uint32_t> open_server_access(const base::Token& token, const base::SecurityDescriptor& descriptor,
                                                             std::uint32_t desired);
[[nodiscard]] base::Result<std::uint32_t> open_printer_access(const base::Token& token, const base::SecurityDescriptor& descriptor,
                                                              std::uint32_t desired);
[[nodiscard]] base::Result<std::uint32_t> open_job_access(const base::Token& token, const base::SecurityDescriptor& descriptor,
                                                          std::uint32_t desired);
// True when every bit of `mask` (specific or standard rights) is granted.
[[nodiscard]] bool allows(const base::Token& token, const base::SecurityDescriptor& descriptor, std::uint32_t mask,
                          const base::GenericMapping& mapping);

// Administrators everything; everyone else enumerate.
[[nodiscard]] SecurityPtr default_server_security();
// Owner SYSTEM; Administrators and Print Operators full, with the same for their jobs; `added_by` full; Everyone print and read;
// CREATOR OWNER, inherit-only, control of own jobs.
[[nodiscard]] SecurityPtr default_printer_security(const std::optional<base::Sid>& added_by);
// For objects whose stored descriptor cannot be read: owner Administrators, who alone have full control. Nobody gets more by it than
// any legal descriptor gives.
[[nodiscard]] SecurityPtr closed_printer_security();
[[nodiscard]] SecurityPtr closed_job_security();
// Inherited from the printer: every inheritable ACE becomes a job ACE, CREATOR OWNER becomes `owner`, generic and printer rights are
// mapped to job rights; the submitter always gets JOB_ALL_ACCESS and JOB_READ, Administrators JOB_ALL_ACCESS. What would not fit into
// limits::kMaxAces and limits::kMaxSecurityDescriptorBytes beside these two is not inherited.
[[nodiscard]] SecurityPtr job_security(const base::SecurityDescriptor& printer, const base::Sid& owner);

// SetPrinter level 3 and the security container: parts that are absent in `change` keep their old value.
[[nodiscard]] SecurityPtr merge_security(const base::SecurityDescriptor& old, const base::ParsedDescriptor& change);
// invalid_parameter when the descriptor could be written but not read again: parts from two messages may exceed the limit together.
[[nodiscard]] base::Result<void> check_storable(const base::SecurityDescriptor& descriptor);
// The rights a handle needs for the parts that `change` brings: WRITE_OWNER, WRITE_DAC, ACCESS_SYSTEM_SECURITY.
[[nodiscard]] std::uint32_t rights_to_set(const base::ParsedDescriptor& change);

}  // namespace spooler
