// What a run of bench has measured, as a table for people and as JSON for programs; and how much the server's process has used.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace bench {

class Report {
 public:
    // `name` is stable: other programs look for it. Numbers that depend on the machine say in `note` what they compare with.
    void add(std::string name, double value, std::string unit, std::string note = {});
    void set(std::string key, std::string value) { context_[std::move(key)] = std::move(value); }
    [[nodiscard]] std::string table() const;
    // {"context": {…}, "rows": [{"name", "value", "unit", "note"}]}
    [[nodiscard]] std::string json() const;

 private:
    struct Row {
        std::string name;
        double value;
        std::string unit, note;
    };
    std::vector<Row> rows_;
    std::map<std::string, std::string> context_;
};

// The server's process through /proc; every number is nothing when there is no such process (a remote server).
class ServerProcess {
 public:
    explicit ServerProcess(int pid) : pid_(pid) {}
    // Time on processors of all threads that live now, in nanoseconds.
    [[nodiscard]] std::optional<std::uint64_t> cpu_ns() const;
    // Resident memory that is the process's own (no mapped files), in bytes.
    [[nodiscard]] std::optional<std::uint64_t> resident_bytes() const;

 private:
    int pid_;
};

// The value below which `share` (0 … 1) of the sample lies; 0 when empty. Sorts.
[[nodiscard]] double percentile(std::vector<double>& sample, double share);

}  // namespace bench
