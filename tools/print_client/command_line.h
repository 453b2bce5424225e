// The options with which command line programs describe a session. Used by probe and bench.
#pragma once

#include "tools/print_client/session.h"

#include <CLI/CLI.hpp>

#include <map>

namespace print_client {

inline void add_session_options(CLI::App& app, SessionOptions& session) {
    static const std::map<std::string, wire::winspool::Via> kInterfaces = {{"par", wire::winspool::Via::par}, {"rprn", wire::winspool::Via::rprn}};
    static const std::map<std::string, std::uint8_t> kLevels = {{"none", 1}, {"connect", 2}, {"packet", 4}, {"integrity", 5}, {"privacy", 6}};
    static const std::map<std::string, std::uint8_t> kAuthTypes = {{"spnego", 9}, {"ntlm", 10}};
    static const std::map<std::string, dcerpc::OfferedSyntaxes> kSyntaxes = {{"ndr20", dcerpc::OfferedSyntaxes::ndr20},
                                                                            {"ndr64", dcerpc::OfferedSyntaxes::ndr64},
                                                                            {"both", dcerpc::OfferedSyntaxes::both}};
    app.add_option("--server", session.host, "name or address")->capture_default_str();
    app.add_option("--epm-port", session.epm_port, "port of the endpoint mapper")->capture_default_str();
    app.add_option("--rpc-port", session.rpc_port, "print port; asked from the mapper unless given");
    app.add_option("--user", session.user, "user name; none = anonymous");
    app.add_option("--password", session.password, "password; better in WINSPOOLD_PASSWORD")->envname("WINSPOOLD_PASSWORD");
    app.add_option("--interface", session.interface, "par or rprn")->transform(CLI::CheckedTransformer(kInterfaces));
    app.add_option("--level", session.auth_level, "none, connect, packet, integrity, privacy")->transform(CLI::CheckedTransformer(kLevels));
    app.add_option("--auth", session.auth_type, "spnego or ntlm")->transform(CLI::CheckedTransformer(kAuthTypes));
    app.add_option("--syntax", session.syntaxes, "ndr20, ndr64 or both")->transform(CLI::CheckedTransformer(kSyntaxes));
}

}  // namespace print_client
