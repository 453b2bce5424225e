#!/usr/bin/python3
"""kill -9 loses nothing that was acknowledged.

Each round starts the daemon on the same state, lets `probe load` print and change settings, and kills the daemon: at a failpoint (every
durable step of a job's life, several hits deep) or at a random moment. After each restart: every acknowledged document is queued or has
reached the device, every acknowledged setting is in force, and when the queues are empty nothing is left in the spool directory. Two more
clients (driver_load.py) add, replace and delete drivers and packages: each of these is there with all its files or not at all, as of the
last acknowledged operation or of the one under way; nothing else lies where their files are; and that operation succeeds when repeated.

usage: crash_test.py [RANDOM_KILLS] [SEED] [PREFIX]    only the failpoints whose names begin with PREFIX
"""
import collections
import hashlib
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "conformance"))
import driver_watch  # noqa: E402
import harness  # noqa: E402
import package_client  # noqa: E402
import socketserver  # noqa: E402

HITS = (1, 7)                                        # at the first and at a later passage of each failpoint
DRIVER_HITS = (1, 2)                                 # the same for those of drivers and packages, which are passed more rarely
DRIVER_CLIENTS = ("drivers", "packages")             # of driver_load.py
PACKAGES = {"old": "1.2.3.4", "new": "1.2.3.5"}      # the same driver in two versions
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
    return sorted(names.difference(MIGRATING))


def driver_clients(name):
    """Who passes a failpoint of drivers or packages: each of these in a round of its own. Packages install drivers, too."""
    if name.startswith("driver."):
        return [["drivers"], ["packages"]]
    return [["packages"]] if name.startswith("package.") else []


class Round:
    def __init__(self, directory, device, results, packages):
        self.directory = pathlib.Path(directory)
        self.device = device
        self.results = results
        self.acknowledged = {}                       # digest → job id
        self.settings = {}                           # printer → last acknowledged comment
        self.attempted = {}                          # printer → comment sent but perhaps not acknowledged
        self.data = {}                               # the same for a value of printer data
        self.attempted_data = {}
        self.environment = {"WINSPOOLD_TEST_OVERRIDE": json.dumps(
            {"driver_packages": {"trust_files": [str(package_client.trust_file(package)) for package in packages]}})}
        self.watch = driver_watch.Watch(self.directory, packages)

    def start(self, **environment):
        variables = dict(os.environ, **self.environment, **environment)
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
        problems += self.watch.problems()
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

    def end(self):
        self.watch.end()


def died_starting(started):
    return f"(exit status {KILLED_BY_FAILPOINT})" in started.stderr


def at_failpoint(state, name, hit, clients):
    """True when the daemon died there. `clients` work on drivers beside the load."""
    server = state.start(WINSPOOLD_FAILPOINT=f"{name}:{hit}")
    if not isinstance(server, harness.Server):
        return died_starting(server)
    # A first passage must come, however busy the machine is; a later one need not.
    seconds = 30 if clients or hit == HITS[0] else 4
    loader, log = state.load(server, seconds)
    others = [loader]
    if name.startswith("printer."):                  # a client that adds and deletes a printer
        others.append(subprocess.Popen(["smbtorture", "-s", "/dev/null", "--target=other", "ncacn_ip_tcp:127.0.0.1[seal]",
                                        "-U" + harness.CREDENTIALS, "rpc.spoolss.printer.addprinter.openprinter"],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
    state.watch.go(server, clients)
    died = state.watch.wait_for_death(server.pid, seconds)
    for client in others:
        client.terminate()
        client.wait()
    state.read_acknowledged(log)
    state.watch.finish(stop=not died)
    if not died:
        state.stop()
    return died


def verify_and_repeat(state, results, label, clients):
    """After a kill amid changes of drivers: what was under way then succeeds when it is repeated, and leaves everything in order."""
    server = state.verify(label)
    if server is None:
        return
    if clients:
        state.watch.repeat(server, clients)
        problems = state.watch.problems()
        results.record(f"{label}: the operation repeated", not problems, "; ".join(problems))
    state.stop()


def all_failpoints(state, results, prefix):
    for name in failpoint_names():
        if not name.startswith(prefix):
            continue
        for clients in driver_clients(name) or [[]]:
            for hit in DRIVER_HITS if clients else HITS:
                label = f"killed at {name}, passage {hit}" + "".join(f", by {kind}" for kind in clients)
                reached = at_failpoint(state, name, hit, clients)
                if hit == HITS[0] or clients:
                    results.record(f"{label}: was reached", reached)
                if reached:
                    verify_and_repeat(state, results, label, clients)


def while_migrating(device, results, packages):
    """The failpoints of migrations are reached on the first start only."""
    for name in MIGRATING:
        with tempfile.TemporaryDirectory(prefix="winspoold-crash-") as directory:
            state = Round(directory, device, results, packages)
            results.record(f"failpoint {name} was reached", died_starting(state.start(WINSPOOLD_FAILPOINT=name + ":1")))
            if state.verify(f"killed at {name}"):
                state.stop()
            state.end()


def orphans_are_noticed(state, results):
    """What no crash of today leaves behind would be found if one did."""
    root = state.directory / "state"
    for place in ("driver_files", "driver_packages", "driver_packages/.staging", "drivers/x64/3", "drivers/x64/PCC"):
        orphan = root / place / "orphan"
        orphan.write_text("left behind")
        problems = state.watch.problems()
        results.record(f"an orphan in {place} is noticed", any("orphan" in problem for problem in problems), problems)
        orphan.unlink()
    results.check_equal("nothing is left of the orphans", state.watch.problems(), [])


def at_random(state, source, server):
    loader, log = state.load(server, 5)
    state.watch.go(server, DRIVER_CLIENTS)
    time.sleep(source.uniform(0.02, 0.6))
    harness.kill(server)
    loader.terminate()
    loader.wait()
    state.read_acknowledged(log)
    state.watch.finish(stop=False)


def main():
    harness.enter_namespace()
    harness.require("smbtorture", "cabextract")
    results = harness.Results()
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1 << 30)
    print(f"seed {seed}")
    source = random.Random(seed)
    device = Device()
    with tempfile.TemporaryDirectory(prefix="winspoold-crash-") as directory:
        work = pathlib.Path(directory)
        packages = [package_client.sample(work / name, version) for name, version in PACKAGES.items()]
        state = Round(work / "server", device, results, packages)
        results.record("the sources name failpoints", len(failpoint_names()) >= 10, failpoint_names())
        while_migrating(device, results, packages)
        all_failpoints(state, results, sys.argv[3] if len(sys.argv) > 3 else "")
        server = state.verify("before the random kills")
        if server is not None and state.watch.tried:
            orphans_are_noticed(state, results)
        total = 0
        before = state.watch.finished
        for number in range(1, kills + 1):
            if server is None:
                break
            at_random(state, source, server)
            total += len(state.acknowledged)
            server = state.verify(f"random kill {number}")
        state.stop()
        state.end()
        results.record("random kills had acknowledged documents to lose", kills == 0 or total > kills, total)
        changes = state.watch.finished - before
        results.record(f"random kills came amid {changes} changes of drivers and packages", kills == 0 or changes > kills / 2)
    results.finish()


if __name__ == "__main__":
    main()
