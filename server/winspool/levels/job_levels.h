// JOB_INFO levels 1 to 4 [MS-RPRN] 2.2.2.6 of GetJob and EnumJobs.
#pragma once

#include "server/winspool/levels/reply_context.h"
#include "spooler/model/job.h"

namespace server {

struct JobRow {
    spooler::JobView view;
    const ReplyContext* context = nullptr;
    base::ByteBuffer security;                                     // self-relative; empty: not for this level or caller

    static JobRow make(spooler::JobView view, const ReplyContext& context, bool with_security);

    [[nodiscard]] Text printer_name() const { return Text::joined(context->prefix, *view.printer_name); }
    [[nodiscard]] Text status_text() const { return Text::unless_empty(view.status_text); }
    [[nodiscard]] Blob devmode() const;
    [[nodiscard]] Blob security_descriptor() const { return {security, {}}; }
    [[nodiscard]] const spooler::JobInfo& info() const { return *view.info; }
};

extern const Level<JobRow> kJobLevels[4];

}  // namespace server
