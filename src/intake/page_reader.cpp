#include "intake/page_reader.h"

#include <utility>

namespace scorekeeper::intake {
namespace {

constexpr std::size_t waiting_max = 4;  // pages; then the store is not asked for more

}  // namespace

PageReader::~PageReader() {
  {
    Lock lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

Result<store::LogPage> PageReader::next() {
  Result<store::LogPage> page = store::LogPage();
  {
    Lock lock(mutex_);
    while (pages_.empty()) changed_.wait(mutex_);
    page = std::move(pages_.front());
    pages_.pop_front();
  }
  changed_.notify_all();
  return page;
}

void PageReader::run(RowId after) {
  for (bool more = true; more;) {
    auto page = read_(after);
    more = page && !page->end;
    if (page && !page->records.empty()) after = page->records.back().last();
    more = put(std::move(page)) && more;
  }
}

bool PageReader::put(Result<store::LogPage> page) {
  {
    Lock lock(mutex_);
    while (pages_.size() >= waiting_max && !stopped_) changed_.wait(mutex_);
    if (stopped_) return false;
    pages_.push_back(std::move(page));
  }
  changed_.notify_all();
  return true;
}

}  // namespace scorekeeper::intake
