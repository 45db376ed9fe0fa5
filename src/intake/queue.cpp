#include "intake/queue.h"

#include <utility>

namespace scorekeeper::intake {

std::size_t BatchWork::bytes() const {
  return batch.text.size() + batch.results.size() * sizeof(ReportedOutcome) +
         resolved.size() * sizeof(matrix::Resolved) + hashes.size() * sizeof(std::uint64_t);
}

namespace {

std::size_t bytes_of(const Work& work) {
  const auto* batch = std::get_if<BatchWork>(&work);
  return batch == nullptr ? sizeof(Work) : batch->bytes();
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

Result<void> Queue::push(Work work) {
  const std::size_t bytes = bytes_of(work);
  bool pushed = false;
  bool first = false;
  bool closed = false;
  {
    Lock lock(mutex_);
    closed = closed_;
    // One batch always fits into an empty queue, whatever its size.
    if (!closed && works_.size() < requests_max_ &&
        (works_.empty() || bytes_ + bytes <= bytes_max_)) {
      first = works_.empty();
      works_.push_back(std::move(work));
      bytes_ += bytes;
      requests_.store(works_.size(), std::memory_order_relaxed);
      requests_gauge_.set(static_cast<double>(works_.size()));
      pushed = true;
    }
  }
  if (closed) return make_error(Code::unavailable, "the server is stopping");
  if (!pushed) return full();
  if (first) filled_.notify_one();
  return {};
}

void Queue::pop(Taken& taken) {
  std::size_t outcomes = 0;
  while (!works_.empty() && !taken.catalog) {
    Work& work = works_.front();
    const std::size_t bytes = bytes_of(work);
    if (auto* batch = std::get_if<BatchWork>(&work)) {
      outcomes += batch->batch.results.size();
      if (!taken.batches.empty() && outcomes > outcomes_max_) break;
      taken.batches.push_back(std::move(*batch));
    } else {
      taken.catalog = std::move(std::get<CatalogWork>(work));
    }
    works_.pop_front();
    bytes_ -= bytes;
  }
  requests_.store(works_.size(), std::memory_order_relaxed);
  requests_gauge_.set(static_cast<double>(works_.size()));
}

bool Queue::take(Taken& taken, std::chrono::milliseconds wait) {
  taken.batches.clear();
  taken.catalog.reset();
  Lock lock(mutex_);
  if (works_.empty() && !closed_ && wait.count() > 0) filled_.wait_for(mutex_, wait);
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
