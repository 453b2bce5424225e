# The print client that probe, bench and the end-to-end tests share.
file(GLOB print_client_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tools/print_client/*.cpp)
add_library(print_client STATIC ${print_client_sources})
target_link_libraries(print_client PUBLIC server_lib)

# Command line tools: one directory, one executable. A directory appears here once it has a main.cpp.
foreach(tool IN ITEMS winspoolctl probe replay bench)
    if(EXISTS ${CMAKE_SOURCE_DIR}/tools/${tool}/main.cpp)
        file(GLOB tool_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tools/${tool}/*.cpp)
        add_executable(${tool} ${tool_sources})
        target_link_libraries(${tool} PRIVATE print_client)
    endif()
endforeach()
