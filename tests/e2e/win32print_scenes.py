"""More scenes of win32print_test.py: what stands beside pywin32's functions on the same server surface, and which functions need a step."""
import pathlib
import shutil
import subprocess

import harness
from probe_client import Client

DRIVER, X64 = "Microsoft XPS Document Writer", "Windows x64"
SERVER = "\\\\127.0.0.1"
UNIDRV = "{D20EA372-DD35-4950-9ED8-A6335AFE79F0}"
PACKAGE_DRIVER = "Acme Laser 9"
SCHEMA_NOT_SUPPORTED = 13005                         # ERROR_BIDI_SCHEMA_NOT_SUPPORTED
HASH_NOT_IN_CATALOG = 0x800F024B
JAM, JAMMED = 2, 0x8                                 # PORT_STATUS_PAPER_JAM, PRINTER_STATUS_PAPER_JAM

# win32print's functions that end at a print server, and those of the drivers and of GDI that do so indirectly.
FUNCTIONS = """OpenPrinter ClosePrinter GetPrinter SetPrinter AddPrinter DeletePrinter EnumPrinters EnumJobs GetJob SetJob AddJob ScheduleJob
StartDocPrinter WritePrinter StartPagePrinter EndPagePrinter EndDocPrinter AbortPrinter EnumForms GetForm AddForm SetForm DeleteForm
EnumPrinterDrivers DeletePrinterDriver DeletePrinterDriverEx EnumPrintProcessors EnumPrintProcessorDatatypes GetPrintProcessorDirectory
GetPrinterDriverDirectory EnumMonitors EnumPorts FlushPrinter AddPrinterConnection DeletePrinterConnection DocumentProperties
DeviceCapabilities StartDoc StartPage EndPage EndDoc AbortDoc""".split()
# Answered on the client.
CLIENT_ONLY = "GetDeviceCaps GetDefaultPrinter GetDefaultPrinterW SetDefaultPrinter SetDefaultPrinterW".split()
# What other programs call on the same surface: printer data, Xcv, notifications, ports, monitors, drivers and their packages, connections,
# job properties, device contexts.
BESIDE = """GetPrinterData GetPrinterDataEx SetPrinterData SetPrinterDataEx EnumPrinterData EnumPrinterDataEx EnumPrinterKey DeletePrinterData
DeletePrinterDataEx DeletePrinterKey XcvData AddPort SetPort DeletePort AddMonitor DeleteMonitor AddPrintProcessor DeletePrintProcessor
GetPrinterDriver AddPrinterDriverEx AddPerMachineConnection DeletePerMachineConnection EnumPerMachineConnections SetJobNamedProperty
GetJobNamedPropertyValue EnumJobNamedProperties DeleteJobNamedProperty ResetPrinter CreatePrinterIC PlayGdiScriptOnPrinterIC
DeletePrinterIC SendRecvBidiData ReadPrinter FindClosePrinterChangeNotification LogJobInfoForBranchOffice UploadPrinterDriverPackage
InstallPrinterDriverFromPackage GetCorePrinterDrivers CorePrinterDriverInstalled GetPrinterDriverPackagePath
DeletePrinterDriverPackage""".split()
# Notifications are calls of their own on each interface; the older forms are calls of MS-RPRN alone.
ONLY = {"par": "RegisterForRemoteNotifications RefreshRemoteNotifications GetRemoteNotifications UnRegisterForRemoteNotifications".split(),
        "rprn": """WaitForPrinterChange RemoteFindFirstPrinterChangeNotification RemoteFindFirstPrinterChangeNotificationEx
RouterRefreshPrinterChangeNotification OpenPrinterLegacy AddPrinterLegacy AddPrinterDriverLegacy GetPrinterDriverLegacy""".split()}


def check_coverage(client):
    """Every function has a step in the scenario whose outcome was compared."""
    wanted = FUNCTIONS + CLIENT_ONLY + BESIDE + ONLY[client.interface]
    client.equal("functions without a step", [name for name in wanted if name not in client.proved], [])


def no_call(client, verb, **row):
    """The interface has no such operation."""
    client.proved.add(verb)
    client.equal(f"{verb} is no call of MS-{client.interface.upper()}", client.call(verb, **row).get("failure"), "parameters")


def plain_ports(client, server, document):
    """AddPort, SetPort and DeletePort by name, as Windows' dialogs call them for ports that are only a name."""
    place = server.directory / "out" / f"port-{client.interface}"
    place.mkdir()
    port, printer = str(place), f"Ported-{client.interface}"
    client.refused("AddPort of a monitor that nobody has", "ERROR_INVALID_NAME", "AddPort", info={"pPortName": port},
                   monitor_name="No Monitor")
    client.refused("AddPort elsewhere on the disk", "ERROR_ACCESS_DENIED", "AddPort", info={"pPortName": "/etc"}, monitor_name="Local Port")
    client.must("AddPort", "AddPort", info={"pPortName": port}, monitor_name="Local Port")
    listed = {row["Name"]: row["MonitorName"] for row in client.call("EnumPorts", level=2)["info"]}
    client.equal("the port is listed with its monitor", listed.get(port), "Local Port")
    client.refused("AddPort of the same name", "ERROR_ALREADY_EXISTS", "AddPort", info={"pPortName": port}, monitor_name="Local Port")
    client.must("AddPrinter on the port", "AddPrinter", info={"pPrinterName": printer, "pPortName": port, "pDriverName": DRIVER,
                "pPrintProcessor": "winprint", "pDatatype": "RAW"}, **{"as": "onport"})
    document(client, "onport", "to the port", "bytes for the port")
    client.check("its document arrives", harness.wait_until(
        lambda: [path.read_text() for path in place.iterdir() if not path.name.startswith(".")] == ["bytes for the port"], 20),
        list(place.iterdir()))

    def status():
        return client.call("GetPrinter", handle="onport", level=6)["info"]["dwStatus"]

    client.refused("SetPort of level 1", "ERROR_INVALID_LEVEL", "SetPort", port_name=port, level=1, info={"pPortName": port})
    client.refused("SetPort of nothing", "ERROR_UNKNOWN_PORT", "SetPort", port_name="NOPORT:", info={"dwStatus": 0})
    client.must("SetPort: a jam", "SetPort", port_name=port, info={"dwStatus": JAM, "dwSeverity": 1})
    client.equal("the printer is jammed", status() & JAMMED, JAMMED)
    client.must("SetPort: all is well", "SetPort", port_name=port, info={"dwStatus": 0, "dwSeverity": 0})
    client.equal("the printer is well", status() & JAMMED, 0)
    delete_port(client, port)


def delete_port(client, port):
    if client.interface == "rprn":
        client.refused("DeletePort of a port in use", "ERROR_BUSY", "DeletePort", port_name=port)
    client.must("DeletePrinter", "DeletePrinter", handle="onport")
    client.must("ClosePrinter", "ClosePrinter", handle="onport")
    monitor = {"printer": ",XcvMonitor Local Port", "data_name": "DeletePort", "input_data": {"hex": (port + "\0").encode("utf-16-le").hex()}}
    if client.interface == "rprn":
        client.must("DeletePort", "DeletePort", port_name=port)
        client.refused("DeletePort of nothing", "ERROR_UNKNOWN_PORT", "DeletePort", port_name=port)
    else:
        no_call(client, "DeletePort", port_name=port)
        client.equal("XcvData DeletePort of a local port", client.must("XcvData DeletePort", "XcvData", **monitor).get("pdwStatus"), 0)
    client.check("the port is gone", port not in [row["Name"] for row in client.call("EnumPorts")["info"]])


def bidi(client):
    """What is known of the device behind a port."""
    def ask(what, action, *schemas):
        request = {"Version": 1, "aData": [{"dwReqNumber": number, "pSchema": schema} for number, schema in enumerate(schemas)]}
        reply = client.must(what, "SendRecvBidiData", handle="bidi", action=action, pReqData=request)
        return (reply.get("ppRespData") or {}).get("aData", [])

    def text(row):
        return row["data"]["u"].get("sData")

    client.must("OpenPrinter", "OpenPrinter", printer="Laser", access="PRINTER_ACCESS_USE", **{"as": "bidi"})
    schemas = [row["pSchema"] for row in ask("SendRecvBidiData EnumSchema", "EnumSchema", "")]
    client.check("the schema has state and port", {"\\Printer.Status.Summary:State", "\\Printer.Extension.Port:Name"} <= set(schemas), schemas)
    rows = ask("SendRecvBidiData Get", "Get", "\\Printer.Extension.Port:HostAddress", "\\Printer.Nothing:Here", "\\Printer.Extension.Port:Name")
    client.equal("Get answers each question", [(row["dwReqNumber"], row["dwResult"], text(row)) for row in rows],
                 [(0, 0, "127.0.0.1"), (1, SCHEMA_NOT_SUPPORTED, None), (2, 0, "IP_127.0.0.1")])
    rows = ask("SendRecvBidiData GetAll", "GetAll", "\\Printer.Extension")
    client.equal("GetAll tells what lies below", sorted(row["pSchema"] for row in rows),
                 sorted(schema for schema in schemas if schema.startswith("\\Printer.Extension")))
    client.refused("SendRecvBidiData Set", "ERROR_NOT_SUPPORTED", "SendRecvBidiData", handle="bidi", action="Set",
                   pReqData={"Version": 1, "aData": [{"pSchema": "\\Printer.Status.Summary:State"}]})
    client.must("ClosePrinter", "ClosePrinter", handle="bidi")
    client.refused("SendRecvBidiData of a port that knows nothing", "ERROR_NOT_SUPPORTED", "SendRecvBidiData", printer="Null",
                   action="EnumSchema", pReqData={"Version": 1, "aData": [{"pSchema": ""}]})


def device_context(client):
    """What GDI calls besides the document: reset between pages, fonts of the printer."""
    client.must("OpenPrinter", "OpenPrinter", printer="Null", access="PRINTER_ACCESS_USE", **{"as": "dc"})
    client.must("ResetPrinter", "ResetPrinter", handle="dc", datatype="RAW")
    client.refused("ResetPrinter to an unknown datatype", "ERROR_INVALID_DATATYPE", "ResetPrinter", handle="dc", datatype="EMF 1.008")
    client.must("CreatePrinterIC", "CreatePrinterIC", handle="dc", **{"as": "ic"})
    fonts = client.must("PlayGdiScriptOnPrinterIC", "PlayGdiScriptOnPrinterIC", handle="ic", pIn={"hex": ""}, cOut=4)
    client.equal("the printer has no fonts of its own", fonts.get("pOut"), {"hex": "00000000"})
    client.must("DeletePrinterIC", "DeletePrinterIC", handle="ic")
    client.must("LogJobInfoForBranchOffice", "LogJobInfoForBranchOffice", handle="dc", pBranchOfficeJobDataContainer={"JobData": [
        {"eEventType": 5, "JobId": 1, "JobInfo": {"LogOfflineFileFull": {"pMachineName": "\\\\PC"}}}]})
    client.must("ClosePrinter", "ClosePrinter", handle="dc")


def administration(client):
    """Connections of the machine; code that a client names is never taken."""
    name = f"\\\\far\\away-{client.interface}"

    def listed():
        return [row["pPrinterName"] for row in client.must("EnumPerMachineConnections", "EnumPerMachineConnections").get("info", [])]

    client.must("AddPerMachineConnection", "AddPerMachineConnection", printer_name=name, print_server="\\\\far", provider="")
    client.check("the connection is listed", name in listed())
    client.must("DeletePerMachineConnection", "DeletePerMachineConnection", printer_name=name)
    client.check("the connection is gone", name not in listed())
    client.refused("AddMonitor", "ERROR_MOD_NOT_FOUND", "AddMonitor",
                   info={"pName": "Evil", "pEnvironment": X64, "pDLLName": "evil.dll"})
    client.refused("DeleteMonitor of a built-in one", "ERROR_PRINT_MONITOR_IN_USE", "DeleteMonitor", monitor_name="Local Port")
    client.refused("AddPrintProcessor", "ERROR_MOD_NOT_FOUND", "AddPrintProcessor", path_name="evil.dll", print_processor_name="evil")
    client.refused("DeletePrintProcessor of the built-in one", "ERROR_CAN_NOT_COMPLETE", "DeletePrintProcessor",
                   print_processor_name="winprint")
    for verb in CLIENT_ONLY:
        client.proved.add(verb)
        client.equal(f"{verb} asks no server", client.call(verb).get("failure"), "parameters")


def older_forms(client, server):
    """What clients fall back to when a server refuses the newer call."""
    if client.interface == "par":
        return
    client.must("OpenPrinterLegacy", "OpenPrinterLegacy", printer="Null", access="PRINTER_ACCESS_USE", **{"as": "old"})
    client.equal("it is the printer", client.call("GetPrinter", handle="old", level=4)["info"]["pPrinterName"], rf"{SERVER}\Null")
    upload, name = server.directory / "state/drivers/x64", "Old form"
    files = {"pDriverPath": "oldform.dll", "pDataFile": "oldform.gpd", "pConfigFile": "oldformui.dll"}
    for file in files.values():
        (upload / file).write_text(file)
    client.must("AddPrinterDriverLegacy", "AddPrinterDriverLegacy", info={"cVersion": 3, "pName": name, "pEnvironment": X64, **files})
    printer = {"pPrinterName": name, "pPortName": "LPT1:", "pDriverName": name, "pPrintProcessor": "winprint", "pDatatype": "RAW"}
    client.must("AddPrinterLegacy", "AddPrinterLegacy", info=printer, **{"as": "oldform"})
    client.equal("the driver's program is in the share", (upload / "3" / "oldform.dll").read_text(), "oldform.dll")
    client.refused("GetPrinterDriverLegacy outside Windows 9x", "ERROR_UNKNOWN_PRINTER_DRIVER", "GetPrinterDriverLegacy", handle="oldform",
                   environment=X64)
    client.must("DeletePrinter", "DeletePrinter", handle="oldform")
    client.must("ClosePrinter", "ClosePrinter", handle="oldform")
    client.must("DeletePrinterDriver", "DeletePrinterDriver", driver_name=name)
    for verb in ("RemoteFindFirstPrinterChangeNotification", "RouterRefreshPrinterChangeNotification"):
        client.proved.add(verb)
        told = client.call(verb, handle="old")
        client.check(f"{verb} registers nothing", told.get("code", 0) != 0, told)
    client.must("ClosePrinter", "ClosePrinter", handle="old")


# --- Driver packages ----------------------------------------------------------------------------------------------------

def write_packages(directory):
    """One signed package for each interface. Their authorities differ and have the same name; the paths of their certificates."""
    program = harness.build_directory() / "write_sample_package"
    trusted = []
    for number, interface in enumerate(("par", "rprn"), 1):
        trusted.append(str(directory / f"{interface}.pem"))
        subprocess.run([str(program), str(directory / interface), trusted[-1], f"1.0.0.{number}"], check=True)
    return trusted


def core_drivers(client):
    rows = client.must("GetCorePrinterDrivers", "GetCorePrinterDrivers", pszzCoreDriverDependencies=[UNIDRV], cCorePrinterDrivers=1,
                       cchCoreDrivers=len(UNIDRV) + 2).get("pCorePrinterDrivers") or [{}]
    client.equal("it is the one that was asked for", (rows[0].get("CoreDriverGUID") or "").strip("{}").upper(), UNIDRV.strip("{}"))
    package = rows[0].get("szPackageID", "")
    client.check("it is in Windows' own package", package.startswith("ntprint.inf_amd64_"), rows)
    client.must("GetPrinterDriverPackagePath of that package", "GetPrinterDriverPackagePath", package_id=package)
    unknown = UNIDRV.replace("79F0", "0000")
    client.refused("GetCorePrinterDrivers of nothing", "ERROR_NOT_FOUND", "GetCorePrinterDrivers", pszzCoreDriverDependencies=[unknown],
                   cCorePrinterDrivers=1, cchCoreDrivers=len(unknown) + 2)
    if client.interface == "rprn":
        return no_call(client, "CorePrinterDriverInstalled")
    asked = {"core_driver_guid": UNIDRV, "ft_driver_date": rows[0].get("ftDriverDate")}
    for version, wanted in ((rows[0].get("dwlDriverVersion"), 1), (0x7FFF000000000000, 0)):
        got = client.must(f"CorePrinterDriverInstalled {version}", "CorePrinterDriverInstalled", driver_version=version, **asked)
        client.equal(f"version {version} is there", got.get("pbDriverInstalled"), wanted)


def uploaded(client, area, source):
    """What "Add driver" does: files into the share, then three calls. The path in the driver store."""
    shutil.copytree(source, area)
    inf = {"pszInfPath": f"{SERVER}\\print$\\x64\\{area.name}\\acmeprt.inf", "pszDestInfPath": {"zeros": 260}, "pcchDestInfPath": 260}
    client.refused("UploadPrinterDriverPackage that only asks", "ERROR_NOT_FOUND", "UploadPrinterDriverPackage", dwFlags=4, **inf)
    program = area / "amd64" / "acmeprt.dll"
    good = program.read_bytes()
    program.write_bytes(b"changed after it was signed")
    changed = client.call("UploadPrinterDriverPackage", dwFlags=0, **inf)
    client.equal("a changed package is refused", changed.get("code"), HASH_NOT_IN_CATALOG)
    program.write_bytes(good)
    stored = client.must("UploadPrinterDriverPackage", "UploadPrinterDriverPackage", dwFlags=0, **inf).get("pszDestInfPath", "")
    client.check("it is in the driver store", "\\DriverStore\\FileRepository\\" in stored, stored)
    shutil.rmtree(area)
    client.refused("InstallPrinterDriverFromPackage of another driver", "ERROR_UNKNOWN_PRINTER_DRIVER", "InstallPrinterDriverFromPackage",
                   pszInfPath=stored, pszDriverName="No such driver", dwFlags=0)
    client.must("InstallPrinterDriverFromPackage", "InstallPrinterDriverFromPackage", pszInfPath=stored, pszDriverName=PACKAGE_DRIVER, dwFlags=0)
    return stored


def packages(client, server, directory):
    """Uploads are calls of MS-PAR alone; what was uploaded is found over both interfaces."""
    core_drivers(client)
    share, source = server.directory / "state/drivers/x64", pathlib.Path(directory) / client.interface
    administrator = client
    if client.interface == "rprn":
        for verb in ("UploadPrinterDriverPackage", "InstallPrinterDriverFromPackage", "DeletePrinterDriverPackage"):
            no_call(client, verb)
        administrator = Client(client.results, server, "par")
        administrator.label = "rprn: by MS-PAR:"
    stored = uploaded(administrator, share / "{5A0D7C58-6E5D-4C0B-9C1D-2F6F5C1B7E21}", source)
    package = stored.split("\\")[-2] if stored.count("\\") > 2 else ""
    rows = [row for row in client.call("EnumPrinterDrivers", level=8, environment=X64)["info"] if row["Name"] == PACKAGE_DRIVER]
    client.check("the driver is listed with its package", len(rows) == 1 and f"\\{package}\\" in rows[0]["InfPath"], rows)
    client.equal("its program is in the share", (share / "3" / "acmeprt.dll").read_bytes(), (source / "amd64/acmeprt.dll").read_bytes())
    path = client.must("GetPrinterDriverPackagePath", "GetPrinterDriverPackagePath", package_id=package).get("pszDriverPackageCab", "")
    client.equal("the path of the cabinet", path, rf"{SERVER}\print$\x64\PCC\{package}.cab")
    client.check("the cabinet is in the share", (share / "PCC" / f"{package}.cab").read_bytes()[:4] == b"MSCF")
    administrator.refused("a package in use", "ERROR_PRINTER_DRIVER_PACKAGE_IN_USE", "DeletePrinterDriverPackage", pszInfPath=stored)
    client.must("DeletePrinterDriverEx", "DeletePrinterDriverEx", driver_name=PACKAGE_DRIVER, delete_flag="DPD_DELETE_ALL_FILES", version_num=3)
    administrator.must("DeletePrinterDriverPackage", "DeletePrinterDriverPackage", pszInfPath=stored)
    client.refused("the package is gone", "ERROR_FILE_NOT_FOUND", "GetPrinterDriverPackagePath", package_id=package)
    client.check("and its cabinet", not (share / "PCC" / f"{package}.cab").exists())
    if administrator is not client:
        administrator.close()
