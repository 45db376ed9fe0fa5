# Everything here comes from Debian 12, but for SQLite
# (docs/decisions/0001-sqlite-from-the-amalgamation.md), which `./dev setup` puts into .deps/sqlite.
find_package(Threads REQUIRED)
find_package(Python3 REQUIRED COMPONENTS Interpreter)
find_package(OpenSSL REQUIRED)
find_package(ZLIB REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS system url json)
find_package(simdjson REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(prometheus-cpp CONFIG REQUIRED)
find_package(CLI11 REQUIRED)
find_package(CURL REQUIRED)
find_package(EXPAT REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(zstd REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(tomlplusplus REQUIRED IMPORTED_TARGET tomlplusplus)

set(SCOREKEEPER_SQLITE_DIR ${PROJECT_SOURCE_DIR}/.deps/sqlite)
if(NOT EXISTS ${SCOREKEEPER_SQLITE_DIR}/sqlite3.c)
  message(FATAL_ERROR "SQLite is missing from .deps/sqlite: run ./dev setup")
endif()
add_library(sqlite STATIC ${SCOREKEEPER_SQLITE_DIR}/sqlite3.c)
target_include_directories(sqlite SYSTEM PUBLIC ${SCOREKEEPER_SQLITE_DIR})
if(SCOREKEEPER_SANITIZE)
  target_compile_options(sqlite PRIVATE -w -O1)  # clang takes minutes for it at -O2
else()
  target_compile_options(sqlite PRIVATE -w -O2)
endif()
target_compile_definitions(sqlite PRIVATE
  SQLITE_THREADSAFE=2 SQLITE_DQS=0 SQLITE_DEFAULT_MEMSTATUS=0 SQLITE_OMIT_DEPRECATED
  SQLITE_OMIT_LOAD_EXTENSION SQLITE_OMIT_SHARED_CACHE SQLITE_LIKE_DOESNT_MATCH_BLOBS
  HAVE_FDATASYNC=1  # right on Linux; without it each commit calls fsync
  SQLITE_USE_ALLOCA SQLITE_MAX_MMAP_SIZE=0x10000000000 SQLITE_MAX_VARIABLE_NUMBER=32766)
if(SCOREKEEPER_SANITIZE STREQUAL "thread")
  target_compile_options(sqlite PRIVATE
    -fsanitize-ignorelist=${PROJECT_SOURCE_DIR}/cmake/tsan_ignorelist.txt)
endif()
target_link_libraries(sqlite PUBLIC Threads::Threads ${CMAKE_DL_LIBS})

if(SCOREKEEPER_TESTS)
  find_package(GTest REQUIRED)
  find_library(RAPIDCHECK_LIBRARY rapidcheck REQUIRED)
endif()
if(SCOREKEEPER_BENCHMARKS)
  find_package(benchmark REQUIRED)
endif()
