"""A print client that tests drive row by row: `probe script -` with its answers by id."""
import json
import pathlib
import queue
import subprocess
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "conformance"))
import harness  # noqa: E402


class Client:
    """One `probe script -`: rows go in, results come out; those of rows that wait come whenever they come."""

    def __init__(self, results, server, interface, user="admin", options=()):
        self.results, self.interface = results, interface
        self.label = f"{interface}:"
        command = [str(harness.build_directory() / "probe"), "--server", "127.0.0.1", "--epm-port", str(server.epm), "--user", user,
                   "--password", "Secret123!", "--interface", interface, *options, "script", "-"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.answers = {}
        self.lock = threading.Lock()
        self.proved = set()                          # verbs whose outcome was compared
        self.number = 0
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            answer = json.loads(line)
            self._box(answer["id"]).put(answer)

    def _box(self, identity):
        with self.lock:
            return self.answers.setdefault(identity, queue.Queue())

    def start(self, verb, **row):
        """Sends a row; its id."""
        self.number += 1
        self.process.stdin.write(json.dumps({"verb": verb, "id": self.number, **row}) + "\n")
        self.process.stdin.flush()
        return self.number

    def answer(self, identity, seconds=60):
        try:
            return self._box(identity).get(timeout=seconds)
        except queue.Empty:
            return {"error": "no answer"}

    def call(self, verb, **row):
        return self.answer(self.start(verb, **row))

    def must(self, what, verb, **row):
        """A call that has to succeed; its result."""
        result = self.call(verb, **row)
        self.proved.add(verb)
        self.results.record(f"{self.label} {what}", "error" not in result, result)
        return result

    def refused(self, what, error, verb, **row):
        result = self.call(verb, **row)
        self.proved.add(verb)
        self.results.record(f"{self.label} {what}: {error}", result.get("error") == error, result)
        return result

    def check(self, what, good, detail=""):
        self.results.record(f"{self.label} {what}", good, detail)

    def equal(self, what, got, wanted):
        self.results.check_equal(f"{self.label} {what}", got, wanted)

    def close(self):
        self.process.stdin.close()
        return self.process.wait(timeout=60)
