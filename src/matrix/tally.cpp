#include "matrix/tally.h"

#include <bit>

namespace scorekeeper::matrix {
namespace {

std::uint32_t count_bits(std::uint64_t word) {
  return static_cast<std::uint32_t>(std::popcount(word));
}

// sum += one + other; the carries are left in `other`.
void add_carry_save(Words& sum, const Words& one, Words& other) {
  for (std::size_t w = 0; w < page_words; ++w) {
    const std::uint64_t half = sum[w] ^ one[w];
    const std::uint64_t carry = (sum[w] & one[w]) | (half & other[w]);
    sum[w] = half ^ other[w];
    other[w] = carry;
  }
}

}  // namespace

RuleTally tally_rule(const Planes& planes, const Words& scope, const Words& defined, Words& any) {
  RuleTally tally;
  for (std::size_t w = 0; w < page_words; ++w) {
    const std::uint64_t low = planes.low[w] & scope[w];
    const std::uint64_t high = planes.high[w] & scope[w];
    const std::uint64_t silent = scope[w] & defined[w] & ~(low | high);
    tally.pass += count_bits(low & ~high);
    tally.fail += count_bits(high & ~low);
    tally.skip += count_bits(low & high);
    tally.no_data += count_bits(silent);
    any[w] |= low | high | silent;
  }
  return tally;
}

void tally_missing(const Planes& planes, const Words& scope, const Words& defined, Words& missing) {
  for (std::size_t w = 0; w < page_words; ++w) {
    const std::uint64_t low = planes.low[w];
    const std::uint64_t high = planes.high[w];
    missing[w] |= scope[w] & ~low & (high | defined[w]);
  }
}

void VerticalCounter::open(std::size_t digit) {
  for (; digits_used_ <= digit; ++digits_used_) {
    if (digits_used_ == digits_.size()) digits_.emplace_back();
    digits_[digits_used_].sum.fill(0);
    digits_[digits_used_].has_waiting = false;
  }
}

void VerticalCounter::add(const Words& words, std::size_t digit) {
  open(digit);
  if (!digits_[digit].has_waiting) {
    digits_[digit].waiting = words;
    digits_[digit].has_waiting = true;
    return;
  }
  Words carry = words;
  add_carry_save(digits_[digit].sum, digits_[digit].waiting, carry);
  digits_[digit].has_waiting = false;
  add(carry, digit + 1);
}

// Adds all that waits, with a carry that runs through the digits.
void VerticalCounter::settle() {
  Words carry{};
  for (std::size_t digit = 0; digit < digits_used_; ++digit) {
    Digit& here = digits_[digit];
    if (!here.has_waiting) here.waiting.fill(0);
    add_carry_save(here.sum, here.waiting, carry);
    here.has_waiting = false;
  }
  if (count_bits(carry) == 0) return;
  open(digits_used_);
  digits_[digits_used_ - 1].sum = carry;
}

void VerticalCounter::unpack(Numbers& numbers) {
  settle();
  numbers.fill(0);
  for (std::size_t digit = 0; digit < digits_used_; ++digit) {
    for (std::size_t i = 0; i < page_entities; ++i) {
      const auto bit =
          (digits_[digit].sum[i / word_entities] >> i % word_entities) & std::uint64_t{1};
      numbers[i] |= static_cast<std::uint32_t>(bit) << digit;
    }
  }
}

void EntityTally::clear() {
  for (VerticalCounter* counter : {&pass_, &fail_, &skip_, &scope_}) counter->clear();
}

void EntityTally::add_cells(const Planes& planes, const Words& scope) {
  Words pass;
  Words fail;
  Words skip;
  for (std::size_t w = 0; w < page_words; ++w) {
    const std::uint64_t low = planes.low[w] & scope[w];
    const std::uint64_t high = planes.high[w] & scope[w];
    pass[w] = low & ~high;
    fail[w] = high & ~low;
    skip[w] = low & high;
  }
  pass_.add(pass);
  fail_.add(fail);
  skip_.add(skip);
}

void EntityTally::add_scope(const Words& scope, std::size_t rules) {
  for (std::size_t digit = 0; rules >> digit != 0; ++digit) {
    if ((rules >> digit & 1) != 0) scope_.add(scope, digit);
  }
}

void EntityTally::unpack(const Words& defined, EntityNumbers& numbers) {
  pass_.unpack(numbers.pass);
  fail_.unpack(numbers.fail);
  skip_.unpack(numbers.skip);
  scope_.unpack(numbers.no_data);
  for (std::size_t i = 0; i < page_entities; ++i) {
    const bool is_defined = (defined[i / word_entities] & mask_of(i % word_entities)) != 0;
    const auto cells = numbers.pass[i] + numbers.fail[i] + numbers.skip[i];
    numbers.no_data[i] = is_defined ? numbers.no_data[i] - cells : 0;
  }
}

}  // namespace scorekeeper::matrix
