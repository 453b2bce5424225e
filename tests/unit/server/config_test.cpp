#include "server/config.h"
#include "server/demo.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <set>
#include <sstream>

namespace server {
namespace {

std::string read_file(const std::string& path) {
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

std::string error_of(std::string_view text) {
    const auto config = parse_config(text, "test.json");
    return config ? "(accepted)" : config.error().text();
}

TEST(Config, EmptyObjectGivesTheDefaults) {
    const auto config = parse_config("{}", "test.json");
    ASSERT_TRUE(config) << config.error().text();
    EXPECT_EQ(config->listen.endpoint_mapper_port, 135);
    EXPECT_EQ(config->security.minimum_level_par, 6);
    EXPECT_EQ(config->security.minimum_level_rprn, 6);
    EXPECT_FALSE(config->file_ports.enabled);
    EXPECT_EQ(config->listen.addresses, (std::vector<std::string>{"0.0.0.0", "::"}));
}

// Defaults are stated twice, for people in the schema and for the program in config.h: they must agree.
TEST(Config, SchemaDefaultsAreTheProgramsDefaults) {
    const auto schema = nlohmann::json::parse(config_schema());
    nlohmann::json stated;
    for (const auto& section : schema["properties"].items()) {
        if (!section.value().contains("properties")) continue;
        for (const auto& key : section.value()["properties"].items()) {
            ASSERT_TRUE(key.value().contains("default")) << section.key() << "." << key.key();
            stated[section.key()][key.key()] = key.value()["default"];
        }
    }
    const auto spelled_out = parse_config(stated.dump(), "schema defaults");
    ASSERT_TRUE(spelled_out) << spelled_out.error().text();
    const auto implied = parse_config("{}", "empty");
    ASSERT_TRUE(implied);
    EXPECT_TRUE(changes_needing_restart(*spelled_out, *implied).empty());
    EXPECT_EQ(spelled_out->storage.spool_min_free_bytes, implied->storage.spool_min_free_bytes);
    EXPECT_EQ(spelled_out->storage.job_quota_bytes, implied->storage.job_quota_bytes);
    EXPECT_EQ(spelled_out->log.level, implied->log.level);
    EXPECT_EQ(spelled_out->process.shutdown_timeout_ms, implied->process.shutdown_timeout_ms);
    EXPECT_EQ(spelled_out->server.minimum_client_build, implied->server.minimum_client_build);
}

struct Refusal {
    const char* text;
    const char* expected;                                          // beginning of the first line of the error
};

class ConfigRefusal : public testing::TestWithParam<Refusal> {};

TEST_P(ConfigRefusal, NamesFileLineAndPointer) {
    const std::string error = error_of(GetParam().text);
    EXPECT_EQ(error.substr(0, std::string(GetParam().expected).size()), GetParam().expected) << error;
}

INSTANTIATE_TEST_SUITE_P(
    Table, ConfigRefusal,
    testing::Values(
        Refusal{"", "test.json:1: : "}, Refusal{"{\n\"listen\": {,}}", "test.json:2: /listen"},
        Refusal{"{\n\n\"lissten\": {}}", "test.json:1: /: "},
        Refusal{"{\"listen\": {\n\"rpc_port\": 1,\n\"rpc_port\": 2}}", "test.json:3: /listen/rpc_port: key \"rpc_port\" appears twice"},
        Refusal{"{\"listen\": {\n\"rpc_port\": 70000}}", "test.json:2: /listen/rpc_port: "},
        Refusal{"{\"listen\": {\n\"rpc_port\": \"1\"}}", "test.json:2: /listen/rpc_port: "},
        Refusal{"{\"listen\": {\"addresses\": [\"127.0.0.1\",\n\"printer\"]}}",
                "test.json:2: /listen/addresses/1: not an IPv4 or IPv6 address"},
        Refusal{"{\"listen\": {\"addresses\": [\"::1\",\n\"::1\"]}}", "test.json:2: /listen/addresses/1: listed twice"},
        Refusal{"{\"listen\": {\"endpoint_mapper_port\": 135,\n\"rpc_port\": 135}}",
                "test.json:2: /listen/rpc_port: the same as endpoint_mapper_port"},
        Refusal{"{\"storage\": {\n\"directory\": \"var\"}}", "test.json:2: /storage/directory: "},
        Refusal{"{\"security\": {\n\"server_security\": \"D:(X)\"}}", "test.json:2: /security/server_security: "},
        Refusal{"{\"security\": {\n\"server_security\": \"O:BA\"}}", "test.json:2: /security/server_security: has no DACL"},
        Refusal{"{\"ports\": [\n{\"name\": \"A\", \"monitor\": \"Standard TCP/IP Port\"}]}", "test.json:2: /ports/0: needs \"host\""},
        Refusal{"{\"ports\": [{\"name\": \"A\", \"monitor\": \"Null Port\"},\n{\"name\": \"a\", \"monitor\": \"Null Port\"}]}",
                "test.json:2: /ports/1/name: \"a\" is used twice"},
        Refusal{"{\"ports\": [\n{\"name\": \"F\", \"monitor\": \"Local Port\", \"directory\": \"/x\"}]}",
                "test.json:2: /ports/0: file ports are off"},
        Refusal{"{\"file_ports\": {\"enabled\": true, \"directories\": [\"/srv\"]},\n\"ports\": [\n"
                "{\"name\": \"F\", \"monitor\": \"Local Port\", \"directory\": \"/srvx\"}]}",
                "test.json:3: /ports/0/directory: is below none of"},
        Refusal{"{\"printers\": [{\"name\": \"A\", \"port\": \"P\", \"driver\": \"D\"},\n"
                "{\"name\": \"B\", \"port\": \"P\", \"driver\": \"D\", \"share_name\": \"x\"},\n"
                "{\"name\": \"C\", \"port\": \"P\", \"driver\": \"D\", \"share_name\": \"X\"}]}",
                "test.json:3: /printers/2/share_name: \"X\" is used twice"},
        Refusal{"{\"printers\": [\n{\"name\": \"A,B\", \"port\": \"P\", \"driver\": \"D\"}]}", "test.json:2: /printers/0/name: "}));

TEST(Config, DeepNestingIsRefusedNotFollowed) {
    const std::string deep(100'000, '[');
    EXPECT_NE(error_of(deep).find("nested too deeply"), std::string::npos);
}

TEST(Config, MissingFileIsSaid) {
    const auto config = load_config("/nonexistent/winspoold.json");
    ASSERT_FALSE(config);
    EXPECT_EQ(config.error().code(), base::Win32::file_not_found);
    EXPECT_NE(config.error().text().find("/nonexistent/winspoold.json"), std::string::npos);
}

TEST(Config, ExamplesAreCorrect) {
    for (const char* name : {"winspoold.example.json", "winspoold.all-keys.json"}) {
        const std::string path = std::string("server/packaging/") + name;
        const auto config = load_config(path);
        EXPECT_TRUE(config) << config.error().text();
    }
}

void collect_schema_keys(const nlohmann::json& schema, const std::string& prefix, std::set<std::string>& keys) {
    if (schema.contains("properties")) {
        for (const auto& item : schema["properties"].items()) {
            keys.insert(prefix + item.key());
            collect_schema_keys(item.value(), prefix + item.key() + ".", keys);
        }
    }
    if (schema.contains("items")) collect_schema_keys(schema["items"], prefix, keys);
}

void collect_used_keys(const nlohmann::json& value, const std::string& prefix, std::set<std::string>& keys) {
    if (value.is_array()) {
        for (const auto& element : value) collect_used_keys(element, prefix, keys);
    }
    if (!value.is_object()) return;
    for (const auto& item : value.items()) {
        keys.insert(prefix + item.key());
        collect_used_keys(item.value(), prefix + item.key() + ".", keys);
    }
}

TEST(Config, AllKeysFileShowsEveryKeyOfTheSchema) {
    std::set<std::string> known;
    std::set<std::string> shown;
    collect_schema_keys(nlohmann::json::parse(config_schema()), "", known);
    collect_used_keys(nlohmann::json::parse(read_file("server/packaging/winspoold.all-keys.json")), "", shown);
    EXPECT_EQ(shown, known);
}

TEST(Config, EmbeddedDefaultsAreCorrect) {
    const auto config = parse_config(demo_configuration("/tmp/demo", 135), "(embedded)");
    ASSERT_TRUE(config) << config.error().text();
    ASSERT_EQ(config->printers.size(), 2U);
    EXPECT_EQ(config->printers[0].name, "Demo");
    EXPECT_EQ(config->storage.directory, "/tmp/demo/state");
}

TEST(Config, RestartIsAskedForOnlyWhereNeeded) {
    const auto before = parse_config("{}", "a");
    const auto other_level = parse_config(R"({"log": {"level": "debug"}})", "b");
    const auto other_port = parse_config(R"({"listen": {"rpc_port": 1234}})", "c");
    ASSERT_TRUE(before && other_level && other_port);
    EXPECT_TRUE(changes_needing_restart(*before, *other_level).empty());
    EXPECT_EQ(changes_needing_restart(*before, *other_port), std::vector<std::string>{"listen.rpc_port"});
}

}  // namespace
}  // namespace server
