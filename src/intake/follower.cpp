#include "intake/follower.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "base/log.h"

namespace scorekeeper::intake {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds late{1};
constexpr std::chrono::seconds not_following_after{5};

Error not_whole() {
  return make_error(Code::unavailable, "the server folds the history of the store again");
}

// One org's tail on its way into the matrix. In pieces entities are before rules, so that each
// scope looks at all of them once.
class TailFold {
 public:
  TailFold(matrix::OrgMatrix& matrix, FoldMode mode, std::optional<RowId> since)
      : matrix_(matrix), fold_(matrix, mode, since) {
    if (mode == FoldMode::in_pieces) writer_.emplace();
  }

  store::TailReader reader() {
    return {
        .catalog =
            [this](const store::OrgCatalog& catalog) {
              fold_.add(catalog);
              catalog_ = catalog;
            },
        .entity = [this](const store::FoldedEntity& entity) { fold_.add(entity); },
        .definition = [this](OrgId, EntityNumber number,
                             const EntityAttributes& attributes) { fold_.add(number, attributes); },
        .row =
            [this](const store::OutcomeChange& row) {
              if (writer_) publish_catalog();
              if (!fold_.add(row, writer_ ? &*writer_ : nullptr)) stray_ = row.id;
            }};
  }
  // Once all was read, up to that position. An Error: a row of a rule that the catalog lacks.
  Result<void> finish(RowId position) {
    if (writer_) {
      publish_catalog();
      fold_.publish_cells(*writer_);
      writer_->finish();
    }
    if (stray_) {
      return make_error(Code::internal, "the ledger's row " + std::to_string(stray_->number) +
                                            " names a rule that the catalog lacks");
    }
    if (writer_) {
      matrix_.publish({.position = position});
    } else {
      fold_.publish_all(catalog_.value_or(store::OrgCatalog()), position);
    }
    return {};
  }
  bool removed_any() const { return fold_.removed_any(); }

 private:
  void publish_catalog() {
    if (!catalog_) return;
    fold_.publish_entities();
    fold_.publish(*catalog_);
    catalog_.reset();
  }

  matrix::OrgMatrix& matrix_;
  OrgFold fold_;
  std::optional<CellWriter> writer_;  // in pieces
  std::optional<store::OrgCatalog> catalog_;
  std::optional<RowId> stray_;
};

}  // namespace

Follower::Follower(matrix::Matrix& matrix, Stores stores, Clock& clock, Metrics& metrics)
    : matrix_(matrix),
      store_(*stores.shared),
      clock_(clock),
      on_folding_(std::move(stores.on_folding)),
      tail_positions_max_(stores.tail_positions_max),
      age_(metrics.gauge("scorekeeper_store_follow_seconds",
                         "Since the heads of the store were last read.")),
      refolds_(metrics.counter("scorekeeper_store_refolds_total",
                               "Folds from the start after the history may have changed.")),
      failures_(metrics.counter("scorekeeper_store_follow_failures_total",
                                "Looks at the store's heads that failed.")) {}

bool Follower::is_long(const store::Head& head) const {
  return head.last.number - matrix_.org(head.org).position().number > tail_positions_max_;
}

Result<void> Follower::follow(const store::Head& head) {
  return is_long(head) ? follow_unserved(head.org) : read_tail(head.org, FoldMode::whole);
}

// What fails half way is folded again from the start.
Result<void> Follower::follow_unserved(OrgId org) {
  whole_ = false;
  on_folding_(true);
  TRY(read_tail(org, FoldMode::in_pieces));
  whole_ = true;
  on_folding_(false);
  log::warning("read a long tail", {{"org", org.number}});
  return {};
}

Result<void> Follower::read_tail(OrgId org, FoldMode mode) {
  matrix::OrgMatrix& matrix = matrix_.org(org);
  const std::optional<RowId> since =
      followed_.contains(org) ? std::optional(matrix.position()) : std::nullopt;
  TailFold fold(matrix, mode, since);
  const store::Head head = TRY(store_.read_tail(org, since, fold.reader()));
  TRY(fold.finish(head.last));
  if (fold.removed_any()) ++removals_;
  followed_.insert(org);
  return {};
}

Result<void> Follower::fold_all() {
  whole_ = false;
  const auto heads = TRY(store_.heads());
  generation_ = store_.generation();
  for (const store::Head& head : heads) TRY(read_tail(head.org, FoldMode::in_pieces));
  store_.forget_reports_seen();
  TRY(load_all_reports());
  whole_ = true;
  last_good_ = steady_clock::now();
  return {};
}

Result<void> Follower::fold_again() {
  whole_ = false;
  ++removals_;
  on_folding_(true);
  followed_.clear();
  for (matrix::OrgMatrix* org : matrix_.orgs()) org->reset();
  const Time begin = clock_.now();
  TRY(fold_all());
  on_folding_(false);
  refolds_.add();
  log::warning("folded again", {{"fold_ms", (clock_.now() - begin).count() / 1000}});
  return {};
}

Result<store::Head> Follower::begin_turn(OrgId org) {
  // Much is read better without the lock that others wait for.
  if (whole_ && age() > late) TRY(follow_heads());
  if (!whole_) return not_whole();
  auto head = TRY(store_.begin_turn(org));
  if (is_another_history(head)) {
    store_.end_turn();
    whole_ = false;
    return not_whole();
  }
  if (head.last == matrix_.org(org).position() && followed_.contains(org)) return head;
  if (is_long(head)) {
    store_.end_turn();
    TRY(follow_unserved(org));
    return begin_turn(org);
  }
  if (auto followed = read_tail(org, FoldMode::whole); !followed) {
    store_.end_turn();
    return followed.error();
  }
  return head;
}

bool Follower::is_another_history(const store::Head& head) const {
  return store_.generation() != generation_ || head.last < matrix_.org(head.org).position();
}

Result<void> Follower::catch_up(OrgId org) {
  if (!whole_) return not_whole();
  return read_tail(org, FoldMode::whole);
}

Result<void> Follower::follow_heads() {
  if (!whole_) return fold_again();
  const auto heads = TRY(store_.heads());
  if (store_.generation() != generation_) return fold_again();
  for (const store::Head& head : heads) {
    if (is_another_history(head)) return fold_again();
    const bool behind = head.last > matrix_.org(head.org).position();
    if (behind || !followed_.contains(head.org)) TRY(follow(head));
  }
  return {};
}

std::chrono::duration<double> Follower::age() const {
  return steady_clock::now() - last_good_.load();
}

bool Follower::is_following() const { return following_ && age() < not_following_after; }

void Follower::tell_age() { age_.set(age().count()); }

void Follower::poll() {
  const auto now = steady_clock::now();
  if (now < next_poll_) return;
  const auto followed = follow_heads();
  const auto end = steady_clock::now();
  next_poll_ = end + follow_interval;
  if (followed) {
    last_good_ = end;
    if (!following_.exchange(true)) log::info("the store is followed again");
    return;
  }
  failures_.add();
  if (following_.exchange(false)) {
    log::warning("the store is not followed", {{"error", followed.error().detail}});
  }
}

Result<void> Follower::load_all_reports() {
  do {
    TRY(load_page());
  } while (loading_reports_);
  return {};
}

// Blocks of one org follow each other.
Result<void> Follower::load_page() {
  if (!loading_reports_) next_reports_ = clock_.now() + reported_save_interval;
  loading_reports_ = false;
  OrgId org;
  std::vector<matrix::Reported> blocks;
  const auto restore = [&] {
    if (!blocks.empty()) matrix_.org(org).restore_reported(blocks);
    blocks.clear();
  };
  loading_reports_ = TRY(store_.load_new_reports([&](const store::ReportedBlock& block) {
    if (block.org != org) restore();
    org = block.org;
    blocks.push_back(
        {.rule = block.rule, .block = block.block, .last_reported = block.last_reported});
  }));
  restore();
  return {};
}

void Follower::load_reports() {
  if (!whole_ || (!loading_reports_ && clock_.now() < next_reports_)) return;
  if (auto loaded = load_page(); !loaded) {
    failures_.add();
    log::warning("reports_not_loaded", {{"error", loaded.error().detail}});
  }
}

}  // namespace scorekeeper::intake
