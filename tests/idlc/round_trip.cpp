#include "tests/idlc/round_trip.h"

#include "dcerpc/ndr/decoder.h"
#include "dcerpc/ndr/dumper.h"
#include "dcerpc/ndr/encoder.h"
#include "dcerpc/ndr/sampler.h"

#include <algorithm>
#include <memory>
#include <random>

namespace wire_test {

namespace {

struct Form {
    const char* name;
    ndr::Syntax syntax;
    base::ByteOrder order;
};

constexpr Form kForms[] = {{"NDR20 little-endian", ndr::Syntax::ndr20, base::ByteOrder::little},
                           {"NDR20 big-endian", ndr::Syntax::ndr20, base::ByteOrder::big},
                           {"NDR64", ndr::Syntax::ndr64, base::ByteOrder::little}};

// A random value together with the request it belongs to.
struct Sample {
    Sample(const ndr::ValueCodec& codec_, const ndr::ValueCodec* in_codec, std::uint64_t seed) : codec(codec_) {
        ndr::Sampler sampler(seed, arena);
        if (in_codec != nullptr) {
            in = in_codec->make(arena);
            in_codec->sample(sampler, nullptr, in);
        }
        value = codec.make(arena);
        codec.sample(sampler, in, value);
    }

    const ndr::ValueCodec& codec;
    ndr::Arena arena;
    void* in = nullptr;
    void* value = nullptr;
};

std::string dump(const ndr::ValueCodec& codec, const void* in, void* value) {
    ndr::Dumper dumper;
    codec.map(dumper, in, value);
    return dumper.text();
}

base::ByteBuffer encode(const Sample& sample, const Form& form) {
    base::ByteBuffer bytes;
    ndr::Encoder encoder(bytes, form.syntax, form.order);
    sample.codec.encode(encoder, sample.in, sample.value);
    EXPECT_EQ(encoder.fault(), 0U) << "at " << encoder.where();
    return bytes;
}

struct Decoded {
    std::uint32_t fault = 0;
    std::string where;
    std::size_t position = 0;
    std::string dump;
    base::ByteBuffer again;  // encoded once more
    std::uint32_t again_fault = 0;
};

// The stub is copied to a block of exactly its size, so that a sanitizer sees every step beyond it.
Decoded decode(const Sample& sample, base::ByteView stub, const Form& form) {
    const auto exact = std::make_unique<std::byte[]>(stub.size());
    std::copy(stub.begin(), stub.end(), exact.get());
    ndr::Arena arena;
    ndr::Decoder decoder(base::ByteView(exact.get(), stub.size()), form.syntax, form.order, arena);
    void* value = sample.codec.make(arena);
    sample.codec.decode(decoder, sample.in, value);
    Decoded result;
    result.fault = decoder.fault();
    result.where = decoder.where();
    result.position = decoder.position();
    if (result.fault != 0) return result;
    result.dump = dump(sample.codec, sample.in, value);
    ndr::Encoder encoder(result.again, form.syntax, form.order);
    sample.codec.encode(encoder, sample.in, value);
    result.again_fault = encoder.fault();
    return result;
}

}  // namespace

void there_and_back(const ndr::ValueCodec& codec, const ndr::ValueCodec* in_codec) {
    for (std::uint64_t seed = 1; seed <= 24; ++seed) {
        const Sample sample(codec, in_codec, seed);
        const std::string expected = dump(codec, sample.in, sample.value);
        for (const Form& form : kForms) {
            SCOPED_TRACE(std::string(form.name) + ", seed " + std::to_string(seed));
            const base::ByteBuffer bytes = encode(sample, form);
            const Decoded decoded = decode(sample, bytes, form);
            ASSERT_EQ(decoded.fault, 0U) << "at " << decoded.where;
            EXPECT_EQ(decoded.position, bytes.size());
            EXPECT_EQ(decoded.dump, expected);
            EXPECT_EQ(decoded.again, bytes);
        }
    }
}

void truncated(const ndr::ValueCodec& codec, const ndr::ValueCodec* in_codec) {
    for (std::uint64_t seed = 100; seed < 103; ++seed) {
        const Sample sample(codec, in_codec, seed);
        const std::string expected = dump(codec, sample.in, sample.value);
        for (const Form& form : kForms) {
            const base::ByteBuffer bytes = encode(sample, form);
            const std::size_t step = 1 + bytes.size() / 256;
            for (std::size_t size = 0; size < bytes.size(); size += step) {
                const Decoded decoded = decode(sample, base::ByteView(bytes).first(size), form);
                if (decoded.fault != 0) continue;
                // Only padding at the end may be missing.
                ASSERT_LT(bytes.size() - size, 8U) << form.name << ", seed " << seed;
                ASSERT_EQ(decoded.dump, expected) << form.name << ", seed " << seed;
            }
        }
    }
}

void damaged(const ndr::ValueCodec& codec, const ndr::ValueCodec* in_codec) {
    std::mt19937 random(4711);
    for (std::uint64_t seed = 200; seed < 204; ++seed) {
        const Sample sample(codec, in_codec, seed);
        for (const Form& form : kForms) {
            const base::ByteBuffer bytes = encode(sample, form);
            if (bytes.empty()) continue;
            for (int round = 0; round < 40; ++round) {
                base::ByteBuffer bad = bytes;
                for (auto changes = 1 + random() % 3; changes > 0; --changes)
                    bad[random() % bad.size()] = static_cast<std::byte>(random() & 0xFFU);
                const Decoded decoded = decode(sample, bad, form);
                // Whatever is accepted is consistent: it can be sent on.
                if (decoded.fault == 0) {
                    EXPECT_EQ(decoded.again_fault, 0U) << form.name << ", seed " << seed;
                } else {
                    EXPECT_FALSE(decoded.where.empty());
                }
            }
        }
    }
}

}  // namespace wire_test

TEST_P(TypeRoundTrip, ThereAndBack) { wire_test::there_and_back(GetParam().value, nullptr); }
TEST_P(TypeRoundTrip, Truncated) { wire_test::truncated(GetParam().value, nullptr); }
TEST_P(TypeRoundTrip, Damaged) { wire_test::damaged(GetParam().value, nullptr); }

TEST_P(OperationRoundTrip, RequestThereAndBack) { wire_test::there_and_back(GetParam().codec->in, nullptr); }
TEST_P(OperationRoundTrip, ReplyThereAndBack) { wire_test::there_and_back(GetParam().codec->out, &GetParam().codec->in); }
TEST_P(OperationRoundTrip, RequestTruncated) { wire_test::truncated(GetParam().codec->in, nullptr); }
TEST_P(OperationRoundTrip, ReplyTruncated) { wire_test::truncated(GetParam().codec->out, &GetParam().codec->in); }
TEST_P(OperationRoundTrip, RequestDamaged) { wire_test::damaged(GetParam().codec->in, nullptr); }
TEST_P(OperationRoundTrip, ReplyDamaged) { wire_test::damaged(GetParam().codec->out, &GetParam().codec->in); }
