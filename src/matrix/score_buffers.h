// Buffers that questions about scores leave behind for the next one: memory, as the first touch of
// it costs more than the whole answer, and in it the tallies of entities, which a question about
// the same rules uses again where nothing changed since. Some 70 KB for each 4096 entities and 8
// bytes each for the keys, for as many questions as were ever asked at once, at most
// score_buffers_max.
//
// Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/limits.h"
#include "base/mutex.h"
#include "matrix/entity_tally.h"
#include "matrix/scores.h"

namespace scorekeeper::matrix {

struct ScoreBuffer {
  std::vector<std::unique_ptr<EntityPage>> pages;
  std::vector<std::uint64_t> tallied;  // by page: ScoreChanges::now when it was; 0 = it is not
  std::optional<RuleSelection> rules;  // of those tallies, which are of all entities
  std::vector<double> keys;

  // Forgets tallies that do not serve this question.
  void begin(const ScoreQuery& query);
  // The page, which is to be tallied unless that was done at or after this change.
  struct Kept {
    EntityPage& page;
    bool current;
  };
  Kept open(std::size_t index, std::uint64_t changed);
  // The page was tallied now.
  void keep(std::size_t index, std::uint64_t now);
  std::size_t memory_bytes() const;
};

class ScoreBuffers {
 public:
  std::unique_ptr<ScoreBuffer> take() EXCLUDES(mutex_);
  void give_back(std::unique_ptr<ScoreBuffer> buffer) EXCLUDES(mutex_);
  std::size_t memory_bytes() const EXCLUDES(mutex_);  // of those that wait for a question

 private:
  mutable Mutex mutex_;
  std::vector<std::unique_ptr<ScoreBuffer>> free_ GUARDED_BY(mutex_);
};

}  // namespace scorekeeper::matrix
