// Job commands of the administrator's socket, without the socket.
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

}  // namespace
