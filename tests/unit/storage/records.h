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
    record.status_text = "waiting";
    const spooler::JobProperties properties = {spooler::text_property("Spool File Contents", "TYPE_XPS_OPEN"), {"Leer", spooler::JobPropertyType::buffer, {}}};
    record.properties = std::make_shared<const spooler::JobProperties>(properties);
    return record;
}

}  // namespace storage
