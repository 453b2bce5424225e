#include "tools/bench/report.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>

namespace bench {
namespace {

std::string number(double value) {
    char text[64];
    const int digits = std::fabs(value) >= 1000 ? 0 : std::fabs(value) >= 10 ? 1 : 3;
    (void)std::snprintf(text, sizeof text, "%.*f", digits, value);
    return text;
}

}  // namespace

void Report::add(std::string name, double value, std::string unit, std::string note) {
    (void)std::fprintf(stderr, "%s: %s %s\n", name.c_str(), number(value).c_str(), unit.c_str());
    rows_.push_back({std::move(name), value, std::move(unit), std::move(note)});
}

std::string Report::table() const {
    std::size_t width = 0;
    for (const Row& row : rows_) width = std::max(width, row.name.size());
    std::string text;
    for (const Row& row : rows_) {
        const std::string value = number(row.value);
        text += row.name + std::string(width - row.name.size() + 2, ' ');
        text += std::string(value.size() < 12 ? 12 - value.size() : 0, ' ') + value + " " + row.unit;
        if (!row.note.empty()) text += "  (" + row.note + ")";
        text += '\n';
    }
    return text;
}

std::string Report::json() const {
    nlohmann::json document;
    document["context"] = context_;
    document["rows"] = nlohmann::json::array();
    for (const Row& row : rows_) {
        nlohmann::json one;
        one["name"] = row.name;
        one["value"] = row.value;
        one["unit"] = row.unit;
        if (!row.note.empty()) one["note"] = row.note;
        document["rows"].push_back(std::move(one));
    }
    return document.dump(1);
}

std::optional<std::uint64_t> ServerProcess::cpu_ns() const {
    if (pid_ == 0) return std::nullopt;
    std::uint64_t total = 0;
    std::error_code error;
    const std::filesystem::path tasks = "/proc/" + std::to_string(pid_) + "/task";
    for (const auto& task : std::filesystem::directory_iterator(tasks, error)) {
        std::ifstream in(task.path() / "schedstat");
        std::uint64_t running = 0;
        if (in >> running) total += running;
    }
    if (error) return std::nullopt;
    return total;
}

std::optional<std::uint64_t> ServerProcess::resident_bytes() const {
    if (pid_ == 0) return std::nullopt;
    std::ifstream in("/proc/" + std::to_string(pid_) + "/status");
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with("RssAnon:")) return std::stoull(line.substr(8)) * 1024;
    }
    return std::nullopt;
}

double percentile(std::vector<double>& sample, double share) {
    if (sample.empty()) return 0;
    std::sort(sample.begin(), sample.end());
    const auto index = static_cast<std::size_t>(share * static_cast<double>(sample.size() - 1) + 0.5);
    return sample[std::min(index, sample.size() - 1)];
}

}  // namespace bench
