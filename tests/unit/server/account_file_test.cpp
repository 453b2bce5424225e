#include "server/account_file.h"

#include "base/limits.h"
#include "dcerpc/auth/ntlm/crypto.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace server {
namespace {

using base::Win32;

class AccountFileTest : public ::testing::Test {
 protected:
    AccountFileTest() {
        char name[] = "/tmp/winspool-accounts-XXXXXX";
        directory_ = ::mkdtemp(name);
        path_ = directory_ + "/accounts.json";
    }
    ~AccountFileTest() override {
        for (const char* suffix : {"", ".lock", ".new", ".link"}) ::unlink((path_ + suffix).c_str());
        ::rmdir(directory_.c_str());
    }
    std::unique_ptr<AccountFile> open() {
        auto file = AccountFile::open(path_);
        EXPECT_TRUE(file) << file.error().to_string();
        return file ? std::move(*file) : nullptr;
    }
    void write(const std::string& text, mode_t mode = 0600) {
        std::ofstream(path_, std::ios::trunc) << text;
        ::chmod(path_.c_str(), mode);
    }
    std::string read() const {
        std::ifstream in(path_);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    // A correct NTLMv2 response of `user` with `password`.
    static base::Result<dcerpc::NtlmVerified> log_on(const AccountFile& file, std::u16string_view user, std::u16string_view password,
                                                     std::u16string_view domain = u"ANYWHERE") {
        dcerpc::NtlmAttempt attempt;
        attempt.user = user;
        attempt.domain = domain;
        base::random_bytes(attempt.server_challenge);
        base::ByteBuffer blob(44);
        base::random_bytes(blob);
        const dcerpc::Secret16 key = dcerpc::ntlm::ntowf_v2(dcerpc::nt_hash_from_password(password), user, domain);
        const dcerpc::Secret16 proof =
            dcerpc::ntlm::hmac_md5(key.view(), {base::ByteView(attempt.server_challenge), base::ByteView(blob)});
        base::ByteBuffer response(proof.view().begin(), proof.view().end());
        base::append(response, blob);
        attempt.nt_response = response;
        auto verified = file.verify_ntlm(attempt);
        if (verified) {
            EXPECT_EQ(base::to_hex(verified->session_base_key.view()),
                      base::to_hex(dcerpc::ntlm::hmac_md5(key.view(), {proof.view()}).view()));
        }
        return verified;
    }
    std::string directory_, path_;
};

TEST_F(AccountFileTest, AMissingFileIsCreatedPrivateWithAMachineSid) {
    const auto file = open();
    struct stat status{};
    ASSERT_EQ(::stat(path_.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
    const base::Sid sid = file->machine_sid();
    EXPECT_EQ(base::to_string(sid).substr(0, 9), "S-1-5-21-");
    EXPECT_EQ(sid.count, 4);
    EXPECT_EQ(open()->machine_sid(), sid);                                         // once and for all
    EXPECT_TRUE(file->list_users().empty());
    EXPECT_NE(::access((path_ + ".new").c_str(), F_OK), 0);
}

TEST_F(AccountFileTest, FilesThatOthersMayAccessAreRefused) {
    open();
    for (const mode_t mode : {0640U, 0604U, 0620U, 0601U, 0666U}) {
        ::chmod(path_.c_str(), mode);
        const auto file = AccountFile::open(path_);
        ASSERT_FALSE(file) << std::oct << mode;
        EXPECT_EQ(file.error().code(), Win32::access_denied);
        EXPECT_NE(file.error().text().find("chmod 600"), std::string::npos);
    }
    ::chmod(path_.c_str(), 0400);
    EXPECT_TRUE(AccountFile::open(path_));
    ::rename(path_.c_str(), (path_ + ".link").c_str());
    ASSERT_EQ(::symlink((path_ + ".link").c_str(), path_.c_str()), 0);
    EXPECT_FALSE(AccountFile::open(path_));
}

TEST_F(AccountFileTest, LogsOnWithoutCaseAndWithAnyDomain) {
    const auto file = open();
    ASSERT_TRUE(file->add_user("Älice", "Alice Liddell", "pässword"));
    for (const auto& domain : {u"", u"PRINTHOST", u"other"}) {
        const auto verified = log_on(*file, u"äLICE", u"pässword", domain);
        ASSERT_TRUE(verified) << verified.error().text();
        EXPECT_EQ(verified->token->user, "Älice");
        EXPECT_EQ(verified->token->user_sid, file->machine_sid().child(1000));
        EXPECT_FALSE(verified->token->anonymous);
        for (const base::Sid& sid : {base::well_known::everyone(), base::well_known::authenticated_users(), base::well_known::network(),
                                     base::well_known::users()}) {
            EXPECT_TRUE(verified->token->is_member(sid)) << base::to_string(sid);
        }
        EXPECT_FALSE(verified->token->is_member(base::well_known::administrators()));
    }
}

TEST_F(AccountFileTest, RefusalsSayWhyInTheLogOnly) {
    const auto file = open();
    ASSERT_TRUE(file->add_user("alice", "", "right"));
    const auto wrong = log_on(*file, u"alice", u"wrong");
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().code(), Win32::logon_failure);
    EXPECT_EQ(wrong.error().text(), "wrong password");
    const auto unknown = log_on(*file, u"bob", u"right");
    EXPECT_EQ(unknown.error().text(), "unknown user");
    EXPECT_EQ(unknown.error().code(), Win32::logon_failure);
    ASSERT_TRUE(file->set_enabled("ALICE", false));
    EXPECT_EQ(log_on(*file, u"alice", u"right").error().text(), "account disabled");
    EXPECT_EQ(log_on(*file, u"alice", u"wrong").error().text(), "wrong password, account disabled");
    EXPECT_FALSE(file->find_user("", "alice"));
    ASSERT_TRUE(file->set_enabled("alice", true));
    EXPECT_TRUE(log_on(*file, u"alice", u"right"));
    const auto token = file->find_user("", "Alice");
    ASSERT_TRUE(token);
    EXPECT_EQ((*token)->user, "alice");
    EXPECT_FALSE(file->find_user("", "bob"));
}

TEST_F(AccountFileTest, PasswordsChange) {
    const auto file = open();
    ASSERT_TRUE(file->add_user("alice", "", "old"));
    ASSERT_TRUE(file->set_password("alice", "new"));
    EXPECT_FALSE(log_on(*file, u"alice", u"old"));
    EXPECT_TRUE(log_on(*file, u"alice", u"new"));
    EXPECT_EQ(code_of(file->set_password("alice", "")), Win32::invalid_parameter);
    EXPECT_EQ(code_of(file->set_password("alice", std::string(257, 'x'))), Win32::invalid_parameter);
    EXPECT_EQ(code_of(file->set_password("bob", "x")), Win32::not_found);
    EXPECT_EQ(read().find("new"), std::string::npos);
    EXPECT_NE(read().find(base::to_hex(dcerpc::nt_hash_from_password(u"new").view())), std::string::npos);
}

TEST_F(AccountFileTest, LengthsAreBounded) {
    const auto file = open();
    const std::string fits(base::limits::kMaxAccountNameChars, 'x');
    EXPECT_EQ(code_of(file->add_user(fits + "x", "", "pw")), Win32::invalid_name);
    EXPECT_EQ(code_of(file->add_user(fits, fits + "x", "pw")), Win32::invalid_parameter);
    EXPECT_EQ(code_of(file->add_user(fits, fits, fits + "x")), Win32::invalid_parameter);
    EXPECT_EQ(code_of(file->add_user(fits, fits, fits)), Win32::success);
    EXPECT_TRUE(log_on(*file, std::u16string(fits.begin(), fits.end()), std::u16string(fits.begin(), fits.end())));
}

// Whether the list is too long is decided before its entries, which are none here, are looked at.
TEST_F(AccountFileTest, TheNumberOfAccountsIsBounded) {
    const std::string sid = base::to_string(open()->machine_sid());
    const auto complaint = [&](std::size_t users) {
        std::string text = R"({"version": 1, "machine_sid": ")" + sid + R"(", "next_rid": 1000, "groups": [], "users": [0)";
        for (std::size_t i = 1; i < users; ++i) text += ",0";
        write(text + "]}");
        return AccountFile::open(path_).error().text();
    };
    EXPECT_NE(complaint(base::limits::kMaxAccounts).find("an entry is not an object"), std::string::npos);
    EXPECT_NE(complaint(base::limits::kMaxAccounts + 1).find("too long"), std::string::npos);
}

TEST_F(AccountFileTest, GroupsBecomeSids) {
    const auto file = open();
    ASSERT_TRUE(file->add_user("alice", "", "pw"));
    ASSERT_TRUE(file->add_group("Accounting"));
    ASSERT_TRUE(file->add_member("accounting", "ALICE"));
    ASSERT_TRUE(file->add_member("Print Operators", "alice"));
    const auto verified = log_on(*file, u"alice", u"pw");
    ASSERT_TRUE(verified);
    EXPECT_TRUE(verified->token->is_member(file->machine_sid().child(1001)));
    EXPECT_TRUE(verified->token->is_member(base::well_known::print_operators()));

    const auto groups = file->list_groups();
    ASSERT_EQ(groups.size(), 5U);
    EXPECT_TRUE(groups[0].builtin);
    EXPECT_EQ(groups[4].name, "Accounting");
    EXPECT_FALSE(groups[4].builtin);
    EXPECT_EQ(groups[4].members, std::vector<std::string>{"alice"});

    EXPECT_EQ(code_of(file->add_member("Accounting", "alice")), Win32::already_exists);
    EXPECT_EQ(code_of(file->add_member("Accounting", "bob")), Win32::not_found);
    EXPECT_EQ(code_of(file->add_member("Nobody", "alice")), Win32::not_found);
    EXPECT_EQ(code_of(file->add_member("Everyone", "alice")), Win32::access_denied);
    EXPECT_EQ(code_of(file->remove_group("Administrators")), Win32::access_denied);
    EXPECT_EQ(code_of(file->remove_group("Nobody")), Win32::not_found);
    ASSERT_TRUE(file->remove_member("print operators", "alice"));
    EXPECT_EQ(code_of(file->remove_member("print operators", "alice")), Win32::not_found);
    ASSERT_TRUE(file->remove_group("ACCOUNTING"));
    const auto after = file->list_users();
    ASSERT_EQ(after.size(), 1U);
    EXPECT_EQ(after[0].groups, std::vector<std::string>{"Users"});
}

TEST_F(AccountFileTest, NamesAreUniqueAndRidsAreNeverReused) {
    const auto file = open();
    ASSERT_TRUE(file->add_user("alice", "", "pw"));
    EXPECT_EQ(code_of(file->add_user("ALICE", "", "pw")), Win32::already_exists);
    EXPECT_EQ(code_of(file->add_group("Alice")), Win32::already_exists);
    EXPECT_EQ(code_of(file->add_user("Everyone", "", "pw")), Win32::already_exists);
    for (const char* bad : {"", " a", "a ", "a.", "a\\b", "a/b", "a@b", "a\nb", "a\x7f", "a:b", "\xff"}) {
        EXPECT_EQ(code_of(file->add_user(bad, "", "pw")), Win32::invalid_name) << bad;
    }
    EXPECT_EQ(code_of(file->add_user("bob", "", "")), Win32::invalid_parameter);
    ASSERT_TRUE(file->remove_user("Alice"));
    EXPECT_EQ(code_of(file->remove_user("alice")), Win32::not_found);
    ASSERT_TRUE(file->add_user("alice", "", "pw"));
    EXPECT_EQ(file->list_users()[0].sid, file->machine_sid().child(1001));
}

TEST_F(AccountFileTest, ChangesOfAnotherProcessAreKept) {
    const auto mine = open(), theirs = open();
    ASSERT_TRUE(mine->add_user("alice", "", "pw"));
    ASSERT_TRUE(theirs->add_user("bob", "", "pw"));                                // has not seen alice in memory
    EXPECT_EQ(theirs->list_users().size(), 2U);
    EXPECT_EQ(mine->list_users().size(), 1U);
    ASSERT_TRUE(mine->reload());
    EXPECT_EQ(mine->list_users().size(), 2U);
    EXPECT_TRUE(log_on(*mine, u"bob", u"pw"));
}

TEST_F(AccountFileTest, AFailedReloadKeepsTheOldState) {
    const auto file = open();
    ASSERT_TRUE(file->add_user("alice", "", "pw"));
    write("{ broken");
    EXPECT_EQ(code_of(file->reload()), Win32::invalid_data);
    EXPECT_TRUE(log_on(*file, u"alice", u"pw"));
    EXPECT_EQ(code_of(file->add_user("bob", "", "pw")), Win32::invalid_data);
    EXPECT_EQ(read(), "{ broken");                                                 // not overwritten
}

TEST_F(AccountFileTest, MalformedContentIsNamed) {
    const std::string head = R"({"version": 1, "machine_sid": "S-1-5-21-1-2-3", "next_rid": 1000, "groups": [], "users": [)";
    const std::string hash = R"("nt_hash": "00112233445566778899aabbccddeeff")";
    const auto user = [&](const std::string& name, const std::string& more) {
        return R"({"name": ")" + name + R"(", "full_name": "", )" + hash + R"(, "enabled": true, )" + more + "}";
    };
    const std::pair<std::string, const char*> cases[] = {
        {"[]", "not an object"},
        {R"({"version": 2, "machine_sid": "S-1-5-21-1-2-3", "next_rid": 1, "groups": [], "users": []})", "version 2"},
        {R"({"version": 1, "machine_sid": "S-1-5-32-1", "next_rid": 1, "groups": [], "users": []})", "machine_sid"},
        {R"({"version": 1, "machine_sid": "S-1-5-21-1-2-3", "next_rid": 1, "users": []})", "groups"},
        {head + R"({"name": "a", "nt_hash": "00", "rid": 1000, "enabled": true, "groups": []}]})", "32 hexadecimal"},
        {head + user("a", R"("rid": 500, "groups": [])") + "]}", "rid is reserved"},
        {head + user("a", R"("rid": 1000, "groups": ["Nobody"])") + "]}", "no group \\\"Nobody\\\""},
        {head + user("a", R"("rid": 1000, "groups": [], "shell": "")") + "]}", "unknown key \\\"shell\\\""},
        {head + user("a", R"("rid": 1000, "groups": [])") + "," + user("A", R"("rid": 1001, "groups": [])") + "]}", "occurs twice"},
        {head + user("a", R"("rid": 1000, "groups": [])") + "," + user("b", R"("rid": 1000, "groups": [])") + "]}", "taken"},
    };
    for (const auto& [text, wanted] : cases) {
        write(text);
        const auto file = AccountFile::open(path_);
        ASSERT_FALSE(file) << text;
        EXPECT_EQ(file.error().code(), Win32::invalid_data);
        std::string expected(wanted);
        std::erase(expected, '\\');
        EXPECT_NE(file.error().text().find(expected), std::string::npos) << file.error().text();
        EXPECT_EQ(file.error().text().find("0011223344"), std::string::npos);
    }
}

TEST_F(AccountFileTest, HandWrittenRidsAreNotHandedOutAgain) {
    write(R"({"version": 1, "machine_sid": "S-1-5-21-1-2-3", "next_rid": 7, "groups": [{"name": "g", "sid": "S-1-5-21-1-2-3-2000"}],
              "users": [{"name": "a", "nt_hash": "00112233445566778899AABBCCDDEEFF", "rid": 1500, "enabled": true, "groups": ["g"]}]})");
    const auto file = open();
    ASSERT_NE(file, nullptr);
    ASSERT_TRUE(file->add_user("b", "", "pw"));
    EXPECT_EQ(base::to_string(file->list_users()[1].sid), "S-1-5-21-1-2-3-2001");
}

TEST_F(AccountFileTest, ThreadsMayReadWhileOthersChange) {
    const auto file = open();
    ASSERT_TRUE(file->add_user("alice", "", "pw"));
    std::thread writer([&] {
        for (int i = 0; i < 20; ++i) EXPECT_TRUE(file->add_user("user" + std::to_string(i), "", "pw"));
    });
    std::thread other_writer([&] {
        for (int i = 0; i < 20; ++i) EXPECT_TRUE(file->set_password("alice", "pw"));
    });
    for (int i = 0; i < 200; ++i) EXPECT_TRUE(log_on(*file, u"alice", u"pw"));
    writer.join();
    other_writer.join();
    EXPECT_EQ(file->list_users().size(), 21U);
    EXPECT_EQ(open()->list_users().size(), 21U);
}

}  // namespace
}  // namespace server
