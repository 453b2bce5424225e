R"sql(
-- First step of the database's schema; migrations.cpp includes this file as a string, later steps are listed there.
-- Names of keys: *_key columns hold the folded form of the name beside them. Lists are one text, every item ends with a line feed.
-- Times are FILETIME ticks (100 ns since 1601, UTC). Booleans are 0 and 1. Unsigned 64-bit values are stored with the same bits.

CREATE TABLE printer (
    id               INTEGER PRIMARY KEY,
    name             TEXT NOT NULL,
    share_name       TEXT NOT NULL,
    ports            TEXT NOT NULL,          -- list
    driver_name      TEXT NOT NULL,
    comment          TEXT NOT NULL,
    location         TEXT NOT NULL,
    separator_file   TEXT NOT NULL,
    processor        TEXT NOT NULL,
    datatype         TEXT NOT NULL,
    parameters       TEXT NOT NULL,
    attributes       INTEGER NOT NULL,
    priority         INTEGER NOT NULL,
    default_priority INTEGER NOT NULL,
    start_time       INTEGER NOT NULL,
    until_time       INTEGER NOT NULL,
    average_ppm      INTEGER NOT NULL,
    devmode          BLOB,                   -- as the client gave it; NULL = computed
    security         BLOB NOT NULL,          -- self-relative security descriptor
    object_guid      BLOB NOT NULL,          -- 16 bytes
    change_id        INTEGER NOT NULL,
    paused           INTEGER NOT NULL,
    pending_deletion INTEGER NOT NULL,
    created          INTEGER NOT NULL
) STRICT;

CREATE TABLE job (
    id           INTEGER PRIMARY KEY,
    printer      INTEGER NOT NULL REFERENCES printer(id) ON DELETE CASCADE,
    state        INTEGER NOT NULL,
    sort_order   INTEGER NOT NULL,
    size         INTEGER NOT NULL,
    total_pages  INTEGER NOT NULL,
    next_job     INTEGER NOT NULL,
    paused       INTEGER NOT NULL,
    held         INTEGER NOT NULL,
    retained     INTEGER NOT NULL,
    restarted    INTEGER NOT NULL,
    status_text  TEXT NOT NULL,
    document     TEXT NOT NULL,
    user_name    TEXT NOT NULL,
    machine_name TEXT NOT NULL,
    notify_name  TEXT NOT NULL,
    datatype     TEXT NOT NULL,
    processor    TEXT NOT NULL,
    parameters   TEXT NOT NULL,
    driver_name  TEXT NOT NULL,
    devmode      BLOB,
    security     BLOB NOT NULL,
    owner        BLOB NOT NULL,              -- SID
    priority     INTEGER NOT NULL,
    start_time   INTEGER NOT NULL,
    until_time   INTEGER NOT NULL,
    submitted    INTEGER NOT NULL
) STRICT;
CREATE INDEX job_printer ON job(printer);

CREATE TABLE form (
    printer      INTEGER NOT NULL,           -- 0 = of the server
    name_key     TEXT NOT NULL,
    name         TEXT NOT NULL,
    kind         INTEGER NOT NULL,
    cx           INTEGER NOT NULL,
    cy           INTEGER NOT NULL,
    area_left    INTEGER NOT NULL,
    area_top     INTEGER NOT NULL,
    area_right   INTEGER NOT NULL,
    area_bottom  INTEGER NOT NULL,
    keyword      TEXT NOT NULL,
    string_type  INTEGER NOT NULL,
    mui_dll      TEXT NOT NULL,
    resource_id  INTEGER NOT NULL,
    display_name TEXT NOT NULL,
    language_id  INTEGER NOT NULL,
    PRIMARY KEY (printer, name_key)
) STRICT, WITHOUT ROWID;

CREATE TABLE port (
    name_key    TEXT PRIMARY KEY,
    name        TEXT NOT NULL,
    monitor     TEXT NOT NULL,
    description TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE port_setting (
    port_key TEXT NOT NULL REFERENCES port(name_key) ON DELETE CASCADE,
    name     TEXT NOT NULL,
    value    TEXT NOT NULL,
    PRIMARY KEY (port_key, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE driver (
    name_key              TEXT NOT NULL,
    environment_key       TEXT NOT NULL,
    version               INTEGER NOT NULL,
    name                  TEXT NOT NULL,
    environment           TEXT NOT NULL,
    in_box                INTEGER NOT NULL,
    driver_path           TEXT NOT NULL,
    data_file             TEXT NOT NULL,
    config_file           TEXT NOT NULL,
    help_file             TEXT NOT NULL,
    monitor_name          TEXT NOT NULL,
    default_datatype      TEXT NOT NULL,
    dependent_files       TEXT NOT NULL,     -- list
    previous_names        TEXT NOT NULL,     -- list
    date                  INTEGER NOT NULL,
    driver_version        INTEGER NOT NULL,
    manufacturer          TEXT NOT NULL,
    oem_url               TEXT NOT NULL,
    hardware_id           TEXT NOT NULL,
    provider              TEXT NOT NULL,
    print_processor       TEXT NOT NULL,
    vendor_setup          TEXT NOT NULL,
    color_profiles        TEXT NOT NULL,     -- list
    core_dependencies     TEXT NOT NULL,     -- list
    inf_path              TEXT NOT NULL,
    attributes            INTEGER NOT NULL,
    minimum_inbox_date    INTEGER NOT NULL,
    minimum_inbox_version INTEGER NOT NULL,
    PRIMARY KEY (name_key, environment_key, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE server_value (
    name_key TEXT PRIMARY KEY,
    name     TEXT NOT NULL,
    type     INTEGER NOT NULL,
    data     BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE counter (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
)sql"
