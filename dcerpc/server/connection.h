// One client connection: moves bytes between a stream and an association, runs its calls, keeps its deadlines, and runs the
// association group down when its last connection goes. Everything happens on the stream's strand. Made by Server.
#pragma once

#include "base/async_event.h"
#include "base/guarded.h"
#include "base/limits.h"
#include "base/metrics.h"
#include "dcerpc/assoc/association.h"
#include "dcerpc/server/call.h"
#include "dcerpc/server/pdu_counter.h"
#include "dcerpc/server/registry.h"
#include "dcerpc/server/stream.h"

#include <atomic>
#include <chrono>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace base {
class LogLimiter;
}

namespace dcerpc {

// What rpc_mgmt_inq_stats reports, for the whole server.
struct RpcCounters {
    base::Counter calls_in, packets_in, packets_out;
};

struct ConnectionLimits {
    std::size_t max_calls = base::limits::kMaxCallsPerConnection;                  // running at once; one more gets server_too_busy
    std::uint16_t max_fragment_bytes = base::limits::kMaxFragmentBytes;
    std::size_t max_stub_bytes = base::limits::kMaxStubBytes;
    std::chrono::milliseconds authentication{base::limits::kAuthenticationTimeoutMs};
    std::chrono::milliseconds fragment{base::limits::kFragmentTimeoutMs};
    std::chrono::milliseconds write{base::limits::kWriteTimeoutMs};
    std::chrono::milliseconds unauthenticated_idle{base::limits::kUnauthenticatedIdleMs};
    std::chrono::milliseconds linger{base::limits::kLingerMs};
};

// Logons and refusals, for the audit log. Called on the connection's strand; must not block.
using AuditSink = std::function<void(const LogEvent& event, const StreamEnds& ends, std::uint64_t connection_id)>;

// What the connections of one endpoint share. Outlives them.
struct ConnectionShared {
    const Registry* registry = nullptr;
    const InterfaceDirectory* interfaces = nullptr;
    SecurityContextFactory* security = nullptr;
    GroupDirectory* groups = nullptr;
    std::shared_ptr<base::BufferBudget> budget;
    RpcCounters* counters = nullptr;
    std::atomic<std::uint64_t>* next_call_id = nullptr;
    EndpointId endpoint = 0;
    std::string secondary_address;
    bool ndr64 = true;
    ConnectionLimits limits;
    AuditSink audit;                                                               // may be empty
    base::LogLimiter* log_limiter = nullptr;
};

struct ConnectionInfo {
    std::uint64_t id = 0;
    StreamEnds ends;
    std::string user;                                                              // empty: not authenticated
    std::string workstation;
    std::chrono::steady_clock::time_point since;
    std::size_t calls = 0;                                                         // running now
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
    Connection(std::unique_ptr<Stream> stream, const ConnectionShared& shared, std::uint64_t id);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    // The whole life of the connection, rundown included. Spawn it on the stream's executor.
    static base::Task<void> run(std::shared_ptr<Connection> self);

    // From any thread. Ends waiting calls, takes no new ones, closes when the running ones have been answered.
    void stop();
    // From any thread. Cancels all calls and closes at once.
    void kill();
    // From any thread.
    [[nodiscard]] ConnectionInfo info() const;
    // Since when it has been without a call, if no user has logged on; kNotIdle while a call runs, after a user's logon and once
    // closing. From any thread.
    using Idle = std::chrono::steady_clock::duration::rep;
    static constexpr Idle kNotIdle = std::numeric_limits<Idle>::max();
    [[nodiscard]] Idle unauthenticated_idle_since() const { return idle_since_; }
    // kill() in favour of a new connection; false when it has become busy since `idle_since` was read. From any thread.
    [[nodiscard]] bool evict(Idle idle_since);

 private:
    using Time = std::chrono::steady_clock::time_point;
    struct ActiveCall;
    using ActivePtr = std::shared_ptr<ActiveCall>;

    static base::Task<void> watch(std::shared_ptr<Connection> self);
    static base::Task<void> write_all(std::shared_ptr<Connection> self);
    static base::Task<void> run_one(std::shared_ptr<Connection> self, ActivePtr active);
    base::Task<void> read_all();
    base::Task<void> run_down();

    void pump();
    void flush();
    void on(StartCall&& action);
    void on(const CancelCall& action);
    void on(const OrphanCall& action);
    void on(const CloseConnection& action);
    void on(const LogEvent& action);
    void refuse(const StartCall& action, Fault fault);
    void log_refused(const StartCall& action, Fault fault) const;
    void finish(ActivePtr active, ReplyStub reply);
    enum class Which : std::uint8_t { all, waiting };
    void cancel_calls(Which which);
    void lose(std::string reason);
    void end_if_stopped();
    void note_input(std::size_t complete_pdus);
    void note_activity();
    [[nodiscard]] bool may_log(const LogEvent& event) const;
    [[nodiscard]] std::optional<Time> next_deadline(std::string& reason) const;

    std::unique_ptr<Stream> stream_;
    const ConnectionShared& shared_;
    const std::uint64_t id_;
    Association association_;
    std::map<std::uint32_t, ActivePtr> calls_;                                     // by call id; orphaned calls are not in it
    std::map<const ActiveCall*, ActivePtr> orphans_;
    std::atomic<std::size_t> running_{0};
    base::ByteBuffer out_;
    PduCounter in_counter_, out_counter_;
    base::AsyncEvent changed_;                                                     // wakes read_all and run
    boost::asio::steady_timer watchdog_;
    bool pumping_ = false;
    bool writing_ = false;
    bool lost_ = false;                                                            // the stream is closed
    bool stopping_ = false;
    bool authenticated_ = false;
    bool established_ = false;
    std::string end_reason_;
    const Time opened_;
    Time last_activity_;                                                           // end of the bind, begin or end of a call
    std::atomic<Idle> idle_since_;
    std::optional<Time> fragment_since_, write_since_, linger_since_;
    struct Who {
        std::string user, workstation;
    };
    base::Guarded<Who> who_;
};

}  // namespace dcerpc
