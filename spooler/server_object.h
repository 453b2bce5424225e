// Server-wide properties: names, operating system numbers, security descriptor, and the server's printer data (constants of
// GetPrinterData on a server handle).
#pragma once

#include "spooler/access.h"
#include "spooler/model/names.h"
#include "spooler/notify/event.h"
#include "spooler/store.h"
#include "spooler/versioned.h"

#include <map>

namespace spooler {

struct ServerSettings {
    std::string name = "WINSPOOLD";                                // NetBIOS-like, no backslashes
    std::string dns_name = "winspoold.localdomain";
    std::vector<std::string> aliases;
    std::string environment = "Windows x64";
    std::uint32_t os_major = 10, os_minor = 0, os_build = 20348;
    std::string spool_directory = "C:\\Windows\\system32\\spool\\PRINTERS";   // as clients see it
    std::uint32_t minimum_client_build = 0;                        // MS-PAR only: SPLCLIENT_INFO_1.dwBuildNum below this is access_denied; 0 = off
    bool domain_member = false;
};

// Thread-safe.
class ServerObject {
 public:
    // `version` counts its changes; see Spooler::version.
    ServerObject(Store& store, EventSink& events, const base::FileTime& started, ServerSettings settings, Version& version);
    void load(const std::vector<DataValue>& values);               // before anything else

    [[nodiscard]] const ServerSettings& settings() const { return settings_; }
    [[nodiscard]] const ServerNames& names() const { return names_; }
    [[nodiscard]] base::FileTime started() const { return started_; }
    // INFO_STRESS.dwGetVersion: byte 0 major, byte 1 minor, high word build; agrees with "OSVersion".
    [[nodiscard]] std::uint32_t version_word() const;
    [[nodiscard]] SecurityPtr security() const;
    base::Task<base::Result<void>> set_security(SecurityPtr security);

    // Server printer data [MS-RPRN] 2.2.3.11; names in any case. invalid_parameter when unknown.
    [[nodiscard]] base::Result<DataValue> value(std::string_view name) const;
    // All values, ordered by name.
    [[nodiscard]] std::vector<DataValue> values() const;
    // invalid_parameter unless the name is one of the writable values and type and size fit.
    base::Task<base::Result<void>> set_value(DataValue value);

 private:
    struct State {
        SecurityPtr security;
        std::map<std::string, DataValue> values;                   // folded name → value
    };
    Store& store_;
    EventSink& events_;
    base::FileTime started_;
    ServerSettings settings_;
    ServerNames names_;
    Versioned<State> state_;
};

}  // namespace spooler
