#include "server/account_data.h"

#include "base/limits.h"
#include "base/utf.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <unordered_set>

namespace server {

namespace {

using nlohmann::json;

constexpr int kFormatVersion = 1;
constexpr std::uint32_t kFirstRid = 1000;
constexpr std::size_t kMaxFileBytes = 64U << 20U;

base::Error invalid(std::string text) { return {base::Win32::invalid_data, "account file: " + std::move(text)}; }

void wipe_text(std::string& text) { base::wipe(std::as_writable_bytes(std::span(text.data(), text.size()))); }

// The hashes inside a document, before its memory goes back to the heap.
void wipe_hashes(json& document) {
    const auto users = document.is_object() ? document.find("users") : document.end();
    if (!document.is_object() || users == document.end() || !users->is_array()) return;
    for (json& user : *users) {
        if (!user.is_object()) continue;
        const auto hash = user.find("nt_hash");
        if (hash != user.end() && hash->is_string()) wipe_text(hash->get_ref<std::string&>());
    }
}

class Descriptor {
 public:
    explicit Descriptor(int fd) : fd_(fd) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    [[nodiscard]] int get() const { return fd_; }
    [[nodiscard]] bool ok() const { return fd_ >= 0; }

 private:
    int fd_;
};

base::Error system_error(const std::string& path, const char* what) {
    const int code = errno;
    const base::Win32 win32 = code == ENOENT ? base::Win32::file_not_found
                              : code == EACCES || code == EPERM || code == ELOOP ? base::Win32::access_denied
                              : code == ENOSPC                                   ? base::Win32::disk_full
                                                                                 : base::Win32::write_fault;
    return {win32, path + ": " + what + ": " + std::strerror(code)};
}

// --- JSON → data -------------------------------------------------------------------------------------------------------------------

base::Result<void> only_keys(const json& object, std::initializer_list<std::string_view> keys) {
    if (!object.is_object()) return invalid("an entry is not an object");
    for (const auto& item : object.items()) {
        if (std::find(keys.begin(), keys.end(), item.key()) == keys.end()) return invalid("unknown key \"" + item.key() + "\"");
    }
    return {};
}

base::Result<std::string> text_of(const json& object, const char* key, bool required) {
    const auto found = object.find(key);
    if (found == object.end() && !required) return std::string();
    if (found == object.end() || !found->is_string()) return invalid(std::string("\"") + key + "\" is missing or no text");
    return found->get<std::string>();
}

base::Result<std::uint32_t> number_of(const json& object, const char* key) {
    const auto found = object.find(key);
    if (found == object.end() || !found->is_number_unsigned()) return invalid(std::string("\"") + key + "\" is missing or no number");
    const auto value = found->get<std::uint64_t>();
    if (value > 0xFFFFFFFFU) return invalid(std::string("\"") + key + "\" is too large");
    return static_cast<std::uint32_t>(value);
}

const json* array_of(const json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_array() && found->size() <= base::limits::kMaxAccounts ? &*found : nullptr;
}

base::Result<AccountGroup> parse_group(const json& object) {
    TRY_VOID(only_keys(object, {"name", "sid"}));
    AccountGroup group;
    TRY(group.name, text_of(object, "name", true));
    TRY(const std::string sid, text_of(object, "sid", true));
    const auto parsed = base::parse_sid(sid);
    if (!parsed) return invalid("group \"" + group.name + "\" has a malformed SID");
    group.sid = *parsed;
    return group;
}

base::Result<AccountUser> parse_user(const json& object) {
    TRY_VOID(only_keys(object, {"name", "full_name", "nt_hash", "rid", "enabled", "groups"}));
    AccountUser user;
    TRY(user.name, text_of(object, "name", true));
    TRY(user.full_name, text_of(object, "full_name", false));
    TRY(std::string hash, text_of(object, "nt_hash", true));
    base::ByteBuffer bytes;
    const bool good_hash = base::from_hex(hash, bytes) && bytes.size() == dcerpc::Secret16::kSize;
    user.nt_hash.assign(bytes);
    base::wipe(bytes);
    wipe_text(hash);
    if (!good_hash) return invalid("user \"" + user.name + "\": nt_hash is not 32 hexadecimal digits");
    TRY(user.rid, number_of(object, "rid"));
    const auto enabled = object.find("enabled");
    if (enabled == object.end() || !enabled->is_boolean()) return invalid("user \"" + user.name + "\": enabled is not true or false");
    user.enabled = enabled->get<bool>();
    const json* groups = array_of(object, "groups");
    if (groups == nullptr) return invalid("user \"" + user.name + "\": groups is no list");
    for (const json& group : *groups) {
        if (!group.is_string()) return invalid("user \"" + user.name + "\": a group is no text");
        user.groups.push_back(group.get<std::string>());
    }
    return user;
}

// What no single entry shows: unique names and RIDs, groups that exist.
base::Result<void> check_consistency(const AccountData& data) {
    std::unordered_set<std::string> names, groups;
    std::unordered_set<std::uint32_t> rids;
    const auto add_name = [&](const std::string& name) -> base::Result<void> {
        if (!is_valid_account_name(name)) return invalid("\"" + name + "\" is no valid name");
        if (!names.insert(base::fold_utf8(name)).second) return invalid("the name \"" + name + "\" occurs twice");
        return {};
    };
    for (const AccountGroup& group : builtin_groups()) {
        names.insert(base::fold_utf8(group.name));
        groups.insert(base::fold_utf8(group.name));
    }
    for (const AccountGroup& group : data.groups) {
        TRY_VOID(add_name(group.name));
        groups.insert(base::fold_utf8(group.name));
    }
    for (const AccountUser& user : data.users) {
        TRY_VOID(add_name(user.name));
        if (user.rid < kFirstRid || !rids.insert(user.rid).second) return invalid("user \"" + user.name + "\": rid is reserved or taken");
        for (const std::string& group : user.groups) {
            if (!groups.contains(base::fold_utf8(group))) return invalid("user \"" + user.name + "\": no group \"" + group + "\"");
        }
    }
    return {};
}

// A file edited by hand may name RIDs that the counter has not reached: a new account must not inherit somebody's rights.
void reserve_rids(AccountData& data) {
    const auto reserve = [&](std::uint32_t rid) {
        if (rid >= data.next_rid && rid != 0xFFFFFFFFU) data.next_rid = rid + 1;
    };
    reserve(kFirstRid - 1);
    for (const AccountUser& user : data.users) reserve(user.rid);
    for (const AccountGroup& group : data.groups) {
        const bool ours = group.sid.count == data.machine_sid.count + 1 &&
                          data.machine_sid.child(group.sid.sub_authorities[data.machine_sid.count]) == group.sid;
        if (ours) reserve(group.sid.sub_authorities[data.machine_sid.count]);
    }
}

base::Result<AccountData> from_json(const json& document) {
    TRY_VOID(only_keys(document, {"version", "machine_sid", "next_rid", "users", "groups"}));
    TRY(const std::uint32_t version, number_of(document, "version"));
    if (version != kFormatVersion) return invalid("format version " + std::to_string(version) + " is not supported");
    AccountData data;
    TRY(const std::string sid, text_of(document, "machine_sid", true));
    const auto machine = base::parse_sid(sid);
    if (!machine || machine->count != 4 || machine->sub_authorities[0] != 21) return invalid("machine_sid is not S-1-5-21-x-y-z");
    data.machine_sid = *machine;
    TRY(data.next_rid, number_of(document, "next_rid"));
    const json* users = array_of(document, "users");
    const json* groups = array_of(document, "groups");
    if (users == nullptr || groups == nullptr) return invalid("users or groups is missing, no list or too long");
    for (const json& group : *groups) {
        TRY(AccountGroup parsed, parse_group(group));
        data.groups.push_back(std::move(parsed));
    }
    for (const json& user : *users) {
        TRY(AccountUser parsed, parse_user(user));
        data.users.push_back(std::move(parsed));
    }
    TRY_VOID(check_consistency(data));
    reserve_rids(data);
    return data;
}

base::Result<void> check_permissions(const std::string& path, const struct stat& status) {
    const auto denied = [&](const char* text) { return base::Error(base::Win32::access_denied, path + ": " + text); };
    if (!S_ISREG(status.st_mode)) return denied("is not a regular file");
    if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        return denied("group or others may access it, but it holds password hashes; run chmod 600");
    }
    const uid_t self = ::geteuid();
    if (self != 0 && status.st_uid != self && status.st_uid != 0) return denied("belongs to another user");
    return {};
}

base::Result<void> write_all(int fd, const std::string& path, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(fd, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return system_error(path, "write");
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

base::Result<void> sync_directory(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    const std::string directory = slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
    const Descriptor fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd.ok() || ::fsync(fd.get()) != 0) return system_error(directory, "sync");
    return {};
}

// Creates `temporary` with the content, on disk when it returns. `previous`: whose owner to keep.
base::Result<void> write_temporary(const std::string& temporary, const std::string& path, std::string_view text) {
    ::unlink(temporary.c_str());
    const Descriptor fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!fd.ok()) return system_error(temporary, "create");
    struct stat previous{};
    const bool replaces = ::stat(path.c_str(), &previous) == 0;
    if (replaces && ::geteuid() == 0 && ::fchown(fd.get(), previous.st_uid, previous.st_gid) != 0) return system_error(temporary, "chown");
    TRY_VOID(write_all(fd.get(), temporary, text));
    if (::fsync(fd.get()) != 0) return system_error(temporary, "sync");
    return {};
}

}  // namespace

const std::vector<AccountGroup>& builtin_groups() {
    static const std::vector<AccountGroup> groups = {{"Administrators", base::well_known::administrators()},
                                                     {"Print Operators", base::well_known::print_operators()},
                                                     {"Users", base::well_known::users()},
                                                     {"Everyone", base::well_known::everyone()}};
    return groups;
}

base::Sid random_machine_sid() {
    std::array<std::byte, 12> random{};
    base::random_bytes(random);
    base::ByteReader reader(random);
    base::Sid sid;
    sid.authority = {0, 0, 0, 0, 0, 5};
    sid.count = 4;
    sid.sub_authorities[0] = 21;
    for (std::size_t i = 1; i < sid.count; ++i) sid.sub_authorities[i] = reader.u32();
    return sid;
}

bool is_valid_account_name(std::string_view name) {
    if (name.empty() || name.size() > base::limits::kMaxAccountNameChars) return false;
    if (name.front() == ' ' || name.back() == ' ' || name.back() == '.') return false;
    if (base::to_utf8(base::to_utf16(name)) != name) return false;                 // not UTF-8
    return std::none_of(name.begin(), name.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 0x20 || byte == 0x7F || std::string_view("\"/\\[]:;|=,+*?<>@").find(c) != std::string_view::npos;
    });
}

base::Result<AccountData> parse_accounts(std::string_view text) {
    json document = json::parse(text, nullptr, false);
    if (document.is_discarded()) return invalid("is not valid JSON");
    auto data = from_json(document);
    wipe_hashes(document);
    return data;
}

std::string format_accounts(const AccountData& data) {
    json users = json::array(), groups = json::array();
    for (const AccountGroup& group : data.groups) groups.push_back({{"name", group.name}, {"sid", base::to_string(group.sid)}});
    for (const AccountUser& user : data.users) {
        json entry = {{"name", user.name}, {"full_name", user.full_name}, {"rid", user.rid}, {"enabled", user.enabled}};
        entry["nt_hash"] = base::to_hex(user.nt_hash.view());
        entry["groups"] = user.groups;
        users.push_back(std::move(entry));
    }
    json document = {{"version", kFormatVersion}, {"machine_sid", base::to_string(data.machine_sid)}, {"next_rid", data.next_rid}};
    document["users"] = std::move(users);
    document["groups"] = std::move(groups);
    std::string text = document.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
    wipe_hashes(document);
    return text;
}

base::Result<AccountData> read_account_file(const std::string& path) {
    const Descriptor fd(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!fd.ok()) return system_error(path, "open");
    struct stat status{};
    if (::fstat(fd.get(), &status) != 0) return system_error(path, "stat");
    TRY_VOID(check_permissions(path, status));
    if (static_cast<std::size_t>(status.st_size) > kMaxFileBytes) return invalid(path + " is too large");

    std::string text(static_cast<std::size_t>(status.st_size), '\0');
    std::size_t done = 0;
    while (done < text.size()) {
        const ssize_t got = ::read(fd.get(), text.data() + done, text.size() - done);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return system_error(path, "read");
        if (got == 0) break;
        done += static_cast<std::size_t>(got);
    }
    auto data = parse_accounts(std::string_view(text).substr(0, done));
    wipe_text(text);
    return data;
}

base::Result<void> write_account_file(const std::string& path, const AccountData& data) {
    std::string text = format_accounts(data);
    const std::string temporary = path + ".new";
    auto written = write_temporary(temporary, path, text);
    wipe_text(text);
    if (written && ::rename(temporary.c_str(), path.c_str()) != 0) written = system_error(path, "rename");
    if (!written) {
        ::unlink(temporary.c_str());
        return written;
    }
    return sync_directory(path);
}

}  // namespace server
