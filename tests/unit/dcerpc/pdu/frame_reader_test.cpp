#include "dcerpc/pdu/frame_reader.h"

#include "base/limits.h"

#include <gtest/gtest.h>

namespace dcerpc {
namespace {

using Status = FrameReader::Status;

base::ByteBuffer pdu(PduType type, std::size_t size, std::uint32_t call_id = 1) {
    base::ByteBuffer bytes;
    PduWriter writer(bytes);
    PduHeader header;
    header.type = static_cast<std::uint8_t>(type);
    header.frag_length = static_cast<std::uint16_t>(size);
    header.call_id = call_id;
    write_header(writer, header);
    bytes.resize(std::max<std::size_t>(size, 16), std::byte{0x5a});
    return bytes;
}

void feed(FrameReader& reader, base::ByteView bytes) {
    while (!bytes.empty()) {
        const auto space = reader.read_space();
        ASSERT_FALSE(space.empty());
        const std::size_t count = std::min(space.size(), bytes.size());
        std::copy_n(bytes.begin(), count, space.begin());
        reader.commit(count);
        bytes = bytes.subspan(count);
    }
}

TEST(FrameReader, EveryPrefixWaitsForMore) {
    const auto whole = pdu(PduType::request, 40);
    for (std::size_t size = 0; size < whole.size(); ++size) {
        FrameReader reader;
        feed(reader, base::ByteView(whole).first(size));
        EXPECT_EQ(reader.next().status, Status::need_more) << size;
        EXPECT_EQ(reader.partial(), size != 0);
        feed(reader, base::ByteView(whole).subspan(size));
        const auto frame = reader.next();
        ASSERT_EQ(frame.status, Status::frame) << size;
        EXPECT_EQ(frame.pdu.size(), 40U);
        EXPECT_FALSE(reader.partial());
    }
}

TEST(FrameReader, CutsPdusThatArriveTogether) {
    FrameReader reader;
    base::ByteBuffer stream = pdu(PduType::bind, 72, 1);
    base::append(stream, pdu(PduType::request, 24, 2));
    base::append(stream, base::ByteView(pdu(PduType::request, 100, 3)).first(50));
    feed(reader, stream);
    EXPECT_EQ(reader.next().header.call_id, 1U);
    EXPECT_EQ(reader.next().header.call_id, 2U);
    EXPECT_EQ(reader.next().status, Status::need_more);
    EXPECT_TRUE(reader.partial());
}

// Thousands of PDUs through one buffer, in reads that never match their borders.
TEST(FrameReader, LongStreamInOddPieces) {
    FrameReader reader;
    base::ByteBuffer stream;
    for (std::uint32_t i = 0; i < 2000; ++i) base::append(stream, pdu(PduType::request, 24 + (i * 37) % 5800, i));
    std::uint32_t expected = 0;
    for (std::size_t at = 0; at < stream.size();) {
        const auto space = reader.read_space();
        ASSERT_FALSE(space.empty());
        const std::size_t count = std::min({space.size(), stream.size() - at, 1 + (at * 7) % 9001});
        std::copy_n(stream.begin() + static_cast<std::ptrdiff_t>(at), count, space.begin());
        reader.commit(count);
        at += count;
        for (auto frame = reader.next(); frame.status != Status::need_more; frame = reader.next()) {
            ASSERT_EQ(frame.status, Status::frame);
            ASSERT_EQ(frame.header.call_id, expected++);
        }
    }
    EXPECT_EQ(expected, 2000U);
}

// What an idle connection holds, and that a stream of full fragments is not read in small pieces.
TEST(FrameReader, BufferFollowsTheTraffic) {
    FrameReader reader;
    const std::size_t small = reader.read_space().size();
    EXPECT_LE(small, 4096U);
    const auto call = pdu(PduType::request, 100);
    feed(reader, call);
    ASSERT_EQ(reader.next().status, Status::frame);
    EXPECT_EQ(reader.read_space().size(), small);
    feed(reader, pdu(PduType::request, 5840));
    ASSERT_EQ(reader.next().status, Status::frame);
    base::ByteBuffer burst;
    for (int i = 0; i < 8; ++i) base::append(burst, pdu(PduType::request, 5840));
    feed(reader, burst);
    for (int i = 0; i < 8; ++i) ASSERT_EQ(reader.next().status, Status::frame);
    EXPECT_GE(reader.read_space().size(), 64U << 10U);
    feed(reader, call);
    ASSERT_EQ(reader.next().status, Status::frame);
    EXPECT_EQ(reader.read_space().size(), small) << "what came last was small";
}

TEST(FrameReader, HostileLengths) {
    for (const std::size_t length : {0U, 1U, 15U}) {
        FrameReader reader;
        feed(reader, pdu(PduType::request, length));
        EXPECT_EQ(reader.next().status, Status::bad_length) << length;
    }
    FrameReader reader;
    feed(reader, base::ByteView(pdu(PduType::request, base::limits::kMaxFragmentBytes + 1)).first(16));
    EXPECT_EQ(reader.next().status, Status::bad_length) << "judged by the header alone";
}

TEST(FrameReader, NegotiatedLimitBindsRequestsButNotTokens) {
    FrameReader reader;
    reader.set_max_fragment(1432);
    feed(reader, pdu(PduType::auth3, 9000));
    EXPECT_EQ(reader.next().status, Status::frame);
    feed(reader, pdu(PduType::request, 1432));
    EXPECT_EQ(reader.next().status, Status::frame);
    feed(reader, pdu(PduType::request, 1440));
    EXPECT_EQ(reader.next().status, Status::bad_length);

    FrameReader huge;
    feed(huge, base::ByteView(pdu(PduType::bind, 65535)).first(16));
    EXPECT_EQ(huge.next().status, Status::bad_length);
}

TEST(FrameReader, VersionAndDataRepresentation) {
    for (const auto& [at, value, status] : {std::tuple{0, 4, Status::bad_version}, std::tuple{1, 1, Status::bad_version},
                                            std::tuple{4, 0x30, Status::bad_drep}}) {
        auto bytes = pdu(PduType::bind, 72);
        bytes[static_cast<std::size_t>(at)] = static_cast<std::byte>(value);
        FrameReader reader;
        feed(reader, bytes);
        EXPECT_EQ(reader.next().status, status) << at;
    }
}

}  // namespace
}  // namespace dcerpc
