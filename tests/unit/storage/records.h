// Sample rows for the storage tests.
#pragma once

#include "spooler/store.h"

#include <string>

namespace storage {

inline std::shared_ptr<const base::SecurityDescriptor> sample_security(std::uint32_t mask = 0xF000C) {
    base::SecurityDescriptor descriptor;
    descriptor.owner = base::well_known::local_system();
    base::Ace ace;
    ace.mask = mask;
    ace.sid = base::well_known::administrators();
    descriptor.dacl = base::Acl(1, ace);
    return std::make_shared<const base::SecurityDescriptor>(descriptor);
}

// With every field set and texts that need escaping.
inline spooler::DriverPackage sample_package(const std::string& id) {
    spooler::DriverPackage package;
    package.id = id;
    package.inf_name = "oemprt.inf";
    package.provider = "Größe\\Sohn\nGmbH";
    package.class_guid = "{4D36E979-E325-11CE-BFC1-08002BE10318}";
    package.catalog_file = "oemprt.cat";
    package.date = base::FileTime{127'953'216'000'000'000ULL};
    package.version = 0xFFFF'0000'0001'0002ULL;
    package.signature = spooler::PackageSignature::untrusted;
    package.signer = "CN=Vendor";
    package.signature_detail = "no root";
    spooler::PackageDriver driver;
    driver.driver.name = "Laser \\ 9";
    driver.driver.environment = "Windows x64";
    driver.driver.version = 4;
    driver.driver.driver_path = "a.dll";
    driver.driver.dependent_files = {"b.dll", "odd\\name\nwith line"};
    driver.driver.core_dependencies = {"{D20EA372-DD35-4950-9ED8-A6335AFE79F5}"};
    driver.driver.date = base::FileTime{5};
    driver.driver.driver_version = 0xFFFF'FFFF'FFFF'FFFFULL;
    driver.driver.attributes = 0x29;
    driver.files = {{"a.dll", "x64/a.dll", spooler::PackageFileRole::driver}, {"p.dll", "x64/b.dll", spooler::PackageFileRole::print_processor}};
    driver.required_class = "Class\n\\driver";
    package.drivers = {driver, driver};
    package.drivers[1].driver.environment = "Windows NT x86";
    package.core_drivers = {{"{D20EA372-DD35-4950-9ED8-A6335AFE79F0}", "Windows x64", base::FileTime{7}, 8, {{"c.dll", "x64/a.dll", spooler::PackageFileRole::driver}}}};
    package.notes = {"line 1\nline 2", ""};
    package.files = {{"oemprt.inf", 10, "aa"}, {"x64/a.dll", 20, "bb"}, {"x64/b.dll", 30, "cc"}};
    return package;
}

inline spooler::PrinterRecord sample_printer(spooler::PrinterId id, const std::string& name) {
    spooler::PrinterRecord record;
    record.id = id;
    record.name = name;
    record.share_name = name + "-share";
    record.ports = {"IP_192.0.2.7", "odd\\name\nwith line"};
    record.driver_name = "Driver";
    record.comment = "Zweiter Stock, Größe A3";
    record.location = "2/14";
    record.separator_file = "sep";
    record.processor = "winprint";
    record.datatype = "RAW";
    record.parameters = "p";
    record.attributes = 0x48;
    record.priority = 3;
    record.default_priority = 4;
    record.start_time = 60;
    record.until_time = 120;
    record.average_ppm = 30;
    record.devmode = std::make_shared<const base::ByteBuffer>(spooler::default_devmode("Laser"));
    record.security = sample_security();
    record.object_guid = base::parse_guid("9940ca8e-512f-4c58-88a9-61098d6896bd").value();
    record.change_id = 17;
    record.set_status = 0x20000;
    record.paused = true;
    record.pending_deletion = true;
    record.created = base::FileTime{133'000'000'000'000'000ULL};
    return record;
}

inline spooler::JobRecord sample_job(spooler::JobId id, spooler::PrinterId printer, spooler::JobState state = spooler::JobState::spooled) {
    auto info = std::make_shared<spooler::JobInfo>();
    info->document = "Document " + std::to_string(id);
    info->user_name = "alice";
    info->machine_name = "\\\\client";
    info->notify_name = "alice";
    info->datatype = "RAW";
    info->processor = "winprint";
    info->parameters = "x";
    info->driver_name = "Driver";
    info->security = sample_security(0xF0030);
    info->owner = base::well_known::users();
    info->priority = 50;
    info->start_time = 1;
    info->until_time = 2;
    info->submitted = base::FileTime{133'000'000'000'000'001ULL};
    spooler::JobRecord record;
    record.id = id;
    record.printer = printer;
    record.state = state;
    record.info = info;
    record.order = -5;
    record.size = 1ULL << 40U;
    record.total_pages = 9;
    record.next_job = 3;
    record.paused = true;
    record.held = true;
    record.retained = true;
    record.restarted = true;
    record.shown_status = 0x42;
    record.status_text = "waiting";
    const spooler::JobProperties properties = {spooler::text_property("Spool File Contents", "TYPE_XPS_OPEN"), {"Leer", spooler::JobPropertyType::buffer, {}}};
    record.properties = std::make_shared<const spooler::JobProperties>(properties);
    return record;
}

}  // namespace storage
