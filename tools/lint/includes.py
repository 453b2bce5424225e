#!/usr/bin/env python3
"""The layer table of the architecture document (section 2) and the include rules of section 16, checked over the whole tree."""

import os
import re
import sys

import cpp_tokens

# Our own include roots, longest first: how an include path names a layer.
LAYER_OF_INCLUDE = (
    ("dcerpc/ndr/", "ndr"),
    ("wire/epm/", "wire_mgmt"),
    ("wire/mgmt/", "wire_mgmt"),
    ("wire/", "wire"),
    ("base/", "base"),
    ("dcerpc/", "dcerpc"),
    ("spooler/", "spooler"),
    ("storage/", "storage"),
    ("server/", "server"),
    ("tools/", "tools"),
    ("tests/", "tests"),
)
# How a file's own path names its layer; the first prefix that fits.
LAYER_OF_FILE = (
    ("idl/base/", "base"),
    ("dcerpc/ndr/", "ndr"),
    ("dcerpc/", "dcerpc"),
    ("spooler/", "spooler"),
    ("storage/", "storage"),
    ("server/", "server"),
    ("tools/idlc/", "idlc"),
    ("tools/", "tools"),
    ("tests/", "tests"),
)
ALL_OURS = {"base", "ndr", "dcerpc", "wire", "wire_mgmt", "spooler", "storage", "server", "tools", "tests"}
ALLOWED_LAYERS = {
    "base": {"base"},
    "ndr": {"base", "ndr"},
    "dcerpc": {"base", "ndr", "dcerpc", "wire_mgmt"},
    "spooler": {"base", "spooler"},
    "storage": {"base", "spooler", "storage"},
    "server": ALL_OURS - {"tools", "tests"},
    "idlc": {"tools"},
    "tools": ALL_OURS,
    "tests": ALL_OURS,
}
# Third-party headers by prefix. What is not listed is the standard library or POSIX.
LIBRARIES = (
    ("boost/asio", "asio"),
    ("boost/system", "asio"),
    ("boost/", "boost"),
    ("openssl/", "openssl"),
    ("gssapi", "gssapi"),
    ("krb5", "gssapi"),
    ("libusb", "libusb"),
    ("sqlite3", "sqlite"),
    ("nlohmann/", "json"),
    ("spdlog/", "spdlog"),
    ("fmt/", "spdlog"),
    ("gtest/", "gtest"),
    ("gmock/", "gtest"),
    ("benchmark/", "benchmark"),
    ("CLI/", "cli"),
    ("systemd/", "systemd"),
    ("mspack", "mspack"),
    ("libgcab", "gcab"),
    ("seccomp", "seccomp"),
)
ALLOWED_LIBRARIES = {
    "base": {"asio", "spdlog"},
    "ndr": set(),
    "dcerpc": {"asio", "openssl", "gssapi"},
    "spooler": {"asio"},
    "storage": {"asio", "sqlite"},
    "server": {"asio", "boost", "openssl", "json", "cli", "systemd"},
    "idlc": set(),
}
# Deeper in the tree a little more is allowed.
MORE_LIBRARIES = (("spooler/ports/", {"openssl", "libusb"}), ("storage/digest.", {"openssl"}), ("server/worker/", {"mspack", "gcab", "seccomp"}))
# Dead weight in a header: everybody who includes it pays. A header that only its own directory includes may use the JSON library.
NOT_IN_HEADERS = {"spdlog": "headers include no spdlog"}
NOT_IN_PUBLIC_HEADERS = {"json": "public headers include nlohmann/json_fwd.hpp only"}
UMBRELLAS = {"boost/asio.hpp", "boost/asio/experimental.hpp"}

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)


def first_prefix(path, table):
    for prefix, value in table:
        if path.startswith(prefix):
            return value
    return None


def check_own(path, layer, target):
    included = first_prefix(target, LAYER_OF_INCLUDE)
    if included is None:
        # Tests may include a helper that stands beside them.
        if layer == "tests" and "/" not in target:
            return None
        return f'"{target}": include paths start at the repository root'
    if included == "tools" and layer == "idlc" and not target.startswith("tools/idlc/"):
        return f'"{target}": tools/idlc stands on the standard library alone'
    if included not in ALLOWED_LAYERS[layer]:
        return f'"{target}": {layer} must not include {included}'
    return None


def check_library(path, layer, target, is_public):
    if target in UMBRELLAS:
        return f"<{target}>: include the parts that are used, not the umbrella header"
    library = first_prefix(target, LIBRARIES)
    if library is None:
        return None
    if path.endswith(".h") and layer != "tests" and target != "nlohmann/json_fwd.hpp":
        refused = {**NOT_IN_HEADERS, **NOT_IN_PUBLIC_HEADERS} if is_public else NOT_IN_HEADERS
        if library in refused:
            return f"<{target}>: {refused[library]}"
    allowed = ALLOWED_LIBRARIES.get(layer)
    if allowed is None or library in allowed:
        return None
    for prefix, more in MORE_LIBRARIES:
        if path.startswith(prefix) and library in more:
            return None
    return f"<{target}>: {layer} must not include {library}"


def includes_of(text):
    """(line, quote, target) of every include in text without comments."""
    return [(text.count("\n", 0, m.start()) + 1, m.group(1), m.group(2)) for m in INCLUDE.finditer(text)]


def check_file(path, text, own_header=None, is_public=True):
    layer = first_prefix(path, LAYER_OF_FILE)
    if layer is None:
        return []
    messages = []
    includes = includes_of(text)
    for line, quote, target in includes:
        problem = check_own(path, layer, target) if quote == '"' else check_library(path, layer, target, is_public)
        if problem:
            messages.append(f"{path}:{line}: {problem}")
    if path.endswith(".h") and not re.search(r"^[ \t]*#[ \t]*pragma[ \t]+once\b", text, re.MULTILINE):
        messages.append(f"{path}:1: a header starts with #pragma once")
    if own_header and includes and includes[0][2] != own_header:
        messages.append(f'{path}:{includes[0][0]}: the first include is the file\'s own header "{own_header}"')
    return messages


def include_path(path):
    """How others include the file at `path`."""
    return path[len("idl/"):] if path.startswith("idl/base/") else path


def own_header_of(path, texts):
    """The include path of the header beside a .cpp, or None."""
    header = path[: -len(".cpp")] + ".h"
    is_ours = path.endswith(".cpp") and header in texts and not path.startswith("tests/")
    return include_path(header) if is_ours else None


def public_headers(texts):
    """Include paths that some file of another directory (tests aside) uses."""
    public = set()
    for path, text in texts.items():
        if path.startswith("tests/"):
            continue
        directory = include_path(path).rpartition("/")[0]
        public |= {target for _, quote, target in includes_of(text) if quote == '"' and target.rpartition("/")[0] != directory}
    return public


def check(root):
    texts = {path.replace(os.sep, "/"): cpp_tokens.strip_comments(cpp_tokens.read(root, path)) for path in cpp_tokens.source_files(root)}
    public = public_headers(texts)
    messages = []
    for path, text in texts.items():
        messages += check_file(path, text, own_header_of(path, texts), include_path(path) in public)
    return messages


if __name__ == "__main__":
    sys.exit(cpp_tokens.run(check, sys.argv))
