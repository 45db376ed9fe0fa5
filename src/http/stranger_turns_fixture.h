// For tests of turns.
#pragma once

#include <chrono>

#include "http/stranger_turns.h"

namespace scorekeeper::http {

// Keeps the loop busy for a whole piece, so that the turn ends.
inline void use_up_a_piece() {
  const auto until = std::chrono::steady_clock::now() + StrangerTurns::piece;
  while (std::chrono::steady_clock::now() < until) continue;
}

}  // namespace scorekeeper::http
