// The local accounts: who may log on by NTLM, with which SIDs. The daemon verifies against it; admin commands and winspoolctl edit it.
#pragma once

#include "base/guarded.h"
#include "dcerpc/auth/account_source.h"
#include "server/account_data.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace server {

struct UserRow {
    std::string name, full_name;
    base::Sid sid;
    bool enabled = true;
    std::vector<std::string> groups;                                               // without Everyone
};

struct GroupRow {
    std::string name;
    base::Sid sid;
    bool builtin = false;
    std::vector<std::string> members;                                              // of Everyone: empty, it is everybody
};

// Thread-safe. Lookups use the state in memory and never touch the disk. Each change takes a lock file beside the accounts, reads the
// file again (another process may have changed it), changes, replaces it durably, and only then shows in memory. Changes block on disk.
//
// Errors of changes: invalid_name (bad name), invalid_parameter (empty or overlong password), already_exists, not_found, access_denied
// (built-in group), not_enough_quota; plus those of read_account_file and write_account_file.
class AccountFile final : public dcerpc::AccountSource {
 public:
    // Reads the file; creates it with a new machine SID and no users when it does not exist.
    [[nodiscard]] static base::Result<std::unique_ptr<AccountFile>> open(std::string path);

    // Takes over what another process wrote. On failure the old state stays.
    base::Result<void> reload();

    // The domain is not compared: this server knows one set of users, as a Windows machine outside of any domain does.
    [[nodiscard]] base::Result<dcerpc::NtlmVerified> verify_ntlm(const dcerpc::NtlmAttempt& attempt) const override;
    [[nodiscard]] base::Result<base::TokenPtr> find_user(std::string_view domain, std::string_view user) const override;

    [[nodiscard]] base::Sid machine_sid() const;
    [[nodiscard]] std::vector<UserRow> list_users() const;                         // by name
    [[nodiscard]] std::vector<GroupRow> list_groups() const;                       // built-in ones first

    // A new user is enabled and member of Users. Passwords are UTF-8, 1..256 characters; the caller wipes them.
    base::Result<void> add_user(std::string_view name, std::string_view full_name, std::string_view password);
    base::Result<void> remove_user(std::string_view name);
    base::Result<void> set_password(std::string_view name, std::string_view password);
    base::Result<void> set_enabled(std::string_view name, bool enabled);

    base::Result<void> add_group(std::string_view name);
    base::Result<void> remove_group(std::string_view name);                        // members lose it
    base::Result<void> add_member(std::string_view group, std::string_view user);
    base::Result<void> remove_member(std::string_view group, std::string_view user);

 private:
    struct State;                                                                  // immutable: data and an index by folded name
    using StatePtr = std::shared_ptr<const State>;

    explicit AccountFile(std::string path);
    [[nodiscard]] StatePtr state() const;
    void adopt(AccountData data);
    base::Result<void> change(const std::function<base::Result<void>(AccountData&)>& edit);

    std::string path_;
    dcerpc::Secret16 dummy_hash_;                                                  // what unknown users are checked against
    base::Guarded<StatePtr> state_;
};

}  // namespace server
