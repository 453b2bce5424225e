#include "server/winspool/driver_container.h"

#include "base/utf.h"
#include "spooler/drivers.h"

#include <map>

namespace server {

using base::Error;
using base::Result;
using base::Win32;
namespace limits = base::limits;

namespace {

constexpr std::uint32_t kCopyRules = 0xF;
// COPY_FROM_DIRECTORY: paths are mapped in any case. The cluster's two and INSTALL_WARNED_DRIVER change nothing on a server that has
// neither cluster nor list of warned drivers; RETURN_BLOCKING_STATUS_CODE only counts for drivers that a policy blocks, and there is no
// such list.
constexpr std::uint32_t kOtherFlags = 0x10 | 0x1000 | 0x2000 | 0x8000 | 0x10000;
constexpr std::string_view kWindows9x = "Windows 4.0", kWindowsArm = "Windows ARM";

base::FileTime time_from(const op::FILETIME& time) {
    return base::FileTime{(std::uint64_t{time.dwHighDateTime} << 32U) | time.dwLowDateTime};
}

// The members of the levels under their common names; the first error stays.
class Reader {
 public:
    explicit Reader(spooler::Driver& driver) : driver_(driver) {}

    template <class Info>
    void level_2(const Info& info) {
        driver_.version = info.cVersion;
        driver_.name = text(info.pName);
        driver_.environment = text(info.pEnvironment);
        driver_.driver_path = text(info.pDriverPath, limits::kMaxDriverPathChars);
        driver_.data_file = text(info.pDataFile, limits::kMaxDriverPathChars);
        driver_.config_file = text(info.pConfigFile, limits::kMaxDriverPathChars);
    }
    template <class Info>
    void level_3(const Info& info) {
        level_2(info);
        driver_.help_file = text(info.pHelpFile, limits::kMaxDriverPathChars);
        driver_.monitor_name = text(info.pMonitorName);
        driver_.default_datatype = text(info.pDefaultDataType);
        driver_.dependent_files = list(info.pDependentFiles, limits::kMaxDriverPathChars);
    }
    template <class Info>
    void level_4(const Info& info) {
        level_3(info);
        driver_.previous_names = list(info.pszzPreviousNames);
    }
    template <class Info>
    void level_6(const Info& info) {
        level_4(info);
        driver_.date = time_from(info.ftDriverDate);
        driver_.driver_version = info.dwlDriverVersion;
        driver_.manufacturer = text(info.pMfgName);
        driver_.oem_url = text(info.pOEMUrl, limits::kMaxDriverPathChars);
        driver_.hardware_id = text(info.pHardwareID);
        driver_.provider = text(info.pProvider);
    }
    void level_8(const op::RPC_DRIVER_INFO_8& info) {
        level_6(info);
        driver_.print_processor = text(info.pPrintProcessor);
        driver_.vendor_setup = text(info.pVendorSetup, limits::kMaxDriverPathChars);
        driver_.color_profiles = list(info.pszzColorProfiles);
        driver_.core_dependencies = list(info.pszzCoreDriverDependencies);
        driver_.minimum_inbox_date = time_from(info.ftMinInboxDriverVerDate);
        driver_.minimum_inbox_version = info.dwlMinInboxDriverVerVersion;
        const bool must_not = (info.pInfPath.present && !info.pInfPath.empty()) || info.dwPrinterDriverAttributes != 0;
        if (must_not) fail(Error(Win32::invalid_parameter, "pInfPath and dwPrinterDriverAttributes are the server's to say"));
    }
    [[nodiscard]] const Result<void>& outcome() const { return outcome_; }

 private:
    void fail(Error error) {
        if (outcome_) outcome_ = std::move(error);
    }
    std::string text(const ndr::WStr& from, std::size_t max_chars = limits::kMaxNameChars) {
        auto result = checked_text(from, max_chars);
        if (result) return std::move(*result);
        fail(std::move(result).error());
        return {};
    }
    std::vector<std::string> list(const ndr::Array<char16_t>& from, std::size_t max_chars = limits::kMaxNameChars) {
        std::vector<std::string> items;
        std::u16string_view rest(from.data, from.present ? from.size : 0);
        while (!rest.empty() && rest.front() != u'\0') {
            const std::u16string_view item = rest.substr(0, rest.find(u'\0'));
            if (items.size() >= limits::kMaxDriverListItems || item.size() >= max_chars) {
                fail(Error(Win32::invalid_parameter, "a list of the driver is too long"));
                return {};
            }
            items.push_back(base::to_utf8(item));
            rest.remove_prefix(std::min(rest.size(), item.size() + 1));
        }
        return items;
    }

    spooler::Driver& driver_;
    Result<void> outcome_;
};

// The members of the container's level, or invalid_parameter when it has none.
Result<void> read_level(const op::DRIVER_CONTAINER& container, Reader& reader) {
    const Error missing(Win32::invalid_parameter, "no driver information");
    switch (container.Level) {
        case 2:
            if (container.Level2() == nullptr) return missing;
            reader.level_2(*container.Level2());
            break;
        case 3:
            if (container.Level3() == nullptr) return missing;
            reader.level_3(*container.Level3());
            break;
        case 4:
            if (container.Level4() == nullptr) return missing;
            reader.level_4(*container.Level4());
            break;
        case 6:
            if (container.Level6() == nullptr) return missing;
            reader.level_6(*container.Level6());
            break;
        case 8:
            if (container.Level8() == nullptr) return missing;
            reader.level_8(*container.Level8());
            break;
        default:
            return Error(Win32::invalid_level);
    }
    return reader.outcome();
}

}  // namespace

Result<spooler::Driver> driver_from(const op::DRIVER_CONTAINER& container, DriverCall call) {
    constexpr std::uint32_t kLastLegacyLevel = 4;
    if (call == DriverCall::legacy && container.Level > kLastLegacyLevel) return Error(Win32::invalid_level);
    spooler::Driver driver;
    Reader reader(driver);
    TRY_VOID(read_level(container, reader));
    for (const std::string* needed : {&driver.name, &driver.environment, &driver.driver_path, &driver.data_file, &driver.config_file}) {
        if (needed->empty()) return Error(Win32::invalid_parameter, "name, environment, driver, data and configuration file are needed");
    }
    const spooler::Environment* environment = spooler::find_environment(driver.environment);
    if (environment == nullptr) return Error(Win32::invalid_environment, driver.environment);
    driver.environment = environment->name;
    if (driver.environment == kWindowsArm) return Error(Win32::not_supported, "drivers of version 3 for Windows ARM");
    if (driver.version >= spooler::kFirstV4DriverVersion)
        return Error(Win32::printer_driver_blocked, "drivers of version 4 come in packages");
    const bool fits = (driver.version == 0) == (driver.environment == kWindows9x);
    if (!fits) return Error(Win32::invalid_parameter, "cVersion 0 is for Windows 4.0, and nothing else is");
    return driver;
}

Result<spooler::DriverCopy> copy_rule(std::uint32_t flags) {
    if ((flags & ~(kCopyRules | kOtherFlags)) != 0) return Error(Win32::invalid_parameter, "unknown copy flags");
    switch (flags & kCopyRules) {
        case 0x1:
            return spooler::DriverCopy::strict_upgrade;
        case 0x2:
            return spooler::DriverCopy::strict_downgrade;
        case 0x4:
            return spooler::DriverCopy::all;
        case 0x8:
            return spooler::DriverCopy::newer;
        default:
            return Error(Win32::invalid_parameter, "exactly one copy rule is needed");
    }
}

Result<std::vector<spooler::DriverFileSource>> take_sources(spooler::Driver& driver, const spooler::UploadPlace& place,
                                                            const std::string& share) {
    const spooler::Environment* environment = spooler::find_environment(driver.environment);
    if (environment == nullptr) return Error(Win32::invalid_environment, driver.environment);
    std::vector<spooler::DriverFileSource> sources;
    std::map<std::string, std::string> known;  // folded name → source
    const auto take = [&](std::string& path) -> Result<void> {
        if (path.empty()) return {};
        const auto mapped = spooler::upload_path(path, *environment, place);
        if (!mapped) return Error(mapped.error().code(), path + ": " + mapped.error().text());
        const std::string source = share + "/" + *mapped;
        const std::string name = mapped->substr(mapped->rfind('/') + 1);
        const auto [at, fresh] = known.emplace(base::fold_utf8(name), base::fold_utf8(source));
        if (!fresh && at->second != base::fold_utf8(source)) return Error(Win32::invalid_parameter, name + " comes from two places");
        if (fresh) sources.push_back({name, source});
        path = name;
        return {};
    };
    for (std::string* path : {&driver.driver_path, &driver.config_file, &driver.data_file, &driver.help_file}) {
        TRY_VOID(take(*path));
    }
    for (std::string& path : driver.dependent_files) {
        TRY_VOID(take(path));
    }
    return sources;
}

}  // namespace server
