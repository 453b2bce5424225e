// Printer data in the database: tables printer_key and printer_value.
#pragma once

#include "spooler/store.h"
#include "storage/row_codec.h"

namespace storage {

class PrinterDataRows {
 public:
    static Result<PrinterDataRows> prepare(Database& database);
    Result<void> put(const spooler::PrinterDataPut& change);
    Result<void> remove(const spooler::PrinterDataDelete& change);
    // Parents before the keys below them.
    static Result<std::vector<spooler::PrinterKey>> load(Database& database, SharedValues& shared);

 private:
    Result<void> set_change_id(spooler::PrinterId printer, std::uint32_t change_id);
    Statement put_key_, put_value_, remove_value_, remove_keys_, change_id_;
};

}  // namespace storage
