#!/bin/sh
# Runs one libFuzzer program from its committed corpus. usage: run.sh PROGRAM CORPUS WORK_DIRECTORY SECONDS [libFuzzer option...]
# New inputs and artifacts stay in WORK_DIRECTORY; the exit status says whether there was a finding. WSP_FUZZ_SECONDS wins over SECONDS.
set -eu
program=$1 corpus=$2 work=$3 seconds=${WSP_FUZZ_SECONDS:-$4}
shift 4
export UBSAN_OPTIONS="${UBSAN_OPTIONS:-print_stacktrace=1:halt_on_error=1}"
mkdir -p "$work/found" "$work/artifacts"
exec "$program" "$work/found" "$corpus" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 -artifact_prefix="$work/artifacts/" "$@"
