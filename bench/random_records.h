// Makes the records that the bare loops append: random outcomes that change, cut and written as the
// server does. All outcomes of a request have the same remarks of 68 bytes. One thread.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "store/outcome_body.h"

namespace scorekeeper::bench {

struct RandomRecord {
  std::uint32_t count = 0;  // of changes
  std::string body;
};

class RandomRecords {
 public:
  RandomRecords(std::uint64_t rules, std::uint64_t entities) : rules_(rules), entities_(entities) {}

  // Makes the records of one request with `results` results, accepted at `at`; the log has
  // `position` changes before it.
  std::vector<RandomRecord> request(Time at, std::uint64_t results, std::uint64_t position) {
    const std::string remarks =
        fmt::format("Evaluated by run {:016x} of the nightly build, see handbook", generator_());
    std::vector<RandomRecord> records;
    store::OutcomeBodyWriter writer(at);
    for (; results > 0; --results) {
      writer.add(change(seconds_of(at), ++position, remarks));
      if (!writer.is_full() && results > 1) continue;
      const auto count = writer.count();
      records.push_back({.count = count, .body = writer.finish()});
    }
    return records;
  }

 private:
  store::ChangedOutcome change(std::uint32_t seconds, std::uint64_t position,
                               std::string_view remarks) {
    const auto random = generator_();
    return {.rule = {static_cast<std::uint32_t>(random % rules_ + 1)},
            .entity = {static_cast<std::uint32_t>((random >> 16U) % entities_ + 1)},
            .state = static_cast<State>(random % 3 + 1),
            .before = static_cast<State>((random >> 8U) % 3 + 1),
            .previous = {generator_() % position},
            .first_reported = seconds - static_cast<std::uint32_t>((random >> 40U) % 100),
            .reported_before = seconds - static_cast<std::uint32_t>((random >> 48U) % 100),
            .remarks = remarks};
  }

  std::uint64_t rules_;
  std::uint64_t entities_;
  std::mt19937_64 generator_{20'260'501};
};

}  // namespace scorekeeper::bench
