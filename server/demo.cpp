#include "server/demo.h"

#include <nlohmann/json.hpp>

namespace server {

std::string demo_configuration(const std::string& directory, unsigned endpoint_mapper_port) {
    using nlohmann::json;
    const std::string driver = "Microsoft XPS Document Writer";
    const std::string out = directory + "/out";
    json config;
    config["listen"]["endpoint_mapper_port"] = endpoint_mapper_port;
    config["security"]["account_file"] = directory + "/accounts.json";
    config["storage"]["directory"] = directory + "/state";
    config["admin"]["socket"] = directory + "/admin.socket";
    config["log"]["file"] = directory + "/winspoold.log";
    config["file_ports"]["enabled"] = true;
    config["file_ports"]["directories"] = {out};
    config["ports"] = json::array({{{"name", "DEMO:"}, {"monitor", "Local Port"}, {"directory", out}},
                                   {{"name", "NUL:"}, {"monitor", "Null Port"}}});
    config["drivers"] = json::array({{{"name", driver}, {"version", 4}}, {{"name", "Microsoft IPP Class Driver"}, {"version", 4}}});
    config["printers"] = json::array({{{"name", "Demo"}, {"share_name", "Demo"}, {"port", "DEMO:"}, {"driver", driver},
                                       {"comment", "writes each job to a file"}},
                                      {{"name", "Null"}, {"share_name", "Null"}, {"port", "NUL:"}, {"driver", driver},
                                       {"comment", "takes everything and prints nothing"}}});
    return config.dump(2) + "\n";
}

}  // namespace server
