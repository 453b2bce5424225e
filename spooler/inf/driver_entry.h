// One model of a printer INF file made into a driver. Internal to printer_inf.
#pragma once

#include "spooler/inf/printer_inf.h"

#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

namespace spooler::inf {

// What all models of one file and architecture share.
struct DriverContext {
    const InfFile& file;
    const Architecture& architecture;
    const SourceFiles& sources;
    const ReadPackageFile& read;
    bool version4 = false;
    std::vector<std::string>& notes;
};

// The install section for an architecture: "name.NTamd64", "name.NT" or "name"; nothing when none exists.
[[nodiscard]] std::optional<std::string> find_install_section(const InfFile& file, const std::string& name,
                                                              const Architecture& architecture);

// Collects the sections that describe one driver: the install section, what it Needs, its data section, the core drivers it builds on.
class DriverEntry {
 public:
    DriverEntry(DriverContext context, std::string install_section, std::size_t line);
    // Files and file-derived fields of a driver that already has its name; errors as read_printer_inf's.
    [[nodiscard]] base::Result<InfDriver> build(Driver driver);
    // Only the files.
    [[nodiscard]] base::Result<std::vector<CopiedFile>> files();

 private:
    [[nodiscard]] base::Result<void> gather();
    [[nodiscard]] base::Result<void> add_section(const std::string& name, std::size_t line);
    void add_core(const std::string& name, std::size_t line);
    void add_core_file(std::string name);
    [[nodiscard]] std::string property(std::string_view key) const;
    [[nodiscard]] base::Result<void> copy(const std::string& section);
    void add_file(CopiedFile file);
    [[nodiscard]] base::Result<void> describe3(Driver& driver);
    [[nodiscard]] base::Result<void> describe4(Driver& driver);
    void describe_package(Driver& driver) const;
    void set_dependent_files(Driver& driver) const;
    [[nodiscard]] bool has_file(std::string_view name) const;
    void note(std::size_t line, std::string_view what);

    DriverContext context_;
    std::string install_section_;
    std::size_t line_;
    std::vector<std::string> sections_;  // of this file, in order of precedence
    std::string core_driver_file_, core_config_file_, core_help_file_, core_monitor_;
    std::vector<std::string> core_guids_, core_files_;
    std::string required_class_;
    std::vector<CopiedFile> files_;
    std::size_t copied_ = 0;                       // files_ with repetitions
    std::unordered_set<std::string> known_files_;  // folded "name\npath" of files_
    std::unordered_set<std::string> known_names_;  // folded, of files_ and core_files_
};

}  // namespace spooler::inf
