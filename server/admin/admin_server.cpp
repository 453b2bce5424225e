#include "server/admin/admin_server.h"

#include "base/log.h"

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/write.hpp>
#include <nlohmann/json.hpp>

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <set>

namespace server {
namespace {

using Socket = boost::asio::local::stream_protocol::socket;
using Acceptor = boost::asio::local::stream_protocol::acceptor;
using boost::asio::local::stream_protocol;
using nlohmann::json;

constexpr std::size_t kMaxLineBytes = 1U << 20U;       // one command; a password or a comment is far smaller
constexpr std::size_t kMaxAdminConnections = 64;

}  // namespace

struct AdminServer::State {
    State(boost::asio::io_context& io, AdminContext wanted)
        : strand(boost::asio::make_strand(io)), acceptor(strand), context(std::move(wanted)), commands(all_commands()) {}

    boost::asio::strand<boost::asio::io_context::executor_type> strand;
    Acceptor acceptor;
    AdminContext context;
    std::vector<Command> commands;
    std::set<std::shared_ptr<Socket>> connections;
    std::string path;
    bool stopping = false;
};

// Everything below runs on the server's one strand: administration needs no parallelism, and the state needs no lock.
struct AdminSession {
    static std::string failure(const base::Error& error) {
        json answer;
        answer["ok"] = false;
        answer["error"]["code"] = base::win32_name(error.code());
        answer["error"]["text"] = error.text();
        return answer.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
    }

    static std::string success(json result) {
        json answer;
        answer["ok"] = true;
        answer["result"] = std::move(result);
        return answer.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
    }

    static base::Task<bool> send(std::shared_ptr<Socket> socket, std::string line) {
        const auto buffer = boost::asio::buffer(line);
        auto written = co_await boost::asio::async_write(*socket, buffer, base::nothrow);
        auto& [error, count] = written;
        co_return !error;
    }

    template <class State>
    static base::Task<std::string> answer(std::shared_ptr<State> state, std::shared_ptr<Socket> socket, std::string line) {
        const json request = json::parse(line, nullptr, false);
        if (!request.is_object() || !request.contains("command") || !request["command"].is_string()) {
            co_return failure(base::Error(base::Win32::invalid_data, "not a JSON object with a \"command\""));
        }
        json arguments = json::object();
        if (request.contains("arguments")) arguments = request["arguments"];
        const std::string name = request["command"];
        const Command* command = find_command(state->commands, name);
        if (command == nullptr) co_return failure(base::Error(base::Win32::invalid_function, "unknown command \"" + name + "\""));
        if (!arguments.is_object()) co_return failure(base::Error(base::Win32::invalid_data, "\"arguments\" is not an object"));
        const auto checked = check_arguments(*command, arguments);
        if (!checked) co_return failure(checked.error());
        if (command->right == CommandRight::change) base::log::info("administration", {{"command", name}});
        if (command->stream != nullptr) {
            StreamLine sink = [socket](std::string text) { return send(socket, std::move(text) + "\n"); };
            auto streamed = co_await command->stream(state->context, arguments, std::move(sink));
            if (!streamed) co_return failure(streamed.error());
            co_return success(json::object());
        }
        auto result = co_await command->run(state->context, arguments);
        if (!result) co_return failure(result.error());
        co_return success(std::move(result).value());
    }

    template <class State>
    static base::Task<void> serve(std::shared_ptr<State> state, std::shared_ptr<Socket> socket) {
        std::string buffer;
        while (!state->stopping) {
            auto dynamic = boost::asio::dynamic_buffer(buffer, kMaxLineBytes);
            auto read = co_await boost::asio::async_read_until(*socket, dynamic, '\n', base::nothrow);
            auto& [error, count] = read;
            if (error) break;
            std::string line = buffer.substr(0, count);
            buffer.erase(0, count);
            std::string reply = co_await answer(state, socket, std::move(line));
            const bool sent = co_await send(socket, std::move(reply));
            if (!sent) break;
        }
        state->connections.erase(socket);
    }

    static bool allowed(Socket& socket) {
        ucred peer{};
        socklen_t size = sizeof(peer);
        if (::getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
        if (peer.uid == 0 || peer.uid == ::geteuid()) return true;
        base::log::warning("administration refused: not root and not the daemon's user", {{"uid", std::uint64_t{peer.uid}}});
        return false;
    }

    template <class State>
    static base::Task<void> accept_loop(std::shared_ptr<State> state) {
        while (!state->stopping) {
            auto accepted = co_await state->acceptor.async_accept(base::nothrow);
            auto& [error, raw] = accepted;
            if (state->stopping) break;
            if (error) {
                co_await base::sleep_for(std::chrono::milliseconds(100));
                continue;
            }
            auto socket = std::make_shared<Socket>(std::move(raw));
            if (!allowed(*socket) || state->connections.size() >= kMaxAdminConnections) continue;
            state->connections.insert(socket);
            base::spawn(state->strand, "admin connection", &AdminSession::serve<State>, state, socket);
        }
    }

    // Someone listening there is another daemon; a mere file is what a killed one left.
    static base::Result<void> remove_stale(boost::asio::io_context& io, const std::string& path) {
        struct stat info {};
        if (::lstat(path.c_str(), &info) != 0) return {};
        if (!S_ISSOCK(info.st_mode)) return base::Error(base::Win32::already_exists, path + " exists and is no socket");
        Socket probe(io);
        boost::system::error_code error;
        probe.connect(stream_protocol::endpoint(path), error);
        if (!error) return base::Error(base::Win32::already_exists, path + ": another daemon serves this socket");
        ::unlink(path.c_str());
        return {};
    }
};

AdminServer::AdminServer(boost::asio::io_context& io, AdminContext context) : state_(std::make_shared<State>(io, std::move(context))) {}

AdminServer::~AdminServer() { stop(); }

base::Result<void> AdminServer::start(const std::string& path) {
    auto& io = static_cast<boost::asio::io_context&>(state_->strand.context());
    TRY_VOID(AdminSession::remove_stale(io, path));
    boost::system::error_code error;
    const auto open = [&] {
        state_->acceptor.open(stream_protocol(), error);
        if (error) return;
        // The file must never exist with wider rights, not even for a moment.
        const mode_t before = ::umask(0177);
        state_->acceptor.bind(stream_protocol::endpoint(path), error);
        ::umask(before);
        if (!error) state_->acceptor.listen(16, error);
    };
    open();
    if (error) return base::error_from(error, "admin socket " + path);
    state_->path = path;
    base::spawn(state_->strand, "admin accept", &AdminSession::accept_loop<State>, state_);
    return {};
}

void AdminServer::stop() {
    if (state_->path.empty()) return;
    ::unlink(state_->path.c_str());
    state_->path.clear();
    boost::asio::post(state_->strand, [state = state_] {
        state->stopping = true;
        boost::system::error_code ignored;
        state->acceptor.close(ignored);
        for (const auto& socket : state->connections) socket->close(ignored);
    });
}

}  // namespace server
