// libFuzzer target: the grammar of printer and server names. Beyond memory safety: what is understood as a printer can be said again.
#include "spooler/model/names.h"

#include "base/utf.h"

#include <cstdlib>

namespace {

void demand(bool holds) {
    if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const spooler::ServerNames names("PRINTSRV", "printsrv.example.com", {"alias", "192.0.2.7"});
    const std::string_view raw(reinterpret_cast<const char*>(data), size);
    // Names come from UTF-16; here both what that can give and what it cannot.
    const std::string clean = base::to_utf8(base::to_utf16(raw));
    for (const std::string_view text : {raw, std::string_view(clean)}) {
        const auto parsed = spooler::parse_name(text, names);
        if (parsed) {
            demand(parsed->server.empty() || names.is_own(parsed->server));
            demand(parsed->kind != spooler::NameKind::server || parsed->object.empty());
            if (parsed->kind == spooler::NameKind::printer) {
                const auto again = spooler::parse_name(spooler::full_name(parsed->server, parsed->object), names);
                demand(again && *again == *parsed);
            }
        }
        const auto server = spooler::parse_server_argument(text, names);
        if (server) demand(server->empty() || names.is_own(*server));
        const std::string shorter = spooler::short_name(text, names);
        demand(shorter.size() <= text.size());
        (void)spooler::valid_printer_name(text);
        (void)names.is_own(text);
    }
    return 0;
}
