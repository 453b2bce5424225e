# Unit tests: tests/unit/<directory>/… become the executable test_<directory>; every test case is a CTest test with label "unit".
enable_testing()
include(GoogleTest)

function(wsp_unit_tests name)
    cmake_parse_arguments(ARG "" "" "LINK;SOURCES" ${ARGN})
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/unit/${name}/*.cpp ${ARG_SOURCES})
    if(sources)
        add_executable(test_${name} ${sources})
        target_link_libraries(test_${name} PRIVATE ${ARG_LINK} GTest::gtest GTest::gmock GTest::gtest_main)
        add_test(NAME unit.${name} COMMAND test_${name} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
        set_tests_properties(unit.${name} PROPERTIES LABELS unit TIMEOUT 600)
    endif()
endfunction()

wsp_unit_tests(base LINK base)
wsp_unit_tests(ndr LINK ndr wire_winspool wire_epm wire_mgmt)
# A server on loop-back with a toy interface, for unit tests and for the programs below that outside clients talk to.
wsp_library(rpc_test_support GLOBS tests/support/rpc_loopback.cpp tests/support/toy_service.cpp LINK dcerpc)
wsp_unit_tests(dcerpc LINK dcerpc rpc_test_support)
wsp_unit_tests(spooler LINK spooler storage)
wsp_unit_tests(storage LINK storage)
wsp_unit_tests(server LINK server_lib)
