// Writes the corpora of the fuzz targets "operations" and "codec": make_fuzz_corpus tests/fuzz/corpus
// One valid request of each operation, sampled, behind an opened printer; scenarios that belong together; messages of the codec.
#include "base/log.h"
#include "dcerpc/ndr/dumper.h"
#include "dcerpc/ndr/encoder.h"
#include "dcerpc/ndr/sampler.h"
#include "tests/fuzz/make_corpus_script.h"
#include "wire/epm/operations.h"
#include "wire/mgmt/operations.h"
#include "wire/winspool/operations.h"

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <regex>

namespace fuzz {
namespace {

constexpr const char* kTargetNames[] = {"par", "rprn", "epm", "mgmt"};
constexpr const char* kEncodingNames[] = {"ndr20", "big", "ndr64"};
constexpr std::size_t kMostStubBytes = 4096;

bool write_file(const std::filesystem::path& path, const base::ByteBuffer& bytes) {
    std::ofstream out(path, std::ios::binary);
    out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    return out.good();
}

std::span<const ndr::OperationInfo> operations_of(Target target) {
    if (target == Target::epm) return wire::epm::operations();
    if (target == Target::mgmt) return wire::mgmt::operations();
    return wire::winspool::operations();
}

const ndr::OperationInfo* find_operation(Target target, std::uint8_t opnum) {
    for (const ndr::OperationInfo& operation : operations_of(target)) {
        if (operation.opnums[target == Target::rprn ? 1 : 0] == opnum) return &operation;
    }
    return nullptr;
}

base::ByteBuffer guid_bytes(const base::Guid& guid) {
    base::ByteBuffer bytes;
    base::ByteWriter writer(bytes);
    writer.u32(guid.data1);
    writer.u16(guid.data2);
    writer.u16(guid.data3);
    for (const std::uint8_t octet : guid.data4) writer.u8(octet);
    return bytes;
}

base::ByteBuffer encode(const ndr::ValueCodec& codec, const void* in, void* value, ndr::Syntax syntax, base::ByteOrder order) {
    base::ByteBuffer stub;
    ndr::Encoder encoder(stub, syntax, order);
    codec.encode(encoder, in, value);
    if (encoder.fault() != 0) stub.clear();
    return stub;
}

// Where the first context handle is in the stub, in units of four bytes: the dump tells its UUID, the little-endian form its place.
std::uint8_t handle_place(const ndr::ValueCodec& codec, void* value, ndr::Syntax syntax) {
    ndr::Dumper dumper;
    codec.map(dumper, nullptr, value);
    static const std::regex kHandle("= 0:([0-9a-fA-F-]{36})");
    std::smatch match;
    if (!std::regex_search(dumper.text(), match, kHandle)) return Record::kNoHandle;
    const auto guid = base::parse_guid(match[1].str());
    if (!guid) return Record::kNoHandle;
    const base::ByteBuffer wanted = guid_bytes(*guid);
    const base::ByteBuffer stub = encode(codec, nullptr, value, syntax, base::ByteOrder::little);
    const auto found = std::search(stub.begin(), stub.end(), wanted.begin(), wanted.end());
    const auto offset = static_cast<std::size_t>(found - stub.begin());
    return found == stub.end() || offset < 4 || offset / 4 > 254 ? Record::kNoHandle : static_cast<std::uint8_t>((offset - 4) / 4);
}

// Adds a sampled request that enters its handler; false when none was found.
bool add_sample(Script& script, Target target, Encoding encoding, std::uint8_t opnum) {
    const ndr::OperationInfo* operation = find_operation(target, opnum);
    if (operation == nullptr) return false;
    const ndr::ValueCodec& codec = operation->codec->in;
    for (std::uint64_t seed = 1; seed < 2000; ++seed) {
        ndr::Arena arena;
        ndr::Sampler sampler(seed, arena);
        void* value = codec.make(arena);
        codec.sample(sampler, nullptr, value);
        Record record = script.record(opnum);
        record.handle_at = handle_place(codec, value, script.syntax());
        const base::ByteBuffer stub = encode(codec, nullptr, value, script.syntax(), script.order());
        if (stub.size() > kMostStubBytes) continue;
        record.stub = stub;
        // In a world of its own: what is kept is only the one that works.
        Script trial(target, encoding);
        if (target == Target::par || target == Target::rprn) (void)open_printer(trial, "\\\\localhost\\Fuzz", 0xF000C);
        if (!trial.play(record).entered) continue;
        (void)script.play(record);
        return true;
    }
    return false;
}

bool write_samples(const std::filesystem::path& directory) {
    bool complete = true;
    for (std::size_t target = 0; target < kTargets; ++target) {
        for (const std::uint8_t opnum : World::opnums(static_cast<Target>(target))) {
            base::ByteBuffer input;
            for (std::size_t encoding = 0; encoding < kEncodings; ++encoding) {
                Script script(static_cast<Target>(target), static_cast<Encoding>(encoding));
                if (target < 2) (void)open_printer(script, "\\\\localhost\\Fuzz", 0xF000C);
                if (!add_sample(script, static_cast<Target>(target), static_cast<Encoding>(encoding), opnum)) {
                    complete = false;
                    (void)std::fprintf(stderr, "no sample enters %s %u in %s\n", kTargetNames[target], unsigned{opnum}, kEncodingNames[encoding]);
                }
                base::append(input, script.input());
            }
            const std::string name = std::string("op_") + kTargetNames[target] + "_" + std::to_string(opnum);
            complete = write_file(directory / name, input) && complete;
        }
    }
    return complete;
}

bool write_scenarios(const std::filesystem::path& directory, Target target, const std::vector<NamedScenario>& scenarios) {
    bool complete = true;
    for (const NamedScenario& scenario : scenarios) {
        for (std::size_t encoding = 0; encoding < kEncodings; ++encoding) {
            Script script(target, static_cast<Encoding>(encoding));
            scenario.play(script);
            const std::string name =
                std::string("do_") + scenario.name + "_" + kTargetNames[static_cast<std::size_t>(target)] + "_" + kEncodingNames[encoding];
            complete = write_file(directory / name, script.input()) && complete;
        }
    }
    return complete;
}

// One request and one reply of each operation, the encodings in turn. See the generated fuzz_ops for the four control bytes.
bool write_codec(const std::filesystem::path& directory) {
    bool complete = true;
    for (const Target target : {Target::par, Target::epm, Target::mgmt}) {
        const auto operations = operations_of(target);
        for (std::size_t index = 0; index < operations.size(); ++index) {
            for (const bool request : {true, false}) {
                const auto seed = static_cast<std::uint8_t>(index);
                const bool ndr64 = (index + (request ? 1 : 0)) % 2 == 0;
                const bool big = !ndr64 && index % 3 == 0;
                ndr::Arena arena;
                ndr::Sampler sampler(seed, arena);
                const ndr::OperationCodec& codec = *operations[index].codec;
                void* in = codec.in.make(arena);
                codec.in.sample(sampler, nullptr, in);
                void* out = codec.out.make(arena);
                if (!request) codec.out.sample(sampler, in, out);
                const auto syntax = ndr64 ? ndr::Syntax::ndr64 : ndr::Syntax::ndr20;
                const auto order = big ? base::ByteOrder::big : base::ByteOrder::little;
                const base::ByteBuffer stub =
                    request ? encode(codec.in, nullptr, in, syntax, order) : encode(codec.out, in, out, syntax, order);
                base::ByteBuffer input;
                base::ByteWriter writer(input);
                writer.u8(target == Target::par ? std::uint8_t{0} : static_cast<std::uint8_t>(4 + static_cast<unsigned>(target)));
                writer.u8(seed);
                writer.u8(static_cast<std::uint8_t>((ndr64 ? 1U : 0U) | (big ? 2U : 0U)));
                writer.u8(request ? 1 : 0);
                writer.u8(seed);
                writer.bytes(stub);
                const std::string name = std::string(operations[index].codec->name) + (request ? "_in" : "_out");
                complete = write_file(directory / name, input) && complete;
            }
        }
    }
    return complete;
}

}  // namespace
}  // namespace fuzz

int main(int argc, char** argv) {
    if (argc != 2) {
        (void)std::fprintf(stderr, "usage: make_fuzz_corpus CORPUS_DIRECTORY\n");
        return 2;
    }
    base::log::configure("", base::log::Level::error);
    const std::filesystem::path root = argv[1];
    for (const char* name : {"operations", "codec"}) {
        std::filesystem::remove_all(root / name);
        std::filesystem::create_directories(root / name);
    }
    bool complete = fuzz::write_codec(root / "codec");
    complete = fuzz::write_samples(root / "operations") && complete;
    for (const fuzz::Target target : {fuzz::Target::par, fuzz::Target::rprn}) {
        complete = fuzz::write_scenarios(root / "operations", target, fuzz::printing_scenarios()) && complete;
    }
    complete = fuzz::write_scenarios(root / "operations", fuzz::Target::epm, fuzz::mapper_scenarios()) && complete;
    return complete ? 0 : 1;
}
