// The campaigns of one org, by number, id and key. Removed ones stay, unseen, so that their numbers
// are not reused. Few, so that lists walk them. One writer, readers under OrgMatrix's lock.
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
};

}  // namespace scorekeeper::matrix
