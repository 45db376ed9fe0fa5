// Each kernel is a body that is inlined into two functions, one of them compiled for newer
// processors. (The compilers' own way, target_clones, needs a resolver that runs before
// ThreadSanitizer is ready.) Bodies work on vectors of 256 bits, which the compilers cut into what
// the processor has; these are passed by reference, as not all processors have a way to pass them
// by value.
#include "matrix/kernels.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace scorekeeper::matrix {
namespace {

using Vector [[gnu::vector_size(32)]] = std::uint64_t;
using Narrow [[gnu::vector_size(8)]] = std::uint8_t;
using Wide [[gnu::vector_size(32)]] = std::uint32_t;
using Integers [[gnu::vector_size(16)]] = std::int32_t;
using Doubles [[gnu::vector_size(32)]] = double;
constexpr std::size_t lanes = 4;
constexpr std::size_t wide_lanes = 8;
// Digits that are unpacked together.
constexpr std::size_t byte_digits = 8;

#define BODY [[gnu::always_inline]] inline

BODY void load(const std::uint64_t* from, Vector& to) { std::memcpy(&to, from, sizeof(to)); }
BODY void store(const Vector& from, std::uint64_t* to) { std::memcpy(to, &from, sizeof(from)); }

BODY std::uint64_t count_bits(std::uint64_t word) {
  return static_cast<std::uint64_t>(std::popcount(word));
}

BODY RuleTally tally_rule_body(const ScopedPlanes& cells, const Words& defined, Words& any) {
  RuleTally tally;
  for (std::size_t w = 0; w < page_words; ++w) {
    const std::uint64_t low = cells.low[w] & cells.scope[w];
    const std::uint64_t high = cells.high[w] & cells.scope[w];
    const std::uint64_t silent = cells.scope[w] & defined[w] & ~(low | high);
    tally.pass += count_bits(low & ~high);
    tally.fail += count_bits(high & ~low);
    tally.skip += count_bits(low & high);
    tally.no_data += count_bits(silent);
    any[w] |= low | high | silent;
  }
  return tally;
}

// sum += one + other
BODY void add_three(Vector& sum, const Vector& one, const Vector& other, Vector& carry) {
  const Vector half = sum ^ one;
  carry = (sum & one) | (half & other);
  sum = half ^ other;
}

// Eight planes into a vertical counter, of the entities of one vector from word `w` on.
BODY void add_eight(const Vector (&planes)[8], std::size_t w, Words* digits, std::size_t count) {
  Vector ones;
  Vector twos;
  Vector fours;
  load(&digits[0][w], ones);
  load(&digits[1][w], twos);
  load(&digits[2][w], fours);
  Vector twos_carry[2];
  Vector fours_carry[2];
  Vector carry;
  add_three(ones, planes[0], planes[1], twos_carry[0]);
  add_three(ones, planes[2], planes[3], twos_carry[1]);
  add_three(twos, twos_carry[0], twos_carry[1], fours_carry[0]);
  add_three(ones, planes[4], planes[5], twos_carry[0]);
  add_three(ones, planes[6], planes[7], twos_carry[1]);
  add_three(twos, twos_carry[0], twos_carry[1], fours_carry[1]);
  add_three(fours, fours_carry[0], fours_carry[1], carry);
  store(ones, &digits[0][w]);
  store(twos, &digits[1][w]);
  store(fours, &digits[2][w]);
  for (std::size_t digit = 3; digit < count; ++digit) {
    Vector sum;
    load(&digits[digit][w], sum);
    const Vector next = sum & carry;
    sum ^= carry;
    carry = next;
    store(sum, &digits[digit][w]);
  }
}

BODY void tally_eight_body(const std::array<ScopedPlanes, 8>& rules, const StateDigits& digits) {
  for (std::size_t w = 0; w < page_words; w += lanes) {
    Vector pass[8];
    Vector fail[8];
    Vector skip[8];
    for (std::size_t rule = 0; rule < rules.size(); ++rule) {
      Vector low;
      Vector high;
      Vector scope;
      load(rules[rule].low + w, low);
      load(rules[rule].high + w, high);
      load(rules[rule].scope + w, scope);
      low &= scope;
      high &= scope;
      skip[rule] = low & high;
      pass[rule] = low ^ skip[rule];
      fail[rule] = high ^ skip[rule];
    }
    add_eight(pass, w, digits.pass, digits.count);
    add_eight(fail, w, digits.fail, digits.count);
    add_eight(skip, w, digits.skip, digits.count);
  }
}

BODY void add_body(const Words& bits, std::size_t digit, std::span<Words> digits) {
  for (std::size_t w = 0; w < page_words; w += lanes) {
    Vector carry;
    load(&bits[w], carry);
    for (std::size_t d = digit; d < digits.size(); ++d) {
      Vector sum;
      load(&digits[d][w], sum);
      const Vector next = sum & carry;
      sum ^= carry;
      carry = next;
      store(sum, &digits[d][w]);
    }
  }
}

// Exchanges the bits of `mask` << shift in one with those of `mask` in the other.
BODY void exchange(Vector& one, Vector& other, std::uint64_t mask, int shift) {
  const Vector differing = ((one >> shift) ^ other) & mask;
  other ^= differing;
  one ^= differing << shift;
}

// Eight vectors of digits to bytes: afterwards byte i of lane l of vector j is the number of entity
// 8 j + i of word l. Bits and bytes of a square change places, halves first.
BODY void transpose(Vector (&digits)[byte_digits]) {
  constexpr std::uint64_t bits[] = {0x5555'5555'5555'5555U, 0x3333'3333'3333'3333U,
                                    0x0f0f'0f0f'0f0f'0f0fU};
  constexpr std::uint64_t bytes[] = {0x00ff'00ff'00ff'00ffU, 0x0000'ffff'0000'ffffU,
                                     0x0000'0000'ffff'ffffU};
  for (std::size_t step = 0; step < 3; ++step) {
    const std::size_t distance = std::size_t{1} << step;
    for (std::size_t i = 0; i < byte_digits; ++i) {
      if ((i & distance) == 0) {
        exchange(digits[i], digits[i | distance], bits[step], 1 << step);
      }
    }
  }
  for (std::size_t step = 0; step < 3; ++step) {
    const std::size_t distance = std::size_t{1} << step;
    for (std::size_t i = 0; i < byte_digits; ++i) {
      if ((i & distance) == 0) {
        exchange(digits[i], digits[i | distance], bytes[step], 8 << step);
      }
    }
  }
}

// Numbers of at most eight digits are added, shifted left by `shift`.
BODY void unpack_byte(std::span<const Words> digits, unsigned shift, Numbers& numbers) {
  for (std::size_t w = 0; w < page_words; w += lanes) {
    Vector square[byte_digits] = {};
    for (std::size_t digit = 0; digit < digits.size(); ++digit) {
      load(&digits[digit][w], square[digit]);
    }
    transpose(square);
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      for (std::size_t j = 0; j < byte_digits; ++j) {
        const std::uint64_t eight = square[j][lane];
        Narrow narrow;
        std::memcpy(&narrow, &eight, sizeof(narrow));
        std::uint32_t* place = &numbers[(w + lane) * word_entities + j * 8];
        Wide wide;
        std::memcpy(&wide, place, sizeof(wide));
        wide |= __builtin_convertvector(narrow, Wide) << shift;
        std::memcpy(place, &wide, sizeof(wide));
      }
    }
  }
}

BODY void unpack_body(std::span<const Words> digits, Numbers& numbers) {
  std::memset(numbers.data(), 0, sizeof(numbers));
  for (unsigned shift = 0; !digits.empty(); shift += byte_digits) {
    const auto some = digits.first(std::min(digits.size(), byte_digits));
    unpack_byte(some, shift, numbers);
    digits = digits.subspan(some.size());
  }
}

BODY void write_buckets_body(std::span<const double> keys, double scale, std::int32_t* buckets) {
  std::size_t i = 0;
  for (; i + lanes <= keys.size(); i += lanes) {
    Doubles some;
    std::memcpy(&some, &keys[i], sizeof(some));
    const Doubles scaled = some * scale;
    const Integers absent = __builtin_convertvector(some < 0, Integers);
    const Integers four = __builtin_convertvector(scaled, Integers) | absent;
    std::memcpy(buckets + i, &four, sizeof(four));
  }
  for (; i < keys.size(); ++i) {
    buckets[i] = keys[i] < 0 ? -1 : static_cast<std::int32_t>(keys[i] * scale);
  }
}

// All ones for each of eight entities whose bit is set.
BODY void spread(std::uint64_t bits, Wide& mask) {
  constexpr Wide each{1, 2, 4, 8, 16, 32, 64, 128};
  const Wide all = Wide{} + static_cast<std::uint32_t>(bits & 0xff);
  mask = reinterpret_cast<Wide>((all & each) == each);
}

BODY ScoreCounts settle_body(const Words& defined, EntityNumbers& numbers) {
  ScoreCounts sums;
  Wide sum[4] = {};
  for (std::size_t i = 0; i < page_entities; i += wide_lanes) {
    Wide pass;
    Wide fail;
    Wide skip;
    Wide no_data;
    Wide mask;
    std::memcpy(&pass, &numbers.pass[i], sizeof(pass));
    std::memcpy(&fail, &numbers.fail[i], sizeof(fail));
    std::memcpy(&skip, &numbers.skip[i], sizeof(skip));
    std::memcpy(&no_data, &numbers.no_data[i], sizeof(no_data));
    spread(defined[i / word_entities] >> i % word_entities, mask);
    no_data = (no_data - pass - fail - skip) & mask;
    std::memcpy(&numbers.no_data[i], &no_data, sizeof(no_data));
    sum[0] += pass;
    sum[1] += fail;
    sum[2] += skip;
    sum[3] += no_data;
  }
  for (std::size_t lane = 0; lane < wide_lanes; ++lane) {
    sums.pass += sum[0][lane];
    sums.fail += sum[1][lane];
    sums.skip += sum[2][lane];
    sums.no_data += sum[3][lane];
  }
  return sums;
}

BODY void write_keys_body(const EntityKey& key, double* keys) {
  for (std::size_t i = 0; i < page_entities; i += lanes) {
    Integers sum{};
    for (const Numbers* numbers : key.sum) {
      Integers some{};
      if (numbers != nullptr) std::memcpy(&some, &(*numbers)[i], sizeof(some));
      sum += some;
    }
    Doubles value;
    if (key.dividend == nullptr) {
      value = __builtin_convertvector(sum, Doubles);
    } else {
      Integers dividend;
      std::memcpy(&dividend, &(*key.dividend)[i], sizeof(dividend));
      const Integers empty = sum == 0;  // the dividend is 0 there, too
      const Doubles is_empty = -__builtin_convertvector(empty, Doubles);
      sum -= empty;
      value = __builtin_convertvector(dividend, Doubles) / __builtin_convertvector(sum, Doubles);
      value += is_empty * key.none + (1 - is_empty) * key.least;
    }
    std::memcpy(keys + i, &value, sizeof(value));
  }
}

BODY void add_levels_body(const ScopedPlanes& cells, const Words& defined, LevelWords& level) {
  for (std::size_t w = 0; w < page_words; w += lanes) {
    Vector low;
    Vector high;
    Vector scope;
    Vector known;
    Vector passing;
    Vector missing;
    load(cells.low + w, low);
    load(cells.high + w, high);
    load(cells.scope + w, scope);
    load(&defined[w], known);
    load(&level.passing[w], passing);
    load(&level.missing[w], missing);
    passing |= scope & low & ~high;
    missing |= scope & ~low & (high | known);
    store(passing, &level.passing[w]);
    store(missing, &level.missing[w]);
  }
}

BODY std::uint64_t select_body(const Planes& planes, const Selected& wanted, Words& selected) {
  std::uint64_t count = 0;
  for (std::size_t w = 0; w < page_words; ++w) {
    selected[w] = bits_in_state(planes.low[w], planes.high[w], wanted.state) & wanted.scope[w] &
                  wanted.wanted[w];
    count += count_bits(selected[w]);
  }
  return count;
}

namespace plain {
RuleTally tally_rule(const ScopedPlanes& cells, const Words& defined, Words& any) {
  return tally_rule_body(cells, defined, any);
}
void tally_eight(const std::array<ScopedPlanes, 8>& rules, const StateDigits& digits) {
  tally_eight_body(rules, digits);
}
void add(const Words& bits, std::size_t digit, std::span<Words> digits) {
  add_body(bits, digit, digits);
}
void unpack(std::span<const Words> digits, Numbers& numbers) { unpack_body(digits, numbers); }
ScoreCounts settle(const Words& defined, EntityNumbers& numbers) {
  return settle_body(defined, numbers);
}
void write_keys(const EntityKey& key, double* keys) { write_keys_body(key, keys); }
void write_buckets(std::span<const double> keys, double scale, std::int32_t* buckets) {
  write_buckets_body(keys, scale, buckets);
}
void add_levels(const ScopedPlanes& cells, const Words& defined, LevelWords& level) {
  add_levels_body(cells, defined, level);
}
std::uint64_t select(const Planes& planes, const Selected& wanted, Words& selected) {
  return select_body(planes, wanted, selected);
}
constexpr Kernels kernels{
    .tally_rule = tally_rule,
    .tally_eight = tally_eight,
    .add = add,
    .unpack = unpack,
    .settle = settle,
    .write_keys = write_keys,
    .write_buckets = write_buckets,
    .add_levels = add_levels,
    .select = select,
};
}  // namespace plain

#if defined(__x86_64__)
#define NEWER [[gnu::target("arch=x86-64-v3")]]

namespace newer {
NEWER RuleTally tally_rule(const ScopedPlanes& cells, const Words& defined, Words& any) {
  return tally_rule_body(cells, defined, any);
}
NEWER void tally_eight(const std::array<ScopedPlanes, 8>& rules, const StateDigits& digits) {
  tally_eight_body(rules, digits);
}
NEWER void add(const Words& bits, std::size_t digit, std::span<Words> digits) {
  add_body(bits, digit, digits);
}
NEWER void unpack(std::span<const Words> digits, Numbers& numbers) { unpack_body(digits, numbers); }
NEWER ScoreCounts settle(const Words& defined, EntityNumbers& numbers) {
  return settle_body(defined, numbers);
}
NEWER void write_keys(const EntityKey& key, double* keys) { write_keys_body(key, keys); }
NEWER void write_buckets(std::span<const double> keys, double scale, std::int32_t* buckets) {
  write_buckets_body(keys, scale, buckets);
}
NEWER void add_levels(const ScopedPlanes& cells, const Words& defined, LevelWords& level) {
  add_levels_body(cells, defined, level);
}
NEWER std::uint64_t select(const Planes& planes, const Selected& wanted, Words& selected) {
  return select_body(planes, wanted, selected);
}
constexpr Kernels kernels{
    .tally_rule = tally_rule,
    .tally_eight = tally_eight,
    .add = add,
    .unpack = unpack,
    .settle = settle,
    .write_keys = write_keys,
    .write_buckets = write_buckets,
    .add_levels = add_levels,
    .select = select,
};
}  // namespace newer

#endif

}  // namespace

const Kernels& plain_kernels() { return plain::kernels; }

const Kernels& kernels() {
#if defined(__x86_64__)
  static const bool is_newer = __builtin_cpu_supports("x86-64-v3") != 0;
  if (is_newer) return newer::kernels;
#endif
  return plain::kernels;
}

}  // namespace scorekeeper::matrix
