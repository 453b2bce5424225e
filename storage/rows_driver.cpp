#include "storage/rows_driver.h"

#include "base/utf.h"

#include <array>

namespace storage {

namespace {

using std::string_view_literals::operator""sv;

constexpr std::array kColumns = {
    "name_key"sv,     "environment_key"sv, "version"sv,        "name"sv,           "environment"sv,       "in_box"sv,        "driver_path"sv,
    "data_file"sv,    "config_file"sv,     "help_file"sv,      "monitor_name"sv,   "default_datatype"sv,  "dependent_files"sv, "previous_names"sv,
    "date"sv,         "driver_version"sv,  "manufacturer"sv,   "oem_url"sv,        "hardware_id"sv,       "provider"sv,      "print_processor"sv,
    "vendor_setup"sv, "color_profiles"sv,  "core_dependencies"sv, "inf_path"sv,    "attributes"sv,        "minimum_inbox_date"sv,
    "minimum_inbox_version"sv};

constexpr std::array kFileColumns = {"environment_key"sv, "version"sv, "name_key"sv, "environment"sv, "name"sv,
                                     "content"sv,         "size"sv,    "modified"sv, "generation"sv};

spooler::Driver read(ReadCursor& cursor) {
    spooler::Driver driver;
    (void)cursor.text();                                           // name_key
    (void)cursor.text();                                           // environment_key
    driver.version = cursor.u32();
    driver.name = cursor.text();
    driver.environment = cursor.text();
    driver.in_box = cursor.boolean();
    driver.driver_path = cursor.text();
    driver.data_file = cursor.text();
    driver.config_file = cursor.text();
    driver.help_file = cursor.text();
    driver.monitor_name = cursor.text();
    driver.default_datatype = cursor.text();
    driver.dependent_files = cursor.list();
    driver.previous_names = cursor.list();
    driver.date = cursor.time();
    driver.driver_version = cursor.u64();
    driver.manufacturer = cursor.text();
    driver.oem_url = cursor.text();
    driver.hardware_id = cursor.text();
    driver.provider = cursor.text();
    driver.print_processor = cursor.text();
    driver.vendor_setup = cursor.text();
    driver.color_profiles = cursor.list();
    driver.core_dependencies = cursor.list();
    driver.inf_path = cursor.text();
    driver.attributes = cursor.u32();
    driver.minimum_inbox_date = cursor.time();
    driver.minimum_inbox_version = cursor.u64();
    return driver;
}

}  // namespace

Result<DriverRows> DriverRows::prepare(Database& database) {
    DriverRows rows;
    TRY(rows.put_, database.prepare(upsert_sql("driver", kColumns, 3)));
    TRY(rows.remove_, database.prepare("DELETE FROM driver WHERE name_key=? AND environment_key=? AND version=?"));
    TRY(rows.put_file_, database.prepare(upsert_sql("driver_file", kFileColumns, 3)));
    TRY(rows.remove_file_, database.prepare("DELETE FROM driver_file WHERE environment_key=? AND version=? AND name_key=?"));
    return rows;
}

Result<void> DriverRows::put(const spooler::Driver& driver) {
    BindCursor cursor(put_);
    cursor.text(base::fold_utf8(driver.name)).text(base::fold_utf8(driver.environment)).number(driver.version);
    cursor.text(driver.name).text(driver.environment).number(driver.in_box ? 1 : 0).text(driver.driver_path).text(driver.data_file);
    cursor.text(driver.config_file).text(driver.help_file).text(driver.monitor_name).text(driver.default_datatype);
    cursor.text(encode_list(driver.dependent_files)).text(encode_list(driver.previous_names)).number(driver.date.ticks);
    cursor.number(driver.driver_version).text(driver.manufacturer).text(driver.oem_url).text(driver.hardware_id).text(driver.provider);
    cursor.text(driver.print_processor).text(driver.vendor_setup).text(encode_list(driver.color_profiles));
    cursor.text(encode_list(driver.core_dependencies)).text(driver.inf_path).number(driver.attributes);
    cursor.number(driver.minimum_inbox_date.ticks).number(driver.minimum_inbox_version);
    return put_.run();
}

Result<void> DriverRows::remove(std::string_view name, std::string_view environment, std::uint32_t version) {
    return remove_.bind(1, base::fold_utf8(name)).bind(2, base::fold_utf8(environment)).bind(3, std::int64_t{version}).run();
}

Result<std::vector<spooler::Driver>> DriverRows::load(Database& database, SharedValues& shared) {
    std::vector<spooler::Driver> drivers;
    TRY(Statement select, database.prepare(select_sql("driver", kColumns)));
    for (;;) {
        TRY(const bool row, select.step());
        if (!row) return drivers;
        ReadCursor cursor(select, shared);
        spooler::Driver driver = read(cursor);
        if (cursor.bad()) {
            shared.damage.add("driver", driver.name, driver.name, cursor.bad_columns(kColumns), "the driver is not served: add it again");
            continue;
        }
        drivers.push_back(std::move(driver));
    }
}

Result<void> DriverRows::put_files(const std::vector<spooler::DriverFile>& files) {
    for (const spooler::DriverFile& file : files) {
        BindCursor cursor(put_file_);
        cursor.text(base::fold_utf8(file.environment)).number(file.version).text(base::fold_utf8(file.name)).text(file.environment);
        cursor.text(file.name).text(file.content).number(file.size).number(file.modified.ticks).number(file.generation);
        TRY_VOID(put_file_.run());
    }
    return {};
}

Result<void> DriverRows::remove_files(const std::vector<spooler::DriverFile>& files) {
    for (const spooler::DriverFile& file : files) {
        remove_file_.bind(1, base::fold_utf8(file.environment)).bind(2, std::int64_t{file.version}).bind(3, base::fold_utf8(file.name));
        TRY_VOID(remove_file_.run());
    }
    return {};
}

Result<std::vector<spooler::DriverFile>> DriverRows::load_files(Database& database, SharedValues& shared) {
    std::vector<spooler::DriverFile> files;
    TRY(Statement select, database.prepare(select_sql("driver_file", kFileColumns)));
    for (;;) {
        TRY(const bool row, select.step());
        if (!row) return files;
        ReadCursor cursor(select, shared);
        spooler::DriverFile file;
        (void)cursor.text();                                       // environment_key
        file.version = cursor.u32();
        (void)cursor.text();                                       // name_key
        file.environment = cursor.text();
        file.name = cursor.text();
        file.content = cursor.text();
        file.size = cursor.u64();
        file.modified = cursor.time();
        file.generation = cursor.u32();
        if (cursor.bad()) {
            shared.damage.add("driver_file", file.name, file.name, cursor.bad_columns(kFileColumns), "the file is not served: add its drivers again");
            continue;
        }
        files.push_back(std::move(file));
    }
}

}  // namespace storage
