#include "server/worker_protocol.h"

#include "base/guid.h"
#include "base/limits.h"
#include "base/utf.h"
#include "spooler/drivers.h"
#include "spooler/inf/source_files.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <unordered_set>

namespace server {
namespace {

using nlohmann::json;
namespace limits = base::limits;
using spooler::Driver;
using spooler::DriverPackage;
using spooler::PackageDriverFile;

// --- one list of fields for both directions --------------------------------------------------------------------------------

struct Writer {
    json& to;
    template <class T>
    void operator()(const char* name, const T& value) const {
        to[name] = value;
    }
    void operator()(const char* name, const base::FileTime& value) const { to[name] = value.ticks; }
};

// Refuses what is missing or of another type, and texts and lists that are too long.
struct Reader {
    const json& from;
    bool& good;

    const json* member(const char* name) const {
        const auto found = from.find(name);
        good = good && found != from.end();
        return good ? &*found : nullptr;
    }
    void operator()(const char* name, std::string& value) const {
        const json* found = member(name);
        good = found != nullptr && take(*found, value);
    }
    void operator()(const char* name, bool& value) const {
        const json* found = member(name);
        good = found != nullptr && found->is_boolean();
        if (good) value = found->get<bool>();
    }
    void operator()(const char* name, std::uint32_t& value) const {
        std::uint64_t wide = 0;
        (*this)(name, wide);
        good = good && wide <= UINT32_MAX;
        value = static_cast<std::uint32_t>(wide);
    }
    void operator()(const char* name, std::uint64_t& value) const {
        const json* found = member(name);
        good = found != nullptr && found->is_number_unsigned();
        if (good) value = found->get<std::uint64_t>();
    }
    void operator()(const char* name, base::FileTime& value) const { (*this)(name, value.ticks); }
    void operator()(const char* name, std::vector<std::string>& value) const {
        const json* found = member(name);
        good = found != nullptr && found->is_array() && found->size() <= 2 * limits::kMaxPackageFiles;
        if (!good) return;
        for (const json& item : *found) {
            value.emplace_back();
            if (!(good = take(item, value.back()))) return;
        }
    }
    static bool take(const json& item, std::string& value) {
        if (!item.is_string()) return false;
        value = item.get<std::string>();
        return value.size() <= limits::kMaxWorkerTextBytes && value.find('\0') == std::string::npos;
    }
};

template <class Visitor, class D>
void visit_driver(const Visitor& visit, D& driver) {
    visit("name", driver.name);
    visit("environment", driver.environment);
    visit("version", driver.version);
    visit("driver_path", driver.driver_path);
    visit("data_file", driver.data_file);
    visit("config_file", driver.config_file);
    visit("help_file", driver.help_file);
    visit("monitor_name", driver.monitor_name);
    visit("default_datatype", driver.default_datatype);
    visit("dependent_files", driver.dependent_files);
    visit("previous_names", driver.previous_names);
    visit("date", driver.date);
    visit("driver_version", driver.driver_version);
    visit("manufacturer", driver.manufacturer);
    visit("oem_url", driver.oem_url);
    visit("hardware_id", driver.hardware_id);
    visit("provider", driver.provider);
    visit("print_processor", driver.print_processor);
    visit("vendor_setup", driver.vendor_setup);
    visit("color_profiles", driver.color_profiles);
    visit("core_dependencies", driver.core_dependencies);
    visit("attributes", driver.attributes);
    visit("minimum_inbox_date", driver.minimum_inbox_date);
    visit("minimum_inbox_version", driver.minimum_inbox_version);
}

template <class Visitor, class P>
void visit_package(const Visitor& visit, P& package) {
    visit("id", package.id);
    visit("inf_name", package.inf_name);
    visit("provider", package.provider);
    visit("class_guid", package.class_guid);
    visit("catalog_file", package.catalog_file);
    visit("date", package.date);
    visit("version", package.version);
    visit("signer", package.signer);
    visit("signature_detail", package.signature_detail);
    visit("notes", package.notes);
}

template <class Visitor, class R>
void visit_request(const Visitor& visit, R& request) {
    visit("directory", request.directory);
    visit("inf_name", request.inf_name);
    visit("cabinet", request.cabinet);
    visit("room_bytes", request.room_bytes);
    visit("trust_files", request.trust_files);
    visit("trust_directories", request.trust_directories);
    visit("allow_sha1", request.allow_sha1);
    visit("timeout_ms", request.timeout_ms);
}

std::string dump(const json& document) { return document.dump(-1, ' ', false, json::error_handler_t::replace); }

// Cut between characters: half of one would become three bytes and too long for the other side.
std::string short_text(const std::string& text) {
    std::string result = base::to_utf8(base::to_utf16(text));
    if (result.size() <= limits::kMaxWorkerTextBytes) return result;
    std::size_t end = limits::kMaxWorkerTextBytes;
    while (end > 0 && (static_cast<unsigned char>(result[end]) & 0xC0U) == 0x80U) --end;
    result.resize(end);
    return result;
}

base::Error refused(const std::string& what) { return base::Error(base::Win32::invalid_data, "the worker's answer: " + what); }

json files_to_json(const std::vector<PackageDriverFile>& files) {
    json list = json::array();
    for (const PackageDriverFile& file : files) list.push_back({file.name, file.path, static_cast<std::uint32_t>(file.role)});
    return list;
}

json package_to_json(const DriverPackage& package) {
    json to = json::object();
    visit_package(Writer{to}, package);
    to["signature"] = static_cast<std::uint32_t>(package.signature);
    to["files"] = json::array();
    for (const auto& file : package.files) to["files"].push_back({{"path", file.path}, {"size", file.size}, {"sha256", file.sha256}});
    to["drivers"] = json::array();
    for (const auto& driver : package.drivers) {
        json item = json::object();
        visit_driver(Writer{item}, driver.driver);
        item["files"] = files_to_json(driver.files);
        item["required_class"] = driver.required_class;
        to["drivers"].push_back(std::move(item));
    }
    to["core_drivers"] = json::array();
    for (const auto& core : package.core_drivers) {
        to["core_drivers"].push_back({{"guid", core.guid},
                                      {"environment", core.environment},
                                      {"date", core.date.ticks},
                                      {"version", core.version},
                                      {"files", files_to_json(core.files)}});
    }
    return to;
}

// --- the daemon's side: nothing is believed --------------------------------------------------------------------------------

class PackageDecoder {
 public:
    base::Result<DriverPackage> decode(const json& from) {
        if (!from.is_object()) return refused("no package");
        const Reader read{from, good_};
        visit_package(read, package_);
        std::uint32_t signature = 0;
        read("signature", signature);
        if (!good_ || signature > static_cast<std::uint32_t>(spooler::PackageSignature::trusted))
            return refused("a field is missing or wrong");
        package_.signature = static_cast<spooler::PackageSignature>(signature);
        if (!spooler::inf::is_file_name(package_.id) || !spooler::inf::is_file_name(package_.inf_name)) return refused("no usable name");
        if (!package_.catalog_file.empty() && !spooler::inf::is_file_name(package_.catalog_file))
            return refused("no usable catalogue name");
        if (package_.notes.size() > limits::kMaxPackageNotes) return refused("too many notes");
        TRY_VOID(decode_files(from));
        TRY_VOID(decode_drivers(from));
        TRY_VOID(decode_core_drivers(from));
        return std::move(package_);
    }

 private:
    static base::Result<const json*> list(const json& from, const char* name, std::size_t most) {
        const auto found = from.find(name);
        if (found == from.end() || !found->is_array() || found->size() > most)
            return refused(std::string(name) + " is no list, or too long");
        return &*found;
    }

    base::Result<void> decode_files(const json& from) {
        TRY(const json* files, list(from, "files", limits::kMaxPackageFiles));
        std::uint64_t bytes = 0;
        for (const json& item : *files) {
            spooler::PackageFile file;
            if (!item.is_object()) return refused("a file");
            const Reader read{item, good_};
            read("path", file.path);
            read("size", file.size);
            read("sha256", file.sha256);
            base::ByteBuffer digest;
            if (!good_ || file.path.empty() || spooler::inf::package_path(file.path) != file.path) return refused("a file's path");
            if (!base::from_hex(file.sha256, digest) || digest.size() != 32) return refused("a file's hash");
            if (file.size > limits::kMaxPackageBytes || (bytes += file.size) > limits::kMaxPackageBytes) return refused("a file's size");
            if (!paths_.insert(file.path).second) return refused("a file twice");
            package_.files.push_back(std::move(file));
        }
        return {};
    }

    base::Result<std::vector<PackageDriverFile>> decode_uses(const json& from) {
        TRY(const json* items, list(from, "files", limits::kMaxPackageFiles));
        std::vector<PackageDriverFile> uses;
        for (const json& item : *items) {
            if (!item.is_array() || item.size() != 3 || !item[2].is_number_unsigned()) return refused("a driver's file");
            PackageDriverFile use;
            const auto role = item[2].get<std::uint64_t>();
            if (!Reader::take(item[0], use.name) || !Reader::take(item[1], use.path)) return refused("a driver's file");
            if (role > static_cast<std::uint64_t>(spooler::PackageFileRole::other)) return refused("a driver's file");
            if (!spooler::inf::is_file_name(use.name) || !paths_.contains(use.path))
                return refused("a driver's file is none of the package's");
            use.role = static_cast<spooler::PackageFileRole>(role);
            uses.push_back(std::move(use));
        }
        uses_ += uses.size();
        if (uses_ > limits::kMaxPackageFileUses) return refused("too many files of drivers");
        return uses;
    }

    static bool is_sound(const Driver& driver) {
        const auto short_enough = [](const std::string& text) { return base::to_utf16(text).size() < limits::kMaxNameChars; };
        for (const std::string* text : {&driver.name, &driver.monitor_name, &driver.default_datatype, &driver.manufacturer,
                                        &driver.hardware_id, &driver.provider, &driver.print_processor, &driver.vendor_setup}) {
            if (!short_enough(*text)) return false;
        }
        for (const std::string* name : {&driver.driver_path, &driver.config_file, &driver.data_file}) {
            if (!spooler::inf::is_file_name(*name)) return false;
        }
        const auto all_names = [](const std::vector<std::string>& names) {
            return std::all_of(names.begin(), names.end(), [](const std::string& name) { return spooler::inf::is_file_name(name); });
        };
        if (!driver.help_file.empty() && !spooler::inf::is_file_name(driver.help_file)) return false;
        if (!all_names(driver.dependent_files) || !all_names(driver.color_profiles)) return false;
        if (!std::all_of(driver.previous_names.begin(), driver.previous_names.end(), short_enough)) return false;
        if (driver.core_dependencies.size() > limits::kMaxPackageCoreDrivers) return false;
        if (!std::all_of(driver.core_dependencies.begin(), driver.core_dependencies.end(),
                         [](const std::string& guid) { return base::parse_guid(guid).has_value(); })) {
            return false;
        }
        return !driver.name.empty() && spooler::find_environment(driver.environment) != nullptr &&
               (driver.version == 3 || driver.version == 4);
    }

    base::Result<void> decode_drivers(const json& from) {
        TRY(const json* drivers, list(from, "drivers", limits::kMaxPackageDrivers));
        for (const json& item : *drivers) {
            spooler::PackageDriver driver;
            if (!item.is_object()) return refused("a driver");
            visit_driver(Reader{item, good_}, driver.driver);
            if (!good_ || !is_sound(driver.driver)) return refused("a driver's fields");
            const Reader read{item, good_};
            read("required_class", driver.required_class);
            if (!good_ || base::to_utf16(driver.required_class).size() >= limits::kMaxNameChars) return refused("a driver's class");
            uses_ += driver.driver.dependent_files.size();
            TRY(driver.files, decode_uses(item));
            package_.drivers.push_back(std::move(driver));
        }
        return {};
    }

    base::Result<void> decode_core_drivers(const json& from) {
        TRY(const json* cores, list(from, "core_drivers", limits::kMaxPackageCoreDrivers));
        for (const json& item : *cores) {
            spooler::CoreDriver core;
            if (!item.is_object()) return refused("a core driver");
            const Reader read{item, good_};
            read("guid", core.guid);
            read("environment", core.environment);
            read("date", core.date);
            read("version", core.version);
            if (!good_ || !base::parse_guid(core.guid) || spooler::find_environment(core.environment) == nullptr)
                return refused("a core driver");
            TRY(core.files, decode_uses(item));
            package_.core_drivers.push_back(std::move(core));
        }
        return {};
    }

    DriverPackage package_;
    bool good_ = true;
    std::size_t uses_ = 0;
    std::unordered_set<std::string> paths_;
};

// Deep nesting would use up the stack of a recursive parser; neither side sends more than a few levels.
base::Result<json> parse(std::string_view text) {
    constexpr int kMaxDepth = 8;
    const auto shallow = [](int depth, json::parse_event_t, json&) { return depth <= kMaxDepth; };
    json document = json::parse(text, shallow, false);
    if (document.is_discarded() || !document.is_object()) return refused("no JSON object");
    return document;
}

}  // namespace

std::string encode(const WorkerRequest& request) {
    json to = json::object();
    to["role"] = static_cast<std::uint32_t>(request.role);
    visit_request(Writer{to}, request);
    return dump(to);
}

base::Result<WorkerRequest> decode_worker_request(std::string_view text) {
    TRY(const json from, parse(text));
    WorkerRequest request;
    bool good = true;
    std::uint32_t role = 0;
    const Reader read{from, good};
    read("role", role);
    visit_request(read, request);
    if (!good || role > static_cast<std::uint32_t>(WorkerRequest::Role::pack)) return base::Error(base::Win32::invalid_data, "no request");
    request.role = static_cast<WorkerRequest::Role>(role);
    return request;
}

std::string encode(const WorkerReply& reply) {
    json to = json::object();
    to["success"] = reply.success;
    to["code"] = static_cast<std::uint32_t>(reply.error.code());
    to["text"] = short_text(reply.error.text());
    to["warnings"] = reply.warnings;
    if (reply.package) to["package"] = package_to_json(*reply.package);
    return dump(to);
}

base::Result<WorkerReply> decode_worker_reply(std::string_view text) {
    if (text.size() > limits::kMaxWorkerReplyBytes) return refused("too long");
    TRY(const json from, parse(text));
    WorkerReply reply;
    bool good = true;
    std::uint32_t code = 0;
    std::string message;
    const Reader read{from, good};
    read("success", reply.success);
    read("code", code);
    read("text", message);
    read("warnings", reply.warnings);
    if (!good || reply.warnings.size() > limits::kMaxWorkerWarnings) return refused("a field is missing or wrong");
    if (!reply.success) {
        // A closed list, and never success: the code goes on to clients.
        constexpr std::array kCodes{base::Win32::file_not_found,
                                    base::Win32::access_denied,
                                    base::Win32::invalid_data,
                                    base::Win32::disk_full,
                                    base::Win32::invalid_printer_driver_manifest,
                                    base::Win32::not_enough_memory};
        const auto known = std::find(kCodes.begin(), kCodes.end(), static_cast<base::Win32>(code));
        reply.error = base::Error(known == kCodes.end() ? base::Win32::gen_failure : *known, message);
        return reply;
    }
    if (const auto package = from.find("package"); package != from.end()) {
        TRY(reply.package, PackageDecoder().decode(*package));
    }
    return reply;
}

}  // namespace server
