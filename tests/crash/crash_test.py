#!/usr/bin/python3
"""kill -9 loses nothing that was acknowledged.

Each round starts the daemon on the same state, lets `probe load` print and change settings, and kills the daemon: at a failpoint (every
durable step of a job's life, several hits deep) or at a random moment. After each restart: every acknowledged document is queued or has
reached the device, every acknowledged setting is in force, and when the queues are empty nothing is left in the spool directory.

usage: crash_test.py [RANDOM_KILLS] [SEED]
"""
import collections
import hashlib
import os
import pathlib
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "conformance"))
import harness  # noqa: E402
import socketserver  # noqa: E402

HITS = (1, 7)                                        # at the first and at a later passage of each failpoint
KILLED_BY_FAILPOINT = 99


class Device:
    """The raw printer behind queue Laser: remembers which documents came completely. A document ends with its own digest."""

    def __init__(self):
        self.seen = collections.Counter()
        self.lock = threading.Lock()
        device = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                data = b""
                try:
                    while part := self.request.recv(1 << 16):
                        data += part
                except OSError:
                    return
                device.note(data)

        class TcpServer(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True

        self.server = TcpServer(("127.0.0.1", 9100), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def note(self, data):
        if len(data) > 65 and hashlib.sha256(data[:-64]).hexdigest().encode() == data[-64:]:
            with self.lock:
                self.seen[data[-64:].decode()] += 1


def failpoint_names():
    """Every failpoint that the sources name."""
    names = set()
    for directory in ("spooler", "storage"):
        for path in (harness.ROOT / directory).rglob("*.cpp"):
            names.update(re.findall(r'WSP_FAILPOINT\("([\w.-]+)"\)', path.read_text()))
    return sorted(names)


class Round:
    def __init__(self, directory, device, results):
        self.directory = pathlib.Path(directory)
        self.device = device
        self.results = results
        self.acknowledged = {}                       # digest → job id
        self.settings = {}                           # printer → last acknowledged comment
        self.attempted = {}                          # printer → comment sent but perhaps not acknowledged

    def start(self, **environment):
        variables = dict(os.environ, **environment)
        started = subprocess.run([str(harness.ROOT / "tools/testserver"), "start", str(self.directory)], env=variables,
                                 capture_output=True, text=True)
        return harness.Server(self.directory, started.stdout.strip()) if started.returncode == 0 else started

    def load(self, server, seconds):
        log = self.directory / "acknowledged"
        log.write_text("")
        command = [str(harness.build_directory() / "probe"), "--server", "127.0.0.1", "--epm-port", str(server.epm), "--user", "admin",
                   "--password", "Secret123!", "load", "--seconds", str(seconds), "--acknowledged", str(log), "--connections", "4"]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL), log

    def read_acknowledged(self, log):
        for line in log.read_text().splitlines(keepends=True):
            words = line.split()
            if not line.endswith("\n") or not words:
                continue
            if words[0] == "job":
                self.acknowledged[words[1]] = int(words[2])
            elif words[0] == "try":
                self.attempted[words[1]] = words[2]
            elif words[0] == "set":
                self.settings[words[1]] = words[2]

    def wait_for_death(self, pid, seconds):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                os.kill(pid, 0)
            except ProcessLookupError:
                return True
            if pathlib.Path(f"/proc/{pid}/stat").read_text().split(")")[-1].split()[0] == "Z":
                return True
            time.sleep(0.005)
        return False

    def verify(self, label):
        """Restarts, drains, compares."""
        server = self.start()
        if not isinstance(server, harness.Server):
            self.results.record(f"{label}: restarts", False, server.stderr)
            return
        missing = lambda: [d for d in self.acknowledged if self.device.seen[d] == 0]  # noqa: E731
        drained = harness.wait_until(lambda: not missing() and not self.spool_entries(), 30)
        lost = missing()
        problems = []
        if lost:
            problems.append(f"{len(lost)} acknowledged documents lost: {[self.acknowledged[d] for d in lost[:5]]}")
        if not drained and not lost:
            problems.append(f"left in the spool directory: {self.spool_entries()[:5]}")
        status, output = harness.probe(server, "printers")
        for printer, comment in self.settings.items():
            newest = self.attempted.get(printer, comment)
            if comment not in output and newest not in output:
                problems.append(f"setting of {printer} lost: {comment}: {output[-300:]}")
        self.results.record(label, not problems, "; ".join(problems))
        self.stop()
        self.acknowledged.clear()

    def spool_entries(self):
        spool = self.directory / "state" / "spool"
        return [str(p) for p in spool.rglob("*") if p.is_file()]

    def stop(self):
        subprocess.run([str(harness.ROOT / "tools/testserver"), "stop", str(self.directory)], capture_output=True)


def at_failpoint(state, name, hit):
    server = state.start(WINSPOOLD_FAILPOINT=f"{name}:{hit}")
    if not isinstance(server, harness.Server):
        return False                                 # died while starting: also a kill
    loader, log = state.load(server, 5)
    died = state.wait_for_death(server.pid, 8)
    loader.terminate()
    loader.wait()
    state.read_acknowledged(log)
    if not died:
        state.stop()
    return died


def at_random(state, source, number):
    server = state.start()
    if not isinstance(server, harness.Server):
        state.results.record(f"kill {number}: starts", False, server.stderr)
        return
    loader, log = state.load(server, 5)
    time.sleep(source.uniform(0.02, 0.6))
    os.kill(server.pid, signal.SIGKILL)
    state.wait_for_death(server.pid, 5)
    loader.terminate()
    loader.wait()
    state.read_acknowledged(log)


def main():
    harness.enter_namespace()
    results = harness.Results()
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1 << 30)
    print(f"seed {seed}")
    source = random.Random(seed)
    device = Device()
    with tempfile.TemporaryDirectory(prefix="winspoold-crash-") as directory:
        state = Round(directory, device, results)
        names = failpoint_names()
        results.record("the sources name failpoints", len(names) >= 10, names)
        for name in names:
            reached = [at_failpoint(state, name, hit) for hit in HITS[:1]]
            state.verify(f"killed at {name}")
            results.record(f"failpoint {name} was reached", any(reached))
            if at_failpoint(state, name, HITS[1]):
                state.verify(f"killed at {name}, passage {HITS[1]}")
        total = 0
        for number in range(1, kills + 1):
            at_random(state, source, number)
            total += len(state.acknowledged)
            state.verify(f"random kill {number}")
        results.record("random kills had acknowledged documents to lose", kills == 0 or total > kills, total)
    results.finish()


if __name__ == "__main__":
    main()
