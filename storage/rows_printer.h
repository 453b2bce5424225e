// Printers in the database: PrinterRecord ⇄ table printer.
#pragma once

#include "spooler/model/printer.h"
#include "storage/row_codec.h"

namespace storage {

class PrinterRows {
 public:
    static Result<PrinterRows> prepare(Database& database);
    Result<void> put(const spooler::PrinterRecord& record);
    Result<void> remove(spooler::PrinterId id);                    // with its jobs and forms
    static Result<std::vector<spooler::PrinterRecord>> load(Database& database, SharedValues& shared);

 private:
    Statement put_, remove_, remove_forms_;
};

}  // namespace storage
