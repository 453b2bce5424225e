// The measurements of bench. Each opens its own connections, adds its rows to the report and closes them again.
#pragma once

#include "tools/bench/report.h"
#include "tools/print_client/session.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_future.hpp>

#include <future>
#include <string>
#include <thread>
#include <vector>

namespace bench {

using base::Result;
using base::Task;
using print_client::Session;
using print_client::SessionOptions;
using SessionPtr = std::shared_ptr<Session>;
using Clock = std::chrono::steady_clock;

struct Arguments {
    SessionOptions session;
    std::string printer = "Null";  // takes jobs and throws them away
    std::string prefix;            // before names of queues: \\\\server\\ where that is not the session's host
    std::uint32_t printers = 0;    // queues Queue00001 … that there are besides; 0: one queue for all
    std::vector<std::uint32_t> connections = {1, 8};
    std::uint32_t clients = 1000;      // of "idle" and "notify"
    double seconds = 5;                // of each measurement that repeats something
    std::uint32_t chunk_kib = 64;      // of one WritePrinter in jobs
    std::uint32_t document_mib = 256;  // of "write"
    int pid = 0;                       // of the server, for processor time and memory
};

// A few threads that run connections, each on a strand of its own.
class Runner {
 public:
    explicit Runner(std::size_t threads);
    ~Runner();
    Runner(const Runner&) = delete;
    Runner& operator=(const Runner&) = delete;

    [[nodiscard]] boost::asio::any_io_executor strand() { return boost::asio::make_strand(io_); }
    template <class T>
    static std::future<T> start(const boost::asio::any_io_executor& executor, Task<T> task) {
        return boost::asio::co_spawn(executor, std::move(task), boost::asio::use_future);
    }

 private:
    boost::asio::io_context io_;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    std::vector<std::thread> threads_;
};

// One connection with the strand it lives on.
struct Connection {
    boost::asio::any_io_executor executor;
    SessionPtr session;
};

struct Bench {
    const Arguments& arguments;
    Runner& runner;
    Report& report;
    ServerProcess server;

    // All at once; fails with the first error.
    Result<std::vector<Connection>> connect(std::uint32_t count, const SessionOptions& options);
    // Ends on the strands: sessions belong to them.
    static void disconnect(std::vector<Connection>& connections);
};

Result<void> measure_calls(Bench& bench);          // Open + GetPrinter(2) + Close
Result<void> measure_enumerations(Bench& bench);   // EnumPrinters(2)
Result<void> measure_jobs(Bench& bench);           // whole jobs of 4 KiB and 1 MiB
Result<void> measure_writes(Bench& bench);         // one large document at each level, beside the floor
Result<void> measure_notifications(Bench& bench);  // 1 and `clients` waiting
Result<void> measure_events(Bench& bench);         // `clients` that watch a queue with 200 job events per second
Result<void> measure_queries(Bench& bench);        // EnumJobs(2) of 10,000 jobs, EnumPrinterDataEx of 1,000 values, GetPrinterDriver(6)
Result<void> measure_idle(Bench& bench);           // memory of idle connections

// MB per second of processor time for RC4 and then HMAC-MD5, and for HMAC-MD5 alone, over the same bytes in one thread: what sealing and
// signing cost with the faster implementation of each, ours or OpenSSL's. A server that does both at once can be faster than `seal`.
struct Floor {
    double seal = 0, sign = 0;
    double interleaved = 0;  // both in one pass, as winspoold does
    std::string makers;      // whose were the faster ones
};
[[nodiscard]] Floor measure_floor();

// Not a measurement: puts `jobs` waiting jobs on the printers of a stopped server's state directory and pauses the printers.
Result<void> prepare_state(const std::string& directory, std::uint32_t jobs);

}  // namespace bench
