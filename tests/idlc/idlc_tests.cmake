# Tests of the IDL compiler: golden texts and messages (test_idlc), and the generated round trips of every service (test_wire).

enable_testing()
# Everything idlc supports in one small service, compiled and run like the real ones.
winspool_generate(sample CODEC_FILES 2 IDL sample.idl OPS sample.ops DIRECTORY ${CMAKE_SOURCE_DIR}/tests/idlc/golden)
set(sources "")
foreach(service IN ITEMS winspool epm mgmt sample)
    list(APPEND sources ${WIRE_${service}_TESTS})
endforeach()
add_executable(test_wire ${sources} ${CMAKE_SOURCE_DIR}/tests/idlc/round_trip.cpp ${CMAKE_SOURCE_DIR}/tests/idlc/fuzz_smoke_test.cpp)
set_source_files_properties(${sources} PROPERTIES GENERATED TRUE)
target_link_libraries(test_wire PRIVATE wire_winspool wire_epm wire_mgmt wire_sample GTest::gtest GTest::gtest_main)
add_test(NAME unit.wire COMMAND test_wire WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})

# Dispatch needs dcerpc::Call, so this one is apart from the light ones above.
add_executable(test_dispatch ${CMAKE_SOURCE_DIR}/tests/idlc/dispatch_test.cpp)
target_link_libraries(test_dispatch PRIVATE dcerpc wire_sample dcerpc test_support GTest::gtest_main)
add_test(NAME unit.dispatch COMMAND test_dispatch WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})

add_executable(test_idlc ${CMAKE_SOURCE_DIR}/tests/idlc/golden_test.cpp)
target_link_libraries(test_idlc PRIVATE idlc_lib GTest::gtest)
add_test(NAME unit.idlc COMMAND test_idlc WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
set_tests_properties(unit.wire unit.dispatch unit.idlc PROPERTIES LABELS unit TIMEOUT 600)
