// Payloads of the MS-PAR notifications: the filter of opnums 58 and 60 and the data of 60 and 61 ([MS-PAR] 2.2, [MS-RPRN] 2.2.1.13).
// Used by notify_ops.
#pragma once

#include "dcerpc/ndr/arena.h"
#include "server/winspool/levels/reply_context.h"
#include "server/winspool/validate.h"
#include "spooler/model/job.h"
#include "spooler/model/printer.h"

#include <vector>

namespace server {

// What a client wants to hear. Field sets are bits by field id (spooler/notify/event.h).
struct NotifyFilter {
    std::uint32_t changes = 0;                                     // PRINTER_CHANGE_*
    std::uint32_t category = 0;
    std::uint32_t color = 0;
    std::uint32_t printer_fields = 0;
    std::uint32_t job_fields = 0;
    std::uint32_t server_fields = 0;                               // only a server handle has them

    [[nodiscard]] bool has_fields() const { return printer_fields != 0 || job_fields != 0 || server_fields != 0; }
};

// invalid_parameter when one of the four properties is missing or of a wrong type, or the options are malformed.
[[nodiscard]] base::Result<NotifyFilter> notify_filter_from(const op::RpcPrintPropertiesCollection& collection);

// Collects RPC_V2_NOTIFY_INFO_DATA in the call's arena.
class NotifyWriter {
 public:
    explicit NotifyWriter(ndr::Arena& arena) : arena_(arena) {}

    void add_printer(const spooler::PrinterView& printer, std::uint32_t fields, const ReplyContext& context);
    void add_job(const spooler::JobView& job, std::uint32_t fields, const ReplyContext& context);
    // The only field of a server: the value PrintDriverIsolationGroups.
    void add_isolation_groups(const Text& groups);
    // Overflow: the client has to refresh. Nothing else goes out then.
    void set_discarded() { discarded_ = true; }
    // The three properties of a notification. not_enough_memory when it does not fit into the arena.
    [[nodiscard]] base::Result<op::RpcPrintPropertiesCollection*> finish(std::uint32_t changes, std::uint32_t color);

 private:
    void text(op::RPC_V2_NOTIFY_INFO_DATA& data, const Text& value);
    void number(op::RPC_V2_NOTIFY_INFO_DATA& data, std::uint64_t value);
    void devmode(op::RPC_V2_NOTIFY_INFO_DATA& data, base::ByteView bytes, const Text& device_name);
    void security(op::RPC_V2_NOTIFY_INFO_DATA& data, const base::SecurityDescriptor& descriptor);
    void time(op::RPC_V2_NOTIFY_INFO_DATA& data, base::FileTime value);
    bool printer_value(op::RPC_V2_NOTIFY_INFO_DATA& data, const spooler::PrinterView& printer, const ReplyContext& context);
    bool printer_text(op::RPC_V2_NOTIFY_INFO_DATA& data, const spooler::PrinterView& printer, const ReplyContext& context);
    bool job_value(op::RPC_V2_NOTIFY_INFO_DATA& data, const spooler::JobView& job, const ReplyContext& context);
    bool job_text(op::RPC_V2_NOTIFY_INFO_DATA& data, const spooler::JobView& job, const ReplyContext& context);

    ndr::Arena& arena_;
    std::vector<op::RPC_V2_NOTIFY_INFO_DATA> entries_;
    bool discarded_ = false;
};

}  // namespace server
