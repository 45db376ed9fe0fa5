#include "domain/outcome.h"

namespace scorekeeper {

std::string_view name_of(State state) {
  switch (state) {
    case State::pass:
      return "pass";
    case State::fail:
      return "fail";
    case State::skip:
      return "skip";
  }
  return "";
}

std::optional<State> parse_state(std::string_view text) {
  for (const auto state : {State::pass, State::fail, State::skip}) {
    if (text == name_of(state)) return state;
  }
  return std::nullopt;
}

}  // namespace scorekeeper
