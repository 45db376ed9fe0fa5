#include "intake/queue.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <thread>
#include <utility>

#include "intake/intake_fixture.h"
#include "intake/weights.h"

namespace scorekeeper::intake {
namespace {

constexpr auto no_wait = std::chrono::milliseconds(0);

BatchWork batch_of(std::uint32_t org, std::size_t results, std::uint64_t number) {
  BatchWork work{};
  work.caller.org = OrgId{org};
  work.batch = make_batch(std::vector(results, TestResult{"r", "e", State::pass, ""}));
  work.number = RequestNumber{number};
  return work;
}

CatalogWork change_of(std::uint32_t org, std::size_t bytes = 0) {
  CatalogWork work{};
  work.caller.org = OrgId{org};
  work.bytes = bytes;
  return work;
}

// The orgs and numbers of what is taken, and "*" behind them for a change of the catalog.
std::string take(Queue& queue) {
  Taken taken;
  EXPECT_TRUE(queue.take(taken, no_wait));
  std::string text;
  for (const BatchWork& work : taken.batches) {
    text += std::to_string(work.caller.org.number) + ":" + std::to_string(work.number.number) + " ";
  }
  if (taken.catalog) text += "*" + std::to_string(taken.catalog->caller.org.number);
  return text;
}

std::string take(Queue& queue, const std::set<OrgId>& waiting) {
  Taken taken;
  EXPECT_TRUE(queue.take(taken, no_wait, waiting));
  std::string text;
  for (const BatchWork& work : taken.batches) text += std::to_string(work.caller.org.number) + " ";
  return text;
}

class QueueTest : public testing::Test {
 protected:
  Limits limits;
  Metrics metrics;
};

TEST_F(QueueTest, KeepsTheOrderOfOneOrg) {
  Queue queue(limits, metrics);
  for (const std::size_t results : {5U, 1U, 9U}) {
    ASSERT_TRUE(queue.push(batch_of(1, results, results)));
  }
  ASSERT_TRUE(queue.push(change_of(1)));
  ASSERT_TRUE(queue.push(batch_of(1, 1, 2)));
  EXPECT_EQ(take(queue), "1:5 1:1 1:9 ");
  EXPECT_EQ(take(queue), "*1");
  EXPECT_EQ(take(queue), "1:2 ");
  EXPECT_EQ(take(queue), "");
}

TEST_F(QueueTest, BatchesThatArePutBackAreTheNextAgain) {
  Queue queue(limits, metrics);
  for (std::uint64_t n = 1; n <= 3; ++n) ASSERT_TRUE(queue.push(batch_of(1, 10'000, n)));
  Taken taken;
  ASSERT_TRUE(queue.take(taken, no_wait));
  ASSERT_EQ(taken.batches.size(), 2U);
  queue.put_back(taken.batches);
  EXPECT_EQ(take(queue), "1:1 1:2 ");
  EXPECT_EQ(take(queue), "1:3 ");
}

TEST_F(QueueTest, AChangeThatIsPutBackGoesBehindOneGroupAndBeforeOtherChanges) {
  Queue queue(limits, metrics);
  ASSERT_TRUE(queue.push(change_of(1, 7)));
  Taken taken;
  ASSERT_TRUE(queue.take(taken, no_wait));
  for (std::uint64_t n = 1; n <= 3; ++n) ASSERT_TRUE(queue.push(batch_of(1, 10'000, n)));
  ASSERT_TRUE(queue.push(change_of(1)));
  queue.put_back(*std::move(taken.catalog));
  EXPECT_EQ(take(queue), "1:1 1:2 ");
  ASSERT_TRUE(queue.take(taken, no_wait));
  ASSERT_TRUE(taken.catalog);
  EXPECT_EQ(taken.catalog->bytes, 7U);
  queue.put_back(*std::move(taken.catalog));
  EXPECT_EQ(take(queue), "1:3 ");
  ASSERT_TRUE(queue.take(taken, no_wait));
  ASSERT_TRUE(taken.catalog);
  EXPECT_EQ(taken.catalog->bytes, 7U);
  EXPECT_EQ(take(queue), "*1");
  EXPECT_EQ(take(queue), "");
}

TEST_F(QueueTest, WorkOfAnOrgThatWaitsStaysAndIsDoneBeforeTheEnd) {
  Queue queue(limits, metrics);
  for (const std::uint32_t org : {1U, 2U, 1U, 3U}) ASSERT_TRUE(queue.push(batch_of(org, 1, 1)));
  EXPECT_EQ(take(queue, {OrgId{1}}), "2 3 ");
  EXPECT_EQ(take(queue, {OrgId{1}}), "");
  queue.close();
  EXPECT_EQ(take(queue, {OrgId{1}}), "");
  EXPECT_EQ(take(queue), "1:1 1:1 ");
  Taken taken;
  EXPECT_FALSE(queue.take(taken, no_wait));
}

// Three clients that wait for each answer, and one that came before they were answered.
TEST_F(QueueTest, GathersThoseWhoWereAnsweredAndThoseWhoWait) {
  constexpr auto for_ever = std::chrono::hours(1);
  Queue queue(limits, metrics);
  for (std::uint64_t n = 1; n <= 3; ++n) ASSERT_TRUE(queue.push(batch_of(1, 1, n)));
  EXPECT_EQ(take(queue), "1:1 1:2 1:3 ");
  ASSERT_TRUE(queue.push(batch_of(1, 1, 4)));
  queue.gather(for_ever);
  ASSERT_TRUE(queue.push(batch_of(1, 1, 5)));
  std::thread others([&] {
    EXPECT_TRUE(queue.push(batch_of(1, 1, 6)));
    EXPECT_TRUE(queue.push(batch_of(1, 1, 7)));
  });
  Taken taken;
  EXPECT_TRUE(queue.take(taken, for_ever));
  others.join();
  EXPECT_EQ(taken.batches.size(), 4U);
  // gather() holds for one take only.
  ASSERT_TRUE(queue.push(batch_of(1, 1, 8)));
  EXPECT_TRUE(queue.take(taken, for_ever));
  EXPECT_EQ(taken.batches.size(), 1U);
}

TEST_F(QueueTest, GathersForATimeOnlyAndNotWhenItIsClosed) {
  Queue queue(limits, metrics);
  Taken taken;
  ASSERT_TRUE(queue.push(batch_of(1, 1, 1)));
  EXPECT_EQ(take(queue), "1:1 ");
  ASSERT_TRUE(queue.push(batch_of(1, 1, 2)));
  queue.gather(std::chrono::microseconds(1));
  EXPECT_TRUE(queue.take(taken, std::chrono::hours(1)));
  EXPECT_EQ(taken.batches.size(), 1U);
  ASSERT_TRUE(queue.push(batch_of(1, 1, 3)));
  queue.gather(std::chrono::hours(1));
  std::thread closer([&] { queue.close(); });
  EXPECT_TRUE(queue.take(taken, std::chrono::hours(1)));
  closer.join();
  EXPECT_EQ(taken.batches.size(), 1U);
}

TEST_F(QueueTest, ServesWhoHasLessBeforeWhoHasMuch) {
  Queue queue(limits, metrics);
  for (std::uint64_t n = 1; n <= 200; ++n) ASSERT_TRUE(queue.push(batch_of(1, 10'000, n)));
  EXPECT_EQ(take(queue), "1:1 1:2 ");
  // The single ones of others are in the next group, all of them.
  for (std::uint64_t n = 1; n <= 5; ++n) ASSERT_TRUE(queue.push(batch_of(2, 1, n)));
  ASSERT_TRUE(queue.push(change_of(3)));
  EXPECT_EQ(take(queue), "2:1 2:2 2:3 2:4 2:5 ");
  EXPECT_EQ(take(queue), "*3");
  EXPECT_EQ(take(queue), "1:3 1:4 ");
}

TEST_F(QueueTest, ABatchThatComesDuringAGroupGoesBeforeTheChangeBehindIt) {
  Queue queue(limits, metrics);
  ASSERT_TRUE(queue.push(batch_of(1, 10, 1)));
  ASSERT_TRUE(queue.push(change_of(1)));
  EXPECT_EQ(take(queue), "1:1 ");
  ASSERT_TRUE(queue.push(batch_of(2, 1, 1)));
  EXPECT_EQ(take(queue), "2:1 ");
  EXPECT_EQ(take(queue), "*1");
}

TEST_F(QueueTest, ServesOrgsThatHaveMuchInTurn) {
  Queue queue(limits, metrics);
  for (std::uint64_t n = 1; n <= 6; ++n) ASSERT_TRUE(queue.push(batch_of(1, 10'000, n)));
  for (std::uint64_t n = 1; n <= 3; ++n) ASSERT_TRUE(queue.push(batch_of(2, 10'000, n)));
  EXPECT_EQ(take(queue), "1:1 2:1 ");
  EXPECT_EQ(take(queue), "1:2 2:2 ");
  // One that comes later neither waits for all that is there nor goes before it again and again.
  for (std::uint64_t n = 1; n <= 3; ++n) ASSERT_TRUE(queue.push(batch_of(3, 10'000, n)));
  EXPECT_EQ(take(queue), "1:3 2:3 ");
  EXPECT_EQ(take(queue), "3:1 1:4 ");
  EXPECT_EQ(take(queue), "3:2 1:5 ");
  EXPECT_EQ(take(queue), "3:3 1:6 ");
}

// Orgs 1 to `orgs` send the next change once the one before is done; the takes of each.
std::map<std::uint32_t, int> change_in_turns(Queue& queue, std::uint32_t orgs, int takes) {
  std::map<std::uint32_t, int> served;
  for (std::uint32_t org = 1; org <= orgs; ++org) EXPECT_TRUE(queue.push(change_of(org)));
  for (int i = 0; i < takes; ++i) {
    Taken taken;
    EXPECT_TRUE(queue.take(taken, no_wait));
    if (!taken.catalog) continue;
    const auto org = taken.catalog->caller.org.number;
    ++served[org];
    EXPECT_TRUE(queue.push(change_of(org)));
  }
  return served;
}

TEST_F(QueueTest, ServesOrgsThatWaitForEachAnswerAlike) {
  Queue queue(limits, metrics);
  for (const auto& [org, count] : change_in_turns(queue, 8, 800)) EXPECT_EQ(count, 100) << org;
}

// An org that sends 5 MB after 5 MB has a turn when others have had as much.
TEST_F(QueueTest, AChangeCostsByItsBytes) {
  Queue queue(limits, metrics);
  for (int n = 0; n < 2; ++n) ASSERT_TRUE(queue.push(change_of(1, 5'000'000)));
  EXPECT_EQ(take(queue), "*1");
  for (int n = 0; n < 100; ++n) ASSERT_TRUE(queue.push(change_of(2)));
  for (int n = 0; n < 100; ++n) EXPECT_EQ(take(queue), "*2") << n;
  EXPECT_EQ(take(queue), "*1");
}

TEST_F(QueueTest, ABatchWaitsForAFewChangesOfEachOtherOrg) {
  Queue queue(limits, metrics);
  change_in_turns(queue, 7, 100);
  for (const std::size_t results : {1U, 500U}) {
    ASSERT_TRUE(queue.push(batch_of(99, results, 1)));
    // Each other org has changes as large as the batch before it, and the one that was in line.
    const auto takes_max = 7 * (2 + results / 100);
    std::size_t takes = 0;
    for (bool done = false; !done && takes <= takes_max; ++takes) {
      Taken taken;
      ASSERT_TRUE(queue.take(taken, no_wait));
      done = !taken.batches.empty();
      if (taken.catalog) {
        ASSERT_TRUE(queue.push(change_of(taken.catalog->caller.org.number)));
      }
    }
    EXPECT_LE(takes, takes_max) << results;
  }
}

TEST_F(QueueTest, LeavesRoomForOtherOrgs) {
  limits.queue_requests_max = 8;
  Queue queue(limits, metrics);
  for (std::uint64_t n = 1; n <= 6; ++n) ASSERT_TRUE(queue.push(batch_of(1, 1, n)));
  const auto seventh = queue.push(batch_of(1, 1, 7));
  ASSERT_FALSE(seventh);
  EXPECT_EQ(seventh.error().subject, "intake_queue");
  EXPECT_TRUE(queue.push(batch_of(2, 1, 1)));
  EXPECT_FALSE(queue.looks_full());
  EXPECT_TRUE(queue.push(batch_of(2, 1, 2)));
  EXPECT_TRUE(queue.looks_full());
  EXPECT_FALSE(queue.push(batch_of(3, 1, 1)));
  take(queue);
  EXPECT_TRUE(queue.push(batch_of(1, 1, 7)));
}

TEST_F(QueueTest, CountsTheBytesOfChanges) {
  limits.queue_bytes_max = 100'000;
  Queue queue(limits, metrics);
  ASSERT_TRUE(queue.push(change_of(1, 40'000)));
  EXPECT_FALSE(queue.push(change_of(1, 40'000)));  // three quarters are the org's
  ASSERT_TRUE(queue.push(change_of(2, 40'000)));
  EXPECT_FALSE(queue.push(change_of(3, 40'000)));
  EXPECT_EQ(take(queue), "*1");
  EXPECT_TRUE(queue.push(change_of(3, 40'000)));
  take(queue);
  take(queue);
  EXPECT_TRUE(queue.push(change_of(1, 400'000)));  // where nothing waits
}

TEST(Weights, AreThoseOfTheTexts) {
  EntityDefinition definition;
  const auto empty = weight_of(definition);
  definition.raw = std::string(250'000, 'r');
  definition.attributes.tags = {std::string(1'000, 't')};
  definition.attributes.systems = {std::string(2'000, 's')};
  definition.relations = {{.type = "t", .from = std::string(500, 'f'), .to = "x"}};
  EXPECT_GE(weight_of(definition), empty + 253'500);
  EXPECT_GE(weight_of(std::vector{definition, definition}), 2 * (empty + 253'500));
  EXPECT_GE(weight_of(RuleFields{.name = "n",
                                 .scorecard_id = {},
                                 .scorecard_name = {},
                                 .description = std::string(4'096, 'd'),
                                 .owner = {},
                                 .scope_query = std::string(9'000, 'q'),
                                 .enabled = {},
                                 .level = {}}),
            13'096U);
  CampaignFields campaign;
  campaign.rule_ids = std::vector(1'000, std::string(16, 'i'));
  EXPECT_GE(weight_of(campaign), 16'000U);
  Kind kind;
  kind.description = std::string(4'096, 'd');
  EXPECT_GE(weight_of(kind), 4'096U);
}

}  // namespace
}  // namespace scorekeeper::intake
