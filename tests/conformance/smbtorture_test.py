#!/usr/bin/python3
"""smbtorture against this server: every applicable test under every binding option, compared with smbtorture.expected.

A line of that file is `RESULT OPTIONS TEST  # reason`; OPTIONS is * or a list of binding option sets separated by semicolons, TEST a
full name in which * stands for anything. RESULT is pass, fail (a test that ends smbtorture without a report fails, too), skips (the
test runs and skips itself) or skip (not run); all but pass need a reason. A test that does otherwise than listed fails here, in both
directions, and so does a test of the groups that no line names.

usage: smbtorture_test.py [--sign | --seal] [PART_OF_A_TEST_NAME...]
"""
import fnmatch
import pathlib
import re
import subprocess
import sys
import tempfile

import harness

OPTION_SETS = ["seal", "seal,ndr64", "seal,bigendian", "sign", "sign,ndr64", "sign,bigendian"]
GROUPS = ["rpc.iremotewinspool", "rpc.epmapper", "rpc.mgmt", "rpc.bind.assoc_group_handles_external", "rpc.spoolss.win",
          "rpc.spoolss.printserver", "rpc.spoolss.printer"]
LINE = re.compile(r"^(success|failure|error|skip): ([\w.-]+)(?: \[)?$")


def expectations():
    rows = []
    path = pathlib.Path(__file__).with_name("smbtorture.expected")
    for number, text in enumerate(path.read_text().splitlines(), 1):
        body, _, reason = text.partition("#")
        words = body.split()
        if not words:
            continue
        if len(words) != 3 or words[0] not in ("pass", "fail", "skips", "skip"):
            sys.exit(f"{path.name}:{number}: expected RESULT OPTIONS TEST")
        if words[0] != "pass" and not reason.strip():
            sys.exit(f"{path.name}:{number}: {words[0]} needs a reason")
        rows.append((words[0], words[1].split(";"), words[2]))
    return rows


def expected_result(rows, options, test):
    """The last matching row decides; None when no row names the test."""
    result = None
    for wanted, option_list, pattern in rows:
        if fnmatch.fnmatchcase(test, pattern) and ("*" in option_list or options in option_list):
            result = wanted
    return result


# Groups that are one test without a suite: smbtorture lists them with a name that it does not run or report.
SINGLE = {"rpc.mgmt": "rpc.mgmt.mgmt",
          "rpc.bind.assoc_group_handles_external": "rpc.bind.assoc_group_handles_external.assoc_group_handles_external"}
# Tests of these groups run one by one, each with its own set-up: a failing one must not spoil those behind it.
ONE_BY_ONE = ("rpc.spoolss.printer",)


def list_tests():
    output = subprocess.run(["smbtorture", "--list", *GROUPS], capture_output=True, text=True).stdout
    listed = [line for line in output.split() if any(line == g or line.startswith(g + ".") for g in GROUPS)]
    return [next((group for group, name in SINGLE.items() if name == line), line) for line in listed]


def run_group(group, tests, options):
    if group in ONE_BY_ONE and len(tests) > 1:
        found, status, output = {}, 0, ""
        for test in tests:
            one, status, output = run_group(group, [test], options)
            found.update(one)
        return found, status, output
    with tempfile.NamedTemporaryFile("w", suffix=".list") as names:
        names.write("\n".join(tests) + "\n")
        names.flush()
        chosen = [] if group in SINGLE else ["--load-list", names.name]
        status, output = harness.run(["smbtorture", "-s", "/dev/null", "--target=other", "--fullname", "--format=subunit", *chosen,
                                      f"ncacn_ip_tcp:127.0.0.1[{options}]", "-U" + harness.CREDENTIALS, group], timeout=240)
    found = {}
    lines = output.splitlines()
    for index, line in enumerate(lines):
        match = LINE.match(line.strip())
        if match:
            kind = {"success": "pass", "skip": "skips"}.get(match.group(1), "fail")
            found[match.group(2)] = (kind, " ".join(lines[index + 1:index + 4]) if kind == "fail" else "")
    return found, status, output


def compare_group(results, rows, options, group, tests):
    chosen = [test for test in tests if expected_result(rows, options, test) != "skip"]
    if not chosen:
        return
    found, status, output = run_group(group, chosen, options)
    for test in chosen:
        wanted = expected_result(rows, options, test)
        kind, detail = found.get(test, ("unreported", f"exit status {status}; " + output[-300:]))
        good = wanted == kind or (wanted == "fail" and kind == "unreported")
        results.record(f"[{options}] {test} {kind}", good, f"listed as {wanted}; {detail}")


def main():
    harness.enter_namespace()
    harness.require("smbtorture")
    results = harness.Results()
    rows = expectations()
    only = [word for word in sys.argv[1:] if not word.startswith("--")]
    levels = [word[2:] for word in sys.argv[1:] if word.startswith("--")] or ["seal", "sign"]
    tests = [test for test in list_tests() if not only or any(part in test for part in only)]
    # Each option set has a server of its own, because a test that fails may leave forms or printers behind. Both interfaces are served
    # at privacy by default; the integrity level has to be asked for.
    for options in [options for options in OPTION_SETS if options.split(",")[0] in levels]:
        with harness.server(WINSPOOLD_TEST_LEVEL="integrity" if "sign" in options else "privacy"):
            for group in GROUPS:
                compare_group(results, rows, options, group, [t for t in tests if t == group or t.startswith(group + ".")])
    results.finish()


if __name__ == "__main__":
    main()
