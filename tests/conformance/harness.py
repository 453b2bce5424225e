"""What every conformance test here shares: an own network namespace, a throw-away server in it, and plain results.

Run a test file directly: it re-executes itself inside `unshare --net` (with a user namespace when it is not root), starts
tools/testserver there and prints `N passed, N failed` at the end. A missing client is a failure, never a skip.
"""
import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
INSIDE = "WINSPOOLD_TEST_NAMESPACE"
CREDENTIALS = "admin%Secret123!"


def enter_namespace():
    """Continues in a fresh network namespace with the loopback interface up."""
    if os.environ.get(INSIDE) == "1":
        return
    flags = ["--net", "--mount"] if os.geteuid() == 0 else ["--user", "--map-root-user", "--net", "--mount"]
    environment = dict(os.environ, **{INSIDE: "1"})
    # p910nd insists on its lock directory, which Debian's package does not make.
    script = 'ip link set lo up && mount -t tmpfs tmpfs /var/lock && mkdir /var/lock/p910nd && exec "$@"'
    os.execvpe("unshare", ["unshare", *flags, "sh", "-c", script, "sh", sys.executable, *sys.argv], environment)


def require(*programs):
    missing = [program for program in programs if shutil.which(program) is None]
    if missing:
        sys.exit("FAILED: needed clients are not installed: " + " ".join(missing))


class Server:
    def __init__(self, directory, line):
        self.directory = pathlib.Path(directory)
        fields = dict(part.split("=") for part in line.split()[1:])
        self.epm = int(fields["epm"])
        self.rpc = int(fields["rpc"])

    def log(self):
        return (self.directory / "winspoold.log").read_text(errors="replace")

    @property
    def pid(self):
        return int((self.directory / "pid").read_text())


@contextlib.contextmanager
def server(printers=0, **environment):
    """A running test server; its directory goes away afterwards unless WINSPOOLD_KEEP is set."""
    directory = tempfile.mkdtemp(prefix="winspoold-test-")
    variables = dict(os.environ, **environment)
    tool = str(ROOT / "tools/testserver")
    started = subprocess.run([tool, "start", directory, str(printers)], env=variables, capture_output=True, text=True)
    if started.returncode != 0:
        sys.exit("FAILED: " + started.stderr)
    try:
        yield Server(directory, started.stdout.strip())
    finally:
        stopped = subprocess.run([tool, "stop", directory], env=variables, capture_output=True, text=True)
        if stopped.returncode != 0:
            print("FAILED: stop: " + stopped.stderr)
            Results.current.record("clean stop", False, stopped.stderr)
        if "WINSPOOLD_KEEP" in os.environ:
            print("kept:", directory)
        else:
            shutil.rmtree(directory, ignore_errors=True)


class Results:
    current = None

    def __init__(self):
        self.passed = 0
        self.failed = []
        Results.current = self

    def record(self, name, good, detail=""):
        if good:
            self.passed += 1
            print(f"ok      {name}")
        else:
            self.failed.append(name)
            print(f"FAILED  {name}\n        " + str(detail).strip().replace("\n", "\n        "))

    def check_equal(self, name, got, wanted):
        self.record(name, got == wanted, f"got    {got!r}\nwanted {wanted!r}")

    def finish(self):
        print(f"{self.passed} passed, {len(self.failed)} failed")
        sys.exit(1 if self.failed or self.passed == 0 else 0)


def probe(server, *arguments, user="admin", interface="par", timeout=120, options=()):
    """Runs tools/probe against the server; its exit status and its output."""
    command = [str(build_directory() / "probe"), "--server", "127.0.0.1", "--epm-port", str(server.epm), "--user", user,
               "--password", "Secret123!", "--interface", interface, *options, *map(str, arguments)]
    return run(command, timeout=timeout)


def build_directory():
    if "WINSPOOLD_BUILD" in os.environ:
        return pathlib.Path(os.environ["WINSPOOLD_BUILD"]).resolve()
    for name in ("check", "release"):
        if (ROOT / "build" / name / "winspoold").exists():
            return ROOT / "build" / name
    sys.exit("FAILED: nothing is built")


def run(command, timeout=120, **options):
    """Combined output and exit status; a time-out is status -1 with what came so far."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=timeout, text=True, errors="replace",
                              **options)
        return done.returncode, done.stdout
    except subprocess.TimeoutExpired as expired:
        output = expired.stdout or b""
        return -1, output.decode(errors="replace") if isinstance(output, bytes) else output


def control(directory, *arguments):
    """Runs winspoolctl against the server of `directory`; its answer, exit status and output."""
    socket = pathlib.Path(directory) / "admin.socket"
    status, output = run([str(build_directory() / "winspoolctl"), "--socket", str(socket), "--json", *map(str, arguments)])
    return json.loads(output) if status == 0 and output.strip() else {}, status, output


def wait_for_death(pid, seconds=10.0):
    """True when the process is gone. Whoever inherited it need not have asked for it yet."""
    def dead():
        try:
            return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
        except (FileNotFoundError, ProcessLookupError):
            return True
    return wait_until(dead, seconds)


def kill(server):
    """kill -9; comes back when the process is gone."""
    os.kill(server.pid, signal.SIGKILL)
    wait_for_death(server.pid)


def wait_until(condition, seconds=30.0):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return condition()
