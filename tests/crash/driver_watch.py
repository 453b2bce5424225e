"""The clients of driver_load.py and what a restarted server must show of their work: every driver and package as of its last acknowledged
change or of the one that was under way, whole or not there at all."""
import hashlib
import json
import subprocess
import sys

import driver_client
import harness
from driver_state import DriverState


class Watch:
    def __init__(self, directory, sources):
        self.directory = directory
        self.sources = sources
        self.clients = {}                            # kind → process
        self.logs = {}                               # kind → its log, open for reading
        self.working = set()
        self.done = {}                               # what → last acknowledged value
        self.tried = {}                              # what → value sent but perhaps not acknowledged
        self.finished = 0                            # operations
        self.failures = []

    def start(self, kind):
        log = self.directory / f"acknowledged-{kind}"
        log.write_text("")
        program = harness.ROOT / "tests/crash/driver_load.py"
        command = [sys.executable, *map(str, (program, kind, self.directory, log, *self.sources))]
        self.clients[kind] = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                              text=True)
        self.logs[kind] = open(log, encoding="utf-8")

    def go(self, server, kinds):
        for kind in kinds:
            if kind not in self.clients:
                self.start(kind)
            self.tell(kind, f"go {server.rpc}")
            self.working.add(kind)

    def tell(self, kind, line):
        self.clients[kind].stdin.write(line + "\n")
        self.clients[kind].stdin.flush()

    def finish(self, stop):
        """Waits until the clients are idle: told so by `stop`, otherwise because the server is gone."""
        for kind in self.working:
            client = self.clients[kind]
            if stop and client.poll() is None:
                self.tell(kind, "stop")
            if client.stdout.readline() != "idle\n":
                self.failures.append(f"the client for {kind} ended: {client.wait()}")
                del self.clients[kind]
        self.working.clear()
        self.read()

    def wait_for_death(self, pid, seconds):
        """True when the server has died; sooner False when a client ended that should have driven it there."""
        def over():
            return harness.wait_for_death(pid, 0) or any(client.poll() is not None for client in self.clients.values())
        harness.wait_until(over, seconds)
        return harness.wait_for_death(pid, 0)

    def end(self):
        for client in self.clients.values():
            client.stdin.close()
            client.wait()

    def read(self):
        """Takes in what the clients noted. They write whole lines."""
        for log in self.logs.values():
            for line in log:
                word, what, *value = json.loads(line)
                if word == "failed":
                    self.failures.append(what)
                elif word == "try":
                    self.tried[what] = value[0]
                else:
                    self.done[what] = value[0]
                    self.finished += 1

    def repeat(self, server, kinds):
        """Lets the clients work until each has had an answer; the first operation is the one that the kill interrupted."""
        for kind in kinds:
            self.go(server, [kind])
            before = self.finished

            def answered():
                self.read()
                return self.finished > before or self.failures
            if not harness.wait_until(answered, 20):
                self.failures.append(f"the client for {kind} had no answer after the restart")
            self.finish(stop=True)

    def problems(self):
        """Nothing may be changing drivers now."""
        if not self.tried:
            return []
        state = DriverState(self.directory, self.sources)
        found = state.examine()
        for what, tried in self.tried.items():
            shown = self.shown(what, state)
            nothing = 0 if isinstance(tried, int) else ""
            if shown not in (tried, self.done.get(what, nothing)):
                found.append(f"{what} is {shown}, acknowledged {self.done.get(what, nothing)}, tried {tried}")
            self.done[what] = shown                  # what the next round begins with
        found += self.listed(state)
        found += self.failures
        self.failures = []
        return found

    def shown(self, what, state):
        """The value of `what` on disk; None when it is in pieces."""
        kind, _, name = what.partition(" ")
        if kind == "package":
            return int(any(source is not None and source.name == name for source in state.packages.values()))
        if kind == "installed":
            return state.origin(name)
        files = state.drivers.get((name, driver_client.X64))
        if files is None:
            return 0
        for number in {self.tried[what], self.done.get(what, 0)}:
            wanted = {file: hashlib.sha256(driver_client.content(file, number).encode()).hexdigest()
                      for file in driver_client.file_names(name)}
            if files == wanted:
                return number
        return None

    def listed(self, state):
        """The server's own lists agree with what is on disk."""
        drivers = harness.control(self.directory, "driver", "list")[0]
        packages = harness.control(self.directory, "driver", "packages")[0]
        names = {(row["name"], row["environment"]) for row in drivers if not row["declared"]}
        found = []
        if names != set(state.drivers):
            found.append(f"listed drivers {sorted(names)}, on disk {sorted(state.drivers)}")
        if {row["package"] for row in packages} != set(state.packages):
            found.append(f"listed packages {packages}, on disk {sorted(state.packages)}")
        return found
