// The same step again and again on several connections: how often, how long, and what it cost the server.
#pragma once

#include "tools/bench/bench.h"

namespace bench {

struct Work {
    Arguments arguments;
    Clock::time_point end;
    base::ByteBuffer document;
    bool many_queues = false;
};
using WorkPtr = std::shared_ptr<const Work>;

// Does it once; the size of the reply where it matters, otherwise 0. `index` is that of the connection.
using Step = Task<Result<std::uint64_t>> (*)(WorkPtr work, SessionPtr session, std::uint32_t index);

struct Rate {
    double per_second = 0;
    double p50 = 0, p99 = 0;  // milliseconds
    double server_ms = 0;     // processor time of the server for one; 0: not known
    std::uint64_t bytes = 0;  // of one reply
};

// `count` connections at once for the time that the arguments say, after one step each to warm up.
Result<Rate> run(Bench& bench, std::uint32_t count, Step step, Work work);
void add_rate(Bench& bench, const std::string& name, const std::string& unit, const Rate& rate);
[[nodiscard]] std::string with_connections(std::uint32_t connections);

}  // namespace bench
