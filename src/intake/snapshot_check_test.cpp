// verify tells a snapshot that a start would use and that is wrong from one that costs time only.
#include "intake/snapshot_check.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "intake/snapshot_fixture.h"

namespace scorekeeper::intake {
namespace {

// A line for each fault, else for each note, else the position up to which it was compared.
std::string check(SnapshotHistory& history, const std::string& path) {
  const auto file = store::SnapshotFile::open(path, history.identity());
  if (!file) return "not used: " + file.error().detail + "\n";
  std::string faults;
  const auto checked = check_snapshots(
      *file, *history.store.secrets(), history.store.heads()->heads,
      [&](OrgId org, RowId after, std::size_t records_max) {
        return history.store.read(org, after, records_max);
      },
      [&](const std::string& fault) { faults += fault + "\n"; });
  if (!checked) return "ERROR " + checked.error().detail;
  if (!faults.empty()) return faults;
  std::string notes;
  for (const auto& note : checked->notes) notes += note + "\n";
  EXPECT_EQ(checked->orgs == 0, !notes.empty());
  return notes.empty() ? fmt::format("{}", checked->positions) : notes;
}

std::string last(SnapshotHistory& history) {
  return fmt::format("{}", history.store.head(SnapshotHistory::org).last.number);
}

TEST(SnapshotCheck, FindsNothingWrongInWhatServersWrite) {
  for (unsigned seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE(seed);
    SnapshotHistory history(seed);
    history.start_without();
    ASSERT_NO_FATAL_FAILURE(history.steps(30));
    // Between any two pieces something happens, and the log goes on afterwards.
    history.write_file(history.other_file(), history.identity(), [&] { history.steps(3); });
    const std::string written = last(history);
    EXPECT_EQ(check(history, history.other_file()), written);
    ASSERT_NO_FATAL_FAILURE(history.steps(20));
    EXPECT_EQ(check(history, history.other_file()), written);
    // One that goes on from another one.
    history.start();
    ASSERT_NO_FATAL_FAILURE(history.steps(10));
    history.start();
    ASSERT_NO_FATAL_FAILURE(history.steps(10));
    history.server->stop();
    EXPECT_EQ(check(history, history.place().path), last(history));
  }
}

class SnapshotCheckFinds : public testing::Test {
 protected:
  SnapshotCheckFinds() {
    history.start_without();
    rule = history.server->make_rule("one");
    removed = history.server->make_rule("two");
    EntityDefinition definition;
    definition.reference = "service:default/defined";
    definition.api_version = "v3";
    definition.attributes.tier = "gold";
    definition.schema = definition.raw = "{}";
    definition.ingestion_source = "api";
    EXPECT_TRUE(history.server->define({definition}));
    const Kind kind{.name = "topic",
                    .display_name = {},
                    .description = "d",
                    .created_at = {},
                    .modified_at = {}};
    EXPECT_TRUE(history.server->change(bound(decide_upsert_kind, kind)));
    EXPECT_TRUE(history.server->submit({{rule, "service:default/seen", State::pass, "so"},
                                        {removed, "service:default/seen", State::fail, "so"}}));
    EXPECT_TRUE(history.server->remove_rule(removed));
    EXPECT_TRUE(matrix.read_snapshot(history.bytes_of(history.server->matrix->org(org))));
  }

  // The faults that are found once `publication` was published to the matrix behind the snapshot.
  std::string after(matrix::Publication publication) {
    matrix.publish(publication);
    history.write_file(history.other_file(), history.identity(), matrix);
    return check(history, history.other_file());
  }
  static std::string wrong(const std::string& thing) {
    return "snapshot of org 1: " + thing + " differs from the log\n";
  }
  matrix::Cell cell_of(const std::string& id) {
    return *matrix.find_cell(number_of(id), matrix.find_entity("service:default/seen"));
  }
  RuleNumber number_of(const std::string& id) {
    for (RuleNumber number{1}; number < matrix.next_rule(); ++number.number) {
      if (matrix.rule_ids(std::span(&number, 1)).front() == id) return number;
    }
    return {};
  }

  static constexpr OrgId org = SnapshotHistory::org;
  SnapshotHistory history;
  matrix::OrgMatrix matrix{org};
  std::string rule;
  std::string removed;
};

TEST_F(SnapshotCheckFinds, NothingInTheMatrixAsItIs) { EXPECT_EQ(after({}), last(history)); }

TEST_F(SnapshotCheckFinds, AnotherOutcome) {
  const EntityNumber entity = matrix.find_entity("service:default/seen");
  const std::string wanted = wrong("the outcome of rule " + rule + " for service:default/seen");
  for (int part = 0; part < 5; ++part) {
    SCOPED_TRACE(part);
    const matrix::Cell good = cell_of(rule);
    matrix::CellChange change{.rule = number_of(rule), .entity = entity, .cell = good};
    if (part == 0) change.cell->state = State::skip;
    if (part == 1) --change.cell->row.number;
    if (part == 2) ++change.cell->hash;
    if (part == 3) ++change.cell->first_reported;
    if (part == 4) change.cell.reset();
    EXPECT_EQ(after({.changes = std::span(&change, 1)}), wanted);
    change.cell = good;
    EXPECT_EQ(after({.changes = std::span(&change, 1)}), last(history));
  }
}

TEST_F(SnapshotCheckFinds, AnOutcomeThatNobodyReported) {
  const matrix::CellChange change{.rule = number_of(rule),
                                  .entity = matrix.find_entity("service:default/defined"),
                                  .cell = cell_of(rule)};
  EXPECT_EQ(after({.changes = std::span(&change, 1)}),
            wrong("the outcome of rule " + rule + " for service:default/defined"));
}

TEST_F(SnapshotCheckFinds, AnotherOutcomeOfADeletedRule) {
  matrix::CellChange change{.rule = number_of(removed),
                            .entity = matrix.find_entity("service:default/seen"),
                            .cell = cell_of(removed)};
  change.cell->state = State::pass;
  EXPECT_EQ(after({.changes = std::span(&change, 1)}),
            wrong("the outcome of rule " + removed + " for service:default/seen"));
}

// The log need not have it.
TEST_F(SnapshotCheckFinds, NothingInALaterReport) {
  const matrix::CellTouch touch{.rule = number_of(rule),
                                .entity = matrix.find_entity("service:default/seen"),
                                .last_reported = ~0U};
  EXPECT_EQ(after({.touches = std::span(&touch, 1)}), last(history));
}

TEST_F(SnapshotCheckFinds, AnotherRuleOrScorecard) {
  Rule changed = matrix.find_rule(rule)->rule;
  changed.scope_query = "kind:queue";
  EXPECT_EQ(after({.rules = std::span(&changed, 1)}), wrong("rule " + rule));
  changed = history.server->matrix->org(org).find_rule(rule)->rule;
  EXPECT_EQ(after({.rules = std::span(&changed, 1)}), last(history));
  Scorecard scorecard = *matrix.find_scorecard_by_name("Ops");
  scorecard.description = "other";
  EXPECT_EQ(after({.scorecards = std::span(&scorecard, 1)}), wrong("scorecard " + scorecard.id));
}

TEST_F(SnapshotCheckFinds, AnotherKindOrCampaign) {
  const std::string topic = "topic";
  EXPECT_EQ(after({.removed_kinds = std::span(&topic, 1)}), wrong("kind topic"));
  const Kind more{
      .name = "queue", .display_name = {}, .description = {}, .created_at = {}, .modified_at = {}};
  EXPECT_EQ(after({.kinds = std::span(&more, 1)}), wrong("kind queue") + wrong("kind topic"));
  Campaign campaign;
  campaign.number = {1};
  campaign.id = "c1";
  campaign.key = "key";
  campaign.status = CampaignStatus::completed;
  EXPECT_EQ(after({.campaigns = std::span(&campaign, 1)}),
            wrong("campaign c1") + wrong("kind queue") + wrong("kind topic"));
}

TEST_F(SnapshotCheckFinds, AnotherEntity) {
  const EntityNumber defined = matrix.find_entity("service:default/defined");
  matrix::EntityUpdate update{.number = defined, .attributes = EntityAttributes()};
  update.attributes->tier = "bronze";
  EXPECT_EQ(after({.updates = std::span(&update, 1)}), wrong("entity service:default/defined"));
  EXPECT_EQ(after({.removals = std::span(&defined, 1)}), wrong("entity service:default/defined"));
}

TEST_F(SnapshotCheckFinds, BytesThatNoServerWrites) {
  auto writer = store::SnapshotFileWriter::create(history.other_file(), history.identity());
  ASSERT_TRUE(writer);
  const std::string bytes = "SKMATRIX nothing";
  ASSERT_TRUE((*writer)->write(std::as_bytes(std::span(bytes))) && (*writer)->end_org(org));
  const store::Head head = history.store.head(org);
  const store::SnapshotOrigin origin{.org = org, .position = head.last, .chain = head.chain};
  ASSERT_TRUE((*writer)->finish(std::span(&origin, 1)));
  EXPECT_EQ(check(history, history.other_file()).substr(0, 32), "snapshot of org 1: the snapshot ");
}

TEST(SnapshotCheckNotes, Damage) {
  SnapshotHistory history;
  history.start();
  ASSERT_NO_FATAL_FAILURE(history.steps(60));
  history.server.reset();
  const std::string file = read_file(history.place().path);
  EXPECT_EQ(check(history, history.place().path), last(history));
  for (std::size_t at = 0; at < file.size(); at += 1 + file.size() / 60) {
    SCOPED_TRACE(at);
    std::string damaged = file;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    write_file(history.other_file(), damaged);
    EXPECT_NE(check(history, history.other_file()).find("not used: "), std::string::npos);
  }
}

TEST(SnapshotCheckNotes, AnotherHistory) {
  SnapshotHistory history;
  history.start_without();
  ASSERT_NO_FATAL_FAILURE(history.steps(20));
  const auto backup = history.store.save();
  const std::string saved = last(history);
  ASSERT_NO_FATAL_FAILURE(history.steps(20));
  history.write_file(history.other_file(), history.identity(), [] {});
  const std::string written = last(history);
  ASSERT_NE(saved, written);
  history.server.reset();
  history.store.restore(*backup);
  EXPECT_EQ(check(history, history.other_file()),
            "snapshot of org 1: not used: it is of another history: the log ends at position " +
                saved + ", before " + written + "\n");
  history.start_without();
  while (std::stoull(last(history)) <= std::stoull(written)) history.server->make_rule("other way");
  EXPECT_EQ(check(history, history.other_file()),
            "snapshot of org 1: not used: it is of another history: the log has another chain at "
            "position " +
                written + "\n");
}

TEST(SnapshotCheckNotes, AnOrgThatTheStoreHasNot) {
  SnapshotHistory history;
  const auto empty = history.store.save();
  history.start();
  ASSERT_NO_FATAL_FAILURE(history.steps(10));
  history.server.reset();
  const std::string written = last(history);
  history.store.restore(*empty);
  EXPECT_EQ(check(history, history.place().path),
            "snapshot of org 1: not used: it is of another history: the log ends at position 0, "
            "before " +
                written + "\n");
}

// One from behind the floor is compared with what is left of the log, one from below it is not.
TEST(SnapshotCheck, KnowsWhatRetentionTookAway) {
  SnapshotHistory history;
  history.start();
  const std::string rule = history.server->make_rule("one");
  const auto report = [&](State state) {
    ASSERT_TRUE(history.server->submit({{rule, "service:default/seen", state, "so"}}));
  };
  report(State::skip);  // names the entity, so that it stays
  report(State::pass);
  report(State::fail);
  // Nothing supersedes it: its record stays, and the snapshot is begun there.
  ASSERT_TRUE(history.server->submit({{rule, "service:default/kept", State::pass, ""}}));
  const RowId second = history.store.head(SnapshotHistory::org).last;
  history.write_file(history.other_file(), history.identity(), [] {});
  report(State::pass);
  const RowId third = history.store.head(SnapshotHistory::org).last;
  history.store.prune_up_to(SnapshotHistory::org, second);
  EXPECT_EQ(check(history, history.other_file()), fmt::format("{}", third.number - 1));
  report(State::skip);
  history.store.prune_up_to(SnapshotHistory::org, third);
  EXPECT_EQ(check(history, history.other_file()),
            fmt::format("snapshot of org 1: not used: it was begun at position {}, below the floor "
                        "{}\n",
                        third.number - 1, third.number));
  history.server->stop();
  EXPECT_EQ(check(history, history.place().path), last(history));
}

}  // namespace
}  // namespace scorekeeper::intake
