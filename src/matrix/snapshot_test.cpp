#include "matrix/snapshot.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "matrix/matrix.h"
#include "matrix/snapshot_fixture.h"

namespace scorekeeper::matrix {
namespace {

using Bytes = std::vector<std::byte>;

Bytes write(const OrgMatrix& matrix, SnapshotRange* range = nullptr) {
  Bytes bytes;
  const auto written = matrix.write_snapshot([&](std::span<const std::byte> piece) {
    bytes.insert(bytes.end(), piece.begin(), piece.end());
    return Result<void>();
  });
  EXPECT_TRUE(written);
  if (range != nullptr) *range = *written;
  return bytes;
}

void expect_same_catalog(const OrgMatrix& one, const OrgMatrix& other) {
  const Page all{.offset = 0, .size = 1'000'000};
  const auto rules = one.list_rules({}, all);
  const auto others = other.list_rules({}, all);
  ASSERT_EQ(rules.size(), others.size());
  for (std::size_t i = 0; i < rules.size(); ++i) {
    ASSERT_EQ(rules[i].rule, others[i].rule);
    ASSERT_EQ(rules[i].scorecard, others[i].scorecard);
    ASSERT_EQ(one.find_rule(rules[i].rule.id)->rule, other.find_rule(rules[i].rule.id)->rule);
  }
  ASSERT_EQ(one.list_scorecards({}, all), other.list_scorecards({}, all));
  ASSERT_EQ(one.list_kinds({}, all), other.list_kinds({}, all));
  ASSERT_EQ(one.list_campaigns({}, all).campaigns, other.list_campaigns({}, all).campaigns);
  ASSERT_EQ(one.next_rule(), other.next_rule());
  ASSERT_EQ(one.next_scorecard(), other.next_scorecard());
  ASSERT_EQ(one.next_campaign(), other.next_campaign());
  ASSERT_EQ(one.next_entity(), other.next_entity());
  ASSERT_EQ(one.scope_size().terms, other.scope_size().terms);
}

void expect_same_entities(const OrgMatrix& one, const OrgMatrix& other) {
  ASSERT_EQ(one.count_entities(), other.count_entities());
  ASSERT_EQ(one.count_entities_ever(), other.count_entities_ever());
  ASSERT_EQ(one.count_tags_with({}), other.count_tags_with({}));
  ASSERT_EQ(one.count_cells(), other.count_cells());
  for (EntityNumber entity{1}; entity < one.next_entity(); ++entity.number) {
    ASSERT_EQ(one.is_live(entity), other.is_live(entity));
    ASSERT_EQ(one.is_defined(entity), other.is_defined(entity));
    ASSERT_EQ(one.version_of(entity), other.version_of(entity));
    ASSERT_EQ(one.cells_of(entity), other.cells_of(entity));
    const auto reference = one.references_of(std::span(&entity, 1));
    ASSERT_EQ(reference, other.references_of(std::span(&entity, 1)));
    if (reference[0].empty()) continue;
    ASSERT_EQ(one.find_entity(reference[0]), other.find_entity(reference[0]));
  }
}

void expect_same_scores(const OrgMatrix& one, const OrgMatrix& other) {
  const Page all{.offset = 0, .size = 1'000'000};
  const auto outcomes = one.list_outcomes({}, all).outcomes;
  const auto others = other.list_outcomes({}, all).outcomes;
  ASSERT_EQ(outcomes.size(), others.size());
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    ASSERT_EQ(outcomes[i].rule, others[i].rule);
    ASSERT_EQ(outcomes[i].entity, others[i].entity);
    ASSERT_EQ(outcomes[i].cell, others[i].cell);
    ASSERT_EQ(outcomes[i].entity_reference, others[i].entity_reference);
  }
  ScoreQuery query;
  query.page = all;
  for (const auto aggregation :
       {Aggregation::by_entity, Aggregation::by_rule, Aggregation::by_scorecard,
        Aggregation::by_team, Aggregation::by_kind}) {
    query.aggregation = aggregation;
    ASSERT_EQ(one.list_scores(query).rows, other.list_scores(query).rows);
  }
}

// Every answer of both is the same.
void expect_same(const OrgMatrix& one, const OrgMatrix& other) {
  ASSERT_EQ(one.position(), other.position());
  ASSERT_NO_FATAL_FAILURE(expect_same_catalog(one, other));
  ASSERT_NO_FATAL_FAILURE(expect_same_entities(one, other));
  ASSERT_NO_FATAL_FAILURE(expect_same_scores(one, other));
  ASSERT_TRUE(write(one) == write(other));
}

TEST(Snapshot, MakesAMatrixThatAnswersTheSame) {
  for (unsigned seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE(seed);
    OrgMatrix matrix(OrgId{1});
    SnapshotHistory history(seed);
    for (int step = 0; step < 30; ++step) history.next().publish(matrix);
    SnapshotRange range;
    const Bytes bytes = write(matrix, &range);
    EXPECT_EQ(range, (SnapshotRange{matrix.position(), matrix.position()}));
    OrgMatrix read(OrgId{1});
    const auto got = read.read_snapshot(bytes);
    ASSERT_TRUE(got) << got.error().detail;
    EXPECT_EQ(*got, range);
    ASSERT_NO_FATAL_FAILURE(expect_same(matrix, read));
    // It goes on as the other one does.
    for (int step = 0; step < 10; ++step) {
      const KeptPublication& next = history.next();
      next.publish(matrix);
      next.publish(read);
    }
    ASSERT_NO_FATAL_FAILURE(expect_same(matrix, read));
  }
}

// Things change between the looks; what was published since `from` is published again.
TEST(Snapshot, IsCopiedWhileTheMatrixChanges) {
  for (unsigned seed = 21; seed <= 35; ++seed) {
    SCOPED_TRACE(seed);
    OrgMatrix matrix(OrgId{1});
    SnapshotHistory history(seed);
    for (int step = 0; step < 20; ++step) history.next().publish(matrix);
    Bytes bytes;
    const auto range = matrix.write_snapshot([&](std::span<const std::byte> piece) {
      bytes.insert(bytes.end(), piece.begin(), piece.end());
      history.next().publish(matrix);
      return Result<void>();
    });
    ASSERT_TRUE(range);
    ASSERT_LT(range->from, range->until);
    OrgMatrix read(OrgId{1});
    const auto got = read.read_snapshot(bytes);
    ASSERT_TRUE(got) << got.error().detail;
    EXPECT_EQ(*got, *range);
    EXPECT_EQ(read.position(), range->from);
    for (const auto& publication : history.all()) {
      if (publication->position > range->from) publication->publish(read);
    }
    ASSERT_NO_FATAL_FAILURE(expect_same(matrix, read));
  }
}

TEST(Snapshot, ComesInBoundedPieces) {
  OrgMatrix matrix(OrgId{1});
  SnapshotHistory history(1);
  while (matrix.count_cells() < 20'000) history.next().publish(matrix);
  std::size_t pieces = 0;
  std::size_t longest = 0;
  const auto written = matrix.write_snapshot([&](std::span<const std::byte> piece) {
    ++pieces;
    longest = std::max(longest, piece.size());
    return Result<void>();
  });
  ASSERT_TRUE(written);
  EXPECT_GT(pieces, 8U);
  EXPECT_LT(longest, 2 * snapshot_piece_bytes);

  const auto refused = matrix.write_snapshot([&](std::span<const std::byte>) -> Result<void> {
    return make_error(Code::unavailable, "no room");
  });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().detail, "no room");
}

TEST(Snapshot, IsGivenUpWhenTheMatrixIsFoldedAgain) {
  OrgMatrix matrix(OrgId{1});
  SnapshotHistory(1).next().publish(matrix);
  const auto written = matrix.write_snapshot([&](std::span<const std::byte>) {
    matrix.reset();
    return Result<void>();
  });
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, Code::unavailable);
}

TEST(Snapshot, OfNothingIsShort) {
  OrgMatrix matrix(OrgId{1});
  matrix.publish({.position = RowId{5}});
  const Bytes bytes = write(matrix);
  EXPECT_LT(bytes.size(), 100U);
  OrgMatrix read(OrgId{1});
  ASSERT_TRUE(read.read_snapshot(bytes));
  EXPECT_EQ(read.position(), RowId{5});
}

// Damaged bytes are refused or are some other matrix; what was there stays where they are refused.
TEST(Snapshot, IsCheckedWhenItIsRead) {
  OrgMatrix matrix(OrgId{1});
  SnapshotHistory history(3);
  for (int step = 0; step < 6; ++step) history.next().publish(matrix);
  const Bytes bytes = write(matrix);
  OrgMatrix read(OrgId{1});
  ASSERT_TRUE(read.read_snapshot(bytes));
  for (std::size_t size = 0; size < bytes.size(); size += size < 200 ? 1 : 97) {
    ASSERT_FALSE(read.read_snapshot(std::span(bytes).first(size))) << size;
  }
  ASSERT_NO_FATAL_FAILURE(expect_same(matrix, read));
  Bytes longer = bytes;
  longer.push_back(std::byte{0});
  EXPECT_FALSE(read.read_snapshot(longer));

  Bytes other_format = bytes;
  other_format[snapshot_magic.size()] = std::byte{9};
  EXPECT_EQ(read.read_snapshot(other_format).error().detail, "the snapshot has format 9, not 1");

  for (std::size_t at = 0; at < bytes.size(); at += 1 + history.below(40)) {
    Bytes damaged = bytes;
    damaged[at] ^= static_cast<std::byte>(1U << history.below(8));
    OrgMatrix other(OrgId{1});
    if (!other.read_snapshot(damaged)) continue;
    other.list_outcomes({}, {.offset = 0, .size = 1'000'000});
    other.list_scores({});
  }
}

}  // namespace
}  // namespace scorekeeper::matrix
