// SendRecvBidiData: [MS-RPRN] 3.1.4.2.27, [MS-PAR] 3.1.4.1.20. The port's monitor says what is known of the device; nothing can be set.
#include "base/utf.h"
#include "server/winspool/service.h"

namespace server {

using base::Error;
using base::Result;
using base::Win32;
using spooler::Access;
using spooler::BidiValue;

namespace {

constexpr std::uint32_t kVersion = 1;
constexpr std::uint32_t kSchemaNotSupported = 13005;  // ERROR_BIDI_SCHEMA_NOT_SUPPORTED
constexpr std::uint32_t kTypeNull = 0, kTypeText = 4, kTypeEnum = 6;

enum class Action : std::uint8_t { enumerate, get, get_all };

// Set and GetWithArgument are for devices that can do more than the ports of this server.
Result<Action> parse_action(const ndr::WStr& text) {
    const std::string name = utf8(text);
    if (base::equal_names(name, "EnumSchema")) return Action::enumerate;
    if (base::equal_names(name, "Get")) return Action::get;
    if (base::equal_names(name, "GetAll")) return Action::get_all;
    return Error(Win32::not_supported, "action \"" + name.substr(0, 64) + "\"");
}

// "\Printer.Status" reaches "\Printer.Status:X" and "\Printer.Status.Summary:State", but not "\Printer.StatusOther:X".
bool reaches(std::string_view wanted, std::string_view schema) {
    if (schema.size() < wanted.size() || !base::equal_names(schema.substr(0, wanted.size()), wanted)) return false;
    return schema.size() == wanted.size() || schema[wanted.size()] == '.' || schema[wanted.size()] == ':';
}

class BidiReply {
 public:
    explicit BidiReply(ndr::Arena& arena) : arena_(arena) {}

    void add(std::uint32_t request, const BidiValue& value, bool with_value) {
        op::RPC_BIDI_RESPONSE_DATA item;
        item.dwReqNumber = request;
        item.pSchema = arena_.copy(base::to_utf16(value.schema));
        item.data.set_bData(0, kTypeNull);
        const std::uint32_t type = value.kind == BidiValue::Kind::enumeration ? kTypeEnum : kTypeText;
        if (with_value) item.data.set_sData(arena_.copy(base::to_utf16(value.value)), type);
        items_.push_back(item);
    }
    void unknown(std::uint32_t request, const ndr::WStr& schema) {
        op::RPC_BIDI_RESPONSE_DATA item;
        item.dwResult = kSchemaNotSupported;
        item.dwReqNumber = request;
        item.pSchema = schema;
        item.data.set_bData(0, kTypeNull);
        items_.push_back(item);
    }
    Result<op::RPC_BIDI_RESPONSE_CONTAINER*> finish() {
        auto* container = arena_.alloc<op::RPC_BIDI_RESPONSE_CONTAINER>();
        const auto items = arena_.array<op::RPC_BIDI_RESPONSE_DATA>(static_cast<std::uint32_t>(items_.size()));
        if (container == nullptr || !items.present || arena_.failed()) return Error(Win32::not_enough_memory, "bidirectional reply");
        std::copy(items_.begin(), items_.end(), items.data);
        container->Version = kVersion;
        container->Count = items.size;
        container->aData = items;
        return container;
    }

 private:
    ndr::Arena& arena_;
    std::vector<op::RPC_BIDI_RESPONSE_DATA> items_;
};

void reply_to(const op::RPC_BIDI_REQUEST_DATA& request, Action action, const std::vector<BidiValue>& values, BidiReply& reply) {
    const std::string wanted = utf8(request.pSchema);
    bool found = false;
    for (const BidiValue& value : values) {
        const bool match =
            action == Action::get ? base::equal_names(value.schema, wanted) : !wanted.empty() && reaches(wanted, value.schema);
        if (match) reply.add(request.dwReqNumber, value, true);
        found = found || match;
    }
    if (!found) reply.unknown(request.dwReqNumber, request.pSchema);
}

Result<void> check_request(const op::RPC_BIDI_REQUEST_CONTAINER& request) {
    if (request.Version != kVersion) return Error(Win32::invalid_parameter, "version of the bidirectional request");
    if (request.aData.empty()) return Error(Win32::invalid_parameter, "nothing requested");
    if (request.aData.size > base::limits::kMaxBidiItems) return Error(Win32::invalid_parameter, "too many requests in one");
    return {};
}

}  // namespace

Outcome WinspoolService::send_recv_bidi_data(dcerpc::Call& call, const op::SendRecvBidiData::In& in, op::SendRecvBidiData::Out& out) {
    CO_TRY(const std::shared_ptr<DocumentHandle> handle, call.handle<DocumentHandle>(in.hPrinter));
    CO_TRY_VOID(handle->require(Access::use));
    const spooler::PrinterQueuePtr queue = handle->queue();
    std::string port;
    if (const auto of_port = std::dynamic_pointer_cast<PortHandle>(handle)) {
        port = of_port->port();
    } else {
        port = queue->record()->ports.front();  // of a pool: the first
    }
    CO_TRY(const spooler::PortCatalog::Found found, spooler_.ports().find(port));
    CO_TRY(const Action action, parse_action(in.pAction));
    if (action != Action::enumerate) {
        CO_TRY_VOID(check_request(in.pReqData));
    }
    const std::uint32_t status = spooler_.ports().status(port).printer_status | (queue ? queue->view().status : 0);
    CO_TRY(const std::vector<BidiValue> values, co_await found.monitor->bidi(found.config, status));
    BidiReply reply(call.arena());
    if (action == Action::enumerate) {
        for (const BidiValue& value : values) reply.add(0, value, false);
    } else {
        for (const op::RPC_BIDI_REQUEST_DATA& request : in.pReqData.aData) reply_to(request, action, values, reply);
    }
    CO_TRY(out.ppRespData, reply.finish());
    co_return Result<void>();
}

}  // namespace server
