#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <string>

#include "api/fixture_test.h"

namespace scorekeeper::api {
namespace {

const std::string entities = "/api/v2/catalog/entity";
const std::string services = "/api/v2/services/definitions";

std::string definition(const std::string& name, const std::string& more = {}) {
  return R"({"apiVersion":"v3","kind":"service","metadata":{"name":")" + name + R"("})" + more +
         "}";
}

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) {
    ++found;
  }
  return found;
}

TEST(CatalogEntities, AreListedWholeOverThePiecesThatAreRead) {
  RunningApi api;
  for (int batch = 0; batch < 3; ++batch) {
    std::string body = "[";
    for (int i = 0; i < 83; ++i) {
      body += (i == 0 ? "" : ",") + definition(std::to_string(batch * 83 + i));
    }
    ASSERT_EQ(api.post(entities, body + "]").status, 202);
  }
  const auto list = api.get(entities + "?page[limit]=1000");
  EXPECT_EQ(count(list.body, R"("type":"entity")"), 249U);
  EXPECT_NE(list.body.find(R"("meta":{"count":249,)"), std::string::npos);
  std::set<std::string> names;
  for (auto at = list.body.find(R"("name":")"); at != std::string::npos;
       at = list.body.find(R"("name":")", at + 1)) {
    names.insert(list.body.substr(at, 14));
  }
  EXPECT_EQ(names.size(), 249U);
  const auto full = api.get(entities + "?page[limit]=150&page[offset]=50");
  EXPECT_EQ(count(full.body, R"("type":"entity")"), 150U);
  EXPECT_EQ(count(full.body, R"("next":)"), 1U);
}

TEST(CatalogEntities, AreAnsweredAlsoWhenNoWorkerIsFree) {
  RunningApi api;
  api.worker.jobs_left = 1;  // it is prepared, and durable
  const auto made = api.post(entities, definition("a"));
  EXPECT_EQ(made.status, 202);
  EXPECT_EQ(count(made.body, R"("type":"schema","attributes")"), 1U);
  api.worker.jobs_left = 1;
  EXPECT_EQ(api.post(services, R"({"schema-version":"v2","dd-service":"b"})").status, 200);
}

TEST(CatalogEntities, AreNotMadeWhenNoWorkerIsFreeToPrepareThem) {
  RunningApi api;
  api.worker.full = true;
  EXPECT_EQ(api.post(entities, definition("a")).status, 503);
  EXPECT_EQ(api.post(services, R"({"schema-version":"v2","dd-service":"b"})").status, 503);
  EXPECT_NE(api.get(entities).body.find(R"("count":0,)"), std::string::npos);
}

TEST(CatalogEntities, ThatAreTooLongForOneAnswerAre413) {
  Limits limits;
  limits.definition_bytes_max = 16 << 20;
  limits.query_deadline = std::chrono::minutes(10);  // the machine may be busy
  RunningApi api(limits);
  const auto more = R"(,"extensions":{"x":")" + std::string(22 << 17, 'x') + R"("})";
  for (int n = 0; n < 13; ++n) {
    const auto name = "e" + std::to_string(n);
    ASSERT_EQ(api.post(entities, definition(name, more)).status, 202);
  }
  // With the raw text each counts twice.
  EXPECT_EQ(api.get(entities).status, 200);
  const auto answer = api.get(entities + "?include=raw_schema");
  EXPECT_EQ(answer.status, 413);
  EXPECT_NE(answer.body.find("page[limit]"), std::string::npos) << answer.body.substr(0, 300);
  EXPECT_EQ(api.get(entities + "?include=raw_schema&page[limit]=7").status, 200);
}

TEST(CatalogEntities, WithTooManyRelationsForOneAnswerAre413) {
  Limits limits;
  limits.references_max = 2'001;
  RunningApi api(limits);
  std::string references;
  for (int i = 0; i <= 2'000; ++i) {
    references += (i == 0 ? "\"" : ",\"") + std::string("queue:") + std::to_string(i) + "\"";
  }
  for (int n = 0; n < 10; ++n) {
    const auto name = "e" + std::to_string(n);
    const auto more = R"(,"spec":{"dependsOn":[)" + references + "]}";
    ASSERT_EQ(api.post(entities, definition(name, more)).status, 202);
  }
  EXPECT_EQ(api.get(entities + "?include=relation").status, 413);
  EXPECT_EQ(api.get(entities).status, 200);
}

TEST(ServiceDefinitions, OfADiscoveredServiceAreNotThere) {
  RunningApi api;
  const auto rule = api.make_rule();
  const std::string outcomes = "/api/v2/scorecard/outcomes";
  ASSERT_EQ(api.post(outcomes, R"({"data":{"attributes":{"results":[{"rule_id":")" + rule +
                                   R"(","entity_reference":"service:a","state":"pass"}]}}})")
                .status,
            202);
  const std::string none = "{\"errors\":[\"Not Found\"],\"error_details\":[{}]}\n";
  for (const auto method : {http::Method::get, http::Method::delete_}) {
    const auto answer = api.call(method, services + "/a", {});
    EXPECT_EQ(answer.status, 404);
    EXPECT_EQ(answer.content_type, "application/json");
    EXPECT_EQ(answer.body, none);
  }
  EXPECT_EQ(count(api.get(outcomes).body, R"("state":"pass")"), 1U);
  ASSERT_EQ(api.post(services, R"({"schema-version":"v2","dd-service":"a"})").status, 200);
  const auto found = api.get(services + "/a");
  EXPECT_EQ(found.status, 200);
  EXPECT_TRUE(found.body.ends_with("}}}\n")) << found.body;
  EXPECT_EQ(api.call(http::Method::delete_, services + "/a", {}).status, 204);
  EXPECT_EQ(api.get(services + "/a").status, 404);
  // The definition is gone; the service stays discovered, since it has an outcome.
  EXPECT_EQ(count(api.get(outcomes).body, R"("state":"pass")"), 1U);
}

// Its YAML is read again for each answer.
TEST(ServiceDefinitions, OfAPageAreReadWithinTheWorkOfAQuery) {
  Limits limits;
  limits.query_work_max = 20'000'000;
  RunningApi api(limits);
  for (int n = 0; n < 4; ++n) {
    const auto name = "a" + std::to_string(n);
    const auto yaml =
        "schema-version: v2.2\ndd-service: " + name + "\n" + std::string(15'000, '\n');
    ASSERT_EQ(api.post(services, yaml).status, 200);
  }
  const auto answer = api.get(services);
  EXPECT_EQ(answer.status, 413);
  EXPECT_NE(answer.body.find("page[size]"), std::string::npos) << answer.body;
  EXPECT_EQ(api.get(services + "?page[size]=3").status, 200);
  EXPECT_EQ(api.get(services + "?schema_version=v1").status, 200);  // of what is stored as JSON
  EXPECT_EQ(api.get(entities + "?include=schema,raw_schema").status, 200);
}

TEST(Definitions, OfAPageHaveTheDeadlineOfAQuery) {
  Limits limits;
  limits.query_deadline = std::chrono::milliseconds(0);
  RunningApi api(limits);
  ASSERT_EQ(
      api.post(services, R"({"schema-version":"v2","dd-service":"a","application":"b"})").status,
      200);
  for (const auto& path : {services, services + "/a", entities + "?include=schema",
                           std::string("/api/v2/catalog/relation?include=entity,schema")}) {
    const auto answer = api.get(path);
    EXPECT_EQ(answer.status, 503) << path;
    EXPECT_NE(answer.body.find("query_deadline_ms"), std::string::npos) << answer.body;
  }
}

}  // namespace
}  // namespace scorekeeper::api
