#include "intake/committer.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace scorekeeper::intake {
namespace {

constexpr auto idle_wait = std::chrono::milliseconds(1'000);  // then the upkeep looks at the clock
constexpr auto gauge_interval = std::chrono::seconds(1);

// The number and the callback go with it: a batch is answered once.
void answer(BatchWork& work, std::expected<Receipt, Failure> result) {
  const OnBatch on_batch = std::exchange(work.on_batch, nullptr);
  on_batch(std::move(result));
}

void publish(const store::CatalogChange& change, matrix::OrgMatrix& matrix) {
  if (!change.scorecards.empty() || !change.rules.empty()) {
    matrix.publish(change.scorecards, change.rules);
  }
  std::vector<matrix::EntityAddition> additions;
  additions.reserve(change.entities.size());
  for (const auto& entity : change.entities) {
    additions.push_back({.number = entity.number, .reference = entity.reference});
  }
  std::vector<matrix::EntityUpdate> updates;
  updates.reserve(change.definitions.size() + change.removed_entities.size());
  for (const auto& entity : change.definitions) {
    updates.push_back({.number = entity.number, .attributes = entity.definition.attributes});
  }
  for (const auto& entity : change.removed_entities) {
    updates.push_back({.number = entity.number, .attributes = std::nullopt, .removed = true});
  }
  if (!additions.empty() || !updates.empty()) matrix.publish_entities(additions, updates);
  if (!change.kinds.empty() || !change.removed_kinds.empty()) {
    matrix.publish_kinds(change.kinds, change.removed_kinds);
  }
  if (!change.campaigns.empty()) matrix.publish_campaigns(change.campaigns);
}

double seconds_between(Time start, Time end) {
  return std::chrono::duration<double>(end - start).count();
}

}  // namespace

Committer::Committer(matrix::Matrix& matrix, store::Ledger& ledger, store::Catalog& catalog,
                     Clock& clock, Metrics& metrics)
    : matrix_(matrix),
      ledger_(ledger),
      catalog_(catalog),
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
      group_(matrix),
      upkeep_(matrix, ledger, failures_) {}

Result<void> Committer::open() {
  const store::LedgerHead head = TRY(ledger_.head());
  head_ = head.last;
  last_at_ = head.last_at;
  numbers_.start(head.requests_reserved);
  group_.begin(head_, last_at_);
  const RequestNumber mark = numbers_.mark();
  TRY(ledger_.append(group_.seal(mark)));
  numbers_.stored(mark);
  position_.set(static_cast<double>(head_.number));
  update_gauges(clock_.now());
  return {};
}

void Committer::run(Queue& queue) {
  Taken taken;
  using std::chrono::milliseconds;
  while (queue.take(taken, upkeep_.busy() ? milliseconds(0) : milliseconds(idle_wait))) {
    if (!taken.batches.empty()) commit(taken.batches);
    if (taken.catalog) change_catalog(*taken.catalog);
    const Time now = clock_.now();
    upkeep_.step(now);
    if (now >= gauges_at_ + gauge_interval) update_gauges(now);
  }
  upkeep_.finish();
}

void Committer::commit(std::span<BatchWork> batches) {
  if (!reserve_numbers(batches)) return;
  make_group(batches);
  if (group_.empty()) return;
  const auto appended = append_group();
  if (appended) {
    answer_group();
    return;
  }
  failures_.add();
  const bool data = appended.error().code != Code::unavailable;
  if (!data || members_.size() == 1) {
    fail_group(batches, appended.error());
    return;
  }
  for (BatchWork& work : batches) {
    if (work.on_batch) commit(std::span(&work, 1));
  }
}

// false = no numbers to be had; the batches are answered.
bool Committer::reserve_numbers(std::span<BatchWork> batches) {
  if (numbers_.has(batches.size())) return true;
  const RequestNumber mark = numbers_.mark();
  group_.begin(head_, last_at_);
  const auto stored = ledger_.append(group_.seal(mark));
  if (stored) {
    numbers_.stored(mark);
    return true;
  }
  failures_.add();
  for (BatchWork& work : batches)
    answer(work, std::unexpected(Failure{stored.error(), work.number}));
  return false;
}

void Committer::make_group(std::span<BatchWork> batches) {
  members_.clear();
  group_.begin(head_, std::max(last_at_, clock_.now()));
  const std::uint64_t removals = removals_.load(std::memory_order_relaxed);
  for (BatchWork& work : batches) {
    const bool numbered = bool{work.number};
    if (!numbered) work.number = numbers_.peek();
    auto comparison = group_.add(work, work.removals != removals);
    if (!comparison) {
      answer(work, std::unexpected(Failure{std::move(comparison).error(), RequestNumber{}}));
      continue;
    }
    if (!numbered) numbers_.take();
    members_.push_back({&work, *std::move(comparison)});
  }
}

Result<void> Committer::append_group() {
  const RequestNumber mark = numbers_.mark();
  const Time start = clock_.now();
  TRY(ledger_.append(group_.seal(mark)));
  commit_seconds_.observe(seconds_between(start, clock_.now()));
  numbers_.stored(mark);
  return {};
}

void Committer::answer_group() {
  group_.publish();
  head_ = group_.head();
  last_at_ = group_.requests().front().accepted_at;
  groups_.add();
  group_outcomes_.observe(static_cast<double>(group_.outcomes()));
  received_.add(static_cast<double>(group_.outcomes()));
  changed_.add(static_cast<double>(group_.changed()));
  position_.set(static_cast<double>(head_.number));
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
  const auto change = TRY(work.decide({.matrix = matrix,
                                       .catalog = catalog_,
                                       .limits = matrix_.limits(),
                                       .caller = work.caller,
                                       .now = std::max(last_at_, clock_.now()),
                                       .position = head_}));
  if (auto written = catalog_.write(change); !written) {
    failures_.add();
    return written;
  }
  publish(change, matrix);
  const bool rule_removed = std::ranges::any_of(
      change.rules, [](const Rule& rule) { return rule.removed_at_position.has_value(); });
  if (rule_removed || !change.removed_entities.empty()) {
    removals_.fetch_add(1, std::memory_order_release);
  }
  return {};
}

void Committer::update_gauges(Time now) {
  gauges_at_ = now;
  std::uint64_t cells = 0;
  std::size_t entities = 0;
  std::size_t bytes = 0;
  for (const matrix::OrgMatrix* org : matrix_.orgs()) {
    cells += org->count_cells();
    entities += org->count_entities();
    bytes += org->memory_bytes();
  }
  cells_.set(static_cast<double>(cells));
  entities_.set(static_cast<double>(entities));
  bytes_.set(static_cast<double>(bytes));
}

}  // namespace scorekeeper::intake
