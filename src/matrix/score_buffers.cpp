#include "matrix/score_buffers.h"

#include <utility>

namespace scorekeeper::matrix {

void ScoreBuffer::begin(const ScoreQuery& query) {
  if (!query.entities && rules == query.rules) return;
  tallied.clear();
  rules.reset();
  if (!query.entities) rules = query.rules;
}

ScoreBuffer::Kept ScoreBuffer::open(std::size_t index, std::uint64_t changed) {
  if (index >= pages.size()) pages.resize(index + 1);
  if (!pages[index]) pages[index] = std::make_unique<EntityPage>();
  return {*pages[index], index < tallied.size() && tallied[index] >= changed};
}

void ScoreBuffer::keep(std::size_t index, std::uint64_t now) {
  if (!rules) return;
  if (index >= tallied.size()) tallied.resize(index + 1);
  tallied[index] = now;
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
