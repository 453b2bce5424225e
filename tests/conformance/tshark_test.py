#!/usr/bin/python3
"""tshark reads what this server and three clients say to each other at integrity level, where stubs are readable.

Nothing may be malformed, unknown, undecoded or left over, except what tshark.known lists with a reason, and each line of it must still
occur.
"""
import collections
import pathlib
import subprocess
import sys
import tempfile
import time

import harness

FIELDS = ["frame.number", "tcp.stream", "tcp.srcport", "dcerpc.pkt_type", "dcerpc.cn_call_id", "dcerpc.opnum", "_ws.col.Protocol",
          "dcerpc.stub_data", "dcerpc.encrypted_stub_data", "_ws.expert.message", "_ws.col.Info"]
HARMLESS = ("Connection ", "Last fragment", "This frame ", "reassembled", "ACK to a TCP keep-alive", "TCP keep-alive", "Duplicate ACK")


def known():
    """side protocol opnum part-of-message -> reason, from the file beside this one."""
    rows = {}
    path = pathlib.Path(__file__).with_name("tshark.known")
    for number, text in enumerate(path.read_text().splitlines(), 1):
        body, _, reason = text.partition("#")
        words = body.split(None, 3)
        if not words:
            continue
        if len(words) != 4 or words[0] not in ("client", "server") or not reason.strip():
            sys.exit(f"{path.name}:{number}: expected `client|server PROTOCOL OPNUM MESSAGE  # reason`")
        rows[(words[0], words[1], words[2], words[3].strip())] = reason.strip()
    return rows


def dialogues(server, document):
    """Mapper, bind, auth3, alter_context, fragments both ways, faults, notifications; both interfaces."""
    for interface in ("par", "rprn"):
        def probe(*words, options=()):
            harness.probe(server, *words, interface=interface, options=("--level", "integrity", "--syntax", "ndr20", *options))
        probe("map")
        probe("bind", options=("--auth", "ntlm"))
        probe("principal")
        probe("control", "Archive", "pause")
        probe("print", "Archive", document, options=("--fragment", "2048"))
        for level in ("1", "2", "4", "5"):
            probe("printers", options=("--info-level", level))
        for level in ("0", "1", "2", "3", "4", "5", "6", "7", "8"):
            probe("printer", "Laser", options=("--info-level", level))
        for level in ("1", "2", "3", "4"):
            probe("jobs", "Archive", options=("--info-level", level))
        probe("open", "Nothing")
        probe("comment", "Laser", "seen by tshark")
        probe("control", "Archive", "purge")
        probe("control", "Archive", "resume")
    rpcclient = ["rpcclient", "ncacn_ip_tcp:127.0.0.1[sign]", "-s", "/dev/null", "-U" + harness.CREDENTIALS, "-c"]
    harness.run([*rpcclient, "enumports 2; enummonitors 2; enumprocdatatypes; enumforms Laser; getform Laser A4; enumdrivers 3; "
                             "getdata Laser ChangeID; winspool_AsyncOpenPrinter Laser"])
    smbtorture = ["smbtorture", "-s", "/dev/null", "--target=other", "ncacn_ip_tcp:127.0.0.1[sign]", "-U" + harness.CREDENTIALS]
    for suite in ("rpc.epmapper", "rpc.mgmt", "rpc.iremotewinspool.printserver", "rpc.spoolss.printserver.enum_ports",
                  "rpc.spoolss.printserver.add_port",
                  "rpc.spoolss.printserver.printer_data_list"):
        harness.run([*smbtorture, suite])


def watching(server, document):
    command = [str(harness.build_directory() / "probe"), "--epm-port", str(server.epm), "--user", "admin", "--password", "Secret123!",
               "--level", "integrity", "--syntax", "ndr20", "watch", "Archive", "--count", "3"]
    watcher = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    watcher.stdout.readline()
    # tshark 4.0 reads the containers of MS-PAR in NDR 2.0 only.
    harness.probe(server, "print", "Archive", document, options=("--level", "integrity", "--syntax", "ndr20"))
    watcher.communicate(timeout=30)


def capture(server, path, document):
    recorder = subprocess.Popen(["dumpcap", "-i", "lo", "-q", "-f", "tcp", "-B", "64", "-w", str(path)], stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL)
    try:
        # Recording has begun when what is sent shows up in the file.
        harness.wait_until(lambda: path.exists() and harness.probe(server, "map")[0] == 0 and path.stat().st_size > 1000, 20)
        dialogues(server, document)
        watching(server, document)
        size = -1
        while size != path.stat().st_size:
            size = path.stat().st_size
            time.sleep(1)
    finally:
        recorder.terminate()
        recorder.wait()


def read(path, server):
    command = ["tshark", "-r", str(path), "-d", f"tcp.port=={server.rpc},dcerpc", "-Y", "dcerpc", "-T", "fields", "-E", "aggregator=|"]
    for field in FIELDS:
        command += ["-e", field]
    output = subprocess.run(command, capture_output=True, text=True).stdout
    return [dict(zip(FIELDS, line.split("\t"))) for line in output.splitlines()]


def judge(results, rows, server):
    expected = known()
    met, strange = set(), collections.Counter()
    for row in rows:
        side = "server" if row["tcp.srcport"] in (str(server.rpc), str(server.epm)) else "client"
        messages = [m for m in row["_ws.expert.message"].split("|") if m and not m.startswith(HARMLESS)]
        opnum = row["dcerpc.opnum"].split("|")[0] or "-"
        for message in messages:
            line = next((k for k in expected if k[:3] == (side, row["_ws.col.Protocol"], opnum) and k[3] in message), None)
            if line is None:
                strange[f"{side} {row['_ws.col.Protocol']} {opnum} {message}"] += 1
            else:
                met.add(line)
    results.record("nothing malformed, unknown or left over but what is known", not strange, "\n".join(map(str, strange.most_common())))
    stale = [line for line in expected if line not in met]
    results.record("everything known still occurs", not stale, "\n".join(map(str, stale)))


def coverage(results, rows):
    kinds = collections.Counter(kind for row in rows for kind in row["dcerpc.pkt_type"].split("|"))
    for number, name in (("0", "request"), ("2", "response"), ("3", "fault"), ("11", "bind"), ("12", "bind_ack"), ("14", "alter_context"),
                         ("15", "alter_context_resp"), ("16", "auth3")):
        results.record(f"the capture has {name}", kinds[number] > 0, kinds)
    protocols = collections.Counter(row["_ws.col.Protocol"] for row in rows)
    for name in ("EPM", "MGMT", "IREMOTEWINSPOOL", "SPOOLSS"):
        results.record(f"tshark recognizes {name}", protocols[name] > 0, protocols)
    results.record("the capture has fragments", any("Fragment: 1st" in row["_ws.col.Info"] for row in rows))


def main():
    harness.enter_namespace()
    harness.require("tshark", "dumpcap", "rpcclient", "smbtorture")
    results = harness.Results()
    with tempfile.TemporaryDirectory(prefix="winspoold-capture-") as directory, \
            harness.server(WINSPOOLD_TEST_LEVEL="integrity") as server:
        document = pathlib.Path(directory) / "document"
        document.write_bytes(b"%!PS\n" * 4000)
        path = pathlib.Path(directory) / "capture.pcapng"
        capture(server, path, document)
        rows = read(path, server)
        coverage(results, rows)
        judge(results, rows, server)
    results.finish()


if __name__ == "__main__":
    main()
