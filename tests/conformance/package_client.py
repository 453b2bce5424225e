"""Driver packages as a Windows administrator's tools upload, install and delete them, with Samba's client library; and signed packages
to do it with. Who put the files into the share print$ is left out: they are copied straight into the upload area."""
import hashlib
import pathlib
import shutil
import subprocess

import harness

SERVER = "\\\\127.0.0.1"
X64 = "Windows x64"
DRIVER = "Acme Laser 9"
UPLOAD_ALWAYS, CHECK_STORE = 0x2, 0x4                # UPDP_*
COPY_ALL_FILES = 0x1                                 # IPDFP_*
AREA = "{11111111-2222-3333-4444-555555555555}"


def hresult(reply):
    return reply.result[0] & 0xFFFFFFFF


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def tree(directory):
    """Digests of all files, by their paths."""
    root = pathlib.Path(directory)
    return {str(path.relative_to(root)): digest(path) for path in sorted(root.rglob("*")) if path.is_file()}


def sample(directory, version="1.2.3.4"):
    """Writes a signed package; the certificate that a server must trust is trust_file(directory)."""
    program = harness.build_directory() / "write_sample_package"
    subprocess.run([str(program), str(directory), str(trust_file(directory)), version], check=True, stdout=subprocess.DEVNULL)
    return directory


def trust_file(directory):
    return directory.parent / (directory.name + ".pem")


def put_into_area(share, source):
    """The path that the upload names then."""
    area = pathlib.Path(share) / "x64" / AREA
    shutil.rmtree(area, ignore_errors=True)
    shutil.copytree(source, area)
    return f"{SERVER}\\print$\\x64\\{AREA}\\ACMEPRT.inf"


def upload(client, path, flags=0):
    """The reply; its out_pszDestInfPath is the path in the driver store."""
    return client.call("UploadPrinterDriverPackage", pszServer=SERVER, pszInfPath=path, pszEnvironment=X64, dwFlags=flags,
                       pszDestInfPath="x" * 259, pcchDestInfPath=260)


def install(client, stored, flags=0):
    return hresult(client.call("InstallPrinterDriverFromPackage", pszServer=SERVER, pszInfPath=stored, pszDriverName=DRIVER,
                               pszEnvironment=X64, dwFlags=flags))


def delete(client, stored):
    return hresult(client.call("DeletePrinterDriverPackage", pszServer=SERVER, pszInfPath=stored, pszEnvironment=X64))


def package_of(stored):
    """The package's id from its path in the driver store."""
    return stored.split("\\")[-2] if stored else ""
