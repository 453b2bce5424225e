#!/usr/bin/python3
"""The daemon as an administrator meets it: --check-config, start, winspoolctl, SIGHUP, accounts, refusals, clean stop, a second daemon."""
import json
import os
import pathlib
import pwd
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "conformance"))
import harness  # noqa: E402


def control(server, *words, socket_name="admin.socket"):
    build = harness.build_directory()
    return harness.run([str(build / "winspoolctl"), "--json", "--socket", str(server.directory / socket_name), "--account-file",
                        str(server.directory / "accounts.json"), *words])


def check_config(results, server):
    daemon = str(harness.build_directory() / "winspoold")
    config = server.directory / "winspoold.json"
    status, output = harness.run([daemon, "--check-config", "--config", str(config)])
    results.record("--check-config takes the running configuration", status == 0, output)
    broken = server.directory / "broken.json"
    broken.write_text('{\n "listen": {\n  "rpc_port": "x"\n }\n}\n')
    status, output = harness.run([daemon, "--check-config", "--config", str(broken)])
    results.record("--check-config names file, line and pointer", status == 1 and f"{broken}:3: /listen/rpc_port" in output, output)
    status, output = harness.run([daemon, "--config", str(broken)])
    results.record("a broken configuration does not start", status == 1 and "/listen/rpc_port" in output, output)
    status, output = harness.run([daemon, "--config", str(config)], timeout=20)
    results.record("a second daemon on the same state does not start", status == 1 and output.strip() != "", output)


def administration(results, server):
    status, output = control(server, "printer", "list")
    names = [row["name"] for row in json.loads(output)] if status == 0 else []
    results.check_equal("printer list", sorted(names), ["Archive", "Laser", "Null"])
    status, output = control(server, "port", "add", "IP_127.0.0.9", "Standard TCP/IP Port", "--host", "127.0.0.9")
    results.record("port add", status == 0, output)
    status, output = control(server, "printer", "add", "Second", "IP_127.0.0.9", "Microsoft XPS Document Writer", "--share_name", "Second")
    results.record("printer add", status == 0, output)
    status, output = harness.probe(server, "open", "Second")
    results.record("a client opens it at once", status == 0, output)
    status, output = control(server, "printer", "add", "Second", "IP_127.0.0.9", "Microsoft XPS Document Writer")
    results.record("the same name again is refused", status == 1 and "ERROR_PRINTER_ALREADY_EXISTS" in output, output)
    status, output = control(server, "port", "delete", "IP_127.0.0.9")
    results.record("a port in use is not deleted", status == 1 and "ERROR_BUSY" in output, output)
    results.record("printer pause", control(server, "printer", "pause", "Second")[0] == 0)
    document = server.directory / "document"
    document.write_bytes(b"hello")
    status, output = harness.probe(server, "print", "Second", document)
    status, output = control(server, "job", "list", "--printer", "Second")
    jobs = json.loads(output) if status == 0 else []
    results.record("job list shows the held document", len(jobs) == 1 and jobs[0]["user"] == "admin", output)
    if jobs:
        results.record("job cancel", control(server, "job", "cancel", str(jobs[0]["id"]))[0] == 0)
    status, output = control(server, "printer", "delete", "Second")
    results.record("printer delete", status == 0, output)
    gone = harness.wait_until(lambda: "Second" not in control(server, "printer", "list")[1])
    results.record("the printer is gone", gone)
    status, output = control(server, "printer", "pause", "Nothing")
    results.record("an unknown printer is an error", status == 1 and "ERROR_INVALID_PRINTER_NAME" in output, output)
    status, output = control(server, "status")
    results.record("status", status == 0 and json.loads(output)["rpc_port"] == server.rpc, output)
    status, output = control(server, "metrics")
    results.record("metrics", status == 0 and len(json.loads(output)) > 3, output[:300])
    with socket.socket(socket.AF_UNIX) as raw:
        raw.connect(str(server.directory / "admin.socket"))
        raw.sendall(b"no json\n")
        results.record("nonsense on the socket gets an error, not silence", b'"ok":false' in raw.recv(4096))
    mode = (server.directory / "admin.socket").stat().st_mode & 0o777
    results.check_equal("the socket is private", mode, 0o600)
    results.check_equal("the account file is private", (server.directory / "accounts.json").stat().st_mode & 0o777, 0o600)


def accounts(results, server):
    build = harness.build_directory()
    ctl = [str(build / "winspoolctl"), "--account-file", str(server.directory / "accounts.json")]
    added = subprocess.run([*ctl, "user", "add", "bob", "--password-stdin"], input="Secret123!\n", text=True, capture_output=True)
    results.record("user add while the daemon runs", added.returncode == 0, added.stderr)
    seen = harness.wait_until(lambda: harness.probe(server, "open", "Laser", user="bob")[0] == 0, 10)
    results.record("the daemon notices the new user", seen)
    subprocess.run([*ctl, "user", "disable", "bob"], check=True)
    refused = harness.wait_until(lambda: harness.probe(server, "open", "Laser", user="bob")[0] != 0, 10)
    results.record("the daemon notices the disabled user", refused)
    log = server.log()
    results.record("the refusal names user, workstation, peer and reason",
                   any("bob" in line and "127.0.0.1" in line and "disabled" in line for line in log.splitlines()), log[-1500:])
    status, output = harness.probe(server, "control", "Laser", "pause", user="alice")
    results.record("alice may not pause a printer", status != 0 and "ERROR_ACCESS_DENIED" in output, output)


def reload(results, server):
    config = server.directory / "winspoold.json"
    content = json.loads(config.read_text())
    content["storage"]["job_quota_bytes"] = 1000
    content["listen"]["rpc_port"] = 4711
    config.write_text(json.dumps(content))
    os.kill(server.pid, signal.SIGHUP)
    told = harness.wait_until(lambda: "a restart is needed for listen.rpc_port" in server.log(), 10)
    results.record("SIGHUP says what needs a restart", told, server.log()[-1000:])
    large = server.directory / "large"
    large.write_bytes(bytes(200_000))
    status, output = harness.probe(server, "print", "Null", large)
    results.record("SIGHUP took the quota over: the client gets a disk code",
                   status != 0 and ("ERROR_NO_SPOOL_SPACE" in output or "ERROR_DISK_FULL" in output or "ERROR_NOT_ENOUGH_QUOTA" in output), output)
    config.write_text("{ broken")
    os.kill(server.pid, signal.SIGHUP)
    kept = harness.wait_until(lambda: "the old one stays in force" in server.log(), 10)
    results.record("a broken file on SIGHUP changes nothing", kept and harness.probe(server, "open", "Laser")[0] == 0)
    config.write_text(json.dumps(content))


def reload_under_load(results, server):
    """SIGHUP and `reload` while administrators change printers and clients print: every change and every document that was acknowledged
    is there afterwards, and the last file is in force."""
    config = server.directory / "winspoold.json"
    content = json.loads(config.read_text())
    rounds = 12
    document = server.directory / "small"
    document.write_bytes(b"x" * 500)
    trouble = []

    def expect_success(what, outcome):
        if outcome[0] != 0:
            trouble.append(f"{what}: {outcome[1]}")

    def change(printer):
        for number in range(rounds):
            expect_success("printer set", control(server, "printer", "set", printer, "--comment", f"{printer} {number}"))

    def print_documents():
        for _ in range(rounds):
            expect_success("print", harness.probe(server, "print", "Null", document))

    def reload_file():
        for number in range(rounds):
            fresh = dict(content, storage=dict(content["storage"], job_quota_bytes=1000 + number))
            temporary = config.with_suffix(".new")
            temporary.write_text(json.dumps(fresh))
            temporary.replace(config)
            os.kill(server.pid, signal.SIGHUP)
            expect_success("reload", control(server, "reload"))

    before = server.pid
    workers = [threading.Thread(target=work) for work in (lambda: change("Laser"), lambda: change("Archive"), print_documents, reload_file)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    results.check_equal("reload under load: every change and every document was taken", trouble, [])
    comments = {row["name"]: row["comment"] for row in json.loads(control(server, "printer", "list")[1])}
    results.check_equal("reload under load: the last changes are there", (comments["Laser"], comments["Archive"]),
                        (f"Laser {rounds - 1}", f"Archive {rounds - 1}"))
    document.write_bytes(b"x" * (1000 + rounds - 1))
    results.record("reload under load: a document of the last quota fits", harness.probe(server, "print", "Null", document)[0] == 0)
    document.write_bytes(b"x" * (1000 + rounds))
    results.record("reload under load: one byte more does not", harness.probe(server, "print", "Null", document)[0] != 0)
    results.check_equal("reload under load: it is the same process", server.pid, before)
    config.write_text(json.dumps(content))


def descriptors(results, server):
    line = next(line for line in pathlib.Path(f"/proc/{server.pid}/limits").read_text().splitlines() if line.startswith("Max open files"))
    soft, hard = line.split()[3:5]
    results.check_equal("the daemon may open as many files as the system lets it", soft, hard)


def other_user(results):
    """Started as root with process.user: everything belongs to that user, printing works, the mapper's low port is bound."""
    if int(pathlib.Path("/proc/self/uid_map").read_text().split()[2]) < 65536:
        print("only root may become somebody else: process.user not tried")
        return
    build = harness.build_directory()
    with tempfile.TemporaryDirectory(prefix="winspoold-test-") as name:
        directory = pathlib.Path(name)
        nobody = pwd.getpwnam("nobody")
        os.chown(directory, nobody.pw_uid, nobody.pw_gid)
        accounts_file = directory / "accounts.json"
        harness.run(["sh", "-c", f"echo Secret123! | {build}/winspoolctl --account-file {accounts_file} user add admin --password-stdin"])
        os.chown(accounts_file, nobody.pw_uid, nobody.pw_gid)
        config = {"listen": {"addresses": ["127.0.0.1"], "endpoint_mapper_port": 135, "rpc_port": 0}, "process": {"user": "nobody"},
                  "security": {"account_file": str(accounts_file)}, "storage": {"directory": str(directory / "state")},
                  "log": {"file": str(directory / "winspoold.log")}, "admin": {"socket": str(directory / "run/admin.socket")},
                  "ports": [{"name": "NUL:", "monitor": "Null Port"}],
                  "drivers": [{"name": "Generic", "environments": ["Windows x64"], "version": 4}],
                  "printers": [{"name": "Null", "share_name": "Null", "port": "NUL:", "driver": "Generic", "shared": True}]}
        (directory / "winspoold.json").write_text(json.dumps(config))
        os.chmod(directory / "winspoold.json", 0o644)
        document = directory / "document"
        document.write_bytes(bytes(200_000))
        daemon = subprocess.Popen([str(build / "winspoold"), "--config", str(directory / "winspoold.json")], stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True)
        try:
            ready = daemon.stdout.readline()
            results.record("process.user: starts, with the mapper on port 135", ready.startswith("ready epm=135"), ready)
            owners = {path.stat().st_uid for path in directory.rglob("*") if path.name not in ("winspoold.json", "document", "accounts.json.lock")}
            results.check_equal("process.user: every file belongs to the user", owners, {nobody.pw_uid})
            status = pathlib.Path(f"/proc/{daemon.pid}/status").read_text()
            results.record("process.user: only the right to low ports is left", "CapEff:\t0000000000000400" in status, status)
            code, output = harness.run([str(build / "probe"), "--server", "127.0.0.1", "--user", "admin", "--password", "Secret123!", "print",
                                        "Null", str(document)])
            results.record("process.user: a document prints", code == 0, output)
        finally:
            daemon.terminate()
            daemon.wait(timeout=60)


def stop(results, server):
    """A clean stop within its bound even with a client that waits for notifications and a printer that never answers."""
    with socket.socket() as silent:
        silent.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        silent.bind(("127.0.0.1", 9100))
        silent.listen(5)
        document = server.directory / "stuck"
        document.write_bytes(bytes(900))
        harness.probe(server, "print", "Laser", document)
        watcher = subprocess.Popen([str(harness.build_directory() / "probe"), "--server", "127.0.0.1", "--user", "admin", "--password",
                                    "Secret123!", "watch", "Null"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.5)
        before = time.monotonic()
        pid = server.pid
        os.kill(pid, signal.SIGTERM)
        gone = harness.wait_until(lambda: not pathlib.Path(f"/proc/{pid}").exists() or
                                  pathlib.Path(f"/proc/{pid}/stat").read_text().split(")")[-1].split()[0] == "Z", 30)
        took = time.monotonic() - before
        results.record("SIGTERM stops within the bound", gone and took < 20, f"{took:.1f} s")
        results.record("it says so in the log", server.log().rstrip().splitlines()[-1].find("stopped") >= 0, server.log()[-300:])
        watcher.wait(timeout=20)
        results.record("the waiting client was told", watcher.returncode != 0)
    results.record("the socket file is gone", not (server.directory / "admin.socket").exists())


def missing_worker(results):
    override = json.dumps({"driver_packages": {"worker": "/nowhere/winspool-worker"}})
    with harness.server(WINSPOOLD_TEST_OVERRIDE=override) as server:
        status, output = control(server, "status")
        results.record("without the worker it serves and says what is missing", status == 0 and "/nowhere/winspool-worker" in output, output)


def main():
    harness.enter_namespace()
    results = harness.Results()
    with harness.server() as server:
        check_config(results, server)
        administration(results, server)
        accounts(results, server)
        reload(results, server)
        reload_under_load(results, server)
        descriptors(results, server)
        stop(results, server)
    other_user(results)
    missing_worker(results)
    results.finish()


if __name__ == "__main__":
    main()
