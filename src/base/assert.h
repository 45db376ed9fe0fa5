// ASSERT(condition): stays on in release; for our own mistakes only. Input from users can never
// reach it.
#pragma once

#include <cstdio>
#include <cstdlib>

#define ASSERT(...)                                                                            \
  do {                                                                                         \
    if (!(__VA_ARGS__)) [[unlikely]] {                                                         \
      std::fprintf(stderr, "%s:%d: assertion failed: %s\n", __FILE__, __LINE__, #__VA_ARGS__); \
      std::abort();                                                                            \
    }                                                                                          \
  } while (false)
