#include "tests/fuzz/operations_world.h"

#include "dcerpc/server/builtin_services.h"
#include "dcerpc/server/call_runner.h"
#include "dcerpc/server/registry.h"
#include "server/winspool/service.h"
#include "spooler/notify/bus.h"
#include "spooler/processors/winprint.h"
#include "spooler/spooler.h"
#include "storage/memory_driver_files.h"
#include "storage/memory_store.h"
#include "tests/support/fake_port.h"
#include "tests/support/manual_clock.h"
#include "wire/epm/dispatch.h"
#include "wire/mgmt/dispatch.h"
#include "wire/winspool/dispatch.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdio>
#include <cstdlib>

namespace fuzz {

std::uint8_t entered[kTargets][256];

namespace {

constexpr std::size_t kHandleBytes = 20;
constexpr std::size_t kMaxPending = 16;
constexpr std::size_t kMaxLive = 64;

void demand(bool holds, const char* rule) {
    if (holds) return;
    (void)std::fprintf(stderr, "broken rule: %s\n", rule);
    std::abort();
}

const dcerpc::Interface& interface_of(Target target) {
    switch (target) {
        case Target::par: return wire::winspool::par_interface();
        case Target::rprn: return wire::winspool::rprn_interface();
        case Target::epm: return wire::epm::epm_interface();
        case Target::mgmt: break;
    }
    return wire::mgmt::mgmt_interface();
}

std::shared_ptr<const dcerpc::Caller> make_caller(const char* user, const char* sid, bool administrator) {
    auto token = std::make_shared<base::Token>();
    token->user = user;
    token->user_sid = *base::parse_sid(sid);
    token->groups = {base::well_known::everyone(), base::well_known::authenticated_users(), base::well_known::network(), base::well_known::users()};
    if (administrator) token->groups.push_back(base::well_known::administrators());
    auto caller = std::make_shared<dcerpc::Caller>();
    caller->token = std::move(token);
    caller->auth_level = dcerpc::kAuthLevelPrivacy;
    caller->workstation = "PC";
    caller->peer_address = "192.0.2.9";
    caller->local_address = "192.0.2.1";
    return caller;
}

std::vector<dcerpc::MapEntry> endpoint_map() {
    std::vector<dcerpc::MapEntry> entries;
    for (const Target target : {Target::par, Target::rprn}) {
        for (const dcerpc::SyntaxId& transfer : {dcerpc::kNdr20, dcerpc::kNdr64}) {
            dcerpc::MapEntry entry;
            entry.interface = interface_of(target).id;
            entry.transfer = transfer;
            entry.port = 49152;
            entry.addresses = {"192.0.2.1", "::"};
            entry.annotation = "fuzz";
            entries.push_back(std::move(entry));
        }
    }
    return entries;
}

spooler::NewPrinter new_printer(const char* name, const char* port) {
    spooler::NewPrinter printer;
    printer.name = printer.share_name = name;
    printer.driver_name = "Generic";
    printer.ports = {port};
    printer.attributes = spooler::printer_attribute::kShared;
    return printer;
}

// A call from its start to its end. The stub is a block of exactly its size.
struct ActiveCall {
    ActiveCall(dcerpc::Call::Setup setup, const dcerpc::Registration& the_registration, base::ByteBuffer bytes)
        : registration(the_registration), stub(std::move(bytes)), call(std::move(setup)) {
        stub.shrink_to_fit();
    }
    const dcerpc::Registration& registration;
    base::ByteBuffer stub;
    dcerpc::Call call;
    std::optional<dcerpc::ReplyStub> reply;
};
using ActivePtr = std::shared_ptr<ActiveCall>;

base::Task<void> run_active(ActivePtr active, dcerpc::RequestStub request, base::Metrics* metrics) {
    dcerpc::ReplyStub reply = co_await dcerpc::run_call(active->registration, active->call, request, *metrics);
    active->reply = std::move(reply);
}

base::Guid guid_from(base::ByteReader& reader) {
    base::Guid guid;
    guid.data1 = reader.u32();
    guid.data2 = reader.u16();
    guid.data3 = reader.u16();
    for (std::uint8_t& octet : guid.data4) octet = reader.u8();
    return guid;
}

// `order` is the sender's: the first three parts of a UUID are numbers.
void write_handle(base::MutableByteView at, const ndr::ContextHandle& handle, base::ByteOrder order) {
    base::ByteBuffer bytes;
    base::ByteWriter writer(bytes);
    const auto number = [&](std::uint64_t value, std::size_t size) {
        for (std::size_t i = 0; i < size; ++i) {
            const std::size_t shift = 8 * (order == base::ByteOrder::little ? i : size - 1 - i);
            writer.u8(static_cast<std::uint8_t>(value >> shift));
        }
    };
    number(handle.attributes, 4);
    number(handle.uuid.data1, 4);
    number(handle.uuid.data2, 2);
    number(handle.uuid.data3, 2);
    for (const std::uint8_t octet : handle.uuid.data4) writer.u8(octet);
    std::copy(bytes.begin(), bytes.end(), at.begin());
}

}  // namespace

std::optional<Record> read_record(base::ByteReader& reader) {
    Record record;
    const std::uint8_t control = reader.u8();
    record.target = static_cast<Target>(control % kTargets);
    record.encoding = static_cast<Encoding>(((control >> 2U) & 3U) % kEncodings);
    record.alice = (control & 16U) != 0;
    record.foreign_handle = (control & 32U) != 0;
    record.opnum = reader.u8();
    record.handle = reader.u8();
    record.handle_at = reader.u8();
    const std::size_t size = reader.u16();
    if (!reader.ok()) return std::nullopt;
    record.stub = reader.view(std::min(size, reader.remaining()));
    return record;
}

void write_record(base::ByteBuffer& out, const Record& record) {
    demand(record.stub.size() <= 0xFFFF, "the stub of a record is small");
    base::ByteWriter writer(out);
    writer.u8(static_cast<std::uint8_t>(static_cast<unsigned>(record.target) | static_cast<unsigned>(record.encoding) << 2U |
                                        (record.alice ? 16U : 0U) | (record.foreign_handle ? 32U : 0U)));
    writer.u8(record.opnum);
    writer.u8(record.handle);
    writer.u8(record.handle_at);
    writer.u16(static_cast<std::uint16_t>(record.stub.size()));
    writer.bytes(record.stub);
}

struct World::State {
    State() : registry(metrics) {}

    struct Live {
        ndr::ContextHandle handle;
        Target target;
        bool alice;
    };

    void build();
    void build_rpc();
    template <class T>
    T run(base::Task<T> task);
    void run_void(base::Task<void> task);
    void settle();
    ActivePtr start(const Record& record, const dcerpc::Registration& registration);
    void find_handles(const Record& record, base::ByteView reply);
    void forget_closed();
    [[nodiscard]] std::shared_ptr<const dcerpc::Caller> caller(bool of_alice) const { return of_alice ? alice : admin; }
    void check_rules();
    void tear_down();
    void around(const Record& record);

    std::optional<boost::asio::io_context> io{std::in_place, 1};
    test_support::ManualClock clock;
    storage::MemoryStore store;
    storage::MemorySpoolFiles files;
    storage::MemoryDriverFiles driver_files;
    test_support::FakeMonitors monitors;
    spooler::Bus bus;
    base::Metrics metrics;
    std::optional<spooler::Spooler> spool;
    std::optional<server::WinspoolService> service;
    dcerpc::Registry registry;
    dcerpc::RpcCounters counters;
    std::optional<dcerpc::BuiltinServices> builtin;
    std::shared_ptr<dcerpc::HandleTable> handles = std::make_shared<dcerpc::HandleTable>();
    std::shared_ptr<dcerpc::GroupSlot> group = std::make_shared<dcerpc::GroupSlot>();
    const std::shared_ptr<const dcerpc::Caller> admin = make_caller("admin", "S-1-5-21-1-2-3-500", true);
    const std::shared_ptr<const dcerpc::Caller> alice = make_caller("alice", "S-1-5-21-1-2-3-1001", false);
    std::vector<Live> live;                                        // newest last
    std::vector<ActivePtr> pending;
    std::uint64_t next_call = 1;
};

template <class T>
T World::State::run(base::Task<T> task) {
    std::optional<T> done;
    boost::asio::co_spawn(*io, std::move(task), [&done](const std::exception_ptr& escaped, T value) {
        demand(!escaped, "no exception escapes");
        done = std::move(value);
    });
    io->restart();
    while (!done && io->run_one_for(std::chrono::seconds(5)) != 0) {
    }
    demand(done.has_value(), "the call ends");
    return std::move(*done);
}

void World::State::run_void(base::Task<void> task) {
    bool done = false;
    boost::asio::co_spawn(*io, std::move(task), [&done](const std::exception_ptr& escaped) {
        demand(!escaped, "no exception escapes");
        done = true;
    });
    io->restart();
    while (!done && io->run_one_for(std::chrono::seconds(5)) != 0) {
    }
    demand(done, "the call ends");
}

void World::State::settle() {
    do {
        io->restart();
    } while (io->poll() != 0);
}

void World::State::build() {
    spooler::Dependencies needs{store, files, bus, clock, monitors, spooler::winprint_processors(), io->get_executor(), &driver_files};
    driver_files.upload("x64/a.dll", "driver");
    spooler::SpoolSettings settings;
    settings.stop_timeout_ms = 1;
    spool.emplace(std::move(needs), settings, spooler::ServerSettings());
    spooler::Driver driver;
    driver.name = "Generic";
    driver.environment = "Windows x64";
    driver.in_box = true;
    demand(run(spool->start({driver})).has_value(), "the spooler starts");
    for (const char* name : {"P1", "P2"}) {
        spooler::PortConfig port;
        port.name = name;
        port.monitor = "Fake Port";
        demand(run(spool->ports().add(port)).has_value(), "a port is added");
    }
    demand(run(spool->printers().add(new_printer("Fuzz", "P1"))).has_value(), "a printer is added");
    auto paused = run(spool->printers().add(new_printer("Paused", "P2")));
    demand(paused.has_value() && run((*paused)->pause()).has_value(), "a printer is paused");
}

void World::State::build_rpc() {
    service.emplace(*spool, bus);
    auto* target = static_cast<wire::winspool::Service*>(&*service);
    dcerpc::Policy policy;
    policy.min_auth_level = dcerpc::kAuthLevelPrivacy;
    registry.add(wire::winspool::par_interface(), target, policy, {0});
    registry.add(wire::winspool::rprn_interface(), target, policy, {0});
    builtin.emplace(registry, counters, "fuzz.example");
    builtin->register_on(registry, {0}, {0});
    builtin->set_map(endpoint_map());
}

ActivePtr World::State::start(const Record& record, const dcerpc::Registration& registration) {
    const base::ByteOrder order = record.encoding == Encoding::ndr20_big ? base::ByteOrder::big : base::ByteOrder::little;
    base::ByteBuffer stub(record.stub.begin(), record.stub.end());
    const std::size_t at = std::size_t{record.handle_at} * 4;
    if (record.handle_at != Record::kNoHandle && at + kHandleBytes <= stub.size()) {
        std::vector<ndr::ContextHandle> choice;
        for (auto one = live.rbegin(); one != live.rend(); ++one) {
            if (record.foreign_handle || (one->target == record.target && one->alice == record.alice)) choice.push_back(one->handle);
        }
        if (!choice.empty()) write_handle(base::MutableByteView(stub).subspan(at, kHandleBytes), choice[record.handle % choice.size()], order);
    }
    dcerpc::Call::Setup setup;
    setup.id = next_call++;
    setup.interface = registration.interface;
    setup.operation = &registration.interface->operations[record.opnum];
    setup.opnum = record.opnum;
    setup.caller = caller(record.alice);
    setup.handles = handles;
    setup.group_slot = group;
    auto active = std::make_shared<ActiveCall>(std::move(setup), registration, std::move(stub));
    dcerpc::RequestStub request;
    request.bytes = active->stub;
    request.syntax = record.encoding == Encoding::ndr64 ? ndr::Syntax::ndr64 : ndr::Syntax::ndr20;
    request.order = order;
    boost::asio::co_spawn(*io, run_active(active, request, &metrics), [](const std::exception_ptr& escaped) {
        demand(!escaped, "no exception escapes");
    });
    settle();
    return active;
}

// Handles that this call has made are somewhere in its reply.
void World::State::find_handles(const Record& record, base::ByteView reply) {
    if (handles->size() <= live.size() || live.size() >= kMaxLive) return;
    const dcerpc::Interface& interface = interface_of(record.target);
    for (std::size_t at = 0; at + kHandleBytes <= reply.size() && at < 512; at += 4) {
        base::ByteReader reader(reply.subspan(at, kHandleBytes));
        ndr::ContextHandle handle;
        handle.attributes = reader.u32();
        handle.uuid = guid_from(reader);
        const auto& who = *caller(record.alice);
        if (handle.is_null() || !handles->find(handle, interface, who.token->user_sid, who.auth_level)) continue;
        const bool known = std::any_of(live.begin(), live.end(), [&](const Live& one) { return one.handle == handle; });
        if (!known) live.push_back({handle, record.target, record.alice});
    }
}

void World::State::forget_closed() {
    std::erase_if(live, [&](const Live& one) {
        const auto& who = *caller(one.alice);
        return !handles->find(one.handle, interface_of(one.target), who.token->user_sid, who.auth_level);
    });
}

void World::State::around(const Record& record) {
    using Device = test_support::FakeMonitor::Device;
    if (record.opnum == kAdvanceClock) {
        clock.advance(std::chrono::minutes(record.handle));
        spool->tick();
    } else {
        monitors.fake->with("P1", [&](Device& device) {
            device.open_error.reset();
            device.break_with.reset();
            device.finish_error.reset();
            const base::Error error(base::Win32::timeout, "fuzz");
            if (record.handle % 4 == 1) device.open_error = error;
            if (record.handle % 4 == 2) device.break_with = error;
            if (record.handle % 4 == 3) device.finish_error = error;
            device.break_after = record.handle_at;
        });
    }
    settle();
}

// Waiting calls end when they are cancelled, handles let go of everything, and the device is closed.
void World::State::tear_down() {
    for (const ActivePtr& active : pending) active->call.cancel_now();
    settle();
    for (const ActivePtr& active : pending) demand(active->reply.has_value(), "a cancelled call ends");
    pending.clear();
    for (const auto& object : handles->take_all()) run_void(object->rundown());
    settle();
    for (const auto& queue : spool->printers().all()) {
        demand(queue->view().spooling == 0, "rundown ends open documents");
    }
    run_void(spool->stop());
    settle();
    for (const char* port : {"P1", "P2"}) {
        demand(monitors.fake->with(port, [](auto& device) { return device.open_sessions == 0 && device.most_sessions <= 1; }),
               "one document at a time on a port, none after the end");
    }
    check_rules();
}

void World::State::check_rules() {
    const spooler::Snapshot content = store.content();
    demand(files.count() <= content.jobs.size(), "no spool file without its job");
    for (const spooler::JobRecord& job : content.jobs) {
        const bool has_printer = std::any_of(content.printers.begin(), content.printers.end(),
                                             [&](const spooler::PrinterRecord& printer) { return printer.id == job.printer; });
        demand(has_printer, "no job without its printer");
    }
}

World::World() : state_(std::make_unique<State>()) {
    state_->build();
    state_->build_rpc();
}

World::~World() {
    state_->tear_down();
    state_->service.reset();
    state_->spool.reset();
    state_->io.reset();                                            // with what still waits, before what that uses
}

Outcome World::play(const Record& record) {
    State& state = *state_;
    Outcome outcome;
    if (record.opnum == kAdvanceClock || record.opnum == kBreakDevice) {
        state.around(record);
        return outcome;
    }
    const dcerpc::Registration* registration = state.registry.find(interface_of(record.target));
    const auto fault = dcerpc::check_call(*registration, *state.caller(record.alice), record.opnum, std::nullopt);
    if (fault != dcerpc::Fault::none || state.pending.size() >= kMaxPending) return outcome;
    const ActivePtr active = state.start(record, *registration);
    std::erase_if(state.pending, [](const ActivePtr& one) { return one->reply.has_value(); });
    if (active->reply) {
        outcome.reply = std::move(*active->reply);
        outcome.entered = outcome.reply.fault == 0;
        // Exceptions and replies that do not encode end like this.
        demand(outcome.reply.fault != static_cast<std::uint32_t>(dcerpc::Fault::unspec), "operations do not fail by accident");
        if (outcome.entered) state.find_handles(record, outcome.reply.bytes);
    } else {
        outcome.pending = true;
        outcome.entered = active->call.operation().waits;
        state.pending.push_back(active);
    }
    state.forget_closed();
    if (outcome.entered) {
        auto& bits = entered[static_cast<std::size_t>(record.target)][record.opnum];
        bits = static_cast<std::uint8_t>(bits | 1U << static_cast<unsigned>(record.encoding));
    }
    return outcome;
}

std::vector<ndr::ContextHandle> World::handles(const Record& record) const {
    std::vector<ndr::ContextHandle> result;
    for (auto one = state_->live.rbegin(); one != state_->live.rend(); ++one) {
        if (record.foreign_handle || (one->target == record.target && one->alice == record.alice)) result.push_back(one->handle);
    }
    return result;
}

std::vector<std::uint8_t> World::opnums(Target target) {
    std::vector<std::uint8_t> result;
    const auto operations = interface_of(target).operations;
    for (std::size_t opnum = 0; opnum < operations.size() && opnum < kBreakDevice; ++opnum) {
        if (operations[opnum].run != nullptr) result.push_back(static_cast<std::uint8_t>(opnum));
    }
    return result;
}

}  // namespace fuzz
