// The content of the local account file and its form on disk: JSON, mode 0600, replaced atomically. Used by account_file only.
#pragma once

#include "base/result.h"
#include "base/sid.h"
#include "dcerpc/auth/secret.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace server {

struct AccountUser {
    std::string name;                                                              // as the administrator wrote it; unique without case
    std::string full_name;
    dcerpc::Secret16 nt_hash;
    std::uint32_t rid = 0;
    bool enabled = true;
    std::vector<std::string> groups;                                               // names, Everyone excluded
};

struct AccountGroup {
    std::string name;
    base::Sid sid;
};

struct AccountData {
    base::Sid machine_sid;                                                         // S-1-5-21-x-y-z
    std::uint32_t next_rid = 1000;
    std::vector<AccountUser> users;
    std::vector<AccountGroup> groups;                                              // without the built-in ones
};

// Administrators, Print Operators, Users, Everyone. Never stored, always there.
[[nodiscard]] const std::vector<AccountGroup>& builtin_groups();

[[nodiscard]] base::Sid random_machine_sid();

// invalid_data, with a text that names the first thing wrong (duplicate names, unknown group, bad hash, unknown key …).
[[nodiscard]] base::Result<AccountData> parse_accounts(std::string_view json);
// The caller wipes the text: it holds hashes.
[[nodiscard]] std::string format_accounts(const AccountData& data);

// file_not_found when absent; access_denied when it is no regular file, belongs to somebody else, or group or others may access it.
[[nodiscard]] base::Result<AccountData> read_account_file(const std::string& path);
// Temporary file beside it, fsync, rename, fsync of the directory. Keeps the owner of an existing file.
[[nodiscard]] base::Result<void> write_account_file(const std::string& path, const AccountData& data);

// A user or group name: 1..256 bytes UTF-8, no control characters, none of "/\[]:;|=,+*?<>@, not only dots or spaces at its ends.
[[nodiscard]] bool is_valid_account_name(std::string_view name);

}  // namespace server
