#include "server/winspool/service.h"

#include "wire/winspool/dispatch.h"

#include <thread>

namespace server {

using base::Error;
using base::Result;
using base::Win32;

namespace {

constexpr std::uint16_t kArchitectureX86 = 0, kArchitectureIa64 = 6, kArchitectureAmd64 = 9;

std::uint32_t processor_type(std::uint16_t architecture) {
    switch (architecture) {
        case kArchitectureX86: return 0x24A;                       // Pentium
        case kArchitectureIa64: return 0x898;
        case kArchitectureAmd64: return 0x21D8;
        default: return 0;                                         // ARM
    }
}

MachineFacts machine_facts(const spooler::ServerObject& server) {
    MachineFacts facts;
    facts.get_version = server.version_word();
    if (const spooler::Environment* own = spooler::find_environment(server.settings().environment)) {
        facts.processor_architecture = own->processor_architecture;
    }
    facts.processor_type = processor_type(facts.processor_architecture);
    facts.processor_level = 1;
    facts.processors = std::max(1U, std::thread::hardware_concurrency());
    return facts;
}

}  // namespace

WinspoolService::WinspoolService(spooler::Spooler& spooler, spooler::Bus& bus, EventLog* events)
    : spooler_(spooler),
      bus_(bus),
      events_(events),
      size_cache_(spooler.clock()),
      known_printers_(spooler.clock()),
      machine_(machine_facts(spooler.server())),
      default_devmode_(std::make_shared<const base::ByteBuffer>(spooler::default_devmode(""))) {}

WinspoolService::~WinspoolService() = default;

ReplyContextPtr WinspoolService::reply_context(std::string server) const {
    auto context = std::make_shared<ReplyContext>();
    if (!server.empty()) context->prefix = server + "\\";
    context->server = std::move(server);
    context->machine = machine_;
    context->default_devmode = default_devmode_;
    context->drivers = &spooler_.drivers();
    return context;
}

Result<ReplyContextPtr> WinspoolService::server_context(const ndr::WStr& name) const {
    TRY(const std::string text, checked_text(name, base::limits::kMaxServerNameChars, Win32::invalid_name));
    TRY(std::string echo, spooler::parse_server_argument(text, spooler_.server().names()));
    return reply_context(std::move(echo));
}

std::uint32_t WinspoolService::minimum_build(const dcerpc::Call& call) const {
    const bool par = &call.interface() == &op::par_interface();
    return par ? spooler_.server().settings().minimum_client_build : 0;
}

Result<void> WinspoolService::require_server(const dcerpc::Call& call, std::uint32_t mask) const {
    if (spooler::allows(call.token(), *spooler_.server().security(), mask, spooler::kServerMapping)) return {};
    call.log(base::log::Level::info, "refused", {{"object", "server"}, {"mask", mask}, {"peer", call.caller().peer_address}});
    return Error(Win32::access_denied, "no such right on the server");
}

std::string WinspoolService::size_query(const dcerpc::Call& call, std::uint32_t level, const std::string& arguments) {
    return std::string(call.operation().name) + '\n' + std::to_string(level) + '\n' + base::to_string(call.token().user_sid) + '\n' + arguments;
}

void WinspoolService::changed(const dcerpc::Call& call, std::string_view what, std::initializer_list<base::log::Field> fields) {
    size_cache_.forget(call.group<GroupState>());
    call.log(base::log::Level::info, what, fields);
}

}  // namespace server
