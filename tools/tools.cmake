# Command line tools: one directory, one executable. A directory appears here once it has a main.cpp.
foreach(tool IN ITEMS winspoolctl probe replay bench)
    if(EXISTS ${CMAKE_SOURCE_DIR}/tools/${tool}/main.cpp)
        file(GLOB tool_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tools/${tool}/*.cpp)
        add_executable(${tool} ${tool_sources})
        target_link_libraries(${tool} PRIVATE server_lib)
    endif()
endforeach()
