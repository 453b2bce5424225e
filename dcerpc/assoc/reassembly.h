// Fragments of one request or response → stub. One copy per byte, no allocation per fragment.
#pragma once

#include "base/bytes.h"

namespace dcerpc {

class Reassembly {
 public:
    Reassembly() = default;
    // `alloc_hint` is the sender's claim: trusted only for small amounts, the rest grows with what really arrives.
    Reassembly(std::size_t max_bytes, std::uint32_t alloc_hint);

    // False (nothing appended) when the stub would exceed max_bytes.
    [[nodiscard]] bool append(base::ByteView body);
    [[nodiscard]] std::size_t size() const { return stub_.size(); }
    [[nodiscard]] base::ByteView view() const { return stub_; }
    // The stub; empty afterwards.
    [[nodiscard]] base::ByteBuffer take() { return std::move(stub_); }
    // Frees what is there; for calls whose remaining fragments are swallowed.
    void drop() { stub_ = base::ByteBuffer(); }

 private:
    base::ByteBuffer stub_;
    std::size_t max_bytes_ = 0;
    std::size_t hint_ = 0;
};

}  // namespace dcerpc
