#include "server/package_worker.h"

#include "server/worker/sandbox.h"
#include "tests/support/run_task.h"
#include "tests/support/signed_package.h"
#include "tests/unit/storage/temporary_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace server {
namespace {

using spooler::PackageSignature;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
namespace fs = std::filesystem;
constexpr std::uint64_t kRoom = 1U << 30U;

std::string content_of(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

class PackageWorkerTest : public testing::Test {
 protected:
    // No process is left behind by any outcome.
    void TearDown() override {
        EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
        EXPECT_EQ(errno, ECHILD);
    }
    PackageWorkerSettings settings(const std::string& program = WSP_WORKER) const {
        PackageWorkerSettings result;
        result.program = program;
        return result;
    }
    base::Result<spooler::DriverPackage> read(const PackageWorkerSettings& settings, const std::string& directory,
                                              const std::string& inf_name) {
        PackageWorker worker(settings);
        return threads_.run(worker.read(directory, inf_name));
    }
    base::Result<spooler::DriverPackage> probe(const std::string& what, std::uint32_t timeout_ms = 60'000) {
        PackageWorkerSettings chosen = settings(WSP_WORKER_PROBE);
        chosen.timeout_ms = timeout_ms;
        return read(chosen, directory_.path(), what);
    }

    storage::TemporaryDirectory directory_;
    test_support::Threads threads_;
};

TEST_F(PackageWorkerTest, ReadsASignedPackage) {
    const auto sample = test_support::write_sample_package(directory_.path("package"), directory_.path("trust.pem"));
    PackageWorkerSettings chosen = settings();
    chosen.trust_files = {sample.trust_file};
    const auto package = read(chosen, sample.directory, "ACMEPRT.INF");
    ASSERT_TRUE(package) << package.error().to_string();
    EXPECT_EQ(package->signature, PackageSignature::trusted) << package->signature_detail;
    EXPECT_EQ(package->signer, "CN = Acme Printing");
    EXPECT_EQ(package->inf_name, "acmeprt.inf");
    EXPECT_EQ(package->catalog_file, "acmeprt.cat");
    EXPECT_EQ(package->version, (1ULL << 48U) | (2ULL << 32U) | (3ULL << 16U) | 4ULL);
    EXPECT_THAT(package->id, testing::MatchesRegex("acmeprt\\.inf_amd64_[0-9a-f]{16}"));
    ASSERT_EQ(package->drivers.size(), 3U);
    EXPECT_EQ(package->drivers[0].driver.name, sample.driver_name);
    EXPECT_EQ(package->drivers[0].driver.environment, "Windows x64");
    EXPECT_EQ(package->drivers[0].files.size(), 6U);
    EXPECT_EQ(package->drivers[0].files[0].path, "amd64/acmeprt.dll");
    EXPECT_EQ(package->files.size(), 14U);  // INF, catalogue, three data files, three times three programs
    for (const auto& file : package->files) {
        const std::string content = content_of(sample.directory / file.path);
        EXPECT_EQ(file.size, content.size());
        EXPECT_EQ(file.sha256, base::to_hex(test_support::digest_of(base::as_bytes(content)))) << file.path;
    }
    // The same content has the same name, another content another one.
    const auto again = read(chosen, sample.directory, "acmeprt.inf");
    ASSERT_TRUE(again);
    EXPECT_EQ(*again, *package);
    const auto other = test_support::write_sample_package(directory_.path("other"), directory_.path("other.pem"), "2.0");
    const auto newer = read(chosen, other.directory, "acmeprt.inf");
    ASSERT_TRUE(newer);
    EXPECT_NE(newer->id, package->id);
    EXPECT_EQ(newer->signature, PackageSignature::untrusted);  // another authority
}

TEST_F(PackageWorkerTest, SignaturesOfPackages) {
    const auto sample = test_support::write_sample_package(directory_.path("package"), directory_.path("trust.pem"));
    PackageWorkerSettings chosen = settings();
    const auto untrusted = read(chosen, sample.directory, "acmeprt.inf");
    ASSERT_TRUE(untrusted);
    EXPECT_EQ(untrusted->signature, PackageSignature::untrusted);
    EXPECT_THAT(untrusted->signature_detail, HasSubstr("the trust store is empty"));

    chosen.trust_files = {sample.trust_file};
    test_support::write_text_file(sample.directory / "amd64/acmeui.dll", "something else");
    const auto tampered = read(chosen, sample.directory, "acmeprt.inf");
    ASSERT_TRUE(tampered);
    EXPECT_EQ(tampered->signature, PackageSignature::broken);
    EXPECT_THAT(tampered->signature_detail, HasSubstr("'amd64/acmeui.dll' is not what the catalogue lists"));

    fs::remove(sample.directory / "acmeprt.cat");
    const auto missing = read(chosen, sample.directory, "acmeprt.inf");
    ASSERT_TRUE(missing);
    EXPECT_EQ(missing->signature, PackageSignature::missing);
    EXPECT_EQ(missing->signature_detail, "the catalogue 'acmeprt.cat' is missing");

    chosen.trust_files = {directory_.path("nowhere.pem")};
    const auto no_store = read(chosen, sample.directory, "acmeprt.inf");
    ASSERT_FALSE(no_store);
    EXPECT_THAT(no_store.error().text(), HasSubstr("nowhere.pem"));
}

TEST_F(PackageWorkerTest, ErrorsOfPackages) {
    const auto sample = test_support::write_sample_package(directory_.path("package"), directory_.path("trust.pem"));
    const auto code = [&](const std::string& inf) { return base::code_of(read(settings(), sample.directory, inf)); };
    EXPECT_EQ(code("none.inf"), base::Win32::file_not_found);
    EXPECT_EQ(code("../package/acmeprt.inf"), base::Win32::invalid_data);
    EXPECT_EQ(code("acmeprt.gpd"), base::Win32::invalid_printer_driver_manifest);
    EXPECT_EQ(base::code_of(read(settings(), directory_.path("nowhere"), "a.inf")), base::Win32::file_not_found);

    fs::rename(sample.directory / "amd64/acmeres.dll", sample.directory / "amd64/acmeres.dl_");
    const auto compressed = read(settings(), sample.directory, "acmeprt.inf");
    ASSERT_FALSE(compressed);
    EXPECT_EQ(compressed.error().code(), base::Win32::file_not_found);
    EXPECT_THAT(compressed.error().text(), HasSubstr("there only compressed, as 'amd64/acmeres.dl_'"));
    // A link that leads out is not followed.
    fs::create_symlink("/etc/passwd", sample.directory / "amd64/acmeres.dll");
    EXPECT_FALSE(read(settings(), sample.directory, "acmeprt.inf"));
    fs::remove(sample.directory / "amd64/acmeres.dll");
    ASSERT_EQ(mkfifo((sample.directory / "amd64/acmeres.dll").c_str(), 0600), 0);
    EXPECT_EQ(code("acmeprt.inf"), base::Win32::invalid_data);
}

TEST_F(PackageWorkerTest, PacksAndUnpacksTheSameBytes) {
    const auto sample = test_support::write_sample_package(directory_.path("package"), directory_.path("trust.pem"));
    test_support::write_text_file(sample.directory / "empty.txt", "");
    test_support::write_text_file(sample.directory / "names/Grüße.txt", std::string(100'000, 'g'));
    PackageWorker worker(settings());
    const auto packed = threads_.run(worker.pack(sample.directory, directory_.path("p.cab")));
    ASSERT_TRUE(packed) << packed.error().to_string();
    fs::create_directory(directory_.path("out"));
    const auto unpacked = threads_.run(worker.unpack(directory_.path("p.cab"), directory_.path("out"), kRoom));
    ASSERT_TRUE(unpacked) << unpacked.error().to_string();
    std::size_t count = 0;
    for (const auto& entry : fs::recursive_directory_iterator(sample.directory)) {
        if (!entry.is_regular_file()) continue;
        ++count;
        const auto relative = fs::relative(entry.path(), sample.directory);
        EXPECT_EQ(content_of(entry.path()), content_of(fs::path(directory_.path("out")) / relative)) << relative;
    }
    EXPECT_EQ(count, 16U);
    // Again into the same directory: nothing is overwritten.
    EXPECT_EQ(base::code_of(threads_.run(worker.unpack(directory_.path("p.cab"), directory_.path("out"), kRoom))),
              base::Win32::invalid_data);
    EXPECT_EQ(base::code_of(threads_.run(worker.unpack(directory_.path("none.cab"), directory_.path("out"), kRoom))),
              base::Win32::file_not_found);
}

TEST_F(PackageWorkerTest, WorkersThatMisbehave) {
    const auto hang = probe("hang", 300);
    EXPECT_EQ(base::code_of(hang), base::Win32::timeout);
    EXPECT_EQ(base::code_of(probe("hang-silently", 300)), base::Win32::timeout);
    const auto crash = probe("crash");
    EXPECT_EQ(base::code_of(crash), base::Win32::invalid_data);
    EXPECT_THAT(crash.error().text(), HasSubstr("ended by signal Aborted"));
    const auto flood = probe("flood");
    EXPECT_EQ(base::code_of(flood), base::Win32::invalid_data);
    EXPECT_THAT(flood.error().text(), HasSubstr("answered too much"));
    EXPECT_THAT(probe("nonsense").error().text(), HasSubstr("no JSON object"));
    EXPECT_THAT(probe("empty").error().text(), HasSubstr("gave no package"));
    EXPECT_EQ(base::code_of(read(settings("/nowhere/winspool-worker"), directory_.path(), "a.inf")), base::Win32::file_not_found);
}

TEST_F(PackageWorkerTest, MemoryAndProcessorTimeEnd) {
    EXPECT_EQ(base::code_of(probe("spin")), base::Win32::invalid_data);
    // Sanitizers need the address space: their builds prove the limit of processor time only.
    if (worker::sandbox_limits_memory()) {
        EXPECT_EQ(base::code_of(probe("memory")), base::Win32::invalid_data);
    }
}

TEST_F(PackageWorkerTest, TheSandboxHolds) {
    test_support::write_text_file(directory_.path("inside"), "x");
    const auto report = probe("sandbox");
    ASSERT_FALSE(report);
    const std::string text = report.error().text();
    for (const char* refused : {"create-inside", "open-passwd", "link", "remove", "socket", "unix-socket", "exec", "fork", "trace",
                                "signal", "thread-signal", "signal-by-descriptor", "new-code"}) {
        EXPECT_THAT(text, HasSubstr(" " + std::string(refused) + "=refused"));
    }
    for (const char* needed : {"read-inside", "signal-to-itself"}) EXPECT_THAT(text, HasSubstr(" " + std::string(needed) + "=worked"));
    EXPECT_THAT(text, HasSubstr(" dies-first"));
    if (text.starts_with("landlock")) {
        EXPECT_THAT(text, HasSubstr(" openat2-passwd=refused"));
        EXPECT_THAT(text, HasSubstr(" openat2-outside=refused"));
    }
    EXPECT_THAT(probe("sandbox-unpack").error().text(), HasSubstr(" create-inside=worked"));
}

TEST_F(PackageWorkerTest, ManyAtOnceTakeTurns) {
    const auto sample = test_support::write_sample_package(directory_.path("package"), directory_.path("trust.pem"));
    PackageWorker worker(settings());
    std::vector<std::future<base::Result<spooler::DriverPackage>>> all;
    for (int i = 0; i < 6; ++i) all.push_back(threads_.start(worker.read(sample.directory, "acmeprt.inf")));
    for (auto& one : all) EXPECT_TRUE(one.get());
}

}  // namespace
}  // namespace server
