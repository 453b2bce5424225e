// Logging front: key=value text lines. spdlog stays behind it (in log.cpp), so that headers stay light.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

namespace base::log {

enum class Level : std::uint8_t { trace, debug, info, warning, error, critical, off };

// One `key=value`; values with spaces, quotes or control characters are quoted and escaped (no log injection).
struct Field {
    std::string_view key;
    std::string value;
    Field(std::string_view k, std::string v) : key(k), value(std::move(v)) {}
    Field(std::string_view k, std::string_view v) : key(k), value(v) {}
    Field(std::string_view k, const char* v) : key(k), value(v) {}
    Field(std::string_view k, std::uint64_t v) : key(k), value(std::to_string(v)) {}
    Field(std::string_view k, std::int64_t v) : key(k), value(std::to_string(v)) {}
    Field(std::string_view k, std::uint32_t v) : key(k), value(std::to_string(v)) {}
    Field(std::string_view k, int v) : key(k), value(std::to_string(v)) {}
    Field(std::string_view k, bool v) : key(k), value(v ? "true" : "false") {}
};

// `value` as it stands in a log line: bare when it is a plain word, otherwise quoted with escapes. No control character, no
// line separator and no direction override of Unicode survives; invalid UTF-8 becomes U+FFFD.
[[nodiscard]] std::string quoted(std::string_view value);
// "key=value key=value": for building the prefix of write_in().
[[nodiscard]] std::string format_fields(std::initializer_list<Field> fields);

// Where and how much. Call once at start and again on reload; an empty path means standard error.
// A file that cannot be opened leaves standard error in use and says so there.
void configure(const std::string& path, Level level);
// Reopens the file (log rotation).
void reopen();
void flush();
[[nodiscard]] bool enabled(Level level);
[[nodiscard]] Level parse_level(std::string_view text, Level otherwise);   // "trace" … "critical", "off"
[[nodiscard]] std::string_view level_name(Level level);

void write(Level level, std::string_view message, std::initializer_list<Field> fields = {});
// `prefix` is a ready-made "connection=… call=… operation=… user=…" of the call in progress; it follows the message.
void write_in(Level level, std::string_view prefix, std::string_view message, std::initializer_list<Field> fields = {});

inline void debug(std::string_view message, std::initializer_list<Field> fields = {}) { write(Level::debug, message, fields); }
inline void info(std::string_view message, std::initializer_list<Field> fields = {}) { write(Level::info, message, fields); }
inline void warning(std::string_view message, std::initializer_list<Field> fields = {}) { write(Level::warning, message, fields); }
inline void error(std::string_view message, std::initializer_list<Field> fields = {}) { write(Level::error, message, fields); }

}  // namespace base::log

// A state that no input can reach. Logs and aborts: the supervisor restarts the daemon, which recovers from disk.
#define WSP_CHECK(condition)                                                                 \
    do {                                                                                     \
        if (!(condition)) ::base::check_failed(#condition, __FILE__, __LINE__);              \
    } while (false)

namespace base {
[[noreturn]] void check_failed(const char* condition, const char* file, int line);
}
