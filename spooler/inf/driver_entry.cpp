#include "spooler/inf/driver_entry.h"

#include "base/guid.h"
#include "base/limits.h"
#include "base/utf.h"
#include "spooler/inf/core_sections.h"
#include "spooler/inf/driver_version.h"

#include <algorithm>

namespace spooler::inf {
namespace {

bool contains(const std::vector<std::string>& names, std::string_view name) {
    return std::any_of(names.begin(), names.end(), [&](const std::string& known) { return base::equal_names(known, name); });
}

void add_once(std::vector<std::string>& names, std::string name) {
    if (!name.empty() && !contains(names, name)) names.push_back(std::move(name));
}

bool is_true(std::string_view text) { return base::equal_names(text, "TRUE") || text == "1" || base::equal_names(text, "YES"); }

std::uint32_t category_of(std::string_view category) {
    struct Category {
        std::string_view name;
        std::uint32_t attribute;
    };
    constexpr Category kCategories[] = {{"PrintFax.Fax", driver_attribute::kCategoryFax},
                                        {"PrintFax.Printer.File", driver_attribute::kCategoryFile},
                                        {"PrintFax.Printer.Virtual", driver_attribute::kCategoryVirtual},
                                        {"PrintFax.Printer.Service", driver_attribute::kCategoryService},
                                        {"PrintFax.Printer.3D", driver_attribute::kCategory3d}};
    for (const Category& known : kCategories) {
        if (base::equal_names(known.name, category)) return known.attribute;
    }
    return 0;
}

}  // namespace

std::optional<std::string> find_install_section(const InfFile& file, const std::string& name, const Architecture& architecture) {
    for (const std::string& candidate : {name + ".NT" + std::string(architecture.suffix), name + ".NT", name}) {
        if (file.has(candidate)) return candidate;
    }
    return std::nullopt;
}

DriverEntry::DriverEntry(DriverContext context, std::string install_section, std::size_t line)
    : context_(context), install_section_(std::move(install_section)), line_(line) {}

void DriverEntry::note(std::size_t line, std::string_view what) {
    if (context_.notes.size() >= base::limits::kMaxPackageNotes) return;
    // Names in it come from the file and may be as long as a line.
    std::string text = base::to_utf8(base::to_utf16(context_.file.error(line, what).text()).substr(0, base::limits::kMaxNameChars));
    if (std::find(context_.notes.begin(), context_.notes.end(), text) == context_.notes.end()) context_.notes.push_back(std::move(text));
}

void DriverEntry::add_core_file(std::string name) {
    if (!name.empty() && known_names_.insert(base::fold_utf8(name)).second) core_files_.push_back(std::move(name));
}

void DriverEntry::add_core(const std::string& name, std::size_t line) {
    const CoreSection* core = find_core_section(name);
    if (core == nullptr) {
        note(line, "[" + name + "] is neither here nor one of the known sections of ntprint.inf: its files are not listed");
        return;
    }
    const auto set_once = [](std::string& field, std::string_view value) {
        if (field.empty()) field = value;
    };
    set_once(core_driver_file_, core->driver_file);
    set_once(core_config_file_, core->config_file);
    set_once(core_help_file_, core->help_file);
    set_once(core_monitor_, core->language_monitor);
    add_once(core_guids_, std::string(core->guid));
    for (const std::string_view file : core->files) add_core_file(std::string(file));
}

// A section of this file and those that it Needs; one of Windows' own when this file has none of that name.
base::Result<void> DriverEntry::add_section(const std::string& name, std::size_t line) {
    if (!context_.file.has(name)) {
        add_core(name, line);
        return {};
    }
    if (contains(sections_, name)) return {};
    if (sections_.size() >= base::limits::kMaxInfNeeds) return context_.file.error(line, "too many sections need each other");
    sections_.push_back(name);
    for (const Line& entry : context_.file.lines(name)) {
        if (!base::equal_names(entry.key, "Needs")) continue;
        for (const std::string& needed : entry.values) {
            if (!needed.empty()) {
                TRY_VOID(add_section(needed, entry.number));
            }
        }
    }
    return {};
}

base::Result<void> DriverEntry::gather() {
    TRY_VOID(add_section(install_section_, line_));
    // CoreDriverSections="{GUID},SECTION,SECTION","{GUID},SECTION"
    const auto own = sections_;
    for (const std::string& section : own) {
        const Line* line = context_.file.find(section, "CoreDriverSections");
        if (line == nullptr) continue;
        for (const std::string& value : line->values) {
            const auto parts = split_list(value);
            if (base::parse_guid(parts[0])) add_once(core_guids_, parts[0]);
            for (const std::string& part : parts) {
                if (!part.empty() && !base::parse_guid(part)) {
                    TRY_VOID(add_section(part, line->number));
                }
            }
        }
    }
    if (const std::string data = property("DataSection"); !data.empty()) {
        TRY_VOID(add_section(data, line_));
    }
    for (const std::string& section : std::vector<std::string>(sections_)) {
        TRY_VOID(copy(section));
    }
    return {};
}

std::string DriverEntry::property(std::string_view key) const {
    for (const std::string& section : sections_) {
        if (std::string value = context_.file.value(section, key); !value.empty()) return value;
    }
    return {};
}

base::Result<void> DriverEntry::copy(const std::string& section) {
    for (const Line* line : context_.file.find_all(section, "CopyFiles")) {
        for (const std::string& value : line->values) {
            if (value.empty()) continue;
            if (!value.starts_with('@') && !context_.file.has(value) && find_core_section(value) != nullptr) {
                add_core(value, line->number);
                continue;
            }
            TRY(auto copied, context_.sources.copied(value, line->number));
            copied_ += copied.size();
            if (copied_ > base::limits::kMaxPackageFiles) return context_.file.error(line->number, "too many files");
            for (CopiedFile& file : copied) add_file(std::move(file));
        }
    }
    return {};
}

void DriverEntry::add_file(CopiedFile file) {
    // What the INF file does not list as a source and Windows brings along comes from Windows.
    if (!file.listed && is_windows_core_file(file.name)) {
        add_core_file(std::move(file.name));
    } else if (known_files_.insert(base::fold_utf8(file.name + "\n" + file.path)).second) {
        known_names_.insert(base::fold_utf8(file.name));
        files_.push_back(std::move(file));
    }
}

base::Result<std::vector<CopiedFile>> DriverEntry::files() {
    TRY_VOID(gather());
    return files_;
}

bool DriverEntry::has_file(std::string_view name) const { return known_names_.contains(base::fold_utf8(name)); }

// "name,file.dll": the name.
base::Result<void> DriverEntry::describe3(Driver& driver) {
    const auto first_of = [&](std::string_view key) { return split_list(property(key))[0]; };
    const auto otherwise = [](std::string value, const std::string& fallback) { return value.empty() ? fallback : value; };
    driver.version = 3;
    driver.driver_path = otherwise(property("DriverFile"), core_driver_file_);
    // Windows falls back to the install section's name; that is a file only in INF files written for it.
    if (driver.driver_path.empty() && has_file(install_section_)) driver.driver_path = install_section_;
    if (driver.driver_path.empty()) return context_.file.error(line_, "'" + driver.name + "' has no DriverFile");
    driver.config_file = otherwise(otherwise(property("ConfigFile"), core_config_file_), driver.driver_path);
    driver.data_file = otherwise(property("DataFile"), has_file(install_section_) ? install_section_ : driver.driver_path);
    driver.help_file = otherwise(property("HelpFile"), core_help_file_);
    driver.monitor_name = otherwise(first_of("LanguageMonitor"), core_monitor_);
    driver.print_processor = first_of("PrintProcessor");
    driver.default_datatype = property("DefaultDataType");
    driver.vendor_setup = property("VendorSetup");
    driver.attributes |= category_of(property("DriverCategory"));
    if (property("DriverIsolation") == "2") driver.attributes |= driver_attribute::kSandbox;
    if (base::equal_names(driver.driver_path, "mxdwdrv.dll")) driver.attributes |= driver_attribute::kXps;
    return {};
}

// The manifest of a version 4 driver: the one file of its list whose name ends in "-manifest.ini" [MS-PAR] 3.1.4.2.7.
base::Result<void> DriverEntry::describe4(Driver& driver) {
    const auto is_manifest = [](const CopiedFile& file) { return base::fold_utf8(file.name).ends_with(base::fold_utf8("-manifest.ini")); };
    const auto found = std::find_if(files_.begin(), files_.end(), is_manifest);
    if (found == files_.end()) return context_.file.error(line_, "'" + driver.name + "' is a version 4 driver without a manifest");
    if (std::count_if(found, files_.end(), is_manifest) > 1)
        return context_.file.error(line_, "'" + driver.name + "' has several manifests: " + found->path + " is not the only one");
    TRY(const base::ByteBuffer bytes, context_.read(found->path));
    TRY(const InfFile manifest, InfFile::parse(bytes, found->path));
    constexpr std::string_view kSection = "DriverConfig";
    if (!manifest.has(kSection)) return manifest.error(0, "no [DriverConfig] section");
    driver.version = 4;
    const std::string driver_file = manifest.value(kSection, "DriverFile");
    const bool derived = manifest.find(kSection, "RequiredClass") != nullptr;
    required_class_ = manifest.value(kSection, "RequiredClass");
    if (derived && (required_class_.empty() || base::to_utf16(required_class_).size() >= base::limits::kMaxNameChars)) {
        return manifest.error(0, "RequiredClass names no driver");
    }
    driver.driver_path = driver_file.empty() ? "mxdwdrv.dll" : driver_file;
    driver.config_file = "PrintConfig.dll";
    driver.data_file = manifest.value(kSection, "DataFile");
    if (driver.data_file.empty() && !derived) return manifest.error(0, "[DriverConfig] has no DataFile");
    if (driver.data_file.empty()) driver.data_file = driver.driver_path;
    for (std::string& name : manifest.values(kSection, "RequiredFiles")) add_core_file(std::move(name));
    driver.attributes |= driver_attribute::kPackageAware | category_of(manifest.value(kSection, "DriverCategory"));
    driver.attributes |= derived ? driver_attribute::kDerived : driver_file.empty() ? 0 : driver_attribute::kClass;
    if (base::equal_names(driver.driver_path, "mxdwdrv.dll")) driver.attributes |= driver_attribute::kXps;
    for (const std::string& flag : manifest.values(kSection, "Flags")) {
        if (base::equal_names(flag, "NotShareable")) driver.attributes |= driver_attribute::kNotShareable;
        if (base::equal_names(flag, "SoftResetOnJobCancellation")) driver.attributes |= driver_attribute::kSoftReset;
    }
    return {};
}

// [PrinterPackageInstallation.amd64]
void DriverEntry::describe_package(Driver& driver) const {
    const std::string section = "PrinterPackageInstallation." + std::string(context_.architecture.suffix);
    if (is_true(context_.file.value(section, "PackageAware"))) driver.attributes |= driver_attribute::kPackageAware;
    for (const std::string& guid : core_guids_) add_once(driver.core_dependencies, guid);
    for (std::string& guid : context_.file.values(section, "CoreDriverDependencies")) add_once(driver.core_dependencies, std::move(guid));
    const std::string required = context_.file.value(section, "InboxVersionRequired");
    if (base::equal_names(required, "UseDriverVer")) {
        driver.minimum_inbox_date = driver.date;
        driver.minimum_inbox_version = driver.driver_version;
    } else if (const auto version = parse_driver_version(required)) {
        driver.minimum_inbox_version = *version;
    }
}

void DriverEntry::set_dependent_files(Driver& driver) const {
    std::unordered_set<std::string> placed;
    for (const std::string* named : {&driver.driver_path, &driver.config_file, &driver.data_file, &driver.help_file}) {
        placed.insert(base::fold_utf8(*named));
    }
    const auto add = [&](const std::string& name) {
        if (placed.insert(base::fold_utf8(name)).second) driver.dependent_files.push_back(name);
    };
    for (const CopiedFile& file : files_) {
        if (file.role == PackageFileRole::driver) add(file.name);
    }
    for (const std::string& name : core_files_) add(name);
    std::unordered_set<std::string> profiles;
    for (const CopiedFile& file : files_) {
        if (file.role != PackageFileRole::color_profile) continue;
        if (profiles.insert(base::fold_utf8(file.name)).second) driver.color_profiles.push_back(file.name);
    }
}

base::Result<InfDriver> DriverEntry::build(Driver driver) {
    TRY_VOID(gather());
    TRY_VOID(context_.version4 ? describe4(driver) : describe3(driver));
    for (const std::string* name : {&driver.driver_path, &driver.config_file, &driver.data_file, &driver.help_file}) {
        if (!name->empty() && !is_file_name(*name)) return context_.file.error(line_, "'" + *name + "' is no file name");
    }
    for (const std::string& name : core_files_) {
        if (!is_file_name(name)) return context_.file.error(line_, "'" + name + "' is no file name");
    }
    const std::string* texts[] = {&driver.monitor_name, &driver.print_processor, &driver.default_datatype, &driver.vendor_setup};
    for (const std::string* text : texts) {
        if (base::to_utf16(*text).size() >= base::limits::kMaxNameChars)
            return context_.file.error(line_, "a name of this driver is too long");
    }
    describe_package(driver);
    if (core_guids_.size() > base::limits::kMaxPackageCoreDrivers ||
        driver.core_dependencies.size() > base::limits::kMaxPackageCoreDrivers) {
        return context_.file.error(line_, "too many core drivers");
    }
    for (const std::string& guid : driver.core_dependencies) {
        if (!base::parse_guid(guid)) return context_.file.error(line_, "'" + guid + "' is no GUID of a core driver");
    }
    set_dependent_files(driver);
    InfDriver result;
    result.driver = std::move(driver);
    result.files = std::move(files_);
    result.required_class = std::move(required_class_);
    return result;
}

}  // namespace spooler::inf
