#!/usr/bin/python3
"""Every function of win32print that reaches a print server, as one scenario per interface, spoken by tools/probe: results and effects are
compared, not only codes. At the end what Windows does when it connects to a printer and prints, with changes told meanwhile."""
import json
import pathlib
import struct
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "conformance"))
import harness  # noqa: E402
import win32print_scenes  # noqa: E402
from probe_client import Client  # noqa: E402
from win32print_scenes import FUNCTIONS  # noqa: E402

PRINTER_2 = """pServerName pPrinterName pShareName pPortName pDriverName pComment pLocation pDevMode pSepFile pPrintProcessor pDatatype
pParameters pSecurityDescriptor Attributes Priority DefaultPriority StartTime UntilTime Status cJobs AveragePPM""".split()
JOB_1 = """JobId pPrinterName pMachineName pUserName pDocument pDatatype pStatus Status Priority Position TotalPages PagesPrinted
Submitted""".split()
JOB_2 = JOB_1 + "pNotifyName pPrintProcessor pParameters pDriverName pDevMode pSecurityDescriptor StartTime UntilTime Size Time".split()
FORM_1 = ["Flags", "Name", "Size", "ImageableArea"]
DRIVER_6 = """Version Name Environment DriverPath DataFile ConfigFile HelpFile DependentFiles MonitorName DefaultDataType PreviousNames
DriverDate DriverVersion MfgName OEMUrl HardwareID Provider""".split()
DRIVER = "Microsoft XPS Document Writer"


def printers_of(answer):
    return sorted(row["pPrinterName"].rsplit("\\", 1)[-1] for row in answer.get("info", []))


def printers(client):
    for level in (1, 2, 4, 5):
        listed = client.must(f"EnumPrinters level {level}", "EnumPrinters", flags="PRINTER_ENUM_NAME", level=level)
        names = sorted(row["pName" if level == 1 else "pPrinterName"] for row in listed.get("info", []))
        client.equal(f"EnumPrinters level {level} finds all", names, [rf"\\127.0.0.1\{name}" for name in ("Archive", "Laser", "Null")])
    row = client.must("EnumPrinters SHARED", "EnumPrinters", flags="PRINTER_ENUM_NAME|PRINTER_ENUM_SHARED", level=2)["info"][0]
    client.equal("PRINTER_INFO_2 has every member", sorted(row), sorted(PRINTER_2))
    client.refused("EnumPrinters of level 3", "ERROR_INVALID_LEVEL", "EnumPrinters", level=3)
    client.refused("OpenPrinter of nothing", "ERROR_INVALID_PRINTER_NAME", "OpenPrinter", printer="Nothing")
    client.must("OpenPrinter", "OpenPrinter", printer="Null", access="PRINTER_ALL_ACCESS", **{"as": "null"})
    for level in range(9):
        client.must(f"GetPrinter level {level}", "GetPrinter", handle="null", level=level)
    client.refused("GetPrinter of level 9", "ERROR_NOT_SUPPORTED", "GetPrinter", handle="null", level=9)
    settings(client)
    client.must("ClosePrinter", "ClosePrinter", handle="null")


def settings(client):
    def read(level):
        return client.call("GetPrinter", handle="null", level=level)["info"]

    before = read(2)
    client.check("level 2 has a DEVMODE and a descriptor",
                 before["pDevMode"]["dmSize"] == 220 and before["pSecurityDescriptor"].startswith("O:"), before)
    client.must("SetPrinter takes what GetPrinter gave", "SetPrinter", handle="null", level=2, info=before)
    client.equal("and changes nothing by that", read(2), before)
    client.must("SetPrinter level 2", "SetPrinter", handle="null", level=2,
                info={**before, "pComment": "a comment", "pLocation": "här", "Priority": 7, "StartTime": 60, "UntilTime": 120})
    after = read(2)
    client.equal("the settings are changed", [after[key] for key in ("pComment", "pLocation", "Priority", "StartTime", "UntilTime")],
                 ["a comment", "här", 7, 60, 120])
    client.must("SetPrinter level 2 back", "SetPrinter", handle="null", level=2, info=before)
    client.must("SetPrinter level 3", "SetPrinter", handle="null", level=3,
                info={"pSecurityDescriptor": "D:(A;;0xf000c;;;BA)(A;;0x20008;;;WD)"})
    client.check("the access list is changed", read(3)["pSecurityDescriptor"].count("(A;") == 2, read(3))
    client.must("SetPrinter level 3 back", "SetPrinter", handle="null", level=3,
                info={"pSecurityDescriptor": before["pSecurityDescriptor"]})
    client.must("SetPrinter level 4", "SetPrinter", handle="null", level=4, info=read(4))
    client.must("SetPrinter level 5", "SetPrinter", handle="null", level=5, info=read(5))
    client.must("SetPrinter level 7", "SetPrinter", handle="null", level=7, info={"dwAction": "DSPRINT_PUBLISH"})
    published = read(7)
    client.check("the printer is published", published["dwAction"] == 1 and published["pszObjectGUID"].startswith("{"), published)
    client.must("SetPrinter level 7 back", "SetPrinter", handle="null", level=7, info={"dwAction": "DSPRINT_UNPUBLISH"})
    client.must("SetPrinter level 8", "SetPrinter", handle="null", level=8, info={"pDevMode": {**before["pDevMode"], "dmCopies": 3}})
    client.equal("the default DEVMODE is changed", read(8)["pDevMode"]["dmCopies"], 3)
    client.must("SetPrinter level 8 back", "SetPrinter", handle="null", level=8, info={"pDevMode": before["pDevMode"]})
    client.must("pause", "SetPrinter", handle="null", command="PRINTER_CONTROL_PAUSE")
    client.equal("the printer is paused", read(6)["dwStatus"] & 1, 1)
    client.must("resume", "SetPrinter", handle="null", command="PRINTER_CONTROL_RESUME")
    client.equal("the printer goes on", read(6)["dwStatus"] & 1, 0)
    client.refused("SET_STATUS", "ERROR_INVALID_PRINTER_COMMAND", "SetPrinter", handle="null", command="PRINTER_CONTROL_SET_STATUS")
    client.equal("all is as before", read(2), before)


def added_printers(client):
    name = f"Added-{client.interface}"
    info = {"pPrinterName": name, "pShareName": name, "pPortName": "LPT1:", "pDriverName": DRIVER, "pPrintProcessor": "winprint",
            "pDatatype": "RAW", "Attributes": 0x48}
    client.refused("AddPrinter on no port", "ERROR_UNKNOWN_PORT", "AddPrinter", info={**info, "pPortName": "LPT9:"})
    client.must("AddPrinter", "AddPrinter", info=info, **{"as": "added"})
    client.check("the printer is listed", name in printers_of(client.call("EnumPrinters", level=2)))
    client.refused("AddPrinter of the same name", "ERROR_PRINTER_ALREADY_EXISTS", "AddPrinter", info=info)
    client.must("DeletePrinter", "DeletePrinter", handle="added")
    client.must("ClosePrinter of the deleted one", "ClosePrinter", handle="added")
    client.check("the printer is gone", harness.wait_until(lambda: name not in printers_of(client.call("EnumPrinters", level=2)), 20))


def document(client, handle, name, data="some text", datatype="RAW"):
    """A whole document; the id of its job."""
    job = client.must(f"StartDocPrinter {name}", "StartDocPrinter", handle=handle,
                      info={"pDocName": name, "pDatatype": datatype}).get("pJobId")
    client.must("StartPagePrinter", "StartPagePrinter", handle=handle)
    client.equal("WritePrinter writes all", client.must("WritePrinter", "WritePrinter", handle=handle, buf=data).get("pcWritten"),
                 len(data))
    client.must("EndPagePrinter", "EndPagePrinter", handle=handle)
    client.must("EndDocPrinter", "EndDocPrinter", handle=handle)
    return job


def jobs(client):
    client.must("OpenPrinter of a user of jobs", "OpenPrinter", printer="Null", access="PRINTER_ALL_ACCESS", **{"as": "jobs"})
    client.must("pause", "SetPrinter", handle="jobs", command="PRINTER_CONTROL_PAUSE")
    first, second = (document(client, "jobs", name) for name in ("first", "second"))

    def listed(level=1):
        return client.call("EnumJobs", handle="jobs", level=level).get("info", [])

    for level, keys in ((1, JOB_1), (2, JOB_2), (3, ["JobId", "NextJobId", "Reserved"]), (4, JOB_2 + ["SizeHigh"])):
        client.must(f"EnumJobs level {level}", "EnumJobs", handle="jobs", level=level)
        client.equal(f"EnumJobs level {level} has both with every member", [(row["JobId"], sorted(row)) for row in listed(level)],
                     [(first, sorted(keys)), (second, sorted(keys))])
        got = client.must(f"GetJob level {level}", "GetJob", handle="jobs", job_id=second, level=level)
        client.equal(f"GetJob level {level} is the same", got.get("info"), listed(level)[1])
    client.equal("EnumJobs from the second", [row["JobId"] for row in client.call("EnumJobs", handle="jobs", first_job=1)["info"]],
                 [second])
    client.equal("EnumJobs of one", [row["JobId"] for row in client.call("EnumJobs", handle="jobs", no_jobs=1)["info"]], [first])
    client.refused("GetJob of nothing", "ERROR_INVALID_PARAMETER", "GetJob", handle="jobs", job_id=99999)
    named_properties(client, first)
    job_settings(client, first, second, listed)
    client.refused("AddJob", "ERROR_INVALID_PARAMETER", "AddJob", handle="jobs")
    client.refused("ScheduleJob", "ERROR_SPL_NO_ADDJOB", "ScheduleJob", handle="jobs", job_id=first)
    aborted = client.must("StartDoc of GDI", "StartDoc", handle="jobs", info={"pDocName": "aborted"})["pJobId"]
    client.must("StartPage of GDI", "StartPage", handle="jobs")
    client.must("EndPage of GDI", "EndPage", handle="jobs")
    client.must("AbortDoc of GDI", "AbortDoc", handle="jobs")
    client.check("the aborted job is gone", aborted not in [row["JobId"] for row in listed()])
    aborted = client.must("StartDocPrinter", "StartDocPrinter", handle="jobs", info={"pDocName": "aborted"})["pJobId"]
    client.must("AbortPrinter", "AbortPrinter", handle="jobs")
    client.check("that one is gone, too", aborted not in [row["JobId"] for row in listed()])
    client.must("StartDoc", "StartDoc", handle="jobs", info={"pDocName": "gdi"})
    client.must("EndDoc of GDI", "EndDoc", handle="jobs")
    client.refused("WritePrinter without a document", "ERROR_SPL_NO_STARTDOC", "WritePrinter", handle="jobs", buf="x")
    client.refused("StartDocPrinter of an unknown datatype", "ERROR_INVALID_DATATYPE", "StartDocPrinter", handle="jobs",
                   info={"pDocName": "x", "pDatatype": "EMF 1.008"})
    if client.interface == "par":
        win32print_scenes.no_call(client, "FlushPrinter", handle="jobs", buf="x")
    else:
        client.refused("FlushPrinter of a printer", "ERROR_INVALID_HANDLE", "FlushPrinter", handle="jobs", buf="x")
    client.must("purge", "SetPrinter", handle="jobs", command="PRINTER_CONTROL_PURGE")
    client.check("no job is left", harness.wait_until(lambda: listed() == [], 20), listed())
    client.must("resume", "SetPrinter", handle="jobs", command="PRINTER_CONTROL_RESUME")
    client.must("ClosePrinter", "ClosePrinter", handle="jobs")


def port_handle(client):
    """Printing straight to a port; FlushPrinter is for a driver whose job was cancelled meanwhile."""
    client.must("OpenPrinter of a port", "OpenPrinter", printer="ARCHIVE:, Port", access="PRINTER_ACCESS_USE", **{"as": "port"})
    client.refused("ReadPrinter of a port that says nothing", "ERROR_INVALID_HANDLE", "ReadPrinter", handle="port")
    job = client.must("StartDocPrinter on the port", "StartDocPrinter", handle="port", info={"pDocName": "direct"})["pJobId"]
    client.must("WritePrinter", "WritePrinter", handle="port", buf="page 1 of")
    client.must("SetJob CANCEL", "SetJob", printer="Archive", job_id=job, command="JOB_CONTROL_CANCEL")
    client.refused("WritePrinter after that", "ERROR_PRINT_CANCELLED", "WritePrinter", handle="port", buf="2")
    if client.interface == "rprn":
        flushed = client.must("FlushPrinter", "FlushPrinter", handle="port", buf="reset", sleep=0)
        client.equal("it writes all", flushed.get("pcWritten"), 5)
    client.refused("EndDocPrinter", "ERROR_PRINT_CANCELLED", "EndDocPrinter", handle="port")
    client.must("ClosePrinter", "ClosePrinter", handle="port")


def named_properties(client, job):
    value = {"ePropertyType": 1, "value": {"propertyString": "a value"}}
    client.must("SetJobNamedProperty", "SetJobNamedProperty", handle="jobs", job_id=job,
                pProperty={"propertyName": "mine", "propertyValue": value})
    got = client.must("GetJobNamedPropertyValue", "GetJobNamedPropertyValue", handle="jobs", job_id=job, name="mine")
    client.equal("the property is there", got.get("pValue"), value)
    listed = client.must("EnumJobNamedProperties", "EnumJobNamedProperties", handle="jobs", job_id=job).get("ppProperties")
    client.check("it is listed", {"propertyName": "mine", "propertyValue": value} in (listed or []), listed)
    client.must("DeleteJobNamedProperty", "DeleteJobNamedProperty", handle="jobs", job_id=job, name="mine")
    client.check("it is gone", "error" in client.call("GetJobNamedPropertyValue", handle="jobs", job_id=job, name="mine"))


def job_settings(client, first, second, listed):
    def status(job):
        return client.call("GetJob", handle="jobs", job_id=job)["info"]["Status"]

    for level in (1, 2, 4):
        before = client.call("GetJob", handle="jobs", job_id=second, level=level)["info"]
        client.must(f"SetJob level {level} takes what GetJob gave", "SetJob", handle="jobs", job_id=second, level=level, info=before)
        client.equal("and changes nothing by that", client.call("GetJob", handle="jobs", job_id=second, level=level)["info"], before)
        client.must(f"SetJob level {level}", "SetJob", handle="jobs", job_id=second, level=level,
                    info={**before, "pDocument": f"renamed {level}", "Priority": 50 + level, "Position": 0})
        after = client.call("GetJob", handle="jobs", job_id=second, level=level)["info"]
        client.equal(f"level {level} took effect", (after["pDocument"], after["Priority"]), (f"renamed {level}", 50 + level))
    one = client.call("GetJob", handle="jobs", job_id=second, level=1)["info"]
    client.must("SetJob to the front", "SetJob", handle="jobs", job_id=second, level=1, info={**one, "Position": 1})
    client.equal("the order is changed", [row["JobId"] for row in listed()], [second, first])
    client.must("SetJob level 3", "SetJob", handle="jobs", job_id=first, level=3, info={"JobId": first, "NextJobId": second})
    client.equal("the jobs are linked", client.call("GetJob", handle="jobs", job_id=first, level=3)["info"]["NextJobId"], second)
    client.must("SetJob PAUSE", "SetJob", handle="jobs", job_id=second, command="JOB_CONTROL_PAUSE")
    client.equal("the job is held", status(second) & 1, 1)
    client.must("SetJob RESUME", "SetJob", handle="jobs", job_id=second, command="JOB_CONTROL_RESUME")
    client.equal("the job goes on", status(second) & 1, 0)
    for command in ("RESTART", "RETAIN", "RELEASE"):
        client.must(f"SetJob {command}", "SetJob", handle="jobs", job_id=second, command=f"JOB_CONTROL_{command}")
    client.must("SetJob CANCEL", "SetJob", handle="jobs", job_id=second, command="JOB_CONTROL_CANCEL")
    client.check("the job is gone", harness.wait_until(lambda: second not in [row["JobId"] for row in listed()], 20))
    client.refused("SetJob of an unknown command", "ERROR_INVALID_PARAMETER", "SetJob", handle="jobs", job_id=first, command=77)


def forms(client):
    name = f"Form-{client.interface}"
    form = {"Flags": 0, "Name": name, "Size": {"cx": 100000, "cy": 200000}, "ImageableArea": {"left": 1, "top": 2, "right": 99999,
                                                                                              "bottom": 199998}}

    def named():
        return {row["Name"]: row for row in client.call("EnumForms", printer="")["info"]}

    known = client.must("EnumForms", "EnumForms", printer="")["info"]
    client.check("118 forms are built in", len([row for row in known if row["Flags"] == 1]) == 118, len(known))
    client.equal("FORM_INFO_1 has every member", sorted(known[0]), sorted(FORM_1))
    client.equal("EnumForms level 2 has as many", len(client.must("EnumForms level 2", "EnumForms", printer="", level=2)["info"]),
                 len(known))
    client.equal("EnumForms of a printer, too", len(client.must("EnumForms of a printer", "EnumForms", printer="Null")["info"]), len(known))
    client.refused("GetForm of nothing", "ERROR_INVALID_FORM_NAME", "GetForm", printer="", form_name="no form")
    client.must("AddForm", "AddForm", printer="", info=form)
    client.equal("the form is listed", named().get(name), form)
    client.refused("AddForm of the same name", "ERROR_FILE_EXISTS", "AddForm", printer="", info=form)
    client.equal("GetForm", client.must("GetForm", "GetForm", printer="", form_name=name).get("info"), form)
    larger = {**form, "Size": {"cx": 150000, "cy": 200000}}
    client.must("SetForm", "SetForm", printer="", form_name=name, info=larger)
    client.equal("the form is changed", client.call("GetForm", printer="", form_name=name).get("info"), larger)
    client.must("DeleteForm", "DeleteForm", printer="", form_name=name)
    client.check("the form is gone", name not in named())
    client.refused("DeleteForm of a built-in one", "ERROR_INVALID_PARAMETER", "DeleteForm", printer="", form_name="A4")


def drivers(client, server):
    for level in (1, 2, 3, 4, 5, 6, 8):
        listed = client.must(f"EnumPrinterDrivers level {level}", "EnumPrinterDrivers", level=level, environment="Windows x64")["info"]
        client.check(f"level {level} names the driver", DRIVER in [row.get("Name") for row in listed], listed)
        one = client.must(f"GetPrinterDriver level {level}", "GetPrinterDriver", printer="Null", level=level, environment="Windows x64")
        client.equal(f"GetPrinterDriver level {level} has the same members", sorted(one["info"]), sorted(listed[0]))
    client.must("GetPrinterDriver level 101", "GetPrinterDriver", printer="Null", level=101)
    four = {"pPrinterName": "Four", "pPortName": "LPT1:", "pDriverName": DRIVER + " v4", "pPrintProcessor": "winprint", "pDatatype": "RAW"}
    client.must("AddPrinter with a v4 driver", "AddPrinter", info=four, **{"as": "four"})
    client.refused("GetPrinterDriver level 101 of it", "ERROR_CAN_NOT_COMPLETE", "GetPrinterDriver", handle="four", level=101)
    client.must("DeletePrinter", "DeletePrinter", handle="four")
    client.must("ClosePrinter", "ClosePrinter", handle="four")
    client.equal("DRIVER_INFO_6 has every member",
                 sorted(client.call("EnumPrinterDrivers", level=6)["info"][0]), sorted(DRIVER_6))
    everywhere = client.must("EnumPrinterDrivers of all environments", "EnumPrinterDrivers", level=2, environment="all")["info"]
    client.check("they are more", len(everywhere) >= len(client.call("EnumPrinterDrivers", level=2)["info"]), everywhere)
    client.refused("EnumPrinterDrivers of nowhere", "ERROR_INVALID_ENVIRONMENT", "EnumPrinterDrivers", environment="Windows 3.11")
    client.equal("GetPrinterDriverDirectory", client.must("GetPrinterDriverDirectory", "GetPrinterDriverDirectory")["info"],
                 r"\\127.0.0.1\print$\x64")
    client.refused("GetPrinterDriverPackagePath of nothing", "ERROR_FILE_NOT_FOUND", "GetPrinterDriverPackagePath",
                   package_id="none.inf_amd64_0")
    client.refused("DeletePrinterDriver of nothing", "ERROR_UNKNOWN_PRINTER_DRIVER", "DeletePrinterDriver", driver_name="no such driver")
    added_drivers(client, server)


def added_drivers(client, server):
    """Files uploaded as an SMB share would have them, a driver made of them at every level, a printer that uses it, and all of it gone."""
    upload, installed = server.directory / "state/drivers/x64", server.directory / "state/drivers/x64/3"
    files = {"DriverPath": "scene.dll", "DataFile": "scene.gpd", "ConfigFile": "sceneui.dll", "HelpFile": "scene.hlp",
             "DependentFiles": ["extra.ini"]}
    plain = [name for value in files.values() for name in ([value] if isinstance(value, str) else value)]
    name = f"Driver-{client.interface}"
    info = {"Version": 3, "Name": name, "Environment": "Windows x64", **files, "DefaultDataType": "RAW", "MonitorName": None,
            "PreviousNames": ["Old name"], "DriverDate": "2020-05-04T00:00:00.000Z", "DriverVersion": 0x0001000200030004,
                "MfgName": "Maker",
            "OEMUrl": "http://example.com", "HardwareID": "maker_model", "Provider": "Maker"}
    members = {2: 6, 3: 10, 4: 11, 6: 17}                          # how many of them a level has, in this order
    order = ["Version", "Name", "Environment", "DriverPath", "DataFile", "ConfigFile", "HelpFile", "DependentFiles", "MonitorName",
             "DefaultDataType", "PreviousNames", "DriverDate", "DriverVersion", "MfgName", "OEMUrl", "HardwareID", "Provider"]
    for level, count in members.items():
        for file in plain:
            (upload / file).write_text(f"{file} for {name}")
        known = order[:count]
        client.must(f"AddPrinterDriverEx level {level}", "AddPrinterDriverEx", level=level, info={key: info[key] for key in known})
        row = next(row for row in client.call("EnumPrinterDrivers", level=level)["info"] if row["Name"] == name)
        wanted = {key: info[key] for key in known}
        for key in files.keys() & wanted.keys():
            paths = [rf"\\127.0.0.1\print$\x64\3\{file}" for file in (wanted[key] if isinstance(wanted[key], list) else [wanted[key]])]
            wanted[key] = paths if isinstance(wanted[key], list) else paths[0]
        client.equal(f"level {level} lists the same", {key: row[key] for key in known}, wanted)
        client.equal(f"level {level} has its files in the share", (installed / "scene.dll").read_text(), f"scene.dll for {name}")
        if level != 6:
            client.must("DeletePrinterDriver", "DeletePrinterDriver", driver_name=name)
            client.check("the driver is gone", name not in [r["Name"] for r in client.call("EnumPrinterDrivers")["info"]])
    printer = {"pPrinterName": name, "pPortName": "LPT1:", "pDriverName": name, "pPrintProcessor": "winprint", "pDatatype": "RAW"}
    client.must("AddPrinter with the driver", "AddPrinter", info=printer, **{"as": "driven"})
    got = client.must("GetPrinterDriver of that printer, level 101", "GetPrinterDriver", handle="driven", level=101)["info"]
    client.equal("level 101 lists every file", sorted(row["Path"].rsplit("\\", 1)[-1] for row in got["FileInfo"]), sorted(plain))
    client.refused("a driver in use", "ERROR_PRINTER_DRIVER_IN_USE", "DeletePrinterDriver", driver_name=name)
    client.must("DeletePrinter", "DeletePrinter", handle="driven")
    client.must("ClosePrinter", "ClosePrinter", handle="driven")
    client.must("DeletePrinterDriverEx", "DeletePrinterDriverEx", driver_name=name, delete_flag="DPD_DELETE_ALL_FILES", version_num=3)
    client.check("the driver is gone", name not in [row["Name"] for row in client.call("EnumPrinterDrivers")["info"]])
    client.check("and so are its files", not (installed / "scene.dll").exists())


def processors_and_ports(client):
    client.equal("EnumPrintProcessors", client.must("EnumPrintProcessors", "EnumPrintProcessors")["info"], [{"Name": "winprint"}])
    types = client.must("EnumPrintProcessorDatatypes", "EnumPrintProcessorDatatypes", print_processor_name="winprint")["info"]
    client.equal("RAW comes first", types[0], {"Name": "RAW"})
    client.refused("EnumPrintProcessorDatatypes of nothing", "ERROR_UNKNOWN_PRINTPROCESSOR", "EnumPrintProcessorDatatypes",
                   print_processor_name="nothing")
    client.check("GetPrintProcessorDirectory", client.must("GetPrintProcessorDirectory", "GetPrintProcessorDirectory")["info"] != "")
    names = ["Local Port", "Null Port", "Standard TCP/IP Port"]
    client.equal("EnumMonitors level 1", sorted(row["Name"] for row in client.must("EnumMonitors", "EnumMonitors")["info"]), names)
    two = client.must("EnumMonitors level 2", "EnumMonitors", level=2)["info"]
    client.equal("MONITOR_INFO_2 has every member", sorted(two[0]), ["DLLName", "Environment", "Name"])
    ports = ["ARCHIVE:", "IP_127.0.0.1", "LPT1:", "NUL:"]
    client.equal("EnumPorts level 1", sorted(row["Name"] for row in client.must("EnumPorts", "EnumPorts")["info"]), ports)
    two = client.must("EnumPorts level 2", "EnumPorts", level=2)["info"]
    client.equal("PORT_INFO_2 has every member", sorted(two[0]), sorted(["Name", "MonitorName", "Description", "PortType", "Reserved"]))
    client.equal("EnumPorts level 2 tells the monitor", {row["Name"]: row["MonitorName"] for row in two}["NUL:"], "Null Port")
    shown = client.must("XcvData MonitorUI", "XcvData", printer=",XcvMonitor Standard TCP/IP Port", data_name="MonitorUI")
    client.equal("it names the client's library", bytes.fromhex(shown["pOutputData"]["hex"]).decode("utf-16-le").rstrip("\0").lower(),
                 "tcpmonui.dll")


def wide(text, units):
    return text.encode("utf-16-le").ljust(2 * units, b"\0")


def added_ports(client):
    """PORT_DATA_1 and DELETE_PORT_DATA_1 [MS-RPRN] 2.2.2.14 through the monitor, with a printer on the port."""
    name = f"IP_127.0.0.7-{client.interface}"
    monitor = {"printer": ",XcvMonitor Standard TCP/IP Port"}
    data = (wide(name, 64) + struct.pack("<4I", 1, 1, 964, 0) + wide("127.0.0.7", 49) + wide("public", 33) + struct.pack("<I", 0) +
            wide("", 33) + wide("", 16) + bytes(540) + bytes(2) + struct.pack("<3I", 9100, 0, 0))

    def known():
        return [row["Name"] for row in client.call("EnumPorts")["info"]]

    client.equal("XcvData AddPort", client.must("XcvData AddPort", "XcvData", **monitor, data_name="AddPort",
                                                input_data={"hex": data.hex()})["pdwStatus"], 0)
    client.check("the port is listed", name in known(), known())
    again = client.call("XcvData", **monitor, data_name="AddPort", input_data={"hex": data.hex()})
    client.check("the same again is refused", again.get("pdwStatus") != 0 or "error" in again, again)
    used = {"pPrinterName": name, "pPortName": name, "pDriverName": DRIVER, "pPrintProcessor": "winprint", "pDatatype": "RAW"}
    client.must("AddPrinter on the port", "AddPrinter", info=used, **{"as": "ported"})
    gone = {"hex": (wide(name, 64) + bytes(98) + bytes(2) + struct.pack("<2I", 1, 0)).hex()}
    busy = client.call("XcvData", **monitor, data_name="DeletePort", input_data=gone)
    client.check("a port in use stays", name in known() and (busy.get("pdwStatus") == 170 or busy.get("error") == "ERROR_BUSY"), busy)
    client.must("DeletePrinter", "DeletePrinter", handle="ported")
    client.must("ClosePrinter", "ClosePrinter", handle="ported")
    client.check("XcvData DeletePort", harness.wait_until(
        lambda: client.call("XcvData", **monitor, data_name="DeletePort", input_data=gone).get("pdwStatus") == 0, 20))
    client.check("the port is gone", name not in known(), known())


def printer_data(client):
    client.must("OpenPrinter", "OpenPrinter", printer="Null", access="PRINTER_ALL_ACCESS", **{"as": "data"})
    values = {"text": ("REG_SZ", "häuser"), "number": ("REG_DWORD", 4711), "list": ("REG_MULTI_SZ", ["a", "b"]),
              "bytes": ("REG_BINARY", {"hex": "00ff10"})}
    for name, (kind, value) in values.items():
        client.must(f"SetPrinterDataEx {kind}", "SetPrinterDataEx", handle="data", key_name=r"Scenario\deep", value_name=name, type=kind,
                    value=value)
        got = client.must(f"GetPrinterDataEx {kind}", "GetPrinterDataEx", handle="data", key_name=r"Scenario\deep", value_name=name)
        client.equal(f"{kind} comes back", got.get("value"), value)
    listed = client.must("EnumPrinterDataEx", "EnumPrinterDataEx", handle="data", key_name=r"Scenario\deep")["info"]
    client.equal("all values are listed", {row["ValueName"]: row["Data"] for row in listed},
                 {name: value for name, (_, value) in values.items()})
    client.check("EnumPrinterKey", "Scenario" in client.must("EnumPrinterKey", "EnumPrinterKey", handle="data", key_name="")["info"])
    client.equal("EnumPrinterKey below", client.call("EnumPrinterKey", handle="data", key_name="Scenario").get("info"), ["deep"])
    client.must("SetPrinterData", "SetPrinterData", handle="data", value_name="plain", type="REG_SZ", value="x")
    client.equal("GetPrinterData", client.must("GetPrinterData", "GetPrinterData", handle="data", value_name="plain").get("value"), "x")
    first = client.must("EnumPrinterData", "EnumPrinterData", handle="data", index=0)
    client.check("EnumPrinterData gives a value", first.get("pValueName") and "value" in first, first)
    client.must("DeletePrinterData", "DeletePrinterData", handle="data", value_name="plain")
    client.refused("GetPrinterData of what is gone", "ERROR_FILE_NOT_FOUND", "GetPrinterData", handle="data", value_name="plain")
    client.must("DeletePrinterDataEx", "DeletePrinterDataEx", handle="data", key_name=r"Scenario\deep", value_name="text")
    client.must("DeletePrinterKey", "DeletePrinterKey", handle="data", key_name="Scenario")
    client.check("the key is gone", "Scenario" not in client.call("EnumPrinterKey", handle="data", key_name="")["info"])
    client.must("ClosePrinter", "ClosePrinter", handle="data")


def composed(client):
    for verb in ("DocumentProperties", "DeviceCapabilities"):
        steps = client.must(verb, verb, printer="Null")["steps"]
        asked = [step["verb"] for step in steps]
        client.check(f"{verb} reads forms", "EnumForms" in asked and [s for s in steps if s["code"] not in (0, 2)] == [], steps)


class Watcher:
    """One thread of a client that waits for changes, on a connection of its own. MS-RPRN tells only what happens during a wait."""

    def __init__(self, client, name, notify):
        self.client, self.name, self.notify = client, name, notify
        self.flags, self.changes = 0, []
        self.wait()

    def wait(self):
        if self.client.interface == "par":
            self.pending = self.client.start("GetRemoteNotifications", handle=self.notify, connection=self.name, **{"async": True})
        else:
            self.pending = self.client.start("WaitForPrinterChange", handle=self.notify, connection=self.name, flags="PRINTER_CHANGE_JOB",
                                             **{"async": True})

    def heard(self):
        """Whether an answer came, without waiting for one."""
        box = self.client._box(self.pending)
        if not box.empty():
            self.flags |= box.queue[0].get("pFlags", 0)
        return self.flags != 0

    def saw(self, flag):
        """Whether a change of that kind was told, now or until a time limit that only ends a failure."""
        while self.flags & flag == 0:
            told = self.client.answer(self.pending)
            if "error" in told:
                return False
            self.flags |= told.get("flags", told.get("pFlags", 0))
            self.changes += told.get("changes", [])
            self.wait()
        return True


def connect_and_print(client, server):
    before = {path: path.stat().st_mtime_ns for path in (server.directory / "out").iterdir()}
    connection = client.must("AddPrinterConnection", "AddPrinterConnection", printer="Archive", **{"as": "connection"})
    steps = connection["steps"]
    asked = [step["verb"] for step in steps]
    for verb in ("OpenPrinter", "GetPrinter", "GetPrinterDriver", "EnumPrinterKey", "EnumPrinterDataEx", "EnumForms", "GetPrinterData",
                 "GetPrinterDriverDirectory"):
        client.check(f"connecting asks {verb}", verb in asked and all(s["code"] in (0, 2) for s in steps if s["verb"] == verb),
                     [s for s in steps if s["verb"] == verb])
    if client.interface == "par":
        client.equal("and registers for changes", steps[-1]["code"], 0)
        notify = ["connection.notify"]
        for name in ("n2", "n3"):
            client.must(f"another thread registers {name}", "RegisterForRemoteNotifications", handle="connection", **{"as": name})
            notify.append(name)
    else:
        client.equal("call-backs are refused", (steps[-1]["verb"], steps[-1]["code"] != 0),
                     ("RemoteFindFirstPrinterChangeNotificationEx", True))
        client.proved.add(steps[-1]["verb"])
        notify = ["n1", "n2", "n3"]
        for name in notify:
            client.must(f"another thread opens the printer {name}", "OpenPrinter", printer="Archive", **{"as": name})
    watchers = [Watcher(client, f"thread{i}", handle) for i, handle in enumerate(notify)]
    client.must("OpenPrinter for printing", "OpenPrinter", printer="Archive", access="PRINTER_ACCESS_USE", **{"as": "printing"})
    text = "".join(f"line {i}\n" for i in range(2000))
    job = document(client, "printing", "connected", text)
    client.must("ClosePrinter after printing", "ClosePrinter", handle="printing")
    if client.interface == "par":
        told_by_registration(client, watchers, job)
    else:
        told_while_waiting(client, watchers)
    client.must("DeletePrinterConnection", "DeletePrinterConnection", handle="connection")

    def printed():
        return [path.read_text() for path in (server.directory / "out").iterdir() if before.get(path) != path.stat().st_mtime_ns]

    client.check("the printer got exactly the document", harness.wait_until(lambda: text in printed(), 20), printed()[:1])


def told_by_registration(client, watchers, job):
    for watcher in watchers:
        client.check(f"{watcher.name} is told of the new job", watcher.saw(0x100), watcher.__dict__)
        client.check(f"{watcher.name} is told that it is gone", watcher.saw(0x400), watcher.__dict__)
        names = [change["value"] for change in watcher.changes if (change["type"], change["id"], change["field"]) == ("job", job, 0x0D)]
        client.check(f"{watcher.name} is told the document's name", "connected" in names, watcher.changes)
        client.proved.add("GetRemoteNotifications")
    for verb, handle in (("UnRegisterForRemoteNotifications", "n2"), ("FindClosePrinterChangeNotification", "n3")):
        client.must(f"RefreshRemoteNotifications of {handle}", "RefreshRemoteNotifications", handle=handle)
        client.must(verb, verb, handle=handle)


def told_while_waiting(client, watchers):
    client.must("OpenPrinter for more documents", "OpenPrinter", printer="Archive", **{"as": "more"})
    for _ in range(100):
        if all([watcher.heard() for watcher in watchers]):
            break
        client.call("StartDocPrinter", handle="more", info={"pDocName": "more"})
        client.call("EndDocPrinter", handle="more")
    client.check("every waiting thread is told of a job", all(watcher.flags & 0xFF00 for watcher in watchers), [w.flags for w in watchers])
    client.proved.add("WaitForPrinterChange")
    client.refused("nothing is registered", "ERROR_INVALID_HANDLE", "FindClosePrinterChangeNotification", handle="connection")
    for handle in [*(watcher.notify for watcher in watchers), "more"]:
        client.must("ClosePrinter ends its waits", "ClosePrinter", handle=handle)


def rights(results, server, interface):
    client = Client(results, server, interface, user="alice")
    client.label += " alice:"
    client.refused("may not open a printer to administer it", "ERROR_ACCESS_DENIED", "SetPrinter", printer="Null",
                   command="PRINTER_CONTROL_PAUSE")
    client.refused("may not add a form", "ERROR_ACCESS_DENIED", "AddForm", printer="", access="SERVER_ACCESS_ENUMERATE",
                   info={"Name": "alice's", "Size": {"cx": 1000, "cy": 1000}, "ImageableArea": {"right": 1000, "bottom": 1000}})
    client.refused("may not add a printer", "ERROR_ACCESS_DENIED", "AddPrinter",
                   info={"pPrinterName": "alice's", "pPortName": "LPT1:", "pDriverName": DRIVER, "pPrintProcessor": "winprint"})
    client.must("sees the printers", "EnumPrinters", level=2)
    client.equal("exit status of a script with refusals", client.close(), 1)


def command_line(results, server):
    status, output = harness.probe(server, "EnumPrinters", "--flags", "PRINTER_ENUM_NAME", "--level", "2")
    results.record("one function on the command line", status == 0 and len(json.loads(output)["info"]) == 3, output)
    status, output = harness.probe(server, "EnumPrinters", "--level", "77")
    results.record("a refusal: status 1 and the name of the error", status == 1 and "ERROR_INVALID_LEVEL" in output, output)
    status, output = harness.probe(server, "EnumPrinters", "--bogus", "2")
    results.record("a wrong option: status 2 and what there is", status == 2 and "--flags" in output, output)
    status, output = harness.probe(server, "EnumPrinters", options=("--rpc-port", "1"))
    results.record("no server: status 3", status == 3 and "CONNECTION_REFUSED" in output, output)
    status, output = harness.probe(server, "--help-all")
    missing = [name for name in FUNCTIONS if name not in output]
    results.record("--help-all names every function", status == 0 and missing == [], missing)
    script = server.directory / "script"
    script.write_text('# a comment\nOpenPrinter --printer Null --as p\nGetPrinter --handle p --level 1\n'
                      '{"verb": "GetPrinter", "handle": "p", "level": 99, "expect": "ERROR_INVALID_LEVEL"}\nClosePrinter --handle p\n')
    status, output = harness.probe(server, "script", str(script))
    results.record("a script from a file, with an expected refusal", status == 0 and len(output.splitlines()) == 4, output)


def scenario(results, server, packages, interface, options):
    client = Client(results, server, interface, options=options)
    printers(client)
    added_printers(client)
    jobs(client)
    port_handle(client)
    forms(client)
    drivers(client, server)
    win32print_scenes.packages(client, server, packages)
    processors_and_ports(client)
    added_ports(client)
    win32print_scenes.plain_ports(client, server, document)
    win32print_scenes.bidi(client)
    win32print_scenes.device_context(client)
    win32print_scenes.administration(client)
    win32print_scenes.older_forms(client, server)
    printer_data(client)
    composed(client)
    connect_and_print(client, server)
    win32print_scenes.check_coverage(client)
    client.close()


def main():
    harness.enter_namespace()
    results = harness.Results()
    with tempfile.TemporaryDirectory(prefix="winspoold-packages-") as packages:
        trusted = win32print_scenes.write_packages(pathlib.Path(packages))
        override = json.dumps({"driver_packages": {"trust_files": trusted}})
        with harness.server(WINSPOOLD_TEST_OVERRIDE=override) as server:
            for interface, options in (("par", ("--syntax", "ndr64")), ("rprn", ("--syntax", "ndr20"))):
                scenario(results, server, packages, interface, options)
                rights(results, server, interface)
            command_line(results, server)
    results.finish()


if __name__ == "__main__":
    main()
