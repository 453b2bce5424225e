#include "server/account_file.h"

#include "base/limits.h"
#include "base/utf.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>
#include <unordered_map>

namespace server {

struct AccountFile::State {
    AccountData data;
    std::unordered_map<std::string, std::size_t> users;                            // folded name → index
};

namespace {

base::Error error(base::Win32 code, std::string text) { return {code, std::move(text)}; }

base::Error no_such_user(std::string_view name) { return error(base::Win32::not_found, "no user \"" + std::string(name) + "\""); }
base::Error no_such_group(std::string_view name) { return error(base::Win32::not_found, "no group \"" + std::string(name) + "\""); }

// Held while a change reads, edits and replaces the file, against other processes and other threads.
class FileLock {
 public:
    explicit FileLock(const std::string& path) : fd_(::open((path + ".lock").c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600)) {
        while (fd_ >= 0 && !locked_) {
            locked_ = ::flock(fd_, LOCK_EX) == 0;
            if (!locked_ && errno != EINTR) break;
        }
    }
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;
    ~FileLock() {
        if (fd_ >= 0) ::close(fd_);
    }
    [[nodiscard]] bool ok() const { return locked_; }

 private:
    int fd_;
    bool locked_ = false;
};

template <class Row>
auto find_named(std::vector<Row>& rows, std::string_view name) {
    return std::find_if(rows.begin(), rows.end(), [&](const Row& row) { return base::equal_names(row.name, name); });
}

const AccountGroup* find_group(const AccountData& data, std::string_view name) {
    for (const auto* list : {&builtin_groups(), &data.groups}) {
        for (const AccountGroup& group : *list) {
            if (base::equal_names(group.name, name)) return &group;
        }
    }
    return nullptr;
}

bool is_everyone(const AccountGroup& group) { return group.sid == base::well_known::everyone(); }

base::Result<void> check_new_name(AccountData& data, std::string_view name) {
    if (!is_valid_account_name(name)) return error(base::Win32::invalid_name, "\"" + std::string(name) + "\" is no valid name");
    if (find_named(data.users, name) != data.users.end() || find_group(data, name) != nullptr) {
        return error(base::Win32::already_exists, "\"" + std::string(name) + "\" exists");
    }
    if (data.users.size() + data.groups.size() >= base::limits::kMaxAccounts || data.next_rid == 0xFFFFFFFFU) {
        return error(base::Win32::not_enough_quota, "too many accounts");
    }
    return {};
}

base::Result<dcerpc::Secret16> hash_password(std::string_view password) {
    std::u16string wide = base::to_utf16(password);
    const bool good = !wide.empty() && wide.size() <= base::limits::kMaxAccountNameChars;
    const dcerpc::Secret16 hash = dcerpc::nt_hash_from_password(wide);
    base::wipe(std::as_writable_bytes(std::span(wide.data(), wide.size())));
    if (!good) return error(base::Win32::invalid_parameter, "a password has 1 to 256 characters");
    return hash;
}

base::TokenPtr make_token(const AccountData& data, const AccountUser& user) {
    auto token = std::make_shared<base::Token>();
    token->user = user.name;
    token->user_sid = data.machine_sid.child(user.rid);
    token->groups = {base::well_known::everyone(), base::well_known::authenticated_users(), base::well_known::network()};
    for (const std::string& name : user.groups) {
        const AccountGroup* group = find_group(data, name);
        if (group != nullptr) token->groups.push_back(group->sid);
    }
    return token;
}

}  // namespace

AccountFile::AccountFile(std::string path) : path_(std::move(path)) { base::random_bytes(dummy_hash_.writable()); }

base::Result<std::unique_ptr<AccountFile>> AccountFile::open(std::string path) {
    std::unique_ptr<AccountFile> file(new AccountFile(std::move(path)));
    auto data = read_account_file(file->path_);
    if (!data && data.error().code() == base::Win32::file_not_found) {
        const FileLock lock(file->path_);
        data = read_account_file(file->path_);                                     // somebody may have been faster
        if (!data && data.error().code() == base::Win32::file_not_found) {
            AccountData fresh;
            fresh.machine_sid = random_machine_sid();
            TRY_VOID(write_account_file(file->path_, fresh));
            data = std::move(fresh);
        }
    }
    if (!data) return std::move(data).error();
    file->adopt(std::move(*data));
    return file;
}

AccountFile::StatePtr AccountFile::state() const {
    return state_.with([](const StatePtr& current) { return current; });
}

void AccountFile::adopt(AccountData data) {
    auto next = std::make_shared<State>();
    next->data = std::move(data);
    for (std::size_t i = 0; i < next->data.users.size(); ++i) next->users.emplace(base::fold_utf8(next->data.users[i].name), i);
    state_.with([&](StatePtr& current) { current = std::move(next); });
}

base::Result<void> AccountFile::reload() {
    TRY(AccountData data, read_account_file(path_));
    adopt(std::move(data));
    return {};
}

// --- look-ups ----------------------------------------------------------------------------------------------------------------------

base::Result<dcerpc::NtlmVerified> AccountFile::verify_ntlm(const dcerpc::NtlmAttempt& attempt) const {
    const StatePtr current = state();
    const auto found = current->users.find(base::fold_utf8(base::to_utf8(attempt.user)));
    const AccountUser* user = found == current->users.end() ? nullptr : &current->data.users[found->second];

    // An unknown user costs as much as a known one, and a disabled one learns nothing about his password.
    dcerpc::NtlmVerified verified;
    const bool right = dcerpc::verify_ntlmv2_with_hash(user != nullptr ? user->nt_hash : dummy_hash_, attempt, verified.session_base_key);
    if (user == nullptr) return error(base::Win32::logon_failure, "unknown user");
    if (!right) return error(base::Win32::logon_failure, user->enabled ? "wrong password" : "wrong password, account disabled");
    if (!user->enabled) return error(base::Win32::logon_failure, "account disabled");
    verified.token = make_token(current->data, *user);
    return verified;
}

base::Result<base::TokenPtr> AccountFile::find_user(std::string_view /*domain*/, std::string_view user) const {
    const StatePtr current = state();
    const auto found = current->users.find(base::fold_utf8(user));
    if (found == current->users.end()) return error(base::Win32::logon_failure, "unknown user");
    const AccountUser& account = current->data.users[found->second];
    if (!account.enabled) return error(base::Win32::logon_failure, "account disabled");
    return make_token(current->data, account);
}

base::Sid AccountFile::machine_sid() const { return state()->data.machine_sid; }

std::vector<UserRow> AccountFile::list_users() const {
    const StatePtr current = state();
    std::vector<UserRow> rows;
    for (const AccountUser& user : current->data.users) {
        UserRow row;
        row.name = user.name;
        row.full_name = user.full_name;
        row.sid = current->data.machine_sid.child(user.rid);
        row.enabled = user.enabled;
        row.groups = user.groups;
        rows.push_back(std::move(row));
    }
    std::sort(rows.begin(), rows.end(),
              [](const UserRow& a, const UserRow& b) { return base::fold_utf8(a.name) < base::fold_utf8(b.name); });
    return rows;
}

std::vector<GroupRow> AccountFile::list_groups() const {
    const StatePtr current = state();
    std::vector<GroupRow> rows;
    const auto add = [&](const AccountGroup& group, bool builtin) {
        GroupRow row;
        row.name = group.name;
        row.sid = group.sid;
        row.builtin = builtin;
        for (const AccountUser& user : current->data.users) {
            const bool member = std::any_of(user.groups.begin(), user.groups.end(),
                                            [&](const std::string& name) { return base::equal_names(name, group.name); });
            if (member) row.members.push_back(user.name);
        }
        rows.push_back(std::move(row));
    };
    for (const AccountGroup& group : builtin_groups()) add(group, true);
    for (const AccountGroup& group : current->data.groups) add(group, false);
    return rows;
}

// --- changes -----------------------------------------------------------------------------------------------------------------------

base::Result<void> AccountFile::change(const std::function<base::Result<void>(AccountData&)>& edit) {
    const FileLock lock(path_);
    if (!lock.ok()) return error(base::Win32::access_denied, path_ + ".lock: " + std::strerror(errno));
    TRY(AccountData data, read_account_file(path_));
    TRY_VOID(edit(data));
    TRY_VOID(write_account_file(path_, data));
    adopt(std::move(data));
    return {};
}

base::Result<void> AccountFile::add_user(std::string_view name, std::string_view full_name, std::string_view password) {
    TRY(const dcerpc::Secret16 hash, hash_password(password));
    if (full_name.size() > base::limits::kMaxAccountNameChars) return error(base::Win32::invalid_parameter, "full name too long");
    return change([&](AccountData& data) -> base::Result<void> {
        TRY_VOID(check_new_name(data, name));
        AccountUser user;
        user.name = name;
        user.full_name = full_name;
        user.nt_hash = hash;
        user.rid = data.next_rid++;
        user.groups = {"Users"};
        data.users.push_back(std::move(user));
        return {};
    });
}

base::Result<void> AccountFile::remove_user(std::string_view name) {
    return change([&](AccountData& data) -> base::Result<void> {
        const auto user = find_named(data.users, name);
        if (user == data.users.end()) return no_such_user(name);
        data.users.erase(user);                                                    // the RID is never used again
        return {};
    });
}

base::Result<void> AccountFile::set_password(std::string_view name, std::string_view password) {
    TRY(const dcerpc::Secret16 hash, hash_password(password));
    return change([&](AccountData& data) -> base::Result<void> {
        const auto user = find_named(data.users, name);
        if (user == data.users.end()) return no_such_user(name);
        user->nt_hash = hash;
        return {};
    });
}

base::Result<void> AccountFile::set_enabled(std::string_view name, bool enabled) {
    return change([&](AccountData& data) -> base::Result<void> {
        const auto user = find_named(data.users, name);
        if (user == data.users.end()) return no_such_user(name);
        user->enabled = enabled;
        return {};
    });
}

base::Result<void> AccountFile::add_group(std::string_view name) {
    return change([&](AccountData& data) -> base::Result<void> {
        TRY_VOID(check_new_name(data, name));
        AccountGroup group;
        group.name = name;
        group.sid = data.machine_sid.child(data.next_rid++);
        data.groups.push_back(std::move(group));
        return {};
    });
}

base::Result<void> AccountFile::remove_group(std::string_view name) {
    return change([&](AccountData& data) -> base::Result<void> {
        const auto group = find_named(data.groups, name);
        if (group == data.groups.end()) {
            return find_group(data, name) != nullptr ? error(base::Win32::access_denied, "a built-in group stays") : no_such_group(name);
        }
        for (AccountUser& user : data.users) {
            std::erase_if(user.groups, [&](const std::string& member_of) { return base::equal_names(member_of, name); });
        }
        data.groups.erase(group);
        return {};
    });
}

base::Result<void> AccountFile::add_member(std::string_view group, std::string_view user) {
    return change([&](AccountData& data) -> base::Result<void> {
        const AccountGroup* found = find_group(data, group);
        if (found == nullptr) return no_such_group(group);
        if (is_everyone(*found)) return error(base::Win32::access_denied, "everybody is a member of Everyone");
        const auto account = find_named(data.users, user);
        if (account == data.users.end()) return no_such_user(user);
        for (const std::string& name : account->groups) {
            if (base::equal_names(name, group)) return error(base::Win32::already_exists, "is a member already");
        }
        account->groups.push_back(found->name);
        return {};
    });
}

base::Result<void> AccountFile::remove_member(std::string_view group, std::string_view user) {
    return change([&](AccountData& data) -> base::Result<void> {
        if (find_group(data, group) == nullptr) return no_such_group(group);
        const auto account = find_named(data.users, user);
        if (account == data.users.end()) return no_such_user(user);
        const auto removed = std::erase_if(account->groups, [&](const std::string& name) { return base::equal_names(name, group); });
        if (removed == 0) return error(base::Win32::not_found, "is no member");
        return {};
    });
}

}  // namespace server
