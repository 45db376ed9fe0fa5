# Flags for our own code. Third-party targets are SYSTEM and do not get the warnings.
add_library(scorekeeper_flags INTERFACE)
target_compile_options(scorekeeper_flags INTERFACE
  -Wall -Wextra -Wpedantic -Werror -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast
  -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-align -Wformat=2 -Wimplicit-fallthrough
  -Wextra-semi -Wswitch-enum)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_compile_options(scorekeeper_flags INTERFACE -Wthread-safety)
endif()
target_compile_definitions(scorekeeper_flags INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION
  SCOREKEEPER_VERSION="${PROJECT_VERSION}")

# Sanitizers and hardening apply to everything that is compiled here, SQLite included.
if(SCOREKEEPER_SANITIZE)
  add_compile_options(-fsanitize=${SCOREKEEPER_SANITIZE} -fno-omit-frame-pointer -O1)
  add_link_options(-fsanitize=${SCOREKEEPER_SANITIZE})
  if(SCOREKEEPER_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize-recover=undefined)
  endif()
endif()
if(SCOREKEEPER_FUZZERS)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  set(CMAKE_CXX_FLAGS_RELEASE "-O2")
  set(CMAKE_C_FLAGS_RELEASE "-O2")
  add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong)
  add_link_options(-pie -Wl,-z,relro -Wl,-z,now)
endif()

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()
find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()
