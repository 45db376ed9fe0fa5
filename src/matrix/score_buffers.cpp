#include "matrix/score_buffers.h"

#include <utility>

namespace scorekeeper::matrix {

EntityPage& ScoreBuffer::page(std::size_t index) {
  if (index >= pages.size()) pages.resize(index + 1);
  if (!pages[index]) pages[index] = std::make_unique<EntityPage>();
  return *pages[index];
}

std::unique_ptr<ScoreBuffer> ScoreBuffers::take() {
  Lock lock(mutex_);
  if (free_.empty()) return std::make_unique<ScoreBuffer>();
  auto buffer = std::move(free_.back());
  free_.pop_back();
  return buffer;
}

void ScoreBuffers::give_back(std::unique_ptr<ScoreBuffer> buffer) {
  Lock lock(mutex_);
  if (free_.size() < score_buffers_max) free_.push_back(std::move(buffer));
}

}  // namespace scorekeeper::matrix
