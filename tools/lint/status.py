#!/usr/bin/env python3
"""The README's status table, made from the code: which operations of both interfaces have a body, which still answer
ERROR_NOT_SUPPORTED from the generated base.

usage: status.py ROOT IDLC            print the table
       status.py ROOT IDLC --check    compare it with README.md between its markers; exit status 1 when it differs
       status.py ROOT IDLC --write    put it there
"""
import pathlib
import re
import subprocess
import sys

BEGIN, END = "<!-- status: begin -->", "<!-- status: end -->"


def snake(name):
    """GetPrinterDataEx → get_printer_data_ex, as the generated service.h spells its members."""
    text = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name)
    return re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", text).lower()


def operations(root, idlc):
    """(name, MS-PAR opnum or None, MS-RPRN opnum or None) of every operation, as the IDL compiler resolves them."""
    output = subprocess.run([idlc, "--service", "winspool", "--ops", str(root / "idl/winspool.ops"), "--status", str(root / "idl/ms-rprn.idl"),
                             str(root / "idl/ms-par.idl")], check=True, capture_output=True, text=True).stdout
    for line in output.splitlines():
        name, *numbers = line.split()
        found = dict(number.split("=") for number in numbers if "=" in number)
        yield name, *(int(found[key]) if found.get(key, "-").isdigit() else None for key in ("par", "rprn"))


def overridden(root):
    return set(re.findall(r"\bOutcome\s+(\w+)\s*\([^;]*\boverride;", (root / "server/winspool/service.h").read_text()))


def table(root, idlc):
    bodies = overridden(root)
    rows, done, total = [], [0, 0], [0, 0]
    for name, par, rprn in operations(root, idlc):
        served = snake(name) in bodies
        for index, opnum in enumerate((par, rprn)):
            total[index] += opnum is not None
            done[index] += opnum is not None and served
        rows.append((999 if par is None else par, 999 if rprn is None else rprn, name, served))
    lines = [f"Served: **{done[0]} of {total[0]}** operations of IRemoteWinspool (MS-PAR) and **{done[1]} of {total[1]}** of winspool "
             "(MS-RPRN, without the four that clients serve). The others answer `ERROR_NOT_SUPPORTED`.", "",
             "| MS-PAR | MS-RPRN | Operation | |", "|---|---|---|---|"]
    for par, rprn, name, served in sorted(rows):
        lines.append(f"| {par if par != 999 else ''} | {rprn if rprn != 999 else ''} | {name} | {'served' if served else 'not yet'} |")
    return "\n".join(lines)


def main():
    root = pathlib.Path(sys.argv[1])
    text = table(root, sys.argv[2])
    if len(sys.argv) < 4:
        print(text)
        return 0
    readme = root / "README.md"
    content = readme.read_text()
    before, rest = content.split(BEGIN)
    old, after = rest.split(END)
    if sys.argv[3] == "--write":
        readme.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}")
        return 0
    if old.strip() != text.strip():
        print("README.md:1: the status table is not what the code says; run tools/lint/status.py . build/check/idlc --write")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
