"""python3-samba as a client of both print interfaces: it packs requests and unpacks replies with code that shares nothing with ours."""
import sys

try:
    from samba import NTSTATUSError  # noqa: F401
    from samba.credentials import DONT_USE_KERBEROS, Credentials
    from samba.dcerpc import security, spoolss, winspool
    from samba.ndr import ndr_unpack  # noqa: F401
    from samba.param import LoadParm
except ImportError as error:
    sys.exit(f"FAILED: python3-samba is not installed: {error}")

PAR_OBJECT = "9940ca8e-512f-4c58-88a9-61098d6896bd"
MAXIMUM_ALLOWED = 0x02000000
OK = 0

# Operation numbers: MS-PAR, MS-RPRN.
OPNUMS = {
    "OpenPrinter": (0, 69), "SetPrinter": (8, 7), "StartDocPrinter": (10, 17), "WritePrinter": (12, 19), "EndDocPrinter": (14, 23),
    "SetPrinterDataEx": (19, 77), "AddForm": (21, 30), "AddPerMachineConnection": (55, 85), "SetJobNamedProperty": (71, 111),
    "GetPrinter": (9, 8), "GetJob": (3, 3), "EnumJobs": (4, 4), "GetForm": (23, 32), "EnumForms": (25, 34), "GetPrinterDriver": (26, 53),
    "EnumPrinters": (38, 0), "EnumPrinterDrivers": (40, 10), "GetPrinterDriverDirectory": (41, 12), "EnumPrintProcessors": (45, 15),
    "GetPrintProcessorDirectory": (46, 16), "EnumPorts": (47, 35), "EnumMonitors": (48, 36), "EnumPrintProcessorDatatypes": (54, 51),
    "EnumPerMachineConnections": (57, 87), "GetPrinterData": (16, 26), "GetPrinterDataEx": (17, 78), "EnumPrinterData": (27, 72),
    "EnumPrinterDataEx": (28, 79), "EnumPrinterKey": (29, 80), "XcvData": (33, 88), "GetJobNamedPropertyValue": (70, 110),
    "EnumJobNamedProperties": (73, 113), "AddPrinter": (1, 70), "SetJob": (2, 2), "DeletePrinter": (7, 6), "AbortPrinter": (15, 21),
    "SetPrinterData": (18, 27), "DeleteForm": (22, 31), "SetForm": (24, 33), "DeletePrinterData": (30, 73), "DeletePrinterDataEx": (31, 81),
    "DeletePrinterKey": (32, 82), "AddPort": (49, 61), "DeletePerMachineConnection": (56, 86), "DeleteJobNamedProperty": (72, 112),
    "LogJobInfoForBranchOffice": (74, 116), "InstallPrinterDriverFromPackage": (62, None), "UploadPrinterDriverPackage": (63, None),
    "GetPrinterDriverPackagePath": (66, 104), "DeletePrinterDriverPackage": (67, None), "ClosePrinter": (20, 29),
    "AddPrinterDriver": (39, 89), "DeletePrinterDriver": (42, 13), "DeletePrinterDriverEx": (43, 84), "SetPort": (50, 71),
}


def opnum(name, par):
    return OPNUMS[name][0 if par else 1]


class Connection:
    """One client of one interface in one transfer syntax. The twins of the interfaces are the same on the wire, so the classes of MS-PAR
    serve both; only the operation number and the object UUID differ."""

    def __init__(self, server, interface, ndr64, user="admin", big_endian=False):
        self.par = interface == "par"
        # python3-samba writes headers and requests in the order asked for; our replies are little-endian, as their headers say.
        self.reply_form = {"ndr64": ndr64}
        self.request_form = {"ndr64": ndr64, "bigendian": big_endian}
        loaded = LoadParm()
        loaded.set("interfaces", "127.0.0.1/8")              # otherwise Samba warns that there is none
        credentials = Credentials()
        if user:
            credentials.guess(loaded)
            credentials.set_username(user)
            credentials.set_password("Secret123!")
        else:
            credentials.set_anonymous()
        credentials.set_kerberos_state(DONT_USE_KERBEROS)
        options = f"{server.rpc},{'seal' if user else 'connect'}{',ndr64' if ndr64 else ''}{',bigendian' if big_endian else ''}"
        kind = winspool.iremotewinspool if self.par else spoolss.spoolss
        self.pipe = kind(f"ncacn_ip_tcp:127.0.0.1[{options}]", loaded, credentials)
        self.label = f"{interface} {'NDR64' if ndr64 else 'NDR'}{' big-endian' if big_endian else ''}"

    def raw(self, opnum, stub):
        return self.pipe.request(opnum, stub, PAR_OBJECT) if self.par else self.pipe.request(opnum, stub)

    @staticmethod
    def request(name, **fields):
        made = getattr(winspool, "Async" + name)()
        for field, value in fields.items():
            setattr(made, "in_" + field, value)
        return made

    def pack(self, request):
        return request.__ndr_pack_in__(**self.request_form)

    def packed(self, name, **fields):
        return self.pack(self.request(name, **fields))

    def call(self, name, **fields):
        request = self.request(name, **fields)
        reply = self.raw(opnum(name, self.par), self.pack(request))
        request.__ndr_unpack_out__(reply, **self.reply_form)
        return request

    def must(self, name, **fields):
        done = self.call(name, **fields)
        if done.result[0] != OK:
            raise RuntimeError(f"{name}: {done.result[1]}")
        return done

    @staticmethod
    def client_information():
        client = spoolss.UserLevel1()
        client.size, client.client, client.user, client.build, client.major = 28, "\\\\PC", "admin", 19045, 10
        level = spoolss.UserLevelCtr()
        level.level, level.user_info = 1, client
        return level

    def open(self, name, access=MAXIMUM_ALLOWED):
        return self.must("OpenPrinter", pPrinterName=name, AccessRequired=access, pDevModeContainer=spoolss.DevmodeContainer(),
                         pClientInfo=self.client_information()).out_pHandle


def container(kind, level, info, member="info"):
    made = kind()
    made.level = level
    setattr(made, member, info)
    return made


def set_printer(connection, handle, level, info, command=0, devmode=None, descriptor=None):
    """SetPrinter; `devmode` is a spoolss.DeviceMode, `descriptor` a security.descriptor."""
    devmodes, descriptors = spoolss.DevmodeContainer(), security.sec_desc_buf()
    if devmode is not None:
        devmodes.devmode = devmode
    if descriptor is not None:
        descriptors.sd = descriptor
    connection.must("SetPrinter", hPrinter=handle, pPrinterContainer=container(spoolss.SetPrinterInfoCtr, level, info),
                    pDevModeContainer=devmodes, pSecurityContainer=descriptors, Command=command)
