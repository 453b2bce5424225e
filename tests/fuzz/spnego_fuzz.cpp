// libFuzzer target: a hostile client against the SPNEGO acceptor, and a hostile server against the initiator.
// Input: one byte (bit 7: attack the initiator; the rest modulo 8: auth level), then tokens, each with its length in 16 bits.
#include "dcerpc/auth/providers.h"

#include "fuzz_auth.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static dcerpc::auth_test::FuzzWorld world;
    base::ByteReader reader(std::as_bytes(std::span(data, size)));
    const std::uint8_t mode = reader.u8();
    const auto level = static_cast<std::uint8_t>(mode % 8U);
    std::unique_ptr<dcerpc::SecurityContext> context;
    if ((mode & 0x80U) != 0) {
        context = dcerpc::make_initiator(world.credentials, world.clock, dcerpc::kAuthTypeSpnego, level, "host/fuzz");
        if (context) (void)context->step({});
    } else {
        context = dcerpc::make_acceptor(world.settings, dcerpc::kAuthTypeSpnego, level);
    }
    if (context) dcerpc::auth_test::feed(*context, reader);
    return 0;
}
