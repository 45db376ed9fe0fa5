#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "app/command_line.h"

int main(int argc, char** argv) {
  try {
    return scorekeeper::app::run_command_line(std::vector<std::string>(argv + 1, argv + argc));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "scorekeeper: %s\n", error.what());
    return 1;
  }
}
