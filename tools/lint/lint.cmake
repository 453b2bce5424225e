# The checks of tools/lint as CTest tests (label "lint") and as the target `lint`. Included by the top CMakeLists.txt.
set(wsp_lint_dir ${CMAKE_SOURCE_DIR}/tools/lint)
set(wsp_lint_commands)

foreach(check IN ITEMS includes awaits sizes)
    add_test(NAME lint.${check} COMMAND ${Python3_EXECUTABLE} -B ${wsp_lint_dir}/${check}.py ${CMAKE_SOURCE_DIR})
    set_tests_properties(lint.${check} PROPERTIES LABELS "lint;unit" TIMEOUT 120)
    list(APPEND wsp_lint_commands COMMAND ${Python3_EXECUTABLE} -B ${wsp_lint_dir}/${check}.py ${CMAKE_SOURCE_DIR})
endforeach()

# Generated coroutines obey the same await rules. The directory exists once something has been built.
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/gen)
add_test(NAME lint.awaits_generated COMMAND ${Python3_EXECUTABLE} -B ${wsp_lint_dir}/awaits.py ${CMAKE_BINARY_DIR}/gen)
set_tests_properties(lint.awaits_generated PROPERTIES LABELS "lint;unit" TIMEOUT 120)

add_test(NAME lint.self_test COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_SOURCE_DIR}/tests/scripts/lint_test.py)
set_tests_properties(lint.self_test PROPERTIES LABELS "lint;unit" TIMEOUT 120)

add_custom_target(lint ${wsp_lint_commands} USES_TERMINAL VERBATIM)

# The README's status table says what the code says.
add_test(NAME lint.status_table COMMAND ${Python3_EXECUTABLE} -B ${wsp_lint_dir}/status.py ${CMAKE_SOURCE_DIR} $<TARGET_FILE:idlc> --check)
set_tests_properties(lint.status_table PROPERTIES LABELS "lint;unit" TIMEOUT 120)
