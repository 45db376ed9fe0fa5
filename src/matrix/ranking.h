// The order of score rows: which of many rows a page shows, found without sorting them all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "domain/score.h"
#include "matrix/filter.h"
#include "matrix/scores.h"

namespace scorekeeper::matrix {

// A row without a score is the last in both directions when rows are sorted by score. So a score of
// 0 is a bit more than 0, too little to tell in any other score, and no score is 0 or more than 1.
inline constexpr double least_score = 1e-300;
constexpr double no_score(bool descending) { return descending ? 0 : 1.125; }

// The key that a row is sorted by, made of its counts; never negative.
double key_of(const ScoreCounts& counts, const ScoreQuery& query);

// The places of the rows that the page shows, in its order: by key, then by place. `keys` are of
// the rows in their default order; a negative key says that there is no row. A histogram of the
// keys tells which of them may be on the page; only those are sorted.
std::vector<std::uint32_t> choose_page(std::span<const double> keys, bool descending, Page page);

}  // namespace scorekeeper::matrix
