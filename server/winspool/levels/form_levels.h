// FORM_INFO levels 1 and 2 [MS-RPRN] 2.2.2.5 of GetForm and EnumForms.
#pragma once

#include "server/winspool/levels/level_table.h"
#include "spooler/model/form.h"

namespace server {

using FormRow = spooler::Form;
extern const Level<FormRow> kFormLevels[2];

}  // namespace server
