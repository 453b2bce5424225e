#include "tools/print_client/json_call.h"

#include "dcerpc/ndr/dumper.h"
#include "dcerpc/ndr/encoder.h"
#include "dcerpc/ndr/sampler.h"
#include "tools/print_client/json_blobs.h"
#include "wire/winspool/operations.h"
#include "wire/winspool/types.h"

#include <gtest/gtest.h>

namespace {

using nlohmann::json;
using print_client::JsonReader;
using print_client::JsonWriter;
using wire::winspool::SetPrinter;

// Fills the operation's In from `values`; the dump of it, or the complaint.
std::string filled(std::string_view operation, const json& values) {
    ndr::Arena arena;
    const ndr::OperationInfo* info = print_client::find_operation(operation);
    if (info == nullptr) return "no such operation";
    static const ndr::ContextHandle kHandle{0, {1, 2, 3, {4}}};
    JsonReader reader(values, arena, [](const std::string& name) { return name == "h" ? &kHandle : nullptr; });
    void* in = info->codec->in.make(arena);
    info->codec->in.map(reader, nullptr, in);
    if (const auto done = reader.finish(); !done) return done.error().text();
    base::ByteBuffer stub;
    ndr::Encoder encoder(stub, ndr::Syntax::ndr64);
    info->codec->in.encode(encoder, nullptr, in);
    if (encoder.fault() != 0) return std::string("does not encode: ") + std::string(encoder.where());
    ndr::Dumper dumper;
    info->codec->in.map(dumper, nullptr, in);
    return dumper.text();
}

TEST(JsonReader, FillsContainersWithoutTheirUnions) {
    const json flat = {{"hPrinter", "h"}, {"pFormInfoContainer", {{"Level", 1}, {"Name", "x"}, {"Size", {{"cx", 1}, {"cy", "0x2"}}}}}};
    const json whole = {
        {"hPrinter", "h"},
        {"pFormInfoContainer", {{"Level", 1}, {"FormInfo", {{"pFormInfo1", {{"pName", "x"}, {"Size", {{"cx", 1}, {"cy", 2}}}}}}}}}};
    EXPECT_EQ(filled("AddForm", flat), filled("AddForm", whole));
    EXPECT_NE(filled("AddForm", flat).find("pName = \"x\""), std::string::npos) << filled("AddForm", flat);
    EXPECT_NE(filled("AddForm", flat).find("cy = 2"), std::string::npos);
}

TEST(JsonReader, CountsFollowFromArrays) {
    const std::string text = filled("WritePrinter", {{"hPrinter", "h"}, {"buf", "four"}});
    EXPECT_NE(text.find("cbBuf = 4"), std::string::npos) << text;
    const json driver = {{"Level", 3}, {"Name", "d"}, {"DependentFiles", {"a", "bc"}}};
    const std::string lists = filled("AddPrinterDriver", {{"pDriverContainer", driver}});
    EXPECT_NE(lists.find("cchDependentFiles = 6"), std::string::npos) << lists;  // "a", "bc" and the end of the list
}

TEST(JsonReader, SaysWhatDoesNotFit) {
    EXPECT_EQ(filled("GetPrinter", {{"hPrinter", "h"}, {"Levle", 1}}), "no parameter takes \"Levle\"");
    EXPECT_EQ(filled("GetPrinter", {{"hPrinter", "g"}}), "hPrinter: no handle of the name \"g\"");
    EXPECT_EQ(filled("GetPrinter", {{"hPrinter", "h"}, {"Level", "two"}}), "Level: neither a number nor a known name: two");
    const json form = {{"Level", 1}, {"Nmae", "x"}};
    EXPECT_EQ(filled("AddForm", {{"hPrinter", "h"}, {"pFormInfoContainer", form}}), "no parameter takes \"pFormInfoContainer.Nmae\"");
    EXPECT_EQ(filled("SetJob", {{"hPrinter", "h"}, {"Command", {1, 2}}, {"JobId", json::object()}}).substr(0, 6), "hPrint");
}

TEST(JsonReader, TimesAndNames) {
    const json job = {{"Level", 1}, {"JobId", 1}, {"Submitted", "2026-11-21T13:00:05.250Z"}};
    const std::string text =
        filled("SetJob", {{"hPrinter", "h"}, {"JobId", 1}, {"Command", "JOB_CONTROL_RELEASE"}, {"pJobContainer", job}});
    EXPECT_NE(text.find("wHour = 13"), std::string::npos) << text;
    EXPECT_NE(text.find("wMilliseconds = 250"), std::string::npos);
    EXPECT_NE(text.find("Command = 9"), std::string::npos);
}

// What the writer says of any value, the reader understands: random requests come back the same, whatever their unions and lists hold.
TEST(JsonWriter, TheReaderUnderstandsIt) {
    std::size_t compared = 0;
    for (const ndr::OperationInfo& operation : wire::winspool::operations()) {
        for (std::uint64_t seed = 1; seed <= 5; ++seed) {
            ndr::Arena arena;
            ndr::Sampler sampler(seed, arena);
            void* in = operation.codec->in.make(arena);
            operation.codec->in.sample(sampler, nullptr, in);
            std::vector<ndr::ContextHandle> handles;
            JsonWriter writer([&handles](const ndr::ContextHandle& handle) {
                handles.push_back(handle);
                return std::to_string(handles.size() - 1);
            });
            operation.codec->in.map(writer, nullptr, in);
            JsonReader reader(writer.value(), arena, [&handles](const std::string& name) { return &handles[std::stoul(name)]; });
            void* again = operation.codec->in.make(arena);
            operation.codec->in.map(reader, nullptr, again);
            const auto done = reader.finish();
            EXPECT_TRUE(done) << operation.codec->name << " " << writer.value().dump() << (done ? "" : done.error().text());
            JsonWriter second([&handles](const ndr::ContextHandle& handle) {
                return std::to_string(std::find(handles.begin(), handles.end(), handle) - handles.begin());
            });
            operation.codec->in.map(second, nullptr, again);
            // Buffers of characters are shown as text, without the NULs at their end.
            if (writer.value().dump().find("\"cch") != std::string::npos) continue;
            EXPECT_EQ(second.value(), writer.value()) << operation.codec->name;
            ++compared;
        }
    }
    EXPECT_GT(compared, wire::winspool::operations().size() * 4);
}

TEST(JsonBlobs, DevmodeComesBack) {
    const json members = {{"dmDeviceName", "x"}, {"dmCopies", 2}, {"dmFields", 0x100}, {"dmDriverData", "0102"}};
    const auto bytes = print_client::devmode_bytes(members);
    ASSERT_TRUE(bytes);
    EXPECT_EQ(bytes->size(), 222U);
    const json back = print_client::devmode_json(*bytes);
    EXPECT_EQ(back["dmCopies"], 2);
    EXPECT_EQ(back["dmDriverExtra"], 2);
    EXPECT_EQ(print_client::devmode_bytes(back).value_or(base::ByteBuffer()), *bytes);
    EXPECT_FALSE(print_client::devmode_bytes({{"dmCopy", 1}}));
    EXPECT_TRUE(print_client::devmode_json(base::ByteView(*bytes).first(100)).is_null());
}

TEST(JsonBlobs, RegistryValuesComeBack) {
    const std::pair<std::uint64_t, json> values[] = {{1, "tëxt"},        {4, 0x12345678},       {7, json::array({"a", "b"})},
                                                     {7, json::array()}, {11, 0x123456789ABCU}, {3, {{"hex", "00ff"}}}};
    for (const auto& [type, value] : values) {
        const auto bytes = print_client::registry_bytes(type, value);
        ASSERT_TRUE(bytes) << value;
        EXPECT_EQ(print_client::registry_json(type, *bytes), value);
    }
}

TEST(JsonBlobs, DescriptorsWithBytesBehind) {
    auto bytes = print_client::to_bytes_value("pSecurity", "O:BAG:BAD:(A;;0x20008;;;WD)");
    ASSERT_TRUE(bytes);
    bytes->resize(bytes->size() + 50);
    EXPECT_EQ(print_client::security_json(*bytes), "O:BAG:BAD:(A;;0x20008;;;WD)");
}

}  // namespace
