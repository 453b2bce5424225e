// libFuzzer target: printer INF files and manifests. What is accepted keeps the promises that its users rely on.
#include "base/limits.h"
#include "spooler/inf/printer_inf.h"

#include <cstdlib>

namespace {

void check(bool condition) {
    if (!condition) std::abort();
}

void check_files(const std::vector<spooler::inf::CopiedFile>& files) {
    check(files.size() <= base::limits::kMaxPackageFiles);
    for (const auto& file : files) {
        check(spooler::inf::is_file_name(file.name));
        check(!file.path.empty() && spooler::inf::package_path(file.path) == file.path);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const base::ByteView bytes(reinterpret_cast<const std::byte*>(data), size);
    const auto file = spooler::inf::InfFile::parse(bytes, "fuzz.inf");
    if (!file) {
        check(file.error().text().starts_with("fuzz.inf"));
        return 0;
    }
    // The file is its own manifest.
    const auto inf = spooler::inf::read_printer_inf(
        *file, [&](const std::string&) -> base::Result<base::ByteBuffer> { return base::ByteBuffer(bytes.begin(), bytes.end()); });
    if (!inf) return 0;
    for (const auto& driver : inf->drivers) {
        check(!driver.driver.name.empty() && spooler::inf::is_file_name(driver.driver.driver_path));
        for (const std::string& name : driver.driver.dependent_files) check(spooler::inf::is_file_name(name));
        check_files(driver.files);
    }
    for (const auto& core : inf->core_drivers) check_files(core.files);
    return 0;
}
