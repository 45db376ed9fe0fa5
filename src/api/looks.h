// Looks at the matrix, counted, so that it can be begun anew while the server runs: the thread that
// does so waits until no look is left, and requests that come meanwhile are told that the server is
// starting. An export goes on for longer than one look, and learns when it looked at another
// history. Any thread.
#pragma once

#include <atomic>
#include <cstdint>

namespace scorekeeper::api {

class Looks {
 public:
  class Look {
   public:
    explicit Look(Looks& looks) : looks_(looks) { looks_.open_.fetch_add(1); }
    ~Look() {
      if (looks_.open_.fetch_sub(1) == 1) looks_.open_.notify_all();
    }
    Look(const Look&) = delete;
    Look& operator=(const Look&) = delete;

    // The number of the history that it looks at.
    std::uint64_t history() const { return looks_.history_.load(); }

   private:
    Looks& looks_;
  };

  // The number of the history that a look would see now.
  std::uint64_t history() const { return history_.load(); }
  // After this nobody looks at what was there before. The phase must say `starting` already, so
  // that new looks end at once.
  void begin_anew() {
    history_.fetch_add(1);
    for (auto open = open_.load(); open != 0; open = open_.load()) open_.wait(open);
  }

 private:
  std::atomic<std::int64_t> open_ = 0;
  std::atomic<std::uint64_t> history_ = 0;
};

}  // namespace scorekeeper::api
