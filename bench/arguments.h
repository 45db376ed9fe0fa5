// The arguments of a benchmark program: --name value pairs. Values; used by main only. A wrong one
// ends the program with a message.
#pragma once

#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>

namespace scorekeeper::bench {

class Arguments {
 public:
  Arguments(int count, char** values) {
    for (int i = 1; i < count; i += 2) {
      const std::string_view name(values[i]);
      if (!name.starts_with("--") || i + 1 == count) fail(name, "wants the form --name value");
      values_.emplace(name.substr(2), values[i + 1]);
    }
  }

  std::string text(const std::string& name, const std::string& otherwise = {}) const {
    const auto found = values_.find(name);
    return found == values_.end() ? otherwise : found->second;
  }
  std::string required(const std::string& name) const {
    if (!values_.contains(name)) fail(name, "is missing");
    return values_.at(name);
  }
  std::uint64_t number(const std::string& name, std::uint64_t otherwise) const {
    const std::string value = text(name, std::to_string(otherwise));
    std::uint64_t result = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), result);
    if (error != std::errc() || end != value.data() + value.size()) fail(name, "is not a number");
    return result;
  }

 private:
  [[noreturn]] static void fail(std::string_view name, std::string_view why) {
    fmt::print(stderr, "{} {}\n", name, why);
    std::exit(2);
  }

  std::map<std::string, std::string, std::less<>> values_;
};

}  // namespace scorekeeper::bench
