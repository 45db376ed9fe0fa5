#include "intake/queue.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>

namespace scorekeeper::intake {

std::size_t BatchWork::bytes() const {
  return batch.text.size() + batch.results.size() * sizeof(ReportedOutcome) +
         resolved.size() * sizeof(matrix::Resolved) + hashes.size() * sizeof(std::uint64_t);
}

namespace {

// A change of the catalog is a transaction of its own, which takes about as long as these; and one
// of 5 MB as long as 20,000.
constexpr std::uint64_t outcomes_of_change = 100;
constexpr std::uint64_t change_bytes_of_outcome = 256;
constexpr std::size_t last = std::numeric_limits<std::size_t>::max();

std::size_t bytes_of(const Work& work) {
  const auto* batch = std::get_if<BatchWork>(&work);
  return sizeof(Work) + (batch == nullptr ? std::get<CatalogWork>(work).bytes : batch->bytes());
}

std::uint64_t cost_of(const Work& work) {
  const auto* batch = std::get_if<BatchWork>(&work);
  if (batch != nullptr) return 1 + batch->batch.results.size();
  const std::size_t bytes = std::get<CatalogWork>(work).bytes;
  return 1 + outcomes_of_change + bytes / change_bytes_of_outcome;
}

OrgId org_of(const Work& work) {
  return std::visit([](const auto& one) { return one.caller.org; }, work);
}

}  // namespace

Queue::Queue(const Limits& limits, Metrics& metrics)
    : requests_max_(limits.queue_requests_max),
      bytes_max_(limits.queue_bytes_max),
      outcomes_max_(limits.group_outcomes_max),
      requests_gauge_(
          metrics.gauge("scorekeeper_queue_requests", "Requests that wait for the committer.")),
      rejected_(metrics.counter("scorekeeper_queue_rejected_total",
                                "Requests that were turned away by a full intake queue.")) {}

bool Queue::looks_full() const {
  return requests_.load(std::memory_order_relaxed) >= requests_max_;
}

Error Queue::full() {
  rejected_.add();
  Error error = make_error(Code::rate_limited, "the intake queue is full, retry in a second");
  error.subject = "intake_queue";
  return error;
}

// One work always fits where nothing waits, whatever its size.
bool Queue::has_room(const Waiting* waiting, std::size_t bytes) const {
  const auto part = [](std::size_t most) {
    return std::max<std::size_t>(most * queue_org_percent / 100, 1);
  };
  if (count_ >= requests_max_ || (count_ > 0 && bytes_ + bytes > bytes_max_)) return false;
  return waiting == nullptr || (waiting->works.size() < part(requests_max_) &&
                                waiting->bytes + bytes <= part(bytes_max_));
}

void Queue::line_up(OrgId org, const Waiting& waiting) {
  line_.insert(
      {.end = waiting.begin + cost_of(waiting.works.front()), .arrival = arrivals_++, .org = org});
}

void Queue::put(Work work, std::size_t bytes, std::size_t place) {
  const OrgId org = org_of(work);
  Waiting& waiting = waitings_[org];
  const auto before =
      waiting.works.begin() + static_cast<std::ptrdiff_t>(std::min(place, waiting.works.size()));
  waiting.works.insert(before, std::move(work));
  waiting.bytes += bytes;
  ++count_;
  bytes_ += bytes;
  if (waiting.works.size() > 1) return;
  waiting.begin = now_;
  line_up(org, waiting);
}

void Queue::tell_count() {
  requests_.store(count_, std::memory_order_relaxed);
  requests_gauge_.set(static_cast<double>(count_));
}

Result<void> Queue::push(Work work) {
  const std::size_t bytes = bytes_of(work);
  bool pushed = false;
  bool wake = false;
  bool closed = false;
  {
    Lock lock(mutex_);
    closed = closed_;
    const auto place = waitings_.find(org_of(work));
    pushed = !closed && has_room(place == waitings_.end() ? nullptr : &place->second, bytes);
    if (pushed) {
      put(std::move(work), bytes, last);
      wake = count_ >= wanted_;
      tell_count();
    }
  }
  if (closed) return make_error(Code::unavailable, "the server is stopping");
  if (!pushed) return full();
  if (wake) filled_.notify_one();
  return {};
}

void Queue::put_back(std::span<BatchWork> batches) {
  Lock lock(mutex_);
  while (!batches.empty()) {
    Work work = std::move(batches.back());
    batches = batches.first(batches.size() - 1);
    const std::size_t bytes = bytes_of(work);
    put(std::move(work), bytes, 0);
  }
  tell_count();
}

void Queue::put_back(CatalogWork change) {
  Lock lock(mutex_);
  const auto& works = waitings_[change.caller.org].works;
  std::size_t place = 0;
  std::size_t outcomes = 0;
  for (; place < works.size() && outcomes < outcomes_max_; ++place) {
    const auto* batch = std::get_if<BatchWork>(&works[place]);
    if (batch == nullptr) break;
    outcomes += batch->batch.results.size();
  }
  Work work = std::move(change);
  const std::size_t bytes = bytes_of(work);
  put(std::move(work), bytes, place);
  tell_count();
}

void Queue::remove_first(Waitings::iterator place, std::set<Place>::iterator in_line) {
  auto& [org, waiting] = *place;
  line_.erase(in_line);
  waiting.works.pop_front();
  --count_;
  if (waiting.works.empty()) {
    waitings_.erase(place);
  } else {
    line_up(org, waiting);
  }
}

void Queue::pop(Taken& taken, const std::set<OrgId>& waiting_orgs) {
  std::size_t outcomes = 0;
  while (!taken.catalog) {
    const auto in_line = std::ranges::find_if(
        line_, [&](const Place& place) { return !waiting_orgs.contains(place.org); });
    if (in_line == line_.end()) break;
    const Place first = *in_line;
    const auto place = waitings_.find(first.org);
    Waiting& waiting = place->second;
    Work& work = waiting.works.front();
    const std::size_t bytes = bytes_of(work);
    if (auto* batch = std::get_if<BatchWork>(&work)) {
      outcomes += batch->batch.results.size();
      if (!taken.batches.empty() && outcomes > outcomes_max_) break;
      taken.batches.push_back(std::move(*batch));
    } else {
      if (!taken.batches.empty()) break;
      taken.catalog = std::move(std::get<CatalogWork>(work));
    }
    now_ = std::max(now_, first.end);
    waiting.begin = now_;
    waiting.bytes -= bytes;
    bytes_ -= bytes;
    remove_first(place, in_line);
  }
  tell_count();
}

void Queue::wait_for(std::size_t wanted, std::chrono::steady_clock::time_point until) {
  wanted_ = wanted;
  while (count_ < wanted && !closed_) {
    const auto left =
        std::chrono::ceil<std::chrono::microseconds>(until - std::chrono::steady_clock::now());
    if (left.count() <= 0) break;
    filled_.wait_for(mutex_, left);
  }
  wanted_ = SIZE_MAX;
}

void Queue::gather(std::chrono::microseconds time) {
  Lock lock(mutex_);
  gathered_ = last_taken_ + count_;
  gather_until_ = std::chrono::steady_clock::now() + time;
}

bool Queue::take(Taken& taken, std::chrono::milliseconds wait, const std::set<OrgId>& waiting) {
  taken.batches.clear();
  taken.catalog.reset();
  Lock lock(mutex_);
  if (wait.count() > 0) {
    wait_for(1, std::chrono::steady_clock::now() + wait);
    wait_for(std::exchange(gathered_, 0), gather_until_);
  }
  pop(taken, waiting);
  last_taken_ = taken.batches.size();
  return !taken.batches.empty() || taken.catalog || count_ > 0 || !closed_;
}

void Queue::close() {
  {
    Lock lock(mutex_);
    closed_ = true;
  }
  filled_.notify_one();
}

}  // namespace scorekeeper::intake
