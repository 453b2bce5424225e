#include "base/log.h"

#include "base/printable.h"
#include "base/utf.h"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <mutex>

namespace base::log {
namespace {

constexpr std::array<std::string_view, 7> kLevelNames = {"trace", "debug", "info", "warning", "error", "critical", "off"};

// The one process-wide object of the server: logging must work before anything is built and after everything is gone.
struct Output {
    std::mutex mutex;                                              // guards the two below, never held while writing
    std::shared_ptr<spdlog::logger> logger;
    std::string path;
    std::atomic<Level> level{Level::info};
};

// Never destroyed: threads that end late may still log.
Output& output() {
    static auto* const instance = new Output;                      // NOLINT: lives as long as the process
    return *instance;
}

std::unique_ptr<spdlog::formatter> line_formatter() {
    return std::make_unique<spdlog::pattern_formatter>("time=%Y-%m-%dT%H:%M:%S.%eZ %v", spdlog::pattern_time_type::utc);
}

std::shared_ptr<spdlog::logger> make_logger(spdlog::sink_ptr sink) {
    auto logger = std::make_shared<spdlog::logger>("winspoold", std::move(sink));
    logger->set_formatter(line_formatter());
    logger->set_level(spdlog::level::trace);                       // our own level decides, before anything is formatted
    logger->flush_on(spdlog::level::info);                         // what an operator watches appears at once
    return logger;
}

std::shared_ptr<spdlog::logger> make_stderr_logger() { return make_logger(std::make_shared<spdlog::sinks::stderr_sink_mt>()); }

// The logger for `path`; standard error, with a complaint, when the file cannot be opened.
std::shared_ptr<spdlog::logger> open_logger(const std::string& path) {
    if (path.empty()) return make_stderr_logger();
    try {
        return make_logger(std::make_shared<spdlog::sinks::basic_file_sink_mt>(path));
    } catch (const std::exception& caught) {
        auto logger = make_stderr_logger();
        logger->log(spdlog::level::err, spdlog::string_view_t("level=error message=\"cannot open the log file\" path=" + quoted(path) +
                                                              " reason=" + quoted(caught.what())));
        return logger;
    }
}

std::shared_ptr<spdlog::logger> current_logger() {
    Output& out = output();
    const std::scoped_lock lock(out.mutex);
    if (!out.logger) out.logger = make_stderr_logger();
    return out.logger;
}

spdlog::level::level_enum to_spdlog(Level level) { return static_cast<spdlog::level::level_enum>(level); }
static_assert(static_cast<int>(Level::off) == static_cast<int>(spdlog::level::off));

bool is_plain(std::string_view value) {
    if (value.empty()) return false;
    for (const char c : value) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte <= 0x20 || byte >= 0x7F || c == '"' || c == '=' || c == '\\') return false;
    }
    return true;
}

// Inside quotes.
void append_quoted(std::u16string& out, char16_t c) {
    if (is_unprintable(c)) {
        append_escaped(out, c);
        return;
    }
    if (c == u'"' || c == u'\\') out.push_back(u'\\');
    out.push_back(c);
}

// A prefix is trusted to be key=value pairs, but not to be free of control characters.
void append_prefix(std::string& line, std::string_view prefix) {
    line.push_back(' ');
    for (const char c : prefix) line.push_back(static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? '?' : c);
}

void append_field(std::string& line, const Field& field) {
    if (!line.empty()) line.push_back(' ');
    line.append(field.key);
    line.push_back('=');
    line.append(quoted(field.value));
}

}  // namespace

std::string quoted(std::string_view value) {
    if (is_plain(value)) return std::string(value);
    std::u16string out = u"\"";
    for (const char16_t c : to_utf16(value)) append_quoted(out, c);
    out.push_back(u'"');
    return to_utf8(out);
}

std::string format_fields(std::initializer_list<Field> fields) {
    std::string line;
    for (const Field& field : fields) append_field(line, field);
    return line;
}

void configure(const std::string& path, Level level) {
    auto logger = open_logger(path);
    Output& out = output();
    out.level.store(level, std::memory_order_relaxed);
    const std::scoped_lock lock(out.mutex);
    out.logger = std::move(logger);
    out.path = path;
}

void reopen() {
    Output& out = output();
    std::string path;
    {
        const std::scoped_lock lock(out.mutex);
        path = out.path;
    }
    if (!path.empty()) configure(path, out.level.load(std::memory_order_relaxed));
}

void flush() { current_logger()->flush(); }

bool enabled(Level level) { return level != Level::off && level >= output().level.load(std::memory_order_relaxed); }

Level parse_level(std::string_view text, Level otherwise) {
    for (std::size_t i = 0; i < kLevelNames.size(); ++i) {
        if (kLevelNames[i] == text) return static_cast<Level>(i);
    }
    return otherwise;
}

std::string_view level_name(Level level) {
    const auto index = static_cast<std::size_t>(level);
    return index < kLevelNames.size() ? kLevelNames[index] : std::string_view("unknown");
}

void write(Level level, std::string_view message, std::initializer_list<Field> fields) { write_in(level, {}, message, fields); }

void write_in(Level level, std::string_view prefix, std::string_view message, std::initializer_list<Field> fields) {
    if (!enabled(level)) return;
    std::string line = "level=";
    line.append(level_name(level));
    line.append(" message=").append(quoted(message));
    if (!prefix.empty()) append_prefix(line, prefix);
    for (const Field& field : fields) append_field(line, field);
    current_logger()->log(to_spdlog(level), spdlog::string_view_t(line));
}

}  // namespace base::log

namespace base {

void check_failed(const char* condition, const char* file, int line) {
    const std::string at = std::string(file) + ":" + std::to_string(line);
    log::write(log::Level::critical, "internal check failed", {{"condition", condition}, {"at", at}});
    log::flush();
    std::abort();
}

}  // namespace base
