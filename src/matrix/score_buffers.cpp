#include "matrix/score_buffers.h"

#include <utility>

namespace scorekeeper::matrix {

void ScoreBuffer::begin(const RuleSelection& wanted) {
  if (rules == wanted) return;
  rules = wanted;
  entity_pages.forget();
  rule_pages.forget();
}

std::size_t ScoreBuffer::memory_bytes() const {
  return sizeof(ScoreBuffer) + entity_pages.memory_bytes() + rule_pages.memory_bytes() +
         keys.capacity() * sizeof(keys[0]);
}

std::size_t ScoreBuffers::memory_bytes() const {
  Lock lock(mutex_);
  std::size_t bytes = 0;
  for (const auto& buffer : free_) bytes += buffer->memory_bytes();
  return bytes;
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
