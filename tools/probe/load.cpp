#include "tools/probe/verbs.h"

#include "base/async_event.h"

#include <openssl/evp.h>

#include <fstream>
#include <iostream>
#include <random>

namespace probe {
namespace {

using base::Result;
using base::Task;
using print_client::Session;

constexpr std::uint32_t kAdminister = 0xC;
constexpr std::uint32_t kPause = 1, kResume = 2;

// What the workers share; they all run on one thread.
struct Load {
    Arguments arguments;
    std::ofstream log;
    std::chrono::steady_clock::time_point end;
    std::uint32_t left = 0;
    std::uint64_t printed = 0;
    base::AsyncEvent done;

    [[nodiscard]] bool over() const { return std::chrono::steady_clock::now() >= end; }
    // One line, flushed: it must survive our own end.
    void note(const std::string& line) { log << line << std::endl; }
};

std::string sha256_hex(base::ByteView data) {
    base::ByteBuffer digest(32);
    unsigned int size = 32;
    EVP_Digest(data.data(), data.size(), reinterpret_cast<unsigned char*>(digest.data()), &size, EVP_sha256(), nullptr);
    return base::to_hex(digest);
}

// Random bytes, then their digest in hexadecimal: the device can tell a whole document from a piece.
base::ByteBuffer make_document(std::mt19937_64& random, std::string& digest) {
    const std::size_t size = random() % 8 == 0 ? random() % 400'000 : random() % 8'000;
    base::ByteBuffer data(size + 2);
    for (std::byte& b : data) b = static_cast<std::byte>(random());
    digest = sha256_hex(data);
    base::append(data, base::as_bytes(digest));
    return data;
}

Task<Result<void>> change_settings(std::shared_ptr<Load> load, std::shared_ptr<Session> session, std::string printer, std::uint64_t number) {
    CO_TRY(const auto handle, co_await session->open_printer(printer, kAdminister));
    const std::string comment = "c" + std::to_string(number) + "-" + std::to_string(std::random_device{}());
    load->note("try " + printer + " " + comment);
    CO_TRY_VOID(co_await session->set_comment(handle, comment));
    load->note("set " + printer + " " + comment);
    load->note("try-data " + printer + " " + comment);
    CO_TRY_VOID(co_await session->set_data(handle, "load\\key", "newest", comment));
    load->note("data " + printer + " " + comment);
    CO_TRY_VOID(co_await session->control_printer(handle, kPause));
    CO_TRY_VOID(co_await session->control_printer(handle, kResume));
    co_return co_await session->close(handle);
}

Task<Result<void>> work(std::shared_ptr<Load> load, std::uint32_t index) {
    static const char* const kPrinters[] = {"Laser", "Laser", "Null", "Laser"};
    std::mt19937_64 random(std::random_device{}());
    CO_TRY(const auto session, co_await Session::open(load->arguments.session));
    for (std::uint64_t number = 1; !load->over(); ++number) {
        // Settings of one printer are changed by one worker only, so that "the last acknowledged one" has a meaning.
        if (number % 5 == 0 && index < 2) {
            CO_TRY_VOID(co_await change_settings(load, session, index == 0 ? "Archive" : "Null", number));
        }
        std::string digest;
        const base::ByteBuffer data = make_document(random, digest);
        const std::string printer = kPrinters[index % 4];
        CO_TRY(const std::uint32_t job, co_await session->print(printer, "load", data, 65536));
        if (printer == "Laser") load->note("job " + digest + " " + std::to_string(job));
        ++load->printed;
    }
    co_return Result<void>();
}

Task<void> worker(std::shared_ptr<Load> load, std::uint32_t index) {
    const auto result = co_await work(load, index);
    if (!result) std::cerr << result.error().to_string() << "\n";
    if (--load->left == 0) load->done.set();
}

}  // namespace

Task<Result<void>> run_load(Arguments arguments) {
    auto load = std::make_shared<Load>();
    load->log.open(arguments.acknowledged.empty() ? "/dev/null" : arguments.acknowledged, std::ios::app);
    load->left = arguments.connections;
    load->end = std::chrono::steady_clock::now() + std::chrono::milliseconds(static_cast<std::int64_t>(arguments.seconds * 1000));
    load->arguments = arguments;
    const auto executor = co_await boost::asio::this_coro::executor;
    for (std::uint32_t i = 0; i < arguments.connections; ++i) base::spawn(executor, "load", &worker, load, i);
    co_await load->done.wait();
    std::cout << "{\"printed\":" << load->printed << "}" << std::endl;
    co_return Result<void>();
}

}  // namespace probe
