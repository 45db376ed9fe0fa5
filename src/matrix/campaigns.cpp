#include "matrix/campaigns.h"

#include <algorithm>

#include "base/assert.h"
#include "base/limits.h"
#include "domain/text.h"

namespace scorekeeper::matrix {
namespace {

constexpr std::uint64_t campaign_steps = 16;  // one that is passed over

// Every word of `words` occurs in the text.
bool has_words(std::string_view text, std::string_view words, std::uint64_t& steps) {
  while (!words.empty()) {
    steps += text.size();
    const auto space = words.find(' ');
    if (!contains_ignoring_case(text, words.substr(0, space))) return false;
    words = space == std::string_view::npos ? std::string_view() : words.substr(space + 1);
  }
  return true;
}

bool matches(const Campaign& campaign, const CampaignFilter& filter, std::uint64_t& steps) {
  steps += campaign_steps;
  return (!filter.name || has_words(campaign.name, *filter.name, steps)) &&
         (!filter.status || *filter.status == campaign.status) &&
         (!filter.owner || *filter.owner == campaign.owner_id);
}

}  // namespace

const Campaign* CampaignBook::find(std::string_view id_or_key) const {
  const Campaign* found = nullptr;
  for (const CampaignNumber number : live_) {
    const Campaign& campaign = *campaigns_[number.number];
    if (campaign.id == id_or_key) return &campaign;
    if (campaign.key == id_or_key) found = &campaign;
  }
  return found;
}

const Campaign* CampaignBook::find(CampaignNumber campaign) const {
  const std::size_t number = campaign.number;
  return number < campaigns_.size() && campaigns_[number] ? &*campaigns_[number] : nullptr;
}

bool CampaignBook::look(const CampaignFilter& filter,
                        TextSearch<Campaign, CampaignNumber>& search) const {
  search.steps = 0;
  for (auto place = std::ranges::upper_bound(live_, search.after); place != live_.end(); ++place) {
    if (search.steps >= query_look_max) return true;
    search.after = *place;
    const Campaign& campaign = *campaigns_[place->number];
    if (!matches(campaign, filter, search.steps)) continue;
    const bool skipped = search.total++ < search.page.offset;
    if (!skipped && search.found.size() < search.page.size) search.found.push_back(campaign);
  }
  return false;
}

CampaignNumber CampaignBook::next() const {
  return {static_cast<std::uint32_t>(std::max<std::size_t>(campaigns_.size(), 1))};
}

std::size_t CampaignBook::memory_bytes() const {
  std::size_t bytes =
      campaigns_.capacity() * sizeof(campaigns_[0]) + live_.capacity() * sizeof(live_[0]);
  for (const auto& campaign : campaigns_) {
    if (campaign) bytes += campaign->description.size() + campaign->guidance.size();
  }
  return bytes;
}

void CampaignBook::put(const Campaign& campaign) {
  const std::size_t number = campaign.number.number;
  ASSERT(number != 0);
  if (number >= campaigns_.size()) campaigns_.resize(number + 1);
  auto& stored = campaigns_[number];
  stored.reset();  // with the room of its texts
  const auto place = std::ranges::lower_bound(live_, campaign.number);
  const bool is_in = place != live_.end() && *place == campaign.number;
  if (campaign.removed) {
    stored.emplace();
    stored->number = campaign.number;
    stored->removed = true;
    stored->version = campaign.version;
    if (is_in) live_.erase(place);
  } else {
    stored = campaign;
    if (!is_in) live_.insert(place, campaign.number);
  }
}

}  // namespace scorekeeper::matrix
