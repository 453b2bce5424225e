// A print client on top of the RPC client: what probe, bench and the tests need of MS-PAR and MS-RPRN, one function per step that a
// Windows client takes. Everything runs on the executor of the connection.
#pragma once

#include "dcerpc/client/client.h"
#include "wire/winspool/client.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace print_client {

using base::Result;
using base::Task;
using ndr::ContextHandle;

struct SessionOptions {
    std::string host = "127.0.0.1";
    std::uint16_t epm_port = 135;
    std::uint16_t rpc_port = 0;                                    // 0: ask the endpoint mapper
    std::string user, password;                                    // empty user: anonymous
    wire::winspool::Via interface = wire::winspool::Via::par;
    std::uint8_t auth_type = 9;                                    // 9 SPNEGO, 10 NTLM, 0 none
    std::uint8_t auth_level = 6;
    dcerpc::OfferedSyntaxes syntaxes = dcerpc::OfferedSyntaxes::both;
    base::ByteOrder order = base::ByteOrder::little;
    std::uint16_t fragment_bytes = base::limits::kMaxFragmentBytes;
    std::uint32_t group_id = 0;
};

// One authenticated connection bound to one of the two print interfaces. A reply whose result is no success is an Error with that code.
class Session {
 public:
    static Task<Result<std::shared_ptr<Session>>> open(SessionOptions options);

    [[nodiscard]] dcerpc::ClientContext& context() { return *context_; }
    [[nodiscard]] wire::winspool::Via interface() const { return options_.interface; }

    // `access` as AccessRequired; the name is prefixed with \\host unless it has a server part.
    Task<Result<ContextHandle>> open_printer(std::string name, std::uint32_t access);
    Task<Result<void>> close(ContextHandle handle);
    Task<Result<std::uint32_t>> start_doc(ContextHandle handle, std::string document, std::string datatype);
    Task<Result<void>> start_page(ContextHandle handle);
    Task<Result<std::uint32_t>> write(ContextHandle handle, base::ByteView data);
    Task<Result<void>> end_page(ContextHandle handle);
    Task<Result<void>> end_doc(ContextHandle handle);
    Task<Result<void>> abort(ContextHandle handle);

    // The raw INFO buffer and the number of elements; sizes are asked for first, as Windows does.
    struct Info {
        base::ByteBuffer bytes;
        std::uint32_t count = 0;
    };
    Task<Result<Info>> enum_printers(std::uint32_t flags, std::uint32_t level);
    Task<Result<Info>> get_printer(ContextHandle handle, std::uint32_t level);
    Task<Result<Info>> enum_jobs(ContextHandle handle, std::uint32_t level);
    Task<Result<void>> control_printer(ContextHandle handle, std::uint32_t command);       // SetPrinter level 0: 1 pause, 2 resume, 3 purge
    Task<Result<void>> control_job(ContextHandle handle, std::uint32_t job, std::uint32_t command);
    // Reads level 2, changes the comment, writes level 2 back.
    Task<Result<void>> set_comment(ContextHandle handle, std::string comment);
    // A text value of the printer's data (SetPrinterDataEx, GetPrinterDataEx).
    Task<Result<void>> set_data(ContextHandle handle, std::string key, std::string name, std::string text);
    Task<Result<std::string>> get_data(ContextHandle handle, std::string key, std::string name);

    // MS-PAR notifications: register for these change flags (and all job and printer status fields), wait for one answer.
    Task<Result<ContextHandle>> register_notifications(ContextHandle handle, std::uint32_t flags);
    struct Notification {
        std::uint32_t flags = 0;
        std::uint32_t entries = 0;
        bool discarded = false;
        std::vector<std::string> lines;                            // "job 12 field 10 = 16"
    };
    Task<Result<Notification>> wait_notification(ContextHandle notify);
    Task<Result<Notification>> refresh_notifications(ContextHandle notify, std::uint32_t flags);
    Task<Result<void>> unregister_notifications(ContextHandle notify);

    // A whole document: open, StartDoc … EndDoc, close. Returns the job id, after EndDoc succeeded.
    Task<Result<std::uint32_t>> print(std::string printer, std::string document, base::ByteView data, std::size_t chunk_bytes,
                                      std::string datatype = "RAW");

 private:
    Session(SessionOptions options, std::shared_ptr<dcerpc::ClientContext> context) : options_(std::move(options)), context_(std::move(context)) {}

    SessionOptions options_;
    std::shared_ptr<dcerpc::ClientContext> context_;
};

// "ERROR_…" as an Error unless `code` is success; HRESULTs of the 0x8007 family give their Win32 code.
[[nodiscard]] Result<void> check_result(std::uint32_t code, std::string_view operation);
[[nodiscard]] dcerpc::SyntaxId interface_id(wire::winspool::Via interface);

}  // namespace print_client
