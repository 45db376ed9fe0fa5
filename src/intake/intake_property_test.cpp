// Any history of two servers on a store in memory, which fails in every way (history_fixture.h).
#include <gtest/gtest.h>

#include "intake/fake_store.h"
#include "intake/history_fixture.h"
#include "store/command_line.h"

namespace scorekeeper::intake {
namespace {

struct FakeSite {
  static constexpr std::size_t servers = 2;
  static constexpr bool restores_beside_servers = true;
  static constexpr std::array faults{"before it is made", "at the commit", "after the commit"};

  FakeSite() { store.fail_on_remarks(refused_remarks); }
  store::Log& log(std::size_t = 0) { return store; }
  store::Catalog& catalog(std::size_t = 0) { return store; }
  void reopen(std::size_t) {}
  bool is_dead(std::size_t) const { return false; }
  void fail(std::size_t, std::size_t fault) {
    store.fail_appends(Code::unavailable, 1, static_cast<Fault>(fault));
  }
  void repair(std::size_t) { store.fail_appends(Code::unavailable, 0); }
  void make_key(Time now) {
    const Key key{.id = {++keys},
                  .org = {1},
                  .name = "ci",
                  .hash = {},
                  .scopes = {},
                  .created_at = now,
                  .revoked_at = {}};
    store.append_records({store::command_record(store::creation_of(key), now, store.head({1}))});
  }
  Result<store::Pruned> prune(const store::PruneWork& work) { return store.prune(work); }
  void crash(std::size_t, const std::function<void()>& stop) { stop(); }
  void back_up() { backup = store.save(); }
  void restore() { store.restore(*backup); }
  std::string check(const ViewCounts&) { return store.broken(); }

  FakeStore store;
  std::shared_ptr<const FakeStore::Contents> backup;
  std::string refused_remarks = "poison";
  std::uint32_t keys = 0;
};

TEST(AnyHistory, LeavesTheMatrixThatItsLogFoldsTo) {
  static constexpr std::array wanted{"batches refused for their data",
                                     "before it is made: not stored",
                                     "at the commit: not stored",
                                     "after the commit: stored",
                                     "tails failed",
                                     "failovers",
                                     "calls of a second server"};
  run_histories<FakeSite>(20, 90, wanted);
}

}  // namespace
}  // namespace scorekeeper::intake
