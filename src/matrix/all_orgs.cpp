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
  const auto place = std::ranges::lower_bound(orgs_, id, {}, &Entry::id);
  if (place != orgs_.end() && place->id == id) return *place->matrix;
  return *orgs_.insert(place, {id, std::make_unique<OrgMatrix>(id)})->matrix;
}

std::vector<OrgMatrix*> Matrix::orgs() {
  std::vector<OrgMatrix*> all;
  Lock lock(mutex_);
  all.reserve(orgs_.size());
  for (const auto& [id, org] : orgs_) all.push_back(org.get());
  return all;
}

}  // namespace scorekeeper::matrix
