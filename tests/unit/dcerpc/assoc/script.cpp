#include "script.h"

#include <gtest/gtest.h>

namespace dcerpc::test {

// One association with everything it did.
class Script::World {
 public:
    explicit World(const Tweak& tweak) {
        AssociationSettings settings = around_.settings();
        if (tweak) tweak(settings, around_.interfaces);
        association_ = std::make_unique<Association>(std::move(settings));
    }
    ~World() { lose(); }

    void collect() {
        for (Action& action : association_->take_actions()) {
            if (const auto* call = std::get_if<StartCall>(&action)) started(*call);
            if (std::holds_alternative<CloseConnection>(action)) ++closes_;
            if (auto* event = std::get_if<LogEvent>(&action)) {
                logs_.push_back(*event);
            } else {
                actions_.push_back(std::move(action));
            }
        }
        base::ByteBuffer output;
        while (association_->has_output()) association_->next_output(output, output.size() + 1);
        for (Sent& pdu : cut(output)) {
            answered(pdu);
            sent_.push_back(std::move(pdu));
        }
        // Protecting a reply may have failed just now.
        if (association_->closing() && closes_ == 0) collect();
    }
    void lose() {
        if (!association_) return;
        const GroupPtr group = association_->group();
        association_.reset();
        if (group) {
            EXPECT_TRUE(around_.groups.leave(group));
        }
        EXPECT_EQ(around_.groups.size(), 0U);
    }

    std::unique_ptr<Association> association_;
    std::deque<Action> actions_;
    std::deque<LogEvent> logs_;
    std::deque<Sent> sent_;
    std::set<base::ByteBuffer> protected_stubs_;
    std::size_t closes_ = 0;
    std::string violation_;

 private:
    void started(const StartCall& call) {
        if (closes_ != 0) violation_ = "call after close";
        if (!open_.insert(call.call_id).second) violation_ = "call id twice";
        if (call.interface == nullptr || !call.caller || !call.caller->token) {
            violation_ = "incomplete call";
            return;
        }
        const bool par = call.interface == FakeInterfaces::par();
        if (par && (call.caller->token->anonymous || call.caller->auth_level < around_.interfaces.par_level)) violation_ = "call below its level";
        if (call.caller->auth_level >= kAuthLevelIntegrity) protected_stubs_.insert(call.stub);
    }
    void answered(const Sent& pdu) {
        if (pdu.header.frag_length > base::limits::kMaxFragmentBytes) violation_ = "fragment too large";
        const bool last = pdu.is(PduType::fault) || (pdu.is(PduType::response) && pdu.header.has(pfc::kLast));
        if (!last) return;
        if (pdu.is(PduType::fault) && pdu.header.has(pfc::kDidNotExecute)) return;  // of a call that never opened
        if (open_.erase(pdu.header.call_id) == 0) violation_ = "answer without call";
    }

    Surroundings around_;
    std::set<std::uint32_t> open_;
};

Script::Script(Tweak tweak) : tweak_(std::move(tweak)), world_(make_world()) {}

Script::~Script() {
    expect_nothing();
    check(*world_, "the dialogue itself", 0);
}

std::unique_ptr<Script::World> Script::make_world() const { return std::make_unique<World>(tweak_); }

Association& Script::association() { return *world_->association_; }

void Script::run(World& world, const Step& step) {
    switch (step.kind) {
        case Step::Kind::receive: world.association_->receive(step.bytes); break;
        case Step::Kind::reply: (void)world.association_->reply(step.call_id, step.bytes); break;
        case Step::Kind::fault: (void)world.association_->fault(step.call_id, step.status); break;
    }
    world.collect();
}

void Script::perform(Step step) {
    expect_nothing();
    world_->logs_.clear();
    run(*world_, step);
    steps_.push_back(std::move(step));
}

Script& Script::receive(base::ByteBuffer pdu) {
    perform({Step::Kind::receive, std::move(pdu), 0, 0});
    return *this;
}
Script& Script::reply(std::uint32_t call_id, base::ByteBuffer stub) {
    perform({Step::Kind::reply, std::move(stub), call_id, 0});
    return *this;
}
Script& Script::fault(std::uint32_t call_id, std::uint32_t status) {
    perform({Step::Kind::fault, {}, call_id, status});
    return *this;
}

// --- expectations ----------------------------------------------------------------------------------------------------

Sent Script::expect_send(PduType type) {
    if (world_->sent_.empty()) {
        ADD_FAILURE() << "nothing was sent, expected PDU type " << static_cast<int>(type);
        return {};
    }
    Sent sent = std::move(world_->sent_.front());
    world_->sent_.pop_front();
    EXPECT_EQ(sent.header.type, static_cast<std::uint8_t>(type));
    return sent;
}

Script& Script::expect_fault(Fault status, std::uint32_t call_id) {
    const Sent sent = expect_send(PduType::fault);
    EXPECT_EQ(sent.fault().status, static_cast<std::uint32_t>(status)) << std::hex << sent.fault().status;
    EXPECT_EQ(sent.header.call_id, call_id);
    EXPECT_EQ(sent.bytes.size(), 32U);
    return *this;
}

Script& Script::expect_nak(NakReason reason) {
    EXPECT_EQ(expect_send(PduType::bind_nak).nak(), reason);
    return *this;
}

template <class T>
static T next_action(std::deque<Action>& actions, const char* what) {
    if (actions.empty() || !std::holds_alternative<T>(actions.front())) {
        ADD_FAILURE() << "expected " << what << (actions.empty() ? ", nothing happened" : ", something else happened");
        return {};
    }
    T action = std::get<T>(std::move(actions.front()));
    actions.pop_front();
    return action;
}

StartCall Script::expect_call(std::uint32_t call_id, base::ByteView stub) {
    auto call = next_action<StartCall>(world_->actions_, "a call");
    EXPECT_EQ(call.call_id, call_id);
    EXPECT_EQ(base::to_hex(call.stub), base::to_hex(stub));
    return call;
}
Script& Script::expect_cancel(std::uint32_t call_id) {
    EXPECT_EQ(next_action<CancelCall>(world_->actions_, "a cancel").call_id, call_id);
    return *this;
}
Script& Script::expect_orphan(std::uint32_t call_id) {
    EXPECT_EQ(next_action<OrphanCall>(world_->actions_, "an orphan").call_id, call_id);
    return *this;
}
Script& Script::expect_close() {
    EXPECT_FALSE(next_action<CloseConnection>(world_->actions_, "a close").reason.empty());
    return *this;
}
Script& Script::expect_nothing() {
    for (const Sent& sent : world_->sent_) ADD_FAILURE() << "unexpected PDU of type " << int{sent.header.type};
    for (const Action& action : world_->actions_) ADD_FAILURE() << "unexpected action " << action.index();
    world_->sent_.clear();
    world_->actions_.clear();
    return *this;
}
LogEvent Script::expect_log(LogEvent::Kind kind) {
    for (const LogEvent& event : world_->logs_) {
        if (event.kind == kind) return event;
    }
    ADD_FAILURE() << "no log event of kind " << static_cast<int>(kind);
    return {};
}

// --- failures --------------------------------------------------------------------------------------------------------

void Script::check(const World& world, const char* what, std::size_t index) const {
    EXPECT_EQ(world.violation_, "") << what << " at step " << index;
    EXPECT_LE(world.closes_, 1U) << what << " at step " << index;
    if (!headers_are_signed) return;
    for (const base::ByteBuffer& stub : world.protected_stubs_) {
        EXPECT_TRUE(world_->protected_stubs_.contains(stub)) << what << " at step " << index << ": forged stub " << base::to_hex(stub);
    }
}

namespace {

// Every position of a small PDU; of a large one its first 160 and last 64 bytes and some in between.
std::vector<std::size_t> positions(std::size_t size) {
    std::vector<std::size_t> list;
    for (std::size_t at = 0; at < size; ++at) {
        if (at < 160 || size - at <= 64 || at % 509 == 0) list.push_back(at);
    }
    return list;
}

}  // namespace

void Script::lose_connection_at(std::size_t index) const {
    const Step& step = steps_[index];
    const std::size_t size = step.kind == Step::Kind::receive ? step.bytes.size() : 1;
    for (const std::size_t at : positions(size)) {
        const auto world = make_world();
        for (std::size_t i = 0; i < index; ++i) run(*world, steps_[i]);
        const std::size_t before = world->actions_.size() + world->sent_.size();
        const bool closed = world->association_->closing();
        if (step.kind == Step::Kind::receive) {
            world->association_->receive(base::ByteView(step.bytes).first(at));
            world->collect();
            if (!closed && !world->association_->closing()) {
                EXPECT_EQ(world->actions_.size() + world->sent_.size(), before) << "half a PDU had an effect, step " << index << " byte " << at;
                EXPECT_TRUE(at == 0 || world->association_->in_fragment());
            }
        }
        check(*world, "loss", index);
        world->lose();
    }
}

void Script::damage(std::size_t index) const {
    if (steps_[index].kind != Step::Kind::receive) return;
    for (const std::size_t at : positions(steps_[index].bytes.size())) {
        for (const auto mask : {std::byte{0x01}, std::byte{0x80}, std::byte{0xff}}) {
            const auto world = make_world();
            for (std::size_t i = 0; i < steps_.size(); ++i) {
                Step step = steps_[i];
                if (i == index) step.bytes[at] ^= mask;
                run(*world, step);
            }
            check(*world, "damage", index);
            if (testing::Test::HasFailure()) return;
        }
    }
}

void Script::repeat(std::size_t index) const {
    const auto world = make_world();
    for (std::size_t i = 0; i < steps_.size(); ++i) {
        run(*world, steps_[i]);
        if (i == index) run(*world, steps_[i]);
    }
    check(*world, "repetition", index);
    const auto missing = make_world();
    for (std::size_t i = 0; i < steps_.size(); ++i) {
        if (i != index) run(*missing, steps_[i]);
    }
    check(*missing, "omission", index);
}

void Script::deliver_in_single_bytes() const {
    const auto whole = make_world();
    const auto pieces = make_world();
    for (const Step& step : steps_) {
        run(*whole, step);
        if (step.kind != Step::Kind::receive) {
            run(*pieces, step);
            continue;
        }
        for (const std::byte octet : step.bytes) pieces->association_->receive({&octet, 1});
        pieces->collect();
    }
    ASSERT_EQ(whole->actions_.size(), pieces->actions_.size());
    ASSERT_EQ(whole->sent_.size(), pieces->sent_.size());
    for (std::size_t i = 0; i < whole->sent_.size(); ++i) {
        Sent& a = whole->sent_[i];
        Sent& b = pieces->sent_[i];
        ASSERT_EQ(a.header.type, b.header.type);
        if (a.is(PduType::bind_ack) || a.is(PduType::alter_context_resp)) {
            // The group id is random.
            std::fill_n(a.bytes.begin() + 20, 4, std::byte{0});
            std::fill_n(b.bytes.begin() + 20, 4, std::byte{0});
        }
        EXPECT_EQ(a.bytes, b.bytes);
    }
}

void Script::repeat_failing_at_every_step() {
    expect_nothing();
    deliver_in_single_bytes();
    for (std::size_t i = 0; i < steps_.size(); ++i) {
        lose_connection_at(i);
        damage(i);
        repeat(i);
    }
}

}  // namespace dcerpc::test
