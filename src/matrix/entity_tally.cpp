#include "matrix/entity_tally.h"

#include <algorithm>
#include <bit>
#include <span>

namespace scorekeeper::matrix {
namespace {

constexpr Words nobody{};
constexpr std::size_t digits_min = 4;  // eight rules at a time need them

}  // namespace

EntityLevel EntityPage::level(std::size_t index) const {
  const std::size_t word = index / word_entities;
  const std::uint64_t mask = mask_of(static_cast<std::uint32_t>(index % word_entities));
  EntityLevel found;
  bool passes_all = true;
  auto level = static_cast<std::int8_t>(level_min);
  for (const LevelWords& words : levels) {
    const bool misses = (words.missing[word] & mask) != 0;
    if (misses || (words.passing[word] & mask) != 0) {
      if (!found.reached) found.reached = 0;
      passes_all = passes_all && !misses;
      if (passes_all) found.reached = level;
      found.highest = level;
    }
    ++level;
  }
  return found;
}

EntityTally::EntityTally(std::size_t rules)
    : digits_(std::max<std::size_t>(static_cast<std::size_t>(std::bit_width(rules)), digits_min)),
      counters_(4 * digits_) {}

void EntityTally::clear() {
  std::ranges::fill(counters_, nobody);
  count_waiting_ = 0;
}

void EntityTally::add_cells(const CellPage& cells, const Words& scope) {
  const Planes planes = cells.planes(buffers_[count_waiting_]);
  waiting_[count_waiting_] = {.low = planes.low, .high = planes.high, .scope = scope.data()};
  if (++count_waiting_ == waiting_.size()) tally_waiting();
}

void EntityTally::tally_waiting() {
  for (std::size_t i = count_waiting_; i < waiting_.size(); ++i) {
    waiting_[i] = {.low = nobody.data(), .high = nobody.data(), .scope = nobody.data()};
  }
  kernels().tally_eight(waiting_, {.pass = &counters_[0],
                                   .fail = &counters_[digits_],
                                   .skip = &counters_[2 * digits_],
                                   .count = digits_});
  count_waiting_ = 0;
}

void EntityTally::end_unscoped(const Words& only_reported) {
  if (count_waiting_ > 0) tally_waiting();
  const auto scopes = std::span(counters_).subspan(3 * digits_);
  for (std::size_t i = 0; i < 3 * digits_; ++i) {
    Words reported;  // NOLINT(*-member-init): all are written
    for (std::size_t w = 0; w < page_words; ++w) reported[w] = counters_[i][w] & only_reported[w];
    kernels().add(reported, i % digits_, scopes);
  }
}

void EntityTally::add_scope(const Words& scope, std::size_t rules) {
  const auto counter = std::span(counters_).subspan(3 * digits_);
  for (std::size_t digit = 0; rules >> digit != 0; ++digit) {
    if ((rules >> digit & 1) != 0) kernels().add(scope, digit, counter);
  }
}

void EntityTally::finish(const Words& defined, EntityPage& page) {
  if (count_waiting_ > 0) tally_waiting();
  page.somebody.fill(0);
  for (std::size_t i = 0; i < counters_.size(); ++i) {
    const bool is_scope = i >= 3 * digits_;
    for (std::size_t w = 0; w < page_words; ++w) {
      page.somebody[w] |= counters_[i][w] & (is_scope ? defined[w] : ~std::uint64_t{0});
    }
  }
  const std::span<const Words> all(counters_);
  kernels().unpack(all.subspan(0, digits_), page.numbers.pass);
  kernels().unpack(all.subspan(digits_, digits_), page.numbers.fail);
  kernels().unpack(all.subspan(2 * digits_, digits_), page.numbers.skip);
  kernels().unpack(all.subspan(3 * digits_, digits_), page.numbers.no_data);
  page.sum = kernels().settle(defined, page.numbers);
}

}  // namespace scorekeeper::matrix
