// libFuzzer target: every operation of both printing interfaces, the endpoint mapper and the management interface, in both transfer
// syntaxes and both byte orders, through the generated dispatch into a whole server. The format is that of fuzz::Record.
#include "base/log.h"
#include "tests/fuzz/operations_world.h"
#include "tests/fuzz/replay.h"

#include <cstdio>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::size_t kMaxRecords = 64;
    [[maybe_unused]] static const bool quiet = [] {
        base::log::configure("", base::log::Level::error);
        return true;
    }();
    base::ByteReader reader(std::as_bytes(std::span(data, size)));
    fuzz::World world;
    for (std::size_t count = 0; count < kMaxRecords && reader.remaining() > 0; ++count) {
        const auto record = fuzz::read_record(reader);
        if (!record) break;
        (void)world.play(*record);
    }
    return 0;
}

// The corpus must enter the handler of every operation in every encoding.
int fuzz_replay_finished() {
    static constexpr const char* kTargetNames[] = {"IRemoteWinspool", "winspool", "epm", "mgmt"};
    static constexpr const char* kEncodingNames[] = {"NDR", "NDR big-endian", "NDR64"};
    int missing = 0;
    int operations = 0;
    for (std::size_t target = 0; target < fuzz::kTargets; ++target) {
        for (const std::uint8_t opnum : fuzz::World::opnums(static_cast<fuzz::Target>(target))) {
            for (std::size_t encoding = 0; encoding < fuzz::kEncodings; ++encoding) {
                ++operations;
                if ((fuzz::entered[target][opnum] >> encoding & 1U) != 0) continue;
                ++missing;
                (void)std::fprintf(stderr, "no input enters %s opnum %u in %s\n", kTargetNames[target], unsigned{opnum}, kEncodingNames[encoding]);
            }
        }
    }
    (void)std::fprintf(stderr, "operations entered: %d of %d\n", operations - missing, operations);
    return missing;
}
