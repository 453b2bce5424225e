#include "dcerpc/server/connection.h"

#include "base/log_limiter.h"
#include "dcerpc/auth/account_source.h"
#include "dcerpc/server/call_runner.h"

#include <boost/asio/post.hpp>

#include <utility>
#include <vector>

namespace dcerpc {

namespace log = base::log;
using Clock = std::chrono::steady_clock;

struct Connection::ActiveCall {
    ActiveCall(StartCall action, const Registration& the_registration, Call::Setup setup)
        : start(std::move(action)), registration(the_registration), call(std::move(setup)) {}

    StartCall start;
    const Registration& registration;
    Call call;
    bool orphaned = false;
};

namespace {

AssociationSettings association_settings(const ConnectionShared& shared, const StreamEnds& ends, std::uint64_t id) {
    auto anonymous = std::make_shared<Caller>();
    anonymous->token = ends.identity ? ends.identity : anonymous_token();
    anonymous->peer_address = ends.peer_address;
    anonymous->peer_port = ends.peer_port;
    anonymous->local_address = ends.local_address;
    anonymous->local_port = ends.local_port;
    anonymous->connection_id = id;
    AssociationSettings settings;
    settings.interfaces = shared.interfaces;
    settings.security = shared.security;
    settings.groups = shared.groups;
    settings.anonymous = std::move(anonymous);
    settings.secondary_address = shared.secondary_address;
    settings.max_fragment_bytes = shared.limits.max_fragment_bytes;
    settings.max_stub_bytes = shared.limits.max_stub_bytes;
    settings.budget = shared.budget;
    settings.ndr64 = shared.ndr64;
    return settings;
}

log::Level level_of(LogEvent::Kind kind) {
    switch (kind) {
        case LogEvent::Kind::bound: return log::Level::debug;
        case LogEvent::Kind::bind_rejected: return log::Level::info;
        case LogEvent::Kind::logged_on: return log::Level::info;
        case LogEvent::Kind::logon_failed:
        case LogEvent::Kind::access_denied:
        case LogEvent::Kind::bad_signature:
        case LogEvent::Kind::protocol_error:
        case LogEvent::Kind::limit_exceeded: return log::Level::warning;
    }
    return log::Level::warning;
}

std::string_view name_of(LogEvent::Kind kind) {
    switch (kind) {
        case LogEvent::Kind::bound: return "bound";
        case LogEvent::Kind::bind_rejected: return "bind rejected";
        case LogEvent::Kind::logged_on: return "logged on";
        case LogEvent::Kind::logon_failed: return "logon failed";
        case LogEvent::Kind::access_denied: return "access denied";
        case LogEvent::Kind::bad_signature: return "bad signature";
        case LogEvent::Kind::protocol_error: return "protocol error";
        case LogEvent::Kind::limit_exceeded: return "limit exceeded";
    }
    return "?";
}

}  // namespace

Connection::Connection(std::unique_ptr<Stream> stream, const ConnectionShared& shared, std::uint64_t id)
    : stream_(std::move(stream)),
      shared_(shared),
      id_(id),
      association_(association_settings(shared, stream_->ends(), id)),
      watchdog_(stream_->executor()),
      opened_(Clock::now()),
      last_activity_(opened_),
      idle_since_(opened_.time_since_epoch().count()) {}

Connection::~Connection() = default;

base::Task<void> Connection::run(std::shared_ptr<Connection> self) {
    log::debug("connection opened", {{"connection", self->id_}, {"peer", self->stream_->ends().peer_address}});
    base::spawn(self->stream_->executor(), "connection watchdog", &Connection::watch, self);
    co_await self->read_all();
    self->lose("closed by the client");
    while (self->running_ != 0 || self->writing_) {
        self->changed_.reset();
        co_await self->changed_.wait();
    }
    self->watchdog_.cancel();
    co_await self->run_down();
    log::debug("connection closed", {{"connection", self->id_}, {"peer", self->stream_->ends().peer_address}, {"reason", self->end_reason_}});
}

// Reads whatever comes as soon as it comes: some clients leave Nagle's algorithm on and wait for our acknowledgements.
base::Task<void> Connection::read_all() {
    while (!lost_) {
        if (!association_.wants_input() && !linger_since_) {
            changed_.reset();
            co_await changed_.wait();
            continue;
        }
        const base::MutableByteView space = association_.read_space();
        base::Result<std::size_t> got = co_await stream_->read_some(space);
        if (!got) {
            lose(got.error().text());
            break;
        }
        if (*got == 0) break;
        if (association_.closing()) continue;                                      // read and dropped, so that our last words arrive
        const std::size_t complete = in_counter_.feed(space.first(*got));
        association_.received(*got);
        note_input(complete);
        pump();
    }
}

void Connection::note_input(std::size_t complete_pdus) {
    shared_.counters->packets_in.add(complete_pdus);
    // Every complete fragment is progress; single bytes of one are not.
    if (!association_.in_fragment()) {
        fragment_since_.reset();
    } else if (complete_pdus != 0 || !fragment_since_) {
        fragment_since_ = Clock::now();
    }
}

// Only what costs the server a call or a bind keeps a stranger's connection open, not bytes.
void Connection::note_activity() {
    last_activity_ = Clock::now();
    const bool idle = !authenticated_ && running_ == 0 && !lost_;
    idle_since_ = idle ? last_activity_.time_since_epoch().count() : kNotIdle;
}

// What strangers can cause as often as they like is limited; logons of users are not.
bool Connection::may_log(const LogEvent& event) const {
    if (event.kind == LogEvent::Kind::bound) return true;                          // debug
    if (event.kind == LogEvent::Kind::logged_on && !event.anonymous) return true;
    return shared_.log_limiter == nullptr || shared_.log_limiter->admit(name_of(event.kind), stream_->ends().peer_address);
}

// Carries out what the association asks for until it asks for nothing more. A call may end while it is being started: then the outer
// loop goes on with what that brought.
void Connection::pump() {
    if (pumping_) return;
    pumping_ = true;
    while (true) {
        Actions actions = association_.take_actions();
        if (actions.empty()) break;
        for (Action& action : actions) {
            std::visit([this](auto& one) { on(std::move(one)); }, action);
        }
    }
    pumping_ = false;
    if (!established_ && association_.established()) {
        established_ = true;
        note_activity();
    }
    flush();
}

void Connection::on(StartCall&& action) {
    shared_.counters->calls_in.add();
    const Registration* registration = shared_.registry->find(*action.interface);
    if (registration == nullptr) return refuse(action, Fault::unk_if);
    if (stopping_ || running_ >= shared_.limits.max_calls) return refuse(action, Fault::server_too_busy);
    const Fault fault = check_call(*registration, *action.caller, action.opnum, action.object);
    if (fault != Fault::none) return refuse(action, fault);

    const GroupPtr group = association_.group();
    WSP_CHECK(group != nullptr);
    Call::Setup setup;
    setup.id = shared_.next_call_id->fetch_add(1, std::memory_order_relaxed);
    setup.interface = action.interface;
    setup.operation = &action.interface->operations[action.opnum];
    setup.opnum = action.opnum;
    setup.caller = action.caller;
    setup.handles = group->handles;
    setup.group_slot = group->slot;
    setup.budget = shared_.budget;
    setup.endpoint = shared_.endpoint;
    const std::uint32_t call_id = action.call_id;
    const bool cancelled = action.cancelled;
    auto active = std::make_shared<ActiveCall>(std::move(action), *registration, std::move(setup));
    if (cancelled) active->call.cancel_now();
    calls_.insert_or_assign(call_id, active);
    ++running_;
    note_activity();
    base::spawn(stream_->executor(), "call", &Connection::run_one, shared_from_this(), std::move(active));
}

void Connection::refuse(const StartCall& action, Fault fault) {
    const auto status = static_cast<std::uint32_t>(fault);
    const auto& operations = action.interface->operations;
    const std::string_view operation = action.opnum < operations.size() ? operations[action.opnum].name : std::string_view();
    record_fault(shared_.registry->metrics(), *action.interface, operation, status);
    log_refused(action, fault);
    (void)association_.fault(action.call_id, status, Association::Execution::did_not_execute);
}

void Connection::log_refused(const StartCall& action, Fault fault) const {
    LogEvent event;
    event.kind = LogEvent::Kind::access_denied;
    if (!may_log(event)) return;
    log::info("call refused", {{"connection", id_},
                               {"interface", action.interface->name},
                               {"opnum", static_cast<std::uint32_t>(action.opnum)},
                               {"user", action.caller->token->user},
                               {"status", static_cast<std::uint32_t>(fault)}});
    if (fault == Fault::access_denied && shared_.audit) {
        event.text = std::string(action.interface->name) + " opnum " + std::to_string(action.opnum);
        event.user = action.caller->token->user;
        event.workstation = action.caller->workstation;
        event.auth_type = action.caller->auth_type;
        event.auth_level = action.caller->auth_level;
        shared_.audit(event, stream_->ends(), id_);
    }
}

base::Task<void> Connection::run_one(std::shared_ptr<Connection> self, ActivePtr active) {
    RequestStub request;
    request.bytes = active->start.stub;
    request.syntax = active->start.syntax;
    request.order = active->start.order;
    base::Metrics& metrics = self->shared_.registry->metrics();
    ReplyStub reply = co_await run_call(active->registration, active->call, request, metrics);
    self->finish(std::move(active), std::move(reply));
}

void Connection::finish(ActivePtr active, ReplyStub reply) {
    const std::uint32_t call_id = active->start.call_id;
    const bool wanted = !active->orphaned;
    if (wanted) {
        calls_.erase(call_id);
    } else {
        orphans_.erase(active.get());
    }
    active.reset();                                                                // leaves its handle gates before the client can go on
    --running_;
    note_activity();
    // False when nobody waits for the answer. Orphaned calls end here, too: they count, and an exclusive connection waits for them.
    if (reply.fault == 0) (void)association_.reply(call_id, std::move(reply.bytes));
    else (void)association_.fault(call_id, reply.fault);
    pump();
    end_if_stopped();
    changed_.set();
}

void Connection::on(const CancelCall& action) {
    const auto found = calls_.find(action.call_id);
    if (found == calls_.end()) return;
    const ActivePtr active = found->second;
    active->call.cancel_now();
}

void Connection::on(const OrphanCall& action) {
    const auto found = calls_.find(action.call_id);
    if (found == calls_.end()) return;
    const ActivePtr active = found->second;
    calls_.erase(found);
    active->orphaned = true;
    orphans_.emplace(active.get(), active);
    active->call.cancel_now();
}

void Connection::on(const CloseConnection& action) {
    if (end_reason_.empty()) end_reason_ = action.reason;
    cancel_calls(Which::all);
}

void Connection::on(const LogEvent& action) {
    if (action.kind == LogEvent::Kind::logged_on) {
        if (!action.anonymous) authenticated_ = true;
        note_activity();
        who_.with([&action](Who& who) {
            who.user = action.user;
            who.workstation = action.workstation;
        });
    }
    if (!may_log(action)) return;
    // With an audit log the event belongs there, once.
    if (shared_.audit && action.kind != LogEvent::Kind::bound) {
        shared_.audit(action, stream_->ends(), id_);
        return;
    }
    const log::Level level = level_of(action.kind);
    if (log::enabled(level)) {
        log::write(level, name_of(action.kind), {{"connection", id_},
                                                 {"peer", stream_->ends().peer_address},
                                                 {"user", action.user},
                                                 {"workstation", action.workstation},
                                                 {"mechanism", action.mechanism},
                                                 {"auth_level", static_cast<std::uint32_t>(action.auth_level)},
                                                 {"text", action.text}});
    }
}

void Connection::flush() {
    if (lost_ || writing_) return;
    if (association_.has_output()) {
        writing_ = true;
        base::spawn(stream_->executor(), "connection writer", &Connection::write_all, shared_from_this());
    } else if (association_.closing() && !linger_since_) {
        // Closing with unread input would reset the connection and could destroy what we just sent: say good-bye, then drain for a while.
        linger_since_ = Clock::now();
        stream_->shutdown_send();
        watchdog_.cancel();
        changed_.set();
    }
}

// One write at a time; everything that was answered meanwhile leaves in the next one.
base::Task<void> Connection::write_all(std::shared_ptr<Connection> self) {
    constexpr std::size_t kKeptBytes = 16U << 10U;
    while (!self->lost_ && self->association_.has_output()) {
        self->out_.clear();
        self->association_.next_output(self->out_, base::limits::kWriteBurstBytes);
        self->shared_.counters->packets_out.add(self->out_counter_.feed(self->out_));
        self->write_since_ = Clock::now();
        const base::ByteView bytes = self->out_;
        base::Result<void> written = co_await self->stream_->write(bytes);
        self->write_since_.reset();
        if (!written) self->lose(written.error().text());
        self->changed_.set();
    }
    if (self->out_.capacity() > kKeptBytes) base::ByteBuffer().swap(self->out_);   // idle connections stay small
    self->writing_ = false;
    self->flush();
    self->end_if_stopped();
    self->changed_.set();
}

std::optional<Connection::Time> Connection::next_deadline(std::string& reason) const {
    const ConnectionLimits& limits = shared_.limits;
    std::optional<Time> earliest;
    const auto consider = [&](Time at, std::string_view why) {
        if (earliest && *earliest <= at) return;
        earliest = at;
        reason = why;
    };
    if (linger_since_) consider(*linger_since_ + limits.linger, "closed by the server");
    if (write_since_) consider(*write_since_ + limits.write, "the client does not read its replies");
    if (fragment_since_) consider(*fragment_since_ + limits.fragment, "a started request did not go on");
    if (!association_.established()) {
        consider(opened_ + limits.authentication, "no finished bind in time");
    } else if (!authenticated_ && running_ == 0 && !writing_) {
        consider(last_activity_ + limits.unauthenticated_idle, "idle without authentication");
    }
    return earliest;
}

// Deadlines begin and end with almost every read and write; looking at them from time to time is cheaper than a timer each.
base::Task<void> Connection::watch(std::shared_ptr<Connection> self) {
    const ConnectionLimits& limits = self->shared_.limits;
    const auto tick = std::max(std::min({limits.authentication, limits.fragment, limits.write}) / 4, std::chrono::milliseconds(5));
    while (!self->lost_) {
        if (self->shared_.log_limiter != nullptr) self->shared_.log_limiter->tick();
        std::string reason;
        const std::optional<Time> deadline = self->next_deadline(reason);
        const Time now = Clock::now();
        if (deadline && *deadline <= now) {
            self->lose(reason);
            break;
        }
        Time wake = now + tick;
        if (deadline && *deadline < wake) wake = *deadline;
        self->watchdog_.expires_at(wake);
        co_await self->watchdog_.async_wait(base::nothrow);
    }
}

// A cancelled call may end at once and leave the map.
void Connection::cancel_calls(Which which) {
    std::vector<ActivePtr> chosen;
    for (const auto& [call_id, active] : calls_) {
        if (which == Which::all || active->call.operation().waits) chosen.push_back(active);
    }
    for (const ActivePtr& active : chosen) active->call.cancel_now();
}

void Connection::lose(std::string reason) {
    if (lost_) return;
    lost_ = true;
    idle_since_ = kNotIdle;
    if (end_reason_.empty()) end_reason_ = std::move(reason);
    stream_->close();
    watchdog_.cancel();
    cancel_calls(Which::all);
    changed_.set();
}

void Connection::stop() {
    boost::asio::post(stream_->executor(), [self = shared_from_this()] {
        if (self->stopping_) return;
        self->stopping_ = true;
        self->cancel_calls(Which::waiting);
        self->end_if_stopped();
    });
}

void Connection::end_if_stopped() {
    if (stopping_ && running_ == 0 && !writing_ && !association_.has_output()) lose("the server stops");
}

bool Connection::evict(Idle idle_since) {
    if (idle_since == kNotIdle || !idle_since_.compare_exchange_strong(idle_since, kNotIdle)) return false;
    boost::asio::post(stream_->executor(), [self = shared_from_this()] { self->lose("idle without authentication; another client needs the place"); });
    return true;
}

void Connection::kill() {
    boost::asio::post(stream_->executor(), [self = shared_from_this()] { self->lose("closed by the server"); });
}

ConnectionInfo Connection::info() const {
    ConnectionInfo info;
    info.id = id_;
    info.ends = stream_->ends();
    const Who who = who_.with([](const Who& state) { return state; });
    info.user = who.user;
    info.workstation = who.workstation;
    info.since = opened_;
    info.calls = running_;
    return info;
}

// All calls have ended, so nothing uses the handles any more.
base::Task<void> Connection::run_down() {
    const GroupPtr group = association_.group();
    if (!group || !shared_.groups->leave(group)) co_return;
    const std::vector<std::shared_ptr<HandleObject>> objects = group->handles->take_all();
    for (const std::shared_ptr<HandleObject>& object : objects) {
        std::string bug;
        try {
            co_await object->rundown();
        } catch (const std::exception& caught) {
            bug = caught.what();
        }
        if (!bug.empty()) log::error("rundown failed with an exception", {{"connection", id_}, {"reason", bug}});
    }
}

}  // namespace dcerpc
