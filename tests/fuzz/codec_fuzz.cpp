// libFuzzer target: the generated codecs of all services. What decodes must encode again and must be printable. The first byte chooses the
// service, the rest is what the generated entry points describe.
#include "wire/epm/fuzz_ops.h"
#include "wire/mgmt/fuzz_ops.h"
#include "wire/winspool/fuzz_ops.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    switch (data[0] % 8U) {
        case 6: return wire::epm::fuzz_ops(data + 1, size - 1);
        case 7: return wire::mgmt::fuzz_ops(data + 1, size - 1);
        default: return wire::winspool::fuzz_ops(data + 1, size - 1);
    }
}
