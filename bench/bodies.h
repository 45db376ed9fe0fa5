// The requests that the load generator sends: made before the clock starts, and stamped in place
// just before they are sent, so that generating costs nothing that would be measured. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace scorekeeper::bench {

// One whole HTTP request, POST /api/v2/scorecard/outcomes, of the shape that all measurements
// share: rule id of 16 characters, reference of about 24, remarks of 70.
struct Request {
  std::string bytes;
  std::vector<std::uint32_t> states;  // where the four letters of each state stand
  std::vector<std::uint32_t> stamps;  // where the sixteen digits in each remark stand
};

enum class Remarks { same, different };
// Writes new remarks, the same or different ones, and states into every result of the request, in
// place.
void stamp(Request& request, std::uint64_t number, Remarks remarks);

struct BodiesOptions {
  std::string host;
  std::string api_key;
  std::string application_key;
  std::vector<std::string> rule_ids;
  std::uint64_t entities = 0;
  std::uint64_t results = 0;  // in one request
};

// Cell k of the matrix is rule k % rules and entity k / rules.
class Bodies {
 public:
  explicit Bodies(BodiesOptions options) : options_(std::move(options)) {}

  std::uint64_t cells() const { return options_.entities * options_.rule_ids.size(); }
  // A request for as many different cells as it has results.
  Request random(std::mt19937_64& generator) const;
  // Requests for the cells first, first + 1, …; the last one may be shorter.
  Request range(std::uint64_t first) const;

 private:
  Request write(const std::vector<std::uint64_t>& cells) const;

  BodiesOptions options_;
};

}  // namespace scorekeeper::bench
