#!/usr/bin/python3
"""Every operation's effect survives kill -9 right after its reply: for each operation that changes something durable, do it, kill the
daemon at once, start it again and read the change back. The interfaces take turns where both have the operation. An operation of
winspool.ops that has no step here must be named below with the reason why it changes nothing that a restart could lose.
"""
import pathlib
import re
import struct
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "conformance"))
import harness  # noqa: E402

harness.enter_namespace()
harness.require("cabextract")

import package_client  # noqa: E402
import samba_client  # noqa: E402
from effects_client import Client, Daemon, result_of, wide  # noqa: E402
from effects_drivers import DRIVER_STEPS  # noqa: E402
from samba_client import container, security, set_printer, spoolss  # noqa: E402

INVALID_PARAMETER, NOT_FOUND, INVALID_FORM_NAME = 87, 1168, 1902
PAUSED, SHARED, RETAINED = 0x1, 0x8, 0x2000
TONER_LOW, PAPER_OUT, SPOOLING, JOB_PAPER_OUT = 0x20000, 0x10, 0x8, 0x40
DRIVER = "Microsoft XPS Document Writer"
PRINTER_DATA, BEEP = "PrinterDriverData", "BeepEnabled"


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


def new_printer(name):
    return {"pName": None, "pPrinterContainer": container(spoolss.SetPrinterInfoCtr, 2, printer_2(name)),
            "pDevModeContainer": spoolss.DevmodeContainer(), "pSecurityContainer": security.sec_desc_buf()}


def add_printer(client, state):
    client.must("AddPrinter", pClientInfo=client.client_information(), **new_printer("Added"))


def add_printer_legacy(client, state):
    """python3-samba knows the later form only, whose request has the client's information at its end: level, level, null."""
    nobody = spoolss.UserLevelCtr()
    nobody.level = 1
    stub = client.packed("AddPrinter", pClientInfo=nobody, **new_printer("Older"))
    assert stub.endswith(struct.pack("<III", 1, 1, 0))
    result_of("AddPrinterLegacy", client.raw(5, stub[:-12]))


def set_level(level, kind, **members):
    return lambda client, state: set_printer(client, client.printer(), level, make(kind, **members))


def set_descriptor(client, state):
    text = "O:BAG:BAD:(A;;0xf000c;;;BA)(A;;0x20008;;;WD)(A;;0x8;;;S-1-5-21-9-9-9-9)"
    descriptor = security.descriptor.from_sddl(text, security.dom_sid("S-1-5-21-9-9-9"))
    set_printer(client, client.printer(), 3, spoolss.SetPrinterInfo3(), descriptor=descriptor)


def set_server_descriptor(client, state):
    text = "O:BAG:BAD:(A;;0xf0003;;;BA)(A;;0x20002;;;WD)(A;;0x2;;;S-1-5-21-9-9-9-9)"
    descriptor = security.descriptor.from_sddl(text, security.dom_sid("S-1-5-21-9-9-9"))
    set_printer(client, client.server_handle(), 3, spoolss.SetPrinterInfo3(), descriptor=descriptor)


def set_devmode(client, state):
    devmode = client.printer_info(2, spoolss.PrinterInfo2).devmode
    devmode.copies, devmode.fields = 7, devmode.fields | 0x100
    set_printer(client, client.printer(), 8, spoolss.SetPrinterInfo8(), devmode=devmode)


def comment(client, state):
    set_printer(client, client.printer(), 2, printer_2("Effects", comment="kept", location="here"))


def command(number):
    return lambda client, state: set_printer(client, client.printer(), 0, spoolss.SetPrinterInfo0(), command=number)


def status(bit):
    return lambda client, state: client.printer_info(2, spoolss.PrinterInfo2).status & bit


def info_2(member):
    return lambda client, state: getattr(client.printer_info(2, spoolss.PrinterInfo2), member)


PRINTER_STEPS = [
    ("AddPrinter", add_printer, lambda client, state: "Added" in client.printers(), True),
    ("AddPrinterLegacy", add_printer_legacy, lambda client, state: "Older" in client.printers(), True),
    ("SetPrinter pause", command(1), status(PAUSED), PAUSED),
    ("SetPrinter level 2", comment, info_2("comment"), "kept"),
    ("SetPrinter level 3", set_descriptor,
     lambda client, state: "S-1-5-21-9-9-9-9" in client.printer_info(3, spoolss.PrinterInfo3).secdesc.as_sddl(), True),
    ("SetPrinter level 3 of the server", set_server_descriptor,
     lambda client, state: "S-1-5-21-9-9-9-9" in client.server_descriptor().as_sddl(), True),
    ("SetPrinter level 4", set_level(4, spoolss.SetPrinterInfo4, printername="Effects", attributes=0x108), info_2("attributes"), 0x148),
    ("SetPrinter level 5", set_level(5, spoolss.SetPrinterInfo5, printername="Effects", portname="LPT1:", attributes=SHARED),
     info_2("portname"), "LPT1:"),
    ("SetPrinter level 6", set_level(6, spoolss.SetPrinterInfo6, status=TONER_LOW), status(PAUSED | TONER_LOW), PAUSED | TONER_LOW),
    ("SetPrinter level 6 clears", set_level(6, spoolss.SetPrinterInfo6, status=0), status(PAUSED | TONER_LOW), PAUSED),
    ("SetPrinter level 7", set_level(7, spoolss.SetPrinterInfo7, action=1),
     lambda client, state: client.printer_info(7, spoolss.PrinterInfo7).action, 1),
    ("SetPrinter level 8", set_devmode, lambda client, state: client.printer_info(2, spoolss.PrinterInfo2).devmode.copies, 7),
    ("DeletePrinter", lambda client, state: client.must("DeletePrinter", hPrinter=client.printer("Added")),
     lambda client, state: ("Added" in client.printers(), "Older" in client.printers()), (False, True)),
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


def add_port(client, state):
    """By hand: the container of python3-samba takes the structures of printers only. No name; level 1 twice, a structure, a name; no
    monitor data; the monitor."""
    stub = struct.pack("<IIIII", 0, 1, 1, 1, 1) + wide("Kept:") + struct.pack("<II", 0, 0) + wide("Null Port")
    result_of("AddPort", client.raw(samba_client.opnum("AddPort", client.par), stub))


def set_port(device_status, severity):
    """By hand for the same reason. No server name; the port's name; level 3 twice, a structure: status, a text, severity."""
    def act(client, state):
        stub = struct.pack("<II", 0, 1) + wide("LPT1:") + struct.pack("<IIIIII", 3, 3, 1, device_status, 1, severity) + wide("told")
        result_of("SetPort", client.raw(samba_client.opnum("SetPort", client.par), stub))
    return act


def on_printer(name, **fields):
    return lambda client, state: client.must(name, hPrinter=client.printer(), **fields)


def delete_port(client, state):
    """MS-RPRN alone has it, so python3-samba's classes of MS-PAR do not: no server name, a window, the port."""
    result_of("DeletePort", client.raw(39, struct.pack("<II", 0, 0) + wide("Kept:")))


def log_event(client, state):
    event = make(spoolss.BranchOfficeJobData, eEventType=spoolss.kLogOfflineFileFull, JobId=1,
                 JobInfo=make(spoolss.BranchOfficeLogOfflineFileFull, pMachineName="FARAWAY"))
    client.must("LogJobInfoForBranchOffice", hPrinter=client.printer(),
                pBranchOfficeJobDataContainer=make(spoolss.BranchOfficeJobDataContainer, cJobDataEntries=1, JobData=[event]))


def event_log(client, state):
    return "offline archive full" in harness.control(state["directory"], "events")[2]


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
    ("SetPort", set_port(3, 2), status(PAPER_OUT), PAPER_OUT),
    ("SetPort clears", set_port(0, 0), status(PAPER_OUT), 0),
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


def tell(client, state):
    info = make(spoolss.SetJobInfo1, document_name="first", user_name="admin", data_type="RAW", text_status="no paper", priority=9,
                status=JOB_PAPER_OUT)
    client.set_job(state["first"], 0, 1, info)


def told(client, state):
    info = client.job_info(state["first"])
    return info.status & JOB_PAPER_OUT, info.text_status


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


def close(client, state):
    handle = client.printer()
    state["closed"] = client.print("closed", end=False, handle=handle)
    client.must("ClosePrinter", phPrinter=handle)


def closed(client, state):
    info = client.job_info(state["closed"])
    return info.size, info.status & SPOOLING


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
    ("SetJob level 1, status", tell, told, (JOB_PAPER_OUT, "no paper")),
    ("EndDocPrinter of a third job", spool("third"), job("document_name", "third"), "third"),
    ("SetJob level 3", link,
     lambda client, state: client.job_info(state["first"], 3, spoolss.JobInfo3).next_job_id == state["third"], True),
    ("SetJob pause", job_command("first", 1), job_status(PAUSED), PAUSED),
    ("SetJob resume", job_command("first", 2), job_status(PAUSED), 0),
    ("SetJob retain", job_command("first", 8), job_status(RETAINED), RETAINED),
    ("SetJob release", job_command("first", 9), job_status(RETAINED), 0),
    ("SetJobNamedProperty", set_property, lambda client, state: client.property(state["first"], "Number"), 4711),
    ("DeleteJobNamedProperty", delete_property,
     lambda client, state: client.property(state["first"], "Number"), NOT_FOUND),
    ("SetJob cancel", job_command("second", 3), job_result("second"), INVALID_PARAMETER),
    ("SetJob delete", job_command("third", 5), job_result("third"), INVALID_PARAMETER),
    ("AbortPrinter", abort, job_result("aborted"), INVALID_PARAMETER),
    ("ClosePrinter with an open document", close, closed, (100, 0)),
    ("SetPrinter purge", command(3), lambda client, state: client.jobs(), []),
    ("SetPrinter resume", command(2), status(PAUSED), 0),
]

# --- The table itself ---------------------------------------------------------------------------------------------------------------------

# What changes nothing durable, and why. Queries (Get…, Enum…) need no reason.
HANDLE = "a handle and what is set for it alone go with the connection"
UNFINISHED = "a document that was not ended when the server died is deleted at the next start"
REGISTRATION = "a registration belongs to a connection; clients register again"
REFUSED = "always refused to remote clients, or by this server: monitors and processors are built in"
DEVICE = "bytes between client and device"
NOT_SERVED = "not served yet"
CHANGES_NOTHING = {
    "OpenPrinter": HANDLE, "OpenPrinterLegacy": HANDLE, "ResetPrinter": HANDLE,
    "CreatePrinterIC": HANDLE, "PlayGdiScriptOnPrinterIC": HANDLE, "DeletePrinterIC": HANDLE,
    "StartDocPrinter": UNFINISHED, "StartPagePrinter": UNFINISHED, "WritePrinter": UNFINISHED, "EndPagePrinter": UNFINISHED,
    "AddJob": REFUSED, "ScheduleJob": REFUSED, "AddMonitor": REFUSED, "DeleteMonitor": REFUSED,
    "AddPrintProcessor": REFUSED, "DeletePrintProcessor": REFUSED,
    "ReadPrinter": DEVICE, "FlushPrinter": DEVICE, "SendRecvBidiData": "only asks: nothing can be set through the port",
    "CorePrinterDriverInstalled": "a query", "WaitForPrinterChange": "a query that waits",
    "RegisterForRemoteNotifications": REGISTRATION, "UnRegisterForRemoteNotifications": REGISTRATION,
    "RefreshRemoteNotifications": REGISTRATION, "FindClosePrinterChangeNotification": REGISTRATION,
    "RemoteFindFirstPrinterChangeNotification": REGISTRATION, "RemoteFindFirstPrinterChangeNotificationEx": REGISTRATION,
    "RouterRefreshPrinterChangeNotification": REGISTRATION,
    "RegeneratePrintDeviceCapabilities": NOT_SERVED, "IppCreateJobOnPrinter": NOT_SERVED, "IppGetJobAttributes": NOT_SERVED,
    "IppSetJobAttributes": NOT_SERVED, "IppGetPrinterAttributes": NOT_SERVED, "IppSetPrinterAttributes": NOT_SERVED,
}


def operations():
    """Every operation of winspool.ops with the interfaces that have it."""
    text = (harness.ROOT / "idl/winspool.ops").read_text()
    return {name: re.findall(r"\b(par|rprn)\.", functions) for name, functions in re.findall(r"^\s*op (\w+)\s*=([^;]*);", text, re.M)}


def covered(results, steps, known):
    """Every operation has a step, or a reason why it needs none; not both, and none that does not exist."""
    named = {step[0].split()[0] for step in steps}
    queries = {name for name in known if name.startswith(("Get", "Enum"))}
    results.record("winspool.ops lists the operations", len(known) > 80, len(known))
    results.check_equal("operations with neither a step nor a reason", set(known) - queries - named - set(CHANGES_NOTHING), set())
    results.check_equal("operations with a step and a reason", named & set(CHANGES_NOTHING), set())
    results.check_equal("steps and reasons of operations that do not exist", (named | set(CHANGES_NOTHING)) - set(known), set())


def not_served(results):
    """The reason above may not outlive its truth."""
    readme = (harness.ROOT / "README.md").read_text()
    listed = set(re.findall(r"\| (\w+) \| not yet \|", readme))
    results.check_equal("operations that are not served yet", {name for name, why in CHANGES_NOTHING.items() if why == NOT_SERVED}, listed)


def run(results, daemon, step, interface, state):
    name, act, read, wanted = step
    label = f"{interface}: {name}"
    try:
        act(Client(daemon.server, interface, False), state)
    except (RuntimeError, samba_client.NTSTATUSError) as error:
        results.record(label, False, error)
        return
    daemon.kill()
    daemon.start()
    try:
        results.check_equal(label, read(Client(daemon.server, interface, False), state), wanted)
    except (RuntimeError, samba_client.NTSTATUSError) as error:
        results.record(label, False, error)


def main():
    results = harness.Results()
    steps = PRINTER_STEPS + OBJECT_STEPS + JOB_STEPS + DRIVER_STEPS
    known = operations()
    covered(results, steps, known)
    not_served(results)
    with tempfile.TemporaryDirectory(prefix="winspoold-effects-") as directory:
        work = pathlib.Path(directory)
        package = package_client.sample(work / "package")
        state = {"directory": work / "server", "share": work / "server" / "state" / "drivers", "package": package}
        daemon = Daemon(state["directory"], {
            "driver_packages": {"trust_files": [str(package_client.trust_file(package))]},
            "printers": [{"name": "Effects", "share_name": "Effects", "port": "NUL:", "driver": DRIVER, "shared": True}],
        })
        daemon.start()
        for number, step in enumerate(steps):
            interfaces = known[step[0].split()[0]]
            run(results, daemon, step, interfaces[number % len(interfaces)], state)
        daemon.tool("stop")
    results.finish()


if __name__ == "__main__":
    main()
