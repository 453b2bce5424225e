#include "spooler/inf/printer_inf.h"

#include "base/guid.h"
#include "base/limits.h"
#include "base/utf.h"
#include "spooler/inf/driver_entry.h"
#include "spooler/inf/driver_version.h"

#include <algorithm>
#include <unordered_set>

namespace spooler::inf {
namespace limits = base::limits;
namespace {

constexpr std::string_view kPrinterClass = "4d36e979-e325-11ce-bfc1-08002be10318";

class Reader {
 public:
    Reader(const InfFile& file, const ReadPackageFile& read) : file_(file), read_(read) {}
    base::Result<PrinterInf> run() {
        TRY_VOID(read_version());
        TRY_VOID(read_catalogs());
        if (!file_.has("Manufacturer")) return file_.error(0, "no [Manufacturer] section");
        for (const Architecture& architecture : kArchitectures) {
            const SourceFiles sources(file_, architecture);
            for (const Line& line : file_.lines("Manufacturer")) {
                TRY_VOID(read_manufacturer(line, architecture, sources));
            }
        }
        if (result_.drivers.empty() && result_.core_drivers.empty()) return file_.error(0, "no driver for any known architecture");
        return std::move(result_);
    }

 private:
    base::Result<void> read_version() {
        constexpr std::string_view kSection = "Version";
        if (!file_.has(kSection)) return file_.error(0, "no [Version] section: this is no INF file of Windows");
        const Line* signature = file_.find(kSection, "Signature");
        const auto is_known = [&](std::string_view known) { return base::equal_names(signature->value(0), known); };
        if (signature == nullptr) return file_.error(0, "[Version] has no Signature");
        if (!is_known("$Windows NT$") && !is_known("$CHICAGO$") && !is_known("$Windows 95$")) {
            return file_.error(signature->number, "the signature '" + signature->value(0) + "' is unknown");
        }
        if (const Line* guid = file_.find(kSection, "ClassGuid"); guid != nullptr) {
            const auto parsed = base::parse_guid(guid->value(0));
            if (!parsed || *parsed != base::parse_guid(kPrinterClass)) return file_.error(guid->number, "not of the printer class");
        } else if (!base::equal_names(file_.value(kSection, "Class"), "Printer")) {
            return file_.error(0, "not of the printer class");
        }
        result_.class_guid = base::to_braced_upper(*base::parse_guid(kPrinterClass));
        TRY(result_.provider, text_of(file_.find(kSection, "Provider"), 0));
        const Line* class_version = file_.find(kSection, "ClassVer");
        version4_ = class_version != nullptr && class_version->value(0).starts_with("4");
        return read_driver_version(kSection, result_.date, result_.version);
    }

    base::Result<void> read_driver_version(std::string_view section, base::FileTime& date, std::uint64_t& version) const {
        const Line* line = file_.find(section, "DriverVer");
        if (line == nullptr) return {};
        const auto parsed_date = parse_driver_date(line->value(0));
        if (!parsed_date) return file_.error(line->number, "'" + line->value(0) + "' is no date (month/day/year)");
        date = *parsed_date;
        if (line->value(1).empty()) return {};
        const auto parsed_version = parse_driver_version(line->value(1));
        if (!parsed_version) return file_.error(line->number, "'" + line->value(1) + "' is no version (w.x.y.z)");
        version = *parsed_version;
        return {};
    }

    // CatalogFile and CatalogFile.NTamd64 …
    base::Result<void> read_catalogs() {
        for (const Line& line : file_.lines("Version")) {
            const std::string key = base::fold_utf8(line.key);
            if (key != base::fold_utf8("CatalogFile") && !key.starts_with(base::fold_utf8("CatalogFile."))) continue;
            const std::string& name = line.value(0);
            if (name.empty()) continue;
            if (!is_file_name(name)) return file_.error(line.number, "'" + name + "' is no file name");
            auto& files = result_.catalog_files;
            const bool known =
                std::any_of(files.begin(), files.end(), [&](const std::string& file) { return base::equal_names(file, name); });
            if (!known) files.push_back(name);
            if (files.size() > limits::kMaxPackageCatalogs) return file_.error(line.number, "too many catalogue files");
        }
        return {};
    }

    // "HP" = HP,NTx86,NTamd64.6.1: the best of the sections for one architecture.
    base::Result<void> read_manufacturer(const Line& line, const Architecture& architecture, const SourceFiles& sources) {
        TRY(const std::string manufacturer, text_of(&line, line.key.empty() ? 0 : kKey));
        std::vector<std::string> decorations(line.values.begin() + 1, line.values.end());
        decorations.erase(std::remove(decorations.begin(), decorations.end(), std::string()), decorations.end());
        decorations.emplace_back();  // the undecorated section
        for (const std::string& decoration : order_decorations(decorations, architecture)) {
            const std::string section = decoration.empty() ? line.value(0) : line.value(0) + "." + decoration;
            if (file_.lines(section).empty()) continue;  // an empty section says that these versions are not supported
            const DriverContext context{file_, architecture, sources, read_, version4_, result_.notes};
            for (const Line& model : file_.lines(section)) {
                TRY_VOID(read_model(model, manufacturer, context));
            }
            break;
        }
        return {};
    }

    base::Result<void> read_model(const Line& line, const std::string& manufacturer, const DriverContext& context) {
        if (line.key.empty()) return file_.error(line.number, "a model without an install section");
        TRY(const std::string name, text_of(&line, kKey));
        const std::string identity = base::fold_utf8(name) + "\n" + std::string(context.architecture.environment);
        if (seen_.contains(identity)) return {};  // further hardware ids of the same driver
        const auto section = find_install_section(file_, line.value(0), context.architecture);
        if (!section) return file_.error(line.number, "the install section [" + line.value(0) + "] is missing");
        seen_.insert(identity);
        if (seen_.size() > limits::kMaxPackageDrivers) return file_.error(line.number, "too many drivers");
        DriverEntry entry(context, *section, line.number);
        if (name.front() == '{' && base::parse_guid(name)) return read_core(name, *section, context, entry, line.number);

        Driver driver;
        driver.name = name;
        driver.environment = context.architecture.environment;
        driver.date = result_.date;
        driver.driver_version = result_.version;
        driver.manufacturer = manufacturer;
        driver.provider = result_.provider;
        TRY(driver.hardware_id, hardware_id(line));
        driver.oem_url = file_.value("OEM URLS", manufacturer);
        if (driver.oem_url.size() > limits::kMaxWorkerTextBytes) driver.oem_url.clear();  // no link that anybody could follow
        for (std::string& previous : file_.values("Previous Names", name)) {
            if (base::to_utf16(previous).size() < limits::kMaxNameChars) driver.previous_names.push_back(std::move(previous));
        }
        TRY(InfDriver built, entry.build(std::move(driver)));
        TRY_VOID(count(built.files.size() + built.driver.dependent_files.size() + built.driver.previous_names.size(), line.number));
        result_.drivers.push_back(std::move(built));
        return {};
    }

    // "{GUID}" = {GUID},{GUID}: a core driver that this package provides.
    base::Result<void> read_core(const std::string& guid, const std::string& section, const DriverContext& context, DriverEntry& entry,
                                 std::size_t line) {
        InfCoreDriver core;
        core.core.guid = base::to_braced_upper(*base::parse_guid(guid));
        core.core.environment = context.architecture.environment;
        core.core.date = result_.date;
        core.core.version = result_.version;
        TRY_VOID(read_driver_version(section, core.core.date, core.core.version));
        TRY(core.files, entry.files());
        TRY_VOID(count(core.files.size(), line));
        result_.core_drivers.push_back(std::move(core));
        if (result_.core_drivers.size() > limits::kMaxPackageCoreDrivers) return file_.error(line, "too many core drivers");
        return {};
    }

    // A GUID in the place of a hardware id is a version 4 driver's PrinterDriverID.
    base::Result<std::string> hardware_id(const Line& line) const {
        for (std::size_t i = 1; i < line.values.size(); ++i) {
            if (!line.value(i).empty() && !base::parse_guid(line.value(i))) return text_of(&line, i);
        }
        return std::string();
    }

    // Models share file lists, so a small file can ask for a large answer.
    base::Result<void> count(std::size_t more, std::size_t line) {
        uses_ += more;
        if (uses_ > limits::kMaxPackageFileUses) return file_.error(line, "the drivers name too many files together");
        return {};
    }

    static constexpr std::size_t kKey = static_cast<std::size_t>(-1);
    // A value (or the key) that becomes a field of the driver.
    base::Result<std::string> text_of(const Line* line, std::size_t index) const {
        if (line == nullptr) return std::string();
        const std::string& text = index == kKey ? line->key : line->value(index);
        if (base::to_utf16(text).size() >= limits::kMaxNameChars) return file_.error(line->number, "a name is too long");
        const bool control = std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; });
        if (control) return file_.error(line->number, "a control character in a name");
        return text;
    }

    const InfFile& file_;
    const ReadPackageFile& read_;
    PrinterInf result_;
    bool version4_ = false;
    std::size_t uses_ = 0;
    std::unordered_set<std::string> seen_;
};

}  // namespace

base::Result<PrinterInf> read_printer_inf(const InfFile& file, const ReadPackageFile& read) { return Reader(file, read).run(); }

}  // namespace spooler::inf
