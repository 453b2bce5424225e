#!/usr/bin/python3
"""Driver packages end to end, with a signed package, Samba's client libraries and cabextract.

An administrator imports a package with winspoolctl, or uploads it as Windows does; an ordinary user finds driver and cabinet over both
interfaces, and the cabinet holds the same bytes. Nothing that was acknowledged is lost by kill -9.
"""
import json
import pathlib
import tempfile

import harness
import package_client

harness.enter_namespace()
harness.require("cabextract")

from package_client import DRIVER, SERVER, X64, hresult, tree  # noqa: E402
from samba_client import Connection, ndr_unpack, spoolss  # noqa: E402

ELSEWHERE = "\\\\192.0.2.66\\print$\\x64\\{0}\\acmeprt.inf"
HASH_NOT_IN_CATALOG, NO_CATALOG = 0x800F024B, 0x800F022F
ACCESS_DENIED, FILE_NOT_FOUND, IN_USE, NOT_FOUND = 0x80070005, 0x80070002, 0x80070BC7, 0x80070490
USE = 0x00000008                                     # PRINTER_ACCESS_USE


def text(characters):
    """A buffer of UTF-16 characters up to its NUL."""
    return bytes(byte for character in characters or [] for byte in character.to_bytes(2, "little")).decode("utf-16-le").partition("\0")[0]


def control(server, *arguments):
    return harness.control(server.directory, *arguments)


def local_path(server, path):
    """What the share print$ would serve for a path of this server."""
    share = "\\print$\\"
    return server.directory / "state" / "drivers" / path[path.index(share) + len(share):].replace("\\", "/")


def dry_run(server, results, package):
    before = tree(server.directory / "state" / "drivers")
    plan, status, output = control(server, "driver", "import", package, "--dry-run")
    results.check_equal("dry run: status", status, 0)
    results.record("dry run: accepts the signature", plan.get("accepted") is True and plan.get("signature") == "trusted", output)
    offered = {(row["environment"], row["outcome"]) for row in plan.get("drivers", [])}
    results.record("dry run: says what clients of each environment get",
                   {(X64, "would be installed"), ("Windows NT x86", "would be installed")} <= offered, output)
    results.check_equal("dry run: changes nothing in the share", tree(server.directory / "state" / "drivers"), before)
    results.check_equal("dry run: stores no package", control(server, "driver", "packages")[0], [])


def administrators_import(server, results, package):
    """What was uploaded before is found again and installed for all environments."""
    done, status, output = control(server, "driver", "import", package / "acmeprt.inf")
    results.record("import: knows the uploaded package", done.get("already_in_store") is True, output)
    results.record("import", status == 0 and {row["outcome"] for row in done.get("drivers", [])} == {"installed"}, output)
    listed = [row for row in control(server, "driver", "list")[0] if row["name"] == DRIVER and not row["declared"]]
    results.check_equal("import: listed with its package", {row["package"] for row in listed}, {done.get("package")})
    return done.get("package", "")


def users_find_it(server, results, package, source):
    for user in [Connection(server, interface, ndr64, "alice") for interface in ("par", "rprn") for ndr64 in (False, True)]:
        handle = user.open(SERVER + "\\Acme", USE)
        for level, kind in ((6, spoolss.DriverInfo6), (8, spoolss.DriverInfo8)):
            reply = user.call("GetPrinterDriver", hPrinter=handle, pEnvironment=X64, Level=level, pDriver=[0] * 16384, cbBuf=16384,
                              dwClientMajorVersion=3, dwClientMinorVersion=0)
            info = ndr_unpack(kind, bytes(reply.out_pDriver), allow_remaining=True)
            results.check_equal(f"{user.label}: level {level}", (reply.result[0], info.driver_name), (0, DRIVER))
            results.record(f"{user.label}: level {level}: the driver file is in the share", local_path(server, info.driver_path).is_file(),
                           info.driver_path)
        results.record(f"{user.label}: level 8: package aware, and where its INF lies",
                       info.printer_driver_attributes & 1 == 1 and f"\\{package}\\" in info.inf_path, info.inf_path)

        def path(room):
            return user.call("GetPrinterDriverPackagePath", pszServer=SERVER, pszEnvironment=X64, pszLanguage="en-US", pszPackageID=package,
                             pszDriverPackageCab=[0] * room if room else None, cchDriverPackageCab=room)

        size = path(0)
        results.check_equal(f"{user.label}: size of the package's path", hresult(size), 0)
        reply = path(size.out_pcchRequiredSize)
        results.check_equal(f"{user.label}: the package's path", hresult(reply), 0)
        with tempfile.TemporaryDirectory() as unpacked:
            harness.run(["cabextract", "-q", "-d", unpacked, str(local_path(server, text(reply.out_pszDriverPackageCab)))])
            results.check_equal(f"{user.label}: the cabinet holds the package's bytes", tree(unpacked), tree(source))


def uploads(server, results, source):
    admin, user = Connection(server, "par", False), Connection(server, "par", False, "alice")
    path = package_client.put_into_area(server.directory / "state" / "drivers", source)
    area = server.directory / "state" / "drivers" / "x64" / package_client.AREA
    upload, install = package_client.upload, package_client.install

    results.check_equal("upload: refused for users", hresult(upload(user, path)), ACCESS_DENIED)
    results.check_equal("upload: never from elsewhere", hresult(upload(admin, ELSEWHERE)), FILE_NOT_FOUND)
    results.check_equal("upload: not in the store yet", hresult(upload(admin, path, 4)), NOT_FOUND)
    reply = upload(admin, path)
    results.check_equal("upload", hresult(reply), 0)
    stored = reply.out_pszDestInfPath or ""
    results.record("upload: path in the driver store", stored.startswith("C:\\Windows\\System32\\DriverStore\\FileRepository\\"), stored)
    results.check_equal("install: refused for users", install(user, stored), ACCESS_DENIED)
    results.check_equal("install", install(admin, stored), 0)
    results.check_equal("delete: in use", package_client.delete(admin, stored), IN_USE)

    (area / "amd64" / "acmeprt.dll").write_bytes(b"changed after it was signed")
    results.check_equal("upload: a changed file", hresult(upload(admin, path, 2)), HASH_NOT_IN_CATALOG)
    (area / "acmeprt.cat").unlink()
    results.check_equal("upload: no catalogue", hresult(upload(admin, path, 2)), NO_CATALOG)
    return package_client.package_of(stored)


def survives(server, results, packages):
    harness.kill(server)
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
        package = package_client.sample(work / "package")
        override = {
            "driver_packages": {"trust_files": [str(package_client.trust_file(package))]},
            "drivers": [{"name": name, "environments": [X64, "Windows NT x86"], "version": 3} for name in ("Microsoft XPS Document Writer", DRIVER)],
            "printers": [{"name": "Acme", "share_name": "Acme", "port": "NUL:", "driver": DRIVER, "shared": True}],
        }
        with harness.server(WINSPOOLD_TEST_OVERRIDE=json.dumps(override)) as server:
            dry_run(server, results, package)
            uploaded = uploads(server, results, package)
            imported = administrators_import(server, results, package)
            results.check_equal("upload and import make the same package", uploaded, imported)
            users_find_it(server, results, imported, package)
            survives(server, results, {imported})
    results.finish()


if __name__ == "__main__":
    main()
