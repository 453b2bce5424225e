#!/usr/bin/python3
"""Driver packages end to end, with a signed package, Samba's client libraries and cabextract.

An administrator imports a package with winspoolctl, or uploads it as Windows does; an ordinary user finds driver and cabinet over both
interfaces, and the cabinet holds the same bytes. Nothing that was acknowledged is lost by kill -9.
"""
import hashlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

import harness

harness.enter_namespace()
harness.require("cabextract")

try:
    from samba import credentials, param
    from samba.dcerpc import spoolss, winspool
except ImportError as error:
    sys.exit(f"FAILED: python3-samba is not installed: {error}")

PAR_OBJECT = "9940ca8e-512f-4c58-88a9-61098d6896bd"
X64 = "Windows x64"
DRIVER = "Acme Laser 9"
FOREIGN = "\\\\192.0.2.66\\print$\\x64\\{0}\\acmeprt.inf"
HASH_NOT_IN_CATALOG, NO_CATALOG, NOT_TRUSTED = 0x800F024B, 0x800F022F, 0x800F0242
ACCESS_DENIED, FILE_NOT_FOUND, IN_USE, NOT_FOUND = 0x80070005, 0x80070002, 0x80070BC7, 0x80070490


def connection(pipe, user):
    settings = param.LoadParm()
    settings.load_default()
    who = credentials.Credentials()
    who.guess(settings)
    who.set_username(user)
    who.set_password("Secret123!")
    who.set_kerberos_state(credentials.DONT_USE_KERBEROS)
    if pipe is winspool.iremotewinspool:
        return pipe(f"{PAR_OBJECT}@ncacn_ip_tcp:127.0.0.1[seal]", settings, who)
    return pipe("ncacn_ip_tcp:127.0.0.1[seal]", settings, who)


def unsigned(status):
    """A result as samba's bindings give it: a number, or (number, text)."""
    value = status[0] if isinstance(status, tuple) else status
    return value & 0xFFFFFFFF


def outcome(function, *arguments):
    """The HRESULT of a call and what it returned."""
    try:
        answer = function(*arguments)
    except Exception as error:  # noqa: BLE001: samba raises WERRORError or NTSTATUSError
        return unsigned(error.args), None
    if isinstance(answer, tuple):
        return unsigned(answer[-1]), answer[:-1]
    return unsigned(answer), None


def control(server, *arguments):
    command = [str(harness.build_directory() / "winspoolctl"), "--socket", str(server.directory / "admin.socket"), "--json", *map(str, arguments)]
    status, output = harness.run(command)
    return json.loads(output) if status == 0 and output.strip() else {}, status, output


def tree(directory):
    root = pathlib.Path(directory)
    return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(root.rglob("*")) if path.is_file()}


def sample(directory, version="1.2.3.4"):
    """A signed package; its authority is trusted by the server."""
    program = harness.build_directory() / "write_sample_package"
    subprocess.run([str(program), str(directory), str(directory.parent / (directory.name + ".pem")), version], check=True)
    return directory


def local_path(server, path):
    """What the share print$ would serve for a path of this server."""
    share = "\\print$\\"
    return server.directory / "state" / "drivers" / path[path.index(share) + len(share):].replace("\\", "/")


def administrators_import(server, results, package):
    before = tree(server.directory / "state" / "drivers")
    plan, status, output = control(server, "driver", "import", package, "--dry-run")
    results.check_equal("dry run: status", status, 0)
    results.record("dry run: accepts the signature", plan.get("accepted") is True and plan.get("signature") == "trusted", output)
    offered = {(row["environment"], row["outcome"]) for row in plan.get("drivers", [])}
    results.record("dry run: says what clients of each environment get",
                   {(X64, "would be installed"), ("Windows NT x86", "would be installed")} <= offered, output)
    results.check_equal("dry run: changes nothing in the share", tree(server.directory / "state" / "drivers"), before)
    results.check_equal("dry run: stores no package", control(server, "driver", "packages")[0], [])

    done, status, output = control(server, "driver", "import", package / "acmeprt.inf")
    results.record("import", status == 0 and {row["outcome"] for row in done.get("drivers", [])} == {"installed"}, output)
    listed = [row for row in control(server, "driver", "list")[0] if row["name"] == DRIVER and not row["declared"]]
    results.check_equal("import: listed with its package", {row["package"] for row in listed}, {done.get("package")})
    return done.get("package", "")


def users_find_it(server, results, package, source):
    user = connection(spoolss.spoolss, "alice")
    level1 = spoolss.UserLevel1()
    level1.client, level1.user, level1.build, level1.major = "\\\\PC", "alice", 19041, 3
    container = spoolss.UserLevelCtr()
    container.level, container.user_info = 1, level1
    handle = user.OpenPrinterEx("\\\\127.0.0.1\\Acme", "", spoolss.DevmodeContainer(), 0x00000008, container)
    for level in (6, 8):
        info, *_ = user.GetPrinterDriver2(handle, X64, level, bytes(16384), 16384, 3, 0)
        results.check_equal(f"level {level}: name", info.driver_name, DRIVER)
        file = local_path(server, info.driver_path)
        results.record(f"level {level}: the driver file is in the share", file.is_file(), info.driver_path)
    results.record("level 8: package aware, and where its INF lies",
                   info.printer_driver_attributes & 1 == 1 and f"\\{package}\\" in info.inf_path, info.inf_path)
    user.ClosePrinter(handle)

    for name, client, method in (("MS-RPRN", user, user.GetPrinterDriverPackagePath),):
        del client
        status, answer = outcome(method, "\\\\127.0.0.1", X64, "en-US", package, "x" * 300)
        results.check_equal(f"{name}: package path", status, 0)
        cabinet = local_path(server, answer[0]) if answer else pathlib.Path("missing")
        with tempfile.TemporaryDirectory() as unpacked:
            harness.run(["cabextract", "-q", "-d", unpacked, str(cabinet)])
            results.check_equal(f"{name}: the cabinet holds the package's bytes", tree(unpacked), tree(source))


def uploads(server, results, work):
    admin = connection(winspool.iremotewinspool, "admin")
    user = connection(winspool.iremotewinspool, "alice")
    source = sample(work / "newer", "2.0.0.0")
    area = server.directory / "state" / "drivers" / "x64" / "{11111111-2222-3333-4444-555555555555}"
    shutil.copytree(source, area)
    path = f"\\\\127.0.0.1\\print$\\x64\\{area.name}\\ACMEPRT.inf"
    room = "x" * 300

    def upload(client, what, flags=0):
        return outcome(client.AsyncUploadPrinterDriverPackage, "\\\\127.0.0.1", what, X64, flags, room)

    results.check_equal("upload: refused for users", upload(user, path)[0], ACCESS_DENIED)
    results.check_equal("upload: never from elsewhere", upload(admin, FOREIGN)[0], FILE_NOT_FOUND)
    results.check_equal("upload: not in the store yet", upload(admin, path, 4)[0], NOT_FOUND)
    status, answer = upload(admin, path)
    results.check_equal("upload", status, 0)
    stored = answer[0] if answer else ""
    results.record("upload: path in the driver store", stored.startswith("C:\\Windows\\System32\\DriverStore\\FileRepository\\"), stored)
    install = admin.AsyncInstallPrinterDriverFromPackage
    results.check_equal("install", outcome(install, "\\\\127.0.0.1", stored, DRIVER, X64, 0)[0], 0)
    results.check_equal("delete: in use", outcome(admin.AsyncDeletePrinterDriverPackage, "\\\\127.0.0.1", stored, X64)[0], IN_USE)
    results.check_equal("install: refused for users",
                        outcome(user.AsyncInstallPrinterDriverFromPackage, "\\\\127.0.0.1", stored, DRIVER, X64, 0)[0], ACCESS_DENIED)

    (area / "amd64" / "acmeprt.dll").write_bytes(b"changed after it was signed")
    results.check_equal("upload: a changed file", upload(admin, path, 2)[0], HASH_NOT_IN_CATALOG)
    (area / "acmeprt.cat").unlink()
    results.record("upload: no catalogue", upload(admin, path, 2)[0] in (NO_CATALOG, FILE_NOT_FOUND), hex(upload(admin, path, 2)[0]))
    return stored.split("\\")[-2] if stored else ""


def survives(server, results, packages):
    os.kill(server.pid, signal.SIGKILL)
    harness.wait_until(lambda: not pathlib.Path(f"/proc/{server.pid}").exists() or
                       pathlib.Path(f"/proc/{server.pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z", 10)
    started = harness.run([str(harness.ROOT / "tools/testserver"), "start", str(server.directory), "0"])
    results.check_equal("kill -9: starts again", started[0], 0)
    found = {row["package"] for row in control(server, "driver", "packages")[0]}
    results.check_equal("kill -9: every package is there", found, packages)
    for package in packages:
        cabinet = server.directory / "state" / "drivers" / "x64" / "PCC" / f"{package}.cab"
        results.record(f"kill -9: cabinet of {package}", cabinet.is_file())
    results.record("kill -9: the driver is there", any(row["name"] == DRIVER and not row["declared"] for row in control(server, "driver", "list")[0]))


def main():
    results = harness.Results()
    with tempfile.TemporaryDirectory(prefix="winspoold-packages-") as directory:
        work = pathlib.Path(directory)
        package = sample(work / "package")
        sample(work / "newer", "2.0.0.0")
        override = {
            "driver_packages": {"trust": [str(work / "package.pem"), str(work / "newer.pem")]},
            "drivers": [{"name": name, "environments": [X64, "Windows NT x86"], "version": 3} for name in ("Microsoft XPS Document Writer", DRIVER)],
            "printers": [{"name": "Acme", "share_name": "Acme", "port": "NUL:", "driver": DRIVER, "shared": True}],
        }
        with harness.server(WINSPOOLD_TEST_OVERRIDE=json.dumps(override)) as server:
            imported = administrators_import(server, results, package)
            users_find_it(server, results, imported, package)
            uploaded = uploads(server, results, work)
            survives(server, results, {imported, uploaded})
    results.finish()


if __name__ == "__main__":
    main()
