// Memory that questions about scores leave behind for the next one: the first touch of fresh memory
// costs more than the whole answer. Some 70 KB for each 4096 entities and 8 bytes each for the
// keys, for as many questions as were ever asked at once, at most score_buffers_max.
//
// Any thread.
#pragma once

#include <memory>
#include <vector>

#include "base/limits.h"
#include "base/mutex.h"
#include "matrix/entity_tally.h"

namespace scorekeeper::matrix {

struct ScoreBuffer {
  std::vector<std::unique_ptr<EntityPage>> pages;
  std::vector<double> keys;

  EntityPage& page(std::size_t index);
};

class ScoreBuffers {
 public:
  std::unique_ptr<ScoreBuffer> take() EXCLUDES(mutex_);
  void give_back(std::unique_ptr<ScoreBuffer> buffer) EXCLUDES(mutex_);

 private:
  Mutex mutex_;
  std::vector<std::unique_ptr<ScoreBuffer>> free_ GUARDED_BY(mutex_);
};

}  // namespace scorekeeper::matrix
