#!/usr/bin/python3
"""Printer drivers through Samba's client library and rpcclient: what an administrator adds is listed and lies in the share, byte for byte;
users add nothing; no path leads to another host or out of the upload area, and nobody is ever called."""
import pathlib
import socket
import threading

import driver_client
import harness
from samba import WERRORError

ACCESS_DENIED, INVALID_PARAMETER, FILE_NOT_FOUND = 5, 87, 2


class Listener:
    """Stands on the SMB and WebDAV ports of this network: a server that follows a path would come here."""

    def __init__(self, ports=(445, 139, 80)):
        self.calls = []
        for port in ports:
            threading.Thread(target=self.accept, args=(socket.create_server(("127.0.0.1", port)), port), daemon=True).start()

    def accept(self, listener, port):
        while True:
            connection, _ = listener.accept()
            self.calls.append(port)
            connection.close()


def outcome(function, *arguments, **options):
    try:
        function(*arguments, **options)
        return 0
    except WERRORError as error:
        return error.args[0]


def rpcclient(server, command):
    return harness.run(["rpcclient", f"ncacn_ip_tcp:127.0.0.1[{server.rpc},seal]", "-U" + harness.CREDENTIALS, "-c", command])[1]


def check_adding(server, share, results):
    for options in ("seal", "seal,bigendian", "seal,ndr64"):
        client = driver_client.connect(server.rpc, options=options)
        name = "oem" + options.replace(",", "-")
        driver_client.upload(share, name, 1)
        results.check_equal(f"add ({options})", outcome(driver_client.add, client, name, driver_client.COPY_NEW_FILES), 0)
        listed = rpcclient(server, "enumdrivers 3")
        for file in driver_client.file_names(name):
            results.record(f"{file} is listed in the share", f"print$\\x64\\3\\{file}]" in listed, listed)
            results.check_equal(f"{file} is in the share", (share / "x64" / "3" / file).read_text(), driver_client.content(file, 1))
        results.check_equal(f"delete ({options})", outcome(driver_client.delete, client, name), 0)
        results.record(f"{name} is gone", not any((share / "x64" / "3" / file).exists() for file in driver_client.file_names(name)))
        results.record(f"{name} is not listed", name not in rpcclient(server, "enumdrivers 1"))


def check_directories(server, share, results):
    client = driver_client.connect(server.rpc)
    driver_client.upload(share, "deep", 1, "x64/{0b0f4ee8-2d4c-4c4e-9c5c-0d7bd5b4ef33}")
    flags = driver_client.COPY_NEW_FILES | driver_client.COPY_FROM_DIRECTORY
    prefix = "\\\\127.0.0.1\\print$\\x64\\{0B0F4EE8-2D4C-4C4E-9C5C-0D7BD5B4EF33}\\"
    results.check_equal("copy from a directory of the upload area", outcome(driver_client.add, client, "deep", flags, prefix), 0)
    results.check_equal("its file", (share / "x64/3/deep.gpd").read_text(), driver_client.content("deep.gpd", 1))


def check_rpcclient(server, share, results):
    """rpcclient's own verbs, as administrators of Samba servers know them."""
    driver_client.upload(share, "verb", 1)
    driver, data, configuration = driver_client.file_names("verb")
    output = rpcclient(server, f'adddriver "Windows x64" "verb:{driver}:{data}:{configuration}:NULL:NULL:RAW:NULL" 3')
    results.record("rpcclient adddriver", "successfully installed" in output, output)
    output = rpcclient(server, "setdriver Laser verb")
    results.record("rpcclient setdriver", "Successfully set" in output, output)
    output = rpcclient(server, "getdriver Laser 3")
    results.record("rpcclient getdriver", f"print$\\x64\\3\\{driver}]" in output, output)
    output = rpcclient(server, 'deldriverex verb "Windows x64" 3')
    results.record("a used driver stays", "PRINTER_DRIVER_IN_USE" in output and (share / "x64/3" / driver).exists(), output)
    output = rpcclient(server, 'setdriver Laser "Microsoft XPS Document Writer"')
    results.record("back to the driver of before", "Successfully set" in output, output)
    output = rpcclient(server, 'deldriverex verb "Windows x64" 3 4')
    results.record("rpcclient deldriverex with all files", "WERR" not in output and not (share / "x64/3" / driver).exists(), output)


def check_refusals(server, share, results):
    admin, alice = driver_client.connect(server.rpc), driver_client.connect(server.rpc, "alice")
    driver_client.upload(share, "evil", 1)
    (share / "x64" / "link.dll").symlink_to("/etc/passwd")
    (share / "x64" / "out").symlink_to("/etc")
    harmless = driver_client.file_names("evil")[1:]
    refused = {
        "\\\\127.0.0.1\\share\\evil.dll": INVALID_PARAMETER,
        "\\\\localhost@80\\DavWWWRoot\\evil.dll": INVALID_PARAMETER,
        "\\\\?\\UNC\\127.0.0.1\\share\\evil.dll": INVALID_PARAMETER,
        "\\??\\UNC\\127.0.0.1\\share\\evil.dll": INVALID_PARAMETER,
        "\\\\127.0.0.2\\print$\\x64\\evil.dll": INVALID_PARAMETER,
        "C:\\Windows\\System32\\evil.dll": INVALID_PARAMETER,
        "\\\\127.0.0.1\\print$\\x64\\..\\evil.dll": INVALID_PARAMETER,
        "\\\\127.0.0.1\\print$\\x64\\link.dll": ACCESS_DENIED,
        "\\\\127.0.0.1\\print$\\x64\\out\\passwd": ACCESS_DENIED,
        "missing.dll": FILE_NOT_FOUND,
    }
    for path, wanted in refused.items():
        for flags in (0x8, 0x14, 0x8014, 0x18014):
            results.check_equal(f"{path} with {flags:#x}", outcome(driver_client.add, admin, "evil", flags, files=[path, *harmless]), wanted)
            results.check_equal(f"{path} with {flags:#x} as a user",
                                outcome(driver_client.add, alice, "evil", flags, files=[path, *harmless]), ACCESS_DENIED)
    results.check_equal("good files as a user", outcome(driver_client.add, alice, "evil"), ACCESS_DENIED)
    results.record("nothing was added", "evil" not in rpcclient(server, "enumdrivers 1"))
    results.record("nothing was read in", not [p for p in (share / "x64/3").glob("*") if b"root:" in p.read_bytes()])
    log = server.log()
    results.record("the audit trail has the refusals", log.count('event="driver refused"') >= 7, log[-1000:])


def main():
    harness.enter_namespace()
    harness.require("rpcclient")
    results = harness.Results()
    listener = Listener()
    with harness.server() as server:
        share = pathlib.Path(server.directory) / "state" / "drivers"
        check_adding(server, share, results)
        check_directories(server, share, results)
        check_rpcclient(server, share, results)
        check_refusals(server, share, results)
    results.check_equal("hosts that were called", listener.calls, [])
    results.finish()


if __name__ == "__main__":
    main()
