#include "server/winspool/levels/driver_levels.h"

#include <algorithm>

namespace server {
namespace {

using Driver = spooler::Driver;

template <auto Member>
Text driver_text(const DriverRow& row) {
    return Text::unless_empty((*row.driver).*Member);
}
template <auto Member>
Text driver_path(const DriverRow& row) {
    return row.path((*row.driver).*Member);
}
// The three files that every driver of version 3 has: an empty string rather than a NULL pointer, which clients do not expect.
template <auto Member>
Text mandatory_path(const DriverRow& row) {
    const std::string& file = (*row.driver).*Member;
    return file.empty() ? Text("") : row.path(file);
}
template <auto Member>
std::uint64_t driver_number(const DriverRow& row) {
    return (*row.driver).*Member;
}
template <auto Member>
base::FileTime driver_time(const DriverRow& row) {
    return (*row.driver).*Member;
}
template <auto Member>
TextList driver_list(const DriverRow& row) {
    const std::vector<std::string>& list = (*row.driver).*Member;
    return {list, !list.empty()};
}
TextList dependent_files(const DriverRow& row) { return {row.dependent_files, !row.dependent_files.empty()}; }
FileList all_files(const DriverRow& row) { return {row.files}; }
std::uint32_t file_count(const DriverRow& row) { return static_cast<std::uint32_t>(row.files.size()); }
std::uint32_t package_aware(const DriverRow& row) { return row.driver->attributes & spooler::driver_attribute::kPackageAware; }

constexpr Field<DriverRow> kDriverInfo1[] = {str<&driver_text<&Driver::name>>("Name")};           // [MS-RPRN] 2.2.2.4.1

constexpr Field<DriverRow> kDriverInfo2[] = {                      // 2.2.2.4.2
    u32<&driver_number<&Driver::version>>("cVersion"),
    str<&driver_text<&Driver::name>>("Name"),
    str<&driver_text<&Driver::environment>>("Environment"),
    str<&mandatory_path<&Driver::driver_path>>("DriverPath"),
    str<&mandatory_path<&Driver::data_file>>("DataFile"),
    str<&mandatory_path<&Driver::config_file>>("ConfigFile"),
};
constexpr Field<DriverRow> kTail3[] = {
    str<&driver_path<&Driver::help_file>>("HelpFile"),
    multi_str<&dependent_files>("DependentFiles"),
    str<&driver_text<&Driver::monitor_name>>("MonitorName"),
    str<&driver_text<&Driver::default_datatype>>("DefaultDataType"),
};
constexpr Field<DriverRow> kTail4[] = {multi_str<&driver_list<&Driver::previous_names>>("PreviousNames")};
constexpr Field<DriverRow> kTail5[] = {
    u32<&package_aware>("dwDriverAttributes"),
    u32<&driver_number<&Driver::config_file_version>>("dwConfigVersion"),
    u32<&driver_number<&Driver::driver_file_version>>("dwDriverVersion"),
};
constexpr Field<DriverRow> kTail6[] = {
    filetime<&driver_time<&Driver::date>>("ftDriverDate"),
    u64<&driver_number<&Driver::driver_version>>("dwlDriverVersion"),
    str<&driver_text<&Driver::manufacturer>>("MfgName"),
    str<&driver_text<&Driver::oem_url>>("OEMUrl"),
    str<&driver_text<&Driver::hardware_id>>("HardwareID"),
    str<&driver_text<&Driver::provider>>("Provider"),
};
constexpr Field<DriverRow> kTail8[] = {
    str<&driver_text<&Driver::print_processor>>("PrintProcessor"),
    str<&driver_text<&Driver::vendor_setup>>("VendorSetup"),
    multi_str<&driver_list<&Driver::color_profiles>>("ColorProfiles"),
    str<&driver_text<&Driver::inf_path>>("InfPath"),
    u32<&driver_number<&Driver::attributes>>("dwPrinterDriverAttributes"),
    multi_str<&driver_list<&Driver::core_dependencies>>("CoreDependencies"),
    filetime<&driver_time<&Driver::minimum_inbox_date>>("ftMinInboxDriverVerDate"),
    u64<&driver_number<&Driver::minimum_inbox_version>>("dwlMinInboxDriverVerVersion"),
};
constexpr auto kDriverInfo3 = extend(kDriverInfo2, kTail3);        // 2.2.2.4.3; the order differs from RPC_DRIVER_INFO_3
constexpr auto kDriverInfo4 = extend(kDriverInfo3.fields, kTail4);
constexpr auto kDriverInfo5 = extend(kDriverInfo2, kTail5);
constexpr auto kDriverInfo6 = extend(kDriverInfo4.fields, kTail6);
constexpr auto kDriverInfo8 = extend(kDriverInfo6.fields, kTail8);

constexpr Field<DriverRow> kDriverInfo101[] = {                    // 2.2.2.4.8
    u32<&driver_number<&Driver::version>>("cVersion"),
    str<&driver_text<&Driver::name>>("Name"),
    str<&driver_text<&Driver::environment>>("Environment"),
    files<&all_files>("FileInfo"),
    u32<&file_count>("dwFileCount"),
    str<&driver_text<&Driver::monitor_name>>("MonitorName"),
    str<&driver_text<&Driver::default_datatype>>("DefaultDataType"),
    multi_str<&driver_list<&Driver::previous_names>>("PreviousNames"),
    filetime<&driver_time<&Driver::date>>("ftDriverDate"),
    u64<&driver_number<&Driver::driver_version>>("dwlDriverVersion"),
    str<&driver_text<&Driver::manufacturer>>("MfgName"),
    str<&driver_text<&Driver::oem_url>>("OEMUrl"),
    str<&driver_text<&Driver::hardware_id>>("HardwareID"),
    str<&driver_text<&Driver::provider>>("Provider"),
};

}  // namespace

constinit const Level<DriverRow> kDriverLevels[8] = {
    {1, 4, kDriverInfo1},         {2, 24, kDriverInfo2},        {3, 40, kDriverInfo3.fields},  {4, 44, kDriverInfo4.fields},
    {5, 36, kDriverInfo5.fields}, {6, 80, kDriverInfo6.fields}, {8, 120, kDriverInfo8.fields}, {101, 64, kDriverInfo101},
};
constinit const Level<DriverRow> kEnumDriverLevels[7] = {
    {1, 4, kDriverInfo1},         {2, 24, kDriverInfo2},        {3, 40, kDriverInfo3.fields},  {4, 44, kDriverInfo4.fields},
    {5, 36, kDriverInfo5.fields}, {6, 80, kDriverInfo6.fields}, {8, 120, kDriverInfo8.fields},
};

std::vector<std::string> DriverRow::file_order(const spooler::Driver& driver) {
    std::vector<std::string> files{driver.driver_path, driver.config_file, driver.data_file, driver.help_file};
    files.insert(files.end(), driver.dependent_files.begin(), driver.dependent_files.end());
    return files;
}

DriverRow DriverRow::make(std::shared_ptr<const spooler::Driver> driver, std::string directory,
                          const std::vector<std::uint32_t>& generations) {
    DriverRow row;
    row.driver = std::move(driver);
    row.directory = std::move(directory);
    const std::vector<std::string> files = file_order(*row.driver);
    for (std::size_t i = 0; i < files.size(); ++i) {
        if (files[i].empty()) continue;
        const bool configuration = i == driver_file_type::kConfiguration;
        FileRow entry;
        entry.path = row.directory + files[i];
        entry.type = static_cast<std::uint32_t>(std::min<std::size_t>(i, driver_file_type::kOther));
        entry.version = configuration ? row.driver->config_file_version : row.driver->driver_file_version;
        if (i < generations.size()) entry.version = generations[i];
        row.files.push_back(std::move(entry));
    }
    for (const std::string& file : row.driver->dependent_files) row.dependent_files.push_back(row.directory + file);
    return row;
}

}  // namespace server
