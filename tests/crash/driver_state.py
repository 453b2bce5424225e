"""Whether what a state directory holds of drivers and packages is of one piece. Reads database and files directly, so that nothing which
the server itself would leave out can hide."""
import pathlib
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "conformance"))
import package_client  # noqa: E402

DIRECTORIES = {"Windows x64": "x64", "Windows NT x86": "W32X86", "Windows ARM64": "ARM64"}
ARCHITECTURES = {"Windows x64": "amd64", "Windows NT x86": "i386", "Windows ARM64": "arm64"}


def names_in(directory):
    return {path.name for path in directory.iterdir()} if directory.is_dir() else set()


class Database:
    """A copy of the server's database, which the server keeps locked. Nothing may be writing."""

    def __init__(self, state):
        with tempfile.TemporaryDirectory() as copy:
            for path in state.glob("winspoold.sqlite*"):
                if not path.name.endswith("-shm"):
                    shutil.copy(path, copy)
            self.connection = sqlite3.connect(":memory:")
            source = sqlite3.connect(pathlib.Path(copy) / "winspoold.sqlite")
            source.backup(self.connection)
            source.close()

    def rows(self, table, columns, where="1"):
        return self.connection.execute(f"SELECT {columns} FROM {table} WHERE {where}").fetchall()


class DriverState:
    """`sources`: directories of the packages that clients bring; a stored one is a copy of one of them."""

    def __init__(self, directory, sources=()):
        self.state = pathlib.Path(directory) / "state"
        self.share = self.state / "drivers"
        self.sources = {source: package_client.tree(source) for source in sources}
        self.database = Database(self.state)
        self.problems = []
        self.files = {}                              # (environment, version, folded name) → digest
        self.drivers = {}                            # (name, environment) → digests of its files by name
        self.packages = {}                           # id → source
        self.inf_paths = {}                          # (name, environment) → path of its INF in the driver store

    def examine(self):
        """Every problem, as text."""
        self.examine_files()
        self.examine_drivers()
        self.examine_packages()
        self.examine_origins()
        return self.problems

    def expect(self, good, problem):
        if not good:
            self.problems.append(problem)

    def expect_names(self, directory, wanted):
        found = names_in(directory)
        self.expect(found == wanted, f"{directory}: orphaned {sorted(found - wanted)}, missing {sorted(wanted - found)}")

    def examine_files(self):
        """driver_files and the share hold what the database says, and nothing else."""
        contents = self.state / "driver_files"
        shown = {}
        used = set()
        for environment, version, name, content, size in self.database.rows("driver_file", "environment, version, name, content, size"):
            self.files[environment, version, name.upper()] = content
            place = self.share / DIRECTORIES[environment] / str(version)
            shown.setdefault(place, set()).add(name)
            used.add(content)
            for path in (contents / content, place / name):
                good = path.is_file() and path.stat().st_size == size and package_client.digest(path) == content
                self.expect(good, f"{path} is not the file of {size} bytes that the database names")
        self.expect_names(contents, used)
        places = {path for path in self.share.glob("*/*") if re.fullmatch("[0-9]", path.name)}
        for place in places | set(shown):
            self.expect_names(place, shown.get(place, set()))

    def examine_drivers(self):
        """Every driver has all its files, every file a driver."""
        columns = "name, environment, version, driver_path, data_file, config_file, help_file, dependent_files, inf_path"
        named = set()
        for name, environment, version, *files, dependent, inf_path in self.database.rows("driver", columns, "in_box=0"):
            own = {file for file in [*files, *dependent.split("\n")] if file}
            keys = {file: (environment, version, file.upper()) for file in own}
            for file, key in keys.items():
                self.expect(key in self.files, f"driver {name} for {environment} has lost {file}")
            named |= set(keys.values())
            self.drivers[name, environment] = {file: self.files.get(key) for file, key in keys.items()}
            self.inf_paths[name, environment] = inf_path
        self.expect(set(self.files) <= named, f"files of no driver: {sorted(set(self.files) - named)}")

    def examine_packages(self):
        """Every package has all its files and the same in one cabinet for each of its environments; nothing is left of others."""
        root = self.state / "driver_packages"
        ids = {row[0] for row in self.database.rows("driver_package", "id")}
        self.expect_names(root, ids | {".staging"})
        self.expect_names(root / ".staging", set())
        for directory in DIRECTORIES.values():
            self.expect_names(self.share / directory / "PCC", {f"{package}.cab" for package in ids})
        for package in ids:
            found = package_client.tree(root / package)
            origin = [source for source, files in self.sources.items() if files == found]
            self.expect(len(origin) == 1, f"package {package} is no copy of any that was uploaded: {sorted(found)}")
            self.packages[package] = origin[0] if origin else None
            cabinets = [self.share / directory / "PCC" / f"{package}.cab" for directory in DIRECTORIES.values()]
            if not all(path.is_file() for path in cabinets):
                continue                             # said above
            self.expect(len({package_client.digest(path) for path in cabinets}) == 1, f"cabinets of {package} differ")
            with tempfile.TemporaryDirectory() as unpacked:
                subprocess.run(["cabextract", "-q", "-d", unpacked, str(cabinets[0])], stdout=subprocess.DEVNULL, check=False)
                self.expect(package_client.tree(unpacked) == found, f"the cabinet of {package} holds other files")

    def origin(self, environment):
        """Name of the package that the packages' driver was installed from; "" when it is not installed."""
        source = self.packages.get(package_client.package_of(self.inf_paths.get((package_client.DRIVER, environment), "")))
        return source.name if source is not None else ""

    def examine_origins(self):
        """A driver that was installed from a package has that package's files, and the package is there."""
        for (name, environment), inf_path in self.inf_paths.items():
            if not inf_path:
                continue
            package = package_client.package_of(inf_path)
            files = self.sources.get(self.packages.get(package))
            if files is None:
                self.problems.append(f"driver {name} for {environment} is of package {package}, which is not there")
                continue
            for file, digest in self.drivers[name, environment].items():
                source = files.get(f"{ARCHITECTURES[environment]}/{file}", files.get(file))
                self.expect(source == digest, f"{file} of driver {name} for {environment} is not that of package {package}")
