# A room is a folder of src/ and a static library agent_<name>. Its door faces down: it may link core and
# the rooms below it, never a room above (tests/architecture checks the #includes).
#
#   agent_room(vault SOURCES vault.cpp vault.h ... LINKS agent_core agent_storage [PRIVATE_LINKS qca-qt6])
function(agent_room name)
    cmake_parse_arguments(ROOM "" "" "SOURCES;LINKS;PRIVATE_LINKS" ${ARGN})
    add_library(agent_${name} STATIC ${ROOM_SOURCES})
    target_include_directories(agent_${name} PUBLIC ${PROJECT_SOURCE_DIR}/src)
    target_link_libraries(agent_${name} PUBLIC agent_options ${ROOM_LINKS} PRIVATE ${ROOM_PRIVATE_LINKS})
    if(NOT name STREQUAL "core")
        target_precompile_headers(agent_${name} REUSE_FROM agent_core)
    endif()
endfunction()

# A Qt Test suite: tst_<name> from <name's sources>, run by CTest under a watchdog.
#
#   agent_test(secretbox SOURCES tst_secretbox.cpp LINKS agent_vault [TIMEOUT 60] [LABELS unit])
function(agent_test name)
    if(AGENT_FUZZ)
        return()
    endif()
    cmake_parse_arguments(TEST "SERIAL" "TIMEOUT" "SOURCES;LINKS;LABELS;ENVIRONMENT" ${ARGN})
    add_executable(tst_${name} ${TEST_SOURCES})
    target_link_libraries(tst_${name} PRIVATE agent_options ${TEST_LINKS} Qt6::Test)
    target_compile_definitions(tst_${name} PRIVATE
        AGENT_BINARY="$<TARGET_FILE:netstacks-agent>" AGENT_CONSOLE="$<TARGET_FILE:netstacks-console>"
        AGENT_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
    target_precompile_headers(tst_${name} REUSE_FROM agent_core)
    # Programs are compiled -fPIE and libraries -fPIC by default; GCC's precompiled header fits one of the two.
    target_compile_options(tst_${name} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fPIC>)
    if(NOT TEST_TIMEOUT)
        set(TEST_TIMEOUT 120)
    endif()
    if(NOT TEST_LABELS)
        set(TEST_LABELS unit)
    endif()
    add_test(NAME ${name} COMMAND tst_${name})
    set_tests_properties(${name} PROPERTIES TIMEOUT ${TEST_TIMEOUT} LABELS "${TEST_LABELS}"
        ENVIRONMENT "QT_LOGGING_RULES=;LC_ALL=C.UTF-8;${TEST_ENVIRONMENT}")
    if(TEST_SERIAL)
        set_tests_properties(${name} PROPERTIES RUN_SERIAL ON)
    endif()
endfunction()

# A suite in Python that drives the built programs over their wire; tests/support/python is on its path.
#
#   agent_python_test(damage damage_test.py TIMEOUT 300)
function(agent_python_test name script)
    if(AGENT_FUZZ)
        return()
    endif()
    cmake_parse_arguments(TEST "" "TIMEOUT" "" ${ARGN})
    add_test(NAME ${name} COMMAND /usr/bin/python3 -B ${CMAKE_CURRENT_SOURCE_DIR}/${script})
    set_tests_properties(${name} PROPERTIES TIMEOUT ${TEST_TIMEOUT} LABELS e2e
        ENVIRONMENT "LC_ALL=C.UTF-8;AGENT_BINARY=$<TARGET_FILE:netstacks-agent>;AGENT_CONSOLE=$<TARGET_FILE:netstacks-console>;PYTHONPATH=${PROJECT_SOURCE_DIR}/tests/support/python")
endfunction()

# A fuzz target: tests/fuzz/<name>/fuzz_<name>.cpp defines LLVMFuzzerTestOneInput, tests/fuzz/<name>/corpus/ holds
# seeds. The fuzz preset (clang) builds it on libFuzzer; every other build makes a test of it that replays the
# seeds and a fixed number of seeded mutations of them.
function(agent_fuzz name)
    cmake_parse_arguments(FUZZ "" "" "LINKS" ${ARGN})
    add_executable(fuzz_${name} fuzz_${name}.cpp)
    target_link_libraries(fuzz_${name} PRIVATE agent_options ${FUZZ_LINKS})
    if(AGENT_FUZZ)
        target_compile_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
        target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
    else()
        target_sources(fuzz_${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests/fuzz/replay.cpp)
        add_test(NAME fuzz_${name} COMMAND fuzz_${name} ${CMAKE_CURRENT_SOURCE_DIR}/corpus)
        set_tests_properties(fuzz_${name} PROPERTIES TIMEOUT 120 LABELS fuzz)
    endif()
endfunction()
