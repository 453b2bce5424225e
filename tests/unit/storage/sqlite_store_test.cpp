#include "storage/sqlite_store.h"

#include "base/limits.h"
#include "storage/migrations.h"
#include "storage/sqlite.h"
#include "tests/support/run_task.h"
#include "tests/unit/storage/records.h"
#include "tests/unit/storage/temporary_directory.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <future>
#include <sys/wait.h>
#include <unistd.h>

namespace storage {
namespace {

using namespace spooler;                                           // NOLINT: the subject
using base::Win32;

class SqliteStoreTest : public testing::Test {
 protected:
    void open(SqliteStoreOptions options = fast()) {
        store_.reset();
        Result<std::unique_ptr<SqliteStore>> opened = SqliteStore::open(path(), std::move(options));
        ASSERT_TRUE(opened) << opened.error().text();
        store_ = std::move(opened).value();
    }
    Snapshot reload() {
        open();
        Result<Snapshot> loaded = store_->load();
        EXPECT_TRUE(loaded) << loaded.error().text();
        return loaded ? std::move(loaded).value() : Snapshot();
    }
    Win32 commit(Change change) {
        const Ticket ticket = store_->enqueue(std::move(change));
        return base::code_of(threads_.run(store_->durable(ticket)));
    }
    static SqliteStoreOptions fast() {
        SqliteStoreOptions options;
        options.lock_timeout = std::chrono::milliseconds(0);
        options.retry_first = std::chrono::milliseconds(1);
        options.retry_longest = std::chrono::milliseconds(5);
        return options;
    }
    [[nodiscard]] std::string path() const { return directory_.path("store.db"); }

    TemporaryDirectory directory_;
    test_support::Threads threads_{2};
    std::unique_ptr<SqliteStore> store_;
};

void expect_same(const PrinterRecord& a, const PrinterRecord& b) {
    EXPECT_EQ(a.id, b.id);
    EXPECT_EQ(a.name, b.name);
    EXPECT_EQ(a.share_name, b.share_name);
    EXPECT_EQ(a.ports, b.ports);
    EXPECT_EQ(a.driver_name, b.driver_name);
    EXPECT_EQ(a.comment, b.comment);
    EXPECT_EQ(a.location, b.location);
    EXPECT_EQ(a.separator_file, b.separator_file);
    EXPECT_EQ(a.processor, b.processor);
    EXPECT_EQ(a.datatype, b.datatype);
    EXPECT_EQ(a.parameters, b.parameters);
    EXPECT_EQ(a.attributes, b.attributes);
    EXPECT_EQ(a.priority, b.priority);
    EXPECT_EQ(a.default_priority, b.default_priority);
    EXPECT_EQ(a.start_time, b.start_time);
    EXPECT_EQ(a.until_time, b.until_time);
    EXPECT_EQ(a.average_ppm, b.average_ppm);
    EXPECT_EQ(a.devmode ? *a.devmode : base::ByteBuffer(), b.devmode ? *b.devmode : base::ByteBuffer());
    EXPECT_EQ(base::to_bytes(*a.security), base::to_bytes(*b.security));
    EXPECT_EQ(a.object_guid, b.object_guid);
    EXPECT_EQ(a.change_id, b.change_id);
    EXPECT_EQ(a.paused, b.paused);
    EXPECT_EQ(a.set_status, b.set_status);
    EXPECT_EQ(a.pending_deletion, b.pending_deletion);
    EXPECT_EQ(a.created, b.created);
}

void expect_same(const JobRecord& a, const JobRecord& b) {
    EXPECT_EQ(a.id, b.id);
    EXPECT_EQ(a.printer, b.printer);
    EXPECT_EQ(a.state, b.state);
    EXPECT_EQ(a.order, b.order);
    EXPECT_EQ(a.size, b.size);
    EXPECT_EQ(a.total_pages, b.total_pages);
    EXPECT_EQ(a.next_job, b.next_job);
    EXPECT_EQ(a.paused, b.paused);
    EXPECT_EQ(a.held, b.held);
    EXPECT_EQ(a.retained, b.retained);
    EXPECT_EQ(a.restarted, b.restarted);
    EXPECT_EQ(a.shown_status, b.shown_status);
    EXPECT_EQ(a.status_text, b.status_text);
    EXPECT_EQ(a.properties ? *a.properties : JobProperties(), b.properties ? *b.properties : JobProperties());
    EXPECT_EQ(a.info->document, b.info->document);
    EXPECT_EQ(a.info->user_name, b.info->user_name);
    EXPECT_EQ(a.info->machine_name, b.info->machine_name);
    EXPECT_EQ(a.info->notify_name, b.info->notify_name);
    EXPECT_EQ(a.info->datatype, b.info->datatype);
    EXPECT_EQ(a.info->processor, b.info->processor);
    EXPECT_EQ(a.info->parameters, b.info->parameters);
    EXPECT_EQ(a.info->driver_name, b.info->driver_name);
    EXPECT_EQ(a.info->devmode == nullptr, b.info->devmode == nullptr);
    EXPECT_EQ(base::to_bytes(*a.info->security), base::to_bytes(*b.info->security));
    EXPECT_EQ(a.info->owner, b.info->owner);
    EXPECT_EQ(a.info->priority, b.info->priority);
    EXPECT_EQ(a.info->start_time, b.info->start_time);
    EXPECT_EQ(a.info->until_time, b.info->until_time);
    EXPECT_EQ(a.info->submitted, b.info->submitted);
}

TEST_F(SqliteStoreTest, EveryFieldOfPrinterAndJobComesBack) {
    open();
    EXPECT_EQ(commit(PrinterPut{sample_printer(7, "Laser")}), Win32::success);
    EXPECT_EQ(commit(JobPut{sample_job(kMaxJobId, 7, JobState::failed)}), Win32::success);
    const Snapshot snapshot = reload();
    ASSERT_EQ(snapshot.printers.size(), 1U);
    expect_same(snapshot.printers[0], sample_printer(7, "Laser"));
    ASSERT_EQ(snapshot.jobs.size(), 1U);
    expect_same(snapshot.jobs[0], sample_job(kMaxJobId, 7, JobState::failed));
    JobRecord plain = sample_job(kMaxJobId, 7, JobState::failed);
    plain.properties = nullptr;
    EXPECT_EQ(commit(JobPut{plain}), Win32::success);
    const Snapshot without = reload();
    ASSERT_EQ(without.jobs.size(), 1U);
    EXPECT_EQ(without.jobs[0].properties, nullptr);
}

TEST_F(SqliteStoreTest, ReplacingAPrinterKeepsItsJobs) {
    open();
    commit(PrinterPut{sample_printer(7, "Laser")});
    commit(JobPut{sample_job(1, 7)});
    commit(PrinterPut{sample_printer(7, "Renamed")});
    const Snapshot snapshot = reload();
    ASSERT_EQ(snapshot.printers.size(), 1U);
    EXPECT_EQ(snapshot.printers[0].name, "Renamed");
    EXPECT_EQ(snapshot.jobs.size(), 1U);
}

TEST_F(SqliteStoreTest, DeletingAPrinterTakesJobsAndForms) {
    open();
    commit(PrinterPut{sample_printer(7, "Laser")});
    commit(PrinterPut{sample_printer(8, "Other")});
    commit(JobPut{sample_job(1, 7)});
    commit(JobPut{sample_job(2, 8)});
    Form form;
    form.name = "Mine";
    commit(FormPut{form});
    form.printer = 7;
    form.kind = FormKind::printer;
    commit(FormPut{form});
    EXPECT_EQ(commit(PrinterDelete{7}), Win32::success);
    const Snapshot snapshot = reload();
    ASSERT_EQ(snapshot.jobs.size(), 1U);
    EXPECT_EQ(snapshot.jobs[0].id, 2U);
    ASSERT_EQ(snapshot.forms.size(), 1U);
    EXPECT_EQ(snapshot.forms[0].printer, 0U);
}

TEST_F(SqliteStoreTest, OtherFamiliesComeBackAndTheirKeysFoldCase) {
    open();
    Form form;
    form.name = "Größe";
    form.cx = 1000;
    form.cy = -1;
    form.left = 1;
    form.top = 2;
    form.right = 3;
    form.bottom = 4;
    form.keyword = "k";
    form.string_type = 4;
    form.mui_dll = "m.dll";
    form.resource_id = 5;
    form.display_name = "d";
    form.language_id = 0x407;
    commit(FormPut{form});
    PortConfig port;
    port.name = "IP_1";
    port.monitor = "Standard TCP/IP Port";
    port.description = "desk";
    port.settings = {{"host", "192.0.2.7"}, {"port_number", "9100"}};
    commit(PortPut{port});
    port.name = "ip_1";
    port.settings = {{"host", "192.0.2.8"}};
    port.told.status = 3;
    port.told.severity = 1;
    port.told.text = "kein Papier";
    commit(PortPut{port});
    Driver driver;
    driver.name = "D";
    driver.environment = "Windows x64";
    driver.dependent_files = {"a.dll", "b.dll"};
    driver.driver_version = 0xFFFF'FFFF'FFFF'FFFFULL;
    driver.date = base::FileTime{5};
    commit(DriverPut{driver});
    const DataValue value{"SpoolDirectory", ValueType::sz, base::ByteBuffer(4, std::byte{1})};
    commit(ServerValuePut{value});
    commit(CounterPut{"job_id", 0x8000'0000'0000'0001ULL});

    Connection connection;
    connection.name = "\\\\far\\P1";
    connection.server = "\\\\far";
    commit(ConnectionPut{connection});
    connection.provider = "win32spl.dll";
    commit(ConnectionPut{connection});

    Snapshot snapshot = reload();
    EXPECT_EQ(snapshot.connections, std::vector<Connection>{connection});
    EXPECT_EQ(snapshot.forms, std::vector<Form>{form});
    EXPECT_EQ(snapshot.ports, std::vector<PortConfig>{port});
    EXPECT_EQ(snapshot.drivers, std::vector<Driver>{driver});
    EXPECT_EQ(snapshot.server_values, std::vector<DataValue>{value});
    EXPECT_EQ(snapshot.counters["job_id"], 0x8000'0000'0000'0001ULL);

    commit(FormDelete{0, "GRÖSSE"});                               // ß does not fold to SS: another name
    commit(PortDelete{"IP_1"});
    commit(ConnectionDelete{"\\\\FAR\\p1"});
    commit(DriverDelete{"d", "WINDOWS X64", 3});
    snapshot = reload();
    EXPECT_EQ(snapshot.forms.size(), 1U);
    EXPECT_TRUE(snapshot.ports.empty());
    EXPECT_TRUE(snapshot.drivers.empty());
    EXPECT_TRUE(snapshot.connections.empty());
    commit(FormDelete{0, "GRÖßE"});
    EXPECT_TRUE(reload().forms.empty());
}

TEST_F(SqliteStoreTest, DriverPackagesSurviveAsTheyWere) {
    open();
    const DriverPackage package = sample_package("oemprt.inf_amd64_0123");
    commit(DriverPackagePut{std::make_shared<const DriverPackage>(sample_package("other"))});
    commit(DriverPackagePut{std::make_shared<const DriverPackage>(sample_package("OEMPRT.inf_amd64_0123"))});
    commit(DriverPackagePut{std::make_shared<const DriverPackage>(package)});
    commit(DriverPackageDelete{"OTHER"});
    EXPECT_EQ(reload().packages, std::vector<DriverPackage>{package});
    commit(DriverPackageDelete{"OEMPRT.INF_AMD64_0123"});
    EXPECT_TRUE(reload().packages.empty());
}

TEST_F(SqliteStoreTest, DriverFilesComeAndGoWithTheirDrivers) {
    open();
    Driver driver;
    driver.name = "D";
    driver.environment = "Windows x64";
    const DriverFile file{"Windows x64", 3, "a.dll", std::string(64, 'a'), 0xFFFF'FFFF'FFULL, base::FileTime{7}, 2};
    DriverFile other = file;
    other.name = "B.DLL";
    commit(DriverPut{driver, {file, other}});
    other.generation = 3;
    other.name = "b.dll";
    commit(DriverPut{driver, {other}});
    Snapshot snapshot = reload();
    EXPECT_EQ(snapshot.drivers, std::vector<Driver>{driver});
    EXPECT_EQ(snapshot.driver_files, (std::vector<DriverFile>{file, other}));
    commit(DriverDelete{"d", "WINDOWS X64", 3, {other}});
    snapshot = reload();
    EXPECT_TRUE(snapshot.drivers.empty());
    EXPECT_EQ(snapshot.driver_files, std::vector<DriverFile>{file});
}

TEST_F(SqliteStoreTest, ChangesAreCommittedInOrder) {
    open();
    commit(PrinterPut{sample_printer(1, "P")});
    Ticket last = 0;
    for (std::uint32_t i = 1; i <= 5'000; ++i) {
        JobRecord record = sample_job(1 + i % 7, 1);
        record.total_pages = i;
        last = store_->enqueue(JobPut{record});
        if (i % 3 == 0) last = store_->enqueue(JobDelete{1 + i % 7});
    }
    EXPECT_TRUE(threads_.run(store_->durable(last)));
    EXPECT_LT(store_->statistics().commits, 5'000U) << "no group commit";
    for (const JobRecord& record : reload().jobs) {
        EXPECT_GT(record.total_pages, 5'000U - 7U - 7U);
        EXPECT_NE(record.total_pages % 3, 0U);
    }
}

TEST_F(SqliteStoreTest, TicketZeroIsDurable) {
    open();
    EXPECT_TRUE(threads_.run(store_->durable(0)));
    EXPECT_TRUE(threads_.run(store_->flush()));
}

TEST_F(SqliteStoreTest, FailedCommitIsRetriedInOrderAndRefusesMeanwhile) {
    auto broken = std::make_shared<std::atomic<bool>>(false);
    SqliteStoreOptions options = fast();
    options.before_commit = [broken]() -> Result<void> {
        if (broken->load()) return Error(Win32::disk_full, "test");
        return {};
    };
    open(options);
    commit(PrinterPut{sample_printer(1, "P")});
    broken->store(true);
    EXPECT_EQ(commit(JobPut{sample_job(1, 1)}), Win32::disk_full);
    EXPECT_EQ(base::code_of(store_->accepting()), Win32::disk_full);
    const Ticket second = store_->enqueue(JobPut{sample_job(2, 1)});
    EXPECT_EQ(base::code_of(threads_.run(store_->durable(second))), Win32::disk_full);
    store_->enqueue(JobDelete{1});
    // Readers are still answered.
    EXPECT_TRUE(store_->load());
    broken->store(false);
    while (!store_->accepting()) std::this_thread::yield();
    EXPECT_TRUE(threads_.run(store_->durable(second)));
    EXPECT_TRUE(threads_.run(store_->flush()));
    EXPECT_GE(store_->statistics().failed_commits, 1U);
    const Snapshot snapshot = reload();
    ASSERT_EQ(snapshot.jobs.size(), 1U);
    EXPECT_EQ(snapshot.jobs[0].id, 2U);
}

TEST_F(SqliteStoreTest, QueueAndTransactionsAreBounded) {
    std::promise<void> entered, go;
    const std::shared_future<void> gate = go.get_future().share();
    auto first = std::make_shared<std::atomic<bool>>(true);
    SqliteStoreOptions options = fast();
    options.before_commit = [&entered, gate, first]() -> Result<void> {
        if (first->exchange(false)) entered.set_value();
        gate.wait();
        return {};
    };
    open(options);
    store_->enqueue(CounterPut{"c", 0});
    entered.get_future().wait();
    // The change that is being written counts as waiting until it is.
    for (std::uint32_t i = 1; i < base::limits::kMaxQueuedChanges; ++i) store_->enqueue(CounterPut{"c", i});
    EXPECT_TRUE(store_->accepting());
    store_->enqueue(CounterPut{"c", base::limits::kMaxQueuedChanges});
    EXPECT_EQ(base::code_of(store_->accepting()), Win32::busy);
    go.set_value();
    EXPECT_TRUE(threads_.run(store_->flush()));
    EXPECT_TRUE(store_->accepting());
    EXPECT_EQ(store_->statistics().changes, base::limits::kMaxQueuedChanges + 1);
    // The first change alone, the others in the largest groups that are allowed.
    EXPECT_EQ(store_->statistics().commits, 1 + base::limits::kMaxQueuedChanges / base::limits::kMaxGroupCommit);
    EXPECT_EQ(reload().counters["c"], base::limits::kMaxQueuedChanges);
}

TEST_F(SqliteStoreTest, OtherFailuresShowAsWriteFault) {
    SqliteStoreOptions options = fast();
    options.before_commit = []() -> Result<void> { return Error(Win32::gen_failure, "test"); };
    open(options);
    EXPECT_EQ(commit(CounterPut{"x", 1}), Win32::write_fault);
    EXPECT_EQ(base::code_of(store_->accepting()), Win32::write_fault);
}

TEST_F(SqliteStoreTest, ImpossibleChangeIsRefusedWithoutHoldingUpOthers) {
    open();
    commit(PrinterPut{sample_printer(1, "P")});
    const Ticket good = store_->enqueue(JobPut{sample_job(1, 1)});
    const Ticket orphan = store_->enqueue(JobPut{sample_job(2, 99)});
    const Ticket empty = store_->enqueue(JobPut{});
    const Ticket after = store_->enqueue(JobPut{sample_job(3, 1)});
    EXPECT_TRUE(threads_.run(store_->durable(after)));
    EXPECT_TRUE(threads_.run(store_->durable(good)));
    EXPECT_EQ(base::code_of(threads_.run(store_->durable(orphan))), Win32::invalid_parameter);
    EXPECT_EQ(base::code_of(threads_.run(store_->durable(empty))), Win32::invalid_parameter);
    EXPECT_TRUE(store_->accepting());
    EXPECT_EQ(reload().jobs.size(), 2U);
}

TEST_F(SqliteStoreTest, WhatIsQueuedAtTheEndIsWritten) {
    open();
    for (std::uint32_t i = 0; i < 3'000; ++i) store_->enqueue(CounterPut{"c", i});
    store_.reset();
    EXPECT_EQ(reload().counters["c"], 2'999U);
}

TEST_F(SqliteStoreTest, SecondOpenIsRefused) {
    open();
    EXPECT_EQ(base::code_of(SqliteStore::open(path(), fast())), Win32::sharing_violation);
}

TEST_F(SqliteStoreTest, OpenByAnotherProcessIsRefused) {
    open();
    std::fflush(nullptr);
    const pid_t child = ::fork();
    if (child == 0) {
        const auto opened = SqliteStore::open(path(), fast());
        ::_exit(static_cast<int>(base::code_of(opened)));
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), static_cast<int>(Win32::sharing_violation));
}

TEST_F(SqliteStoreTest, DamagedFileIsInvalidData) {
    std::ofstream(path()) << std::string(100'000, 'x');
    EXPECT_EQ(base::code_of(SqliteStore::open(path(), fast())), Win32::invalid_data);
}

TEST_F(SqliteStoreTest, NewerDatabaseIsRefusedUntouched) {
    open();
    store_.reset();
    {
        Result<Database> database = Database::open(path());
        ASSERT_TRUE(database->execute("PRAGMA user_version=1000"));
    }
    const auto opened = SqliteStore::open(path(), fast());
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code(), Win32::not_supported);
    EXPECT_NE(opened.error().text().find("1000"), std::string::npos);
    Result<Database> database = Database::open(path());
    EXPECT_EQ(database->query_integer("PRAGMA user_version").value_or(0), 1000);
}

TEST_F(SqliteStoreTest, ForeignDatabaseIsRefused) {
    {
        Result<Database> database = Database::open(path());
        ASSERT_TRUE(database->execute("CREATE TABLE other(x)"));
    }
    EXPECT_EQ(base::code_of(SqliteStore::open(path(), fast())), Win32::invalid_data);
}

TEST(Migrations, RunOnceInOrderAndOnlyForward) {
    const TemporaryDirectory directory;
    Result<Database> database = Database::open(directory.path("m.db"));
    ASSERT_TRUE(database);
    const std::vector<Migration> first = {{1, "CREATE TABLE a(x INTEGER); INSERT INTO a VALUES(1)"}};
    ASSERT_TRUE(migrate(*database, first));
    ASSERT_TRUE(migrate(*database, first));
    EXPECT_EQ(database->query_integer("SELECT count(*) FROM a").value_or(0), 1);
    const std::vector<Migration> more = {first[0], {2, "ALTER TABLE a ADD COLUMN y"}, {3, "UPDATE a SET y=x+1"}};
    ASSERT_TRUE(migrate(*database, more));
    EXPECT_EQ(database->query_integer("SELECT y FROM a").value_or(0), 2);
    EXPECT_EQ(database->query_integer("PRAGMA user_version").value_or(0), 3);
    EXPECT_EQ(base::code_of(migrate(*database, first)), Win32::not_supported);
}

TEST(Migrations, FailedStepLeavesTheVersionBefore) {
    const TemporaryDirectory directory;
    Result<Database> database = Database::open(directory.path("m.db"));
    ASSERT_TRUE(database);
    const std::vector<Migration> steps = {{1, "CREATE TABLE a(x)"}, {2, "CREATE TABLE b(x); SYNTAX ERROR"}};
    EXPECT_FALSE(migrate(*database, steps));
    EXPECT_EQ(database->query_integer("PRAGMA user_version").value_or(0), 1);
    EXPECT_EQ(database->query_integer("SELECT count(*) FROM sqlite_master WHERE name='b'").value_or(9), 0);
}

TEST(Migrations, JobsOfTheFirstSchemaHaveNoProperties) {
    const TemporaryDirectory directory;
    Result<Database> database = Database::open(directory.path("m.db"));
    ASSERT_TRUE(database);
    ASSERT_TRUE(migrate(*database, migrations().first(1)));
    ASSERT_TRUE(database->execute("PRAGMA foreign_keys=OFF"));
    ASSERT_TRUE(database->execute("INSERT INTO job VALUES(1,1,2,0,0,0,0,0,0,0,0,'','','','','','','','','',NULL,x'00',x'00',1,0,0,0)"));
    ASSERT_TRUE(migrate(*database));
    EXPECT_EQ(database->query_integer("SELECT properties IS NULL FROM job").value_or(0), 1);
}

TEST(Migrations, StepsAreNumberedFromOneWithoutGaps) {
    int expected = 1;
    for (const Migration& step : migrations()) EXPECT_EQ(step.version, expected++);
    EXPECT_GT(expected, 1);
}

TEST_F(SqliteStoreTest, LargeContentLoadsCompletely) {
    open();
    constexpr std::uint32_t kPrinters = 10'000;
    constexpr std::uint32_t kJobs = 100'000;
    for (std::uint32_t i = 1; i <= kPrinters; ++i) store_->enqueue(PrinterPut{sample_printer(i, "Queue" + std::to_string(i))});
    for (std::uint32_t i = 1; i <= kJobs; ++i) store_->enqueue(JobPut{sample_job(i, 1 + i % kPrinters)});
    EXPECT_TRUE(threads_.run(store_->flush()));
    store_.reset();
    const auto start = std::chrono::steady_clock::now();
    const Snapshot snapshot = reload();
    const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start);
    RecordProperty("load_ms", static_cast<int>(passed.count()));
    EXPECT_EQ(snapshot.printers.size(), kPrinters);
    ASSERT_EQ(snapshot.jobs.size(), kJobs);
    // Equal descriptors are one object in memory.
    EXPECT_EQ(snapshot.jobs[0].info->security, snapshot.jobs[kJobs - 1].info->security);
}

}  // namespace
}  // namespace storage
