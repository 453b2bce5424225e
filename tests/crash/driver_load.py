#!/usr/bin/python3
"""Adds, replaces and deletes drivers, or driver packages and the drivers in them, on a server that is killed meanwhile.

usage: driver_load.py drivers|packages DIRECTORY LOG SOURCE SOURCE

DIRECTORY is the server's, a SOURCE a signed package. A line `go PORT` on standard input begins, with the operation of which the answer
was lost the last time; the line `stop` ends. Standard output says `idle` whenever the work has ended, by `stop` or because the server is
gone. LOG gets one JSON list a line: ["try", what, value] before and ["done", what, value] after each operation for all that it changes,
["failed", text] when the server lived and refused, which ends the program. `what` and its values:

  driver NAME            the round that its files are of; 0: deleted with all its files
  package NAME           1: in the store; 0: not
  installed ENVIRONMENT  name of the package that the driver in it was installed from; "": deleted with all its files
"""
import itertools
import json
import pathlib
import select
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "conformance"))
import driver_client  # noqa: E402
import harness  # noqa: E402
import package_client  # noqa: E402
import samba_client  # noqa: E402
from samba import NTSTATUSError, WERRORError  # noqa: E402

ENVIRONMENTS = ("Windows x64", "Windows NT x86", "Windows ARM64")
UNKNOWN_DRIVER, NOT_FOUND = 1797, 0x80070490


class Lost(Exception):
    """The server is gone; whether the operation took place is not known."""


class Refused(Exception):
    pass


class Gone(Refused):
    """There is nothing to delete."""


class Load:
    def __init__(self, directory, sources):
        self.directory = pathlib.Path(directory)
        self.share = self.directory / "state" / "drivers"
        self.sources = [pathlib.Path(source) for source in sources]
        self.stored = {}                             # source → its path in the driver store
        self.pid = 0
        self.client = None

    def connect(self, server):
        self.pid = server.pid
        self.client = None
        self.server = server

    def outcome(self, function, *arguments):
        """Carries out a call; its reply. Raises when the server is gone or has refused it."""
        try:
            return function(*arguments)
        except WERRORError as error:
            raise (Gone if error.args[0] == UNKNOWN_DRIVER else Refused)(str(error)) from error
        except NTSTATUSError as error:
            raise (Lost if harness.wait_for_death(self.pid, 5) else Refused)(str(error)) from error

    def control(self, *arguments):
        answer, status, output = harness.control(self.directory, *arguments)
        if status == 0:
            return answer
        if harness.wait_for_death(self.pid, 0.5):
            raise Lost(output)
        raise (Gone if "UNKNOWN_PRINTER_DRIVER" in output else Refused)(output)

    def delete_driver(self, name):
        self.outcome(driver_client.delete, self.client, name)


class Drivers(Load):
    def connect(self, server):
        super().connect(server)
        self.client = self.outcome(driver_client.connect, server.rpc)

    def add(self, name, number):
        driver_client.upload(self.share, name, number)
        self.outcome(driver_client.add, self.client, name)

    def operations(self):
        for number in itertools.count(1):
            for name in ("first", "second"):
                yield {f"driver {name}": number}, lambda name=name, number=number: self.add(name, number)
            yield {"driver second": 0}, lambda: self.delete_driver("second")


class Packages(Load):
    def connect(self, server):
        super().connect(server)
        self.client = self.outcome(samba_client.Connection, server, "par", False)

    def check(self, result):
        if result != 0:
            raise (Gone if result == NOT_FOUND else Refused)(f"{result:#x}")

    def upload(self, source, flags=0):
        path = package_client.put_into_area(self.share, source)
        reply = self.outcome(package_client.upload, self.client, path, flags)
        self.check(package_client.hresult(reply))
        self.stored[source] = reply.out_pszDestInfPath

    def install(self, source):
        self.check(self.outcome(package_client.install, self.client, self.stored[source], package_client.COPY_ALL_FILES))

    def delete(self, source):
        self.check(self.outcome(package_client.delete, self.client, self.stored[source]))

    def delete_in_x64(self):
        reply = self.outcome(lambda: self.client.call("DeletePrinterDriverEx", pName=package_client.SERVER, pEnvironment=package_client.X64,
                                                      pDriverName=package_client.DRIVER, dwVersionNum=3,
                                                      dwDeleteFlag=driver_client.DELETE_ALL_FILES))
        if reply.result[0] != 0:
            raise (Gone if reply.result[0] == UNKNOWN_DRIVER else Refused)(reply.result[1])

    def import_package(self, source):
        outcomes = {row["outcome"] for row in self.control("driver", "import", source / "acmeprt.inf")["drivers"]}
        if outcomes != {"installed"}:
            raise Refused(f"import: {outcomes}")

    def operations(self):
        """By the operations of MS-PAR for clients' drivers, by the administrators' socket for all environments."""
        old, new = self.sources
        x64 = f"installed {package_client.X64}"
        everywhere = [f"installed {environment}" for environment in ENVIRONMENTS]
        while True:
            for source in (old, new):
                yield {f"package {source.name}": 1}, lambda source=source: self.upload(source)
                yield {x64: source.name}, lambda source=source: self.install(source)
            yield {f"package {old.name}": 0}, lambda: self.delete(old)
            yield {x64: ""}, self.delete_in_x64
            yield {f"package {new.name}": 0}, lambda: self.delete(new)
            yield ({f"package {old.name}": 1, **dict.fromkeys(everywhere, old.name)},
                   lambda: self.import_package(old))
            yield {f"package {old.name}": 1}, lambda: self.upload(old, package_client.UPLOAD_ALWAYS)
            yield dict.fromkeys(everywhere, ""), lambda: self.control("driver", "remove", package_client.DRIVER)
            yield {f"package {old.name}": 0}, lambda: self.delete(old)


class Worker:
    def __init__(self, load, log):
        self.load = load
        self.log = log
        self.operations = load.operations()
        self.current = None                          # what was begun and has no answer yet

    def note(self, *words):
        self.log.write(json.dumps(words) + "\n")

    def step(self):
        again = self.current is not None
        if not again:
            self.current = next(self.operations)
        changes, act = self.current
        for what, value in changes.items():
            self.note("try", what, value)
        try:
            act()
        except Gone:
            if not again:                            # otherwise it took place before the answer was lost
                raise
        for what, value in changes.items():
            self.note("done", what, value)
        self.current = None

    def work(self, port):
        server = harness.Server(self.load.directory, f"ready rpc={port} epm=0")
        try:
            self.load.connect(server)
            while not select.select([sys.stdin], [], [], 0)[0]:
                self.step()
        except Lost:
            pass
        except Refused as error:
            self.note("failed", f"{self.current and self.current[0]}: {error}")
            raise


def main():
    kind, directory, log, *sources = sys.argv[1:]
    with open(log, "w", buffering=1, encoding="utf-8") as acknowledged:
        worker = Worker({"drivers": Drivers, "packages": Packages}[kind](directory, sources), acknowledged)
        for line in iter(sys.stdin.readline, ""):
            if line.startswith("go "):
                worker.work(int(line.split()[1]))
                print("idle", flush=True)


if __name__ == "__main__":
    main()
