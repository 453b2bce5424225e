#include "base/utf.h"
#include "tools/print_client/session.h"

#include <array>

namespace print_client {
namespace {

namespace op = wire::winspool;

// Printer: STATUS, CJOBS. Job: STATUS, DOCUMENT, TOTAL_PAGES, TOTAL_BYTES. [MS-RPRN] 2.2.3.7, 2.2.3.8.
constexpr std::array<std::uint16_t, 2> kPrinterFields = {0x12, 0x14};
constexpr std::array<std::uint16_t, 4> kJobFields = {0x0A, 0x0D, 0x14, 0x16};

template <std::size_t N>
void fill_type(ndr::Arena& arena, op::RPC_V2_NOTIFY_OPTIONS_TYPE& type, std::uint16_t number, const std::array<std::uint16_t, N>& fields) {
    type.Type = number;
    type.Count = N;
    type.pFields = arena.array<std::uint16_t>(N);
    std::copy(fields.begin(), fields.end(), type.pFields.begin());
}

// [MS-PAR] 2.2.4: the four properties of a filter, looked up by name on the server.
op::RpcPrintPropertiesCollection filter(ndr::Arena& arena, std::uint32_t flags) {
    op::RpcPrintPropertiesCollection collection;
    collection.numberOfProperties = 4;
    collection.propertiesCollection = arena.array<op::RpcPrintNamedProperty>(4);
    auto* property = collection.propertiesCollection.begin();
    const auto name = [&arena](std::string_view text) { return arena.copy(base::to_utf16(text)); };
    property[0].propertyName = name("RemoteNotifyFilter Flags");
    property[0].propertyValue.set_propertyInt32(static_cast<std::int32_t>(flags));
    property[1].propertyName = name("RemoteNotifyFilter Options");
    property[1].propertyValue.set_propertyInt32(0);
    property[2].propertyName = name("RemoteNotifyFilter Color");
    property[2].propertyValue.set_propertyInt32(1);
    property[3].propertyName = name("RemoteNotifyFilter NotifyOptions");
    auto* options = arena.alloc<op::RPC_V2_NOTIFY_OPTIONS>();
    options->Version = 2;
    options->Count = 2;
    options->pTypes = arena.array<op::RPC_V2_NOTIFY_OPTIONS_TYPE>(2);
    fill_type(arena, options->pTypes[0], 0, kPrinterFields);
    fill_type(arena, options->pTypes[1], 1, kJobFields);
    op::NOTIFY_OPTIONS_CONTAINER container;
    container.pOptions = options;
    property[3].propertyValue.set_propertyOptionsContainer(container);
    return collection;
}

std::string line_of(const op::RPC_V2_NOTIFY_INFO_DATA& data) {
    std::string line = (data.Type == 1 ? "job " + std::to_string(data.Id) : "printer") + " field " + std::to_string(data.Field) + " = ";
    if (const auto* numbers = data.dwData()) return line + std::to_string((*numbers)[0]);
    if (const auto* string = data.String()) {
        std::u16string_view view(string->pszString.data, string->pszString.size);
        return line + base::to_utf8(view.substr(0, view.find(u'\0')));
    }
    return line + "(data)";
}

Session::Notification read(const op::RpcPrintPropertiesCollection* collection) {
    Session::Notification result;
    if (collection == nullptr) return result;
    for (const auto& property : collection->propertiesCollection) {
        const std::string name = base::to_utf8(property.propertyName.view());
        if (name == "RemoteNotifyData Flags") {
            if (const auto* flags = property.propertyValue.propertyInt32()) result.flags = static_cast<std::uint32_t>(*flags);
        }
        const auto* reply = property.propertyValue.propertyReplyContainer();
        if (reply == nullptr || reply->pInfo == nullptr) continue;
        result.discarded = (reply->pInfo->Flags & 1U) != 0;
        result.entries = reply->pInfo->Count;
        for (const auto& data : reply->pInfo->aData) result.lines.push_back(line_of(data));
    }
    return result;
}

}  // namespace

Task<Result<ContextHandle>> Session::register_notifications(ContextHandle handle, std::uint32_t flags) {
    ndr::Arena arena;
    op::Client client(*context_, arena, options_.interface);
    op::RegisterForRemoteNotifications::In in;
    op::RegisterForRemoteNotifications::Out out;
    in.hPrinter = handle;
    in.pNotifyFilter = filter(arena, flags);
    CO_TRY_VOID(co_await client.register_for_remote_notifications(in, out));
    CO_TRY_VOID(check_result(out.result, "RegisterForRemoteNotifications"));
    co_return out.phRpcHandle;
}

Task<Result<Session::Notification>> Session::wait_notification(ContextHandle notify) {
    ndr::Arena arena;
    op::Client client(*context_, arena, options_.interface);
    op::GetRemoteNotifications::In in;
    op::GetRemoteNotifications::Out out;
    in.hRpcHandle = notify;
    CO_TRY_VOID(co_await client.get_remote_notifications(in, out));
    CO_TRY_VOID(check_result(out.result, "GetRemoteNotifications"));
    co_return read(out.ppNotifyData);
}

Task<Result<Session::Notification>> Session::refresh_notifications(ContextHandle notify, std::uint32_t flags) {
    ndr::Arena arena;
    op::Client client(*context_, arena, options_.interface);
    op::RefreshRemoteNotifications::In in;
    op::RefreshRemoteNotifications::Out out;
    in.hRpcHandle = notify;
    in.pNotifyFilter = filter(arena, flags);
    CO_TRY_VOID(co_await client.refresh_remote_notifications(in, out));
    CO_TRY_VOID(check_result(out.result, "RefreshRemoteNotifications"));
    co_return read(out.ppNotifyData);
}

Task<Result<void>> Session::unregister_notifications(ContextHandle notify) {
    ndr::Arena arena;
    op::Client client(*context_, arena, options_.interface);
    op::UnRegisterForRemoteNotifications::In in;
    op::UnRegisterForRemoteNotifications::Out out;
    in.phRpcHandle = notify;
    CO_TRY_VOID(co_await client.un_register_for_remote_notifications(in, out));
    co_return check_result(out.result, "UnRegisterForRemoteNotifications");
}

}  // namespace print_client
