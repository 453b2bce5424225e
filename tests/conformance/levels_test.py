#!/usr/bin/python3
"""Every query operation x every level and wrong ones x buffer {none, one byte short, exact, larger} x NDR 2.0 and NDR64, little- and
big-endian, x both interfaces, against a running daemon. python3-samba packs the requests and unpacks the replies: a decoder that shares
nothing with ours. What comes out is compared with what was configured. Anonymous callers are tried on every operation number as well.
"""
import itertools
import json
import struct
import types

import harness

harness.enter_namespace()

import samba_client  # noqa: E402
from samba_client import Connection, container, ndr_unpack, set_printer, spoolss, winspool  # noqa: E402

OK, FILE_NOT_FOUND, NOT_SUPPORTED, INSUFFICIENT_BUFFER, INVALID_LEVEL, MORE_DATA = 0, 2, 50, 122, 124, 234
NO_MORE_ITEMS, UNKNOWN_PRINTER_DRIVER = 259, 1797
ACCESS_DENIED, OUT_OF_RANGE = 0xC0000022, 0xC002002E                # NTSTATUS
SERVER = "\\\\127.0.0.1"
ENVIRONMENT = "Windows x64"
PRINTER = {"comment": "for the tables", "location": "cellar", "sharename": "Shared", "portname": "NUL:", "drivername": "Tables v3",
           "printprocessor": "winprint", "datatype": "TEXT", "parameters": "some", "priority": 7, "defaultpriority": 3, "starttime": 60,
           "untiltime": 120}
DOCUMENT, DATA = "level document", b"0123456789" * 100
FORM = {"form_name": "Ticket", "keyword": "ticket", "display_name": "Eintrittskarte", "lang_id": 0x407, "string_type": 4}


class World:
    """What the queries are to find; made through MS-PAR once."""

    def __init__(self, server):
        admin = Connection(server, "par", False)
        printer = admin.open(f"{SERVER}\\Tables")
        info = spoolss.SetPrinterInfo2()
        info.printername, info.attributes = "Tables", 0x8
        for name, value in PRINTER.items():
            setattr(info, name, value)
        set_printer(admin, printer, 2, info)
        set_printer(admin, printer, 0, spoolss.SetPrinterInfo0(), command=1)
        document = spoolss.DocumentInfo1()
        document.document_name = DOCUMENT
        started = admin.must("StartDocPrinter", hPrinter=printer, pDocInfoContainer=container(spoolss.DocumentInfoCtr, 1, document))
        self.job = started.out_pJobId
        admin.must("WritePrinter", hPrinter=printer, pBuf=list(DATA), cbBuf=len(DATA))
        admin.must("EndDocPrinter", hPrinter=printer)
        form = spoolss.AddFormInfo2()
        size, area = spoolss.FormSize(), spoolss.FormArea()
        size.width, size.height, area.right, area.bottom = 70000, 30000, 70000, 30000
        form.size, form.area = size, area
        for name, value in FORM.items():
            setattr(form, name, value)
        admin.must("AddForm", hPrinter=printer, pFormInfoContainer=container(spoolss.AddFormInfoCtr, 2, form))
        admin.must("AddPerMachineConnection", pServer=None, pPrinterName="\\\\far\\away", pPrintServer="\\\\far", pProvider="")
        for key, name, data in (("PrinterDriverData", "Depth", b"\5\0\0\0"), ("Outer\\Inner", "Depth", b"\6\0\0\0")):
            admin.must("SetPrinterDataEx", hPrinter=printer, pKeyName=key, pValueName=name, Type=4, pData=list(data), cbData=4)
        self.server = server


# --- INFO structures: fixed bytes and class by level, and the values to expect there ----------------------------------------------------

DEVMODE_BEHIND_OFFSET = "DeviceMode"                # python3-samba unpacks no PRINTER_INFO_8 as a whole
PRINTERS = {0: (124, "PrinterInfo0"), 1: (16, "PrinterInfo1"), 2: (84, "PrinterInfo2"), 3: (4, "PrinterInfo3"), 4: (12, "PrinterInfo4"),
            5: (20, "PrinterInfo5"), 6: (4, "PrinterInfo6"), 7: (8, "PrinterInfo7"), 8: (4, DEVMODE_BEHIND_OFFSET)}
JOBS = {1: (64, "JobInfo1"), 2: (104, "JobInfo2"), 3: (12, "JobInfo3"), 4: (108, "JobInfo4")}
FORMS = {1: (32, "FormInfo1"), 2: (56, "FormInfo2")}
DRIVERS = {1: (4, "DriverInfo1"), 2: (24, "DriverInfo2"), 3: (40, "DriverInfo3"), 4: (44, "DriverInfo4"), 5: (36, "DriverInfo5"),
           6: (80, "DriverInfo6"), 8: (120, "DriverInfo8")}
PORTS = {1: (4, "PortInfo1"), 2: (20, "PortInfo2")}
MONITORS = {1: (4, "MonitorInfo1"), 2: (12, "MonitorInfo2")}
PROCESSORS = {1: (4, "PrintProcessorInfo1")}
DATATYPES = {1: (4, "PrintProcDataTypesInfo1")}
CONNECTIONS = {None: (12, "PrinterInfo4")}
PATH = {1: (0, None), 0: (0, None), 78: (0, None)}                   # a bare string; Windows ignores the level


def printer_values(world, level):
    name, changed = f"{SERVER}\\Tables", dict(PRINTER, sharename="Shared")
    return {
        0: {"printername": name, "servername": SERVER, "cjobs": 1, "status": 1},
        1: {"name": name, "description": f"{name},{PRINTER['drivername']},{PRINTER['location']}", "comment": PRINTER["comment"]},
        2: dict(changed, servername=SERVER, printername=name, cjobs=1, status=1, attributes=0x48, **{"devmode.devicename": name,
                "secdesc.owner": "S-1-5-18"}),
        3: {"secdesc.owner": "S-1-5-18"},
        4: {"printername": name, "servername": SERVER, "attributes": 0x48},
        5: {"printername": name, "portname": PRINTER["portname"], "attributes": 0x48},
        6: {"status": 1},
        7: {"action": 4},
        8: {"devmode.devicename": name},
    }[level]


def job_values(world, level):
    common = {"job_id": world.job, "printer_name": f"{SERVER}\\Tables", "server_name": "\\\\PC", "user_name": "admin",
              "document_name": DOCUMENT, "data_type": "TEXT", "position": 1, "priority": 3, "status": 0, "total_pages": 0}
    more = {"notify_name": "admin", "print_processor": "winprint", "parameters": "some", "driver_name": PRINTER["drivername"],
            "size": len(DATA), "devmode.devicename": f"{SERVER}\\Tables", "secdesc.group": "S-1-5-18"}
    return {1: common, 2: dict(common, **more), 3: {"job_id": world.job, "next_job_id": 0, "reserved": 0},
            4: dict(common, size_high=0, **more)}[level]


def form_values(world, level):
    common = {"form_name": "Ticket", "flags": 0, "size.width": 70000, "size.height": 30000, "area.right": 70000, "area.top": 0}
    return common if level == 1 else dict(common, **{key: FORM[key] for key in ("keyword", "display_name", "lang_id", "string_type")})


def driver_values(world, level):
    values = {"driver_name": PRINTER["drivername"]}
    return values if level == 1 else dict(values, version=3, architecture=ENVIRONMENT)


def port_values(world, level):
    return {"port_name": "NUL:"} if level == 1 else {"port_name": "NUL:", "monitor_name": "Null Port"}


def monitor_values(world, level):
    name = {"monitor_name": "Standard TCP/IP Port"}
    return name if level == 1 else dict(name, environment=ENVIRONMENT, dll_name="tcpmon.dll")


class Query:
    """An operation that answers with INFO structures, and who of its elements is looked for (all for the Get forms)."""

    def __init__(self, name, buffer, levels, wrong, fields, values, needs=None):
        self.name, self.buffer, self.levels, self.wrong = name, buffer, levels, wrong
        self.fields, self.values, self.needs = fields, values, needs

    def ask(self, connection, world, level, size):
        fields = {key: value(world) if callable(value) else value for key, value in self.fields.items()}
        if self.needs:
            fields["hPrinter"] = connection.handle
        if level is not None:
            fields["Level"] = level
        return connection.call(self.name, cbBuf=size, **{self.buffer: [0] * size if size else None}, **fields)

    def elements(self, reply, level):
        data = bytes(getattr(reply, "out_" + self.buffer))
        size, kind = self.levels[level]
        if kind is None:
            return [data[:reply.out_pcbNeeded].decode("utf-16-le").rstrip("\0")]
        if kind == DEVMODE_BEHIND_OFFSET:
            offset = int.from_bytes(data[:4], "little")
            return [types.SimpleNamespace(devmode=ndr_unpack(spoolss.DeviceMode, data[offset:], allow_remaining=True))]
        count = reply.out_pcReturned if hasattr(reply, "out_pcReturned") else 1
        return [ndr_unpack(getattr(spoolss, kind), data[size * index:], allow_remaining=True) for index in range(count)]


def job_of(world):
    return world.job


QUERIES = [
    Query("EnumPrinters", "pPrinterEnum", {level: PRINTERS[level] for level in (0, 1, 2, 4, 5)}, (3, 6, 7, 8, 9, 100),
          {"Flags": 2, "pName": SERVER}, printer_values),
    Query("GetPrinter", "pPrinter", PRINTERS, (10, 100, 0xFFFFFFFF), {}, printer_values, True),
    Query("GetJob", "pJob", JOBS, (0, 5, 100), {"JobId": job_of}, job_values, True),
    Query("EnumJobs", "pJob", JOBS, (0, 5, 100), {"FirstJob": 0, "NoJobs": 0xFFFFFFFF}, job_values, True),
    Query("GetForm", "pForm", FORMS, (0, 3, 100), {"pFormName": "ticket"}, form_values, True),
    Query("EnumForms", "pForm", FORMS, (0, 3, 100), {}, form_values, True),
    Query("GetPrinterDriver", "pDriver", DRIVERS, (0, 7, 9, 100),
          {"pEnvironment": None, "dwClientMajorVersion": 3, "dwClientMinorVersion": 0}, driver_values, True),
    Query("EnumPrinterDrivers", "pDrivers", DRIVERS, (0, 7, 9, 101), {"pName": SERVER, "pEnvironment": ENVIRONMENT}, driver_values),
    Query("EnumPorts", "pPort", PORTS, (0, 3, 0xFFFFFFFF), {"pName": None}, port_values),
    Query("EnumMonitors", "pMonitor", MONITORS, (0, 3), {"pName": None}, monitor_values),
    Query("EnumPrintProcessors", "pPrintProcessorInfo", PROCESSORS, (0, 2, 3, 32, 256), {"pName": None, "pEnvironment": None},
          lambda world, level: {"print_processor_name": "winprint"}),
    Query("EnumPrintProcessorDatatypes", "pDatatypes", DATATYPES, (0, 2, 3, 32, 256), {"pName": None, "pPrintProcessorName": "winprint"},
          lambda world, level: {"name_array": "RAW [FF auto]"}),
    Query("EnumPerMachineConnections", "pPrinterEnum", CONNECTIONS, (), {"pServer": None},
          lambda world, level: {"printername": "\\\\far\\away", "servername": "\\\\far", "attributes": 0x10}),
    Query("GetPrinterDriverDirectory", "pDriverDirectory", PATH, (), {"pName": SERVER, "pEnvironment": None},
          lambda world, level: f"{SERVER}\\print$\\x64"),
    Query("GetPrintProcessorDirectory", "pPrintProcessorDirectory", PATH, (), {"pName": SERVER, "pEnvironment": None},
          lambda world, level: f"{SERVER}\\prnproc$\\x64"),
]


def value_of(element, path):
    """"devmode.devicename" of an element; SIDs as text."""
    for part in path.split("."):
        element = getattr(element, {"owner": "owner_sid", "group": "group_sid"}.get(part, part))
    return str(element) if "sid" in type(element).__name__ else element


def mismatch(element, wanted):
    if isinstance(wanted, str):
        return None if element == wanted else {"path": element}
    differing = {path: value_of(element, path) for path, value in wanted.items() if value_of(element, path) != value}
    return differing or None


def device_name(values):
    """dmDeviceName holds 31 characters."""
    if not isinstance(values, dict):
        return values
    return {path: value[:31] if path == "devmode.devicename" else value for path, value in values.items()}


def check_level(results, connection, world, query, level):
    label = f"{connection.label}: {query.name} level {level}"
    none = query.ask(connection, world, level, 0)
    needed = none.out_pcbNeeded
    counts = lambda reply: getattr(reply, "out_pcReturned", None)  # noqa: E731
    results.check_equal(f"{label} without buffer", (none.result[0], needed > 0, counts(none) or 0), (INSUFFICIENT_BUFFER, True, 0))
    short = query.ask(connection, world, level, needed - 1)
    results.check_equal(f"{label} one byte short", (short.result[0], short.out_pcbNeeded, counts(short) or 0),
                        (INSUFFICIENT_BUFFER, needed, 0))
    wanted = device_name(query.values(world, level))
    for size in (needed, needed + 4096):
        reply = query.ask(connection, world, level, size)
        if (reply.result[0], reply.out_pcbNeeded) != (OK, needed):
            results.check_equal(f"{label} with {size - needed} to spare", (reply.result[0], reply.out_pcbNeeded), (OK, needed))
            continue
        differing = [mismatch(element, wanted) for element in query.elements(reply, level)]
        nearest = min(differing, key=lambda one: len(one or {}), default="no element")
        results.record(f"{label} with {size - needed} to spare", None in differing, f"differs from {wanted!r}:\n{nearest!r}")


def check_wrong_level(results, connection, world, query, level):
    for size in (0, 1, 20000):
        reply = query.ask(connection, world, level, size)
        results.check_equal(f"{connection.label}: {query.name} wrong level {level} with {size} bytes",
                            (reply.result[0], getattr(reply, "out_pcReturned", 0)), (INVALID_LEVEL, 0))


def check_special_levels(results, connection, world):
    """Level 9 of GetPrinter is local to clients; 101 of GetPrinterDriver has an array of files; MS-RPRN has an older GetPrinterDriver."""
    reply = connection.call("GetPrinter", hPrinter=connection.handle, Level=9, cbBuf=0, pPrinter=None)
    results.check_equal(f"{connection.label}: GetPrinter level 9", reply.result[0], NOT_SUPPORTED)
    driver = Query("GetPrinterDriver", "pDriver", {101: (64, None)}, (), {"pEnvironment": None, "dwClientMajorVersion": 3,
                   "dwClientMinorVersion": 0}, None, True)
    needed = driver.ask(connection, world, 101, 0).out_pcbNeeded
    for size, wanted in ((needed - 1, INSUFFICIENT_BUFFER), (needed, OK), (needed + 100, OK)):
        reply = driver.ask(connection, world, 101, size)
        results.check_equal(f"{connection.label}: GetPrinterDriver level 101, {size - needed:+} bytes",
                            (reply.result[0], reply.out_pcbNeeded), (wanted, needed))
    info = ndr_unpack(spoolss.DriverInfo101, bytes(reply.out_pDriver), allow_remaining=True)
    results.check_equal(f"{connection.label}: GetPrinterDriver level 101 values", (info.driver_name, info.version, info.architecture),
                        (PRINTER["drivername"], 3, ENVIRONMENT))
    if connection.par:
        return
    for level in range(9):
        wanted = UNKNOWN_PRINTER_DRIVER if 1 <= level <= 6 else INVALID_LEVEL
        request = winspool.AsyncGetPrinter()         # the same parameters but for the environment, which is a NULL pointer before the level
        request.in_hPrinter, request.in_Level, request.in_cbBuf, request.in_pPrinter = connection.handle, level, 0, None
        stub = connection.pack(request)
        between = b"\0" * 12 + stub[20:24] + b"\0" * 4 if connection.request_form["ndr64"] else b"\0" * 4 + stub[20:24]
        stub = stub[:20] + between + stub[24:]
        reply = connection.raw(11, stub)
        results.check_equal(f"{connection.label}: old GetPrinterDriver level {level}", struct.unpack("<I", reply[-4:])[0], wanted)


# --- Values: sizes are those of the data, too small is ERROR_MORE_DATA ------------------------------------------------------------------

def check_values(results, connection, world):
    handle, label = connection.handle, connection.label
    number = lambda reply: int.from_bytes(bytes(reply.out_pData)[:4], "little")  # noqa: E731
    for name, fields, wanted in (("GetPrinterData", {"pValueName": "Depth"}, 5),
                                 ("GetPrinterDataEx", {"pKeyName": "PrinterDriverData", "pValueName": "depth"}, 5),
                                 ("GetPrinterDataEx", {"pKeyName": "Outer\\Inner", "pValueName": "Depth"}, 6)):
        for size in (0, 3, 4, 100):
            reply = connection.call(name, hPrinter=handle, nSize=size, **fields)
            good = size >= 4
            results.check_equal(f"{label}: {name} {wanted} with {size} bytes",
                                (reply.result[0], reply.out_pcbNeeded, reply.out_pType, number(reply) if good else None,
                                 len(reply.out_pData)),
                                (OK if good else MORE_DATA, 4, 4, wanted if good else None, size))
    reply = connection.call("GetPrinterDataEx", hPrinter=handle, pKeyName="Nowhere", pValueName="Depth", nSize=100)
    results.check_equal(f"{label}: GetPrinterDataEx of no key", reply.result[0], FILE_NOT_FOUND)
    walk(results, connection)
    whole(results, connection)
    keys(results, connection)


def walk(results, connection):
    """EnumPrinterData: the sizes first, then value by value."""
    def ask(index, name, data):
        return connection.call("EnumPrinterData", hPrinter=connection.handle, dwIndex=index, cbValueName=name, cbData=data)

    label = f"{connection.label}: EnumPrinterData"
    sizes = ask(0, 0, 0)
    name, data = sizes.out_pcbValueName, sizes.out_pcbData
    results.check_equal(f"{label} sizes", (sizes.result[0], name, data), (OK, len("Depth\0") * 2, 4))
    for offered, wanted in (((name - 2, data), MORE_DATA), ((name, data - 1), MORE_DATA), ((name, data), OK), ((name + 50, data + 50), OK)):
        reply = ask(0, *offered)
        results.check_equal(f"{label} with {offered}", reply.result[0], wanted)
    text = reply.out_pValueName
    text = text if isinstance(text, str) else struct.pack(f"<{len(text)}H", *text).decode("utf-16-le")
    results.check_equal(f"{label} value", (text.split("\0")[0], bytes(reply.out_pData)[:4], reply.out_pType), ("Depth", b"\5\0\0\0", 4))
    results.check_equal(f"{label} end", ask(1, name, data).result[0], NO_MORE_ITEMS)


def whole(results, connection):
    """EnumPrinterDataEx: every value of a key at once."""
    ask = lambda size, key="Outer\\Inner": connection.call("EnumPrinterDataEx", hPrinter=connection.handle, pKeyName=key,  # noqa: E731
                                                           cbEnumValues=size)
    label = f"{connection.label}: EnumPrinterDataEx"
    needed = ask(0).out_pcbEnumValues
    for size in (0, needed - 1, needed, needed + 77):
        reply = ask(size)
        good = size >= needed
        results.check_equal(f"{label} with {size - needed:+} bytes", (reply.result[0], reply.out_pcbEnumValues, reply.out_pnEnumValues),
                            (OK if good else MORE_DATA, needed, 1 if good else 0))
    value = ndr_unpack(spoolss.PrinterEnumValues, bytes(reply.out_pEnumValues), allow_remaining=True)
    results.check_equal(f"{label} value", (value.value_name, value.data_length), ("Depth", 4))
    results.check_equal(f"{label} of no key", ask(100, "Nowhere").result[0], FILE_NOT_FOUND)


def keys(results, connection):
    ask = lambda size, key="Outer": connection.call("EnumPrinterKey", hPrinter=connection.handle, pKeyName=key, cbSubkey=size)  # noqa: E731
    label = f"{connection.label}: EnumPrinterKey"
    needed = ask(0).out_pcbSubkey
    results.check_equal(f"{label} size", needed, len("Inner\0\0") * 2)
    for size in (0, needed - 2, needed, needed + 20):
        reply = ask(size)
        results.check_equal(f"{label} with {size - needed:+} bytes", (reply.result[0], reply.out_pcbSubkey),
                            (OK if size >= needed else MORE_DATA, needed))
    results.check_equal(f"{label} of no key", ask(100, "Nowhere").result[0], FILE_NOT_FOUND)


def check_xcv(results, connection):
    """The port monitor's commands: the output is a string of the monitor."""
    handle = connection.open(f"{SERVER}\\,XcvMonitor Local Port")
    wanted = "localui.dll\0".encode("utf-16-le")
    for size in (0, len(wanted) - 1, len(wanted), len(wanted) + 9):
        reply = connection.call("XcvData", hXcv=handle, pszDataName="MonitorUI", pInputData=[], cbInputData=0, cbOutputData=size,
                                pdwStatus=0)
        good = size >= len(wanted)
        got = bytes(reply.out_pOutputData)[:len(wanted)] if good else b""
        results.check_equal(f"{connection.label}: XcvData MonitorUI with {size} bytes", (reply.result[0], reply.out_pcbOutputNeeded, got),
                            (OK if good else INSUFFICIENT_BUFFER, len(wanted), wanted if good else b""))


# --- Everything -------------------------------------------------------------------------------------------------------------------------

def outcome(connection, opnum):
    """NTSTATUS of a call with an empty request; 0: it was answered."""
    try:
        connection.raw(opnum, b"\0" * 64)
        return 0
    except samba_client.NTSTATUSError as error:
        return error.args[0]


def anonymous(results, world):
    """Nobody without a name reaches an operation, whatever its number: the association or the call is refused."""
    for interface, last in (("par", 74), ("rprn", 123)):
        try:
            connection = Connection(world.server, interface, False, user=None)
        except samba_client.NTSTATUSError as error:
            results.check_equal(f"{interface}: anonymous bind", error.args[0], ACCESS_DENIED)
            continue
        # Numbers that nobody serves are out of range for everybody.
        allowed = {ACCESS_DENIED} if interface == "par" else {ACCESS_DENIED, OUT_OF_RANGE}
        codes = [outcome(connection, opnum) for opnum in range(last + 1)]
        results.check_equal(f"{interface}: anonymous callers reach none of {last + 1} operations",
                            [(opnum, code) for opnum, code in enumerate(codes) if code not in allowed], [])
        results.record(f"{interface}: anonymous callers are told so", codes.count(ACCESS_DENIED) >= 75, codes.count(ACCESS_DENIED))


def main():
    results = harness.Results()
    override = {
        "printers": [{"name": "Tables", "share_name": "Tables", "port": "NUL:", "driver": "Tables v3", "shared": True}],
        "drivers": [{"name": "Tables v3", "environments": [ENVIRONMENT], "version": 3}],
    }
    with harness.server(WINSPOOLD_TEST_OVERRIDE=json.dumps(override)) as server:
        world = World(server)
        for interface in ("par", "rprn"):
            for ndr64, big_endian in itertools.product((False, True), repeat=2):
                connection = Connection(server, interface, ndr64, big_endian=big_endian)
                connection.handle = connection.open(f"{SERVER}\\Tables")
                for query in QUERIES:
                    for level in query.levels:
                        check_level(results, connection, world, query, level)
                    for level in query.wrong:
                        check_wrong_level(results, connection, world, query, level)
                check_special_levels(results, connection, world)
                check_values(results, connection, world)
                check_xcv(results, connection)
        anonymous(results, world)
    results.finish()


if __name__ == "__main__":
    main()
