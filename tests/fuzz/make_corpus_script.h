// A client of a fuzz::World whose calls become records: what the generator of the corpus writes its scenarios with.
#pragma once

#include "base/utf.h"
#include "dcerpc/client/client_call.h"
#include "dcerpc/ndr/arena.h"
#include "tests/fuzz/operations_world.h"
#include "wire/epm/client.h"
#include "wire/mgmt/client.h"
#include "wire/winspool/client.h"

#include <string>
#include <string_view>

namespace fuzz {

namespace op = wire::winspool;

class Script final : public dcerpc::ClientCall {
 public:
    Script(Target target, Encoding encoding) : encoding_(encoding) { use(target); }

    [[nodiscard]] const base::ByteBuffer& input() const { return input_; }
    [[nodiscard]] ndr::Arena& arena() { return arena_; }
    [[nodiscard]] World& world() { return world_; }
    [[nodiscard]] bool par() const { return target_ == Target::par; }
    void use(Target target) { target_ = target; }
    void be_alice() { alice_ = true; }

    // Plays the record as it stands and keeps it.
    Outcome play(Record record);
    void around(std::uint8_t what, std::uint8_t handle);
    [[nodiscard]] Record record(std::uint8_t opnum) const;

    // ClientCall: a call that waits fails with io_pending.
    base::Task<base::Result<base::ByteBuffer>> call(std::uint16_t opnum, base::ByteView stub) override;
    [[nodiscard]] ndr::Syntax syntax() const override { return encoding_ == Encoding::ndr64 ? ndr::Syntax::ndr64 : ndr::Syntax::ndr20; }
    [[nodiscard]] base::ByteOrder order() const override {
        return encoding_ == Encoding::ndr20_big ? base::ByteOrder::big : base::ByteOrder::little;
    }

    template <class Client, class In, class Out>
    Out run(base::Task<base::Result<void>> (Client::*method)(const In&, Out&), const In& in) {
        Client client(*this, arena_, via<Client>());
        Out out;
        drive((client.*method)(in, out));
        return out;
    }
    // Asks for the size first and then for the data, as clients do.
    template <class In, class Out>
    void query(base::Task<base::Result<void>> (op::Client::*method)(const In&, Out&), In in, ndr::Bytes In::*buffer) {
        const Out out = run(method, in);
        constexpr std::uint32_t kInsufficientBuffer = 122;
        if (out.result != kInsufficientBuffer) return;
        in.cbBuf = out.pcbNeeded;
        in.*buffer = arena_.zeroed(in.cbBuf);
        (void)run(method, in);
    }
    ndr::WStr text(std::string_view utf8) { return arena_.copy(base::to_utf16(utf8)); }
    ndr::Bytes bytes(std::string_view data) { return arena_.copy(base::as_bytes(data)); }

 private:
    // To the end: nothing in it waits.
    static void drive(base::Task<base::Result<void>> task);
    template <class Client>
    [[nodiscard]] auto via() const {
        if constexpr (std::is_same_v<Client, op::Client>) return par() ? op::Via::par : op::Via::rprn;
        else if constexpr (std::is_same_v<Client, wire::epm::Client>) return wire::epm::Via::epm;
        else return wire::mgmt::Via::mgmt;
    }

    World world_;
    base::ByteBuffer input_;
    ndr::Arena arena_;
    Target target_ = Target::par;
    Encoding encoding_;
    bool alice_ = false;
};

// Every scenario with its name, for one target and encoding.
using Scenario = void (*)(Script& script);
struct NamedScenario {
    const char* name;
    Scenario play;
};
[[nodiscard]] const std::vector<NamedScenario>& printing_scenarios();
[[nodiscard]] const std::vector<NamedScenario>& mapper_scenarios();

op::OpenPrinter::Out open_printer(Script& script, std::string_view name, std::uint32_t access);

}  // namespace fuzz
