#include "storage/sqlite.h"

#include "tests/unit/storage/temporary_directory.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sys/stat.h>

namespace storage {
namespace {

using base::Win32;

class SqliteTest : public testing::Test {
 protected:
    void SetUp() override {
        Result<Database> opened = Database::open(directory_.path("test.db"));
        ASSERT_TRUE(opened) << opened.error().text();
        database_ = std::move(opened).value();
        ASSERT_TRUE(database_.execute("CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT NOT NULL, c BLOB) STRICT"));
    }
    TemporaryDirectory directory_;
    Database database_;
};

TEST_F(SqliteTest, ValuesComeBackAsTheyWent) {
    Result<Statement> insert = database_.prepare("INSERT INTO t VALUES(?,?,?)");
    ASSERT_TRUE(insert);
    const ByteBuffer blob = {std::byte{0}, std::byte{255}, std::byte{0}};
    ASSERT_TRUE(insert->bind(1, std::int64_t{-5}).bind(2, std::string_view("a\0b", 3)).bind(3, ByteView(blob)).run());
    ASSERT_TRUE(insert->bind(1, std::int64_t{6}).bind(2, std::string_view()).bind_null(3).run());

    Result<Statement> select = database_.prepare("SELECT a,b,c FROM t ORDER BY a");
    ASSERT_TRUE(select);
    ASSERT_TRUE(select->step().value_or(false));
    EXPECT_EQ(select->integer(0), -5);
    EXPECT_EQ(select->text(1), std::string("a\0b", 3));
    EXPECT_EQ(select->blob(2), blob);
    ASSERT_TRUE(select->step().value_or(false));
    EXPECT_EQ(select->text(1), "");
    EXPECT_TRUE(select->is_null(2));
    EXPECT_FALSE(select->step().value_or(true));
}

TEST_F(SqliteTest, FailedStatementCanBeUsedAgain) {
    Result<Statement> insert = database_.prepare("INSERT INTO t(a,b) VALUES(?,?)");
    ASSERT_TRUE(insert);
    ASSERT_TRUE(insert->bind(1, std::int64_t{1}).bind(2, std::string_view("x")).run());
    EXPECT_FALSE(insert->bind(1, std::int64_t{1}).bind(2, std::string_view("x")).run());
    EXPECT_TRUE(insert->bind(1, std::int64_t{2}).bind(2, std::string_view("y")).run());
    EXPECT_EQ(database_.query_integer("SELECT count(*) FROM t").value_or(0), 2);
}

TEST_F(SqliteTest, TransactionRollsBackUnlessCommitted) {
    {
        Result<Transaction> transaction = Transaction::begin(database_);
        ASSERT_TRUE(transaction);
        ASSERT_TRUE(database_.execute("INSERT INTO t(a,b) VALUES(1,'x')"));
    }
    EXPECT_EQ(database_.query_integer("SELECT count(*) FROM t").value_or(-1), 0);
    {
        Result<Transaction> transaction = Transaction::begin(database_);
        ASSERT_TRUE(transaction);
        ASSERT_TRUE(database_.execute("INSERT INTO t(a,b) VALUES(1,'x')"));
        EXPECT_TRUE(transaction->commit());
    }
    EXPECT_EQ(database_.query_integer("SELECT count(*) FROM t").value_or(-1), 1);
}

TEST_F(SqliteTest, FullDatabaseIsDiskFull) {
    ASSERT_TRUE(database_.execute("PRAGMA max_page_count=3"));
    const ByteBuffer big(100'000);
    Result<Statement> insert = database_.prepare("INSERT INTO t(b,c) VALUES('x',?)");
    ASSERT_TRUE(insert);
    EXPECT_EQ(base::code_of(insert->bind(1, ByteView(big)).run()), Win32::disk_full);
}

TEST(Sqlite, NewFileIsPrivate) {
    const TemporaryDirectory directory;
    ASSERT_TRUE(Database::open(directory.path("p.db")));
    struct stat status {};
    ASSERT_EQ(::stat(directory.path("p.db").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST(Sqlite, ForeignFileIsInvalidData) {
    const TemporaryDirectory directory;
    std::ofstream(directory.path("x.db")) << std::string(8192, 'x');
    Result<Database> opened = Database::open(directory.path("x.db"));
    ASSERT_TRUE(opened);
    EXPECT_EQ(base::code_of(opened->query_integer("SELECT count(*) FROM sqlite_master")), Win32::invalid_data);
}

TEST(Sqlite, MissingDirectoryIsPathNotFound) {
    EXPECT_EQ(base::code_of(Database::open("/nonexistent-directory/x.db")), Win32::path_not_found);
}

TEST(Sqlite, SyntaxErrorNamesTheStatement) {
    const TemporaryDirectory directory;
    Result<Database> opened = Database::open(directory.path("s.db"));
    ASSERT_TRUE(opened);
    const Result<Statement> statement = opened->prepare("SELEKT 1");
    ASSERT_FALSE(statement);
    EXPECT_NE(statement.error().text().find("SELEKT"), std::string::npos);
}

}  // namespace
}  // namespace storage
