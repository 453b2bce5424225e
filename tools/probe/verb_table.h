// What probe knows of the operations beyond their parameters: under which names people call them, which parameter is the buffer of the
// reply and what is in it. Every operation is a verb even without an entry.
#pragma once

#include "tools/print_client/json_call.h"

#include <span>
#include <string>
#include <string_view>

namespace probe {

// A reply buffer of the size that the client states; asked for with size 0 first, as Windows does.
struct ReplyBuffer {
    const char* name = nullptr;  // null: the operation has none
    const char* size = "cbBuf";
    const char* needed = "pcbNeeded";
    print_client::Block block = print_client::Block::none;
    bool sent = true;  // [in, out]: a buffer of that size goes to the server
};

// What a handle that probe opens by itself is asked for.
enum class Need { use, read, administer };

struct Verb {
    std::string_view name;
    std::string_view operation;
    ReplyBuffer reply;
    const char* container = nullptr;  // the parameter that "info" goes to
    std::uint32_t level = 0;          // of reply or container, unless stated
    Need need = Need::use;
    const char* defaults = nullptr;  // parameters as JSON
    std::string_view purpose;
};

[[nodiscard]] std::span<const Verb> verb_table();
// In any case. Operations without an entry make one of their own; nothing when neither is known.
[[nodiscard]] std::optional<Verb> find_verb(std::string_view name);

// The functions of win32print that take several operations, or none of a print server's.
enum class Special { none, add_connection, delete_connection, document_properties, device_capabilities, client_only };
[[nodiscard]] Special find_special(std::string_view name);

// All verbs with their parameters, or one of them.
[[nodiscard]] std::string verbs_help();
[[nodiscard]] std::string verb_help(std::string_view name);

}  // namespace probe
