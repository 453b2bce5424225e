// One request or response → fragments, cut and sealed one at a time as they are sent, so that a large stub never exists twice.
#pragma once

#include "dcerpc/assoc/security_table.h"
#include "dcerpc/pdu/header.h"

namespace dcerpc {

class Fragmenter {
 public:
    struct Plan {
        PduType type = PduType::response;                                          // request or response
        std::uint32_t call_id = 0;
        std::uint16_t context_id = 0;
        std::uint16_t opnum = 0;                                                   // request
        std::optional<base::Guid> object;                                          // request
        std::uint8_t cancel_count = 0;                                             // response
        base::ByteOrder order = base::ByteOrder::little;                           // of the headers
        std::size_t max_fragment = 0;                                              // >= 1432, a multiple of 8
        SlotPtr slot;                                                              // null or level connect: no trailer
    };
    Fragmenter(Plan plan, base::ByteBuffer stub);

    [[nodiscard]] bool done() const { return done_; }
    [[nodiscard]] bool begun() const { return begun_; }
    [[nodiscard]] std::uint32_t call_id() const { return plan_.call_id; }
    [[nodiscard]] std::size_t stub_size() const { return stub_.size(); }
    // Appends the next fragment. An error means that the security context cannot protect it: the connection is lost.
    [[nodiscard]] base::Result<void> append_next(base::ByteBuffer& out);

 private:
    void write_fixed(PduWriter& writer, std::uint8_t flags) const;
    [[nodiscard]] bool is_protected() const { return plan_.slot && plan_.slot->protects(); }

    Plan plan_;
    base::ByteBuffer stub_;
    std::size_t sent_ = 0;
    bool begun_ = false, done_ = false;
};

}  // namespace dcerpc
