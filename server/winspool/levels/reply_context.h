// What the rows of one reply share: the server name that the client used (it is echoed in every name composed for him) and the facts of
// this machine. Kept alive by the rows, also in the size cache.
#pragma once

#include "base/bytes.h"
#include "server/winspool/levels/level_table.h"
#include "spooler/drivers.h"
#include "spooler/model/devmode.h"

#include <memory>
#include <string>
#include <vector>

namespace server {

// What PRINTER_INFO_STRESS says about the machine [MS-RPRN] 2.2.2.9.1.
struct MachineFacts {
    std::uint32_t get_version = 0;                                 // major, minor in the low bytes, build in the high half
    std::uint16_t processor_architecture = 9;                      // AMD64
    std::uint16_t processor_level = 1;
    std::uint32_t processor_type = 0x21D8;
    std::uint32_t processors = 1;
};

struct ReplyContext {
    std::string server;                                            // "\\srv" as the client wrote it, or empty
    std::string prefix;                                            // "\\srv\" or empty
    MachineFacts machine;
    std::shared_ptr<const base::ByteBuffer> default_devmode;       // of printers that store none; never null
    const spooler::Drivers* drivers = nullptr;                     // outlive every context; null: none is installed

    // What clients see of a DEVMODE: the stored one; else the default, but nothing (empty) where an installed driver knows better.
    [[nodiscard]] base::ByteView devmode(const spooler::DevModePtr& stored, std::string_view driver) const {
        if (stored) return *stored;
        return drivers != nullptr && drivers->owns_devmode(driver) ? base::ByteView() : base::ByteView(*default_devmode);
    }
};
using ReplyContextPtr = std::shared_ptr<const ReplyContext>;

// The rows of one reply with what they point at.
template <class Row>
struct Rows {
    ReplyContextPtr context;
    std::vector<Row> rows;
    std::uint64_t version = 0;                                     // spooler::Spooler::version() before they were made; 0: not known

    [[nodiscard]] std::span<const Row> span() const { return {rows.data(), rows.size()}; }
};

}  // namespace server
