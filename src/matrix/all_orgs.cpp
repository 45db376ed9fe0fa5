// Matrix: the matrices of all orgs.
#include <algorithm>
#include <memory>
#include <vector>

#include "matrix/matrix.h"

namespace scorekeeper::matrix {

Matrix::Matrix(const Limits& limits) : limits_(limits) {}
Matrix::~Matrix() = default;

OrgMatrix& Matrix::org(OrgId id) {
  Lock lock(mutex_);
  const auto place = std::lower_bound(
      orgs_.begin(), orgs_.end(), id,
      [](const std::unique_ptr<OrgMatrix>& org, OrgId wanted) { return org->org() < wanted; });
  if (place != orgs_.end() && (*place)->org() == id) return **place;
  return **orgs_.insert(place, std::make_unique<OrgMatrix>(id));
}

std::vector<OrgMatrix*> Matrix::orgs() {
  std::vector<OrgMatrix*> all;
  Lock lock(mutex_);
  all.reserve(orgs_.size());
  for (const auto& org : orgs_) all.push_back(org.get());
  return all;
}

}  // namespace scorekeeper::matrix
