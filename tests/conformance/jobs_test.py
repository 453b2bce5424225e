#!/usr/bin/python3
"""Queues under control: a queue is watched live while jobs are printed, paused, restarted, cancelled and purged through both interfaces;
devices that are off, slow, or drop the connection cost no job; two queues never print on one port at once; users keep to their rights."""
import hashlib
import json
import pathlib
import re
import socket
import subprocess
import tempfile
import threading
import time

import documents
import harness

CHANGE_ADD_JOB, CHANGE_SET_JOB, CHANGE_DELETE_JOB, CHANGE_SET_PRINTER = 0x100, 0x200, 0x400, 0x2


class Device:
    """A raw printer on a port of 127.0.0.1 whose behaviour a test chooses; keeps the digest of every document that ended cleanly."""

    def __init__(self, port=9100, bytes_per_second=None, drop_after=None):
        self.documents = []
        self.dropped = 0
        self.open = 0
        self.most_open = 0
        self.bytes_per_second = bytes_per_second
        self.drop_after = drop_after                 # resets the first connection after so many bytes
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", port), reuse_port=False)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        with self.lock:
            self.open += 1
            self.most_open = max(self.most_open, self.open)
        data = b""
        with connection:
            try:
                while part := connection.recv(16384):
                    data += part
                    if self.drop_after is not None and len(data) >= self.drop_after:
                        self.drop_after = None
                        self.dropped += 1
                        # Linger 0 makes close() a reset, as a printer that loses power.
                        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                        data = None
                        break
                    if self.bytes_per_second:
                        time.sleep(len(part) / self.bytes_per_second)
            except OSError:
                data = None
            with self.lock:
                self.open -= 1
                if data:
                    self.documents.append(hashlib.sha256(data).hexdigest())

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


class Watcher:
    """`probe watch` in the background: its change sets as they come."""

    def __init__(self, server, printer):
        command = [str(harness.build_directory() / "probe"), "--epm-port", str(server.epm), "--user", "admin", "--password", "Secret123!",
                   "watch", printer]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.changes = []
        threading.Thread(target=self.read, daemon=True).start()
        harness.wait_until(lambda: self.changes, 10)

    def read(self):
        for line in self.process.stdout:
            self.changes.append(json.loads(line) if line.startswith("{") else {"error": line})

    def saw(self, flag, text=""):
        return any(change.get("flags", 0) & flag and text in " ".join(change.get("changes", [])) for change in list(self.changes))

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Client:
    """probe through one interface; a call that fails is recorded as a failed test."""

    def __init__(self, results, server, interface, user="admin"):
        self.results, self.server, self.interface, self.user = results, server, interface, user

    def call(self, *words, options=()):
        return harness.probe(self.server, *words, user=self.user, interface=self.interface, options=options)

    def must(self, *words):
        status, output = self.call(*words)
        if status != 0:
            self.results.record(f"{self.interface}: {' '.join(map(str, words))}", False, output)
        return [json.loads(line) for line in output.splitlines() if line.startswith("{")]

    def print(self, printer, path):
        return self.must("print", printer, path)[0]["job"]

    def jobs(self, printer):
        return {row["JobId"]: row for row in self.must("jobs", printer)}


def control(results, server, interface, path, data):
    """One queue through its whole repertoire, watched."""
    label = f"{interface}:"
    client = Client(results, server, interface)
    watcher = Watcher(server, "Archive")
    out = server.directory / "out"
    written = lambda job: any(p.stem == str(job) for p in out.iterdir() if p.is_file())  # noqa: E731
    client.must("control", "Archive", "pause")
    results.record(f"{label} watcher sees the pause", harness.wait_until(lambda: watcher.saw(CHANGE_SET_PRINTER), 5), watcher.changes)
    jobs = [client.print("Archive", path) for _ in range(4)]
    results.check_equal(f"{label} paused queue keeps its jobs in order", list(client.jobs("Archive")), jobs)
    for job in jobs:
        seen = harness.wait_until(lambda job=job: watcher.saw(CHANGE_ADD_JOB, f"job {job} "), 5)
        results.record(f"{label} watcher sees job {job} added", seen, watcher.changes[-10:])
    client.must("job-control", "Archive", jobs[0], "pause")
    results.record(f"{label} paused job says so", client.jobs("Archive")[jobs[0]]["Status"] & 1 == 1, client.jobs("Archive")[jobs[0]])
    client.must("job-control", "Archive", jobs[1], "cancel")
    gone = harness.wait_until(lambda: jobs[1] not in client.jobs("Archive"), 5)
    results.record(f"{label} cancelled job goes", gone and not written(jobs[1]), client.jobs("Archive"))
    results.record(f"{label} watcher sees the deletion", harness.wait_until(lambda: watcher.saw(CHANGE_DELETE_JOB), 5), watcher.changes[-5:])
    client.must("job-control", "Archive", jobs[2], "retain")
    client.must("control", "Archive", "resume")
    printed = harness.wait_until(lambda: written(jobs[2]) and written(jobs[3]), 10)
    results.record(f"{label} resumed queue prints what is not paused", printed and not written(jobs[0]), sorted(p.name for p in out.iterdir()))
    kept = harness.wait_until(lambda: list(client.jobs("Archive")) == [jobs[0], jobs[2]], 5)
    results.record(f"{label} retained job stays", kept, client.jobs("Archive"))
    client.must("job-control", "Archive", jobs[0], "resume")
    results.record(f"{label} resumed job prints", harness.wait_until(lambda: written(jobs[0]), 10))
    for job in (jobs[0], jobs[2], jobs[3]):
        got = next(p for p in out.iterdir() if p.stem == str(job)).read_bytes() if written(job) else b""
        results.record(f"{label} job {job} byte for byte", got == data, f"{len(got)} of {len(data)} bytes")
    next(p for p in out.iterdir() if p.stem == str(jobs[2])).unlink()
    client.must("job-control", "Archive", jobs[2], "restart")
    results.record(f"{label} restarted job prints again", harness.wait_until(lambda: written(jobs[2]), 10), client.jobs("Archive"))
    client.must("control", "Archive", "pause")
    late = [client.print("Archive", path) for _ in range(3)]
    client.must("control", "Archive", "purge")
    empty = harness.wait_until(lambda: not client.jobs("Archive"), 5)
    client.must("control", "Archive", "resume")
    results.record(f"{label} purge empties the queue", empty and not any(written(job) for job in late), client.jobs("Archive"))
    results.record(f"{label} watcher got no error", not any("error" in change for change in watcher.changes), watcher.changes[-3:])
    watcher.stop()


def rights(results, server, path):
    for interface in ("par", "rprn"):
        admin, alice = Client(results, server, interface), Client(results, server, interface, user="alice")
        admin.must("control", "Archive", "pause")
        hers, his = alice.print("Archive", path), admin.print("Archive", path)
        for command in ("cancel", "pause", "restart", "delete"):
            status, output = alice.call("job-control", "Archive", his, command)
            results.record(f"{interface}: alice cannot {command} admin's job", status != 0 and "ACCESS_DENIED" in output, output)
        for command in ("pause", "purge"):
            status, output = alice.call("control", "Archive", command)
            results.record(f"{interface}: alice cannot {command} the queue", status != 0 and "ACCESS_DENIED" in output, output)
        results.record(f"{interface}: admin's job is still there", his in admin.jobs("Archive"))
        alice.must("job-control", "Archive", hers, "cancel")
        results.record(f"{interface}: alice cancels her own", harness.wait_until(lambda: hers not in admin.jobs("Archive"), 5))
        admin.must("job-control", "Archive", his, "cancel")
        admin.must("control", "Archive", "resume")


def device_faults(results, server, path, data):
    digest = hashlib.sha256(data).hexdigest()
    client = Client(results, server, "par")
    job = client.print("Laser", path)                # nothing listens on 9100
    time.sleep(0.5)
    results.record("printer off: the job waits", job in client.jobs("Laser"), client.jobs("Laser"))
    other = client.print("Archive", path)
    written = lambda: any(p.stem == str(other) for p in (server.directory / "out").iterdir())  # noqa: E731
    results.record("printer off: other queues print", harness.wait_until(written, 5))
    device = Device()
    results.record("printer on again: the job comes out", harness.wait_until(lambda: device.documents == [digest], 60), device.documents)
    device.drop_after = len(data) // 2
    job = client.print("Laser", path)
    again = harness.wait_until(lambda: len(device.documents) == 2, 60)
    results.record("dropped in the middle: the whole job is sent again", again and device.dropped == 1 and device.documents[1] == digest,
                   (device.dropped, device.documents))
    results.record("dropped in the middle: the queue is empty in the end", harness.wait_until(lambda: not client.jobs("Laser"), 10))
    device.bytes_per_second = 10_000                 # the document would take half a minute and more
    slow = client.print("Laser", path)
    quick = client.print("Archive", path)
    written = lambda: any(p.stem == str(quick) for p in (server.directory / "out").iterdir())  # noqa: E731
    done = harness.wait_until(written, 20)
    results.record("slow printer: other queues do not feel it", done and slow in client.jobs("Laser"), (done, client.jobs("Laser")))
    device.bytes_per_second = 10_000_000
    results.record("slow printer: the job comes out", harness.wait_until(lambda: len(device.documents) == 3, 60), device.documents)
    device.bytes_per_second = 10_000
    job = client.print("Laser", path)
    harness.wait_until(lambda: device.open == 1, 10)
    client.must("job-control", "Laser", job, "cancel")
    gone = harness.wait_until(lambda: job not in client.jobs("Laser"), 10)
    results.record("a job that prints is cancelled", gone and len(device.documents) <= 4, client.jobs("Laser"))
    device.close()


def two_queues(results, path, data):
    """Queues First and Second share the port of Laser."""
    driver = "Microsoft XPS Document Writer"
    shared = [{"name": name, "share_name": name, "port": "IP_127.0.0.1", "driver": driver, "shared": True} for name in ("First", "Second")]
    with harness.server(WINSPOOLD_TEST_OVERRIDE=json.dumps({"printers": shared})) as server:
        device = Device(bytes_per_second=2_000_000)
        client = Client(results, server, "par")
        for _ in range(5):
            for name in ("First", "Second"):
                client.print(name, path)
        arrived = harness.wait_until(lambda: len(device.documents) == 10, 60)
        good = device.documents.count(hashlib.sha256(data).hexdigest())
        results.record("two queues on one port: all jobs come out", arrived and good == 10, (good, len(device.documents)))
        results.check_equal("two queues on one port: never two at once", device.most_open, 1)
        device.close()


def log_lines(results, server):
    log = server.log()
    for user in ("admin", "alice"):
        pattern = re.compile(rf'connection=\d+ .*call=\d+ operation=\w+ user="[^"]*{user}"')
        results.record(f"log lines name connection, call, operation and {user}", pattern.search(log) is not None, log[-1500:])


def main():
    harness.enter_namespace()
    results = harness.Results()
    with tempfile.TemporaryDirectory(prefix="winspoold-documents-") as directory:
        path = pathlib.Path(directory) / "document"
        data = documents.postscript(pages=4, bytes_per_page=50_000, seed=5)
        path.write_bytes(data)
        with harness.server() as server:
            for interface in ("par", "rprn"):
                control(results, server, interface, path, data)
            rights(results, server, path)
            device_faults(results, server, path, data)
            log_lines(results, server)
        two_queues(results, path, data)
    results.finish()


if __name__ == "__main__":
    main()
