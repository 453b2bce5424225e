// Security contexts of one connection, keyed by auth_context_id ([MS-RPCE] 3.3.1.1.2), and what they do to single PDUs.
// Used by both association classes.
#pragma once

#include "dcerpc/auth/security_context.h"
#include "dcerpc/pdu/auth_trailer.h"

#include <memory>
#include <vector>

namespace dcerpc {

struct Caller;

struct SecuritySlot {
    enum class State : std::uint8_t { negotiating, ready, failed };

    std::uint8_t auth_type = 0;
    std::uint8_t auth_level = 1;                                                   // as on the wire: every trailer repeats it
    std::uint32_t auth_context_id = 0;
    State state = State::negotiating;
    bool header_signing = false;
    std::uint32_t error = 0;                                                       // fault status for requests once failed
    std::unique_ptr<SecurityContext> context;                                      // null once failed
    std::shared_ptr<const Caller> caller;                                          // server side, when ready

    // Level call is handled as packet, as Windows does.
    [[nodiscard]] std::uint8_t effective_level() const { return auth_level == 3 ? std::uint8_t{4} : auth_level; }
    // PDUs carry signatures (levels packet and above). At level connect tokens are neither sent nor looked at.
    [[nodiscard]] bool protects() const { return effective_level() >= 4; }
    [[nodiscard]] Protection protection() const { return auth_level == 6 ? Protection::privacy : Protection::integrity; }
    [[nodiscard]] bool matches(const AuthTrailer& trailer) const {
        return auth_type == trailer.type && auth_level == trailer.level && auth_context_id == trailer.context_id;
    }
    void fail(std::uint32_t status) {
        state = State::failed;
        error = status;
        context.reset();
    }
};
using SlotPtr = std::shared_ptr<SecuritySlot>;

class SecurityTable {
 public:
    [[nodiscard]] SlotPtr find(std::uint32_t auth_context_id) const;
    void add(SlotPtr slot) { slots_.push_back(std::move(slot)); }
    [[nodiscard]] std::size_t size() const { return slots_.size(); }
    // The only context, if there is exactly one: requests without trailer may mean it ([MS-RPCE] 3.3.1.5.4).
    [[nodiscard]] SlotPtr only() const { return slots_.size() == 1 ? slots_.front() : nullptr; }
    [[nodiscard]] bool any_ready() const;

 private:
    std::vector<SlotPtr> slots_;
};

// Verifies (and decrypts in place) a received PDU whose fixed part ends at `body_offset`. The body without authentication padding;
// an error when the signature does not hold.
[[nodiscard]] base::Result<base::MutableByteView> open_body(const SecuritySlot& slot, base::MutableByteView pdu, std::size_t body_offset,
                                                            const AuthTrailer& trailer);

// Signs (and encrypts in place) a complete PDU whose signature bytes are still zero and whose lengths are final.
[[nodiscard]] base::Result<void> seal_body(const SecuritySlot& slot, base::MutableByteView pdu, std::size_t body_offset,
                                           std::size_t signature_size);

}  // namespace dcerpc
