// libFuzzer target: a hostile client against the NTLM acceptor, and a hostile server against the initiator.
// Input: one byte (bit 7: attack the initiator; the rest modulo 8: auth level), then tokens, each with its length in 16 bits.
#include "dcerpc/auth/ntlm/acceptor.h"
#include "dcerpc/auth/ntlm/initiator.h"

#include "base/clock.h"
#include "fuzz_auth.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static dcerpc::auth_test::FuzzWorld world;
    base::ByteReader reader(std::as_bytes(std::span(data, size)));
    const std::uint8_t mode = reader.u8();
    const auto level = static_cast<std::uint8_t>(mode % 8U);
    if ((mode & 0x80U) != 0) {
        dcerpc::ntlm::Initiator initiator(world.credentials, world.clock, level, "host/fuzz");
        (void)initiator.step({});
        dcerpc::auth_test::feed(initiator, reader);
    } else {
        dcerpc::ntlm::Acceptor acceptor(world.settings, level, dcerpc::ntlm::Challenge{});
        dcerpc::auth_test::feed(acceptor, reader);
    }
    return 0;
}
