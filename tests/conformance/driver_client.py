"""Adds and deletes printer drivers as a Windows administrator's tools do, with Samba's client library. The files are put straight into
the directory that a share print$ would export."""
import pathlib

from samba import credentials, param
from samba.dcerpc import spoolss

COPY_NEW_FILES, COPY_ALL_FILES, COPY_FROM_DIRECTORY = 0x8, 0x4, 0x10
DELETE_UNUSED_FILES, DELETE_ALL_FILES = 0x1, 0x4
X64 = "Windows x64"


def connect(port, user="admin", options="seal"):
    settings = param.LoadParm()
    settings.load_default()
    settings.set("interfaces", "127.0.0.1/8")        # otherwise Samba warns that there is none
    who = credentials.Credentials()
    who.guess(settings)
    who.set_username(user)
    who.set_password("Secret123!")
    who.set_domain("")
    who.set_kerberos_state(credentials.DONT_USE_KERBEROS)
    return spoolss.spoolss(f"ncacn_ip_tcp:127.0.0.1[{port},{options}]", settings, who)


def content(name, number):
    return f"{name} of round {number}\n" * 50


def file_names(name):
    return [f"{name}.dll", f"{name}.gpd", f"{name}ui.dll"]


def upload(share, name, number, directory="x64"):
    place = pathlib.Path(share) / directory
    place.mkdir(exist_ok=True)
    for file in file_names(name):
        (place / file).write_text(content(file, number))


def driver_info(name, prefix="", files=None):
    """Of level 3."""
    driver, data, configuration = files or file_names(name)
    info = spoolss.AddDriverInfo3()
    info.version = 3
    info.driver_name = name
    info.architecture = X64
    info.driver_path = prefix + driver
    info.data_file = prefix + data
    info.config_file = prefix + configuration
    container = spoolss.AddDriverInfoCtr()
    container.level = 3
    container.info = info
    return container


def add(client, name, flags=COPY_ALL_FILES, prefix="", server="\\\\127.0.0.1", files=None):
    """Raises samba.WERRORError."""
    client.AddPrinterDriverEx(server, driver_info(name, prefix, files), flags)


def delete(client, name, flags=DELETE_ALL_FILES):
    client.DeletePrinterDriverEx("\\\\127.0.0.1", X64, name, flags, 3)
