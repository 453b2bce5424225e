# End-to-end: daemon, devices and clients of our own. Label e2e: these run under the sanitizers too.
add_test(NAME e2e.daemon COMMAND /usr/bin/python3 ${CMAKE_SOURCE_DIR}/tests/e2e/daemon_test.py)
set_tests_properties(e2e.daemon PROPERTIES LABELS e2e TIMEOUT 600 ENVIRONMENT WINSPOOLD_BUILD=${CMAKE_BINARY_DIR})
add_test(NAME e2e.win32print COMMAND /usr/bin/python3 ${CMAKE_SOURCE_DIR}/tests/e2e/win32print_test.py)
set_tests_properties(e2e.win32print PROPERTIES LABELS e2e TIMEOUT 600 ENVIRONMENT WINSPOOLD_BUILD=${CMAKE_BINARY_DIR})
