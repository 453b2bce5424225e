#!/usr/bin/python3
"""kill -9 loses nothing that was acknowledged.

Each round starts the daemon on the same state, lets `probe load` print and change settings, and kills the daemon: at a failpoint (every
durable step of a job's life, several hits deep) or at a random moment. After each restart: every acknowledged document is queued or has
reached the device, every acknowledged setting is in force, every driver is whole, and when the queues are empty nothing is left in the spool directory.

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
import driver_client  # noqa: E402
import harness  # noqa: E402
import socketserver  # noqa: E402

HITS = (1, 7)                                        # at the first and at a later passage of each failpoint
KILLED_BY_FAILPOINT = 99
MIGRATING = ("store.migrate.before", "store.migrate.after")


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
    # What packages pass through is cut off in tests/unit/storage/package_store_test.cpp.
    return sorted(name for name in names.difference(MIGRATING) if not name.startswith("package."))


class Round:
    def __init__(self, directory, device, results):
        self.directory = pathlib.Path(directory)
        self.device = device
        self.results = results
        self.acknowledged = {}                       # digest → job id
        self.settings = {}                           # printer → last acknowledged comment
        self.attempted = {}                          # printer → comment sent but perhaps not acknowledged
        self.data = {}                               # the same for a value of printer data
        self.attempted_data = {}
        self.drivers = {}                            # driver → last acknowledged round; 0: deleted
        self.attempted_drivers = {}

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
            elif words[0] == "try-data":
                self.attempted_data[words[1]] = words[2]
            elif words[0] == "data":
                self.data[words[1]] = words[2]
            elif words[0] == "try-driver":
                self.attempted_drivers[words[1]] = int(words[2])
            elif words[0] == "driver":
                self.drivers[words[1]] = int(words[2])

    def drive(self, server):
        """Starts a client that adds and deletes drivers."""
        log = self.directory / "acknowledged-drivers"
        log.write_text("")
        command = [sys.executable, str(harness.ROOT / "tests/conformance/driver_client.py"), str(server.rpc),
                   str(self.directory / "state" / "drivers"), str(log)]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL), log

    def driver_problems(self, server):
        """Each driver is whole, as of its last acknowledged change or of the one after that."""
        if not self.attempted_drivers:
            return []
        problems = []
        command = ["rpcclient", f"ncacn_ip_tcp:127.0.0.1[{server.rpc},seal]", "-U" + harness.CREDENTIALS, "-c", "enumdrivers 1"]
        listed = harness.run(command)[1]
        for name, attempted in self.attempted_drivers.items():
            rounds = {attempted, self.drivers.get(name, 0)}
            shown = self.directory / "state" / "drivers" / "x64" / "3"
            found = [(shown / file).read_text() if (shown / file).exists() else "" for file in driver_client.file_names(name)]
            whole = [number for number in rounds
                     if found == [driver_client.content(file, number) if number else "" for file in driver_client.file_names(name)]
                     and (f"[{name}]" in listed) == (number != 0)]
            if whole:
                self.drivers[name] = whole[0]        # what the next round begins with
            else:
                problems.append(f"driver {name} is of no round of {rounds}: {[text[:40] for text in found]}, {listed[-300:]}")
        contents = len(list((self.directory / "state" / "driver_files").iterdir()))
        if contents > 3 * len(self.attempted_drivers):
            problems.append(f"{contents} contents in the driver store")
        return problems

    def wait_for_death(self, pid, seconds):
        def dead():
            try:
                return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
            except (FileNotFoundError, ProcessLookupError):
                return True
        return harness.wait_until(dead, seconds)

    def verify(self, label):
        """Restarts, drains, compares; the server that runs then, or None."""
        server = self.start()
        if not isinstance(server, harness.Server):
            self.results.record(f"{label}: restarts", False, server.stderr)
            return None
        # The load pauses and resumes its queues: a kill in between rightly leaves one paused, with its jobs.
        for printer in ("Archive", "Null"):
            harness.probe(server, "control", printer, "resume")
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
        for printer, text in self.data.items():
            status, output = harness.probe(server, "data", printer, "load\\key", "newest")
            if text not in output and self.attempted_data[printer] not in output:
                problems.append(f"printer data of {printer} lost: {text}: {output[-300:]}")
        problems += self.driver_problems(server)
        self.results.record(label, not problems, "; ".join(problems))
        self.acknowledged.clear()
        return server

    def spool_entries(self):
        """Files in the spool directory. os.walk: directories vanish while jobs finish."""
        spool = self.directory / "state" / "spool"
        found = [os.path.join(where, name) for where, _, names in os.walk(spool) for name in names]
        return [path for path in found if path != str(spool / "lock")]

    def stop(self):
        subprocess.run([str(harness.ROOT / "tools/testserver"), "stop", str(self.directory)], capture_output=True)


def died_starting(started):
    return f"(exit status {KILLED_BY_FAILPOINT})" in started.stderr


def at_failpoint(state, name, hit):
    """True when the daemon died there."""
    server = state.start(WINSPOOLD_FAILPOINT=f"{name}:{hit}")
    if not isinstance(server, harness.Server):
        return died_starting(server)
    loader, log = state.load(server, 3)
    others = []
    if name.startswith("printer."):                  # a client that adds and deletes a printer
        others.append(subprocess.Popen(["smbtorture", "-s", "/dev/null", "--target=other", "ncacn_ip_tcp:127.0.0.1[seal]",
                                        "-U" + harness.CREDENTIALS, "rpc.spoolss.printer.addprinter.openprinter"],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
    if name.startswith("driver."):
        client, driver_log = state.drive(server)
        others.append(client)
    died = state.wait_for_death(server.pid, 8 if name.startswith("driver.") else 4)
    for client in [loader, *others]:
        client.terminate()
        client.wait()
    state.read_acknowledged(log)
    if name.startswith("driver."):
        state.read_acknowledged(driver_log)
    if not died:
        state.stop()
    return died


def all_failpoints(state, results):
    for name in failpoint_names():
        for hit in HITS:
            reached = at_failpoint(state, name, hit)
            if hit == HITS[0]:
                results.record(f"failpoint {name} was reached", reached)
            if reached and state.verify(f"killed at {name}, passage {hit}"):
                state.stop()


def while_migrating(device, results):
    """The failpoints of migrations are reached on the first start only."""
    for name in MIGRATING:
        with tempfile.TemporaryDirectory(prefix="winspoold-crash-") as directory:
            state = Round(directory, device, results)
            results.record(f"failpoint {name} was reached", died_starting(state.start(WINSPOOLD_FAILPOINT=name + ":1")))
            if state.verify(f"killed at {name}"):
                state.stop()


def at_random(state, source, server):
    loader, log = state.load(server, 5)
    time.sleep(source.uniform(0.02, 0.6))
    os.kill(server.pid, signal.SIGKILL)
    state.wait_for_death(server.pid, 5)
    loader.terminate()
    loader.wait()
    state.read_acknowledged(log)


def main():
    harness.enter_namespace()
    harness.require("smbtorture")
    results = harness.Results()
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1 << 30)
    print(f"seed {seed}")
    source = random.Random(seed)
    device = Device()
    with tempfile.TemporaryDirectory(prefix="winspoold-crash-") as directory:
        state = Round(directory, device, results)
        results.record("the sources name failpoints", len(failpoint_names()) >= 10, failpoint_names())
        while_migrating(device, results)
        all_failpoints(state, results)
        server = state.verify("before the random kills")
        total = 0
        for number in range(1, kills + 1):
            if server is None:
                break
            at_random(state, source, server)
            total += len(state.acknowledged)
            server = state.verify(f"random kill {number}")
        state.stop()
        results.record("random kills had acknowledged documents to lose", kills == 0 or total > kills, total)
    results.finish()


if __name__ == "__main__":
    main()
