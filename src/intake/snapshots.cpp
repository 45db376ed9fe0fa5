#include "intake/snapshots.h"

#include <sys/resource.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "base/log.h"

namespace scorekeeper::intake {
namespace {

using std::chrono::steady_clock;

constexpr auto look_interval = std::chrono::seconds(1);
constexpr int niceness = 5;  // as the pools of the server

Error given_up(const char* why) { return make_error(Code::unavailable, why); }

using MayGoOn = std::function<Result<void>()>;

Result<void> copy_orgs(matrix::Matrix& matrix, std::span<const OrgId> orgs,
                       store::SnapshotFileWriter& writer, const MayGoOn& may_go_on) {
  const auto put = [&](std::span<const std::byte> piece) -> Result<void> {
    TRY(may_go_on());
    return writer.write(piece);
  };
  for (const OrgId org : orgs) {
    TRY(matrix.org(org).write_snapshot(put));
    TRY(writer.end_org(org));
  }
  return {};
}

store::SnapshotOrigin origin_of(const store::Head& head) {
  return {.org = head.org, .position = head.last, .chain = head.chain};
}

}  // namespace

SnapshotJob::SnapshotJob(matrix::Matrix& matrix, std::string path, store::SnapshotIdentity identity,
                         std::vector<OrgId> orgs)
    : matrix_(matrix),
      path_(std::move(path)),
      identity_(std::move(identity)),
      orgs_(std::move(orgs)),
      thread_([this] { run(); }) {}

SnapshotJob::~SnapshotJob() {
  {
    Lock lock(mutex_);
    given_up_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void SnapshotJob::finish(std::vector<store::SnapshotOrigin> origins) {
  {
    Lock lock(mutex_);
    origins_ = std::move(origins);
    step_ = Step::finishing;
  }
  changed_.notify_all();
}

void SnapshotJob::run() {
  setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) + niceness);  // this thread's
  try {
    result_ = write();
  } catch (const std::exception& exception) {
    result_ = make_error(Code::unavailable, exception.what());
  }
  step_ = Step::done;
}

Result<void> SnapshotJob::write() {
  const auto writer = TRY(store::SnapshotFileWriter::create(path_, identity_));
  TRY(copy_orgs(matrix_, orgs_, *writer, [this]() -> Result<void> {
    if (given_up_) return given_up("it was given up");
    return {};
  }));
  step_ = Step::copied;
  std::vector<store::SnapshotOrigin> origins;
  {
    Lock lock(mutex_);
    while (!origins_ && !given_up_) changed_.wait(mutex_);
    if (!origins_) return given_up("it was given up");
    origins = *std::exchange(origins_, std::nullopt);
  }
  return writer->finish(origins);
}

Snapshots::Snapshots(matrix::Matrix& matrix, const SnapshotOptions& options, Metrics& metrics)
    : matrix_(matrix),
      options_(options),
      written_(metrics.counter("scorekeeper_snapshots_total", "Snapshots that were written.")),
      failures_(metrics.counter("scorekeeper_snapshot_failures_total",
                                "Snapshots that could not be written.")),
      position_(metrics.gauge("scorekeeper_snapshot_position",
                              "Positions of the logs that the snapshot has, of all orgs.")) {}

void Snapshots::open(const store::Secrets& secrets, std::uint64_t positions, Time now) {
  if (!options_.place) return;
  identity_ = identity_of(*options_.place, secrets);
  positions_ = positions;
  position_.set(static_cast<double>(positions_));
  last_ = now;
}

void Snapshots::step(Time now, const Follower& follower) {
  if (!options_.place) return;
  if (job_) return go_on(follower);
  if (!is_due(now, next_look_, look_interval)) return;
  next_look_ = now + look_interval;
  if (is_wanted(now, follower)) begin(now, follower);
}

bool Snapshots::is_wanted(Time now, const Follower& follower) const {
  if (!follower.is_whole()) return false;
  const auto is_over = [&](Time begin) {
    return is_due(now, begin + options_.interval, options_.interval);
  };
  if (failed_ && !is_over(*failed_)) return false;
  const std::uint64_t positions = follower.positions();
  // Another history may have fewer.
  const std::uint64_t changes =
      positions > positions_ ? positions - positions_ : positions_ - positions;
  if (changes >= options_.changes) return true;
  if (changes == 0 || !is_over(last_)) return false;
  std::uint64_t cells = 0;
  for (const matrix::OrgMatrix* org : matrix_.orgs()) cells += org->count_cells();
  return changes * 100 >= cells;
}

void Snapshots::begin(Time now, const Follower& follower) {
  std::vector<OrgId> orgs;
  for (const store::Head& head : follower.shown()) orgs.push_back(head.org);
  last_ = now;
  new_positions_ = follower.positions();
  foldings_ = follower.foldings();
  job_ = std::make_unique<SnapshotJob>(matrix_, options_.place->path, identity_, std::move(orgs));
}

void Snapshots::go_on(const Follower& follower) {
  if (job_->is_done()) {
    note(job_->result());
    job_.reset();
    return;
  }
  // A copy that was made while a matrix had parts of groups is worth nothing.
  if (follower.foldings() != foldings_ || !follower.is_whole()) {
    job_.reset();
    return;
  }
  if (!job_->is_copied()) return;
  std::vector<store::SnapshotOrigin> origins;
  for (const store::Head& head : follower.shown()) {
    if (std::ranges::binary_search(job_->orgs(), head.org)) origins.push_back(origin_of(head));
  }
  job_->finish(std::move(origins));
}

void Snapshots::note(const Result<void>& result) {
  if (result) {
    written_.add();
    failed_.reset();
    positions_ = new_positions_;
    position_.set(static_cast<double>(positions_));
    log::info("snapshot written", {{"position", positions_}});
    return;
  }
  failures_.add();
  failed_ = last_;
  log::warning("snapshot not written", {{"error", result.error().detail}});
}

Result<void> Snapshots::write_last(const std::vector<store::Head>& heads) const {
  const auto deadline = steady_clock::now() + options_.stop_patience;
  const auto writer = TRY(store::SnapshotFileWriter::create(options_.place->path, identity_));
  std::vector<OrgId> orgs;
  std::vector<store::SnapshotOrigin> origins;
  for (const store::Head& head : heads) {
    orgs.push_back(head.org);
    origins.push_back(origin_of(head));
  }
  TRY(copy_orgs(matrix_, orgs, *writer, [deadline]() -> Result<void> {
    if (steady_clock::now() > deadline) return given_up("it took too long");
    return {};
  }));
  return writer->finish(origins);
}

void Snapshots::finish(const Follower& follower) {
  job_.reset();
  if (!options_.place || !follower.is_whole() || follower.positions() == positions_) return;
  new_positions_ = follower.positions();
  note(write_last(follower.shown()));
}

}  // namespace scorekeeper::intake
