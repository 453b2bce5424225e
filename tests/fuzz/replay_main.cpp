// Runs a fuzz target over every file of the directories given, without libFuzzer: the committed corpus as a regression test.
#include "tests/fuzz/replay.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int main(int argc, char** argv) {
    std::vector<std::filesystem::path> files;
    for (int i = 1; i < argc; ++i) {
        if (std::filesystem::is_directory(argv[i])) {
            for (const auto& entry : std::filesystem::directory_iterator(argv[i])) files.push_back(entry.path());
        } else {
            files.emplace_back(argv[i]);
        }
    }
    std::sort(files.begin(), files.end());
    for (const auto& file : files) {
        std::ifstream in(file, std::ios::binary);
        const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
        if (!in) {
            (void)std::fprintf(stderr, "cannot read %s\n", file.c_str());
            return 1;
        }
        // A block of exactly the size, and the name in case it is the last thing that happens.
        const std::vector<std::uint8_t> bytes(text.begin(), text.end());
        (void)std::fprintf(stderr, "%s\n", file.c_str());
        (void)LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
    }
    (void)std::fprintf(stderr, "%zu inputs\n", files.size());
    if (files.empty()) return 1;
    return fuzz_replay_finished != nullptr && fuzz_replay_finished() != 0 ? 1 : 0;
}
