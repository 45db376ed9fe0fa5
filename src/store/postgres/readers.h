// The reading connections: a small pool for any thread. Each is one thread's while it is lent.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "store/postgres/link.h"

namespace scorekeeper::store::postgres {

class Readers {
 public:
  Readers(const ConnectOptions& options, unsigned count);

  // Calls `body` with a connection; it must change nothing, and may be called twice (Link::read).
  // Waits some seconds for a free connection; then unavailable.
  template <class Body>
  auto read(const Body& body) -> decltype(body(std::declval<PgConnection&>())) {
    auto lent = lend();
    if (!lent) return std::move(lent).error();
    const Lease lease(*this, **lent);
    return lease.link.read(body);
  }

 private:
  // Back in the pool when this dies.
  struct Lease {
    Lease(Readers& pool, Link& lent) : readers(pool), link(lent) {}
    ~Lease() { readers.give_back(link); }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;

    Readers& readers;
    Link& link;
  };

  Result<Link*> lend() EXCLUDES(mutex_);
  void give_back(Link& link) EXCLUDES(mutex_);

  std::vector<std::unique_ptr<Link>> links_;
  Mutex mutex_;
  CondVar returned_;
  std::vector<Link*> free_ GUARDED_BY(mutex_);
};

}  // namespace scorekeeper::store::postgres
