// The built-in port monitors by name, and the threads on which they do what blocks. Made once by the composition root; sessions
// must be gone before it is.
#pragma once

#include "spooler/ports/port_monitor.h"

#include <memory>
#include <string>
#include <vector>

namespace boost::asio {
class thread_pool;
}

namespace spooler {

struct MonitorSettings {
    bool file_ports = false;                                       // off: a queue on such a port lets its users fill the disk
    std::vector<std::string> file_directories;                     // file ports write below these only
};

class MonitorRegistry final : public MonitorSource {
 public:
    explicit MonitorRegistry(const MonitorSettings& settings);
    ~MonitorRegistry() override;
    MonitorRegistry(const MonitorRegistry&) = delete;
    MonitorRegistry& operator=(const MonitorRegistry&) = delete;

    [[nodiscard]] PortMonitorPtr find(std::string_view monitor) const override;
    // Local Port, Standard TCP/IP Port, Null Port.
    [[nodiscard]] std::vector<PortMonitorPtr> monitors() const override { return monitors_; }

 private:
    // Apart: a name server that does not answer must not hold up files.
    std::unique_ptr<boost::asio::thread_pool> resolver_, files_;
    std::vector<PortMonitorPtr> monitors_;
};

}  // namespace spooler
