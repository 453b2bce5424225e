#!/usr/bin/python3
"""The share print$ as the README describes it, exported by a real smbd next to a server that runs as a user of its own: an administrator
uploads drivers and packages over SMB and installs them over RPC, a user reads what was installed, byte for byte, and changes nothing.

smbd, its accounts and its state are the test's own: a private /etc/passwd in this mount namespace, a port of this network namespace, a
process namespace that ends with it.
"""
import contextlib
import hashlib
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

import harness

harness.enter_namespace()
harness.require("smbd", "smbclient", "pdbedit", "rpcclient", "cabextract")

PORT = 4450
PASSWORD = "Secret123!"
USERS = {"winspoold": 64001, "admin": 64002, "alice": 64003, "nobody": 65534}
GROUPS = {"winspoold": (64001, ""), "printadmins": (64004, "admin"), "nogroup": (65534, "")}
X64 = "Windows x64"
UPLOAD = "{6B3B0F0C-8F0D-4E0C-9C53-3D4B8B8E4C11}"


def bind_accounts(work):
    """Private account files over those of the system, seen in this namespace only."""
    groups = {name: f"{name}:x:{number}:{members}" for name, (number, members) in GROUPS.items()}
    passwd = ["root:x:0:0::/root:/bin/sh"] + [f"{name}:x:{number}:{number if name != 'nobody' else 65534}::/:/bin/false"
                                              for name, number in USERS.items()]
    group = ["root:x:0:", *groups.values(), f"admin:x:{USERS['admin']}:", f"alice:x:{USERS['alice']}:"]
    for name, lines in (("passwd", passwd), ("group", group)):
        (work / name).write_text("\n".join(lines) + "\n")
        subprocess.run(["mount", "--bind", str(work / name), f"/etc/{name}"], check=True)


def readme_share():
    """The smb.conf lines of the README: what is tested is what administrators read."""
    text = (harness.ROOT / "README.md").read_text(encoding="utf-8")
    found = re.search(r"^ +\[print\$\]\n(?: +[a-z ]+ = .*\n)+", text, re.MULTILINE)
    if found is None:
        sys.exit("FAILED: the README has no share print$")
    return "\n".join(line.strip() for line in found.group().splitlines())


@contextlib.contextmanager
def samba(work, drivers):
    settings = work / "smb.conf"
    share = readme_share().replace("/var/lib/winspoold/drivers", str(drivers))
    lines = ["[global]", "server role = standalone server", f"smb ports = {PORT}", "interfaces = 127.0.0.1/8", "bind interfaces only = yes",
             "load printers = no", "printcap name = /dev/null", "disable spoolss = yes", "disable netbios = yes", "usershare path ="]
    for directory in ("private dir", "lock directory", "state directory", "cache directory", "pid directory", "ncalrpc dir"):
        place = work / directory.replace(" ", "-")
        place.mkdir(mode=0o755)
        lines.append(f"{directory} = {place}")
    lines += [f"log file = {work}/log.smbd", share]
    settings.write_text("\n".join(lines) + "\n")
    for user in ("admin", "alice"):
        subprocess.run(["pdbedit", "--configfile", str(settings), "-a", "-u", user, "-t"], input=f"{PASSWORD}\n{PASSWORD}\n", text=True,
                       check=True, stdout=subprocess.DEVNULL)
    with open(work / "smbd.out", "wb") as output:
        process = subprocess.Popen(["unshare", "--pid", "--fork", "--kill-child", "smbd", "--foreground",
                                    f"--configfile={settings}"], stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                   start_new_session=True)       # smbd ends its whole process group
    try:
        yield
    finally:
        # The first process of the namespace; the others end with it.
        for child in pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split():
            os.kill(int(child), signal.SIGTERM)
        process.wait(timeout=30)


def smb(user, commands):
    return harness.run(["smbclient", "//127.0.0.1/print$", "-p", str(PORT), "-U", f"{user}%{PASSWORD}", "-c", commands])


def fetched(work, user, path):
    """A file of the share as this user gets it; None when he does not."""
    target = work / "fetched"
    target.unlink(missing_ok=True)
    smb(user, f'get "{path}" "{target}"')
    return target.read_bytes() if target.exists() else None


def rpcclient(server, command):
    return harness.run(["rpcclient", f"ncacn_ip_tcp:127.0.0.1[{server.rpc},seal]", f"-Uadmin%{PASSWORD}", "-c", command])[1]


def tree(directory):
    root = pathlib.Path(directory)
    return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(root.rglob("*")) if path.is_file()}


def plain_driver(results, server, work):
    files = {name: os.urandom(70_000) for name in ("shared.dll", "shared.gpd", "sharedui.dll", "shared.hlp")}
    local = work / "plain"
    local.mkdir()
    for name, content in files.items():
        (local / name).write_bytes(content)
    status, output = smb("alice", f'lcd {local}; cd x64; put shared.dll')
    results.record("a user uploads nothing", status != 0 and "NT_STATUS_" in output, output)
    status, output = smb("admin", f"lcd {local}; cd x64; prompt; mput *")
    results.record("an administrator uploads files", status == 0 and "NT_STATUS_" not in output, output)
    output = rpcclient(server, f'adddriver "{X64}" "Shared driver:shared.dll:shared.gpd:sharedui.dll:shared.hlp:NULL:RAW:NULL" 3')
    results.record("AddPrinterDriver takes them from the share", "successfully installed" in output, output)
    for user in ("alice", "admin"):
        for name, content in files.items():
            results.record(f"{user} reads x64/3/{name} as it was uploaded", fetched(work, user, f"x64/3/{name}") == content)
    results.record("in other letters, too", fetched(work, "alice", r"X64\3\SHARED.DLL") == files["shared.dll"])
    for what in ("put shared.dll", "del shared.dll", "mkdir new", "rename shared.gpd other.gpd"):
        status, output = smb("alice", f"lcd {local}; cd x64\\3; {what}")
        results.record(f"a user may not: {what}", "NT_STATUS_" in output, output)
    results.check_equal("what was installed is as before", {name: (server.directory / "state/drivers/x64/3" / name).read_bytes() == content
                                                            for name, content in files.items()}, dict.fromkeys(files, True))
    status, output = smb("admin", "cd x64; del shared*; ls")
    results.record("an administrator clears the upload area", "NT_STATUS_" not in output and "shared.dll" not in output, output)
    results.record("and installed files stay", fetched(work, "alice", "x64/3/shared.dll") == files["shared.dll"])
    output = rpcclient(server, f'deldriverex "Shared driver" "{X64}" 3 4')
    results.record("DeletePrinterDriverEx takes them out of the share", fetched(work, "alice", "x64/3/shared.dll") is None, output)


def package(results, server, work, source):
    status, output = smb("admin", f"cd x64; mkdir {UPLOAD}; cd {UPLOAD}; lcd {source}; prompt; recurse; mput *")
    results.record("an administrator uploads a package", status == 0 and "NT_STATUS_" not in output, output)
    status, output = harness.probe(server, "UploadPrinterDriverPackage", "--inf-path", rf"\\127.0.0.1\print$\x64\{UPLOAD}\acmeprt.inf",
                                   "--pcch-dest-inf-path", "260", "--psz-dest-inf-path", "x" * 259)
    results.check_equal("UploadPrinterDriverPackage takes it from the share", (status, output if status else ""), (0, ""))
    stored = json.loads(output)["pszDestInfPath"] if status == 0 else ""
    status, output = harness.probe(server, "InstallPrinterDriverFromPackage", "--inf-path", stored, "--driver-name", "Acme Laser 9")
    results.check_equal("InstallPrinterDriverFromPackage", (status, output if status else ""), (0, ""))
    program = (source / "amd64/acmeprt.dll").read_bytes()
    results.record("a user reads the driver", fetched(work, "alice", "x64/3/acmeprt.dll") == program)
    name = stored.split("\\")[-2] if stored else ""
    status, output = harness.probe(server, "GetPrinterDriverPackagePath", "--package-id", name, user="alice")
    path = json.loads(output).get("pszDriverPackageCab", "") if status == 0 else ""
    results.check_equal("GetPrinterDriverPackagePath", path, rf"\\127.0.0.1\print$\x64\PCC\{name}.cab")
    cabinet = fetched(work, "alice", rf"x64\PCC\{name}.cab")
    results.record("a user reads the cabinet", cabinet is not None)
    unpacked = work / "unpacked"
    (work / "package.cab").write_bytes(cabinet or b"")
    harness.run(["cabextract", "-q", "-d", str(unpacked), str(work / "package.cab")])
    results.check_equal("it holds the package, byte for byte", tree(unpacked), tree(source))
    status, output = smb("alice", f"cd x64\\PCC; del {name}.cab")
    results.record("a user may not delete it", "NT_STATUS_" in output and fetched(work, "alice", rf"x64\PCC\{name}.cab") == cabinet, output)
    status, output = smb("admin", f"cd x64; deltree {UPLOAD}; ls")
    results.record("an administrator clears the upload area", "NT_STATUS_" not in output and UPLOAD not in output, output)


def main():
    results = harness.Results()
    if os.geteuid() != 0 or "0 4294967295" not in " ".join(pathlib.Path("/proc/self/uid_map").read_text().split()[1:]):
        sys.exit("FAILED: a real smbd changes to its users' accounts, which only root of the host may")
    with tempfile.TemporaryDirectory(prefix="winspoold-share-") as directory:
        work = pathlib.Path(directory)
        work.chmod(0o755)
        bind_accounts(work)
        program = harness.build_directory() / "write_sample_package"
        subprocess.run([str(program), str(work / "package"), str(work / "trust.pem"), "1.2.3.4"], check=True)
        override = {"process": {"user": "winspoold"}, "driver_packages": {"trust_files": [str(work / "trust.pem")]}}
        with harness.server(WINSPOOLD_TEST_OVERRIDE=json.dumps(override)) as server:
            results.check_equal("the server runs as a user of its own", os.stat(f"/proc/{server.pid}").st_uid, USERS["winspoold"])
            with samba(work, server.directory / "state" / "drivers"):
                ready = harness.wait_until(lambda: smb("alice", "ls")[0] == 0, 20)
                results.record("smbd serves the share", ready, smb("alice", "ls")[1] + (work / "smbd.out").read_text(errors="replace"))
                plain_driver(results, server, work)
                package(results, server, work, work / "package")
    results.finish()


if __name__ == "__main__":
    main()
