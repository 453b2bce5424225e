#include "spooler/model/names.h"

#include "base/limits.h"
#include "base/utf.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <optional>

namespace spooler {
namespace {

constexpr std::array<std::string_view, 3> kPostfixes{"LocalOnly", "LocalsplOnly", "DrvConvert"};

base::Error bad_name() { return base::Error(base::Win32::invalid_printer_name); }

bool starts_with_any_case(std::string_view text, std::string_view word) {
    return text.size() >= word.size() && base::equal_names(text.substr(0, word.size()), word);
}

void trim_left(std::string_view& text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
}

// Cuts ",<postfix>…" off: the first comma that is followed by at most one space and a postfix word, spelled exactly.
std::string_view without_postfix(std::string_view text) {
    for (std::size_t at = text.find(','); at != std::string_view::npos; at = text.find(',', at + 1)) {
        std::string_view tail = text.substr(at + 1);
        if (!tail.empty() && tail.front() == ' ') tail.remove_prefix(1);
        for (const std::string_view word : kPostfixes) {
            if (tail.substr(0, word.size()) == word) return text.substr(0, at);
        }
    }
    return text;
}

bool is_address(std::string_view text) {
    if (text.size() > 2 && text.front() == '[' && text.back() == ']') text = text.substr(1, text.size() - 2);
    std::string plain(text.substr(0, text.find('%')));
    std::array<unsigned char, 16> bytes{};
    if (inet_pton(AF_INET, plain.c_str(), bytes.data()) == 1 || inet_pton(AF_INET6, plain.c_str(), bytes.data()) == 1) return true;
    constexpr std::string_view kSuffix = ".ipv6-literal.net";
    if (plain.size() <= kSuffix.size()) return false;
    const std::string_view end = std::string_view(plain).substr(plain.size() - kSuffix.size());
    if (!base::equal_names(end, kSuffix)) return false;
    plain.resize(plain.size() - kSuffix.size());
    plain.resize(std::min(plain.size(), plain.find_first_of("sS")));                 // "s" introduces the scope
    std::replace(plain.begin(), plain.end(), '-', ':');
    return inet_pton(AF_INET6, plain.c_str(), bytes.data()) == 1;
}

std::string_view without_backslashes(std::string_view text) {
    if (text.substr(0, 2) == "\\\\") text.remove_prefix(2);
    return text;
}

std::optional<std::string> percent_decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        unsigned value = 0;
        if (i + 2 >= text.size() || std::from_chars(text.data() + i + 1, text.data() + i + 3, value, 16).ptr != text.data() + i + 3 ||
            value == 0) {
            return std::nullopt;
        }
        out += static_cast<char>(value);
        i += 2;
    }
    return out;
}

// The host of an URL authority: without port; an IPv6 literal keeps its brackets.
std::string_view host_of(std::string_view authority) {
    if (!authority.empty() && authority.front() == '[') return authority.substr(0, std::min(authority.find(']'), authority.size() - 1) + 1);
    return authority.substr(0, authority.find(':'));
}

base::Result<ParsedName> parse_url(std::string_view rest, const ServerNames& names) {
    constexpr std::string_view kPath = "/printers/", kEnd = "/.printer";
    const std::size_t slash = rest.find('/');
    if (slash == std::string_view::npos) return bad_name();
    const std::string_view host = host_of(rest.substr(0, slash));
    rest.remove_prefix(slash);
    if (!names.is_own(host) || !starts_with_any_case(rest, kPath) || rest.size() <= kPath.size() + kEnd.size()) return bad_name();
    if (!base::equal_names(rest.substr(rest.size() - kEnd.size()), kEnd)) return bad_name();
    rest.remove_prefix(kPath.size());
    rest.remove_suffix(kEnd.size());
    std::optional<std::string> printer = percent_decoded(rest);
    if (!printer || !valid_printer_name(*printer)) return bad_name();
    return ParsedName{NameKind::printer, "\\\\" + std::string(host), std::move(*printer), 0};
}

// ",XcvPort <port>" and ",XcvMonitor <monitor>", the comma taken off.
base::Result<ParsedName> parse_xcv(std::string_view text, std::string server) {
    const bool port = starts_with_any_case(text, "XcvPort ");
    if (!port && !starts_with_any_case(text, "XcvMonitor ")) return bad_name();
    text.remove_prefix(text.find(' '));
    trim_left(text);
    if (text.empty()) return bad_name();
    return ParsedName{port ? NameKind::xcv_port : NameKind::xcv_monitor, std::move(server), std::string(text), 0};
}

// What follows the first comma of "name, Job 12" and "name, Port".
base::Result<ParsedName> parse_suffix(std::string_view head, std::string_view tail, std::string server) {
    trim_left(tail);
    if (base::equal_names(tail, "Port")) return ParsedName{NameKind::port, std::move(server), std::string(head), 0};
    if (!starts_with_any_case(tail, "Job ")) return bad_name();
    tail.remove_prefix(4);
    trim_left(tail);
    std::uint32_t id = 0;
    const auto [end, error] = std::from_chars(tail.data(), tail.data() + tail.size(), id);
    if (tail.empty() || error != std::errc() || end != tail.data() + tail.size() || id == 0 || id > 0x80000000U) return bad_name();
    return ParsedName{NameKind::job, std::move(server), std::string(head), id};
}

base::Result<ParsedName> parse_local(std::string_view text, std::string server) {
    if (!text.empty() && text.front() == ',') return parse_xcv(text.substr(1), std::move(server));
    const std::size_t comma = text.find(',');
    const std::string_view head = text.substr(0, comma);
    if (!valid_printer_name(head)) return bad_name();
    if (comma == std::string_view::npos) return ParsedName{NameKind::printer, std::move(server), std::string(head), 0};
    return parse_suffix(head, text.substr(comma + 1), std::move(server));
}

}  // namespace

ServerNames::ServerNames(std::string name, std::string dns_name, const std::vector<std::string>& aliases)
    : name_(std::move(name)), dns_name_(std::move(dns_name)) {
    const auto add = [this](std::string_view text) {
        if (!text.empty()) folded_.insert(base::fold_utf8(text));
    };
    add("localhost");
    add(name_);
    add(dns_name_);
    add(std::string_view(dns_name_).substr(0, dns_name_.find('.')));
    for (const std::string& alias : aliases) add(without_backslashes(alias));
}

bool ServerNames::is_name(std::string_view server) const {
    server = without_backslashes(server);
    if (!server.empty() && server.back() == '.') server.remove_suffix(1);
    if (server.empty() || server.size() > base::limits::kMaxServerNameChars) return false;
    return folded_.count(base::fold_utf8(server)) != 0;
}

bool ServerNames::is_own(std::string_view server) const {
    if (is_name(server)) return true;
    server = without_backslashes(server);
    if (!server.empty() && server.back() == '.') server.remove_suffix(1);
    return server.size() <= base::limits::kMaxServerNameChars && is_address(server);
}

base::Result<ParsedName> parse_name(std::string_view text, const ServerNames& names) {
    if (text.empty() || text.size() > 4 * base::limits::kMaxPrinterNameChars || text.find('\0') != std::string_view::npos) return bad_name();
    text = without_postfix(text);
    for (const std::string_view scheme : {std::string_view("http://"), std::string_view("https://")}) {
        if (starts_with_any_case(text, scheme)) return parse_url(text.substr(scheme.size()), names);
    }
    if (text.substr(0, 2) != "\\\\") return parse_local(text, {});
    const std::size_t end = text.find('\\', 2);
    const std::string_view server = text.substr(0, end);
    if (!names.is_own(server.substr(2))) return bad_name();
    if (end == std::string_view::npos) return ParsedName{NameKind::server, std::string(server), {}, 0};
    return parse_local(text.substr(end + 1), std::string(server));
}

base::Result<std::string> parse_server_argument(std::string_view text, const ServerNames& names) {
    if (text.empty()) return std::string();
    if (!names.is_own(text)) return base::Error(base::Win32::invalid_name, "name of another server");
    return "\\\\" + std::string(without_backslashes(text));
}

std::string full_name(std::string_view server, std::string_view name) {
    if (server.empty()) return std::string(name);
    std::string text(server);
    text += '\\';
    text += name;
    return text;
}

std::string short_name(std::string_view name, const ServerNames& names) {
    if (name.substr(0, 2) != "\\\\") return std::string(name);
    const std::size_t end = name.find('\\', 2);
    if (end == std::string_view::npos || !names.is_own(name.substr(0, end))) return std::string(name);
    return std::string(name.substr(end + 1));
}

bool valid_printer_name(std::string_view name) {
    if (name.empty() || name.front() == ' ' || name.back() == ' ') return false;
    if (name.find_first_of(",\\!") != std::string_view::npos) return false;
    if (std::any_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; })) return false;
    return base::to_utf16(name).size() <= 220;
}

}  // namespace spooler
