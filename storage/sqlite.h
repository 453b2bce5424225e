// Thin RAII over the SQLite C API: database, statement, transaction. Used by storage only. Not thread safe: one thread at a time.
// Errors become Win32 codes: full disk disk_full, held by another process sharing_violation, damaged file invalid_data,
// unreadable path path_not_found or access_denied, I/O error write_fault, a value that a constraint
// refuses invalid_parameter, everything else gen_failure.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace storage {

using base::ByteBuffer;
using base::ByteView;
using base::Error;
using base::Result;

// A prepared statement. Parameters and columns are numbered as in SQLite: parameters from 1, columns from 0.
class Statement {
 public:
    Statement() = default;
    Statement(sqlite3* database, sqlite3_stmt* statement) : database_(database), statement_(statement) {}

    // Values are copied. A failed bind (too large) shows as the error of the next step.
    Statement& bind(int index, std::int64_t value);
    Statement& bind(int index, std::string_view text);
    Statement& bind(int index, ByteView blob);
    Statement& bind_null(int index);
    // True when there is a row, false when the statement is done.
    Result<bool> step();
    // Runs to the end and makes the statement ready for the next use, also after an error.
    Result<void> run();
    void reset();

    [[nodiscard]] std::int64_t integer(int column) const;
    [[nodiscard]] std::string text(int column) const;
    [[nodiscard]] ByteBuffer blob(int column) const;
    [[nodiscard]] bool is_null(int column) const;

 private:
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const;
    };
    sqlite3* database_ = nullptr;
    std::unique_ptr<sqlite3_stmt, Finalize> statement_;
    int bind_error_ = 0;
};

class Database {
 public:
    Database() = default;
    // Creates the file (mode 0600) when it is missing.
    static Result<Database> open(const std::string& path);

    // One or more statements without results.
    Result<void> execute(const std::string& sql);
    Result<Statement> prepare(std::string_view sql);
    Result<std::int64_t> query_integer(std::string_view sql);
    [[nodiscard]] bool is_open() const { return handle_ != nullptr; }
    [[nodiscard]] sqlite3* handle() const { return handle_.get(); }
    void close() { handle_.reset(); }

 private:
    struct Close {
        void operator()(sqlite3* handle) const;
    };
    std::unique_ptr<sqlite3, Close> handle_;
};

// Rolls back when it dies before commit().
class Transaction {
 public:
    static Result<Transaction> begin(Database& database);
    Transaction(Transaction&& other) noexcept : database_(other.database_) { other.database_ = nullptr; }
    Transaction& operator=(Transaction&&) = delete;
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    ~Transaction();
    // After an error the transaction is rolled back.
    Result<void> commit();

 private:
    explicit Transaction(Database& database) : database_(&database) {}
    Database* database_;
};

// The error of the last call on `database`; `what` says what was being done.
[[nodiscard]] Error sqlite_error(sqlite3* database, int code, std::string_view what);

}  // namespace storage
