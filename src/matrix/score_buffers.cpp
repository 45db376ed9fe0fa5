#include "matrix/score_buffers.h"

#include <utility>

namespace scorekeeper::matrix {

void ScoreBuffer::begin(const ScoreQuery& query) {
  const bool of_all = !query.entity.query && !query.entity.reference && !query.entity.name;
  if (of_all && rules == query.rules) return;
  tallied.clear();
  rules.reset();
  if (of_all) rules = query.rules;
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

std::size_t ScoreBuffer::memory_bytes() const {
  std::size_t bytes = sizeof(ScoreBuffer) + pages.capacity() * sizeof(pages[0]) +
                      tallied.capacity() * sizeof(tallied[0]) + keys.capacity() * sizeof(keys[0]);
  for (const auto& page : pages) bytes += page ? sizeof(EntityPage) + allocation_bytes : 0;
  return bytes;
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
