#include "server/worker_protocol.h"

#include "base/limits.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <functional>

namespace server {
namespace {

using nlohmann::json;

spooler::DriverPackage package() {
    spooler::DriverPackage result;
    result.id = "a.inf_amd64_0123456789abcdef";
    result.inf_name = "a.inf";
    result.catalog_file = "a.cat";
    result.provider = "Ä";
    result.files = {{"a.inf", 10, std::string(64, 'a')}, {"amd64/a.dll", 20, std::string(64, 'b')}};
    spooler::PackageDriver driver;
    driver.driver.name = "Acme";
    driver.driver.environment = "Windows x64";
    driver.driver.driver_path = driver.driver.config_file = driver.driver.data_file = "a.dll";
    driver.driver.dependent_files = {"b.dll"};
    driver.driver.core_dependencies = {"{D20EA372-DD35-4950-9ED8-A6335AFE79F0}"};
    driver.driver.attributes = 1;
    driver.driver.date.ticks = 7;
    driver.files = {{"a.dll", "amd64/a.dll", spooler::PackageFileRole::driver}};
    result.drivers = {driver};
    spooler::CoreDriver core;
    core.guid = "{11111111-2222-3333-4444-555555555555}";
    core.environment = "Windows x64";
    core.files = {{"a.dll", "amd64/a.dll", spooler::PackageFileRole::driver}};
    result.core_drivers = {core};
    result.signature = spooler::PackageSignature::untrusted;
    result.notes = {"odd"};
    return result;
}

std::string reply_text(const std::function<void(json&)>& change = [](json&) {}) {
    WorkerReply reply;
    reply.success = true;
    reply.package = package();
    json document = json::parse(encode(reply));
    change(document);
    return document.dump();
}

TEST(WorkerProtocol, BothDirectionsKeepEverything) {
    const auto reply = decode_worker_reply(reply_text());
    ASSERT_TRUE(reply) << reply.error().to_string();
    ASSERT_TRUE(reply->package);
    EXPECT_EQ(*reply->package, package());

    WorkerRequest request;
    request.role = WorkerRequest::Role::pack;
    request.directory = "/a";
    request.inf_name = "b.inf";
    request.cabinet = "/c.cab";
    request.trust_files = {"/t.pem"};
    request.trust_directories = {"/t"};
    request.allow_sha1 = true;
    request.timeout_ms = 5;
    request.room_bytes = 6;
    const auto same = decode_worker_request(encode(request));
    ASSERT_TRUE(same);
    EXPECT_EQ(*same, request);
    EXPECT_FALSE(decode_worker_request("{}"));
    EXPECT_FALSE(decode_worker_request("[]"));
}

TEST(WorkerProtocol, ErrorsHaveOnlyKnownCodes) {
    WorkerReply reply;
    reply.error = base::Error(base::Win32::file_not_found, "x.dll");
    EXPECT_EQ(decode_worker_reply(encode(reply))->error.code(), base::Win32::file_not_found);
    EXPECT_EQ(decode_worker_reply(encode(reply))->error.text(), "x.dll");
    for (const base::Win32 code : {base::Win32::success, base::Win32::insufficient_buffer, static_cast<base::Win32>(0xFFFFFFFF)}) {
        reply.error = base::Error(code, "x");
        EXPECT_EQ(decode_worker_reply(encode(reply))->error.code(), base::Win32::gen_failure);
    }
}

// What does not fit is cut, and never to a text that the other side refuses.
TEST(WorkerProtocol, LongErrorsAreCutBetweenCharacters) {
    for (const std::string& start : {std::string(), std::string("x"), std::string("\xFF")}) {
        std::string text = start;
        while (text.size() < 2 * base::limits::kMaxWorkerTextBytes) text += "ü\xE2\x82\xAC";
        WorkerReply reply;
        reply.error = base::Error(base::Win32::invalid_data, text);
        const auto same = decode_worker_reply(encode(reply));
        ASSERT_TRUE(same) << same.error().to_string();
        EXPECT_EQ(same->error.code(), base::Win32::invalid_data);
        EXPECT_GT(same->error.text().size(), base::limits::kMaxWorkerTextBytes - 3);
    }
}

// A worker that was taken over: each lie is refused.
TEST(WorkerProtocol, NothingIsBelieved) {
    const auto accepted = [](const std::function<void(json&)>& change) { return decode_worker_reply(reply_text(change)).has_value(); };
    ASSERT_TRUE(accepted([](json&) {}));
    const std::vector<std::function<void(json&)>> lies{
        [](json& d) { d.erase("success"); },
        [](json& d) { d["success"] = 1; },
        [](json& d) { d["warnings"] = std::vector<std::string>(base::limits::kMaxWorkerWarnings + 1, "w"); },
        [](json& d) { d["package"] = 5; },
        [](json& d) { d["package"]["id"] = "../../etc"; },
        [](json& d) { d["package"]["id"] = ""; },
        [](json& d) { d["package"]["inf_name"] = "a/b.inf"; },
        [](json& d) { d["package"]["catalog_file"] = "..\\a.cat"; },
        [](json& d) { d["package"]["signature"] = 4; },
        [](json& d) { d["package"]["signature"] = -1; },
        [](json& d) { d["package"]["provider"] = std::string(base::limits::kMaxWorkerTextBytes + 1, 'p'); },
        [](json& d) { d["package"]["provider"] = std::string("a\0b", 3); },
        [](json& d) { d["package"]["notes"] = std::vector<std::string>(base::limits::kMaxPackageNotes + 1, "n"); },
        [](json& d) { d["package"].erase("files"); },
        [](json& d) { d["package"]["files"][0]["path"] = "/etc/passwd"; },
        [](json& d) { d["package"]["files"][0]["path"] = "a/../b"; },
        [](json& d) { d["package"]["files"][0]["path"] = ""; },
        [](json& d) { d["package"]["files"][0]["sha256"] = "abc"; },
        [](json& d) { d["package"]["files"][0]["size"] = base::limits::kMaxPackageBytes + 1; },
        [](json& d) { d["package"]["files"][0]["size"] = -1; },
        [](json& d) { d["package"]["files"][1] = d["package"]["files"][0]; },
        [](json& d) { d["package"]["files"] = json(std::vector<json>(base::limits::kMaxPackageFiles + 1, d["package"]["files"][0])); },
        [](json& d) { d["package"]["drivers"][0]["name"] = ""; },
        [](json& d) { d["package"]["drivers"][0]["name"] = std::string(base::limits::kMaxNameChars, 'n'); },
        [](json& d) { d["package"]["drivers"][0]["environment"] = "Windows Mars"; },
        [](json& d) { d["package"]["drivers"][0]["version"] = 2; },
        [](json& d) { d["package"]["drivers"][0]["version"] = 0x100000003; },
        [](json& d) { d["package"]["drivers"][0]["driver_path"] = "..\\..\\a.dll"; },
        [](json& d) { d["package"]["drivers"][0]["help_file"] = "c:a.hlp"; },
        [](json& d) { d["package"]["drivers"][0]["dependent_files"][0] = "\\\\host\\a.dll"; },
        [](json& d) { d["package"]["drivers"][0]["dependent_files"][0] = 7; },
        [](json& d) { d["package"]["drivers"][0]["core_dependencies"][0] = "UNIDRV"; },
        [](json& d) { d["package"]["drivers"][0]["files"][0][1] = "not/listed.dll"; },
        [](json& d) { d["package"]["drivers"][0]["files"][0][0] = "a/b"; },
        [](json& d) { d["package"]["drivers"][0]["files"][0][2] = 6; },
        [](json& d) { d["package"]["drivers"][0]["files"][0] = "a"; },
        [](json& d) { d["package"]["core_drivers"][0]["guid"] = "x"; },
        [](json& d) { d["package"]["core_drivers"][0]["environment"] = "x"; },
        [](json& d) { d["package"]["core_drivers"][0]["files"][0][1] = "x"; },
    };
    for (std::size_t i = 0; i < lies.size(); ++i) EXPECT_FALSE(accepted(lies[i])) << "lie " << i;
    EXPECT_FALSE(decode_worker_reply(""));
    EXPECT_FALSE(decode_worker_reply("{"));
    EXPECT_FALSE(decode_worker_reply(std::string(1'000'000, '[')));
    EXPECT_FALSE(decode_worker_reply(std::string(base::limits::kMaxWorkerReplyBytes + 1, ' ')));
}

}  // namespace
}  // namespace server
