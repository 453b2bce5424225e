#include "tests/support/run_task.h"

#include <boost/asio/co_spawn.hpp>

namespace test_support {

void start_task(const boost::asio::any_io_executor& executor, base::Task<void> task, std::function<void(const std::exception_ptr&)> done) {
    boost::asio::co_spawn(executor, std::move(task), std::move(done));
}

}  // namespace test_support
