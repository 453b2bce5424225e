// What generated client code needs of a connection: one presentation context on which stubs can be exchanged. Implemented by
// client/client; tests implement it without a network.
#pragma once

#include "base/async.h"
#include "base/bytes.h"
#include "dcerpc/ndr/types.h"

#include <cstdint>

namespace dcerpc {

class ClientCall {
 public:
    virtual ~ClientCall() = default;

    // Sends a request stub encoded with syntax() and order(), and returns the reply stub. Fails with Error::fault(status) when the server
    // answered with a fault, with a Win32 code when the connection is lost. The bytes of `stub` are copied before the first suspension.
    virtual base::Task<base::Result<base::ByteBuffer>> call(std::uint16_t opnum, base::ByteView stub) = 0;

    // The negotiated transfer syntax, for both directions.
    [[nodiscard]] virtual ndr::Syntax syntax() const = 0;
    // Byte order of our stubs.
    [[nodiscard]] virtual base::ByteOrder order() const { return base::ByteOrder::little; }
    // Byte order of the server's stubs, known after the first reply.
    [[nodiscard]] virtual base::ByteOrder reply_order() const { return base::ByteOrder::little; }
};

}  // namespace dcerpc
