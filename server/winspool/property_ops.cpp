// Job Named Properties: [MS-RPRN] 3.1.4.12, [MS-PAR] 3.1.4.10.
#include "base/utf.h"
#include "server/winspool/service.h"

namespace server {

using base::Error;
using base::Result;
using base::Win32;
using spooler::Access;
using spooler::JobProperty;
using spooler::JobPropertyType;

namespace {

ndr::Bytes arena_bytes(ndr::Arena& arena, const base::ByteBuffer& data) { return arena.copy(base::ByteView(data)); }

ndr::WStr arena_text(ndr::Arena& arena, const base::ByteBuffer& utf16) {
    std::u16string text;
    base::ByteReader reader(utf16);
    while (reader.remaining() >= 2) text.push_back(static_cast<char16_t>(reader.u16()));
    return arena.copy(std::u16string_view(text));
}

op::RPC_PrintPropertyValue to_wire(ndr::Arena& arena, const JobProperty& property) {
    op::RPC_PrintPropertyValue value;
    base::ByteReader reader(property.data);
    switch (property.type) {
        case JobPropertyType::string: value.set_propertyString(arena_text(arena, property.data)); break;
        case JobPropertyType::int32: value.set_propertyInt32(static_cast<std::int32_t>(reader.u32())); break;
        case JobPropertyType::int64: value.set_propertyInt64(static_cast<std::int64_t>(reader.u64())); break;
        case JobPropertyType::byte: value.set_propertyByte(reader.u8()); break;
        case JobPropertyType::buffer: {
            op::RPC_PrintPropertyBlob blob;
            blob.pBuf = arena_bytes(arena, property.data);
            blob.cbBuf = blob.pBuf.size;
            value.set_propertyBlob(blob);
            break;
        }
    }
    return value;
}

Result<JobProperty> from_wire(const op::RPC_PrintNamedProperty& named) {
    JobProperty property;
    TRY(property.name, checked_text(named.propertyName, base::limits::kMaxJobPropertyNameChars));
    const op::RPC_PrintPropertyValue& value = named.propertyValue;
    base::ByteWriter writer(property.data);
    if (const ndr::WStr* text = value.propertyString()) {
        if (!text->present) return Error(Win32::invalid_parameter, "job property without its string");
        if (text->size > base::limits::kMaxJobPropertyBytes / 2) return Error(Win32::invalid_parameter, "string of a job property");
        property.type = JobPropertyType::string;
        for (const char16_t unit : text->view()) writer.u16(unit);
    } else if (const std::int32_t* number = value.propertyInt32()) {
        property.type = JobPropertyType::int32;
        writer.u32(static_cast<std::uint32_t>(*number));
    } else if (const std::int64_t* large = value.propertyInt64()) {
        property.type = JobPropertyType::int64;
        writer.u64(static_cast<std::uint64_t>(*large));
    } else if (const std::uint8_t* byte = value.propertyByte()) {
        property.type = JobPropertyType::byte;
        writer.u8(*byte);
    } else if (const op::RPC_PrintPropertyBlob* blob = value.propertyBlob()) {
        if (blob->pBuf.size > base::limits::kMaxJobPropertyBytes) return Error(Win32::invalid_parameter, "buffer of a job property");
        property.type = JobPropertyType::buffer;
        writer.bytes(blob->pBuf.view());
    } else {
        return Error(Win32::invalid_flags, "type of a job property");
    }
    TRY_VOID(spooler::check_property(property));
    return property;
}

}  // namespace

// [MS-RPRN] 3.1.4.12.1 RpcGetJobNamedPropertyValue; [MS-PAR] 3.1.4.10.1
Outcome WinspoolService::get_job_named_property_value(dcerpc::Call& call, const op::GetJobNamedPropertyValue::In& in,
                                                      op::GetJobNamedPropertyValue::Out& out) {
    out.pValue.set_propertyInt32(0);                               // the union of a failed call needs an arm, too
    CO_TRY(JobPlace place, find_job(call, in.hPrinter, in.JobId));
    CO_TRY(const spooler::JobPropertiesPtr properties, place.queue->job_properties(in.JobId));
    const JobProperty* property = spooler::find_property(properties, utf8(in.pszName));
    if (property == nullptr) co_return Error(Win32::not_found, "no such job property");
    out.pValue = to_wire(call.arena(), *property);
    co_return Result<void>();
}

// [MS-RPRN] 3.1.4.12.2 RpcSetJobNamedProperty; [MS-PAR] 3.1.4.10.2. The specification names no right; as everything that changes a
// job, this takes the right to administer it, which its owner has.
Outcome WinspoolService::set_job_named_property(dcerpc::Call& call, const op::SetJobNamedProperty::In& in,
                                                op::SetJobNamedProperty::Out& /*out*/) {
    CO_TRY(JobPlace place, find_job(call, in.hPrinter, in.JobId));
    CO_TRY(JobProperty property, from_wire(in.pProperty));
    CO_TRY_VOID(require_job(call, place, Access::job_administer));
    co_return co_await place.queue->set_job_property(in.JobId, std::move(property));
}

// [MS-RPRN] 3.1.4.12.3 RpcDeleteJobNamedProperty; [MS-PAR] 3.1.4.10.3
Outcome WinspoolService::delete_job_named_property(dcerpc::Call& call, const op::DeleteJobNamedProperty::In& in,
                                                   op::DeleteJobNamedProperty::Out& /*out*/) {
    CO_TRY(JobPlace place, find_job(call, in.hPrinter, in.JobId));
    CO_TRY_VOID(require_job(call, place, Access::job_administer));
    co_return co_await place.queue->delete_job_property(in.JobId, utf8(in.pszName));
}

// [MS-RPRN] 3.1.4.12.4 RpcEnumJobNamedProperties; [MS-PAR] 3.1.4.10.4
Outcome WinspoolService::enum_job_named_properties(dcerpc::Call& call, const op::EnumJobNamedProperties::In& in,
                                                   op::EnumJobNamedProperties::Out& out) {
    CO_TRY(JobPlace place, find_job(call, in.hPrinter, in.JobId));
    CO_TRY(const spooler::JobPropertiesPtr properties, place.queue->job_properties(in.JobId));
    if (!properties) co_return Result<void>();
    ndr::Arena& arena = call.arena();
    const auto rows = arena.array<op::RPC_PrintNamedProperty>(static_cast<std::uint32_t>(properties->size()));
    for (std::size_t i = 0; i < rows.size; ++i) {
        const JobProperty& property = (*properties)[i];
        rows[i].propertyName = arena.copy(std::u16string_view(base::to_utf16(property.name)));
        rows[i].propertyValue = to_wire(arena, property);
    }
    if (arena.failed()) co_return Error(Win32::not_enough_memory, "job properties");
    out.ppProperties = rows;
    out.pcProperties = rows.size;
    co_return Result<void>();
}

}  // namespace server
