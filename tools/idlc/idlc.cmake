# The IDL compiler and what it makes: executable idlc, and one static library wire_<service> per service with its generated code in
# <build>/gen/wire/<service>/. Included by the top CMakeLists.txt.

file(GLOB IDLC_SOURCES CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tools/idlc/*.cpp)
list(FILTER IDLC_SOURCES EXCLUDE REGEX "/main\\.cpp$")
add_library(idlc_lib STATIC ${IDLC_SOURCES})
target_link_libraries(idlc_lib PUBLIC wsp_options)
add_executable(idlc ${CMAKE_SOURCE_DIR}/tools/idlc/main.cpp)
target_link_libraries(idlc PRIVATE idlc_lib)

# winspool_generate(<service> CODEC_FILES <n> IDL <file>... [OPS <file>] [DIRECTORY <directory>])
#   IDL: files in DIRECTORY (default idl/) to compile; what they import is found beside them.
# Makes the targets wire_<service> (library) and generate_<service> (the texts alone), and sets WIRE_<service>_TESTS to the generated
# test sources.
function(winspool_generate service)
    cmake_parse_arguments(ARG "" "CODEC_FILES;OPS;DIRECTORY" "IDL" ${ARGN})
    if(NOT ARG_DIRECTORY)
        set(ARG_DIRECTORY ${CMAKE_SOURCE_DIR}/idl)
    endif()
    set(out ${CMAKE_BINARY_DIR}/gen/wire/${service})
    set(inputs "")
    foreach(file IN LISTS ARG_IDL)
        list(APPEND inputs ${ARG_DIRECTORY}/${file})
    endforeach()
    set(options --service ${service} --codec-files ${ARG_CODEC_FILES} --out ${out})
    if(ARG_OPS)
        list(APPEND options --ops ${ARG_DIRECTORY}/${ARG_OPS})
    endif()
    file(GLOB all_idl CONFIGURE_DEPENDS ${ARG_DIRECTORY}/*.idl ${ARG_DIRECTORY}/*.ops)

    set(sources "")
    foreach(number RANGE 1 ${ARG_CODEC_FILES})
        list(APPEND sources ${out}/codec_${number}.cpp)
    endforeach()
    list(APPEND sources ${out}/operations.cpp ${out}/service.cpp ${out}/dispatch.cpp ${out}/client.cpp)
    set(headers ${out}/types.h ${out}/codec.h ${out}/operations.h ${out}/service.h ${out}/dispatch.h ${out}/client.h)
    set(tests ${out}/roundtrip_test.cpp ${out}/fuzz_ops.cpp ${out}/fuzz_ops.h)

    # idlc leaves unchanged files alone; the stamp tells ninja that it has run all the same.
    add_custom_command(
        OUTPUT ${out}/generated.stamp
        BYPRODUCTS ${sources} ${headers} ${tests}
        COMMAND idlc ${options} ${inputs}
        COMMAND ${CMAKE_COMMAND} -E touch ${out}/generated.stamp
        DEPENDS idlc ${all_idl}
        COMMENT "Generating wire/${service}"
        VERBATIM)
    add_custom_target(generate_${service} DEPENDS ${out}/generated.stamp)
    set_source_files_properties(${sources} ${headers} ${tests} PROPERTIES GENERATED TRUE)

    add_library(wire_${service} STATIC ${sources} ${headers})
    add_dependencies(wire_${service} generate_${service})
    # Dispatch also uses dcerpc::Call; whoever serves an interface links dcerpc anyway.
    target_link_libraries(wire_${service} PUBLIC ndr base)
    set(WIRE_${service}_TESTS ${out}/roundtrip_test.cpp ${out}/fuzz_ops.cpp PARENT_SCOPE)
endfunction()

winspool_generate(winspool CODEC_FILES 6 IDL ms-par.idl ms-rprn.idl OPS winspool.ops)
winspool_generate(epm CODEC_FILES 1 IDL epm.idl)
winspool_generate(mgmt CODEC_FILES 1 IDL mgmt.idl)

include(${CMAKE_SOURCE_DIR}/tests/idlc/idlc_tests.cmake)
