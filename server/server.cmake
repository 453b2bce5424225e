# The schema is compiled in, so that --check-config needs no file beside the program.
file(READ ${CMAKE_SOURCE_DIR}/server/config_schema.json config_schema_text)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/server/config_schema.json)
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/gen/server/config_schema.inc CONTENT "R\"schema(${config_schema_text})schema\"\n" @ONLY)
