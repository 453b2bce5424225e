// libFuzzer target: the configuration file. What is refused says where; what is accepted can be compared with the defaults.
#include "server/config.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const server::Config defaults;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto config = server::parse_config(text, "fuzz.json");
    if (!config) {
        if (!config.error().text().starts_with("fuzz.json:")) std::abort();
        return 0;
    }
    (void)server::changes_needing_restart(defaults, *config);
    return 0;
}
