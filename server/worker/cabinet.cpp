#include "server/worker/cabinet.h"

#include "base/limits.h"
#include "base/utf.h"
#include "spooler/inf/inf_file.h"
#include "spooler/inf/source_files.h"

#include <libgcab.h>
#include <mspack.h>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <unordered_set>

namespace server::worker {
namespace {

using storage::FileDescriptor;

base::Error damaged(const std::string& what) { return base::Error(base::Win32::invalid_data, "cabinet: " + what); }

// --- unpacking: libmspack calls back for every byte, so that it opens nothing by itself ----------------------------------

struct CabinetSystem : mspack_system {
    int cabinet = -1;
    int output = -1;  // the file being extracted
};
// libmspack's handle; its own type is empty.
struct CabinetFile : mspack_file {
    int descriptor = -1;
    off_t position = 0;
};

CabinetFile* file_of(mspack_file* file) { return static_cast<CabinetFile*>(file); }

mspack_file* open_for_mspack(mspack_system* base, const char*, int mode) {
    const auto* system = static_cast<CabinetSystem*>(base);
    auto* file = new (std::nothrow) CabinetFile;
    if (file != nullptr) file->descriptor = mode == MSPACK_SYS_OPEN_READ ? system->cabinet : system->output;
    return file;
}
void close_for_mspack(mspack_file* file) { delete file_of(file); }

int read_for_mspack(mspack_file* file, void* buffer, int bytes) {
    if (bytes < 0) return -1;
    const auto got = storage::read_at(file_of(file)->descriptor, {static_cast<std::byte*>(buffer), static_cast<std::size_t>(bytes)},
                                      static_cast<std::uint64_t>(file_of(file)->position));
    if (!got) return -1;
    file_of(file)->position += static_cast<off_t>(*got);
    return static_cast<int>(*got);
}

int write_for_mspack(mspack_file* file, void* buffer, int bytes) {
    if (bytes < 0) return -1;
    const base::ByteView data(static_cast<const std::byte*>(buffer), static_cast<std::size_t>(bytes));
    if (!storage::write_at(file_of(file)->descriptor, data, static_cast<std::uint64_t>(file_of(file)->position))) return -1;
    file_of(file)->position += bytes;
    return bytes;
}

int seek_for_mspack(mspack_file* file, off_t offset, int mode) {
    struct stat status {};
    if (fstat(file_of(file)->descriptor, &status) != 0) return -1;
    const off_t start = mode == MSPACK_SYS_SEEK_START ? 0 : mode == MSPACK_SYS_SEEK_CUR ? file_of(file)->position : status.st_size;
    off_t to = 0;
    if (__builtin_add_overflow(start, offset, &to) || to < 0 || to > status.st_size) return -1;
    file_of(file)->position = to;
    return 0;
}
off_t tell_for_mspack(mspack_file* file) { return file_of(file)->position; }
void message_for_mspack(mspack_file*, const char*, ...) {}
void* allocate_for_mspack(mspack_system*, std::size_t bytes) { return std::malloc(bytes); }
void copy_for_mspack(void* from, void* to, std::size_t bytes) { std::memcpy(to, from, bytes); }

CabinetSystem make_system(int cabinet) {
    CabinetSystem system{};
    system.open = open_for_mspack;
    system.close = close_for_mspack;
    system.read = read_for_mspack;
    system.write = write_for_mspack;
    system.seek = seek_for_mspack;
    system.tell = tell_for_mspack;
    system.message = message_for_mspack;
    system.alloc = allocate_for_mspack;
    system.free = std::free;
    system.copy = copy_for_mspack;
    system.cabinet = cabinet;
    system.output = -1;
    return system;
}

// The path of a member; nothing for one that would leave the directory.
std::optional<std::string> member_path(const mscabd_file& file) {
    std::string name = file.filename;
    if ((file.attribs & MSCAB_ATTRIB_UTF_NAME) == 0) {
        const auto decoded = spooler::inf::decode_text(base::as_bytes(name));
        if (!decoded) return std::nullopt;
        name = *decoded;
    }
    if (base::to_utf8(base::to_utf16(name)) != name) return std::nullopt;  // the answer could not name the file
    if (name.empty() || name.front() == '\\' || name.front() == '/') return std::nullopt;
    auto path = spooler::inf::package_path(name);
    return path && !path->empty() ? path : std::nullopt;
}

base::Result<void> make_parents(int directory, const std::string& path) {
    for (auto slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
        const std::string parent = path.substr(0, slash);
        if (mkdirat(directory, parent.c_str(), 0700) != 0 && errno != EEXIST) return storage::file_error(errno, "'" + parent + "'");
    }
    return {};
}

class Unpacker {
 public:
    Unpacker(int cabinet, int directory)
        : directory_(directory), system_(make_system(cabinet)), decompressor_(mspack_create_cab_decompressor(&system_)) {}
    ~Unpacker() {
        if (opened_ != nullptr) decompressor_->close(decompressor_, opened_);
        if (decompressor_ != nullptr) mspack_destroy_cab_decompressor(decompressor_);
    }
    Unpacker(const Unpacker&) = delete;
    Unpacker& operator=(const Unpacker&) = delete;

    base::Result<void> run(std::uint64_t room) {
        if (decompressor_ == nullptr) return base::Error(base::Win32::not_enough_memory);
        opened_ = decompressor_->open(decompressor_, "cabinet");
        if (opened_ == nullptr) return damaged("not a cabinet file, or damaged");
        if (opened_->prevname != nullptr || opened_->nextname != nullptr) return damaged("one of several parts");
        // Before the first byte is written.
        std::uint64_t bytes = 0;
        std::size_t count = 0;
        for (const mscabd_file* file = opened_->files; file != nullptr; file = file->next) {
            bytes += file->length;
            if (++count > base::limits::kMaxPackageFiles || bytes > base::limits::kMaxPackageBytes)
                return damaged("it unpacks to too much");
        }
        if (count == 0) return damaged("it is empty");
        if (bytes > room) return base::Error(base::Win32::disk_full, "the cabinet unpacks to " + std::to_string(bytes) + " bytes");
        std::unordered_set<std::string> known;
        for (mscabd_file* file = opened_->files; file != nullptr; file = file->next) {
            const auto path = member_path(*file);
            if (!path) return damaged("it holds the name '" + std::string(file->filename) + "'");
            if (!known.insert(base::fold_utf8(*path)).second) return damaged("'" + *path + "' is in it twice");
            TRY_VOID(extract(file, *path));
        }
        return {};
    }

 private:
    base::Result<void> extract(mscabd_file* file, const std::string& path) {
        TRY_VOID(make_parents(directory_, path));
        auto opened = open_beneath(directory_, path, O_WRONLY | O_CREAT | O_EXCL, 0600);
        if (!opened) {
            // One name is a directory for another.
            const bool disk = opened.error().code() == base::Win32::disk_full;
            return disk ? std::move(opened).error() : damaged(opened.error().text());
        }
        system_.output = opened->number();
        const int error = decompressor_->extract(decompressor_, file, "output");
        system_.output = -1;
        if (error == MSPACK_ERR_WRITE) return base::Error(base::Win32::disk_full, "'" + path + "'");
        if (error == MSPACK_ERR_NOMEMORY) return base::Error(base::Win32::not_enough_memory, "'" + path + "'");
        if (error != MSPACK_ERR_OK) return damaged("'" + path + "' is damaged");
        return {};
    }

    int directory_;
    CabinetSystem system_;
    mscab_decompressor* decompressor_;
    mscabd_cabinet* opened_ = nullptr;
};

// --- packing -------------------------------------------------------------------------------------------------------------

struct Unreference {
    void operator()(gpointer object) const { g_object_unref(object); }
};
template <class T>
using ObjectPointer = std::unique_ptr<T, Unreference>;

base::Error failed(GError* error) {
    base::Error result(base::Win32::gen_failure,
                       error == nullptr ? "cabinet: cannot be written" : std::string("cabinet: ") + error->message);
    g_clear_error(&error);
    return result;
}

// The file's content as a mapping, which GLib releases.
base::Result<GBytes*> map(const FileDescriptor& file, const PackageDirectory::Entry& entry) {
    if (entry.size == 0) return g_bytes_new_static("", 0);
    GError* error = nullptr;
    GMappedFile* mapped = g_mapped_file_new_from_fd(file.number(), FALSE, &error);
    if (mapped == nullptr) return failed(error);
    GBytes* bytes = g_mapped_file_get_bytes(mapped);
    g_mapped_file_unref(mapped);
    return bytes;
}

base::Result<void> add_member(GCabFolder* folder, const PackageDirectory& directory, const PackageDirectory::Entry& entry) {
    TRY(const FileDescriptor file, directory.open_file(entry.path));
    struct stat status {};
    if (fstat(file.number(), &status) != 0) return storage::file_error(errno, entry.path);
    TRY(GBytes * bytes, map(file, entry));
    std::string name = entry.path;
    std::replace(name.begin(), name.end(), '/', '\\');
    const bool ascii = std::all_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    const ObjectPointer<GCabFile> member(gcab_file_new_with_bytes(name.c_str(), bytes));
    g_bytes_unref(bytes);
    gcab_file_set_attributes(member.get(), static_cast<guint32>(GCAB_FILE_ATTRIBUTE_ARCH | (ascii ? 0 : GCAB_FILE_ATTRIBUTE_NAME_IS_UTF)));
    if (GDateTime* time = g_date_time_new_from_unix_utc(status.st_mtime); time != nullptr) {
        gcab_file_set_date_time(member.get(), time);
        g_date_time_unref(time);
    }
    GError* error = nullptr;
    if (gcab_folder_add_file(folder, member.get(), FALSE, nullptr, &error) == FALSE) return failed(error);
    return {};
}

}  // namespace

base::Result<void> unpack_cabinet(int cabinet, int directory, std::uint64_t room) { return Unpacker(cabinet, directory).run(room); }

base::Result<void> pack_cabinet(const PackageDirectory& directory, int cabinet) {
    TRY(const auto entries, directory.list());
    if (entries.empty()) return base::Error(base::Win32::invalid_data, "the package's directory is empty");
    const ObjectPointer<GCabFolder> folder(gcab_folder_new(GCAB_COMPRESSION_MSZIP));
    for (const auto& entry : entries) {
        TRY_VOID(add_member(folder.get(), directory, entry));
    }
    const ObjectPointer<GCabCabinet> writer(gcab_cabinet_new());
    GError* error = nullptr;
    if (gcab_cabinet_add_folder(writer.get(), folder.get(), &error) == FALSE) return failed(error);
    // In memory first: libgcab goes back to fill in sizes, and GLib's file streams would look for files by name.
    const ObjectPointer<GOutputStream> stream(g_memory_output_stream_new_resizable());
    if (gcab_cabinet_write_simple(writer.get(), stream.get(), nullptr, nullptr, nullptr, &error) == FALSE) return failed(error);
    GMemoryOutputStream* memory = G_MEMORY_OUTPUT_STREAM(stream.get());
    const std::size_t size = g_memory_output_stream_get_data_size(memory);
    if (size > base::limits::kMaxCabinetBytes) return base::Error(base::Win32::invalid_data, "the cabinet is too large");
    return storage::write_at(cabinet, {static_cast<const std::byte*>(g_memory_output_stream_get_data(memory)), size}, 0);
}

}  // namespace server::worker
