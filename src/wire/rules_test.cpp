#include "wire/rules.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "json/writer.h"

namespace scorekeeper::wire {
namespace {

const Limits limits;

Result<RuleFields> parse(std::string body) {
  std::vector<std::string> warnings;
  return parse_rule(body, warnings);
}

std::string attributes(std::string_view text) {
  return R"({"data":{"attributes":{)" + std::string(text) + R"(},"type":"rule"}})";
}

TEST(RuleParser, ReadsEveryAttribute) {
  RuleFields fields;
  fields.name = "N";
  fields.scorecard_name = "S";
  fields.scorecard_id = "I";
  fields.description = "D";
  fields.owner = "O";
  fields.scope_query = "kind:service";
  fields.enabled = false;
  fields.level = 1;
  EXPECT_EQ(
      *parse(attributes(
          R"("description":"D","enabled":false,"level":1,"name":"N","owner":"O","scope_query":"kind:service","scorecard_id":"I","scorecard_name":"S","category":["ignored"])")),
      fields);
}

TEST(RuleParser, GivesAbsentAttributesTheDefaultsOfACreate) {
  const RuleFields defaults;
  for (const auto* body :
       {R"({"data":{"attributes":{}}})",
        R"({"data":{"attributes":{"level":null,"enabled":null,"name":null}}})"}) {
    const auto fields = parse(body);
    ASSERT_TRUE(fields) << body;
    EXPECT_EQ(*fields, defaults) << body;
    EXPECT_EQ(check(*fields, limits).error().detail, "attribute \"name\" is required");
  }
}

TEST(RuleParser, NamesTheOutermostMemberThatIsMissing) {
  const auto data = invalid("attribute \"data\" is required", "/data");
  for (const auto* body : {"{}", R"({"data":null})", R"({"attributes":{"name":"N"}})"}) {
    EXPECT_EQ(parse(body).error(), data) << body;
  }
  const auto none = invalid("attribute \"attributes\" is required", "/data/attributes");
  for (const auto* body :
       {R"({"data":{}})", R"({"data":{"type":"rule"}})", R"({"data":{"attributes":null}})"}) {
    EXPECT_EQ(parse(body).error(), none) << body;
  }
}

TEST(RuleParser, NamesTheAttributeOfTheWrongType) {
  const struct {
    std::string body;
    Error error;
  } cases[] = {
      {attributes(R"("name":1)"),
       invalid("attribute \"name\" must be a string", "/data/attributes/name")},
      {attributes(R"("scorecard_id":[])"),
       invalid("attribute \"scorecard_id\" must be a string", "/data/attributes/scorecard_id")},
      {attributes(R"("enabled":"true")"),
       invalid("attribute \"enabled\" must be true or false", "/data/attributes/enabled")},
      {attributes(R"("level":"3")"),
       invalid("attribute \"level\" must be a whole number", "/data/attributes/level")},
      {attributes(R"("level":2.0)"),
       invalid("attribute \"level\" must be a whole number", "/data/attributes/level")},
      {R"({"data":{"type":"rules"}})",
       invalid("attribute \"type\" must be \"rule\"", "/data/type")},
      {R"({"data":"x"})", invalid("attribute \"data\" must be an object", "/data")},
      {R"({"data":{"attributes":[]}})",
       invalid("attribute \"attributes\" must be an object", "/data/attributes")},
      {"[]", invalid("the document must be a JSON object")},
      {"{", invalid("malformed JSON at byte 1: expected a member name")},
      {attributes(R"("name":"a","name":"b")"),
       invalid("member \"name\" occurs twice", "/data/attributes/name")},
  };
  for (const auto& c : cases) {
    const auto fields = parse(c.body);
    ASSERT_FALSE(fields) << c.body;
    EXPECT_EQ(fields.error(), c.error) << c.body;
  }
}

TEST(RuleParser, LetsNoLevelComeIntoTheRangeByBeingCut) {
  for (const auto* level : {"0", "4", "-1", "4294967297", "99999999999999999999", "-9e0"}) {
    const auto fields =
        parse(attributes(R"("name":"N","scorecard_name":"S","level":)" + std::string(level)));
    EXPECT_TRUE(!fields || !check(*fields, limits)) << level;
  }
}

RuleView item() {
  RuleView made;
  made.rule.id = "4zusljvw52bjpjfs";
  made.rule.name = "N";
  made.rule.level = 1;
  made.rule.created_at = time_of_microseconds(1'778'787'144'858'850);
  made.rule.modified_at = made.rule.created_at;
  made.scorecard.number = {1};
  made.scorecard.id = "oiWt2LlNrIz2";
  made.scorecard.name = "S";
  made.scorecard.created_at = time_of_microseconds(0);
  made.scorecard.modified_at = time_of_microseconds(1'000'000);
  return made;
}

constexpr std::string_view recorded_rule =
    R"({"id":"4zusljvw52bjpjfs","type":"rule","attributes":{"category":"S","created_at":"2026-05-14T19:32:24.85885Z","custom":true,"enabled":true,"level":1,"modified_at":"2026-05-14T19:32:24.85885Z","name":"N","scorecard_name":"S"},"relationships":{"policy_scope":{"data":{"id":"4zusljvw52bjpjfs","type":"policy-scope"}},"scorecard":{"data":{"id":"oiWt2LlNrIz2","type":"scorecard"}}}})";

TEST(RuleDocument, HasTheRecordedBytes) {
  EXPECT_EQ(
      write_rule(item()),
      R"({"data":)" + std::string(recorded_rule) +
          R"(,"included":[{"id":"4zusljvw52bjpjfs","type":"policy-scope","attributes":{"scopes":[{"kind":"service","query":"has_definition:\"true\""},{"kind":"queue","query":"has_definition:\"true\""},{"kind":"datastore","query":"has_definition:\"true\""}]}}]})");
}

TEST(RuleDocument, HasWarningsInMetaWhereThereAreSome) {
  const std::vector<std::string> warnings{"first \"one\"", "second"};
  const std::string_view meta = R"(,"meta":{"warnings":["first \"one\"","second"]})";
  const auto text = write_rule(item(), warnings);
  EXPECT_TRUE(text.starts_with(R"({"data":)" + std::string(recorded_rule) + std::string(meta) +
                               R"(,"included":[)"))
      << text;
  const Links links{.next = "n", .previous = {}};
  EXPECT_EQ(write_rule_list({}, {}, links, warnings),
            R"({"data":[])" + std::string(meta) + R"(,"links":{"next":"n"}})");
}

TEST(RuleDocument, PutsTheScopeBetweenPolicyScopeAndScorecard) {
  auto scoped = item();
  scoped.rule.scope_query = "kind:service";
  scoped.rule.description = "D";
  scoped.rule.owner = "O";
  const auto text = write_rule(scoped);
  EXPECT_NE(
      text.find(R"("policy-scope"}},"scope":{"data":{"id":")" + entity_scope_id("kind:service") +
                R"(","type":"entity-scope"}},"scorecard":{)"),
      std::string::npos);
  EXPECT_NE(text.find(R"("custom":true,"description":"D","enabled":true)"), std::string::npos);
  EXPECT_NE(text.find(R"("name":"N","owner":"O","scope_query":"kind:service","scorecard_name":)"),
            std::string::npos);
  EXPECT_NE(text.find(R"("scopes":[{"kind":"service","query":"has_definition:\"true\""}])"),
            std::string::npos);
}

const Links links{.next = "/l?page%5Boffset%5D=4", .previous = "/l?page%5Boffset%5D=0"};
constexpr std::string_view links_text =
    R"("links":{"next":"/l?page%5Boffset%5D=4","previous":"/l?page%5Boffset%5D=0"})";

TEST(RuleList, HasRelationshipsAndLinksButNothingIncluded) {
  const RuleView items[] = {item()};
  EXPECT_EQ(write_rule_list(items, {}, links),
            R"({"data":[)" + std::string(recorded_rule) + "]," + std::string(links_text) + "}");
  EXPECT_EQ(write_rule_list({}, {}, links), R"({"data":[],)" + std::string(links_text) + "}");
}

TEST(RuleList, SparseFieldsDropTheRelationships) {
  const RuleView items[] = {item()};
  RuleListQuery query;
  query.rule_fields = {{"name"}};
  EXPECT_EQ(write_rule_list(items, query, links),
            R"({"data":[{"id":"4zusljvw52bjpjfs","type":"rule","attributes":{"name":"N"}}],)" +
                std::string(links_text) + "}");
}

TEST(RuleList, IncludesEachScorecardOnce) {
  const RuleView items[] = {item(), item()};
  RuleListQuery query;
  query.include_scorecard = true;
  const auto text = write_rule_list(items, query, links);
  EXPECT_TRUE(text.ends_with(
      R"(,"included":[{"id":"oiWt2LlNrIz2","type":"scorecard","attributes":{"name":"S"}}]})"))
      << text;
}

TEST(ScorecardList, HasEveryRequiredAttribute) {
  auto described = item().scorecard;
  described.description = "D";
  const Scorecard scorecards[] = {item().scorecard, described};
  EXPECT_EQ(
      write_scorecard_list(scorecards),
      R"({"data":[{"id":"oiWt2LlNrIz2","type":"scorecard","attributes":{"created_at":"1970-01-01T00:00:00Z","modified_at":"1970-01-01T00:00:01Z","name":"S"}},)"
      R"({"id":"oiWt2LlNrIz2","type":"scorecard","attributes":{"created_at":"1970-01-01T00:00:00Z","description":"D","modified_at":"1970-01-01T00:00:01Z","name":"S"}}]})");
}

// A rule document is a legal request: what clients read they may send back.
TEST(RuleParser, ReadsBackWhatTheWriterWrites) {
  EXPECT_TRUE(rc::check([](bool enabled) {
    auto written = item();
    const auto text = [] {
      return *rc::gen::container<std::string>(rc::gen::inRange<char>(1, 127));
    };
    written.rule.name = text();
    written.rule.description = text();
    written.rule.owner = text();
    written.rule.scope_query = text();
    written.rule.enabled = enabled;
    written.rule.level = *rc::gen::inRange(level_min, level_max + 1);
    const auto read = parse(write_rule(written));
    RC_ASSERT(read.has_value());
    RC_ASSERT(read->name == written.rule.name);
    RC_ASSERT(read->description == written.rule.description);
    RC_ASSERT(read->owner == written.rule.owner);
    RC_ASSERT(read->scope_query == written.rule.scope_query);
    RC_ASSERT(read->enabled == written.rule.enabled && read->level == written.rule.level);
    RC_ASSERT(read->scorecard_name == written.scorecard.name);
  }));
}

TEST(ParseRule, WarnsOfAttributesThatItIgnores) {
  std::vector<std::string> warnings;
  std::string body = R"({"data":{"other":1,"attributes":{"name":"n","scope_qeury":{"name":1},)"
                     R"("created_at":"t","x":null}}})";
  ASSERT_TRUE(parse_rule(body, warnings));
  EXPECT_EQ(warnings,
            (std::vector<std::string>{R"(attribute "scope_qeury" is unknown and ignored; )"
                                      R"(did you mean "scope_query"?)",
                                      R"(attribute "x" is unknown and ignored)"}));
}

// Neither their number nor their length makes the answer long.
TEST(ParseRule, BoundsItsWarnings) {
  std::vector<std::string> warnings;
  std::string body = R"({"data":{"attributes":{")" + std::string(100'000, 'n') + R"(":1)";
  for (int i = 0; i < 1'000; ++i) body += ",\"n" + std::to_string(i) + "\":1";
  body += "}}}";
  ASSERT_TRUE(parse_rule(body, warnings));
  ASSERT_EQ(warnings.size(), warnings_max);
  EXPECT_EQ(warnings[0], "an attribute with a name of 100000 bytes is unknown and ignored");
}

}  // namespace
}  // namespace scorekeeper::wire
