#include "intake/queue.h"

#include <algorithm>
#include <utility>

namespace scorekeeper::intake {

std::size_t BatchWork::bytes() const {
  return batch.text.size() + batch.results.size() * sizeof(ReportedOutcome) +
         resolved.size() * sizeof(matrix::Resolved) + hashes.size() * sizeof(std::uint64_t);
}

namespace {

// A change of the catalog is a transaction of its own, which takes about as long as these.
constexpr std::uint64_t outcomes_of_change = 100;

std::size_t bytes_of(const Work& work) {
  const auto* batch = std::get_if<BatchWork>(&work);
  return sizeof(Work) + (batch == nullptr ? std::get<CatalogWork>(work).bytes : batch->bytes());
}

std::uint64_t cost_of(const Work& work) {
  const auto* batch = std::get_if<BatchWork>(&work);
  return 1 + (batch == nullptr ? outcomes_of_change : batch->batch.results.size());
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

void Queue::put(Work work, std::size_t bytes) {
  const OrgId org = org_of(work);
  Waiting& waiting = waitings_[org];
  waiting.works.push_back(std::move(work));
  waiting.bytes += bytes;
  ++count_;
  bytes_ += bytes;
  if (waiting.works.size() > 1) return;
  waiting.begin = now_;
  line_up(org, waiting);
}

Result<void> Queue::push(Work work) {
  const std::size_t bytes = bytes_of(work);
  bool pushed = false;
  bool first = false;
  bool closed = false;
  {
    Lock lock(mutex_);
    closed = closed_;
    const auto place = waitings_.find(org_of(work));
    pushed = !closed && has_room(place == waitings_.end() ? nullptr : &place->second, bytes);
    if (pushed) {
      first = count_ == 0;
      put(std::move(work), bytes);
      requests_.store(count_, std::memory_order_relaxed);
      requests_gauge_.set(static_cast<double>(count_));
    }
  }
  if (closed) return make_error(Code::unavailable, "the server is stopping");
  if (!pushed) return full();
  if (first) filled_.notify_one();
  return {};
}

void Queue::remove_first(Waitings::iterator place) {
  auto& [org, waiting] = *place;
  line_.erase(line_.begin());
  waiting.works.pop_front();
  --count_;
  if (waiting.works.empty()) {
    waitings_.erase(place);
  } else {
    line_up(org, waiting);
  }
}

void Queue::pop(Taken& taken) {
  std::size_t outcomes = 0;
  while (!line_.empty() && !taken.catalog) {
    const Place first = *line_.begin();
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
    now_ = first.end;
    waiting.begin = first.end;
    waiting.bytes -= bytes;
    bytes_ -= bytes;
    remove_first(place);
  }
  requests_.store(count_, std::memory_order_relaxed);
  requests_gauge_.set(static_cast<double>(count_));
}

bool Queue::take(Taken& taken, std::chrono::milliseconds wait) {
  taken.batches.clear();
  taken.catalog.reset();
  Lock lock(mutex_);
  if (count_ == 0 && !closed_ && wait.count() > 0) filled_.wait_for(mutex_, wait);
  pop(taken);
  return !taken.batches.empty() || taken.catalog || !closed_;
}

void Queue::close() {
  {
    Lock lock(mutex_);
    closed_ = true;
  }
  filled_.notify_one();
}

}  // namespace scorekeeper::intake
