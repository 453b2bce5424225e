// Job and printer commands of the administrator's socket, without the socket.
#include "server/admin/command_helpers.h"
#include "tests/support/spooler_fixture.h"

namespace {

using nlohmann::json;
using spooler::JobState;

class JobCommands : public test_support::SpoolerFixture {
 protected:
    void SetUp() override { start(); }
    json run_command(const char* name, const json& arguments) {
        server::AdminContext context;
        context.spooler = spooler_.get();
        const server::Command* command = server::find_command(server::job_commands(), name);
        if (command == nullptr) command = server::find_command(server::printer_commands(), name);
        EXPECT_NE(command, nullptr);
        auto outcome = run(command->run(context, arguments));
        EXPECT_TRUE(outcome) << outcome.error().to_string();
        return outcome ? *outcome : json();
    }
};

// A deleted printer stays until its last job is done, which never happens when its port is dead.
TEST_F(JobCommands, JobsOfADeletedPrinterStayInReach) {
    auto queue = add_printer("Laser");
    hold("P1");
    const auto printing = print(queue, "1");
    const auto waiting = print(queue, "2");
    settle();
    ASSERT_TRUE(run(spooler_->printers().remove(queue)));
    settle();
    ASSERT_FALSE(spooler_->printers().find("Laser"));
    const json rows = run_command("job-list", json::object());
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[0]["printer"], "Laser");
    for (const auto job : {waiting, printing}) {
        run_command("job-cancel", {{"job", job}});
        settle();
    }
    EXPECT_TRUE(run_command("job-list", json::object()).empty());
    release("P1");
    EXPECT_FALSE(store_->printer(queue->id())) << "the printer is gone with its last job";
    EXPECT_TRUE(spooler_->printers().all().empty());
}

// Whoever looks for the jobs that keep a deleted printer looks by its name, also when a new printer has that name meanwhile.
TEST_F(JobCommands, ADeletedPrinterIsFoundByName) {
    auto old = add_printer("Laser");
    hold("P1");
    const auto stuck = print(old, "1");
    settle();
    ASSERT_TRUE(run(spooler_->printers().remove(old)));
    settle();
    json printers = run_command("printer-list", json::object());
    ASSERT_EQ(printers.size(), 1U);
    EXPECT_EQ(printers[0]["name"], "Laser");
    EXPECT_NE(printers[0]["status"].get<std::string>().find("deleting"), std::string::npos) << printers[0];
    json jobs = run_command("job-list", {{"printer", "laser"}});
    ASSERT_EQ(jobs.size(), 1U);
    EXPECT_EQ(jobs[0]["id"], stuck);
    EXPECT_EQ(run_command("printer-show", {{"printer", "Laser"}})["job_list"].size(), 1U);

    const auto fresh = add_printer("Laser", "P2");
    add_printer("Another", "P3");
    ASSERT_TRUE(run(fresh->pause()));
    const auto waiting = print(fresh, "2");
    jobs = run_command("job-list", {{"printer", "Laser"}});
    ASSERT_EQ(jobs.size(), 2U);
    EXPECT_EQ(jobs[0]["id"], waiting) << "the printer that is there comes first";
    EXPECT_EQ(jobs[1]["id"], stuck);
    printers = run_command("printer-list", json::object());
    ASSERT_EQ(printers.size(), 3U);
    EXPECT_EQ(printers[0]["name"], "Another");
    EXPECT_EQ(run_command("printer-show", {{"printer", "Laser"}})["job_list"][0]["id"], waiting);
    release("P1");
    EXPECT_EQ(run_command("printer-list", json::object()).size(), 2U);
    EXPECT_EQ(run_command("job-list", {{"printer", "Laser"}}).size(), 1U);
}

}  // namespace
