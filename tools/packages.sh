# Sourced by tools/run and tools/test: the Debian 12 packages they need, and one function that installs what is missing.
# Names only; nothing is downloaded from anywhere but the configured Debian mirrors.

build_packages="g++ cmake ninja-build ccache python3 libboost1.81-dev libssl-dev libspdlog-dev nlohmann-json3-dev libsqlite3-dev
    libmspack-dev libgcab-dev libseccomp-dev libvalijson-dev libcli11-dev libsystemd-dev pkg-config libgtest-dev libgmock-dev libbenchmark-dev"
run_packages="p910nd iproute2"
# Debian starts smbd, nmbd and p910nd as services when it installs them; the tests start their own, so they may be disabled.
# The clients and devices that nobody here wrote, and the second compiler (fuzzing, second opinion).
test_packages="clang-14 libclang-rt-14-dev lld-14 samba smbclient samba-testsuite python3-samba python3-impacket tshark p910nd iproute2
    util-linux procps socat cabextract"

install_packages() {
    missing=""
    for package in "$@"; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q "install ok installed" || missing="$missing $package"
    done
    [ -z "$missing" ] && return 0
    if [ "$(id -u)" -ne 0 ]; then
        echo "These Debian packages are needed and only root can install them:$missing" >&2
        return 1
    fi
    echo "Installing:$missing"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    # shellcheck disable=SC2086  # the list is meant to split
    apt-get install -y -qq --no-install-recommends $missing >/dev/null
}

# Ninja with ccache when it is there; both are in the package list.
cmake_launcher() {
    command -v ccache >/dev/null 2>&1 && echo "-DCMAKE_CXX_COMPILER_LAUNCHER=ccache"
}
