#include "storage/sqlite.h"

#include "storage/posix_file.h"

#include <sqlite3.h>

#include <cerrno>
#include <filesystem>
#include <fcntl.h>
#include <unistd.h>

namespace storage {

namespace {

constexpr std::size_t kShownSqlChars = 80;                         // of a statement in an error text

base::Win32 win32_from_sqlite(sqlite3* database, int code) {
    switch (code & 0xFF) {
        case SQLITE_FULL: return base::Win32::disk_full;
        case SQLITE_BUSY:
        case SQLITE_LOCKED: return base::Win32::sharing_violation;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB: return base::Win32::invalid_data;
        case SQLITE_CANTOPEN: return base::Win32::path_not_found;
        case SQLITE_PERM:
        case SQLITE_READONLY:
        case SQLITE_AUTH: return base::Win32::access_denied;
        case SQLITE_NOMEM: return base::Win32::not_enough_memory;
        case SQLITE_CONSTRAINT:
        case SQLITE_MISMATCH:
        case SQLITE_TOOBIG: return base::Win32::invalid_parameter;
        case SQLITE_IOERR:
            // SQLite reports a full disk as an I/O error when the failing call is not a plain write.
            if (database != nullptr && sqlite3_system_errno(database) == ENOSPC) return base::Win32::disk_full;
            return base::Win32::write_fault;
        default: return base::Win32::gen_failure;
    }
}

}  // namespace

Error sqlite_error(sqlite3* database, int code, std::string_view what) {
    std::string text(what);
    text += ": ";
    text += database != nullptr ? sqlite3_errmsg(database) : sqlite3_errstr(code);
    text += " (sqlite ";
    text += std::to_string(code);
    text += ')';
    return Error(win32_from_sqlite(database, code), std::move(text));
}

void Statement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

Statement& Statement::bind(int index, std::int64_t value) {
    const int code = sqlite3_bind_int64(statement_.get(), index, value);
    if (code != SQLITE_OK) bind_error_ = code;
    return *this;
}

Statement& Statement::bind(int index, std::string_view text) {
    // A null pointer would bind NULL; an empty view may carry one.
    const char* data = text.data() != nullptr ? text.data() : "";
    const int code = sqlite3_bind_text64(statement_.get(), index, data, text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    if (code != SQLITE_OK) bind_error_ = code;
    return *this;
}

Statement& Statement::bind(int index, ByteView blob) {
    const void* data = blob.data() != nullptr ? static_cast<const void*>(blob.data()) : "";
    const int code = sqlite3_bind_blob64(statement_.get(), index, data, blob.size(), SQLITE_TRANSIENT);
    if (code != SQLITE_OK) bind_error_ = code;
    return *this;
}

Statement& Statement::bind_null(int index) {
    const int code = sqlite3_bind_null(statement_.get(), index);
    if (code != SQLITE_OK) bind_error_ = code;
    return *this;
}

Result<bool> Statement::step() {
    if (bind_error_ != SQLITE_OK) return sqlite_error(nullptr, bind_error_, "bind");
    const int code = sqlite3_step(statement_.get());
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    return sqlite_error(database_, code, std::string_view(sqlite3_sql(statement_.get())).substr(0, kShownSqlChars));
}

Result<void> Statement::run() {
    for (;;) {
        Result<bool> row = step();
        if (!row) {
            Error error = std::move(row).error();
            reset();
            return error;
        }
        if (!*row) break;
    }
    reset();
    return {};
}

void Statement::reset() {
    sqlite3_reset(statement_.get());
    sqlite3_clear_bindings(statement_.get());
    bind_error_ = 0;
}

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_.get(), column); }

std::string Statement::text(int column) const {
    const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
    if (data == nullptr) return {};
    return std::string(data, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column)));
}

ByteBuffer Statement::blob(int column) const {
    const auto* data = static_cast<const std::byte*>(sqlite3_column_blob(statement_.get(), column));
    if (data == nullptr) return {};
    return ByteBuffer(data, data + sqlite3_column_bytes(statement_.get(), column));
}

bool Statement::is_null(int column) const { return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL; }

void Database::Close::operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }

Result<Database> Database::open(const std::string& path) {
    // SQLite would create the file with the process's umask; the print server's state is nobody else's business. Only a new file is
    // ever opened here: closing any descriptor of an existing one would drop the POSIX locks that this process holds on it.
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor >= 0) {
        ::close(descriptor);
        // SQLite syncs the directory for its journals, not for a database that it found already there.
        const std::string parent = std::filesystem::path(path).parent_path().string();
        TRY(const FileDescriptor directory, open_directory(parent.empty() ? "." : parent));
        TRY_VOID(sync_all(directory.number(), parent));
    } else if (errno != EEXIST) {
        const base::Win32 reason = errno == EACCES || errno == EPERM || errno == EROFS ? base::Win32::access_denied : base::Win32::path_not_found;
        return Error(reason, "cannot create database " + path + ": errno " + std::to_string(errno));
    }

    sqlite3* raw = nullptr;
    const int code = sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
    Database database;
    database.handle_.reset(raw);
    if (code != SQLITE_OK) return sqlite_error(raw, code, "cannot open database " + path);
    return database;
}

Result<void> Database::execute(const std::string& sql) {
    const int code = sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return sqlite_error(handle_.get(), code, sql.substr(0, kShownSqlChars));
    return {};
}

Result<Statement> Database::prepare(std::string_view sql) {
    sqlite3_stmt* raw = nullptr;
    const int code = sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
    if (code != SQLITE_OK) return sqlite_error(handle_.get(), code, sql);
    return Statement(handle_.get(), raw);
}

Result<std::int64_t> Database::query_integer(std::string_view sql) {
    TRY(Statement statement, prepare(sql));
    TRY(const bool row, statement.step());
    if (!row) return Error(base::Win32::no_more_items, std::string(sql) + ": no row");
    return statement.integer(0);
}

Result<Transaction> Transaction::begin(Database& database) {
    TRY_VOID(database.execute("BEGIN IMMEDIATE"));
    return Transaction(database);
}

Transaction::~Transaction() {
    if (database_ == nullptr) return;
    // After some errors SQLite has rolled back by itself; then there is nothing to undo and the answer does not matter.
    if (sqlite3_get_autocommit(database_->handle()) == 0) (void)database_->execute("ROLLBACK");
}

Result<void> Transaction::commit() {
    Result<void> done = database_->execute("COMMIT");
    if (!done && sqlite3_get_autocommit(database_->handle()) == 0) (void)database_->execute("ROLLBACK");
    database_ = nullptr;
    return done;
}

}  // namespace storage
