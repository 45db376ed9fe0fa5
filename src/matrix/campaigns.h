// The campaigns of one org, by number, id and key. Of removed ones the number stays, so that it is
// not given again. Few live, so that lists walk those. One writer, readers under OrgMatrix's lock.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.h"
#include "domain/campaign.h"
#include "matrix/filter.h"

namespace scorekeeper::matrix {

class CampaignBook {
 public:
  // --- readers
  const Campaign* find(std::string_view id_or_key) const;  // an id wins over a key
  const Campaign* find(CampaignNumber campaign) const;     // removed ones too
  CampaignPage list(const CampaignFilter& filter, Page page) const;
  CampaignNumber next() const;
  std::size_t memory_bytes() const;

  // --- the writer
  void put(const Campaign& campaign);

 private:
  std::vector<std::optional<Campaign>> campaigns_;  // by number
  std::vector<CampaignNumber> live_;                // ascending
};

}  // namespace scorekeeper::matrix
