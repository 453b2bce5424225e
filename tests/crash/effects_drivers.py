"""The steps of effects_test.py for drivers and packages. After each of them their files are looked at, too: the ones that must be there
are, with their bytes, and nothing else."""
import package_client
from driver_client import COPY_ALL_FILES, DELETE_ALL_FILES, X64, content, driver_info, file_names, upload
from driver_state import DriverState
from effects_client import result_of
from package_client import SERVER, hresult

FILE_NOT_FOUND = 0x80070002


def add(client, state, name, number):
    upload(state["share"], name, number)
    client.must("AddPrinterDriver", pName=SERVER, pDriverContainer=driver_info(name), dwFileCopyFlags=COPY_ALL_FILES)


def add_legacy(client, state):
    """python3-samba knows the later form only, whose request ends with the flags."""
    upload(state["share"], "older", 1)
    stub = client.packed("AddPrinterDriver", pName=SERVER, pDriverContainer=driver_info("older"), dwFileCopyFlags=COPY_ALL_FILES)
    result_of("AddPrinterDriverLegacy", client.raw(9, stub[:-4]))


def delete_ex(name):
    return lambda client, state: client.must("DeletePrinterDriverEx", pName=SERVER, pEnvironment=X64, pDriverName=name,
                                             dwDeleteFlag=DELETE_ALL_FILES, dwVersionNum=3)


def driver_problems(state):
    return DriverState(state["directory"], [state["package"]]).examine()


def driver(name):
    """Whether it is listed, of which round its files are (0: there are none), and what is wrong."""
    def read(client, state):
        found = [(state["share"] / "x64" / "3" / file) for file in file_names(name)]
        texts = [path.read_text() if path.exists() else "" for path in found]
        rounds = [number for number in range(3) if texts == [content(file, number) if number else "" for file in file_names(name)]]
        return name in client.drivers(), rounds, driver_problems(state)
    return read


# --- Packages ---------------------------------------------------------------------------------------------------------------------------

def upload_package(client, state):
    reply = package_client.upload(client, package_client.put_into_area(state["share"], state["package"]))
    if hresult(reply) != 0:
        raise RuntimeError(f"upload: {hresult(reply):#x}")
    state["stored"] = reply.out_pszDestInfPath


def must(result, what):
    if result != 0:
        raise RuntimeError(f"{what}: {result:#x}")


def install_package(client, state):
    must(package_client.install(client, state["stored"]), "install")


def delete_package(client, state):
    must(package_client.delete(client, state["stored"]), "delete")


def package(client, state):
    """Whether clients are told where its cabinet is, and what is wrong."""
    reply = client.call("GetPrinterDriverPackagePath", pszServer=SERVER, pszEnvironment=X64, pszLanguage="en-US",
                        pszPackageID=package_client.package_of(state["stored"]), pszDriverPackageCab=None, cchDriverPackageCab=0)
    return hresult(reply), driver_problems(state)


def package_driver(client, state):
    return package_client.DRIVER in client.drivers(), driver_problems(state)


DRIVER_STEPS = [
    ("AddPrinterDriver", lambda client, state: add(client, state, "kept", 1), driver("kept"), (True, [1], [])),
    ("AddPrinterDriver again", lambda client, state: add(client, state, "kept", 2), driver("kept"), (True, [2], [])),
    ("AddPrinterDriverLegacy", add_legacy, driver("older"), (True, [1], [])),
    ("DeletePrinterDriverEx", delete_ex("kept"), driver("kept"), (False, [0], [])),
    ("DeletePrinterDriverEx of another", delete_ex("older"), driver("older"), (False, [0], [])),
    ("UploadPrinterDriverPackage", upload_package, package, (0, [])),
    ("InstallPrinterDriverFromPackage", install_package, package_driver, (True, [])),
    ("DeletePrinterDriverEx of a package's driver", delete_ex(package_client.DRIVER), package_driver, (False, [])),
    ("DeletePrinterDriverPackage", delete_package, package, (FILE_NOT_FOUND, [])),
    # Leaves the files where they are, so this comes last.
    ("AddPrinterDriver once more", lambda client, state: add(client, state, "last", 1), driver("last"), (True, [1], [])),
    ("DeletePrinterDriver", lambda client, state: client.must("DeletePrinterDriver", pName=SERVER, pEnvironment=X64, pDriverName="last"),
     lambda client, state: "last" in client.drivers(), False),
]
