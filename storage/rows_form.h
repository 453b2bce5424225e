// User and printer forms in the database: Form ⇄ table form.
#pragma once

#include "spooler/model/form.h"
#include "storage/row_codec.h"

namespace storage {

class FormRows {
 public:
    static Result<FormRows> prepare(Database& database);
    Result<void> put(const spooler::Form& form);
    Result<void> remove(spooler::PrinterId printer, std::string_view name);
    static Result<std::vector<spooler::Form>> load(Database& database, SharedValues& shared);

 private:
    Statement put_, remove_;
};

}  // namespace storage
