#include "storage/rows.h"

#include "base/utf.h"

namespace storage {

namespace {

Result<void> load_values(Database& database, spooler::Snapshot& snapshot) {
    TRY(Statement select, database.prepare("SELECT name,type,data FROM server_value"));
    for (;;) {
        TRY(const bool row, select.step());
        if (!row) return {};
        spooler::DataValue value;
        value.name = select.text(0);
        value.type = static_cast<spooler::ValueType>(select.integer(1));
        value.data = select.blob(2);
        snapshot.server_values.push_back(std::move(value));
    }
}

Result<void> load_counters(Database& database, spooler::Snapshot& snapshot) {
    TRY(Statement select, database.prepare("SELECT name,value FROM counter"));
    for (;;) {
        TRY(const bool row, select.step());
        if (!row) return {};
        snapshot.counters[select.text(0)] = static_cast<std::uint64_t>(select.integer(1));
    }
}

}  // namespace

struct Rows::Apply {
    Rows& rows;

    Result<void> operator()(const spooler::PrinterPut& change) const { return rows.printers_.put(change.record); }
    Result<void> operator()(const spooler::PrinterDelete& change) const { return rows.printers_.remove(change.id); }
    Result<void> operator()(const spooler::JobPut& change) const { return rows.jobs_.put(change.record); }
    Result<void> operator()(const spooler::JobDelete& change) const { return rows.jobs_.remove(change.id); }
    Result<void> operator()(const spooler::FormPut& change) const { return rows.forms_.put(change.form); }
    Result<void> operator()(const spooler::FormDelete& change) const { return rows.forms_.remove(change.printer, change.name); }
    Result<void> operator()(const spooler::PortPut& change) const { return rows.ports_.put(change.port); }
    Result<void> operator()(const spooler::PortDelete& change) const { return rows.ports_.remove(change.name); }
    Result<void> operator()(const spooler::DriverPut& change) const {
        TRY_VOID(rows.drivers_.put(change.driver));
        return rows.drivers_.put_files(change.files);
    }
    Result<void> operator()(const spooler::DriverDelete& change) const {
        TRY_VOID(rows.drivers_.remove(change.name, change.environment, change.version));
        return rows.drivers_.remove_files(change.files);
    }
    Result<void> operator()(const spooler::ServerValuePut& change) const {
        Statement& put = rows.put_value_;
        put.bind(1, base::fold_utf8(change.value.name)).bind(2, change.value.name);
        put.bind(3, static_cast<std::int64_t>(change.value.type)).bind(4, ByteView(change.value.data));
        return put.run();
    }
    Result<void> operator()(const spooler::ConnectionPut& change) const { return rows.connections_.put(change.connection); }
    Result<void> operator()(const spooler::ConnectionDelete& change) const { return rows.connections_.remove(change.name); }
    Result<void> operator()(const spooler::DriverPackagePut& change) const { return rows.packages_.put(*change.package); }
    Result<void> operator()(const spooler::DriverPackageDelete& change) const { return rows.packages_.remove(change.id); }
    Result<void> operator()(const spooler::CounterPut& change) const {
        return rows.put_counter_.bind(1, change.name).bind(2, static_cast<std::int64_t>(change.value)).run();
    }
    Result<void> operator()(const spooler::PrinterDataPut& change) const { return rows.printer_data_.put(change); }
    Result<void> operator()(const spooler::PrinterDataDelete& change) const { return rows.printer_data_.remove(change); }
};

Result<Rows> Rows::prepare(Database& database) {
    Rows rows;
    TRY(rows.printers_, PrinterRows::prepare(database));
    TRY(rows.jobs_, JobRows::prepare(database));
    TRY(rows.forms_, FormRows::prepare(database));
    TRY(rows.ports_, PortRows::prepare(database));
    TRY(rows.drivers_, DriverRows::prepare(database));
    TRY(rows.printer_data_, PrinterDataRows::prepare(database));
    TRY(rows.connections_, ConnectionRows::prepare(database));
    TRY(rows.packages_, PackageRows::prepare(database));
    TRY(rows.put_value_, database.prepare("INSERT INTO server_value(name_key,name,type,data) VALUES(?,?,?,?) ON CONFLICT(name_key) "
                                          "DO UPDATE SET name=excluded.name,type=excluded.type,data=excluded.data"));
    TRY(rows.put_counter_,
        database.prepare("INSERT INTO counter(name,value) VALUES(?,?) ON CONFLICT(name) DO UPDATE SET value=excluded.value"));
    return rows;
}

Result<void> Rows::apply(const spooler::Change& change) { return std::visit(Apply{*this}, change); }

Result<spooler::Snapshot> Rows::load(Database& database) {
    spooler::Snapshot snapshot;
    SharedValues shared;
    // One read transaction: everything from the same instant.
    TRY_VOID(database.execute("BEGIN"));
    Result<void> done = [&]() -> Result<void> {
        TRY(snapshot.printers, PrinterRows::load(database, shared));
        TRY(snapshot.jobs, JobRows::load(database, shared, snapshot.unreadable_jobs));
        TRY(snapshot.forms, FormRows::load(database, shared));
        TRY(snapshot.ports, PortRows::load(database));
        TRY(snapshot.drivers, DriverRows::load(database, shared));
        TRY(snapshot.driver_files, DriverRows::load_files(database, shared));
        TRY(snapshot.printer_keys, PrinterDataRows::load(database, shared));
        TRY(snapshot.connections, ConnectionRows::load(database));
        TRY(snapshot.packages, PackageRows::load(database, shared, snapshot.unreadable_packages));
        TRY_VOID(load_values(database, snapshot));
        return load_counters(database, snapshot);
    }();
    (void)database.execute("ROLLBACK");
    if (!done) return std::move(done).error();
    shared.damage.finish();
    return snapshot;
}

}  // namespace storage
