// idlc: compiles the IDL files of one service to C++.
//   idlc --service NAME [--ops FILE] [--codec-files N] (--out DIRECTORY | --status) FILE.idl ...
#include "tools/idlc/compiler.h"
#include "tools/idlc/source.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

namespace {

struct Options {
    idlc::Request request;
    std::string out;
    bool status = false;
};

int usage() {
    std::cerr << "usage: idlc --service NAME [--ops FILE] [--codec-files N] (--out DIRECTORY | --status) FILE.idl ...\n";
    return 2;
}

bool parse(int argc, char** argv, Options& options) {
    for (int i = 1; i < argc; ++i) {
        const std::string argument = argv[i];
        const bool takes_value = argument == "--service" || argument == "--ops" || argument == "--out" || argument == "--codec-files";
        if (argument == "--status") {
            options.status = true;
        } else if (takes_value) {
            if (++i == argc) return false;
            if (argument == "--service") options.request.service = argv[i];
            if (argument == "--ops") options.request.ops = argv[i];
            if (argument == "--out") options.out = argv[i];
            if (argument == "--codec-files") options.request.codec_files = static_cast<std::size_t>(std::atoi(argv[i]));
        } else if (!argument.empty() && argument[0] == '-') {
            return false;
        } else {
            options.request.inputs.push_back(argument);
        }
    }
    const std::size_t parts = options.request.codec_files;
    return !options.request.service.empty() && !options.request.inputs.empty() && (options.status || !options.out.empty()) && parts >= 1 &&
           parts <= 64;
}

// Leaves an unchanged file alone, so that nothing is compiled again for its time stamp.
void write(const std::filesystem::path& path, const std::string& text) {
    {
        std::ifstream old(path, std::ios::binary);
        std::ostringstream present;
        present << old.rdbuf();
        if (old && present.str() == text) return;
    }
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << text;
    file.close();
    if (!file) throw std::runtime_error("cannot write " + path.string());
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    if (!parse(argc, argv, options)) return usage();
    try {
        const idlc::Output output = idlc::compile(options.request);
        if (options.status) std::cout << output.status;
        if (options.out.empty()) return 0;
        std::filesystem::create_directories(options.out);
        for (const idlc::GeneratedFile& file : output.files) write(std::filesystem::path(options.out) / file.name, file.text);
        return 0;
    } catch (const std::exception& error) {
        std::cerr << error.what() << "\n";
        return 1;
    }
}
