#!/usr/bin/python3
"""Every operation's effect survives kill -9 right after its reply: for each operation that changes something durable, do it, kill the
daemon at once, start it again and read the change back. The interfaces take turns. Not durable by design, so not here: the status of
SetPrinter level 6 and of SetPort, the list of known printers, handles, registrations, and what is still being spooled. Operations on
drivers have crash_test.py, which looks at their files as well.
"""
import json
import os
import pathlib
import signal
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "conformance"))
import harness  # noqa: E402

harness.enter_namespace()

import samba_client  # noqa: E402
from samba_client import Connection, container, ndr_unpack, security, set_printer, spoolss  # noqa: E402

INVALID_PARAMETER, NOT_FOUND, INVALID_FORM_NAME = 87, 1168, 1902
PAUSED, SHARED = 0x1, 0x8
DRIVER = "Microsoft XPS Document Writer"
CONFIGURATION = json.dumps({
    "printers": [{"name": name, "share_name": name, "port": "NUL:", "driver": DRIVER, "shared": True} for name in ("Effects", "Doomed")],
})
PRINTER_DATA, BEEP = "PrinterDriverData", "BeepEnabled"


class Daemon:
    """One state directory and the daemon on it, killed and started again."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.server = None

    def tool(self, word):
        environment = dict(os.environ, WINSPOOLD_TEST_OVERRIDE=CONFIGURATION)
        command = [str(harness.ROOT / "tools/testserver"), word, str(self.directory)]
        return subprocess.run(command, env=environment, capture_output=True, text=True)

    def start(self):
        started = self.tool("start")
        if started.returncode != 0:
            sys.exit("FAILED: " + started.stderr)
        self.server = harness.Server(self.directory, started.stdout.strip())

    def kill(self):
        pid = self.server.pid
        os.kill(pid, signal.SIGKILL)
        stat = pathlib.Path(f"/proc/{pid}/stat")

        def dead():
            try:
                return stat.read_text().rpartition(")")[2].split()[0] == "Z"
            except (FileNotFoundError, ProcessLookupError):
                return True
        harness.wait_until(dead, 10)


class Client(Connection):
    """The administrator, with the calls that read back."""

    def printer(self, name="Effects"):
        return self.open(name)

    def server_handle(self):
        return self.open("\\\\127.0.0.1")

    def query(self, name, buffer, **fields):
        needed = self.call(name, cbBuf=0, **{buffer: None}, **fields).out_pcbNeeded
        return self.must(name, cbBuf=needed, **{buffer: [0] * needed if needed else None}, **fields)

    def printer_info(self, level, kind, name="Effects"):
        reply = self.query("GetPrinter", "pPrinter", hPrinter=self.printer(name), Level=level)
        return ndr_unpack(kind, bytes(reply.out_pPrinter), allow_remaining=True)

    def job_info(self, job, level=2, kind=spoolss.JobInfo2):
        reply = self.query("GetJob", "pJob", hPrinter=self.printer(), JobId=job, Level=level)
        return ndr_unpack(kind, bytes(reply.out_pJob), allow_remaining=True)

    def job_result(self, job):
        return self.call("GetJob", hPrinter=self.printer(), JobId=job, Level=1, cbBuf=0, pJob=None).result[0]

    def jobs(self):
        reply = self.query("EnumJobs", "pJob", hPrinter=self.printer(), FirstJob=0, NoJobs=1000, Level=3)
        data = bytes(reply.out_pJob or [])
        return [ndr_unpack(spoolss.JobInfo3, data[12 * index:], allow_remaining=True).job_id for index in range(reply.out_pcReturned)]

    def names(self, name, buffer, kind, size, member, level=1, **fields):
        reply = self.query(name, buffer, Level=level, **fields)
        data = bytes(getattr(reply, "out_" + buffer))
        return [getattr(ndr_unpack(kind, data[size * index:], allow_remaining=True), member) for index in range(reply.out_pcReturned)]

    def ports(self):
        return self.names("EnumPorts", "pPort", spoolss.PortInfo1, 4, "port_name", pName=None)

    def printers(self):
        return self.names("EnumPrinters", "pPrinterEnum", spoolss.PrinterInfo4, 12, "printername", level=4, Flags=2, pName=None)

    def connections(self):
        reply = self.query("EnumPerMachineConnections", "pPrinterEnum", pServer=None)
        data = bytes(reply.out_pPrinterEnum or [])
        rows = [ndr_unpack(spoolss.PrinterInfo4, data[12 * index:], allow_remaining=True) for index in range(reply.out_pcReturned)]
        return [row.printername for row in rows]

    def value(self, key, name):
        reply = self.call("GetPrinterDataEx", hPrinter=self.printer(), pKeyName=key, pValueName=name, nSize=4)
        return int.from_bytes(bytes(reply.out_pData), "little") if reply.result[0] == 0 else reply.result[1]

    def server_value(self, name):
        reply = self.must("GetPrinterData", hPrinter=self.server_handle(), pValueName=name, nSize=4)
        return int.from_bytes(bytes(reply.out_pData), "little")

    def property(self, job, name):
        reply = self.call("GetJobNamedPropertyValue", hPrinter=self.printer(), JobId=job, pszName=name)
        return reply.out_pValue.value if reply.result[0] == 0 else reply.result[0]

    def form(self, name):
        reply = self.call("GetForm", hPrinter=self.printer(), pFormName=name, Level=1, cbBuf=1000, pForm=[0] * 1000)
        if reply.result[0] != 0:
            return reply.result[0]
        return ndr_unpack(spoolss.FormInfo1, bytes(reply.out_pForm), allow_remaining=True).size.width

    def print(self, name, end=True, handle=None):
        handle = handle or self.printer()
        document = spoolss.DocumentInfo1()
        document.document_name = name
        started = self.must("StartDocPrinter", hPrinter=handle, pDocInfoContainer=container(spoolss.DocumentInfoCtr, 1, document))
        self.must("WritePrinter", hPrinter=handle, pBuf=[65] * 100, cbBuf=100)
        if end:
            self.must("EndDocPrinter", hPrinter=handle)
        return started.out_pJobId

    def set_job(self, job, command=0, level=None, info=None):
        fields = {"pJobContainer": container(spoolss.JobInfoContainer, level, info) if info is not None else None}
        self.must("SetJob", hPrinter=self.printer(), JobId=job, Command=command, **fields)

    def xcv(self, command, text):
        data = list((text + "\0").encode("utf-16-le"))
        reply = self.must("XcvData", hXcv=self.open(",XcvMonitor Null Port"), pszDataName=command, pInputData=data, cbInputData=len(data),
                          cbOutputData=0, pdwStatus=0)
        if reply.out_pdwStatus != 0:
            raise RuntimeError(f"{command}: status {reply.out_pdwStatus}")


# --- Printers ---------------------------------------------------------------------------------------------------------------------------

def make(kind, **members):
    made = kind()
    for name, value in members.items():
        setattr(made, name, value)
    return made


def printer_2(name, **members):
    usual = {"printername": name, "portname": "NUL:", "drivername": DRIVER, "printprocessor": "winprint", "datatype": "RAW",
             "attributes": SHARED, "sharename": name}
    return make(spoolss.SetPrinterInfo2, **dict(usual, **members))


def add_printer(client, state):
    client.must("AddPrinter", pName=None, pPrinterContainer=container(spoolss.SetPrinterInfoCtr, 2, printer_2("Added")),
                pDevModeContainer=spoolss.DevmodeContainer(), pSecurityContainer=security.sec_desc_buf(),
                pClientInfo=client.client_information())


def set_level(level, kind, **members):
    return lambda client, state: set_printer(client, client.printer(), level, make(kind, **members))


def set_descriptor(client, state):
    text = "O:BAG:BAD:(A;;0xf000c;;;BA)(A;;0x20008;;;WD)(A;;0x8;;;S-1-5-21-9-9-9-9)"
    descriptor = security.descriptor.from_sddl(text, security.dom_sid("S-1-5-21-9-9-9"))
    set_printer(client, client.printer(), 3, spoolss.SetPrinterInfo3(), descriptor=descriptor)


def set_devmode(client, state):
    devmode = client.printer_info(2, spoolss.PrinterInfo2).devmode
    devmode.copies, devmode.fields = 7, devmode.fields | 0x100
    set_printer(client, client.printer(), 8, spoolss.SetPrinterInfo8(), devmode=devmode)


def comment(client, state):
    set_printer(client, client.printer(), 2, printer_2("Effects", comment="kept", location="here"))


def command(number):
    return lambda client, state: set_printer(client, client.printer(), 0, spoolss.SetPrinterInfo0(), command=number)


def status(client, state):
    return client.printer_info(2, spoolss.PrinterInfo2).status & PAUSED


def info_2(member):
    return lambda client, state: getattr(client.printer_info(2, spoolss.PrinterInfo2), member)


PRINTER_STEPS = [
    ("AddPrinter", add_printer, lambda client, state: "Added" in client.printers(), True),
    ("SetPrinter pause", command(1), status, PAUSED),
    ("SetPrinter level 2", comment, info_2("comment"), "kept"),
    ("SetPrinter level 3", set_descriptor,
     lambda client, state: "S-1-5-21-9-9-9-9" in client.printer_info(3, spoolss.PrinterInfo3).secdesc.as_sddl(), True),
    ("SetPrinter level 4", set_level(4, spoolss.SetPrinterInfo4, printername="Effects", attributes=0x108), info_2("attributes"), 0x148),
    ("SetPrinter level 5", set_level(5, spoolss.SetPrinterInfo5, printername="Effects", portname="LPT1:", attributes=SHARED),
     info_2("portname"), "LPT1:"),
    ("SetPrinter level 7", set_level(7, spoolss.SetPrinterInfo7, action=1),
     lambda client, state: client.printer_info(7, spoolss.PrinterInfo7).action, 1),
    ("SetPrinter level 8", set_devmode, lambda client, state: client.printer_info(2, spoolss.PrinterInfo2).devmode.copies, 7),
    ("DeletePrinter", lambda client, state: client.must("DeletePrinter", hPrinter=client.printer("Added")),
     lambda client, state: "Added" in client.printers(), False),
]


# --- Values, forms, ports, connections --------------------------------------------------------------------------------------------------

def set_value(name, key=None, server=False):
    def act(client, state):
        handle = client.server_handle() if server else client.printer()
        fields = {"hPrinter": handle, "pValueName": name, "Type": 4, "pData": [1, 0, 0, 0], "cbData": 4}
        client.must("SetPrinterData" if key is None else "SetPrinterDataEx", **fields, **({} if key is None else {"pKeyName": key}))
    return act


def value(key, name):
    return lambda client, state: client.value(key, name)


def form(name, width):
    area = make(spoolss.FormArea, right=width, bottom=50000)
    size = make(spoolss.FormSize, width=width, height=50000)
    return container(spoolss.AddFormInfoCtr, 1, make(spoolss.AddFormInfo1, form_name=name, size=size, area=area))


def wide(text):
    """A string in NDR 2.0 with its counts, padded."""
    data = (text + "\0").encode("utf-16-le")
    return struct.pack("<III", len(text) + 1, 0, len(text) + 1) + data + b"\0" * (-len(data) % 4)


def add_port(client, state):
    """By hand: the container of python3-samba takes the structures of printers only. No name; level 1 twice, a structure, a name; no
    monitor data; the monitor."""
    stub = struct.pack("<IIIII", 0, 1, 1, 1, 1) + wide("Kept:") + struct.pack("<II", 0, 0) + wide("Null Port")
    result = struct.unpack("<I", client.raw(samba_client.OPNUMS["AddPort"][0 if client.par else 1], stub)[-4:])[0]
    if result != 0:
        raise RuntimeError(f"AddPort: {result}")


def on_printer(name, **fields):
    return lambda client, state: client.must(name, hPrinter=client.printer(), **fields)


def delete_port(client, state):
    """MS-RPRN alone has it, so python3-samba's classes of MS-PAR do not: no server name, a window, the port."""
    if struct.unpack("<I", client.raw(39, struct.pack("<II", 0, 0) + wide("Kept:"))[-4:])[0] != 0:
        raise RuntimeError("DeletePort")


def log_event(client, state):
    event = make(spoolss.BranchOfficeJobData, eEventType=spoolss.kLogOfflineFileFull, JobId=1,
                 JobInfo=make(spoolss.BranchOfficeLogOfflineFileFull, pMachineName="FARAWAY"))
    client.must("LogJobInfoForBranchOffice", hPrinter=client.printer(),
                pBranchOfficeJobDataContainer=make(spoolss.BranchOfficeJobDataContainer, cJobDataEntries=1, JobData=[event]))


def event_log(client, state):
    command = [str(harness.build_directory() / "winspoolctl"), "--socket", str(state["directory"] / "admin.socket"), "events"]
    return "offline archive full" in harness.run(command)[1]


GONE = "WERR_FILE_NOT_FOUND"
OBJECT_STEPS = [
    ("SetPrinterData", set_value("One"), value(PRINTER_DATA, "One"), 1),
    ("SetPrinterData of the server", set_value(BEEP, server=True), lambda client, state: client.server_value(BEEP), 1),
    ("SetPrinterDataEx", set_value("Two", "Key\\Deep"), value("Key\\Deep", "Two"), 1),
    ("DeletePrinterData", on_printer("DeletePrinterData", pValueName="One"), value(PRINTER_DATA, "One"), GONE),
    ("SetPrinterDataEx again", set_value("Three", "Key\\Deep"), value("Key\\Deep", "Three"), 1),
    ("DeletePrinterDataEx", on_printer("DeletePrinterDataEx", pKeyName="Key\\Deep", pValueName="Two"),
     lambda client, state: (client.value("Key\\Deep", "Two"), client.value("Key\\Deep", "Three")), (GONE, 1)),
    ("DeletePrinterKey", on_printer("DeletePrinterKey", pKeyName="Key"), value("Key\\Deep", "Three"), GONE),
    ("AddForm", on_printer("AddForm", pFormInfoContainer=form("Kept", 60000)), lambda client, state: client.form("Kept"), 60000),
    ("SetForm", on_printer("SetForm", pFormName="Kept", pFormInfoContainer=form("Kept", 70000)),
     lambda client, state: client.form("Kept"), 70000),
    ("DeleteForm", on_printer("DeleteForm", pFormName="Kept"), lambda client, state: client.form("Kept"), INVALID_FORM_NAME),
    ("AddPort", add_port, lambda client, state: "Kept:" in client.ports(), True),
    ("XcvData AddPort", lambda client, state: client.xcv("AddPort", "Other:"), lambda client, state: "Other:" in client.ports(), True),
    ("XcvData DeletePort", lambda client, state: client.xcv("DeletePort", "Other:"),
     lambda client, state: "Other:" in client.ports(), False),
    ("DeletePort", delete_port, lambda client, state: "Kept:" in client.ports(), False),
    ("LogJobInfoForBranchOffice", log_event, event_log, True),
    ("AddPerMachineConnection", lambda client, state: client.must("AddPerMachineConnection", pServer=None, pPrinterName="\\\\far\\away",
                                                                  pPrintServer="\\\\far", pProvider=""),
     lambda client, state: client.connections(), ["\\\\far\\away"]),
    ("DeletePerMachineConnection",
     lambda client, state: client.must("DeletePerMachineConnection", pServer=None, pPrinterName="\\\\far\\away"),
     lambda client, state: client.connections(), []),
]


# --- Jobs of the paused queue -----------------------------------------------------------------------------------------------------------

def spool(key):
    def act(client, state):
        state[key] = client.print(key)
    return act


def job_command(key, number):
    return lambda client, state: client.set_job(state[key], number)


def rename(client, state):
    info = make(spoolss.SetJobInfo1, document_name="renamed", user_name="admin", data_type="RAW", priority=9, position=2)
    client.set_job(state["first"], 0, 1, info)


def link(client, state):
    client.set_job(state["first"], 0, 3, make(spoolss.JobInfo3, job_id=state["first"], next_job_id=state["third"]))


def set_property(client, state):
    number = make(spoolss.PrintPropertyValue, ePropertyType=spoolss.kRpcPropertyTypeInt32, value=4711)
    client.must("SetJobNamedProperty", hPrinter=client.printer(), JobId=state["first"],
                pProperty=make(spoolss.PrintNamedProperty, propertyName="Number", propertyValue=number))


def delete_property(client, state):
    client.must("DeleteJobNamedProperty", hPrinter=client.printer(), JobId=state["first"], pszName="Number")


def first_job(client, state):
    info = client.job_info(state["first"])
    return info.document_name, info.priority, info.position


def abort(client, state):
    handle = client.printer()
    state["aborted"] = client.print("aborted", end=False, handle=handle)
    client.must("AbortPrinter", hPrinter=handle)


def job(member, key="first"):
    return lambda client, state: getattr(client.job_info(state[key]), member)


def job_status(bit, key="first"):
    return lambda client, state: client.job_info(state[key]).status & bit


def job_result(key):
    return lambda client, state: client.job_result(state[key])


JOB_STEPS = [
    ("EndDocPrinter", spool("first"), job("size"), 100),
    ("EndDocPrinter of a second job", spool("second"), lambda client, state: client.jobs() == [state["first"], state["second"]], True),
    ("SetJob level 1", rename, first_job, ("renamed", 9, 2)),
    ("EndDocPrinter of a third job", spool("third"), job("document_name", "third"), "third"),
    ("SetJob level 3", link,
     lambda client, state: client.job_info(state["first"], 3, spoolss.JobInfo3).next_job_id == state["third"], True),
    ("SetJob pause", job_command("first", 1), job_status(PAUSED), PAUSED),
    ("SetJob resume", job_command("first", 2), job_status(PAUSED), 0),
    ("SetJobNamedProperty", set_property, lambda client, state: client.property(state["first"], "Number"), 4711),
    ("DeleteJobNamedProperty", delete_property,
     lambda client, state: client.property(state["first"], "Number"), NOT_FOUND),
    ("SetJob cancel", job_command("second", 3), job_result("second"), INVALID_PARAMETER),
    ("SetJob delete", job_command("third", 5), job_result("third"), INVALID_PARAMETER),
    ("AbortPrinter", abort, job_result("aborted"), INVALID_PARAMETER),
    ("SetPrinter purge", command(3), lambda client, state: client.jobs(), []),
    ("SetPrinter resume", command(2), status, 0),
]

RPRN_ONLY = {"DeletePort"}
# What changes nothing that a restart could lose, or is named in the words at the top.
# Driver packages need a signed one: packages_test.py kills the daemon after upload and installation, the tests of the package store
# cut the power at every step of the files.
NOT_HERE = {"OpenPrinter", "StartDocPrinter", "WritePrinter", "UploadPrinterDriverPackage", "InstallPrinterDriverFromPackage",
            "DeletePrinterDriverPackage"}


def covered(results, steps):
    """Every operation of the client's table that is not a query has a step."""
    named = {step[0].split()[0] for step in steps}
    changing = {name for name in samba_client.OPNUMS if not name.startswith(("Get", "Enum"))} - NOT_HERE
    results.check_equal("every operation that changes something has a step", changing - named, set())


def main():
    results = harness.Results()
    steps = PRINTER_STEPS + OBJECT_STEPS + JOB_STEPS
    covered(results, steps)
    with tempfile.TemporaryDirectory(prefix="winspoold-effects-") as directory:
        state = {"directory": pathlib.Path(directory)}
        daemon = Daemon(directory)
        daemon.start()
        for number, (name, act, read, wanted) in enumerate(steps):
            interface = "rprn" if name in RPRN_ONLY else ("par", "rprn")[number % 2]
            try:
                act(Client(daemon.server, interface, False), state)
            except (RuntimeError, samba_client.NTSTATUSError) as error:
                results.record(f"{interface}: {name}", False, error)
                continue
            daemon.kill()
            daemon.start()
            try:
                results.check_equal(f"{interface}: {name}", read(Client(daemon.server, interface, False), state), wanted)
            except (RuntimeError, samba_client.NTSTATUSError) as error:
                results.record(f"{interface}: {name}", False, error)
        daemon.tool("stop")
    results.finish()


if __name__ == "__main__":
    main()
