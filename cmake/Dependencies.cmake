# The third-party libraries, as targets: deps::openssl, deps::ngtcp2, deps::ns3 (pinned, static, from the cache that
# `make setup` fills). Each is looked for when the first room asks for it. pybind11 comes with reshake_module().

include_guard(GLOBAL)

set(RESHAKE_DEPS "$ENV{RESHAKE_DEPS}" CACHE STRING
    "Directories of the native libraries, <name>-<version>-<key> each; empty means those cmake/build-dependencies names")

# Sets reshake_<name>_dir to where the library is.
function(reshake_find_dependency name)
    if(RESHAKE_DEPS)
        set(directory "${name}, which RESHAKE_DEPS does not name")
        foreach(candidate IN LISTS RESHAKE_DEPS)
            get_filename_component(leaf "${candidate}" NAME)
            if(leaf MATCHES "^${name}-")
                set(directory "${candidate}")
            endif()
        endforeach()
    else()
        execute_process(COMMAND ${PROJECT_SOURCE_DIR}/cmake/build-dependencies paths
            OUTPUT_VARIABLE paths COMMAND_ERROR_IS_FATAL ANY)
        string(REGEX MATCH "(^|\n)${name}=([^\n]*)" line "${paths}")
        set(directory "${CMAKE_MATCH_2}")
    endif()
    if(NOT EXISTS "${directory}/manifest")
        message(FATAL_ERROR "The native libraries are not there: run `make setup` first. Missing: ${directory}")
    endif()
    set(reshake_${name}_dir "${directory}" CACHE INTERNAL "")
    set_property(GLOBAL APPEND PROPERTY reshake_dependencies ${name})
endfunction()

# Makes the target of a library, once.
function(reshake_need target)
    if(TARGET ${target})
        return()
    endif()
    if(target STREQUAL "deps::openssl")
        reshake_find_dependency(openssl)
        set(dir ${reshake_openssl_dir})
        add_library(deps::openssl INTERFACE IMPORTED GLOBAL)
        target_include_directories(deps::openssl INTERFACE ${dir}/include)
        target_link_libraries(deps::openssl INTERFACE
            ${dir}/lib/libssl.a ${dir}/lib/libcrypto.a z brotlienc brotlidec dl pthread)
        # OpenSSL asks libc for the time; sim/tls answers instead. Its object must be in the link before libcrypto asks for it.
        target_link_options(deps::openssl INTERFACE
            LINKER:--wrap=time LINKER:--wrap=gettimeofday LINKER:--wrap=clock_gettime LINKER:--undefined=__wrap_time)
    elseif(target STREQUAL "deps::ngtcp2")
        reshake_find_dependency(ngtcp2)
        reshake_need(deps::openssl)
        set(dir ${reshake_ngtcp2_dir})
        add_library(deps::ngtcp2 INTERFACE IMPORTED GLOBAL)
        target_include_directories(deps::ngtcp2 INTERFACE ${dir}/include)
        target_compile_definitions(deps::ngtcp2 INTERFACE NGTCP2_STATICLIB)
        target_link_libraries(deps::ngtcp2 INTERFACE
            ${dir}/lib/libngtcp2_crypto_ossl.a ${dir}/lib/libngtcp2.a deps::openssl)
    elseif(target STREQUAL "deps::ns3")
        reshake_find_dependency(ns3)
        set(dir ${reshake_ns3_dir})
        add_library(deps::ns3 INTERFACE IMPORTED GLOBAL)
        target_include_directories(deps::ns3 INTERFACE ${dir}/include)
        target_compile_definitions(deps::ns3 INTERFACE NS3_BUILD_PROFILE_RELEASE)
        # Whether it was built with RESHAKE_RADIO=1.
        set(radio FALSE)
        if(EXISTS ${dir}/include/ns3/lte-helper.h)
            set(radio TRUE)
        endif()
        set(RESHAKE_RADIO ${radio} CACHE INTERNAL "")
        # Whole, because ns-3 registers its types in static constructors nobody refers to.
        target_link_libraries(deps::ns3 INTERFACE "$<LINK_LIBRARY:WHOLE_ARCHIVE,${dir}/lib/libns3.a>" pthread)
    else()
        message(FATAL_ERROR "${target} is no library; cmake/Dependencies.cmake lists them")
    endif()
endfunction()
