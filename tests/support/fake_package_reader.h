// A PackageReader for tests of what is built on one. The "INF" is a list of lines "keyword|value|…":
//   driver|NAME|ENVIRONMENT|cVersion|date|version|attributes|file;file     a driver and its files (paths)
//   needs|GUID    class|NAME                                              of the driver above
//   core|GUID|ENVIRONMENT|date|version|file;file                           a core driver
//   signature|trusted|SIGNER|DETAIL                                        untrusted, broken, missing
// A cabinet is a list of "PATH SIZE" lines, an empty line, and the bytes.
#pragma once

#include "spooler/package_reader.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>

namespace test_support {

class FakePackageReader final : public spooler::PackageReader {
 public:
    template <class T>
    using Answer = base::Task<base::Result<T>>;

    Answer<spooler::DriverPackage> read(std::string directory, std::string inf_name) override {
        ++reads;
        spooler::DriverPackage package;
        package.inf_name = inf_name;
        package.provider = "Vendor";
        std::string all;
        for (const std::string& path : files_below(directory)) {
            const std::string content = load(directory + "/" + path);
            all += path + "\n" + content + "\n";
            package.files.push_back({path, content.size(), std::to_string(std::hash<std::string>()(content))});
        }
        std::ostringstream id;
        id << inf_name << "_amd64_" << std::hex << std::hash<std::string>()(all);
        package.id = id.str();
        std::istringstream lines(load(directory + "/" + inf_name));
        for (std::string line; std::getline(lines, line);) {
            if (!line.empty() && !take(package, split(line, '|'))) {
                co_return base::Error(base::Win32::invalid_printer_driver_manifest, inf_name + ": " + line);
            }
        }
        if (tamper) tamper(package);
        co_return std::move(package);
    }

    Answer<void> unpack(std::string cabinet, std::string directory, std::uint64_t room) override {
        room_to_unpack = room;
        std::istringstream from(load(cabinet));
        std::vector<std::pair<std::string, std::size_t>> entries;
        std::string path;
        std::size_t size = 0;
        for (std::string line; std::getline(from, line) && !line.empty();) {
            std::istringstream words(line);
            if (!(words >> path >> size)) co_return base::Error(base::Win32::invalid_data, "no cabinet");
            entries.emplace_back(path, size);
        }
        for (const auto& [name, length] : entries) {
            std::string content(length, '\0');
            from.read(content.data(), static_cast<std::streamsize>(length));
            std::filesystem::create_directories(std::filesystem::path(directory + "/" + name).parent_path());
            std::ofstream(directory + "/" + name, std::ios::binary) << content;
        }
        co_return base::Result<void>();
    }

    Answer<void> pack(std::string directory, std::string cabinet) override {
        std::string head, body;
        for (const std::string& path : files_below(directory)) {
            const std::string content = load(directory + "/" + path);
            head += path + " " + std::to_string(content.size()) + "\n";
            body += content;
        }
        std::ofstream(cabinet, std::ios::binary) << head << "\n" << body;
        co_return base::Result<void>();
    }

    std::size_t reads = 0;
    std::uint64_t room_to_unpack = 0;
    std::function<void(spooler::DriverPackage&)> tamper;  // what a worker that was taken over could answer

 private:
    static std::vector<std::string> split(const std::string& text, char separator) {
        std::vector<std::string> parts;
        std::istringstream from(text);
        for (std::string part; std::getline(from, part, separator);) parts.push_back(part);
        return parts;
    }
    static std::string load(const std::string& path) {
        std::ifstream file(path, std::ios::binary);
        std::ostringstream text;
        text << file.rdbuf();
        return text.str();
    }
    static std::vector<std::string> files_below(const std::string& directory) {
        std::vector<std::string> files;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
            if (entry.is_regular_file()) files.push_back(entry.path().lexically_relative(directory).generic_string());
        }
        std::sort(files.begin(), files.end());
        return files;
    }
    static std::vector<spooler::PackageDriverFile> uses(const std::string& list) {
        std::vector<spooler::PackageDriverFile> files;
        for (const std::string& path : split(list, ';'))
            files.push_back({path.substr(path.rfind('/') + 1), path, spooler::PackageFileRole::driver});
        return files;
    }
    static bool take(spooler::DriverPackage& package, const std::vector<std::string>& words) {
        if (words[0] == "driver" && words.size() == 8) {
            spooler::PackageDriver offered;
            offered.driver.name = words[1];
            offered.driver.environment = words[2];
            offered.driver.version = static_cast<std::uint32_t>(std::stoul(words[3]));
            offered.driver.date.ticks = package.date.ticks = std::stoull(words[4]);
            offered.driver.driver_version = package.version = std::stoull(words[5]);
            offered.driver.attributes = static_cast<std::uint32_t>(std::stoul(words[6]));
            offered.files = uses(words[7]);
            offered.driver.driver_path = offered.files[0].name;
            offered.driver.config_file = offered.driver.data_file = offered.files.back().name;
            package.drivers.push_back(std::move(offered));
        } else if (words[0] == "needs" && words.size() == 2 && !package.drivers.empty()) {
            package.drivers.back().driver.core_dependencies.push_back(words[1]);
        } else if (words[0] == "class" && words.size() == 2 && !package.drivers.empty()) {
            package.drivers.back().required_class = words[1];
        } else if (words[0] == "core" && words.size() == 6) {
            spooler::CoreDriver core;
            core.guid = words[1];
            core.environment = words[2];
            core.date.ticks = package.date.ticks = std::stoull(words[3]);
            core.version = package.version = std::stoull(words[4]);
            core.files = uses(words[5]);
            package.core_drivers.push_back(std::move(core));
        } else if (words[0] == "signature" && words.size() >= 2) {
            using Signature = spooler::PackageSignature;
            package.signature = words[1] == "trusted"     ? Signature::trusted
                                : words[1] == "untrusted" ? Signature::untrusted
                                : words[1] == "broken"    ? Signature::broken
                                                          : Signature::missing;
            package.signer = words.size() > 2 ? words[2] : "";
            package.signature_detail = words.size() > 3 ? words[3] : "";
        } else {
            return false;
        }
        return true;
    }
};

}  // namespace test_support
