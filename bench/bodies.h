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
  std::size_t org = 0;                // whose it is: its place in BodiesOptions::orgs
};

enum class Remarks { same, different };
// Writes new remarks, the same or different ones, and states into every result of the request, in
// place.
void stamp(Request& request, std::uint64_t number, Remarks remarks);

// An organisation that outcomes are reported for.
struct Org {
  std::string api_key;
  std::string application_key;
  std::vector<std::string> rule_ids;
};

struct BodiesOptions {
  std::string host;
  std::vector<Org> orgs;
  std::uint64_t entities = 0;  // of each organisation
  std::uint64_t results = 0;   // in one request
};

// Cell k of an organisation's matrix is rule k % rules and entity k / rules.
class Bodies {
 public:
  explicit Bodies(BodiesOptions options) : options_(std::move(options)) {}

  const std::vector<Org>& orgs() const { return options_.orgs; }
  std::uint64_t cells(std::size_t org) const {
    return options_.entities * options_.orgs[org].rule_ids.size();
  }
  // A request of any organisation for as many different cells as it has results.
  Request random(std::mt19937_64& generator) const;
  // Requests for the cells first, first + 1, …; the last one may be shorter.
  Request range(std::size_t org, std::uint64_t first) const;

 private:
  Request write(std::size_t org, const std::vector<std::uint64_t>& cells) const;

  BodiesOptions options_;
};

}  // namespace scorekeeper::bench
