#include "tools/winspoolctl/account_commands.h"

#include "server/account_file.h"

#include <termios.h>
#include <unistd.h>

#include <iostream>
#include <memory>
#include <vector>

namespace winspoolctl {
namespace {

using server::AccountFile;

int report(const base::Error& error) {
    std::cerr << "winspoolctl: " << error.to_string() << "\n";
    return 1;
}

int report(const base::Result<void>& result) { return result ? 0 : report(result.error()); }

// Reads one line without showing it.
std::string read_hidden(const char* prompt) {
    std::cerr << prompt << std::flush;
    termios before{};
    const bool terminal = ::tcgetattr(STDIN_FILENO, &before) == 0;
    if (terminal) {
        termios silent = before;
        silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    }
    std::string line;
    std::getline(std::cin, line);
    if (terminal) {
        ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
        std::cerr << "\n";
    }
    return line;
}

void wipe(std::string& secret) { base::wipe({reinterpret_cast<std::byte*>(secret.data()), secret.size()}); }

// Asks twice on a terminal; takes one line of standard input otherwise or with --password-stdin.
bool read_password(bool from_stdin, std::string& password) {
    if (from_stdin || ::isatty(STDIN_FILENO) == 0) {
        std::getline(std::cin, password);
        return true;
    }
    password = read_hidden("Password: ");
    std::string again = read_hidden("Again: ");
    const bool same = password == again;
    wipe(again);
    if (!same) std::cerr << "winspoolctl: the two passwords differ\n";
    return same;
}

struct Options {
    std::string name, full_name, user;
    std::vector<std::string> groups;
    bool password_stdin = false;
};

using Work = int (*)(AccountFile& accounts, Options& options);

int user_add(AccountFile& accounts, Options& options) {
    std::string password;
    if (!read_password(options.password_stdin, password)) return 1;
    auto added = accounts.add_user(options.name, options.full_name, password);
    wipe(password);
    if (!added) return report(added.error());
    for (const std::string& group : options.groups) {
        const auto joined = accounts.add_member(group, options.name);
        if (!joined && joined.error().code() != base::Win32::already_exists) return report(joined.error());
    }
    return 0;
}

int user_passwd(AccountFile& accounts, Options& options) {
    std::string password;
    if (!read_password(options.password_stdin, password)) return 1;
    const auto changed = accounts.set_password(options.name, password);
    wipe(password);
    return report(changed);
}

int user_del(AccountFile& accounts, Options& options) { return report(accounts.remove_user(options.name)); }
int user_enable(AccountFile& accounts, Options& options) { return report(accounts.set_enabled(options.name, true)); }
int user_disable(AccountFile& accounts, Options& options) { return report(accounts.set_enabled(options.name, false)); }

int user_list(AccountFile& accounts, Options& /*options*/) {
    for (const auto& user : accounts.list_users()) {
        std::cout << user.name << "\t" << base::to_string(user.sid) << "\t" << (user.enabled ? "enabled" : "disabled") << "\t";
        for (std::size_t i = 0; i < user.groups.size(); ++i) std::cout << (i == 0 ? "" : ",") << user.groups[i];
        std::cout << "\t" << user.full_name << "\n";
    }
    return 0;
}

int group_add(AccountFile& accounts, Options& options) { return report(accounts.add_group(options.name)); }
int group_del(AccountFile& accounts, Options& options) { return report(accounts.remove_group(options.name)); }
int group_join(AccountFile& accounts, Options& options) { return report(accounts.add_member(options.name, options.user)); }
int group_leave(AccountFile& accounts, Options& options) { return report(accounts.remove_member(options.name, options.user)); }

int group_list(AccountFile& accounts, Options& /*options*/) {
    for (const auto& group : accounts.list_groups()) {
        std::cout << group.name << "\t" << base::to_string(group.sid) << "\t" << (group.builtin ? "built-in" : "local") << "\t";
        for (std::size_t i = 0; i < group.members.size(); ++i) std::cout << (i == 0 ? "" : ",") << group.members[i];
        std::cout << "\n";
    }
    return 0;
}

class Builder {
 public:
    Builder(const std::string& account_file, std::function<int()>& run) : account_file_(account_file), run_(run) {}

    CLI::App* add(CLI::App* family, const char* verb, const char* help, Work work) {
        CLI::App* command = family->add_subcommand(verb, help);
        const std::string* path = &account_file_;
        std::function<int()>* run = &run_;
        auto options = options_;
        command->callback([path, run, work, options] {
            *run = [path, work, options] {
                auto accounts = AccountFile::open(*path);
                if (!accounts) return report(accounts.error());
                return work(**accounts, *options);
            };
        });
        return command;
    }
    Options& options() { return *options_; }

 private:
    const std::string& account_file_;
    std::function<int()>& run_;
    std::shared_ptr<Options> options_ = std::make_shared<Options>();
};

}  // namespace

void add_account_commands(CLI::App& app, const std::string& account_file, std::function<int()>& run) {
    Builder builder(account_file, run);
    Options& options = builder.options();

    CLI::App* user = app.add_subcommand("user", "local users")->require_subcommand(1);
    CLI::App* add = builder.add(user, "add", "add a user", user_add);
    add->add_option("name", options.name, "user name")->required();
    add->add_option("--full-name", options.full_name, "for people");
    add->add_option("--group", options.groups, "also a member of this group (repeatable)");
    add->add_flag("--password-stdin", options.password_stdin, "read the password from standard input");
    builder.add(user, "del", "delete a user", user_del)->add_option("name", options.name)->required();
    CLI::App* passwd = builder.add(user, "passwd", "set a user's password", user_passwd);
    passwd->add_option("name", options.name)->required();
    passwd->add_flag("--password-stdin", options.password_stdin, "read the password from standard input");
    builder.add(user, "enable", "let a user log on again", user_enable)->add_option("name", options.name)->required();
    builder.add(user, "disable", "let a user log on no more", user_disable)->add_option("name", options.name)->required();
    builder.add(user, "list", "all users: name, SID, state, groups, full name", user_list);

    CLI::App* group = app.add_subcommand("group", "local groups")->require_subcommand(1);
    builder.add(group, "add", "add a group", group_add)->add_option("name", options.name)->required();
    builder.add(group, "del", "delete a group", group_del)->add_option("name", options.name)->required();
    builder.add(group, "list", "all groups: name, SID, kind, members", group_list);
    for (const bool joins : {true, false}) {
        CLI::App* member = joins ? builder.add(group, "add-member", "put a user into a group", group_join)
                                 : builder.add(group, "del-member", "take a user out of a group", group_leave);
        member->add_option("group", options.name)->required();
        member->add_option("user", options.user)->required();
    }
}

}  // namespace winspoolctl
