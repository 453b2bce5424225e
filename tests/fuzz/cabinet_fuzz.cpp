// libFuzzer target: cabinet files, unpacked into a directory in memory. Nothing may appear outside of it.
#include "base/limits.h"
#include "server/worker/cabinet.h"
#include "server/worker/file_hash.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace {

// root/out is unpacked into; root itself must stay as it is. Removed at exit.
struct Place {
    std::filesystem::path root;
    Place() {
        std::string pattern =
            (access("/dev/shm", W_OK) == 0 ? "/dev/shm" : std::filesystem::temp_directory_path().string()) + "/winspool-fuzz-XXXXXX";
        if (mkdtemp(pattern.data()) == nullptr) std::abort();
        root = pattern;
    }
    ~Place() {
        std::error_code ignored;
        std::filesystem::remove_all(root, ignored);
    }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Place place;
    const std::filesystem::path out = place.root / "out";
    std::filesystem::create_directory(out);
    const storage::FileDescriptor input(memfd_create("cabinet", MFD_CLOEXEC));
    if (!storage::write_at(input.number(), {reinterpret_cast<const std::byte*>(data), size}, 0)) std::abort();
    const auto directory = storage::open_directory(out.string());
    if (!directory) std::abort();
    const auto outcome = server::worker::unpack_cabinet(input.number(), directory->number(), base::limits::kMaxPackageBytes);
    if (outcome && std::filesystem::is_empty(out)) std::abort();
    // The same bytes as a program: its hash reads headers of foreign files.
    if (!server::worker::hash_file(input.number(), size, true)) std::abort();
    std::filesystem::remove_all(out);
    if (!std::filesystem::is_empty(place.root)) std::abort();
    return 0;
}
