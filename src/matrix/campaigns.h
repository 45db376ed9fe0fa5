// The campaigns of one org, by number, id and key. The number of a removed one stays, so that it is
// not given again. Few live, so that lists walk those. One writer, readers under OrgMatrix's lock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.h"
#include "domain/campaign.h"
#include "matrix/filter.h"
#include "matrix/text_search.h"

namespace scorekeeper::matrix {

class CampaignBook {
 public:
  // --- readers
  const Campaign* find(std::string_view id_or_key) const;  // an id wins over a key
  const Campaign* find(CampaignNumber campaign) const;     // removed ones too
  // A look of some query_look_max steps; false = all is found.
  bool look(const CampaignFilter& filter, TextSearch<Campaign, CampaignNumber>& search) const;
  std::size_t count() const { return live_.size(); }
  CampaignNumber next() const;
  std::size_t memory_bytes() const;

  // --- the writer
  void put(const Campaign& campaign);

 private:
  std::vector<std::optional<Campaign>> campaigns_;  // by number
  std::vector<CampaignNumber> live_;                // ascending
};

}  // namespace scorekeeper::matrix
