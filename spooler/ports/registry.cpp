#include "spooler/ports/registry.h"

#include "base/utf.h"
#include "spooler/ports/file.h"
#include "spooler/ports/null.h"
#include "spooler/ports/raw_tcp.h"

#include <boost/asio/thread_pool.hpp>

namespace spooler {

namespace {

constexpr std::size_t kResolverThreads = 4;
constexpr std::size_t kFileThreads = 2;

}  // namespace

MonitorRegistry::MonitorRegistry(const MonitorSettings& settings)
    : resolver_(std::make_unique<boost::asio::thread_pool>(kResolverThreads)), files_(std::make_unique<boost::asio::thread_pool>(kFileThreads)) {
    monitors_.push_back(std::make_shared<FileMonitor>(settings.file_ports, settings.file_directories, files_->get_executor()));
    monitors_.push_back(std::make_shared<RawTcpMonitor>(resolver_->get_executor()));
    monitors_.push_back(std::make_shared<NullMonitor>());
}

MonitorRegistry::~MonitorRegistry() {
    resolver_->join();
    files_->join();
}

PortMonitorPtr MonitorRegistry::find(std::string_view monitor) const {
    for (const PortMonitorPtr& one : monitors_) {
        if (base::equal_names(one->name(), monitor)) return one;
    }
    return nullptr;
}

}  // namespace spooler
