#include "matrix/ranking.h"

#include <algorithm>
#include <numeric>

namespace scorekeeper::matrix {

double key_of(const ScoreCounts& counts, ScoreSort sort, Silence silence) {
  switch (sort) {
    case ScoreSort::none:
      return 0;
    case ScoreSort::score:
      return score_of(counts, silence);
    case ScoreSort::numerator:
      return static_cast<double>(numerator_of(counts));
    case ScoreSort::denominator:
      return static_cast<double>(denominator_of(counts, silence));
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

std::vector<std::size_t> choose_page(std::size_t rows, Page page) {
  if (page.offset >= rows) return {};
  std::vector<std::size_t> places(std::min<std::uint64_t>(page.size, rows - page.offset));
  std::iota(places.begin(), places.end(), static_cast<std::size_t>(page.offset));
  return places;
}

std::vector<std::size_t> choose_page(std::span<const double> keys, bool descending, Page page) {
  std::vector<std::size_t> places(keys.size());
  std::iota(places.begin(), places.end(), std::size_t{0});
  std::ranges::stable_sort(places, [&](std::size_t one, std::size_t other) {
    return descending ? keys[other] < keys[one] : keys[one] < keys[other];
  });
  std::vector<std::size_t> chosen = choose_page(keys.size(), page);
  for (std::size_t& place : chosen) place = places[place];
  return chosen;
}

}  // namespace scorekeeper::matrix
