// For tests of snapshots: a random history of everything that a matrix holds, which is kept, so
// that it can be published again.
#pragma once

#include <fmt/format.h>

#include <deque>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "matrix/matrix.h"

namespace scorekeeper::matrix {

// A publication with what its spans point to.
struct KeptPublication {
  std::vector<Scorecard> scorecards{};
  std::vector<Rule> rules{};
  std::vector<std::string> removed_kinds{};
  std::vector<Kind> kinds{};
  std::vector<Campaign> campaigns{};
  std::vector<EntityNumber> removals{};
  std::deque<std::string> references{};
  std::vector<EntityAddition> additions{};
  std::vector<EntityUpdate> updates{};
  std::vector<CellChange> changes{};
  RowId position{};

  void publish(OrgMatrix& matrix) const {
    matrix.publish({.scorecards = scorecards,
                    .rules = rules,
                    .removed_kinds = removed_kinds,
                    .kinds = kinds,
                    .campaigns = campaigns,
                    .removals = removals,
                    .additions = additions,
                    .updates = updates,
                    .changes = changes,
                    .position = position});
  }
};

class SnapshotHistory {
 public:
  explicit SnapshotHistory(unsigned seed) : random_(seed) {}

  // Makes the next publication and keeps it.
  const KeptPublication& next() {
    auto& made = *publications_.emplace_back(std::make_unique<KeptPublication>());
    const RowId position{++position_};
    if (scorecards_ == 0 || below(8) == 0) add_scorecard(made);
    if (below(2) == 0 || rules_.empty()) change_rule(made);
    if (below(4) == 0) change_kind(made);
    if (below(4) == 0) change_campaign(made);
    for (auto left = below(30); left > 0; --left) change_entity(made);
    for (auto left = below(200); left > 0; --left) change_cell(made);
    made.position = RowId{std::max(position_, position.number)};
    return made;
  }
  const std::vector<std::unique_ptr<KeptPublication>>& all() const { return publications_; }
  std::uint32_t entities() const { return static_cast<std::uint32_t>(live_.size()); }
  std::uint32_t rules() const { return static_cast<std::uint32_t>(rules_.size()); }
  std::uint32_t below(std::uint32_t bound) {
    return std::uniform_int_distribution<std::uint32_t>(0, bound - 1)(random_);
  }

 private:
  Time time() { return time_of_seconds(below(1'000'000)); }

  void add_scorecard(KeptPublication& made) {
    const std::uint32_t number = ++scorecards_;
    made.scorecards.push_back({.number = ScorecardNumber{number},
                               .id = fmt::format("card{}", number),
                               .name = fmt::format("Card {}", number),
                               .description = std::string(below(20), 'd'),
                               .created_at = time(),
                               .modified_at = time(),
                               .version = RowId{position_}});
  }
  void change_rule(KeptPublication& made) {
    const bool is_new = rules_.size() < 4 || below(3) == 0;
    const std::uint32_t number = is_new ? rules() + 1 : 1 + below(rules());
    static const std::vector<std::string> scopes{"",           "*", "tier:1", "owner:a OR n*",
                                                 "kind:queue", "(("};
    Rule rule;
    rule.number = RuleNumber{number};
    rule.id = fmt::format("rule{}", number);
    rule.scorecard = ScorecardNumber{1 + below(scorecards_)};
    rule.name = fmt::format("name {}", below(5));
    rule.description = std::string(below(20), 'd');
    rule.owner = "o";
    rule.scope_query = scopes[below(static_cast<std::uint32_t>(scopes.size()))];
    rule.enabled = below(4) > 0;
    rule.level = 1 + static_cast<int>(below(3));
    rule.created_at = time();
    rule.modified_at = time();
    rule.version = RowId{position_};
    if (!is_new && below(3) == 0) rule.removed_at_position = RowId{position_};
    rules_.insert(number);
    made.rules.push_back(rule);
  }
  void change_kind(KeptPublication& made) {
    const auto name = fmt::format("kind{}", below(5));
    if (below(3) == 0) {
      made.removed_kinds.push_back(name);
      return;
    }
    made.kinds.push_back({.name = name,
                          .display_name = "d",
                          .description = fmt::format("{}", position_),
                          .created_at = time(),
                          .modified_at = time(),
                          .version = RowId{position_}});
  }
  void change_campaign(KeptPublication& made) {
    Campaign campaign;
    campaign.number = CampaignNumber{1 + below(campaigns_ + 1)};
    campaigns_ = std::max(campaigns_, campaign.number.number);
    campaign.id = fmt::format("campaign{}", campaign.number.number);
    campaign.key = fmt::format("key{}", campaign.number.number);
    campaign.name = "Name";
    campaign.guidance = std::string(below(9), 'g');
    campaign.rules = {RuleNumber{1}, RuleNumber{77}};
    campaign.status = static_cast<CampaignStatus>(1 + below(3));
    campaign.start_date = time();
    if (below(2) == 0) campaign.due_date = time();
    campaign.removed = below(4) == 0;
    campaign.version = RowId{position_};
    made.campaigns.push_back(campaign);
  }
  EntityAttributes attributes() {
    EntityAttributes made;
    made.owner = below(3) == 0 ? "" : "a";
    made.tier = below(2) == 0 ? "1" : "";
    made.lifecycle = below(2) == 0 ? "production" : "";
    made.type = fmt::format("t{}", below(30));
    if (below(2) == 0) made.languages = {"go", "rust"};
    if (below(2) == 0) made.tags = {"tier:1", "env:prod", fmt::format("id:{}", below(500)), "bare"};
    if (below(3) == 0) made.systems = {"shop"};
    return made;
  }
  // Some stand close together, some on another page.
  void change_entity(KeptPublication& made) {
    const std::uint32_t number = 1 + (below(4) == 0 ? 4'000 + below(3'000) : below(200));
    if (!changed_at_.emplace(number, &made).second && changed_at_[number] == &made) return;
    changed_at_[number] = &made;
    const RowId version{position_};
    if (!live_[number]) {
      live_[number] = true;
      const auto kind = number % 3 == 0 ? "queue" : "service";
      made.references.push_back(fmt::format("{}:default/n{}", kind, number % 500));
      made.additions.push_back({EntityNumber{number}, made.references.back(), version});
    } else if (below(3) == 0) {
      live_[number] = false;
      if (below(2) == 0) {
        made.removals.push_back(EntityNumber{number});
      } else {
        made.updates.push_back({.number = EntityNumber{number},
                                .attributes = {},
                                .removed = true,
                                .version = version});
      }
    } else {
      EntityUpdate update{.number = EntityNumber{number}, .attributes = {}, .version = version};
      if (below(4) > 0) update.attributes = attributes();
      made.updates.push_back(update);
    }
  }
  void change_cell(KeptPublication& made) {
    if (live_.empty()) return;
    auto place = live_.lower_bound(1 + below(7'000));
    if (place == live_.end()) place = live_.begin();
    if (!place->second) return;
    CellChange change{RuleNumber{1 + below(rules())}, EntityNumber{place->first}, std::nullopt};
    const auto row = ++position_;
    if (below(8) > 0) {
      change.cell = Cell{.state = static_cast<State>(1 + below(3)),
                         .row = RowId{row},
                         .hash = random_(),
                         .first_reported = below(1'000),
                         .last_reported = below(1'000)};
    }
    made.changes.push_back(change);
  }

  std::mt19937_64 random_;
  std::uint64_t position_ = 0;
  std::uint32_t scorecards_ = 0;
  std::uint32_t campaigns_ = 0;
  std::set<std::uint32_t> rules_;
  std::map<std::uint32_t, bool> live_;
  std::map<std::uint32_t, const KeptPublication*> changed_at_;
  std::vector<std::unique_ptr<KeptPublication>> publications_;
};

}  // namespace scorekeeper::matrix
