# How a room, a test and the extension module are declared.
#
#   reshake_room(NAME tls
#                SOURCES endpoint.cc context.cc
#                USES base models
#                PRIVATE_USES deps::openssl)
#
#     In sim/tls/CMakeLists.txt: the static library `reshake_tls`, also named `reshake::tls`. Headers are not listed; they are
#     included from the repository root ("sim/tls/endpoint.h"). USES is what the public headers need, PRIVATE_USES what only
#     the sources need: third-party libraries always belong there. A link that cmake/Layers.cmake does not allow is an error.
#     Without SOURCES the room is header-only.
#
#   reshake_test(NAME endpoint
#                SOURCES endpoint_test.cc
#                USES tls history)
#
#     In tests/<room>/CMakeLists.txt, which tests/CMakeLists.txt finds by itself: the GoogleTest program `test_endpoint`, every
#     TEST of it known to ctest as `endpoint.Suite.Name`, run from the repository root. A test may use any room and any
#     library: an oracle asks the real one. Seldom needed: PROPERTIES, passed on to set_tests_properties.
#
#   reshake_module(SOURCES core.cc values.cc
#                  USES world history models)
#
#     In bindings/CMakeLists.txt: the Python extension module `reshake._core`. pybind11 comes with it.

include_guard(GLOBAL)

set(RESHAKE_ROOMS "" CACHE STRING "Build only these rooms and their tests; empty means all")
option(RESHAKE_PYTHON "Build the Python extension module" OFF)
option(RESHAKE_TESTS "Build the C++ tests" OFF)
option(RESHAKE_BENCHMARKS "Build the program that `make bench` measures" OFF)
option(RESHAKE_WERROR "Treat compiler warnings in our own sources as errors" OFF)
option(RESHAKE_SANITIZE "Build our own sources with AddressSanitizer and UndefinedBehaviorSanitizer" OFF)
option(RESHAKE_LTO "Optimise our own sources across files too (no gain was measured; the libraries are what costs)" OFF)

set(reshake_layers "")

macro(reshake_layer name)
    list(APPEND reshake_layers ${name})
    set(reshake_may_use_${name} ${ARGN})
endmacro()

include(${CMAKE_CURRENT_LIST_DIR}/Layers.cmake)

# What every source of ours is compiled with.
add_library(reshake_options INTERFACE)
target_include_directories(reshake_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_features(reshake_options INTERFACE cxx_std_20)
target_compile_options(reshake_options INTERFACE
    -Wall -Wextra -Wconversion -Wshadow
    $<$<BOOL:${RESHAKE_WERROR}>:-Werror>
    -fvisibility=hidden -fvisibility-inlines-hidden
    # A fused multiply-add rounds differently from a multiply and an add: results would depend on the processor.
    -ffp-contract=off)
if(RESHAKE_SANITIZE)
    target_compile_options(reshake_options INTERFACE
        -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(reshake_options INTERFACE -fsanitize=address,undefined)
endif()
if(RESHAKE_LTO)
    include(CheckIPOSupported)
    check_ipo_supported(LANGUAGES CXX)
endif()

# Links `target` to rooms (`tls`) and libraries (`deps::openssl`).
function(reshake_link target visibility)
    foreach(used IN LISTS ARGN)
        if(used MATCHES "^deps::")
            reshake_need(${used})
            target_link_libraries(${target} ${visibility} ${used})
        elseif(NOT used IN_LIST reshake_layers)
            message(FATAL_ERROR "${target} uses ${used}, which is no room; cmake/Layers.cmake lists them")
        elseif(NOT TARGET reshake_${used})
            message(FATAL_ERROR "${target} uses the room ${used}, which is not part of this build")
        else()
            target_link_libraries(${target} ${visibility} reshake_${used})
        endif()
    endforeach()
endfunction()

function(reshake_check_layers name)
    if(NOT name IN_LIST reshake_layers)
        message(FATAL_ERROR "${name} is no room; cmake/Layers.cmake lists them")
    endif()
    foreach(used IN LISTS ARGN)
        if(NOT used IN_LIST reshake_may_use_${name})
            message(FATAL_ERROR "The layer rule: ${name} may not use ${used} (cmake/Layers.cmake)")
        endif()
    endforeach()
endfunction()

function(reshake_room)
    cmake_parse_arguments(PARSE_ARGV 0 room "" "NAME" "SOURCES;USES;PRIVATE_USES")
    if(DEFINED room_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "reshake_room(${room_NAME}): unknown arguments ${room_UNPARSED_ARGUMENTS}")
    endif()
    reshake_check_layers(${room_NAME} ${room_USES} ${room_PRIVATE_USES})
    set(target reshake_${room_NAME})
    if(room_SOURCES)
        add_library(${target} STATIC ${room_SOURCES})
        set(public PUBLIC)
        set(private PRIVATE)
        set_target_properties(${target} PROPERTIES
            CXX_EXTENSIONS OFF
            POSITION_INDEPENDENT_CODE ON
            INTERPROCEDURAL_OPTIMIZATION ${RESHAKE_LTO})
    else()
        add_library(${target} INTERFACE)
        set(public INTERFACE)
        set(private INTERFACE)
    endif()
    add_library(reshake::${room_NAME} ALIAS ${target})
    target_link_libraries(${target} ${public} reshake_options)
    reshake_link(${target} ${public} ${room_USES})
    reshake_link(${target} ${private} ${room_PRIVATE_USES})
endfunction()

function(reshake_test)
    cmake_parse_arguments(PARSE_ARGV 0 test "" "NAME" "SOURCES;USES;PROPERTIES")
    if(DEFINED test_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "reshake_test(${test_NAME}): unknown arguments ${test_UNPARSED_ARGUMENTS}")
    endif()
    # With RESHAKE_ROOMS set, the tests of absent rooms are absent too.
    foreach(used IN LISTS test_USES)
        if(RESHAKE_ROOMS AND used IN_LIST reshake_layers AND NOT TARGET reshake_${used})
            return()
        endif()
    endforeach()
    set(target test_${test_NAME})
    add_executable(${target} ${test_SOURCES})
    set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF)
    reshake_link(${target} PRIVATE ${test_USES})
    target_link_libraries(${target} PRIVATE reshake_options GTest::gtest_main)
    # Tests are listed when ctest runs: listing them after each link would run every program during the build as well.
    gtest_discover_tests(${target}
        TEST_PREFIX "${test_NAME}."
        WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
        DISCOVERY_MODE PRE_TEST
        DISCOVERY_TIMEOUT 60
        PROPERTIES TIMEOUT 900 ${test_PROPERTIES})
endfunction()

function(reshake_module)
    cmake_parse_arguments(PARSE_ARGV 0 module "" "" "SOURCES;USES")
    if(DEFINED module_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "reshake_module: unknown arguments ${module_UNPARSED_ARGUMENTS}")
    endif()
    reshake_check_layers(bindings ${module_USES})
    pybind11_add_module(_core MODULE NO_EXTRAS ${module_SOURCES})
    set_target_properties(_core PROPERTIES
        CXX_EXTENSIONS OFF
        INTERPROCEDURAL_OPTIMIZATION ${RESHAKE_LTO})
    reshake_link(_core PRIVATE ${module_USES})
    target_link_libraries(_core PRIVATE reshake_options)
    # Not linked: Python starts processes that simulate with it, if it is there.
    find_library(RESHAKE_ALLOCATOR libjemalloc.so.2)
    target_compile_definitions(_core PRIVATE
        RESHAKE_ALLOCATOR="$<$<BOOL:${RESHAKE_ALLOCATOR}>:${RESHAKE_ALLOCATOR}>")
    # The interpreter brings an OpenSSL of its own. Ours must neither answer its calls nor call it, so nothing but the entry
    # point is visible outside, and every call inside the module is bound at link time.
    set(map ${PROJECT_SOURCE_DIR}/cmake/module.map)
    target_link_options(_core PRIVATE LINKER:--version-script=${map} LINKER:-z,nodelete)
    set_target_properties(_core PROPERTIES LINK_DEPENDS ${map})
    # Symbols of the interpreter are only known when it loads the module, so only that shows whether one is missing.
    add_custom_command(TARGET _core POST_BUILD VERBATIM
        COMMAND ${CMAKE_COMMAND} -E env PYTHONPATH=$<TARGET_FILE_DIR:_core> LD_BIND_NOW=1
            $<TARGET_FILE:Python::Interpreter> -c "import _core"
        COMMENT "Loading the extension module")
    install(TARGETS _core LIBRARY DESTINATION reshake COMPONENT reshake)
    # `reshake doctor` tells from these which builds are inside.
    get_property(dependencies GLOBAL PROPERTY reshake_dependencies)
    foreach(dependency IN LISTS dependencies)
        install(FILES ${reshake_${dependency}_dir}/manifest
            DESTINATION reshake/_dependencies RENAME ${dependency}.txt COMPONENT reshake)
    endforeach()
endfunction()
