// A test of a command that is a client of a server. Included by test files only.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "base/test_directory.h"

namespace scorekeeper::app {

// Has a directory of its own, and none of the variables of the machine that runs the tests.
class ClientTest : public ::testing::Test {
 protected:
  ClientTest() {
    for (const auto* name : {"DD_API_KEY", "DD_APP_KEY", "http_proxy"}) ::unsetenv(name);
  }

  const TestDirectory test_directory_;
  const std::string directory_ = test_directory_.path();
};

}  // namespace scorekeeper::app
