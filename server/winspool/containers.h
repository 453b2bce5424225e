// *_CONTAINER structures of the wire ⇄ values of the spooler. No access checks and no look-ups here: only lengths and shapes.
#pragma once

#include "server/winspool/validate.h"
#include "spooler/model/form.h"
#include "spooler/model/job.h"
#include "spooler/model/printer.h"

namespace server {

// PRINTER_INFO_2 of AddPrinter. Names lose our server prefix. invalid_printer_name for an unusable printer name;
// invalid_parameter for texts that are too long.
[[nodiscard]] base::Result<spooler::NewPrinter> new_printer_from(const op::PRINTER_INFO_2& info, const spooler::ServerNames& names);

// SetPrinter levels 2, 4 and 5. Level 2 without driver: unknown_printer_driver; levels 4 and 5 without a name: invalid_parameter.
// Levels 2 and 5 without a port give an empty list, which the catalog refuses. The caller adds DEVMODE and security.
[[nodiscard]] base::Result<spooler::PrinterChange> change_from(const op::PRINTER_INFO_2& info, const spooler::ServerNames& names);
[[nodiscard]] base::Result<spooler::PrinterChange> change_from(const op::PRINTER_INFO_4& info, const spooler::ServerNames& names);
[[nodiscard]] base::Result<spooler::PrinterChange> change_from(const op::PRINTER_INFO_5& info, const spooler::ServerNames& names);

// SetJob levels 1, 2 and 4: what is applied of them. invalid_parameter for bad fields.
[[nodiscard]] base::Result<spooler::JobChange> change_from(const op::JOB_CONTAINER& container);

// AddForm and SetForm. invalid_level, invalid_parameter (no data, flags above 2), invalid_form_name (too long).
[[nodiscard]] base::Result<spooler::Form> form_from(const op::FORM_CONTAINER& container);

// DOC_INFO_1 of StartDocPrinter. invalid_parameter when the level is not 1 or the data is missing.
[[nodiscard]] base::Result<spooler::NewDocument> document_from(const op::DOC_INFO_CONTAINER& container);

}  // namespace server
