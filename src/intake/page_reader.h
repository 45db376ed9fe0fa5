// Reads the pages of one log ahead, on a thread of its own: while a page is folded the store reads
// the next one. Lives for one fold.
#pragma once

#include <deque>
#include <functional>
#include <thread>

#include "base/id.h"
#include "base/mutex.h"
#include "base/result.h"
#include "store/log.h"

namespace scorekeeper::intake {

// The next page of a log, behind that position. Any thread.
using ReadPage = std::function<Result<store::LogPage>(RowId after)>;

class PageReader {
 public:
  // Begins behind `after`.
  PageReader(ReadPage read, RowId after)
      : read_(std::move(read)), thread_([this, after] { run(after); }) {}
  PageReader(const PageReader&) = delete;
  PageReader& operator=(const PageReader&) = delete;
  ~PageReader();

  // Waits for the next page. Not after the last one, nor after an Error.
  Result<store::LogPage> next() EXCLUDES(mutex_);

 private:
  void run(RowId after);
  // false: nobody wants more.
  bool put(Result<store::LogPage> page) EXCLUDES(mutex_);

  ReadPage read_;
  Mutex mutex_;
  CondVar changed_;
  std::deque<Result<store::LogPage>> pages_ GUARDED_BY(mutex_);
  bool stopped_ GUARDED_BY(mutex_) = false;
  std::thread thread_;  // last: started when all else is there
};

}  // namespace scorekeeper::intake
