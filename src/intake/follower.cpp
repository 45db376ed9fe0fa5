#include "intake/follower.h"

#include <optional>
#include <utility>

#include "base/limits.h"
#include "base/log.h"
#include "intake/org_fold.h"

namespace scorekeeper::intake {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds late{1};
constexpr std::chrono::seconds not_following_after{5};

Error not_whole() {
  return make_error(Code::unavailable, "the server folds the history of the store again");
}

// One org's tail on its way into the matrix: entities, then rules, then rows.
class TailFold {
 public:
  TailFold(matrix::OrgMatrix& matrix, std::optional<RowId> since) : fold_(matrix, since) {
    if (!since) writer_.emplace();
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
              publish_catalog();
              if (!fold_.add(row, writer())) stray_ = row.id;
            }};
  }
  // An Error: a row of a rule that the catalog lacks.
  Result<void> finish() {
    publish_catalog();
    fold_.publish_cells(writer());
    if (writer_) writer_->finish();
    if (!stray_) return {};
    return make_error(Code::internal, "the ledger's row " + std::to_string(stray_->number) +
                                          " names a rule that the catalog lacks");
  }
  bool removed_any() const { return fold_.removed_any(); }

 private:
  CellWriter* writer() { return writer_ ? &*writer_ : nullptr; }
  void publish_catalog() {
    if (!catalog_) return;
    fold_.publish_entities();
    fold_.publish(*catalog_);
    catalog_.reset();
  }

  OrgFold fold_;
  std::optional<CellWriter> writer_;  // for the fold of all, which is long
  std::optional<store::OrgCatalog> catalog_;
  std::optional<RowId> stray_;
};

}  // namespace

Follower::Follower(matrix::Matrix& matrix, store::Shared& store, Clock& clock, Metrics& metrics,
                   std::function<void(bool folding)> on_folding)
    : matrix_(matrix),
      store_(store),
      clock_(clock),
      on_folding_(std::move(on_folding)),
      age_(metrics.gauge("scorekeeper_store_follow_seconds",
                         "Since the heads of the store were last read.")),
      refolds_(metrics.counter("scorekeeper_store_refolds_total",
                               "Folds from the start after the history may have changed.")),
      failures_(metrics.counter("scorekeeper_store_follow_failures_total",
                                "Looks at the store's heads that failed.")) {}

Result<void> Follower::follow(OrgId org) {
  matrix::OrgMatrix& matrix = matrix_.org(org);
  const bool known = followed_.contains(org);
  const std::optional<RowId> since = known ? std::optional(matrix.position()) : std::nullopt;
  TailFold fold(matrix, since);
  const auto head = store_.read_tail(org, since, fold.reader());
  const auto finished = fold.finish();
  if (fold.removed_any()) ++removals_;
  if (!head || !finished) {
    // What came before the error is in the matrix, which is then behind; but a first tail begins
    // with nothing the next time.
    if (!known) matrix.reset();
    return head ? finished.error() : head.error();
  }
  matrix.publish({}, {}, {}, head->last);
  followed_.insert(org);
  return {};
}

Result<void> Follower::fold_all() {
  whole_ = false;
  const auto heads = TRY(store_.heads());
  generation_ = store_.generation();
  for (const store::Head& head : heads) TRY(follow(head.org));
  store_.forget_reports_seen();
  TRY(restore_reports());
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
  const auto head = TRY(store_.begin_turn(org));
  const RowId position = matrix_.org(org).position();
  if (store_.generation() != generation_ || head.last < position) {
    store_.end_turn();
    whole_ = false;
    return not_whole();
  }
  if (head.last == position && followed_.contains(org)) return head;
  if (auto followed = follow(org); !followed) {
    store_.end_turn();
    return followed.error();
  }
  return head;
}

Result<void> Follower::catch_up(OrgId org) {
  if (!whole_) return not_whole();
  return follow(org);
}

Result<void> Follower::follow_heads() {
  if (!whole_) return fold_again();
  const auto heads = TRY(store_.heads());
  if (store_.generation() != generation_) return fold_again();
  for (const store::Head& head : heads) {
    const RowId position = matrix_.org(head.org).position();
    if (head.last < position) return fold_again();
    if (head.last > position || !followed_.contains(head.org)) TRY(follow(head.org));
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

Result<void> Follower::restore_reports() {
  next_reports_ = clock_.now() + reported_save_interval;
  return store_.load_new_reports([&](const store::ReportedBlock& block) {
    matrix_.org(block.org).restore_reported(
        {.rule = block.rule, .block = block.block, .last_reported = block.last_reported});
  });
}

void Follower::load_reports() {
  if (!whole_ || clock_.now() < next_reports_) return;
  if (auto loaded = restore_reports(); !loaded) {
    failures_.add();
    log::warning("reports_not_loaded", {{"error", loaded.error().detail}});
  }
}

}  // namespace scorekeeper::intake
