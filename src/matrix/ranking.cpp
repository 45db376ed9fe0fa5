#include "matrix/ranking.h"

#include <algorithm>
#include <array>

#include "matrix/kernels.h"

namespace scorekeeper::matrix {
namespace {

constexpr std::size_t bucket_count = 2048;

struct Range {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

struct Ranked {
  double key = 0;
  std::uint32_t place = 0;
};

// Rows by key: every row of a bucket stands before every row of the next.
class Buckets {
 public:
  Buckets(std::span<const double> keys, bool descending)
      : keys_(keys), scale_(scale_for(keys)), descending_(descending) {}

  std::vector<std::uint64_t> counts() const;
  // The rows of some buckets, one bucket after the other, each by place. `begins`: where each
  // bucket's rows begin, and where the last one's end.
  std::vector<Ranked> gather(Range buckets, std::span<const std::uint64_t> begins) const;

 private:
  static double scale_for(std::span<const double> keys);
  // Calls visit(bucket, place) for each row, ascending by place.
  template <class Visit>
  void visit(const Visit& visit) const;

  std::span<const double> keys_;
  double scale_;
  bool descending_;
};

double Buckets::scale_for(std::span<const double> keys) {
  std::array<double, 4> largest{};  // several, so that none waits for the one before
  for (std::size_t i = 0; i < keys.size(); ++i) {
    largest[i % 4] = std::max(largest[i % 4], keys[i]);
  }
  const double top = std::ranges::max(largest);
  return top > 0 ? static_cast<double>(bucket_count - 1) / top : 0;
}

template <class Visit>
void Buckets::visit(const Visit& visit) const {
  std::array<std::int32_t, page_entities> buckets;
  for (std::size_t start = 0; start < keys_.size(); start += page_entities) {
    const auto some =
        keys_.subspan(start, std::min<std::size_t>(page_entities, keys_.size() - start));
    kernels().write_buckets(some, scale_, buckets.data());
    for (std::size_t i = 0; i < some.size(); ++i) {
      if (buckets[i] < 0) continue;
      const auto bucket = static_cast<std::size_t>(buckets[i]);
      visit(descending_ ? bucket_count - 1 - bucket : bucket, start + i);
    }
  }
}

std::vector<std::uint64_t> Buckets::counts() const {
  std::array<std::array<std::uint32_t, bucket_count>, 2> counts{};
  visit([&](std::size_t bucket, std::size_t place) { ++counts[place % 2][bucket]; });
  std::vector<std::uint64_t> sums(bucket_count);
  for (std::size_t i = 0; i < bucket_count; ++i) sums[i] = counts[0][i] + counts[1][i];
  return sums;
}

std::vector<Ranked> Buckets::gather(Range buckets, std::span<const std::uint64_t> begins) const {
  std::vector<std::uint64_t> next;
  for (const std::uint64_t begin : begins) next.push_back(begin - begins.front());
  std::vector<Ranked> rows(next.back());
  visit([&](std::size_t bucket, std::size_t place) {
    if (bucket < buckets.begin || bucket >= buckets.end) return;
    rows[next[bucket - buckets.begin]++] = {keys_[place], static_cast<std::uint32_t>(place)};
  });
  return rows;
}

// Puts the rows of one bucket that are wanted where they belong; the others may stand anywhere.
void order(std::span<Ranked> rows, Range wanted, bool descending) {
  const auto differs = [&](const Ranked& row) { return row.key != rows.front().key; };
  if (std::ranges::none_of(rows, differs)) return;  // they stand by place
  const auto comes_first = [&](const Ranked& one, const Ranked& other) {
    if (one.key != other.key) return descending ? one.key > other.key : one.key < other.key;
    return one.place < other.place;
  };
  const auto at = [&](std::uint64_t index) {
    return rows.begin() + static_cast<std::ptrdiff_t>(index);
  };
  if (wanted.begin > 0) std::nth_element(rows.begin(), at(wanted.begin), rows.end(), comes_first);
  if (wanted.end < rows.size()) {
    std::nth_element(at(wanted.begin), at(wanted.end), rows.end(), comes_first);
  }
  std::sort(at(wanted.begin), at(wanted.end), comes_first);
}

}  // namespace

double key_of(const ScoreCounts& counts, const ScoreQuery& query) {
  switch (query.sort) {
    case ScoreSort::none:
      return 0;
    case ScoreSort::score: {
      const auto score = score_of(counts, query.no_data);
      return score ? *score + least_score : no_score(query.descending);
    }
    case ScoreSort::numerator:
      return static_cast<double>(numerator_of(counts));
    case ScoreSort::denominator:
      return static_cast<double>(denominator_of(counts, query.no_data));
    case ScoreSort::total_pass:
      return static_cast<double>(counts.pass);
    case ScoreSort::total_fail:
      return static_cast<double>(counts.fail);
    case ScoreSort::total_skip:
      return static_cast<double>(counts.skip);
    case ScoreSort::total_no_data:
      return static_cast<double>(counts.no_data);
  }
  return 0;
}

std::vector<std::uint32_t> choose_page(std::span<const double> keys, bool descending, Page page) {
  const Buckets buckets(keys, descending);
  const auto counts = buckets.counts();
  std::vector<std::uint32_t> chosen;
  const Range wanted{page.offset, page.offset + page.size};
  // The buckets that the page touches, and where the rows of each begin.
  Range touched;
  std::uint64_t begin = 0;
  std::vector<std::uint64_t> begins;
  for (std::uint32_t bucket = 0; bucket < counts.size() && begin < wanted.end; ++bucket) {
    const std::uint64_t end = begin + counts[bucket];
    if (end > wanted.begin) {
      if (begins.empty()) touched.begin = bucket;
      begins.push_back(begin);
    }
    begin = end;
  }
  if (begins.empty()) return chosen;
  touched.end = touched.begin + begins.size();
  const std::uint64_t first = begins.front();
  begins.push_back(begin);
  std::vector<Ranked> rows = buckets.gather(touched, begins);
  for (std::size_t i = 0; i + 1 < begins.size(); ++i) {
    const auto some = std::span(rows).subspan(begins[i] - first, begins[i + 1] - begins[i]);
    const std::uint64_t skip = wanted.begin > begins[i] ? wanted.begin - begins[i] : 0;
    const std::uint64_t take = std::min(wanted.end, begins[i + 1]) - begins[i] - skip;
    order(some, {skip, skip + take}, descending);
    for (const Ranked& row : some.subspan(skip, take)) chosen.push_back(row.place);
  }
  return chosen;
}

}  // namespace scorekeeper::matrix
