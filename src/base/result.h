// Result: the value of a function, or the Error that its caller answers. Errors are returned, never
// thrown, so that a signature says whether a function can fail. Value types; no threads, no
// ownership.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <utility>
#include <vector>

namespace scorekeeper {

// The kinds of errors, by the reaction that they ask of the caller. A new code needs a line in
// api/errors.cpp (HTTP status), and a new status one in wire/errors.cpp (title).
enum class Code {
  invalid,              // the input is wrong: change it, do not repeat it
  unauthenticated,      // no or unknown credentials: send others
  forbidden,            // the credentials lack a scope, or belong to another org
  not_found,            // there is no such thing: look it up again
  conflict,             // the input names something that does not exist, or no longer
  precondition_failed,  // it was changed meanwhile: look at it again, then decide
  too_large,            // over a documented limit: send less
  rate_limited,         // too much at once: repeat after the time told
  unavailable,          // not now, through no fault of the caller: repeat later
  internal,             // a fault of ours: report it with the request id
};

struct Error {
  Code code = Code::internal;
  std::string detail;  // a sentence for the user; empty where the recorded answer has none
  // The place in the input: a JSON pointer ("/data/attributes/results/3/state") when it starts with
  // '/', else the name of a query parameter; empty where the recorded answer has no source.
  std::string pointer;
  std::string title;          // empty = the standard title of the code
  std::string subject;        // id of the thing meant; becomes meta.id; empty = none
  std::uint64_t version = 0;  // that the thing meant has now; becomes meta.version; 0 = none
  std::vector<Error> others;  // further errors of the same request, in the order of the input

  bool operator==(const Error&) const = default;
};

inline Error invalid(std::string detail, std::string pointer = {}) {
  return Error{.code = Code::invalid,
               .detail = std::move(detail),
               .pointer = std::move(pointer),
               .title = {},
               .subject = {},
               .version = 0,
               .others = {}};
}

inline Error make_error(Code code, std::string detail) {
  return Error{.code = code,
               .detail = std::move(detail),
               .pointer = {},
               .title = {},
               .subject = {},
               .version = 0,
               .others = {}};
}

inline Error precondition_failed(std::string detail, std::uint64_t version) {
  Error error = make_error(Code::precondition_failed, std::move(detail));
  error.version = version;
  return error;
}

// std::expected that must not be ignored (an ignored std::expected compiles silently).
template <class T>
class [[nodiscard]] Result : public std::expected<T, Error> {
 public:
  using std::expected<T, Error>::expected;
  Result(Error error) : std::expected<T, Error>(std::unexpect, std::move(error)) {}
};

}  // namespace scorekeeper

// TRY(expression): the value of a Result, or return its Error from the enclosing function.
#define TRY(...)                                                         \
  __extension__({                                                        \
    auto try_result_ = (__VA_ARGS__);                                    \
    if (!try_result_.has_value()) return std::move(try_result_).error(); \
    ::scorekeeper::detail::value_of(std::move(try_result_));             \
  })

namespace scorekeeper::detail {
template <class T>
T value_of(Result<T>&& result) {
  return *std::move(result);
}
inline void value_of(Result<void>&&) {}
}  // namespace scorekeeper::detail
