// The printer-name grammar [MS-RPRN] 2.2.4.14 as OpenPrinter understands it, and which server names are ours.
#pragma once

#include "base/guarded.h"
#include "base/result.h"
#include "spooler/model/ids.h"

#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace spooler {

enum class NameKind : std::uint8_t { server, printer, job, port, xcv_port, xcv_monitor };

struct ParsedName {
    NameKind kind = NameKind::server;
    std::string server;                                            // as the client wrote it, with the backslashes ("\\srv"); empty: none
    std::string object;                                            // printer, port or monitor name; empty for the server
    JobId job = 0;
    bool operator==(const ParsedName&) const = default;
};

// The names that mean this server. Immutable after construction; share it.
class ServerNames {
 public:
    // `name` is the NetBIOS-like name, `dns_name` the full one, `aliases` more names or address literals.
    // "localhost" always belongs to it. Every IPv4 or IPv6 literal is accepted: whoever reached us by an address means us.
    ServerNames(std::string name, std::string dns_name, const std::vector<std::string>& aliases);

    // With or without leading backslashes, any case, one trailing dot ignored; also 2001-db8--1.ipv6-literal.net.
    [[nodiscard]] bool is_own(std::string_view server) const;
    // One of the names and aliases: as is_own, but of addresses only those that the configuration lists.
    [[nodiscard]] bool is_name(std::string_view server) const;
    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] const std::string& dns_name() const { return dns_name_; }

 private:
    std::string name_;
    std::string dns_name_;
    std::unordered_set<std::string> folded_;
};

// `text` is UTF-8 as sent. Unknown servers and everything outside the grammar: invalid_printer_name. Whether the printer, job,
// port or monitor exists is the caller's question. "http://host[:port]/printers/<name>/.printer" reads as printer <name>.
[[nodiscard]] base::Result<ParsedName> parse_name(std::string_view text, const ServerNames& names);

// The server argument of operations without a handle (pName): empty or our own name, with or without backslashes.
// Returns what to echo ("" or "\\srv"); invalid_name for another server's name.
[[nodiscard]] base::Result<std::string> parse_server_argument(std::string_view text, const ServerNames& names);

// "\\srv\name" when `server` is not empty, else `name`.
[[nodiscard]] std::string full_name(std::string_view server, std::string_view name);
// Takes our own server prefix off a printer name given to SetPrinter or AddPrinter; other text stays as it is.
[[nodiscard]] std::string short_name(std::string_view name, const ServerNames& names);
// No comma, no backslash, no '!' and no control character, not empty, no blank at either end, at most 220 characters.
[[nodiscard]] bool valid_printer_name(std::string_view name);

}  // namespace spooler
