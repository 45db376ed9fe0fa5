#include "intake/committer.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <utility>

#include "intake/catalog_piece.h"
#include "intake/catalog_records.h"

namespace scorekeeper::intake {
namespace {

constexpr auto idle_wait = std::chrono::milliseconds(1'000);  // then the upkeep looks at the clock
constexpr auto gauge_interval = std::chrono::seconds(1);
// The commit of a group that changes nothing is all fsync, whatever its size: the next one waits
// for the clients of this one, and half the bytes are written (docs/decisions/0007). A group with
// changes keeps the committer busy while others come, and a large one is cheap as it is.
constexpr std::chrono::microseconds gather_time{400};
constexpr std::size_t gather_outcomes_max = 2'000;

// The number and the callback go with it: a batch is answered once.
void answer(BatchWork& work, std::expected<Receipt, Failure> result) {
  const OnBatch on_batch = std::exchange(work.on_batch, nullptr);
  on_batch(std::move(result));
}

double seconds_between(Time start, Time end) {
  return std::chrono::duration<double>(end - start).count();
}

}  // namespace

Committer::Committer(matrix::Matrix& matrix, const Stores& stores, Clock& clock, Metrics& metrics)
    : matrix_(matrix),
      log_(stores.log),
      catalog_(stores.catalog),
      clock_(clock),
      received_(
          metrics.counter("scorekeeper_outcomes_received_total", "Outcomes in accepted requests.")),
      changed_(metrics.counter("scorekeeper_outcomes_changed_total",
                               "Outcomes that changed: changes in the logs.")),
      groups_(metrics.counter("scorekeeper_groups_total", "Group commits.")),
      group_outcomes_(metrics.histogram("scorekeeper_group_outcomes",
                                        "Outcomes in one group commit.",
                                        {1, 10, 100, 500, 1'000, 2'000, 5'000, 10'000, 20'000})),
      commit_seconds_(
          metrics.histogram("scorekeeper_commit_seconds", "Time of one append to the logs.",
                            {.0002, .0005, .001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 5})),
      position_(
          metrics.gauge("scorekeeper_ledger_position", "Positions of the logs, of all orgs.")),
      failures_(metrics.counter("scorekeeper_store_failures_total",
                                "Transactions that the store refused.")),
      cells_(metrics.gauge("scorekeeper_matrix_cells", "Current outcomes.")),
      entities_(metrics.gauge("scorekeeper_matrix_entities", "Entities seen.")),
      bytes_(metrics.gauge("scorekeeper_matrix_bytes", "Memory of the matrix.")),
      snapshot_options_(stores.snapshots),
      follower_(matrix, stores, clock, metrics),
      snapshots_(matrix, snapshot_options_, metrics),
      unknown_rules_(clock),
      waiters_(matrix),
      group_(matrix),
      upkeep_(matrix, log_, stores.keep, failures_) {}

// Numbers for requests are reserved with the first write: a full disk serves reads.
Result<void> Committer::open() {
  TRY(follower_.open());
  snapshots_.open(TRY(catalog_.secrets()), follower_.snapshot_positions(), clock_.now());
  update_gauges(clock_.now());
  return {};
}

void Committer::run(Queue& queue) {
  Taken taken;
  using std::chrono::milliseconds;
  const milliseconds idle = std::min<milliseconds>(idle_wait, log_.follow_interval());
  queue_ = &queue;
  const auto busy = [this] {
    return upkeep_.busy() || follower_.loads_reports() || !follower_.waiting().empty();
  };
  while (queue.take(taken, busy() ? milliseconds(0) : idle, follower_.waiting())) {
    if (!taken.batches.empty()) commit_by_orgs(taken.batches);
    if (taken.catalog) change_catalog(*taken.catalog);
    follow();
    waiters_.answer();
    const Time now = clock_.now();
    upkeep_.step(now, taken.batches.size());
    snapshots_.step(now, follower_);
    if (is_due(now, gauges_at_ + gauge_interval, gauge_interval)) update_gauges(now);
  }
  upkeep_.finish();
  waiters_.close();
  // Where the store fails, the disk may not answer.
  if (!store_fails_) snapshots_.finish(follower_);
}

void Committer::follow() {
  follower_.ask_scopes();
  follower_.poll();
  follower_.load_reports();
  note_removals();
}

// Batches in the queue were resolved before these removals.
void Committer::note_removals() {
  removals_.store(follower_.removals(), std::memory_order_release);
}

void Committer::commit_by_orgs(std::span<BatchWork> batches) {
  const std::size_t orgs_max = log_.orgs_in_append_max();
  // In the order of the queue: who has less to do is first.
  std::vector<std::vector<BatchWork>> parts;
  std::map<OrgId, std::size_t> places;
  for (const BatchWork& work : batches) {
    const auto [place, is_new] = places.try_emplace(work.caller.org, places.size() / orgs_max);
    if (is_new && place->second >= parts.size()) parts.emplace_back();
  }
  if (parts.size() == 1) return commit(batches);
  for (BatchWork& work : batches) parts[places.at(work.caller.org)].push_back(std::move(work));
  for (auto& part : parts) commit(part);
}

void Committer::commit(std::span<BatchWork> batches) {
  // Numbers are of the history that is appended to.
  if (auto ready = follower_.prepare(); !ready) return refuse(batches, ready.error());
  if (auto given = give_numbers(batches); !given) return refuse(batches, given.error());
  std::set<OrgId> orgs;
  for (const BatchWork& work : batches) orgs.insert(work.caller.org);
  const std::vector<OrgId> sorted(orgs.begin(), orgs.end());
  members_.clear();
  refused_.clear();
  const auto appended = append(
      sorted, [this, batches](store::AppendView& view) { return make_group(batches, view); });
  if (appended && !members_.empty()) {
    show_group(appended->records);
    answer_group();
  }
  for (Refused& refused : refused_) {
    answer(*refused.work, std::unexpected(Failure{std::move(refused.error), RequestNumber{}}));
  }
  if (!appended && !put_back(batches)) refuse(batches, appended.error());
}

bool Committer::put_back(std::span<BatchWork> batches) {
  const auto waits = [this](const BatchWork& work) {
    return follower_.waiting().contains(work.caller.org);
  };
  if (std::ranges::none_of(batches, waits)) return false;
  std::vector<BatchWork> waiting;
  std::vector<BatchWork> others;
  for (BatchWork& work : batches) (waits(work) ? waiting : others).push_back(std::move(work));
  queue_->put_back(waiting);
  if (!others.empty()) commit(others);
  return true;
}

Result<void> Committer::give_numbers(std::span<BatchWork> batches) {
  if (follower_.generation() != numbers_generation_) numbers_.drop();
  if (!numbers_.has(batches.size())) {
    const auto first = log_.reserve_requests(RequestNumbers::step);
    if (!first) return first.error();
    numbers_.start_range(*first);
    numbers_generation_ = follower_.generation();
  }
  for (BatchWork& work : batches) work.number = numbers_.take();
  return {};
}

Result<store::Append> Committer::append(std::span<const OrgId> orgs,
                                        const store::PrepareAppend& prepare) {
  constexpr int tries_max = 3;  // of tails that are too long, one after the other
  for (int tries = 1;; ++tries) {
    TRY(follower_.prepare());
    prepared_.reset();
    auto appended = log_.append(orgs, [&](store::AppendView& view) -> Result<store::Append> {
      const auto ready = follower_.catch_up(view);
      note_removals();
      if (!ready) return ready.error();
      return prepare(view);
    });
    store_fails_ = !appended && appended.error().code == Code::unavailable;
    if (appended && prepared_) commit_seconds_.observe(seconds_between(*prepared_, clock_.now()));
    if (appended) return appended;
    if (tries < tries_max && follower_.read_long_tail()) continue;
    return appended;
  }
}

Result<store::Append> Committer::make_group(std::span<BatchWork> batches, store::AppendView& view) {
  if (follower_.generation() != numbers_generation_) {
    return make_error(Code::unavailable, "the server has folded another history of the store");
  }
  members_.clear();
  refused_.clear();
  group_.begin(view.heads(), clock_.now());
  const std::uint64_t removals = removals_.load(std::memory_order_relaxed);
  for (BatchWork& work : batches) {
    auto comparison = group_.add(work, work.removals != removals);
    if (!comparison) {
      unknown_rules_.add(work.caller.org, work.batch, work.resolved);
      refused_.push_back({&work, std::move(comparison).error()});
      continue;
    }
    members_.push_back({&work, *std::move(comparison)});
  }
  store::Append append = group_.seal();
  if (!append.empty()) prepared_ = clock_.now();
  return append;
}

// Publishes the records that were appended, and nothing else.
void Committer::show_group(std::span<const store::LogRecord> records) {
  group_.publish();
  for (std::size_t n = 0; n < records.size(); ++n) {
    const bool last = n + 1 == records.size() || records[n + 1].org != records[n].org;
    if (last) follower_.advance(records[n]);
  }
}

void Committer::answer_group() {
  groups_.add();
  if (group_.changed() == 0 && group_.outcomes() < gather_outcomes_max) queue_->gather(gather_time);
  group_outcomes_.observe(static_cast<double>(group_.outcomes()));
  received_.add(static_cast<double>(group_.outcomes()));
  changed_.add(static_cast<double>(group_.changed()));
  for (std::size_t i = 0; i < members_.size(); ++i) {
    Comparison& comparison = members_[i].comparison;
    BatchWork& work = *members_[i].work;
    Receipt receipt{.request = group_.requests()[i],
                    .total_updated = comparison.updated,
                    .batch = {},
                    .rows = std::move(comparison.rows)};
    if (work.options.want_rows) receipt.batch = std::move(work.batch);
    answer(work, std::move(receipt));
  }
}

// Answers the batches that have no answer yet with the error.
void Committer::refuse(std::span<BatchWork> batches, const Error& error) {
  failures_.add();
  for (BatchWork& work : batches) {
    if (work.on_batch) answer(work, std::unexpected(Failure{error, work.number}));
  }
}

// The change of one org, and what goes with it: a deleted entity takes its outcomes along.
Result<store::Append> Committer::make_change(CatalogWork& work, store::AppendView& view) {
  const store::Head& head = view.heads().front();
  const Time at = time_after(head, clock_.now());
  matrix::OrgMatrix& matrix = matrix_.org(work.caller.org);
  change_ = TRY(work.decide({.matrix = matrix,
                             .catalog = catalog_,
                             .limits = matrix_.limits(),
                             .now = at,
                             .first = {head.last.number + 1}}));
  const auto rules = rules_of(*change_);
  scopes_wait_ = !rules.empty() && !matrix.prepare_scopes(rules);
  if (scopes_wait_) return make_error(Code::conflict, "a scope is being evaluated");
  auto records = records_of(
      *change_,
      {.matrix = matrix, .caller = work.caller, .at = at, .first = {head.last.number + 1}});
  if (!records.empty()) records.back().group_end = true;
  return store::Append{
      .records = std::move(records), .requests = {}, .entities = {}, .change = &*change_};
}

Result<void> Committer::write_catalog(CatalogWork& work) {
  const OrgId org = work.caller.org;
  const auto appended =
      append(std::span(&org, 1), [&](store::AppendView& view) { return make_change(work, view); });
  if (!appended) {
    // A change that is refused by itself is no failure of the store.
    if (appended.error().code == Code::unavailable) failures_.add();
    return appended.error();
  }
  if (!appended->records.empty()) follower_.show(appended->records, *change_);
  note_removals();
  return {};
}

void Committer::change_catalog(CatalogWork& work) {
  const OrgId org = work.caller.org;
  scopes_wait_ = false;
  Result<void> written = write_catalog(work);
  if (scopes_wait_ || (!written && follower_.waiting().contains(org))) {
    return queue_->put_back(std::move(work));
  }
  if (!written) matrix_.org(org).prepare_scopes({});  // nobody wants what was prepared for it
  std::exchange(work.done, nullptr)(std::move(written));
}

bool Committer::may_be_news(const OutcomeBatch& batch, std::span<const matrix::Resolved> resolved,
                            OrgId org) {
  return !unknown_rules_.knows_all(org, batch, resolved);
}

void Committer::tick() {
  waiters_.answer();
  follower_.tell_age();
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
  position_.set(static_cast<double>(positions));
  cells_.set(static_cast<double>(cells));
  entities_.set(static_cast<double>(entities));
  bytes_.set(static_cast<double>(bytes));
}

}  // namespace scorekeeper::intake
