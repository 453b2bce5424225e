#!/usr/bin/python3
"""Documents of several megabytes arrive byte for byte: at p910nd and at a printer simulator, through both interfaces, at every allowed
level, in fragments of every size class, from one client and from fifty at once."""
import collections
import hashlib
import json
import pathlib
import signal
import socketserver
import subprocess
import sys
import tempfile
import threading
import time

import documents
import harness

FRAGMENTS = [1432, 2048, 4280, 5840]                 # smallest legal, odd sizes of old clients, named pipe, TCP
CHUNKS = [1000, 65536, 1 << 20]                      # WritePrinter sizes: below one fragment, Windows' usual, many fragments


class Simulator:
    """A raw printer on 127.0.0.1:9100 that keeps the digest of each connection's bytes."""

    def __init__(self):
        self.digests = collections.Counter()
        self.open = 0
        self.most_open = 0
        self.lock = threading.Lock()
        simulator = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                with simulator.lock:
                    simulator.open += 1
                    simulator.most_open = max(simulator.most_open, simulator.open)
                digest = hashlib.sha256()
                while data := self.request.recv(1 << 16):
                    digest.update(data)
                with simulator.lock:
                    simulator.digests[digest.hexdigest()] += 1
                    simulator.open -= 1

        class TcpServer(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True

        self.server = TcpServer(("127.0.0.1", 9100), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def sha(data):
    return hashlib.sha256(data).hexdigest()


def print_file(server, path, **keywords):
    return harness.probe(server, "print", "Laser", path, *keywords.pop("arguments", ()), **keywords)


def to_p910nd(results, server, files):
    """p910nd writes what it receives over the beginning of its device file."""
    device = server.directory / "lp0"
    device.touch()
    printer = subprocess.Popen(["p910nd", "-f", str(device), "-i", "127.0.0.1", "-d", "0"], stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    try:
        time.sleep(0.5)
        for name, (path, data) in files.items():
            for interface in ("par", "rprn"):
                with open(device, "wb"):
                    pass
                status, output = print_file(server, path, interface=interface)
                arrived = harness.wait_until(lambda: device.stat().st_size >= len(data), 30)
                time.sleep(0.2)
                results.record(f"p910nd gets the {name} through {interface}", status == 0 and arrived and sha(device.read_bytes()) == sha(data),
                               f"{device.stat().st_size} of {len(data)} bytes; {output[-500:]}")
    finally:
        printer.send_signal(signal.SIGTERM)
        printer.wait()


def to_simulator(results, server, simulator, files, label, options_list):
    for options in options_list:
        for interface in ("par", "rprn"):
            for name, (path, data) in files.items():
                before = simulator.digests[sha(data)]
                status, output = print_file(server, path, interface=interface, options=options)
                arrived = harness.wait_until(lambda: simulator.digests[sha(data)] == before + 1, 30)
                results.record(f"{label} {' '.join(options)} {interface} {name}", status == 0 and arrived, output[-500:])


def fifty_clients(results, server, simulator, path, data):
    for interface in ("par", "rprn"):
        before = simulator.digests[sha(data)]
        status, output = print_file(server, path, interface=interface, arguments=("--clients", "50"), timeout=300)
        arrived = harness.wait_until(lambda: simulator.digests[sha(data)] == before + 50, 120)
        results.record(f"50 clients at once through {interface}", status == 0 and arrived,
                       f"{simulator.digests[sha(data)] - before} of 50 arrived; {output[-500:]}")
    results.record("one document at a time on one port", simulator.most_open == 1, simulator.most_open)


def main():
    harness.enter_namespace()
    harness.require("p910nd")
    results = harness.Results()
    with tempfile.TemporaryDirectory(prefix="winspoold-documents-") as directory:
        files = {}
        for name, data in (("PostScript", documents.postscript()), ("PDF", documents.pdf())):
            path = pathlib.Path(directory) / name
            path.write_bytes(data)
            files[name] = (path, data)
        small = pathlib.Path(directory) / "small"
        small_data = documents.postscript(pages=2, bytes_per_page=50_000, seed=3)
        small.write_bytes(small_data)
        with harness.server() as server:
            to_p910nd(results, server, files)
            simulator = Simulator()
            sizes = [["--fragment", str(f)] for f in FRAGMENTS] + [["--chunk", str(c)] for c in CHUNKS]
            to_simulator(results, server, simulator, files, "privacy", [["--level", "privacy"]])
            to_simulator(results, server, simulator, {"small": (small, small_data)}, "sizes", sizes)
            to_simulator(results, server, simulator, {"small": (small, small_data)}, "syntax",
                         [["--syntax", "ndr20"], ["--syntax", "ndr64"], ["--big-endian"], ["--auth", "ntlm"], ["--auth", "spnego"]])
            fifty_clients(results, server, simulator, small, small_data)
            simulator.close()
        with harness.server(WINSPOOLD_TEST_LEVEL="connect") as server:
            simulator = Simulator()
            levels = [["--level", level] for level in ("connect", "packet", "integrity", "privacy")]
            to_simulator(results, server, simulator, files, "allowed from connect:", levels)
            simulator.close()
    results.finish()


if __name__ == "__main__":
    main()
