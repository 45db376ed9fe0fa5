#include "intake/committer.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <utility>

#include "base/log.h"

namespace scorekeeper::intake {
namespace {

constexpr auto idle_wait = std::chrono::milliseconds(1'000);  // then the upkeep looks at the clock
constexpr auto gauge_interval = std::chrono::seconds(1);

// The number and the callback go with it: a batch is answered once.
void answer(BatchWork& work, std::expected<Receipt, Failure> result) {
  const OnBatch on_batch = std::exchange(work.on_batch, nullptr);
  on_batch(std::move(result));
}

// No position: the change has none.
void publish(const store::CatalogRows& rows, RowId position, matrix::OrgMatrix& matrix) {
  std::vector<EntityNumber> removals;
  removals.reserve(rows.removed_entities.size());
  for (const auto& entity : rows.removed_entities) removals.push_back(entity.number);
  std::vector<matrix::EntityAddition> additions;
  additions.reserve(rows.entities.size());
  for (const auto& entity : rows.entities) {
    additions.push_back({.number = entity.number, .reference = entity.reference});
  }
  std::vector<matrix::EntityUpdate> updates;
  updates.reserve(rows.definitions.size() + rows.removed_definitions.size());
  for (const auto number : rows.removed_definitions) {
    updates.push_back({.number = number, .attributes = std::nullopt});
  }
  for (const auto& entity : rows.definitions) {
    updates.push_back({.number = entity.number, .attributes = entity.definition.attributes});
  }
  matrix.publish({.scorecards = rows.scorecards,
                  .rules = rows.rules,
                  .removed_kinds = rows.removed_kinds,
                  .kinds = rows.kinds,
                  .campaigns = rows.campaigns,
                  .removals = removals,
                  .additions = additions,
                  .updates = updates,
                  .position = position});
}

double seconds_between(Time start, Time end) {
  return std::chrono::duration<double>(end - start).count();
}

}  // namespace

Committer::Committer(matrix::Matrix& matrix, Stores stores, Clock& clock, Metrics& metrics)
    : matrix_(matrix),
      ledger_(stores.ledger),
      catalog_(stores.catalog),
      clock_(clock),
      received_(
          metrics.counter("scorekeeper_outcomes_received_total", "Outcomes in accepted requests.")),
      changed_(metrics.counter("scorekeeper_outcomes_changed_total",
                               "Outcomes that changed: rows of the ledger.")),
      groups_(metrics.counter("scorekeeper_groups_total", "Group commits.")),
      group_outcomes_(metrics.histogram("scorekeeper_group_outcomes",
                                        "Outcomes in one group commit.",
                                        {1, 10, 100, 500, 1'000, 2'000, 5'000, 10'000, 20'000})),
      commit_seconds_(
          metrics.histogram("scorekeeper_commit_seconds", "Time of one append to the ledger.",
                            {.0002, .0005, .001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 5})),
      position_(metrics.gauge("scorekeeper_ledger_position", "The last row of the ledger.")),
      failures_(metrics.counter("scorekeeper_store_failures_total",
                                "Transactions that the store refused.")),
      cells_(metrics.gauge("scorekeeper_matrix_cells", "Current outcomes.")),
      entities_(metrics.gauge("scorekeeper_matrix_entities", "Entities seen.")),
      bytes_(metrics.gauge("scorekeeper_matrix_bytes", "Memory of the matrix.")),
      doubts_(metrics.counter("scorekeeper_commits_in_doubt_total",
                              "Commits whose answer was lost; each was looked for.")),
      shared_(stores.shared),
      follower_(shared_ == nullptr
                    ? nullptr
                    : std::make_unique<Follower>(matrix, std::move(stores), clock, metrics)),
      unknown_rules_(clock),
      waiters_(matrix),
      group_(matrix),
      upkeep_(matrix, ledger_, failures_) {}

Result<void> Committer::open() {
  if (follower_) {
    TRY(follower_->fold_all());
    TRY(reserve_number_range());
    update_gauges(clock_.now());
    return {};
  }
  const store::LedgerHead head = TRY(ledger_.head());
  head_ = head.last;
  last_at_ = head.last_at;
  numbers_.start(head.requests_reserved);
  group_.begin(head_, last_at_);
  const RequestNumber mark = numbers_.mark();
  const auto reserved = ledger_.append(group_.seal(mark));
  if (reserved) {
    numbers_.stored(mark);
  } else if (reserved.error().code == Code::unavailable) {
    // A full disk: reads are served, and each write tries to reserve numbers again.
    failures_.add();
    log::warning("no numbers for requests reserved", {{"detail", reserved.error().detail}});
  } else {
    return reserved.error();
  }
  position_.set(static_cast<double>(head_.number));
  update_gauges(clock_.now());
  return {};
}

void Committer::run(Queue& queue) {
  Taken taken;
  using std::chrono::milliseconds;
  const milliseconds idle = follower_ ? follow_interval : idle_wait;
  const auto busy = [this] { return upkeep_.busy() || (follower_ && follower_->loads_reports()); };
  while (queue.take(taken, busy() ? milliseconds(0) : idle)) {
    if (taken.catalog) {
      change_catalog(*taken.catalog);
    } else if (!taken.batches.empty() && follower_) {
      commit_in_turns(taken.batches);
    } else if (!taken.batches.empty()) {
      commit(taken.batches);
    }
    if (follower_) follow();
    waiters_.answer();
    const Time now = clock_.now();
    upkeep_.step(now, taken.batches.size());
    if (now >= gauges_at_ + gauge_interval) update_gauges(now);
  }
  upkeep_.finish();
  waiters_.close();
}

void Committer::follow() {
  follower_->poll();
  follower_->load_reports();
  note_removals();
}

// What other servers removed, the batches in the queue do not know yet.
void Committer::note_removals() {
  const std::uint64_t removals = follower_->removals();
  if (removals == followed_removals_) return;
  followed_removals_ = removals;
  removals_.fetch_add(1, std::memory_order_release);
}

void Committer::commit_in_turns(std::span<BatchWork> batches) {
  const OrgId first = batches.front().caller.org;
  const auto is_first = [&](const BatchWork& work) { return work.caller.org == first; };
  if (std::ranges::all_of(batches, is_first)) return commit(batches);
  // In the order of the queue: who has less to do is first.
  std::vector<std::vector<BatchWork>> by_org;
  std::map<OrgId, std::size_t> places;
  for (BatchWork& work : batches) {
    const auto [place, is_new] = places.try_emplace(work.caller.org, by_org.size());
    if (is_new) by_org.emplace_back();
    by_org[place->second].push_back(std::move(work));
  }
  for (auto& works : by_org) commit(works);
}

Result<void> Committer::begin_turn(OrgId org) {
  if (!follower_) return {};
  const auto head = follower_->begin_turn(org);
  note_removals();
  if (!head) {
    failures_.add();
    return head.error();
  }
  head_ = head->last;
  last_at_ = head->last_at;
  return {};
}

bool Committer::is_stored_after_all(OrgId org) {
  if (shared_ == nullptr || !shared_->in_doubt()) return false;
  doubts_.add();
  const auto stored = shared_->find_out();
  log::warning("commit_in_doubt",
               {{"stored", !stored   ? "unknown"
                           : *stored ? "yes"
                                     : "no"},
                {"error", stored ? std::string_view() : std::string_view(stored.error().detail)}});
  if (!stored || !*stored) return false;
  const bool shown = bool{follower_->catch_up(org)};
  note_removals();
  return shown;
}

void Committer::commit(std::span<BatchWork> batches) {
  if (!reserve_numbers(batches)) return;
  if (auto turn = begin_turn(batches.front().caller.org); !turn) {
    return fail_group(batches, turn.error());
  }
  make_group(batches);
  if (group_.empty()) {
    if (follower_) follower_->end_turn();
    return;
  }
  const auto appended = append_group();
  if (appended) {
    group_.publish();
    answer_group();
    return;
  }
  failures_.add();
  if (is_stored_after_all(batches.front().caller.org)) return answer_group();
  fail_group(batches, appended.error());
}

// false = no numbers to be had; the batches are answered.
bool Committer::reserve_numbers(std::span<BatchWork> batches) {
  if (shared_ != nullptr && shared_->generation() != numbers_generation_) numbers_ = {};
  if (numbers_.has(batches.size())) return true;
  const auto stored = reserve_number_range();
  if (stored) return true;
  failures_.add();
  for (BatchWork& work : batches)
    answer(work, std::unexpected(Failure{stored.error(), work.number}));
  return false;
}

Result<void> Committer::reserve_number_range() {
  if (shared_ != nullptr) {
    numbers_.start_range(TRY(shared_->reserve_requests(RequestNumbers::step)));
    numbers_generation_ = shared_->generation();
    return {};
  }
  const RequestNumber mark = numbers_.mark();
  group_.begin(head_, last_at_);
  TRY(ledger_.append(group_.seal(mark)));
  numbers_.stored(mark);
  return {};
}

void Committer::make_group(std::span<BatchWork> batches) {
  members_.clear();
  group_.begin(head_, std::max(last_at_, clock_.now()));
  const std::uint64_t removals = removals_.load(std::memory_order_relaxed);
  for (BatchWork& work : batches) {
    work.number = numbers_.peek();
    auto comparison = group_.add(work, work.removals != removals);
    if (!comparison) {
      if (follower_) unknown_rules_.add(work.caller.org, work.batch, work.resolved);
      answer(work, std::unexpected(Failure{std::move(comparison).error(), RequestNumber{}}));
      continue;
    }
    numbers_.take();
    members_.push_back({&work, *std::move(comparison)});
  }
}

Result<void> Committer::append_group() {
  const RequestNumber mark = shared_ == nullptr ? numbers_.mark() : RequestNumber{};
  const Time start = clock_.now();
  TRY(ledger_.append(group_.seal(mark)));
  commit_seconds_.observe(seconds_between(start, clock_.now()));
  if (shared_ == nullptr) numbers_.stored(mark);
  return {};
}

void Committer::answer_group() {
  head_ = group_.head();
  last_at_ = group_.requests().front().accepted_at;
  groups_.add();
  group_outcomes_.observe(static_cast<double>(group_.outcomes()));
  received_.add(static_cast<double>(group_.outcomes()));
  changed_.add(static_cast<double>(group_.changed()));
  if (!follower_) position_.set(static_cast<double>(head_.number));
  for (std::size_t i = 0; i < members_.size(); ++i) {
    Comparison& comparison = members_[i].comparison;
    answer(*members_[i].work, Receipt{.request = group_.requests()[i],
                                      .total_updated = comparison.updated,
                                      .rows = std::move(comparison.rows)});
  }
}

void Committer::fail_group(std::span<BatchWork> batches, const Error& error) {
  for (BatchWork& work : batches) {
    if (work.on_batch) answer(work, std::unexpected(Failure{error, work.number}));
  }
}

void Committer::change_catalog(CatalogWork& work) {
  Result<void> written = write_catalog(work);
  std::exchange(work.done, nullptr)(std::move(written));
}

Result<void> Committer::write_catalog(CatalogWork& work) {
  matrix::OrgMatrix& matrix = matrix_.org(work.caller.org);
  TRY(begin_turn(work.caller.org));
  const Time now = std::max(last_at_, clock_.now());
  const auto decided =
      work.decide({.matrix = matrix, .catalog = catalog_, .limits = matrix_.limits(), .now = now});
  if (!decided || decided->changes.empty()) {
    if (follower_) follower_->end_turn();
    return decided ? Result<void>() : decided.error();
  }
  store::CatalogRows rows = store::rows_of(*decided, {.position = head_, .at = now});
  rows.events = events_of(
      *decided, {.actor = actor_of(work.caller), .request_id = work.caller.request_id, .at = now});
  if (auto written = catalog_.write(rows); !written) {
    failures_.add();
    if (is_stored_after_all(work.caller.org)) return {};
    return written;
  }
  // A change of the catalog takes a position of its own where the store is shared.
  publish(rows, follower_ ? RowId{head_.number + 1} : RowId{}, matrix);
  bool rule_removed = false;
  for (const Rule& rule : rows.rules) {
    if (!rule.removed_at_position) continue;
    rule_removed = true;
    matrix.prune_rule(rule.number);  // its rows do not count any more, whatever comes
  }
  if (rule_removed || !rows.removed_entities.empty()) {
    removals_.fetch_add(1, std::memory_order_release);
  }
  return {};
}

bool Committer::may_be_news(const OutcomeBatch& batch, std::span<const matrix::Resolved> resolved,
                            OrgId org) {
  return follower_ != nullptr && !unknown_rules_.knows_all(org, batch, resolved);
}

void Committer::tick() {
  waiters_.answer();
  if (follower_) follower_->tell_age();
}

void Committer::when_shown(OrgId org, RowId position, Gone gone, OnShown on_shown) {
  waiters_.add(org, position, std::move(gone), std::move(on_shown));
}

void Committer::update_gauges(Time now) {
  gauges_at_ = now;
  std::uint64_t positions = 0;
  std::uint64_t cells = 0;
  std::size_t entities = 0;
  std::size_t bytes = 0;
  for (const matrix::OrgMatrix* org : matrix_.orgs()) {
    cells += org->count_cells();
    entities += org->count_entities();
    bytes += org->memory_bytes();
    positions += org->position().number;
  }
  // There each org counts for itself.
  if (follower_) position_.set(static_cast<double>(positions));
  cells_.set(static_cast<double>(cells));
  entities_.set(static_cast<double>(entities));
  bytes_.set(static_cast<double>(bytes));
}

}  // namespace scorekeeper::intake
