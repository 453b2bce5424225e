#include "spooler/model/job_property.h"

#include "base/limits.h"
#include "base/utf.h"

#include <algorithm>

namespace spooler {

using base::Error;
using base::Result;
using base::Win32;
namespace limits = base::limits;

namespace {

// Does a value of this type take so many bytes?
bool size_fits(JobPropertyType type, std::size_t size) {
    switch (type) {
        case JobPropertyType::string: return size % 2 == 0;
        case JobPropertyType::int32: return size == 4;
        case JobPropertyType::int64: return size == 8;
        case JobPropertyType::byte: return size == 1;
        case JobPropertyType::buffer: return true;
    }
    return false;
}

bool known_type(JobPropertyType type) { return type >= JobPropertyType::string && type <= JobPropertyType::buffer; }

}  // namespace

JobProperty text_property(std::string name, std::string_view utf8) {
    JobProperty property;
    property.name = std::move(name);
    property.type = JobPropertyType::string;
    base::ByteWriter writer(property.data);
    for (const char16_t unit : base::to_utf16(utf8)) writer.u16(unit);
    return property;
}

std::size_t size_of(const JobProperty& property) { return property.name.size() + property.data.size(); }

std::size_t size_of(const JobPropertiesPtr& properties) {
    std::size_t total = 0;
    if (properties) {
        for (const JobProperty& property : *properties) total += size_of(property);
    }
    return total;
}

const JobProperty* find_property(const JobPropertiesPtr& properties, std::string_view name) {
    if (!properties) return nullptr;
    const auto at = std::find_if(properties->begin(), properties->end(), [name](const JobProperty& property) {
        return base::equal_names(std::string_view(property.name), name);
    });
    return at == properties->end() ? nullptr : &*at;
}

Result<void> check_property(const JobProperty& property) {
    if (!known_type(property.type)) return Error(Win32::invalid_flags, "type of a job property");
    if (property.name.empty()) return Error(Win32::invalid_parameter, "job property without a name");
    if (base::to_utf16(property.name).size() >= limits::kMaxJobPropertyNameChars) return Error(Win32::invalid_parameter, "name of a job property");
    if (property.data.size() > limits::kMaxJobPropertyBytes) return Error(Win32::invalid_parameter, "value of a job property too long");
    if (!size_fits(property.type, property.data.size())) return Error(Win32::invalid_parameter, "value of a job property");
    return {};
}

Result<JobPropertiesPtr> with_property(const JobPropertiesPtr& properties, JobProperty property) {
    auto made = properties ? std::make_shared<JobProperties>(*properties) : std::make_shared<JobProperties>();
    if (const JobProperty* old = find_property(properties, property.name)) {
        (*made)[static_cast<std::size_t>(old - properties->data())] = std::move(property);
    } else {
        if (made->size() >= limits::kMaxJobProperties) return Error(Win32::not_enough_quota, "too many properties of one job");
        made->push_back(std::move(property));
    }
    JobPropertiesPtr result = std::move(made);
    if (size_of(result) > limits::kMaxJobPropertiesBytes) return Error(Win32::not_enough_quota, "properties of one job too large");
    return result;
}

Result<JobPropertiesPtr> without_property(const JobPropertiesPtr& properties, std::string_view name) {
    const JobProperty* old = find_property(properties, name);
    if (old == nullptr) return Error(Win32::not_found, "no such job property");
    if (properties->size() == 1) return JobPropertiesPtr();
    auto made = std::make_shared<JobProperties>(*properties);
    made->erase(made->begin() + (old - properties->data()));
    return JobPropertiesPtr(std::move(made));
}

// A count, then for each: length and UTF-8 of the name, type, length and bytes of the value.
base::ByteBuffer encode_properties(const JobProperties& properties) {
    base::ByteBuffer bytes;
    base::ByteWriter writer(bytes);
    writer.u32(static_cast<std::uint32_t>(properties.size()));
    for (const JobProperty& property : properties) {
        writer.u32(static_cast<std::uint32_t>(property.name.size()));
        writer.bytes(base::as_bytes(property.name));
        writer.u8(static_cast<std::uint8_t>(property.type));
        writer.u32(static_cast<std::uint32_t>(property.data.size()));
        writer.bytes(property.data);
    }
    return bytes;
}

Result<JobPropertiesPtr> decode_properties(base::ByteView bytes) {
    if (bytes.empty()) return JobPropertiesPtr();
    base::ByteReader reader(bytes);
    const std::uint32_t count = reader.u32();
    auto made = std::make_shared<JobProperties>();
    for (std::uint32_t i = 0; i < count && reader.ok(); ++i) {
        JobProperty property;
        property.name = std::string(base::as_text(reader.view(reader.u32())));
        property.type = static_cast<JobPropertyType>(reader.u8());
        const base::ByteView data = reader.view(reader.u32());
        property.data.assign(data.begin(), data.end());
        if (!reader.ok() || !check_property(property)) return Error(Win32::invalid_data, "job property");
        made->push_back(std::move(property));
    }
    if (!reader.ok() || reader.remaining() != 0 || made->empty()) return Error(Win32::invalid_data, "job properties");
    return JobPropertiesPtr(std::move(made));
}

bool PropertyBudget::take(std::size_t bytes) {
    if (used_.fetch_add(bytes) + bytes <= limits::kMaxAllJobPropertiesBytes) return true;
    used_ -= bytes;
    return false;
}

}  // namespace spooler
