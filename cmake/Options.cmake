# Compiler law for every target (docs/architecture.md, "Rules the compiler checks").
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_AUTOMOC ON)
set(CMAKE_AUTORCC ON)
# Smaller than -O3 and, measured on the flood and the lists, no slower.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG" CACHE STRING "" FORCE)

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

add_library(agent_options INTERFACE)
target_compile_definitions(agent_options INTERFACE
    QT_NO_CAST_FROM_ASCII QT_NO_CAST_TO_ASCII QT_NO_CAST_FROM_BYTEARRAY QT_NO_URL_CAST_FROM_STRING
    QT_NO_CONTEXTLESS_CONNECT QT_NO_NARROWING_CONVERSIONS_IN_CONNECT QT_USE_QSTRINGBUILDER
    QT_STRICT_ITERATORS QT_NO_KEYWORDS QT_NO_FOREACH QT_DISABLE_DEPRECATED_UP_TO=0x060800
    AGENT_VERSION="${PROJECT_VERSION}")
if(MSVC)
    target_compile_options(agent_options INTERFACE /W4 /permissive- /Zc:__cplusplus /utf-8)
else()
    # Designated initialisers leave members to their defaults on purpose.
    target_compile_options(agent_options INTERFACE -Wall -Wextra -Wold-style-cast -Wno-missing-field-initializers
                           -Wno-error=deprecated-declarations)
endif()

option(AGENT_WERROR "Treat warnings as errors" OFF)
if(AGENT_WERROR)
    set(CMAKE_COMPILE_WARNING_AS_ERROR ON)
endif()

# GCC's precompiled headers are cached by ccache only with this flag.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(agent_options INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-fpch-preprocess>)
endif()

set(AGENT_SANITIZE "" CACHE STRING "Sanitizers, for example address,undefined")
if(AGENT_SANITIZE)
    add_compile_options(-fsanitize=${AGENT_SANITIZE} -fno-omit-frame-pointer)
    add_link_options(-fsanitize=${AGENT_SANITIZE})
    if(AGENT_SANITIZE MATCHES thread AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        add_compile_options(-Wno-maybe-uninitialized) # GCC loses track of std::variant among the calls it adds
    endif()
    if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
        add_compile_options(-fsanitize-ignorelist=${PROJECT_SOURCE_DIR}/tests/clang-sanitize.ignore)
    endif()
    if(AGENT_SANITIZE MATCHES undefined)
        add_compile_options(-fno-sanitize-recover=undefined)
    endif()
endif()

if(NOT MSVC AND NOT AGENT_SANITIZE)
    target_compile_definitions(agent_options INTERFACE $<$<CONFIG:Release,RelWithDebInfo>:_FORTIFY_SOURCE=3>)
    target_compile_options(agent_options INTERFACE -fstack-protector-strong -ffunction-sections -fdata-sections)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        # Found by the optimiser, and often where there is nothing: said, but no reason to stop.
        target_compile_options(agent_options INTERFACE -Wno-error=maybe-uninitialized -Wno-error=array-bounds
                               -Wno-error=stringop-overflow -Wno-error=dangling-pointer)
    endif()
    if(UNIX AND NOT APPLE)
        add_link_options(-Wl,-z,relro,-z,now -Wl,--as-needed -Wl,--gc-sections)
    endif()
endif()
