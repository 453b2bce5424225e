// Writes a signed sample package for tests that run the daemon: write_sample_package DIRECTORY TRUST_FILE [VERSION]
#include "tests/support/signed_package.h"

#include <iostream>

int main(int argc, char** argv) {
    if (argc < 3) {
        std::cerr << "usage: write_sample_package DIRECTORY TRUST_FILE [VERSION]\n";
        return 2;
    }
    const auto package = test_support::write_sample_package(argv[1], argv[2], argc > 3 ? argv[3] : "1.2.3.4");
    std::cout << (package.directory / package.inf_name).string() << "\n" << package.driver_name << "\n";
    return 0;
}
