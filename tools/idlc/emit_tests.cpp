#include "tools/idlc/cpp_names.h"
#include "tools/idlc/emit.h"

namespace idlc {

namespace {

GeneratedFile round_trips(const Job& job) {
    Text text;
    text.block(R"(
#include "tests/idlc/round_trip.h"
#include "wire/$service$/codec.h"
#include "wire/$service$/operations.h"

namespace wire::$service$ {

namespace {

// A structure as behind a top-level reference pointer.
template <class T, bool kDeep, class C>
void whole(C& c, const void*, void* value) {
    auto& v = *static_cast<T*>(value);
    scalars(c, v);
    if constexpr (kDeep) buffers(c, v);
}

template <class T, bool kDeep>
constexpr ndr::TypeCodec type_codec(std::string_view name) {
    return {name,
            {ndr::make_value<T>, whole<T, kDeep, ndr::Decoder>, whole<T, kDeep, ndr::Encoder>, whole<T, kDeep, ndr::Mapper>,
             whole<T, kDeep, ndr::Sampler>}};
}

const ndr::TypeCodec kTypes[] = {
)",
               {{"service", job.service.name}});
    text.indent();
    for (const Model::Compound* compound : reachable(job.model, job.service)) {
        if (!compound->structure) continue;
        const std::string& name = compound->structure->name;
        text.line("type_codec<" + name + ", " + (compound->structure->deferred ? "true" : "false") + ">(\"" + name + "\"),");
    }
    text.dedent();
    text.block(R"(
};

INSTANTIATE_TEST_SUITE_P($service$, TypeRoundTrip, testing::ValuesIn(kTypes), wire_test::type_name);
INSTANTIATE_TEST_SUITE_P($service$, OperationRoundTrip, testing::ValuesIn(operations().begin(), operations().end()), wire_test::operation_name);

}  // namespace

}  // namespace wire::$service$
)",
               {{"service", job.service.name}});
    return {"roundtrip_test.cpp",
            banner(job, "Every structure and operation of the " + job.service.name + " service there and back.") + text.str()};
}

GeneratedFile fuzz_header(const Job& job) {
    Text text;
    text.block(R"(
#pragma once

#include <cstddef>
#include <cstdint>

namespace wire::$service$ {

// Decodes `data` as the request or the reply of some operation; its first four bytes choose which, and how it is encoded. What decodes
// must encode again. Aborts if it does not. Always 0, as libFuzzer wants it.
int fuzz_ops(const std::uint8_t* data, std::size_t size);

}  // namespace wire::$service$
)",
               {{"service", job.service.name}});
    return {"fuzz_ops.h", banner(job, "Entry point for fuzzing the codec of the " + job.service.name + " service.") + text.str()};
}

GeneratedFile fuzz_source(const Job& job) {
    Text text;
    text.block(R"(
#include "wire/$service$/fuzz_ops.h"

#include "dcerpc/ndr/decoder.h"
#include "dcerpc/ndr/dumper.h"
#include "dcerpc/ndr/encoder.h"
#include "dcerpc/ndr/sampler.h"
#include "wire/$service$/operations.h"

#include <cstdlib>

namespace wire::$service$ {

namespace {

constexpr std::size_t kControlBytes = 4;

void decode_and_encode(const ndr::ValueCodec& codec, const void* in, ndr::Decoder& decoder, ndr::Syntax syntax, ndr::Arena& arena) {
    void* value = codec.make(arena);
    codec.decode(decoder, in, value);
    if (decoder.fault() != 0) return;
    ndr::Dumper dumper;
    codec.map(dumper, in, value);
    base::ByteBuffer again;
    ndr::Encoder encoder(again, syntax);
    codec.encode(encoder, in, value);
    if (encoder.fault() != 0) std::abort();
}

}  // namespace

int fuzz_ops(const std::uint8_t* data, std::size_t size) {
    if (size < kControlBytes) return 0;
    const ndr::OperationInfo& operation = operations()[data[0] % operations().size()];
    const ndr::Syntax syntax = (data[1] & 1U) != 0 ? ndr::Syntax::ndr64 : ndr::Syntax::ndr20;
    const bool big = syntax == ndr::Syntax::ndr20 && (data[1] & 2U) != 0;
    const base::ByteView stub = std::as_bytes(std::span<const std::uint8_t>(data, size)).subspan(kControlBytes);
    ndr::Arena arena(std::size_t{16} << 20U);
    ndr::Decoder decoder(stub, syntax, big ? base::ByteOrder::big : base::ByteOrder::little, arena);
    if ((data[2] & 1U) != 0) {
        decode_and_encode(operation.codec->in, nullptr, decoder, syntax, arena);
        return 0;
    }
    // The counts of a reply may be in the request.
    void* in = operation.codec->in.make(arena);
    ndr::Sampler sampler(data[3], arena);
    operation.codec->in.sample(sampler, nullptr, in);
    decode_and_encode(operation.codec->out, in, decoder, syntax, arena);
    return 0;
}

}  // namespace wire::$service$
)",
               {{"service", job.service.name}});
    return {"fuzz_ops.cpp", banner(job, "Entry point for fuzzing the codec of the " + job.service.name + " service.") + text.str()};
}

}  // namespace

std::vector<GeneratedFile> emit_tests(const Job& job) { return {round_trips(job), fuzz_header(job), fuzz_source(job)}; }

}  // namespace idlc
