#include "wire/outcomes.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "json/writer.h"
#include "wire/errors.h"

namespace scorekeeper::wire {
namespace {

const Limits limits;

std::string document(std::string_view results) {
  return R"({"data":{"type":"batched-outcome","attributes":{"results":)" + std::string(results) +
         "}}}";
}

// "rule entity state remarks;" of each result, or the error's document.
std::string show(const Result<OutcomeBatch>& batch) {
  if (!batch) return write_errors(400, batch.error());
  std::string text;
  for (const auto& result : batch->results) {
    text += std::string(batch->view(result.rule_id)) + " ";
    text += std::string(batch->view(result.entity)) + " ";
    text += std::string(name_of(result.state)) + " ";
    text += std::string(batch->view(result.remarks)) + ";";
  }
  return text;
}
std::string check(std::string body) { return show(parse_outcomes(body, limits)); }
std::string check_batch(std::string body) { return show(parse_outcomes_batch(body, limits)); }

std::string bad_request(std::string_view detail, std::string_view pointer = {}) {
  return write_errors(400, invalid(std::string(detail), std::string(pointer)));
}

TEST(OutcomeParser, ReadsTheDocumentedRequest) {
  EXPECT_EQ(
      check(
          R"({"data":{"attributes":{"results":[{"entity_reference":"service:my-service","remarks":"See: <a href=\"https://app.example.com/services\">Services</a>","rule_id":"q8MQxk8TCqrHnWkx","state":"pass"}]},"type":"batched-outcome"}})"),
      "q8MQxk8TCqrHnWkx service:default/my-service pass See: <a "
      "href=\"https://app.example.com/services\">Services</a>;");
}

TEST(OutcomeParser, AcceptsWhatTheContractLeavesOpen) {
  const struct {
    std::string body;
    std::string_view results;
  } cases[] = {
      {document("[]"), ""},
      {R"({"data":{"attributes":{"results":[]}}})", ""},
      {R"({"data":{"type":null,"attributes":{"results":[]}},"meta":1})", ""},
      {document(R"([{"rule_id":"r","entity_reference":"API:ns/X","state":"skip"}])"),
       "r api:ns/X skip ;"},
      {document(
           R"([{"state":"fail","remarks":null,"entity_reference":"a:b","more":{"x":[]},"rule_id":"r"}])"),
       "r a:default/b fail ;"},
      {document(R"([{"rule_id":"r","entity_reference":"a:b","state":"pass","remarks":"1"},)"
                R"({"rule_id":"r","entity_reference":"a:b","state":"fail","remarks":"2"}])"),
       "r a:default/b pass 1;r a:default/b fail 2;"},
  };
  for (const auto& c : cases) EXPECT_EQ(check(c.body), c.results) << c.body;
}

TEST(OutcomeParser, AnswersOneBadResultWithTheRecordedBytes) {
  const struct {
    std::string_view result;
    std::string_view detail;
  } cases[] = {
      {R"({"rule_id":"r","entity_reference":"a:b","state":"INVALID"})",
       R"(attribute "state" must be one of "pass fail skip")"},
      {R"({"rule_id":"r","entity_reference":"a:b","state":""})",
       R"(attribute "state" is required)"},
      {R"({"rule_id":"r","entity_reference":"a:b"})", R"(attribute "state" is required)"},
      {R"({"rule_id":"r","entity_reference":"a:b","state":null})",
       R"(attribute "state" is required)"},
      {R"({"entity_reference":"a:b","state":"pass"})", R"(attribute "rule_id" is required)"},
      {R"({"rule_id":"","entity_reference":"a:b","state":"pass"})",
       R"(attribute "rule_id" is required)"},
      {R"({"rule_id":"r","state":"pass"})", R"(attribute "entity_reference" is required)"},
      {R"({"rule_id":"r","entity_reference":"b","state":"pass"})",
       R"(attribute "entity_reference" must be of the form "kind:name")"},
      {R"({"rule_id":"r","entity_reference":"a:b\n","state":"pass"})",
       R"(attribute "entity_reference" must be of the form "kind:name")"},
      {R"({"rule_id":12,"entity_reference":"a:b","state":"pass"})",
       R"(attribute "rule_id" must be a string)"},
      {R"({"rule_id":"r","entity_reference":["a:b"],"state":"pass"})",
       R"(attribute "entity_reference" must be a string)"},
      {R"({"rule_id":"r","entity_reference":"a:b","state":true})",
       R"(attribute "state" must be a string)"},
      {R"({"rule_id":"r","entity_reference":"a:b","state":"pass","remarks":{}})",
       R"(attribute "remarks" must be a string)"},
      {R"({})", R"(attribute "rule_id" is required)"},
      {R"("x")", R"(attribute "results" must be an array of objects)"},
      {R"(null)", R"(attribute "results" must be an array of objects)"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(check(document("[" + std::string(c.result) + "]")), bad_request(c.detail))
        << c.result;
  }
  EXPECT_EQ(
      check(document(R"([{"rule_id":"r","entity_reference":"a:b","state":"INVALID"}])")),
      R"({"errors":[{"status":"400","title":"Bad Request","detail":"attribute \"state\" must be one of \"pass fail skip\""}]})");
}

TEST(OutcomeParser, PointsAtEachBadResultOfSeveral) {
  EXPECT_EQ(
      check(document(R"([{"rule_id":"r","entity_reference":"a:b","state":"pass"},)"
                     R"({"rule_id":"","entity_reference":"b","state":"x"},)"
                     R"({"rule_id":"r","entity_reference":"b","state":"x"},3,)"
                     R"({"rule_id":"r","entity_reference":"a:b","state":"x"}])")),
      R"({"errors":[{"status":"400","title":"Bad Request","detail":"attribute \"rule_id\" is required","source":{"pointer":"/data/attributes/results/1/rule_id"}},)"
      R"({"status":"400","title":"Bad Request","detail":"attribute \"entity_reference\" must be of the form \"kind:name\"","source":{"pointer":"/data/attributes/results/2/entity_reference"}},)"
      R"({"status":"400","title":"Bad Request","detail":"attribute \"results\" must be an array of objects","source":{"pointer":"/data/attributes/results/3"}},)"
      R"({"status":"400","title":"Bad Request","detail":"attribute \"state\" must be one of \"pass fail skip\"","source":{"pointer":"/data/attributes/results/4/state"}}]})");
}

TEST(OutcomeParser, ListsAtMostErrorsMaxErrors) {
  std::string results = "[";
  for (int i = 0; i < 200; ++i) results += "{},";
  results += "{}]";
  auto body = document(results);
  const auto batch = parse_outcomes(body, limits);
  ASSERT_FALSE(batch);
  EXPECT_EQ(batch.error().others.size(), errors_max - 1);
  EXPECT_EQ(batch.error().others.back().pointer, "/data/attributes/results/49/rule_id");
}

TEST(OutcomeParser, TellsWhatIsWrongWithTheDocument) {
  const std::string_view results = "/data/attributes/results";
  const struct {
    std::string body;
    std::string answer;
  } cases[] = {
      {"{}", bad_request(R"(attribute "data" is required)", "/data")},
      {R"({"data":null})", bad_request(R"(attribute "data" is required)", "/data")},
      {R"({"results":[]})", bad_request(R"(attribute "data" is required)", "/data")},
      {R"({"data":{}})", bad_request(R"(attribute "attributes" is required)", "/data/attributes")},
      {R"({"data":{"results":[]}})",
       bad_request(R"(attribute "attributes" is required)", "/data/attributes")},
      {R"({"data":{"attributes":{}}})", bad_request(R"(attribute "results" is required)", results)},
      {R"({"data":{"attributes":{"results":null}}})",
       bad_request(R"(attribute "results" is required)", results)},
      {R"({"data":[]})", bad_request(R"(attribute "data" must be an object)", "/data")},
      {R"({"data":{"attributes":"x"}})",
       bad_request(R"(attribute "attributes" must be an object)", "/data/attributes")},
      {R"({"data":{"attributes":{"results":{}}}})",
       bad_request(R"(attribute "results" must be an array)", results)},
      {R"({"data":{"attributes":{"results":[]},"type":"outcome"}})",
       bad_request(R"(attribute "type" must be "batched-outcome")", "/data/type")},
      {R"({"data":{"type":7,"attributes":{"results":[{}]}}})",
       bad_request(R"(attribute "type" must be "batched-outcome")", "/data/type")},
      {"[]", bad_request("the document must be a JSON object")},
      {document("[{}]") + "x",
       bad_request("malformed JSON at byte 65: expected the end of the document")},
      {document(R"([{"state":"a","state":"b"}])"),
       bad_request(R"(member "state" occurs twice)", "/data/attributes/results/0/state")},
      {R"({"data":{},"data":{}})", bad_request(R"(member "data" occurs twice)", "/data")},
      {document(R"([{"x":1},{"x":1,"y":2,"x":3}])"),
       bad_request(R"(member "x" occurs twice)", "/data/attributes/results/1/x")},
  };
  for (const auto& c : cases) EXPECT_EQ(check(c.body), c.answer) << c.body;
}

std::string one_result(std::string_view reference, std::string_view remarks) {
  json::Writer json;
  json.begin_array().begin_object();
  json.member("rule_id", "r").member("entity_reference", reference).member("state", "pass");
  json.member("remarks", remarks).end_object().end_array();
  return document(json.take());
}

TEST(OutcomeParser, CountsRemarksInCodePointsAndReferencesInBytes) {
  std::string remarks;
  for (std::size_t i = 0; i < limits.remarks_characters_max; ++i) remarks += "é";
  EXPECT_EQ(check(one_result("a:b", remarks)), "r a:default/b pass " + remarks + ";");
  EXPECT_EQ(check(one_result("a:b", remarks + "x")),
            bad_request(R"(attribute "remarks" must hold at most 4096 characters)"));
  const std::string name(limits.entity_reference_bytes_max - 2, 'n');
  EXPECT_EQ(check(one_result("a:" + name, "")), "r a:default/" + name + " pass ;");
  EXPECT_EQ(check(one_result("a:n" + name, "")),
            bad_request(R"(attribute "entity_reference" must hold at most 1024 bytes)"));
}

TEST(OutcomeParser, RefusesTooManyResults) {
  Limits few;
  few.results_max = 2;
  const std::string item = R"({"rule_id":"r","entity_reference":"a:b","state":"pass"})";
  std::string body = document("[" + item + "," + item + "]");
  EXPECT_TRUE(parse_outcomes(body, few));
  body = document("[" + item + "," + item + ",{}]");
  EXPECT_EQ(parse_outcomes(body, few).error(),
            invalid("attribute \"results\" must hold at most 2 items", "/data/attributes/results"));
}

TEST(OutcomeBatchParser, TakesNamesAsTheyAre) {
  EXPECT_EQ(check_batch(document(
                R"([{"rule_id":"r","service_name":"Team:a/b","state":"pass","remarks":"x"}])")),
            "r service:default/Team:a/b pass x;");
  EXPECT_EQ(
      check_batch(document(R"([{"rule_id":"r","service_name":"","state":"pass"}])")),
      R"({"errors":[{"status":"400","title":"Bad Request","detail":"attribute \"service_name\" is required"}]})");
  EXPECT_EQ(check_batch(document(R"([{"rule_id":"r","entity_reference":"a:b","state":"pass"}])")),
            bad_request(R"(attribute "service_name" is required)"));
  EXPECT_EQ(check_batch(document(R"([{"rule_id":"r","service_name":"a\tb","state":"pass"}])")),
            bad_request(R"(attribute "service_name" must not hold control characters)"));
}

// Any text that JSON can hold comes out of the parser as it went into the writer.
TEST(OutcomeParser, ReadsBackWhatTheWriterWrites) {
  EXPECT_TRUE(rc::check([](const std::vector<std::string>& texts) {
    json::Writer json;
    json.begin_array();
    std::string expected;
    for (const auto& bytes : texts) {
      std::string remarks;  // any bytes as code points up to U+00FF, but U+0000
      for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte == 0) continue;
        if (byte >= 0x80) remarks += static_cast<char>(0xc0 | (byte >> 6));
        remarks += static_cast<char>(byte >= 0x80 ? (0x80 | (byte & 0x3f)) : byte);
      }
      json.begin_object().member("rule_id", "r" + remarks).member("entity_reference", "k:n");
      json.member("state", "skip").member("remarks", remarks).end_object();
      expected += "r" + remarks + " k:default/n skip " + remarks + ";";
    }
    json.end_array();
    RC_ASSERT(check(document(json.take())) == expected);
  }));
}

}  // namespace
}  // namespace scorekeeper::wire
