#!/usr/bin/python3
"""impacket against this server: both print interfaces under NTLM, NDR 2.0 and NDR64, refusals, a printed document.

impacket binds to the endpoint mapper with anonymous NTLM, offers NDR64 alone when asked, and sends MS-PAR under auth type 10; it speaks
SPNEGO for Kerberos only.
"""
import hashlib
import os
import sys

import harness

harness.enter_namespace()

try:
    from impacket.dcerpc.v5 import epm, mgmt, par, rpcrt, rprn, transport
    from impacket.dcerpc.v5.dtypes import DWORD, LPWSTR, NULL
    from impacket.dcerpc.v5.ndr import NDRCALL, NDRPOINTER, NDRSTRUCT, NDRUNION
    from impacket.uuid import uuidtup_to_bin
except ImportError as error:
    sys.exit(f"FAILED: python3-impacket is not installed: {error}")

PRIVACY = rpcrt.RPC_C_AUTHN_LEVEL_PKT_PRIVACY
NDR64 = ("71710533-BEBA-4937-8319-B5DBEF9CCC36", "1.0")
PAR_OBJECT = par.MSRPC_UUID_WINSPOOL
ENUM_LOCAL = 2


# Document calls, which impacket does not have; one set serves both interfaces because the twins are wire-equal.
class DocInfo1(NDRSTRUCT):
    structure = (("pDocName", LPWSTR), ("pOutputFile", LPWSTR), ("pDatatype", LPWSTR))


class DocInfo1Pointer(NDRPOINTER):
    referent = (("Data", DocInfo1),)


class DocInfoUnion(NDRUNION):
    commonHdr = (("tag", DWORD),)
    union = {1: ("pDocInfo1", DocInfo1Pointer)}


class DocInfoContainer(NDRSTRUCT):
    structure = (("Level", DWORD), ("DocInfo", DocInfoUnion))


class Buffer(rprn.BYTE_ARRAY):
    pass


def document_calls(opnums):
    """NDRCALL classes StartDoc, StartPage, Write, EndPage, EndDoc for one interface."""
    answer = {"structure": (("ErrorCode", DWORD),)}
    handle_only = (("hPrinter", rprn.PRINTER_HANDLE),)
    shapes = {
        "StartDoc": ((("hPrinter", rprn.PRINTER_HANDLE), ("pDocInfoContainer", DocInfoContainer)),
                     (("pJobId", DWORD), ("ErrorCode", DWORD))),
        "StartPage": (handle_only, answer["structure"]),
        "Write": ((("hPrinter", rprn.PRINTER_HANDLE), ("pBuf", Buffer), ("cbBuf", DWORD)), (("pcWritten", DWORD), ("ErrorCode", DWORD))),
        "EndPage": (handle_only, answer["structure"]),
        "EndDoc": (handle_only, answer["structure"]),
    }
    made = {}
    module = sys.modules[rprn.RpcClosePrinter.__module__]
    for (name, (request, reply)), opnum in zip(shapes.items(), opnums):
        class_name = f"{name}{opnum}"
        made[name] = type(class_name, (NDRCALL,), {"opnum": opnum, "structure": request, "__module__": module.__name__})
        response = type(class_name + "Response", (NDRCALL,), {"structure": reply, "__module__": module.__name__})
        # impacket finds a reply class by the request's module and name.
        setattr(module, class_name, made[name])
        setattr(module, class_name + "Response", response)
    return made


def connect(interface, port, level=PRIVACY, user="admin", password="Secret123!", syntax=None):
    binding = transport.DCERPCTransportFactory(f"ncacn_ip_tcp:127.0.0.1[{port}]")
    binding.set_credentials(user, password, "", "", "")
    dce = binding.get_dce_rpc()
    if level:
        dce.set_auth_type(rpcrt.RPC_C_AUTHN_WINNT)
        dce.set_auth_level(level)
    dce.connect()
    if syntax:
        dce.bind(interface, transfer_syntax=syntax)
    else:
        dce.bind(interface)
    return dce


def client_info(module):
    container = module.SPLCLIENT_CONTAINER()
    container["Level"] = 1
    container["ClientInfo"]["tag"] = 1
    info = container["ClientInfo"]["pClientInfo1"]
    info["dwSize"] = 28
    info["pMachineName"] = "\\\\station\x00"
    info["pUserName"] = "admin\x00"
    info["dwBuildNum"] = 19045
    info["dwMajorVersion"] = 10
    info["dwMinorVersion"] = 0
    info["wProcessorArchitecture"] = 9
    return container


def outcome(function, *arguments, **keywords):
    """'ok' or a short text of what refused."""
    try:
        function(*arguments, **keywords)
        return "ok"
    except Exception as error:  # noqa: BLE001  any refusal is a result here
        return str(error)


def print_document(dce, calls, module, opener, uuid, data):
    handle = opener(dce, "\\\\127.0.0.1\\Archive\x00", accessRequired=8, pClientInfo=client_info(module))["pHandle"]

    def call(name, **fields):
        request = calls[name]()
        request["hPrinter"] = handle
        for key, value in fields.items():
            request[key] = value
        return dce.request(request, uuid) if uuid else dce.request(request)

    container = DocInfoContainer()
    container["Level"] = 1
    container["DocInfo"]["tag"] = 1
    container["DocInfo"]["pDocInfo1"]["pDocName"] = "impacket document\x00"
    container["DocInfo"]["pDocInfo1"]["pOutputFile"] = NULL
    container["DocInfo"]["pDocInfo1"]["pDatatype"] = "RAW\x00"
    job = call("StartDoc", pDocInfoContainer=container)["pJobId"]
    call("StartPage")
    sent = 0
    while sent < len(data):
        chunk = data[sent:sent + 40000]
        sent += call("Write", pBuf=chunk, cbBuf=len(chunk))["pcWritten"]
    call("EndPage")
    call("EndDoc")
    return handle, job


def interface_flow(results, server, label, interface, module, opener, closer, enumerate_printers, opnums, uuid):
    port = int(epm.hept_map("127.0.0.1", interface, protocol="ncacn_ip_tcp").split("[")[1].rstrip("]"))
    results.check_equal(f"{label}: endpoint mapper names the port", port, server.rpc)
    dce = connect(interface, port)
    handle = opener(dce, "\\\\127.0.0.1\\Laser\x00", accessRequired=8, pClientInfo=client_info(module))["pHandle"]
    results.record(f"{label}: open", any(bytes(handle)), handle)
    results.check_equal(f"{label}: close", outcome(closer, dce, handle), "ok")
    second = outcome(closer, dce, handle)
    results.record(f"{label}: second close is a context mismatch", "context" in second.lower() or "1c00001a" in second.lower(), second)
    dce.disconnect()
    dce = connect(interface, port)
    names = enumerate_printers(dce)
    results.record(f"{label}: enumeration lists the queues", all(name in names for name in ("Laser", "Archive", "Null")), names)
    data = os.urandom(300_000)
    calls = document_calls(opnums)
    handle, job = print_document(dce, calls, module, opener, uuid, data)
    closer(dce, handle)
    out = server.directory / "out"
    appeared = harness.wait_until(lambda: any(p.stem == str(job) for p in out.iterdir() if p.is_file()))
    results.record(f"{label}: the document arrives", appeared, sorted(p.name for p in out.iterdir()))
    if appeared:
        got = next(p for p in out.iterdir() if p.stem == str(job)).read_bytes()
        results.check_equal(f"{label}: byte for byte", hashlib.sha256(got).hexdigest(), hashlib.sha256(data).hexdigest())
    for name, keywords in (("integrity level", {"level": rpcrt.RPC_C_AUTHN_LEVEL_PKT_INTEGRITY}), ("no authentication", {"level": 0})):
        text = outcome(lambda kw=keywords: enumerate_printers(connect(interface, port, **kw)))
        results.record(f"{label}: {name} is refused", "denied" in text.lower(), text)
    text = outcome(lambda: enumerate_printers(connect(interface, port, user="", password="")))
    results.record(f"{label}: anonymous is refused", "denied" in text.lower(), text)
    text = outcome(lambda: enumerate_printers(connect(interface, port, password="wrong")))
    results.record(f"{label}: a wrong password is refused", text != "ok", text)


class ept_lookup_handle_free(NDRCALL):  # noqa: N801  impacket lacks it; it finds the reply by this name
    opnum = 4
    structure = (("entry_handle", epm.ept_lookup_handle_t),)


class ept_lookup_handle_freeResponse(NDRCALL):  # noqa: N801
    structure = (("entry_handle", epm.ept_lookup_handle_t), ("status", DWORD))


NOT_REGISTERED = 0x16C9A0D6


def lookup_page(dce, size, handle):
    request = epm.ept_lookup()
    request["inquiry_type"] = epm.RPC_C_EP_ALL_ELTS
    request["object"] = NULL
    request["Ifid"] = NULL
    request["vers_option"] = epm.RPC_C_VERS_ALL
    request["entry_handle"] = handle
    request["max_ents"] = size
    page = dce.request(request, checkError=False)
    rows = [b"".join(page["entries"][i]["tower"]["tower_octet_string"]) for i in range(page["num_ents"])]
    return rows, page["entry_handle"], page["status"]


def mapper_lookup(results):
    """Pages of the endpoint map: rows with status 0, the end with EPT_S_NOT_REGISTERED or at a short page."""
    everything = epm.hept_lookup("127.0.0.1")
    results.record("mapper: hept_lookup, which takes any other status than 0 as a failure, gets all", len(everything) >= 4, len(everything))
    interfaces = {str(row["tower"]["Floors"][0]).lower() for row in everything}
    for wanted in (par.MSRPC_UUID_PAR, rprn.MSRPC_UUID_RPRN):
        name = epm.EPMRPCInterface()
        name["InterfaceUUID"], name["MajorVersion"], name["MinorVersion"] = wanted[:16], 1, 0
        results.record(f"mapper: lists {name}", str(name).lower() in interfaces, interfaces)
    dce = connect(epm.MSRPC_UUID_PORTMAP, 135, level=0)
    for size in (1, 2, 3, 10, 500):
        seen, handle, pages = [], epm.ept_lookup_handle_t(), []
        while len(pages) <= len(everything):
            rows, handle, status = lookup_page(dce, size, handle)
            pages.append((len(rows), status, handle.isNull()))
            seen += rows
            if handle.isNull():
                break
        good = all(status == (0 if count else NOT_REGISTERED) and null == (count < size) for count, status, null in pages)
        results.record(f"mapper: pages of {size}", good and len(set(seen)) == len(seen) == len(everything), pages)
    rows, handle, status = lookup_page(dce, 1, epm.ept_lookup_handle_t())
    request = ept_lookup_handle_free()
    request["entry_handle"] = handle
    freed = dce.request(request)
    results.record("mapper: a search is given up", not handle.isNull() and freed["entry_handle"].isNull() and freed["status"] == 0)
    text = outcome(lookup_page, dce, 1, handle)
    results.record("mapper: and its handle is gone", "context" in text.lower(), text)
    dce.disconnect()


def decode_names(buffer):
    return b"".join(buffer).decode("utf-16-le", "ignore") if isinstance(buffer, list) else bytes(buffer).decode("utf-16-le", "ignore")


def main():
    results = harness.Results()
    with harness.server() as server:
        mapper_lookup(results)
        interface_flow(results, server, "MS-PAR", par.MSRPC_UUID_PAR, par, par.hRpcAsyncOpenPrinter, par.hRpcAsyncClosePrinter,
                       lambda dce: decode_names(par.hRpcAsyncEnumPrinters(dce, ENUM_LOCAL, NULL, 1)["pPrinterEnum"]),
                       (10, 11, 12, 13, 14), PAR_OBJECT)
        interface_flow(results, server, "MS-RPRN", rprn.MSRPC_UUID_RPRN, rprn, rprn.hRpcOpenPrinterEx, rprn.hRpcClosePrinter,
                       lambda dce: decode_names(rprn.hRpcEnumPrinters(dce, ENUM_LOCAL, NULL, 1)["pPrinterEnum"]),
                       (17, 18, 19, 20, 23), None)
        log = server.log()
        refused = [line for line in log.splitlines() if "admin" in line and "127.0.0.1" in line and "logon" in line.lower()]
        results.record("a refused log-on names user and peer in the log", bool(refused), log[-2000:])
        dce = connect(mgmt.MSRPC_UUID_MGMT, server.rpc, level=0)
        listening = mgmt.his_server_listening(dce)
        results.check_equal("mgmt: is_server_listening without authentication", listening["status"], 0)
        ids = mgmt.hinq_if_ids(dce)
        results.record("mgmt: interface ids", ids["if_id_vector"]["count"] >= 3, ids["if_id_vector"]["count"])
        text = outcome(mgmt.hstop_server_listening, dce)
        results.record("mgmt: stop is refused", text != "ok", text)
        dce = connect(mgmt.MSRPC_UUID_MGMT, server.rpc, level=0, syntax=NDR64)
        results.record("mgmt: NDR64 as the only syntax offered binds", True)
        dce.disconnect()
        dce = connect(par.MSRPC_UUID_PAR, server.rpc)
        request = par.RpcAsyncClosePrinter()
        request["phPrinter"] = b"\0" * 20
        text = outcome(dce.request, request, uuidtup_to_bin(("11111111-2222-3333-4444-555555555555", "0.0"))[:16])
        results.record("MS-PAR: a wrong object UUID is refused", "unsupported_type" in text or "1c010017" in text.lower(), text)
    results.finish()


if __name__ == "__main__":
    main()
