// Association dialogues: what a client sends, what the server does, step by step; and the same dialogue again with every step
// failing in every way that a network can fail.
#pragma once

#include "pdus.h"

#include <deque>
#include <functional>
#include <set>

namespace dcerpc::test {

class Script {
 public:
    using Tweak = std::function<void(AssociationSettings&, FakeInterfaces&)>;
    explicit Script(Tweak tweak = {});
    ~Script();                                                                     // nothing unexpected may be left
    Script(const Script&) = delete;
    Script& operator=(const Script&) = delete;

    Script& receive(base::ByteBuffer pdu);
    Script& reply(std::uint32_t call_id, base::ByteBuffer stub);
    Script& fault(std::uint32_t call_id, std::uint32_t status);

    // Each takes the next thing that the server did. Log events are skipped unless asked for.
    Sent expect_send(PduType type);
    Script& expect_fault(Fault status, std::uint32_t call_id);
    Script& expect_nak(NakReason reason);
    StartCall expect_call(std::uint32_t call_id, base::ByteView stub);
    Script& expect_cancel(std::uint32_t call_id);
    Script& expect_orphan(std::uint32_t call_id);
    Script& expect_close();
    Script& expect_nothing();
    LogEvent expect_log(LogEvent::Kind kind);

    Association& association();

    // The client signs headers, too: then no damage at all may change what a protected call says. (Without, somebody on the way can still
    // change flags and padding lengths; that is the protocol's weakness, not ours.)
    bool headers_are_signed = false;

    // Runs the dialogue again and again: the connection is lost before each step and inside each PDU, each byte of each PDU arrives
    // damaged, each PDU arrives twice, everything arrives in single bytes. The server must stay within its rules: whole PDUs out, one answer
    // per call, nothing started after a close, no protected call with a stub that the client never sent, no group left behind.
    void repeat_failing_at_every_step();

 private:
    struct Step {
        enum class Kind : std::uint8_t { receive, reply, fault } kind = Kind::receive;
        base::ByteBuffer bytes;
        std::uint32_t call_id = 0;
        std::uint32_t status = 0;
    };
    class World;

    std::unique_ptr<World> make_world() const;
    static void run(World& world, const Step& step);
    void perform(Step step);
    void lose_connection_at(std::size_t index) const;
    void damage(std::size_t index) const;
    void repeat(std::size_t index) const;
    void deliver_in_single_bytes() const;
    void check(const World& world, const char* what, std::size_t index) const;

    Tweak tweak_;
    std::unique_ptr<World> world_;
    std::vector<Step> steps_;
};

}  // namespace dcerpc::test
