#include <gtest/gtest.h>

#include "wire/outcomes.h"

namespace scorekeeper::wire {
namespace {

OutcomeItem item() {
  OutcomeItem made;
  made.rule_id = "q8MQxk8TCqrHnWkx";
  made.entity_reference = "service:default/my-service";
  made.remarks = "See: <a href=\"https://x\">y</a>";
  made.created_at = time_of_microseconds(1'000'000);
  made.modified_at = time_of_microseconds(2'500'000);
  made.reported_at = time_of_microseconds(3'000'000);
  return made;
}

const Links links{.next = "/l?page%5Blimit%5D=1&page%5Boffset%5D=1", .previous = {}};
constexpr std::string_view links_text =
    R"("links":{"next":"/l?page%5Blimit%5D=1\u0026page%5Boffset%5D=1"})";

TEST(AcceptedDocument, HasTheRecordedBytes) {
  EXPECT_EQ(
      write_accepted("4iexte5r8prsrlrtzzxpy", 1),
      R"({"data":{"id":"4iexte5r8prsrlrtzzxpy","type":"async-request"},"meta":{"total_received":1}})");
}

TEST(AsyncRequestDocument, TellsWhatBecameOfABatch) {
  EXPECT_EQ(
      write_async_request({.id = "x",
                           .accepted_at = time_of_microseconds(1'000'000),
                           .total_received = 100,
                           .total_changed = 7,
                           .position = 12'345}),
      R"({"data":{"id":"x","type":"async-request","attributes":{"accepted_at":"1970-01-01T00:00:01Z","ledger_position":12345,"status":"completed","total_changed":7,"total_received":100}}})");
}

TEST(OutcomeList, WritesItemsInTheRecordedOrderOfMembers) {
  const OutcomeItem items[] = {item()};
  EXPECT_EQ(
      write_outcome_list(items, {}, {}, links),
      R"({"data":[{"id":"q8MQxk8TCqrHnWkx\\my-service","type":"outcome","attributes":{"created_at":"1970-01-01T00:00:01Z","entity_reference":"service:default/my-service","modified_at":"1970-01-01T00:00:02.5Z","remarks":"See: \u003ca href=\"https://x\"\u003ey\u003c/a\u003e","reported_at":"1970-01-01T00:00:03Z","service_name":"my-service","state":"pass"},"relationships":{"rule":{"data":{"id":"q8MQxk8TCqrHnWkx","type":"rule"}}}}],)" +
          std::string(links_text) + "}");
}

TEST(OutcomeList, LeavesOutEmptyRemarksAndGivesOtherKindsTheLongId) {
  auto other = item();
  other.entity_reference = "api:team-a/x";
  other.remarks.clear();
  const OutcomeItem items[] = {other};
  const auto text = write_outcome_list(items, {}, {}, links);
  EXPECT_EQ(text.find("remarks"), std::string::npos);
  EXPECT_NE(text.find(R"("id":"q8MQxk8TCqrHnWkx\\api:team-a/x")"), std::string::npos);
  EXPECT_NE(text.find(R"("service_name":"x")"), std::string::npos);
}

TEST(OutcomeList, SparseFieldsDropTheRelationships) {
  const OutcomeItem items[] = {item()};
  OutcomeListQuery query;
  query.outcome_fields = {{"state", "nonsense"}};
  EXPECT_EQ(
      write_outcome_list(items, {}, query, links),
      R"({"data":[{"id":"q8MQxk8TCqrHnWkx\\my-service","type":"outcome","attributes":{"state":"pass"}}],)" +
          std::string(links_text) + "}");
}

TEST(OutcomeList, IncludesRulesWhenAsked) {
  RuleView rule;
  rule.rule.id = "r1";
  rule.rule.name = "N";
  rule.rule.description = "D";
  rule.rule.level = 2;
  rule.scorecard.name = "S";
  const RuleView rules[] = {rule};
  OutcomeListQuery query;
  query.include_rule = true;
  EXPECT_EQ(
      write_outcome_list({}, rules, query, links),
      R"({"data":[],)" + std::string(links_text) +
          R"(,"included":[{"id":"r1","type":"rule","attributes":{"name":"N","scorecard_name":"S"}}]})");
  query.rule_fields = {{"name"}};
  EXPECT_NE(write_outcome_list({}, rules, query, links).find(R"("attributes":{"name":"N"}})"),
            std::string::npos);
  query.rule_fields = {{"description", "level", "unknown"}};
  EXPECT_NE(write_outcome_list({}, rules, query, links)
                .find(R"("attributes":{"description":"D","level":2}})"),
            std::string::npos);
  EXPECT_EQ(write_outcome_list({}, {}, query, links),
            R"({"data":[],)" + std::string(links_text) + R"(,"included":[]})");
}

TEST(OutcomesBatchDocument, HasTheRecordedMembers) {
  auto recorded = item();
  recorded.remarks = "ok";
  const OutcomeItem items[] = {recorded};
  EXPECT_EQ(
      write_outcomes_batch(items, 1, 1),
      R"({"data":[{"id":"q8MQxk8TCqrHnWkx\\my-service","type":"outcome","attributes":{"created_at":"1970-01-01T00:00:01Z","modified_at":"1970-01-01T00:00:02.5Z","remarks":"ok","service_name":"my-service","state":"pass"},"relationships":{"rule":{"data":{"id":"q8MQxk8TCqrHnWkx","type":"rule"}}}}],"meta":{"total_received":1,"total_updated":1}})");
}

}  // namespace
}  // namespace scorekeeper::wire
