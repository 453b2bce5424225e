# Outside clients, whole documents and kills against a running daemon. Each test makes a network namespace of its own, so they run in
# parallel; a missing client is a failure.
function(wsp_program_test name label timeout script)
    add_test(NAME ${label}.${name} COMMAND /usr/bin/python3 ${CMAKE_SOURCE_DIR}/tests/${label}/${script} ${ARGN})
    set_tests_properties(${label}.${name} PROPERTIES LABELS ${label} TIMEOUT ${timeout} ENVIRONMENT WINSPOOLD_BUILD=${CMAKE_BINARY_DIR})
endfunction()

wsp_program_test(smbtorture_seal conformance 600 smbtorture_test.py --seal)
wsp_program_test(smbtorture_sign conformance 600 smbtorture_test.py --sign)
wsp_program_test(rpcclient conformance 300 rpcclient_test.py)
wsp_program_test(impacket conformance 300 impacket_test.py)
wsp_program_test(drivers conformance 300 driver_test.py)
wsp_program_test(print conformance 600 print_test.py)
wsp_program_test(jobs conformance 600 jobs_test.py)
wsp_program_test(levels conformance 300 levels_test.py)
wsp_program_test(packages conformance 600 packages_test.py)
wsp_program_test(print_share conformance 300 print_share_test.py)
wsp_program_test(tshark conformance 300 tshark_test.py)
wsp_program_test(crash crash 1200 crash_test.py 200)
wsp_program_test(effects crash 300 effects_test.py)

# Clients of our own and devices only: end-to-end tests as well, so that they run under the sanitizers too.
set_tests_properties(conformance.print conformance.jobs PROPERTIES LABELS "conformance;e2e")
