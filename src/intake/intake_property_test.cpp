// Any history of two servers on a store that they share, which fails in every way
// (history_fixture.h).
#include <gtest/gtest.h>

#include "intake/history_fixture.h"
#include "intake/shared_store_fixture.h"

namespace scorekeeper::intake {
namespace {

struct SharedSite {
  static constexpr std::size_t servers = 2;
  static constexpr bool restores_beside_servers = true;
  static constexpr std::array faults{"before it is made", "at the commit", "after the commit"};

  SharedSite() {
    store.fail_on_remarks(refused_remarks);
    const auto made = open()->create_org("acme", time_of_seconds(1));
    EXPECT_TRUE(made) << made.error().detail;
  }
  store::Log& log(std::size_t = 0) { return store; }
  store::Catalog& catalog(std::size_t = 0) { return store; }
  void reopen(std::size_t) {}
  bool is_dead(std::size_t) const { return false; }
  void fail(std::size_t, std::size_t fault) {
    store.fail_appends(Code::unavailable, 1, static_cast<Fault>(fault));
  }
  void repair(std::size_t) { store.fail_appends(Code::unavailable, 0); }
  void make_key(Time now) {
    Key key{.id = {},
            .org = {1},
            .name = "ci",
            .hash = {},
            .scopes = {},
            .created_at = now,
            .revoked_at = {}};
    key.hash[0] = std::byte(++keys);
    key.hash[1] = std::byte(keys >> 8);
    const auto made = open()->create_key(key);
    ASSERT_TRUE(made) << made.error().detail;
  }
  Result<store::Pruned> prune(const store::PruneWork& work) { return store.prune_beside(work); }
  void crash(std::size_t, const std::function<void()>& stop) { stop(); }
  void back_up() { backup = store.save(); }
  void restore() { store.restore(*backup); }
  std::string check(const ViewCounts&) { return store.broken(); }

  SharedStore store;
  std::unique_ptr<store::KeyStore> open() {
    auto opened = store::sqlite::open_keys(store.directory());
    EXPECT_TRUE(opened) << opened.error().detail;
    return *std::move(opened);
  }

  std::shared_ptr<const SharedStore::Contents> backup;
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
  run_histories<SharedSite>(20, 90, wanted);
}

}  // namespace
}  // namespace scorekeeper::intake
