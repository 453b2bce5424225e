#include "dcerpc/ndr/arena.h"

#include "base/buffer_budget.h"

#include <algorithm>
#include <cstdlib>

namespace ndr {

namespace {

constexpr std::size_t kBlockBytes = 4096;  // most calls fit into one or two

}  // namespace

struct alignas(std::max_align_t) Arena::Block {
    Block* previous = nullptr;
};

Arena::~Arena() {
    while (blocks_ != nullptr) {
        Block* previous = blocks_->previous;
        std::free(blocks_);  // NOLINT: blocks are raw memory of varying size
        blocks_ = previous;
    }
    if (budget_ != nullptr) budget_->charge(charged_, 0);
}

bool Arena::afford(std::size_t total_bytes) {
    if (budget_ == nullptr || total_bytes <= base::limits::kFreeBufferBytes) return true;
    const std::size_t wanted = total_bytes - base::limits::kFreeBufferBytes;
    if (!budget_->take(charged_, wanted)) return false;
    charged_ = wanted;
    return true;
}

bool Arena::grow(std::size_t size_bytes) {
    const std::size_t room = limit_ - used_;
    if (size_bytes > room) return false;
    // Later blocks grow with the call, so that many small objects do not mean many small blocks.
    const std::size_t wanted = std::min(std::max({size_bytes, kBlockBytes, used_ / 2}), room);
    if (!afford(used_ + wanted)) return false;
    void* memory = std::malloc(sizeof(Block) + wanted);  // NOLINT
    if (memory == nullptr) return false;
    auto* block = ::new (memory) Block();
    block->previous = blocks_;
    blocks_ = block;
    next_ = static_cast<std::byte*>(memory) + sizeof(Block);
    left_ = wanted;
    used_ += wanted;
    return true;
}

void* Arena::raw(std::size_t size_bytes, std::size_t alignment) {
    const std::size_t misaligned = reinterpret_cast<std::uintptr_t>(next_) & (alignment - 1);
    const std::size_t pad = misaligned == 0 ? 0 : alignment - misaligned;
    const bool fits = next_ != nullptr && pad <= left_ && size_bytes <= left_ - pad;
    if (fits) {
        std::byte* result = next_ + pad;
        next_ = result + size_bytes;
        left_ -= pad + size_bytes;
        return result;
    }
    if (!grow(size_bytes)) {
        failed_ = true;
        return nullptr;
    }
    std::byte* result = next_;  // a block starts with the strictest alignment
    next_ += size_bytes;
    left_ -= size_bytes;
    return result;
}

namespace {

template <class Char>
BasicStr<Char> copy_text(Arena& arena, std::basic_string_view<Char> text) {
    if (text.size() >= base::limits::kMaxArenaBytes) return {};
    Char* memory = arena.alloc<Char>(text.size() + 1);
    if (memory == nullptr) return {};
    std::copy(text.begin(), text.end(), memory);
    return BasicStr<Char>(std::basic_string_view<Char>(memory, text.size()));
}

}  // namespace

WStr Arena::copy(std::u16string_view text) { return copy_text(*this, text); }

AStr Arena::copy(std::string_view text) { return copy_text(*this, text); }

Bytes Arena::copy(base::ByteView bytes) {
    if (bytes.size() > base::limits::kMaxArenaBytes) {
        failed_ = true;
        return {};
    }
    auto* memory = static_cast<std::byte*>(raw(bytes.size(), 1));
    if (memory == nullptr) return {};
    std::copy(bytes.begin(), bytes.end(), memory);
    return Bytes(std::span<std::byte>(memory, bytes.size()));
}

Bytes Arena::zeroed(std::uint32_t size_bytes) {
    auto* memory = alloc<std::byte>(size_bytes);
    if (memory == nullptr) return {};
    return Bytes(std::span<std::byte>(memory, size_bytes));
}

}  // namespace ndr
