#include "tests/fuzz/make_corpus_script.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <cstring>

namespace fuzz {

Record Script::record(std::uint8_t opnum) const {
    Record record;
    record.target = target_;
    record.encoding = encoding_;
    record.alice = alice_;
    record.opnum = opnum;
    return record;
}

void Script::drive(base::Task<base::Result<void>> task) {
    boost::asio::io_context io;
    boost::asio::co_spawn(io, std::move(task), [](const std::exception_ptr&, const base::Result<void>&) {});
    io.run();
}

Outcome Script::play(Record record) {
    write_record(input_, record);
    return world_.play(record);
}

void Script::around(std::uint8_t what, std::uint8_t handle) {
    Record one = record(what);
    one.handle = handle;
    one.handle_at = 10;
    (void)play(one);
}

base::Task<base::Result<base::ByteBuffer>> Script::call(std::uint16_t opnum, base::ByteView view) {
    base::ByteBuffer stub(view.begin(), view.end());
    Record one = record(static_cast<std::uint8_t>(opnum));
    const auto handles = world_.handles(one);
    // The last eight bytes of a UUID look the same in either byte order.
    for (std::size_t at = 0; at + 20 <= stub.size() && at / 4 < Record::kNoHandle && one.handle_at == Record::kNoHandle; at += 4) {
        for (std::size_t i = 0; i < handles.size(); ++i) {
            if (std::memcmp(stub.data() + at + 12, handles[i].uuid.data4.data(), 8) != 0) continue;
            one.handle_at = static_cast<std::uint8_t>(at / 4);
            one.handle = static_cast<std::uint8_t>(i);
            std::fill_n(stub.begin() + static_cast<std::ptrdiff_t>(at), 20, std::byte{0});
            break;
        }
    }
    one.stub = stub;
    Outcome outcome = play(one);
    if (outcome.pending) co_return base::Error(base::Win32::io_pending, "waits");
    if (outcome.reply.fault != 0) co_return base::Error::fault(outcome.reply.fault);
    co_return std::move(outcome.reply.bytes);
}

}  // namespace fuzz
