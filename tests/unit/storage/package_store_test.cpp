#include "storage/package_store.h"

#include "base/limits.h"
#include "spooler/failpoint.h"
#include "storage/file_tree.h"
#include "tests/support/run_task.h"
#include "tests/unit/storage/temporary_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace storage {
namespace {

namespace fs = std::filesystem;
using base::Win32;
using spooler::PackagePlace;
using spooler::StagingPtr;
using testing::ElementsAre;
using testing::IsEmpty;

const std::string kGuid = "{BD443844-ED00-4D96-8CAE-95E49492312A}";

void write_file(const std::string& path, const std::string& text) {
    fs::create_directories(fs::path(path).parent_path());
    std::ofstream(path, std::ios::binary) << text;
}

std::string read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

std::vector<std::string> names(const std::string& directory) {
    std::vector<std::string> found;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(directory, error)) found.push_back(entry.path().filename().string());
    std::sort(found.begin(), found.end());
    return found;
}

class PackageStoreTest : public testing::Test {
 protected:
    void SetUp() override { open(); }
    void open() {
        store_.reset();
        PackageStore::Settings settings;
        settings.root = root();
        settings.drivers = drivers();
        settings.min_free_bytes = [this] { return reserve_; };
        auto opened = PackageStore::open(std::move(settings));
        ASSERT_TRUE(opened) << opened.error().to_string();
        store_ = std::move(opened).value();
    }
    [[nodiscard]] std::string root() const { return directory_.path("driver_packages"); }
    [[nodiscard]] std::string drivers() const { return directory_.path("drivers"); }
    [[nodiscard]] std::string upload_area() const { return drivers() + "/x64/" + kGuid; }

    StagingPtr stage() {
        auto staging = threads_.run(store_->stage());
        EXPECT_TRUE(staging) << staging.error().to_string();
        return staging ? *staging : nullptr;
    }
    static spooler::UploadPath path(const std::string& file = "OEMPRT.INF", std::vector<std::string> directories = {kGuid}) {
        spooler::UploadPath result;
        result.directories = std::move(directories);
        result.file = file;
        return result;
    }
    Win32 copy(const StagingPtr& staging, const spooler::UploadPath& from) {
        return base::code_of(threads_.run(store_->copy_upload(staging, "x64", from)));
    }
    static PackagePlace place(const std::string& id = "oem.inf_amd64_01") { return {id, {"oemprt.inf", "amd64/a.dll"}, {"W32X86", "x64"}}; }
    // A package on its way in, complete.
    StagingPtr sample(const std::string& text = "dll") {
        StagingPtr staging = stage();
        write_file(staging->files() + "/oemprt.inf", "inf");
        write_file(staging->files() + "/amd64/a.dll", text);
        write_file(staging->cabinet(), "cabinet of " + text);
        return staging;
    }
    void wait_until_clean() {
        for (int i = 0; i < 1000 && !names(root() + "/.staging").empty(); ++i) ::usleep(1000);
    }

    TemporaryDirectory directory_;
    std::uint64_t reserve_ = 0;
    test_support::Threads threads_;
    std::unique_ptr<PackageStore> store_;
};

TEST_F(PackageStoreTest, CopiesAnUploadWhateverTheCaseOfItsName) {
    write_file(upload_area() + "/oemprt.inf", "the inf");
    write_file(upload_area() + "/amd64/a.dll", "code");
    const StagingPtr staging = stage();
    const auto name = threads_.run(store_->copy_upload(staging, "x64", path("OemPrt.INF", {"{bd443844-ed00-4d96-8cae-95e49492312a}"})));
    ASSERT_TRUE(name) << name.error().to_string();
    EXPECT_EQ(*name, "oemprt.inf");
    const auto files = threads_.run(store_->list(staging));
    ASSERT_TRUE(files);
    EXPECT_THAT(*files, ElementsAre("amd64/a.dll", "oemprt.inf"));
    EXPECT_EQ(read_file(staging->files() + "/amd64/a.dll"), "code");
    EXPECT_EQ(fs::last_write_time(staging->files() + "/oemprt.inf"), fs::last_write_time(upload_area() + "/oemprt.inf"));
    struct stat info {};
    ASSERT_EQ(::stat(root().c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777U, 0700U) << "the store is nobody else's business";
}

TEST_F(PackageStoreTest, MissingPlacesAreNotFound) {
    const StagingPtr staging = stage();
    EXPECT_EQ(copy(staging, path()), Win32::file_not_found) << "no area";
    write_file(upload_area() + "/other.inf", "x");
    EXPECT_EQ(copy(staging, path()), Win32::file_not_found) << "no file";
    EXPECT_THAT(names(staging->files()), IsEmpty());
}

// What an administrator of the share, or a program on his behalf, could plant.
TEST_F(PackageStoreTest, NeverFollowsALinkAndTakesNothingButFiles) {
    write_file(directory_.path("secret/secret.inf"), "secret");
    const auto refused = [&](const char* what) {
        const StagingPtr staging = stage();
        EXPECT_EQ(copy(staging, path("secret.inf")), Win32::access_denied) << what;
        for (const auto& entry : fs::recursive_directory_iterator(staging->files())) {
            const bool file = entry.is_regular_file();
            EXPECT_FALSE(file && read_file(entry.path().string()) == "secret") << what;
        }
        fs::remove_all(drivers() + "/x64");
    };
    fs::create_directories(drivers() + "/x64");
    fs::create_directory_symlink(directory_.path("secret"), upload_area());
    refused("the directory is a link");
    fs::create_directories(upload_area());
    fs::create_symlink(directory_.path("secret/secret.inf"), upload_area() + "/secret.inf");
    refused("the file is a link");
    write_file(upload_area() + "/secret.inf", "inf");
    fs::create_directory_symlink(directory_.path("secret"), upload_area() + "/amd64");
    refused("a directory below is a link");
    write_file(upload_area() + "/secret.inf", "inf");
    ASSERT_EQ(::mkfifo((upload_area() + "/pipe").c_str(), 0600), 0);
    refused("a pipe");
    write_file(upload_area() + "/a", "inf");
    fs::create_hard_link(directory_.path("secret/secret.inf"), upload_area() + "/secret.inf");
    refused("another name of a file elsewhere");
    write_file(upload_area() + "/secret.inf", "inf");
    write_file(upload_area() + "/con.txt", "x");
    refused("a device name");
    fs::remove_all(drivers() + "/x64");
    fs::create_directory_symlink(directory_.path("secret"), drivers() + "/x64");
    const StagingPtr staging = stage();
    EXPECT_EQ(copy(staging, path("secret.inf", {"secret"})), Win32::access_denied) << "the environment's directory is a link";
    EXPECT_EQ(copy(staging, path("secret.inf", {".."})), Win32::access_denied) << "names are checked here too";
}

TEST_F(PackageStoreTest, LimitsHoldAtTheirEdge) {
    TreeLimits limits;
    limits.files = 3;
    limits.directories = 2;
    limits.bytes = 10;
    limits.depth = 2;
    const std::string from = directory_.path("from");
    int run = 0;
    const auto copied = [&] {
        const std::string to = directory_.path("to" + std::to_string(++run));
        fs::create_directories(to);
        const auto source = open_directory(from);
        const auto target = open_directory(to);
        return base::code_of(copy_tree(source->number(), target->number(), limits));
    };
    write_file(from + "/1", "12345");
    write_file(from + "/a/2", "12345");
    write_file(from + "/a/b/3", "");
    EXPECT_EQ(copied(), Win32::success);
    write_file(from + "/a/b/3", "6");
    EXPECT_EQ(copied(), Win32::not_enough_quota) << "one byte too many";
    write_file(from + "/a/b/3", "");
    write_file(from + "/a/b/4", "");
    EXPECT_EQ(copied(), Win32::not_enough_quota) << "one file too many";
    fs::remove(from + "/a/b/4");
    fs::create_directories(from + "/c");
    EXPECT_EQ(copied(), Win32::not_enough_quota) << "one directory too many";
    fs::remove(from + "/c");
    limits.directories = 10;
    fs::create_directories(from + "/a/b/c");
    EXPECT_EQ(copied(), Win32::not_enough_quota) << "too deep";
}

TEST_F(PackageStoreTest, StagingAreasAreFewAndGoWithTheirOwner) {
    std::vector<StagingPtr> held;
    for (std::size_t i = 0; i < base::limits::kMaxPackageStagings; ++i) held.push_back(stage());
    EXPECT_EQ(base::code_of(threads_.run(store_->stage())), Win32::busy);
    const std::string gone = held.front()->files();
    write_file(gone + "/deep/file", "x");
    held.clear();
    wait_until_clean();
    EXPECT_FALSE(fs::exists(gone));
    held.push_back(stage());
    EXPECT_TRUE(held.front());
}

TEST_F(PackageStoreTest, TakesAnAdministratorsDirectoryFileOrCabinet) {
    write_file(directory_.path("media/x.inf"), "inf");
    write_file(directory_.path("media/x.cab"), "cab");
    StagingPtr staging = stage();
    auto name = threads_.run(store_->copy_local(staging, directory_.path("media")));
    ASSERT_TRUE(name) << name.error().to_string();
    EXPECT_EQ(*name, "");
    EXPECT_THAT(names(staging->files()), ElementsAre("x.cab", "x.inf"));
    staging = stage();
    name = threads_.run(store_->copy_local(staging, directory_.path("media/x.inf")));
    EXPECT_EQ(*name, "x.inf");
    EXPECT_THAT(names(staging->files()), ElementsAre("x.cab", "x.inf")) << "with what lies beside it";
    staging = stage();
    name = threads_.run(store_->copy_local(staging, directory_.path("media/x.cab")));
    EXPECT_EQ(*name, "x.cab");
    EXPECT_THAT(names(staging->files()), IsEmpty());
    EXPECT_EQ(read_file(staging->source()), "cab");
    EXPECT_EQ(base::code_of(threads_.run(store_->copy_local(staging, "relative.inf"))), Win32::invalid_parameter);
    EXPECT_EQ(base::code_of(threads_.run(store_->copy_local(staging, directory_.path("media/none.inf")))), Win32::file_not_found);
    EXPECT_EQ(base::code_of(threads_.run(store_->copy_local(staging, "/dev/null"))), Win32::invalid_parameter);
    write_file(directory_.path("media/setup.exe"), "MZ");
    staging = stage();
    EXPECT_EQ(base::code_of(threads_.run(store_->copy_local(staging, directory_.path("media/setup.exe")))), Win32::invalid_parameter);
    EXPECT_THAT(names(staging->files()), IsEmpty()) << "nothing was copied for it";
}

TEST_F(PackageStoreTest, PublishesFilesAndCabinetsAndRemovesThem) {
    StagingPtr staging = sample();
    write_file(staging->files() + "/readme.txt", "not part of it");
    ASSERT_TRUE(threads_.run(store_->keep_only(staging, place().files)));
    ASSERT_TRUE(threads_.run(store_->publish(staging, place())));
    staging.reset();
    EXPECT_EQ(read_file(store_->path_of(place().id, "amd64/a.dll")), "dll");
    EXPECT_FALSE(fs::exists(store_->path_of(place().id, "readme.txt")));
    for (const char* environment : {"x64", "W32X86"}) {
        const std::string cabinet = drivers() + "/" + environment + "/PCC/" + place().id + ".cab";
        EXPECT_EQ(read_file(cabinet), "cabinet of dll");
        struct stat info {};
        ASSERT_EQ(::stat(cabinet.c_str(), &info), 0);
        EXPECT_EQ(info.st_mode & 0777U, 0644U) << "clients of the share read it";
    }
    ASSERT_TRUE(threads_.run(store_->remove(place().id)));
    EXPECT_FALSE(fs::exists(store_->path_of(place().id, "")));
    EXPECT_THAT(names(drivers() + "/x64/PCC"), IsEmpty());
    EXPECT_TRUE(threads_.run(store_->remove(place().id))) << "there is nothing left";
}

TEST_F(PackageStoreTest, PublishingAgainRepairsWhatWasDamaged) {
    ASSERT_TRUE(threads_.run(store_->publish(sample(), place())));
    write_file(store_->path_of(place().id, "amd64/a.dll"), "damaged");
    fs::remove(store_->path_of(place().id, "oemprt.inf"));
    ASSERT_TRUE(threads_.run(store_->publish(sample(), place())));
    EXPECT_EQ(read_file(store_->path_of(place().id, "amd64/a.dll")), "dll");
    EXPECT_EQ(read_file(store_->path_of(place().id, "oemprt.inf")), "inf");
}

TEST_F(PackageStoreTest, ACabinetNeverGoesThroughALink) {
    fs::create_directories(directory_.path("elsewhere"));
    fs::create_directories(drivers() + "/x64");
    fs::create_directory_symlink(directory_.path("elsewhere"), drivers() + "/x64/PCC");
    EXPECT_EQ(base::code_of(threads_.run(store_->publish(sample(), place()))), Win32::access_denied);
    EXPECT_THAT(names(directory_.path("elsewhere")), IsEmpty());
}

TEST_F(PackageStoreTest, NothingIsRemovedThroughALink) {
    write_file(directory_.path("elsewhere/precious.cab"), "not ours");
    fs::create_directories(drivers() + "/x64");
    fs::create_directory_symlink(directory_.path("elsewhere"), drivers() + "/x64/PCC");
    fs::create_directories(directory_.path("area/PCC"));
    write_file(directory_.path("area/PCC/precious.cab"), "not ours");
    fs::create_directory_symlink(directory_.path("area"), drivers() + "/ARM64");
    ASSERT_TRUE(store_->sweep({}));
    ASSERT_TRUE(threads_.run(store_->remove("precious")));
    EXPECT_EQ(read_file(directory_.path("elsewhere/precious.cab")), "not ours");
    EXPECT_EQ(read_file(directory_.path("area/PCC/precious.cab")), "not ours");
}

TEST_F(PackageStoreTest, CompleteIsWhatHasAllFilesAndCabinets) {
    const auto complete = [&] { return threads_.run(store_->complete(place())).value(); };
    EXPECT_FALSE(complete());
    ASSERT_TRUE(threads_.run(store_->publish(sample(), place())));
    EXPECT_TRUE(complete());
    const std::string cabinet = drivers() + "/W32X86/PCC/" + place().id + ".cab";
    fs::remove(cabinet);
    EXPECT_FALSE(complete());
    fs::create_symlink(drivers() + "/x64/PCC/" + place().id + ".cab", cabinet);
    EXPECT_FALSE(complete()) << "a link is no cabinet";
    ASSERT_TRUE(threads_.run(store_->publish(sample(), place())));
    EXPECT_TRUE(complete());
    fs::remove(store_->path_of(place().id, "amd64/a.dll"));
    EXPECT_FALSE(complete());
}

TEST_F(PackageStoreTest, IdsNeverLeadOutside) {
    for (const char* id : {"", "..", "a/b", ".staging", "a:b"}) {
        EXPECT_EQ(base::code_of(threads_.run(store_->publish(sample(), place(id)))), Win32::invalid_data) << id;
        EXPECT_EQ(base::code_of(threads_.run(store_->remove(id))), Win32::invalid_data) << id;
    }
}

TEST_F(PackageStoreTest, TheDisksReserveIsKept) {
    reserve_ = ~std::uint64_t{0};
    EXPECT_EQ(base::code_of(threads_.run(store_->stage())), Win32::disk_full);
    EXPECT_EQ(base::code_of(threads_.run(store_->room())), Win32::disk_full);
    reserve_ = 0;
    const auto all = threads_.run(store_->room());
    ASSERT_TRUE(all);
    EXPECT_GT(*all, 0U);
    // While it copies, too: what is copied may be larger than what was free.
    write_file(upload_area() + "/a.dll", "code");
    fs::create_directories(directory_.path("to"));
    const auto from = open_directory(upload_area()), to = open_directory(directory_.path("to"));
    TreeLimits limits{10, 10, 1000, 2, true, ~std::uint64_t{0}};
    EXPECT_EQ(base::code_of(copy_tree(from->number(), to->number(), limits)), Win32::disk_full);
}

TEST_F(PackageStoreTest, SweepRemovesWhatHasNoRowAndNamesWhatLostItsFiles) {
    ASSERT_TRUE(threads_.run(store_->publish(sample(), place("live"))));
    ASSERT_TRUE(threads_.run(store_->publish(sample(), place("broken"))));
    ASSERT_TRUE(threads_.run(store_->publish(sample(), place("orphan"))));
    write_file(root() + "/.staging/7/files/x", "left by a crash");
    write_file(drivers() + "/x64/PCC/note.txt", "an administrator's");
    fs::remove(store_->path_of("broken", "amd64/a.dll"));
    const std::vector<PackagePlace> live = {place("live"), place("broken")};
    const auto incomplete = store_->sweep(live);
    ASSERT_TRUE(incomplete) << incomplete.error().to_string();
    EXPECT_THAT(*incomplete, ElementsAre("broken"));
    EXPECT_THAT(names(root()), ElementsAre(".staging", "broken", "live"));
    EXPECT_THAT(names(root() + "/.staging"), IsEmpty());
    EXPECT_THAT(names(drivers() + "/x64/PCC"), ElementsAre("broken.cab", "live.cab", "note.txt"));
}

// What dies at `point` of putting a package in and taking it out again; never returns.
[[noreturn]] void publish_and_remove(const PackageStore::Settings& settings, const char* point, const PackagePlace& place) {
    auto store = PackageStore::open(settings);
    test_support::Threads threads(1);
    if (!store || !spooler::failpoint::arm(point)) ::_exit(4);
    auto staging = threads.run((*store)->stage());
    write_file((*staging)->files() + "/oemprt.inf", "inf");
    write_file((*staging)->files() + "/amd64/a.dll", "dll");
    write_file((*staging)->cabinet(), "cab");
    if (!threads.run((*store)->publish(*staging, place))) ::_exit(5);
    if (!threads.run((*store)->remove(place.id))) ::_exit(6);
    ::_exit(0);
}

// A power cut at each durable step: afterwards the package is there as a whole, or the sweep leaves nothing of it. Without the fixture:
// a process that forks must have no other thread, which might hold the allocator's lock at that moment.
TEST(PackageStorePowerCut, LeavesAWholePackageOrNone) {
    const PackagePlace place{"oem.inf_amd64_01", {"oemprt.inf", "amd64/a.dll"}, {"W32X86", "x64"}};
    const std::vector<PackagePlace> live = {place};
    for (const char* point : {"package.publish.before", "package.publish.cabinet", "package.publish.after", "package.remove.files"}) {
        TemporaryDirectory directory;
        PackageStore::Settings settings;
        settings.root = directory.path("driver_packages");
        settings.drivers = directory.path("drivers");
        const pid_t child = ::fork();
        if (child == 0) publish_and_remove(settings, point, place);
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == spooler::failpoint::kExitCode) << point;
        const auto store = PackageStore::open(settings);
        ASSERT_TRUE(store) << point;
        const bool acknowledged = point == std::string("package.publish.after");
        const auto incomplete = acknowledged ? (*store)->sweep(live) : (*store)->sweep({});
        ASSERT_TRUE(incomplete);
        EXPECT_THAT(*incomplete, IsEmpty()) << point;
        EXPECT_EQ(fs::exists((*store)->path_of(place.id, "oemprt.inf")), acknowledged) << point;
        EXPECT_EQ(fs::exists(settings.drivers + "/x64/PCC/" + place.id + ".cab"), acknowledged) << point;
    }
}

}  // namespace
}  // namespace storage
