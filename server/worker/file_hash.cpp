#include "server/worker/file_hash.h"

#include "base/async.h"
#include "base/bytes.h"
#include "base/limits.h"
#include "server/worker/openssl_pointers.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>

namespace server::worker {
namespace {

// The parts of a program that its hash leaves out.
struct ImageLayout {
    std::uint64_t checksum = 0;                            // 4 bytes
    std::uint64_t certificate_entry = 0;                   // 8 bytes of the data directory; 0: none
    std::uint64_t certificates = 0, certificates_end = 0;  // the signature itself; equal: none
};

// [Microsoft Portable Executable and Common Object File Format Specification] sections 3 and 4.
std::optional<ImageLayout> image_layout(base::ByteView head, std::uint64_t file_size) {
    base::ByteReader reader(head);
    if (reader.u16() != 0x5A4D) return std::nullopt;  // "MZ"
    reader.skip(0x3C - 2);
    const std::uint32_t header = reader.u32();
    if (!reader.ok() || header > head.size()) return std::nullopt;
    base::ByteReader pe(head.subspan(header));
    if (pe.u32() != 0x00004550) return std::nullopt;  // "PE\0\0"
    pe.skip(20);
    const std::uint64_t optional_header = header + 24U;
    const std::uint16_t magic = pe.u16();
    if (!pe.ok() || (magic != 0x10B && magic != 0x20B)) return std::nullopt;
    const std::uint64_t directories = magic == 0x10B ? 96 : 112;
    pe.skip(directories - 4 - 2);
    const std::uint32_t count = pe.u32();
    ImageLayout layout;
    layout.checksum = optional_header + 64;
    if (!pe.ok()) return std::nullopt;
    if (count <= 4) return layout;
    pe.skip(4 * 8);
    const std::uint32_t offset = pe.u32(), size = pe.u32();
    if (!pe.ok()) return std::nullopt;
    layout.certificate_entry = optional_header + directories + 4 * 8;
    // Left out only where it ends the file: anything behind it counts.
    if (size > 0 && offset >= layout.certificate_entry + 8 && std::uint64_t{offset} + size == file_size) {
        layout.certificates = offset;
        layout.certificates_end = file_size;
    }
    return layout;
}

std::string finish(EVP_MD_CTX* context) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    EVP_DigestFinal_ex(context, digest.data(), &size);
    return base::to_hex(std::as_bytes(std::span(digest)).first(size));
}

// One algorithm over the bytes and over the image.
class Hasher {
 public:
    Hasher(const EVP_MD* algorithm, const std::optional<ImageLayout>& layout) : layout_(layout) {
        EVP_DigestInit_ex(flat_.get(), algorithm, nullptr);
        EVP_DigestInit_ex(image_.get(), algorithm, nullptr);
    }
    void add(base::ByteView bytes, std::uint64_t offset) {
        EVP_DigestUpdate(flat_.get(), bytes.data(), bytes.size());
        if (!layout_) return;
        const std::array<std::array<std::uint64_t, 2>, 3> holes{{
            {layout_->checksum, layout_->checksum + 4},
            {layout_->certificate_entry, layout_->certificate_entry == 0 ? 0 : layout_->certificate_entry + 8},
            {layout_->certificates, layout_->certificates_end},
        }};
        const std::uint64_t end = offset + bytes.size();
        std::uint64_t at = offset;
        for (const auto& [from, to] : holes) {
            if (from == to || to <= at || from >= end) continue;
            add_image(bytes, offset, at, std::max(at, from));
            at = std::max(at, std::min(end, to));
        }
        add_image(bytes, offset, at, end);
    }
    void finish_into(std::vector<std::string>& hashes) {
        hashes.push_back(finish(flat_.get()));
        if (!layout_) return;
        // Signing tools fill programs up to a multiple of eight with zeros; catalogues are made before and after that.
        if (const std::uint64_t odd = image_bytes_ % 8; odd != 0) {
            const DigestPointer padded(EVP_MD_CTX_new());
            EVP_MD_CTX_copy_ex(padded.get(), image_.get());
            const std::array<unsigned char, 8> zeros{};
            EVP_DigestUpdate(padded.get(), zeros.data(), 8 - odd);
            hashes.push_back(finish(padded.get()));
        }
        hashes.push_back(finish(image_.get()));
    }

 private:
    void add_image(base::ByteView bytes, std::uint64_t offset, std::uint64_t from, std::uint64_t to) {
        EVP_DigestUpdate(image_.get(), bytes.data() + (from - offset), to - from);
        image_bytes_ = to;
    }

    DigestPointer flat_{EVP_MD_CTX_new()}, image_{EVP_MD_CTX_new()};
    std::optional<ImageLayout> layout_;
    std::uint64_t image_bytes_ = 0;  // where the hashed part of the file ends
};

}  // namespace

base::Result<FileHashes> hash_file(int descriptor, std::uint64_t max_bytes, bool with_sha1) {
    struct stat status {};
    if (fstat(descriptor, &status) != 0) return base::error_from_errno(errno, "stat");
    FileHashes result;
    base::ByteBuffer buffer(256U << 10U);
    std::optional<Hasher> sha256, sha1;
    while (true) {
        const ssize_t got = pread(descriptor, buffer.data(), buffer.size(), static_cast<off_t>(result.size));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return base::error_from_errno(errno, "read");
        const base::ByteView bytes(buffer.data(), static_cast<std::size_t>(got));
        if (!sha256) {
            const auto head = bytes.first(std::min(bytes.size(), base::limits::kMaxPeHeaderBytes));
            const auto layout = image_layout(head, static_cast<std::uint64_t>(status.st_size));
            sha256.emplace(EVP_sha256(), layout);
            if (with_sha1) sha1.emplace(EVP_sha1(), layout);
        }
        if (got == 0) break;
        if (bytes.size() > max_bytes - result.size) return base::Error(base::Win32::invalid_data, "the package is too large");
        sha256->add(bytes, result.size);
        if (sha1) sha1->add(bytes, result.size);
        result.size += bytes.size();
    }
    sha256->finish_into(result.listed_as);
    result.sha256 = result.listed_as.front();
    if (sha1) sha1->finish_into(result.listed_as);
    return result;
}

}  // namespace server::worker
