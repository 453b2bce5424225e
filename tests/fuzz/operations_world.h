// A whole print server in one thread without sockets: service, spooler on memory storage, fake ports, endpoint mapper and management,
// all behind the generated dispatch tables. The fuzz target of the operations and the generator of its corpus play records into it.
#pragma once

#include "base/bytes.h"
#include "dcerpc/ndr/types.h"
#include "dcerpc/server/interface.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace fuzz {

enum class Target : std::uint8_t { par, rprn, epm, mgmt };
inline constexpr std::size_t kTargets = 4;
// As they go over the wire; NDR64 is little-endian by definition.
enum class Encoding : std::uint8_t { ndr20, ndr20_big, ndr64 };
inline constexpr std::size_t kEncodings = 3;

// One call. An input is a sequence of them, each as: control byte (bits 0-1 target, 2-3 encoding, 4 caller is alice and not admin,
// 5 the handle may be another interface's or user's), opnum, handle, handle_at, size of the stub (16 bits), stub.
struct Record {
    static constexpr std::uint8_t kNoHandle = 255;
    Target target = Target::par;
    Encoding encoding = Encoding::ndr20;
    bool alice = false;
    bool foreign_handle = false;
    std::uint8_t opnum = 0;
    std::uint8_t handle = 0;                                       // which live handle, counted back from the newest
    std::uint8_t handle_at = kNoHandle;                            // where it goes into the stub, in units of 4 bytes
    base::ByteView stub;
};
// Opnums that no interface has make something happen around the server.
inline constexpr std::uint8_t kAdvanceClock = 255;                 // by `handle` minutes
inline constexpr std::uint8_t kBreakDevice = 254;                  // `handle` % 4: heal, refuse to open, break after `handle_at` bytes, fail at the end

[[nodiscard]] std::optional<Record> read_record(base::ByteReader& reader);
void write_record(base::ByteBuffer& out, const Record& record);

struct Outcome {
    bool entered = false;                                          // the operation's handler ran
    bool pending = false;                                          // and has not ended
    dcerpc::ReplyStub reply;                                       // unless pending
};

// Printers "Fuzz" (started) and "Paused", ports P1 and P2, driver "Generic". Aborts the process when the server breaks a rule.
class World {
 public:
    World();
    ~World();                                                      // cancels what waits, runs the handles down, stops, looks for left-overs
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    Outcome play(const Record& record);
    // The live handles that `record` may choose from, newest first.
    [[nodiscard]] std::vector<ndr::ContextHandle> handles(const Record& record) const;
    // Opnums with an operation behind them.
    [[nodiscard]] static std::vector<std::uint8_t> opnums(Target target);

 private:
    struct State;
    std::unique_ptr<State> state_;
};

// Which operations were entered, over all worlds: bit (1 << encoding) of [target][opnum].
extern std::uint8_t entered[kTargets][256];

}  // namespace fuzz
