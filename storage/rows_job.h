// Jobs in the database: JobRecord ⇄ table job.
#pragma once

#include "spooler/model/job.h"
#include "storage/row_codec.h"

namespace storage {

class JobRows {
 public:
    static Result<JobRows> prepare(Database& database);
    Result<void> put(const spooler::JobRecord& record);
    Result<void> remove(spooler::JobId id);
    static Result<std::vector<spooler::JobRecord>> load(Database& database, SharedValues& shared,
                                                        std::vector<spooler::JobId>& unreadable);

 private:
    Statement put_, remove_;
};

}  // namespace storage
