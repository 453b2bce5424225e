// Commands about the server as a whole, without the socket.
#include "base/limits.h"
#include "server/admin/command_helpers.h"
#include "server/event_log.h"
#include "tests/support/spooler_fixture.h"
#include "tests/unit/storage/temporary_directory.h"

namespace {

using nlohmann::json;

class ServerCommands : public test_support::SpoolerFixture {
 protected:
    void SetUp() override {
        auto opened = server::EventLog::open(directory_.path(""));
        ASSERT_TRUE(opened);
        events_log_ = std::move(*opened);
    }
    base::Result<json> events(std::size_t count) {
        server::AdminContext context;
        context.events = events_log_.get();
        const server::Command* command = server::find_command(server::server_commands(), "events");
        return run(command->run(context, {{"count", count}}));
    }
    storage::TemporaryDirectory directory_;
    std::unique_ptr<server::EventLog> events_log_;
};

TEST_F(ServerCommands, EventsGivesTheLatestUpToALimit) {
    constexpr std::size_t kMost = base::limits::kMaxEventLogRows;
    std::vector<std::string> lines;
    for (std::size_t i = 0; i <= kMost; ++i) lines.push_back("{\"n\":" + std::to_string(i) + "}");
    ASSERT_TRUE(run(events_log_->append(std::move(lines))));
    const auto most = events(kMost);
    ASSERT_TRUE(most);
    EXPECT_EQ(most->size(), kMost);
    EXPECT_EQ((*most)[0]["n"], 1);
    EXPECT_EQ(events(kMost + 1).error().code(), base::Win32::invalid_parameter);
    const auto few = events(2);
    ASSERT_TRUE(few);
    EXPECT_EQ(*few, json::array({{{"n", kMost - 1}}, {{"n", kMost}}}));
}

}  // namespace
