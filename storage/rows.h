// All row families together: applies one change to the database, reads everything back. Used by sqlite_store on one thread.
#pragma once

#include "spooler/store.h"
#include "storage/rows_connection.h"
#include "storage/rows_driver.h"
#include "storage/rows_form.h"
#include "storage/rows_job.h"
#include "storage/rows_package.h"
#include "storage/rows_port.h"
#include "storage/rows_printer.h"
#include "storage/rows_printer_data.h"

namespace storage {

class Rows {
 public:
    static Result<Rows> prepare(Database& database);
    // Inside a transaction of the caller's.
    Result<void> apply(const spooler::Change& change);
    static Result<spooler::Snapshot> load(Database& database);

 private:
    struct Apply;
    PrinterRows printers_;
    JobRows jobs_;
    FormRows forms_;
    PortRows ports_;
    DriverRows drivers_;
    PrinterDataRows printer_data_;
    ConnectionRows connections_;
    PackageRows packages_;
    Statement put_value_, put_counter_;
};

}  // namespace storage
