"""A daemon that is killed and started again, and an administrator's calls that read back what it kept."""
import json
import os
import pathlib
import struct
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "conformance"))
import harness  # noqa: E402
import samba_client  # noqa: E402
from samba_client import Connection, container, ndr_unpack, security, spoolss  # noqa: E402


def wide(text):
    """A string in NDR 2.0 with its counts, padded."""
    data = (text + "\0").encode("utf-16-le")
    return struct.pack("<III", len(text) + 1, 0, len(text) + 1) + data + b"\0" * (-len(data) % 4)


def result_of(name, reply):
    """Of a request that was packed by hand: the result stands at the end of the reply."""
    result = struct.unpack("<I", reply[-4:])[0]
    if result != 0:
        raise RuntimeError(f"{name}: {result}")


class Daemon:
    """One state directory and the daemon on it, killed and started again."""

    def __init__(self, directory, configuration):
        self.directory = pathlib.Path(directory)
        self.configuration = configuration
        self.server = None

    def tool(self, word):
        environment = dict(os.environ, WINSPOOLD_TEST_OVERRIDE=json.dumps(self.configuration))
        command = [str(harness.ROOT / "tools/testserver"), word, str(self.directory)]
        return subprocess.run(command, env=environment, capture_output=True, text=True)

    def start(self):
        started = self.tool("start")
        if started.returncode != 0:
            sys.exit("FAILED: " + started.stderr)
        self.server = harness.Server(self.directory, started.stdout.strip())

    def kill(self):
        harness.kill(self.server)


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

    def server_descriptor(self):
        reply = self.query("GetPrinter", "pPrinter", hPrinter=self.server_handle(), Level=3)
        return ndr_unpack(spoolss.PrinterInfo3, bytes(reply.out_pPrinter), allow_remaining=True).secdesc

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

    def drivers(self):
        return self.names("EnumPrinterDrivers", "pDrivers", spoolss.DriverInfo1, 4, "driver_name", pName=None, pEnvironment="Windows x64")

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
