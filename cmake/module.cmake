# One folder = one static library `scorekeeper_<name>`, with the faces of its files told apart by suffix:
# x.cpp in the library, x_test.cpp in the test program `<name>_test` (one ctest),
# x_fuzz.cpp a fuzz target `fuzz_x`, x_bench.cpp in the benchmark program `bench_<name>`.
# DEPS are our own modules (design: who may include whom), LIBS are public third-party libraries,
# PRIVATE_LIBS those that only this folder's .cpp files see.
function(scorekeeper_module name)
  cmake_parse_arguments(M "" "" "DEPS;LIBS;PRIVATE_LIBS;TEST_DEPS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  set(tests ${sources})
  set(fuzzers ${sources})
  set(benchmarks ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  list(FILTER fuzzers INCLUDE REGEX "_fuzz\\.cpp$")
  list(FILTER benchmarks INCLUDE REGEX "_bench\\.cpp$")
  list(FILTER sources EXCLUDE REGEX "(_test|_fuzz|_bench|/main)\\.cpp$")
  list(TRANSFORM M_DEPS PREPEND scorekeeper_)
  list(TRANSFORM M_TEST_DEPS PREPEND scorekeeper_)

  if(sources)
    add_library(scorekeeper_${name} STATIC ${sources})
    target_include_directories(scorekeeper_${name} PUBLIC ${PROJECT_SOURCE_DIR}/src)
    target_link_libraries(scorekeeper_${name}
      PUBLIC ${M_DEPS} ${M_LIBS}
      PRIVATE scorekeeper_flags ${M_PRIVATE_LIBS})
  else()  # a folder of headers only
    add_library(scorekeeper_${name} INTERFACE)
    target_include_directories(scorekeeper_${name} INTERFACE ${PROJECT_SOURCE_DIR}/src)
    target_link_libraries(scorekeeper_${name} INTERFACE ${M_DEPS} ${M_LIBS})
  endif()

  if(SCOREKEEPER_TESTS AND tests)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE scorekeeper_${name} ${M_TEST_DEPS} scorekeeper_flags
      ${M_PRIVATE_LIBS} GTest::gtest GTest::gmock GTest::gtest_main ${RAPIDCHECK_LIBRARY})
    add_test(NAME ${name}_test COMMAND ${name}_test)
    set_tests_properties(${name}_test PROPERTIES TIMEOUT 600)
  endif()
  if(SCOREKEEPER_FUZZERS)
    foreach(file ${fuzzers})
      get_filename_component(stem ${file} NAME_WE)
      string(REGEX REPLACE "_fuzz$" "" stem ${stem})
      add_executable(fuzz_${stem} ${file})
      target_link_libraries(fuzz_${stem} PRIVATE scorekeeper_${name} scorekeeper_flags ${M_PRIVATE_LIBS})
      target_link_options(fuzz_${stem} PRIVATE -fsanitize=fuzzer)
    endforeach()
  endif()
  if(SCOREKEEPER_BENCHMARKS AND benchmarks)
    add_executable(bench_${name} ${benchmarks})
    target_link_libraries(bench_${name} PRIVATE scorekeeper_${name} ${M_TEST_DEPS} scorekeeper_flags
      ${M_PRIVATE_LIBS} benchmark::benchmark benchmark::benchmark_main)
  endif()
endfunction()

# The migrations/*.sql of a store's folder, in the order of their numbers, as one generated file of
# string literals: migrations() of its schema.h.
function(scorekeeper_migrations name)
  file(GLOB migrations CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/migrations/*.sql)
  list(SORT migrations)
  set(SCOREKEEPER_MIGRATIONS "")
  foreach(file ${migrations})
    file(READ ${file} text)
    string(APPEND SCOREKEEPER_MIGRATIONS "R\"sql(${text})sql\",\n")
  endforeach()
  file(RELATIVE_PATH SCOREKEEPER_STORE ${PROJECT_SOURCE_DIR}/src ${CMAKE_CURRENT_SOURCE_DIR})
  string(REPLACE "/" "::" SCOREKEEPER_NAMESPACE ${SCOREKEEPER_STORE})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${migrations})
  configure_file(${PROJECT_SOURCE_DIR}/cmake/migrations.cpp.in
    ${CMAKE_CURRENT_BINARY_DIR}/migrations.cpp @ONLY)
  target_sources(scorekeeper_${name} PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/migrations.cpp)
endfunction()
