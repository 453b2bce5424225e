// Rows with values that are not legal there: safe ones stand in, everything else loads, and the rows stay as they are.
#include "base/log.h"
#include "spooler/access.h"
#include "storage/row_codec.h"
#include "storage/sqlite.h"
#include "storage/sqlite_store.h"
#include "tests/support/run_task.h"
#include "tests/unit/storage/records.h"
#include "tests/unit/storage/temporary_directory.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace storage {
namespace {

using namespace spooler;                                           // NOLINT: the subject

class DamagedRowsTest : public testing::Test {
 protected:
    void SetUp() override {
        const std::unique_ptr<SqliteStore> store = open();
        for (const PrinterId id : {1U, 2U}) {
            static_cast<void>(store->enqueue(PrinterPut{sample_printer(id, "P" + std::to_string(id))}));
            static_cast<void>(store->enqueue(JobPut{sample_job(10 * id, id)}));
        }
        ASSERT_TRUE(threads_.run(store->flush()));
    }
    std::unique_ptr<SqliteStore> open() {
        Result<std::unique_ptr<SqliteStore>> opened = SqliteStore::open(path(), SqliteStoreOptions());
        EXPECT_TRUE(opened) << opened.error().text();
        return std::move(opened).value();
    }
    void damage(const std::string& sql) {
        Result<Database> database = Database::open(path());
        ASSERT_TRUE(database);
        ASSERT_TRUE(database->execute(sql)) << sql;
    }
    std::int64_t query(const std::string& sql) {
        Result<Database> database = Database::open(path());
        return database ? database->query_integer(sql).value_or(-1) : -1;
    }
    Snapshot load() {
        base::log::configure(log_path(), base::log::Level::info);
        const std::unique_ptr<SqliteStore> store = open();
        Result<Snapshot> loaded = store->load();
        base::log::flush();
        base::log::configure("", base::log::Level::warning);
        EXPECT_TRUE(loaded) << loaded.error().text();
        return loaded ? std::move(loaded).value() : Snapshot();
    }
    std::string logged() {
        std::stringstream text;
        text << std::ifstream(log_path()).rdbuf();
        return text.str();
    }
    [[nodiscard]] std::string path() const { return directory_.path("store.db"); }
    [[nodiscard]] std::string log_path() const { return directory_.path("log"); }

    TemporaryDirectory directory_;
    test_support::Threads threads_{2};
};

base::Token user(const base::Sid& sid) {
    base::Token token;
    token.user = "user";
    token.user_sid = sid;
    token.groups = {base::well_known::everyone()};
    return token;
}

TEST_F(DamagedRowsTest, ALostPrinterDescriptorLeavesThePrinterToAdministrators) {
    const char* const damages[] = {"x'0102'", "zeroblob(70000)",
                                   "x'0100008014000000000000000000000000000000010100000000000512000000'"};   // legal, but without DACL
    for (const char* bytes : damages) {
        damage(std::string("UPDATE printer SET security=") + bytes + " WHERE id=1");
        const std::int64_t size = query("SELECT length(security) FROM printer WHERE id=1");
        const Snapshot snapshot = load();
        ASSERT_EQ(snapshot.printers.size(), 2U) << bytes;
        EXPECT_EQ(snapshot.jobs.size(), 2U);
        const base::SecurityDescriptor& made = *snapshot.printers[0].security;
        EXPECT_EQ(made.owner, base::well_known::administrators());
        EXPECT_FALSE(allows(user(base::well_known::users()), made, Access::use, kPrinterMapping)) << bytes;
        EXPECT_FALSE(allows(user(base::well_known::users()), made, base::access::kReadControl, kPrinterMapping)) << bytes;
        EXPECT_TRUE(allows(user(base::well_known::administrators()), made, Access::printer_all, kPrinterMapping));
        EXPECT_EQ(*snapshot.printers[1].security, *sample_security());
        EXPECT_EQ(query("SELECT length(security) FROM printer WHERE id=1"), size) << "the row changed";
    }
    EXPECT_NE(logged().find("table=printer key=1 name=P1 columns=security"), std::string::npos) << logged();
    EXPECT_NE(logged().find("todo="), std::string::npos);
}

TEST_F(DamagedRowsTest, OtherPrinterValuesGetSafeSubstitutes) {
    damage("UPDATE printer SET devmode=x'07', priority=-1, paused=7, name='', object_guid=x'00', attributes=4294967296 WHERE id=2");
    const Snapshot snapshot = load();
    ASSERT_EQ(snapshot.printers.size(), 2U);
    const PrinterRecord& printer = snapshot.printers[1];
    EXPECT_EQ(printer.devmode, nullptr);
    EXPECT_EQ(printer.priority, kDefaultPriority);
    EXPECT_TRUE(printer.paused);
    EXPECT_EQ(printer.name, "damaged-printer-2");
    EXPECT_EQ(printer.attributes, 0U);
    EXPECT_EQ(printer.comment, sample_printer(2, "P2").comment);
    EXPECT_EQ(*printer.security, *sample_security());
    EXPECT_NE(logged().find("columns=name,attributes,priority,devmode,object_guid,paused"), std::string::npos) << logged();
}

TEST_F(DamagedRowsTest, ADamagedJobFailsInsteadOfPrintingAndOthersLoad) {
    damage("UPDATE job SET state=6, owner=x'00', security=x'00', devmode=x'00', sort_order=9223372036854775807, size=-1 WHERE id=10");
    const Snapshot snapshot = load();
    ASSERT_EQ(snapshot.jobs.size(), 2U);
    const JobRecord& job = snapshot.jobs[0];
    EXPECT_EQ(job.state, JobState::failed);
    EXPECT_EQ(job.order, 0);
    EXPECT_EQ(job.size, 0U);
    EXPECT_EQ(job.info->owner, base::well_known::administrators());
    EXPECT_EQ(job.info->devmode, nullptr);
    EXPECT_FALSE(allows(user(base::well_known::users()), *job.info->security, Access::job_read, kJobMapping));
    EXPECT_TRUE(allows(user(base::well_known::administrators()), *job.info->security, Access::job_all, kJobMapping));
    EXPECT_EQ(snapshot.jobs[1].state, JobState::spooled);
    EXPECT_NE(logged().find("job 10 of printer 1"), std::string::npos) << logged();
}

TEST_F(DamagedRowsTest, APrinterWithoutAUsableKeyIsLeftOutAndItsJobsKeepTheirDocuments) {
    damage("PRAGMA foreign_keys=OFF; UPDATE printer SET id=-1 WHERE id=1; UPDATE job SET printer=-1 WHERE printer=1");
    const Snapshot snapshot = load();
    ASSERT_EQ(snapshot.printers.size(), 1U);
    EXPECT_EQ(snapshot.printers[0].name, "P2");
    ASSERT_EQ(snapshot.jobs.size(), 1U);
    EXPECT_EQ(snapshot.jobs[0].id, 20U);
    EXPECT_EQ(snapshot.unreadable_jobs, std::vector<JobId>{10});
    EXPECT_EQ(query("SELECT count(*) FROM job"), 2);
    EXPECT_EQ(query("SELECT count(*) FROM printer"), 2);
}

TEST_F(DamagedRowsTest, DamagedFormsAndDriversAreLeftOut) {
    {
        const std::unique_ptr<SqliteStore> store = open();
        Form form;
        form.name = "Good";
        static_cast<void>(store->enqueue(FormPut{form}));
        form.name = "Bad";
        static_cast<void>(store->enqueue(FormPut{form}));
        Driver driver;
        driver.name = "Bad";
        driver.environment = "Windows x64";
        const DriverFile file{"Windows x64", 3, "bad.dll", std::string(64, 'a'), 1, {}, 1};
        static_cast<void>(store->enqueue(DriverPut{driver, {file}}));
        static_cast<void>(store->enqueue(DriverPackagePut{std::make_shared<const DriverPackage>(sample_package("good"))}));
        static_cast<void>(store->enqueue(DriverPackagePut{std::make_shared<const DriverPackage>(sample_package("bad"))}));
        ASSERT_TRUE(threads_.run(store->flush()));
    }
    damage("UPDATE form SET kind=77 WHERE name='Bad'; UPDATE driver SET attributes=-1; UPDATE driver_file SET generation=-1;"
           "UPDATE driver_package SET files='odd' || char(10) WHERE id='bad'");
    const Snapshot snapshot = load();
    ASSERT_EQ(snapshot.packages.size(), 1U);
    EXPECT_EQ(snapshot.packages[0].id, "good");
    EXPECT_EQ(snapshot.unreadable_packages, std::vector<std::string>{"bad"}) << "its files stay";
    ASSERT_EQ(snapshot.forms.size(), 1U);
    EXPECT_EQ(snapshot.forms[0].name, "Good");
    EXPECT_TRUE(snapshot.drivers.empty());
    EXPECT_TRUE(snapshot.driver_files.empty());
    EXPECT_EQ(snapshot.printers.size(), 2U);
}

TEST_F(DamagedRowsTest, ManyDamagedRowsMakeFewLines) {
    damage("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<500) "
           "INSERT INTO form SELECT 0,'f'||i,'f'||i,77,0,0,0,0,0,0,'',0,'',0,'',0 FROM n");
    EXPECT_TRUE(load().forms.empty());
    const std::string text = logged();
    std::size_t lines = 0;
    for (const char c : text) lines += c == '\n' ? 1 : 0;
    EXPECT_EQ(lines, DamageReport::kMaxLines + 1);
    EXPECT_NE(text.find("suppressed=400"), std::string::npos);
}

}  // namespace
}  // namespace storage
