#include "storage/rows_package.h"

#include "base/utf.h"

#include <array>
#include <charconv>
#include <map>

namespace storage {

namespace {

using spooler::CoreDriver;
using spooler::Driver;
using spooler::DriverPackage;
using spooler::PackageDriver;
using spooler::PackageDriverFile;
using spooler::PackageFile;
using spooler::PackageSignature;
using std::string_view_literals::operator""sv;

constexpr std::array kColumns = {"id_key"sv,           "id"sv,      "inf_name"sv,     "provider"sv,  "class_guid"sv,
                                 "catalog_file"sv,     "date"sv,    "version"sv,      "signature"sv, "signer"sv,
                                 "signature_detail"sv, "drivers"sv, "core_drivers"sv, "files"sv,     "notes"sv};

// --- Named fields: "name", "value", "name", "value" … as one encoded list ---

template <class Type>
struct Fields {
    struct TextField {
        std::string_view name;
        std::string Type::*member;
    };
    struct ListField {
        std::string_view name;
        std::vector<std::string> Type::*member;
    };
    struct NumberField {
        std::string_view name;
        std::uint64_t (*get)(const Type&);
        void (*set)(Type&, std::uint64_t);
    };
    std::span<const TextField> texts;
    std::span<const ListField> lists;
    std::span<const NumberField> numbers;
};

template <class Type, auto Member>
std::uint64_t get_number(const Type& value) {
    if constexpr (requires { (value.*Member).ticks; })
        return (value.*Member).ticks;
    else
        return static_cast<std::uint64_t>(value.*Member);
}
template <class Type, auto Member>
void set_number(Type& value, std::uint64_t number) {
    using Field = std::remove_reference_t<decltype(value.*Member)>;
    if constexpr (requires { (value.*Member).ticks; })
        (value.*Member).ticks = number;
    else
        value.*Member = static_cast<Field>(number);
}
template <class Type, auto Member>
constexpr typename Fields<Type>::NumberField number_field(std::string_view name) {
    return {name, &get_number<Type, Member>, &set_number<Type, Member>};
}

template <class Type>
std::string encode(const Type& value, const Fields<Type>& fields) {
    std::vector<std::string> items;
    const auto add = [&](std::string_view name, std::string text) {
        items.emplace_back(name);
        items.push_back(std::move(text));
    };
    for (const auto& field : fields.texts) add(field.name, value.*field.member);
    for (const auto& field : fields.lists) add(field.name, encode_list(value.*field.member));
    for (const auto& field : fields.numbers) add(field.name, std::to_string(field.get(value)));
    return encode_list(items);
}

// Unknown fields are a later version's; missing ones keep their default. False when the text is no list of pairs or a number is none.
template <class Type>
bool decode(std::string_view text, const Fields<Type>& fields, Type& value) {
    const std::vector<std::string> items = decode_list(text);
    if (items.empty() || items.size() % 2 != 0) return false;
    for (std::size_t i = 0; i < items.size(); i += 2) {
        const std::string& name = items[i];
        const std::string& content = items[i + 1];
        for (const auto& field : fields.texts) {
            if (field.name == name) value.*field.member = content;
        }
        for (const auto& field : fields.lists) {
            if (field.name == name) value.*field.member = decode_list(content);
        }
        for (const auto& field : fields.numbers) {
            if (field.name != name) continue;
            std::uint64_t number = 0;
            const auto [end, error] = std::from_chars(content.data(), content.data() + content.size(), number);
            if (error != std::errc() || end != content.data() + content.size()) return false;
            field.set(value, number);
        }
    }
    return true;
}

constexpr Fields<Driver>::TextField kDriverTexts[] = {
    {"name", &Driver::name},
    {"environment", &Driver::environment},
    {"driver_path", &Driver::driver_path},
    {"data_file", &Driver::data_file},
    {"config_file", &Driver::config_file},
    {"help_file", &Driver::help_file},
    {"monitor_name", &Driver::monitor_name},
    {"manufacturer", &Driver::manufacturer},
    {"oem_url", &Driver::oem_url},
    {"default_datatype", &Driver::default_datatype},
    {"hardware_id", &Driver::hardware_id},
    {"provider", &Driver::provider},
    {"print_processor", &Driver::print_processor},
    {"vendor_setup", &Driver::vendor_setup},
    {"inf_path", &Driver::inf_path},
};
constexpr Fields<Driver>::ListField kDriverLists[] = {
    {"dependent_files", &Driver::dependent_files},
    {"previous_names", &Driver::previous_names},
    {"color_profiles", &Driver::color_profiles},
    {"core_dependencies", &Driver::core_dependencies},
};
constexpr Fields<Driver>::NumberField kDriverNumbers[] = {
    number_field<Driver, &Driver::version>("version"),
    number_field<Driver, &Driver::date>("date"),
    number_field<Driver, &Driver::driver_version>("driver_version"),
    number_field<Driver, &Driver::attributes>("attributes"),
    number_field<Driver, &Driver::minimum_inbox_date>("minimum_inbox_date"),
    number_field<Driver, &Driver::minimum_inbox_version>("minimum_inbox_version"),
};
const Fields<Driver> kDriver{kDriverTexts, kDriverLists, kDriverNumbers};

constexpr Fields<CoreDriver>::TextField kCoreTexts[] = {{"guid", &CoreDriver::guid}, {"environment", &CoreDriver::environment}};
constexpr Fields<CoreDriver>::NumberField kCoreNumbers[] = {number_field<CoreDriver, &CoreDriver::date>("date"),
                                                            number_field<CoreDriver, &CoreDriver::version>("version")};
const Fields<CoreDriver> kCore{kCoreTexts, {}, kCoreNumbers};

constexpr Fields<PackageDriverFile>::TextField kUseTexts[] = {{"name", &PackageDriverFile::name}, {"path", &PackageDriverFile::path}};
constexpr Fields<PackageDriverFile>::NumberField kUseNumbers[] = {number_field<PackageDriverFile, &PackageDriverFile::role>("role")};
const Fields<PackageDriverFile> kUse{kUseTexts, {}, kUseNumbers};

constexpr Fields<PackageFile>::TextField kFileTexts[] = {{"path", &PackageFile::path}, {"sha256", &PackageFile::sha256}};
constexpr Fields<PackageFile>::NumberField kFileNumbers[] = {number_field<PackageFile, &PackageFile::size>("size")};
const Fields<PackageFile> kFile{kFileTexts, {}, kFileNumbers};

template <class Type>
std::string encode_all(const std::vector<Type>& values, const Fields<Type>& fields) {
    std::vector<std::string> items;
    for (const Type& value : values) items.push_back(encode(value, fields));
    return encode_list(items);
}

template <class Type>
bool decode_all(std::string_view text, const Fields<Type>& fields, std::vector<Type>& values) {
    for (const std::string& item : decode_list(text)) {
        Type value;
        if (!decode(item, fields, value)) return false;
        values.push_back(std::move(value));
    }
    return true;
}

constexpr Fields<PackageDriver>::TextField kOfferTexts[] = {{"required_class", &PackageDriver::required_class}};
const Fields<PackageDriver> kOffer{kOfferTexts, {}, {}};

// A driver of a package: the driver's fields, those of the offer, and the files. A core driver: its fields and the files.
std::string encode_drivers(const std::vector<PackageDriver>& drivers) {
    std::vector<std::string> items;
    for (const PackageDriver& offered : drivers) {
        const std::vector<std::string> parts = {encode(offered.driver, kDriver), encode(offered, kOffer), encode_all(offered.files, kUse)};
        items.push_back(encode_list(parts));
    }
    return encode_list(items);
}

bool decode_drivers(std::string_view text, std::vector<PackageDriver>& drivers) {
    for (const std::string& item : decode_list(text)) {
        const std::vector<std::string> parts = decode_list(item);
        PackageDriver offered;
        const bool good = parts.size() == 3 && decode(parts[0], kDriver, offered.driver) && decode(parts[1], kOffer, offered) &&
                          decode_all(parts[2], kUse, offered.files);
        if (!good) return false;
        drivers.push_back(std::move(offered));
    }
    return true;
}

std::string encode_core(const std::vector<CoreDriver>& drivers) {
    std::vector<std::string> items;
    for (const CoreDriver& core : drivers) {
        const std::vector<std::string> parts = {encode(core, kCore), encode_all(core.files, kUse)};
        items.push_back(encode_list(parts));
    }
    return encode_list(items);
}

bool decode_core(std::string_view text, std::vector<CoreDriver>& drivers) {
    for (const std::string& item : decode_list(text)) {
        const std::vector<std::string> parts = decode_list(item);
        CoreDriver core;
        if (parts.size() != 2 || !decode(parts[0], kCore, core) || !decode_all(parts[1], kUse, core.files)) return false;
        drivers.push_back(std::move(core));
    }
    return true;
}

DriverPackage read(ReadCursor& cursor) {
    DriverPackage package;
    (void)cursor.text();  // id_key
    package.id = cursor.text();
    package.inf_name = cursor.text();
    package.provider = cursor.text();
    package.class_guid = cursor.text();
    package.catalog_file = cursor.text();
    package.date = cursor.time();
    package.version = cursor.u64();
    package.signature = static_cast<PackageSignature>(cursor.number<std::uint8_t>(static_cast<std::int64_t>(PackageSignature::trusted)));
    package.signer = cursor.text();
    package.signature_detail = cursor.text();
    if (!decode_drivers(cursor.text(), package.drivers)) cursor.fail();
    if (!decode_core(cursor.text(), package.core_drivers)) cursor.fail();
    if (!decode_all(cursor.text(), kFile, package.files)) cursor.fail();
    package.notes = cursor.list();
    return package;
}

}  // namespace

Result<PackageRows> PackageRows::prepare(Database& database) {
    PackageRows rows;
    TRY(rows.put_, database.prepare(upsert_sql("driver_package", kColumns, 1)));
    TRY(rows.remove_, database.prepare("DELETE FROM driver_package WHERE id_key=?"));
    return rows;
}

Result<void> PackageRows::put(const DriverPackage& package) {
    BindCursor cursor(put_);
    cursor.text(base::fold_utf8(package.id))
        .text(package.id)
        .text(package.inf_name)
        .text(package.provider)
        .text(package.class_guid)
        .text(package.catalog_file);
    cursor.number(package.date.ticks).number(package.version).number(static_cast<std::uint64_t>(package.signature));
    cursor.text(package.signer).text(package.signature_detail).text(encode_drivers(package.drivers));
    cursor.text(encode_core(package.core_drivers)).text(encode_all(package.files, kFile)).text(encode_list(package.notes));
    return put_.run();
}

Result<void> PackageRows::remove(std::string_view id) { return remove_.bind(1, base::fold_utf8(id)).run(); }

Result<std::vector<DriverPackage>> PackageRows::load(Database& database, SharedValues& shared, std::vector<std::string>& unreadable) {
    std::vector<DriverPackage> packages;
    TRY(Statement select, database.prepare(select_sql("driver_package", kColumns)));
    for (;;) {
        TRY(const bool row, select.step());
        if (!row) return packages;
        ReadCursor cursor(select, shared);
        DriverPackage package = read(cursor);
        if (cursor.bad()) {
            shared.damage.add("driver_package", package.id, package.id, cursor.bad_columns(kColumns),
                              "the package is not offered, its files stay on disk: import it again");
            unreadable.push_back(package.id);
            continue;
        }
        packages.push_back(std::move(package));
    }
}

}  // namespace storage
