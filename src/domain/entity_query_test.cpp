#include "domain/entity_query.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "domain/entity_fields.h"

namespace scorekeeper {
namespace {

constexpr std::string_view attribute = "scope_query";

EntityQuery query(std::string_view text) {
  auto parsed = EntityQuery::parse(text, attribute);
  EXPECT_TRUE(parsed) << text << ": " << parsed.error().detail;
  return parsed ? *std::move(parsed) : EntityQuery();
}

std::string repeated(std::size_t count, std::string_view part) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += part;
  return text;
}

// The text behind "error at "; empty when there is no error.
std::string error_of(std::string_view text) {
  const auto parsed = EntityQuery::parse(text, attribute);
  if (parsed) return {};
  EXPECT_EQ(parsed.error().code, Code::invalid);
  EXPECT_EQ(parsed.error().pointer, "");
  constexpr std::string_view begin = "attribute \"scope_query\" has an error at column ";
  EXPECT_TRUE(parsed.error().detail.starts_with(begin)) << parsed.error().detail;
  return parsed.error().detail.substr(begin.size());
}

constexpr std::string_view languages[] = {"go", "python"};
constexpr std::string_view systems[] = {"shop", "web"};
constexpr std::string_view tags[] = {"env:prod", "url:http://x", "pci", "a/b.c-d_e:1"};

EntityFacts checkout() {
  return {.kind = "service",
          .name_space = "default",
          .name = "Shop-Checkout",
          .owner = "payments",
          .tier = "1",
          .lifecycle = "production",
          .type = "web",
          .languages = languages,
          .systems = systems,
          .tags = tags,
          .has_definition = true};
}

// Seen in an outcome only.
EntityFacts discovered() {
  return {.kind = "api",
          .name_space = "default",
          .name = "größe",
          .owner = {},
          .tier = {},
          .lifecycle = {},
          .type = {},
          .languages = {},
          .systems = {},
          .tags = {},
          .has_definition = false};
}

TEST(EntityQuery, SaysWhatItExpectsAndWhere) {
  const std::string deep = repeated(query_depth_max + 1, "(");
  const std::string nots = repeated(query_depth_max + 1, "NOT ");
  const std::string terms = repeated(stored_query_terms_max + 1, "a ");
  const struct {
    std::string_view text;
    std::string_view error;
  } cases[] = {
      {"AND", "1: expected a term"},
      {"kind:service AND", "17: expected a term"},
      {"kind:service OR  ", "18: expected a term"},
      {"a AND AND b", "7: expected a term"},
      {"a OR AND b", "6: expected a term"},
      {"OR a", "1: expected a term"},
      {"NOT", "4: expected a term"},
      {"NOT )", "5: expected a term"},
      {"-", "2: expected a term"},
      {"- a", "2: expected a term"},
      {"()", "2: expected a term"},
      {"(kind:api", "10: expected a \")\" for the \"(\" at column 1"},
      {"(a", "3: expected a \")\" for the \"(\" at column 1"},
      {"é (team:(a OR b)", "17: expected a \")\" for the \"(\" at column 3"},
      {")", "1: expected a term"},
      {"kind:api)", "9: expected a \"(\" before this \")\""},
      {"a)", "2: expected a \"(\" before this \")\""},
      {"(a) )", "5: expected a \"(\" before this \")\""},
      {"kind:", "6: expected a value"},
      {"kind: service", "6: expected a value"},
      {"kind:)", "6: expected a value"},
      {"kind:()", "7: expected a value"},
      {"kind:(a OR )", "12: expected a value"},
      {"kind:(AND)", "7: expected a value"},
      {"kind:(- a)", "8: expected a value"},
      {":x", "1: expected the name of a field before \":\""},
      {"a :x", "3: expected the name of a field before \":\""},
      {"@env:prod", "1: expected a letter, a digit or one of _ - . / in the name of a field"},
      {"é en*v:prod", "5: expected a letter, a digit or one of _ - . / in the name of a field"},
      {"\"a", "3: expected a quote to end the one at column 1"},
      {"name:\"a", "8: expected a quote to end the one at column 6"},
      {"name:\"a\\", "9: expected a quote to end the one at column 6"},
      {"name:\"a\\\"", "10: expected a quote to end the one at column 6"},
      {"name:\"a\\n\"", "9: expected \\\" or \\\\"},
      {"name:\"a\"b", "9: expected a space after the quote"},
      {"\"name\":a", "7: expected a space after the quote"},
      {"a\"b\"", "2: expected the whole value in double quotes"},
      {"name:a\"b\"", "7: expected the whole value in double quotes"},
      {"name:a\\ b", "7: expected the whole value in double quotes"},
      {"has_definition:yes", "16: expected true or false"},
      {"has_definition:\"True\"", "16: expected true or false"},
      {"has_definition:*", "16: expected true or false"},
      {"HAS_DEFINITION:(true OR 1)", "25: expected true or false"},
      {deep, "33: expected at most 32 brackets and NOT within each other"},
      {nots, "129: expected at most 32 brackets and NOT within each other"},
      {terms, "20001: expected at most 10000 terms"},
  };
  for (const auto& c : cases) EXPECT_EQ(error_of(c.text), c.error) << c.text;
}

TEST(EntityQuery, NamesTheAttributeItIsGiven) {
  EXPECT_EQ(EntityQuery::parse("(", "entity_scope").error(),
            invalid("attribute \"entity_scope\" has an error at column 2: expected a term"));
}

TEST(EntityQuery, ParsesWhatWasRecorded) {
  for (const auto* text : {"kind:service", "kind:api", "env:prod team:platform",
                           "kind:service AND tier:1", "env:staging team:development",
                           "kind:service AND team:platform", "has_definition:\"true\""}) {
    EXPECT_EQ(error_of(text), "") << text;
  }
}

TEST(EntityQuery, MayBeAsLargeAsItsBounds) {
  const auto nested = repeated(query_depth_max, "(") + "a" + repeated(query_depth_max, ")");
  EXPECT_EQ(query(nested), query("a"));
  EXPECT_EQ(query(repeated(query_depth_max, "NOT ") + "a"), query("a"));
  EXPECT_EQ(query(repeated(query_depth_max, "-") + "a"), query("a"));
  const auto wide =
      query(repeated(stored_query_terms_max - 2, "name:a ") + "name:Shop* OR kind:api");
  EXPECT_TRUE(wide.matches(checkout()));
  EXPECT_TRUE(wide.matches(discovered()));
}

TEST(EntityQuery, HasAsManyTermsAsTheCallerAllows) {
  EXPECT_TRUE(EntityQuery::parse("a (b OR -c)", "q", 3));
  EXPECT_EQ(EntityQuery::parse("a (b OR -c) d", "q", 3).error(),
            invalid("attribute \"q\" has an error at column 13: expected at most 3 terms"));
}

// Brackets one after the other are not within each other.
TEST(EntityQuery, LeavesBracketsAndNegationsBehind) {
  EXPECT_EQ(error_of(repeated(100, "(a) ") + repeated(100, "NOT tag:(b) ")), "");
}

struct Match {
  std::string_view text;
  bool matches;
};

TEST(EntityQuery, MatchesByField) {
  const Match cases[] = {
      {"kind:service", true},
      {"kind:SERVICE", true},
      {"KIND:Serv*", true},
      {"kind:api", false},
      {"namespace:default", true},
      {"namespace:Default", true},
      {"name:Shop-Checkout", true},
      {"name:shop-CHECKOUT", true},
      {"name:SHOP-*", true},
      {"name:Shop", false},
      {"owner:payments", true},
      {"team:payments", true},
      {"Team:payments", true},
      {"team:Payments", false},
      {"tier:1", true},
      {"tier:2", false},
      {"lifecycle:production", true},
      {"type:web", true},
      {"type:\"\"", false},
      {"system:web", true},
      {"System:sh*", true},
      {"system:Web", false},
      {"language:go", true},
      {"language:python", true},
      {"language:g", false},
      {"has_definition:true", true},
      {"has_definition:\"true\"", true},
      {"has_definition:false", false},
      {"tag:pci", true},
      {"tag:env:prod", true},
      {"tag:\"env:prod\"", true},
      {"tag:env", false},
      {"env:prod", true},
      {"env:\"prod\"", true},
      {"Env:prod", false},
      {"env:Prod", false},
      {"env:pro", false},
      {"url:http://x", true},
      {"a/b.c-d_e:1", true},
      {"pci:*", false},
  };
  for (const auto& c : cases) EXPECT_EQ(query(c.text).matches(checkout()), c.matches) << c.text;
}

TEST(EntityQuery, MatchesWordsAsPartsOfTheName) {
  const Match cases[] = {
      {"shop", true},         {"CHECK", true},    {"p-c", true},        {"cart", false},
      {"\"Shop-\"", true},    {"out shop", true}, {"shop cart", false}, {"s*check", true},
      {"check*shop", false},  {"c?eck", true},    {"c?heck", false},    {"\"c?eck\"", false},
      {"shop OR cart", true}, {"\"\"", true},
  };
  for (const auto& c : cases) EXPECT_EQ(query(c.text).matches(checkout()), c.matches) << c.text;
}

TEST(EntityQuery, JoinsTermsAsWritten) {
  const Match cases[] = {
      {"kind:service team:a team:payments", true},
      {"kind:api team:a team:payments", false},
      {"team:a kind:service team:payments", true},
      {"team:a owner:payments", true},
      {"team:a AND team:payments", false},
      {"team:a team:b", false},
      {"kind:service tier:2", false},
      {"language:go language:rust", true},
      {"language:go AND language:python", true},
      {"language:go AND language:rust", false},
      {"env:staging env:prod", true},
      {"env:staging pci:yes", false},
      {"env:prod tag:none", false},
      {"tag:none tag:pci", true},
      {"team:(a OR payments)", true},
      {"team:(a payments) kind:service", true},
      {"team:(a OR b) team:payments", true},
      {"language:(go AND python)", true},
      {"language:(go AND (rust OR python))", true},
      {"language:(go AND NOT python)", false},
      {"language:(go -rust)", true},
      {"url:(http://y OR http://x)", true},
      {"(team:a) team:payments", false},
      {"NOT kind:api", true},
      {"-kind:api", true},
      {"-kind:service", false},
      {"team:payments -tier:1", false},
      {"-team:a -team:b", true},
      {"-team:a -team:payments", false},
      {"NOT (kind:api OR tier:2)", true},
      {"NOT kind:api kind:service", true},
      {"NOT NOT kind:service", true},
      {"--kind:service", true},
      {"-\"cart\"", true},
      {"-(shop)", false},
      {"kind:api AND tier:2 OR tier:1", true},
      {"tier:1 OR kind:api AND tier:2", true},
      {"(tier:1 OR kind:api) AND tier:2", false},
      {"tier:2 tier:1 AND kind:service", true},
      {"kind:service(tier:1)", true},
      {"NOT(kind:api)AND(tier:1)", true},
      {" \tkind:service\r\ntier:1 ", true},
      {"and", false},
      {"AND:x OR shop", true},
      {"tier:-1 OR tier:AND", false},
  };
  for (const auto& c : cases) EXPECT_EQ(query(c.text).matches(checkout()), c.matches) << c.text;
}

TEST(EntityQuery, TellsNoValueFromAnyValue) {
  const struct {
    std::string_view text;
    bool of_checkout;
    bool of_discovered;
  } cases[] = {
      {"owner:*", true, false},
      {"owner:\"\"", false, true},
      {"NOT team:*", false, true},
      {"tier:?", true, false},
      {"language:*", true, false},
      {"language:\"\"", false, true},
      {"system:\"\"", false, true},
      {"tag:\"\"", false, false},
      {"env:*", true, false},
      {"owner:\"*\"", false, false},
      {"has_definition:false", false, true},
      {"has_definition:(true OR false)", true, true},
      {"gr??e", false, true},
      {"gr?e", false, false},
      {"name:*ß?", false, true},
      {"kind:a?i", false, true},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(query(c.text).matches(checkout()), c.of_checkout) << c.text;
    EXPECT_EQ(query(c.text).matches(discovered()), c.of_discovered) << c.text;
  }
}

// As imports have them, whose definitions lack the members.
TEST(EntityQuery, FindsFieldsInTagsToo) {
  static constexpr std::string_view tagged[] = {"tier:1",      "lifecycle:production",
                                                "type:web",    "language:go",
                                                "system:shop", "Tier:3",
                                                "team:a",      "tiers:4"};
  EntityFacts facts = checkout();
  facts.tier = "2";
  facts.lifecycle = facts.type = {};
  facts.languages = facts.systems = {};
  facts.tags = tagged;
  const Match cases[] = {
      {"tier:1", true},
      {"tier:2", true},
      {"tier:3", false},
      {"tier:4", false},
      {"tier:?", true},
      {"tier:1 tier:9", true},
      {"lifecycle:production", true},
      {"lifecycle:prod*", true},
      {"lifecycle:\"\"", false},
      {"type:web", true},
      {"language:go", true},
      {"language:g?", true},
      {"language:g", false},
      {"language:\"\"", false},
      {"system:shop", true},
      {"system:*", true},
      {"tag:tier:1", true},
      {"tag:tier:2", false},  // a member is no tag
      {"owner:a", false},     // owners are no tags
  };
  for (const auto& c : cases) EXPECT_EQ(query(c.text).matches(facts), c.matches) << c.text;

  // A tag of that key without a value is one.
  static constexpr std::string_view bare[] = {"tier:", "tier"};
  facts.tier = {};
  facts.tags = bare;
  EXPECT_FALSE(query("tier:\"\"").matches(facts));
  EXPECT_TRUE(query("tier:*").matches(facts));
  EXPECT_TRUE(query("language:\"\"").matches(facts));
  facts.tags = std::span(bare).subspan(1);
  EXPECT_TRUE(query("tier:\"\"").matches(facts));
  EXPECT_FALSE(query("tier:*").matches(facts));
}

TEST(EntityQuery, ShowsTheRightOperator) {
  constexpr std::string_view quoted = "; values that contain it stand in double quotes";
  const struct {
    std::string_view text;
    std::string_view error;
  } cases[] = {
      {"kind=service", "5: expected \":\" between field and value instead of \"=\""},
      {"kind=service && tier=1", "5: expected \":\" between field and value instead of \"=\""},
      {"kind==service", "5: expected \":\" between field and value instead of \"==\""},
      {"é tier=x:1", "7: expected \":\" between field and value instead of \"=\""},
      {"=a", "1: expected \":\" between field and value instead of \"=\""},
      {"a = b", "3: expected \":\" between field and value instead of \"=\""},
      {"kind:=service", "6: expected a value after the \":\" instead of \"=\""},
      {"kind:==service", "6: expected a value after the \":\" instead of \"==\""},
      {"kind:(a OR =b)", "12: expected a value after the \":\" instead of \"=\""},
      {"tier!=1", "5: expected NOT field:value instead of \"!=\""},
      {"kind:service && tier:1", "14: expected AND instead of \"&&\""},
      {"kind:service&&tier:1", "13: expected AND instead of \"&&\""},
      {"a&&b", "2: expected AND instead of \"&&\""},
      {"a & b", "3: expected AND instead of \"&\""},
      {"kind:service || kind:api", "14: expected OR instead of \"||\""},
      {"kind:(service || api)", "15: expected OR instead of \"||\""},
      {"kind:service||kind:api", "13: expected OR instead of \"||\""},
      {"a | b", "3: expected OR instead of \"|\""},
      {"!kind:service", "1: expected NOT instead of \"!\""},
      {"! kind:service", "1: expected NOT instead of \"!\""},
      {"a !(b)", "3: expected NOT instead of \"!\""},
      {"tier:!1", "6: expected NOT instead of \"!\""},
      {"tier:(!1)", "7: expected NOT instead of \"!\""},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(error_of(c.text), std::string(c.error) + std::string(quoted)) << c.text;
  }
  // Within values and quotes they are characters.
  for (const auto* text : {"\"kind=service\"", "name:\"a && b || !c\"", "url:http://x?a=b&c=d|e!",
                           "tag:a=b", "\"!\"", "tier:\"=\"", "tier:(\"!1\" OR 2)", "a!b", "a&b"}) {
    EXPECT_EQ(error_of(text), "") << text;
    EXPECT_EQ(query(write(query(text))), query(text)) << text;
  }
}

TEST(EntityQuery, NamesTheKeysOfTagsThatItAsksFor) {
  using Keys = std::vector<std::string>;
  EXPECT_EQ(tag_keys_of(query("teir:1 env:prod -env:x* OR (tag:app:shop tag:pci) tag:a*:b")),
            (Keys{"app", "env", "teir"}));
  EXPECT_EQ(tag_keys_of(query("tier:1 language:go Team:x kind:y system:z word")), Keys{});
  EXPECT_EQ(tag_keys_of(query("")), Keys{});
}

TEST(EntityQuery, KnowsThatItMatchesEveryEntity) {
  for (const auto* text : {"", " ", "\t\r\n ", "*", " (**) "}) {
    EXPECT_TRUE(query(text).matches_all()) << text;
    EXPECT_TRUE(query(text).matches(discovered())) << text;
  }
  EXPECT_TRUE(EntityQuery().matches_all());
  EXPECT_TRUE(EntityQuery().matches(checkout()));
  EXPECT_EQ(EntityQuery(), query("  "));
  EXPECT_FALSE(query("kind:*").matches_all());
  EXPECT_FALSE(query("\"*\"").matches_all());
}

TEST(EntityQuery, IsWrittenWithItsOperators) {
  const struct {
    std::string_view text;
    std::string_view written;
  } cases[] = {
      {"", ""},
      {"kind:Service", "kind:service"},
      {"TEAM:a Kind:b", "owner:a AND kind:b"},
      {"kind:service team:a team:b", "kind:service AND owner:a owner:b"},
      {"team:a OR (team:b OR (x))", "owner:a OR owner:b OR x"},
      {"-team:(a OR b)", "NOT (owner:a OR owner:b)"},
      {"NOT (a b)", "NOT (a AND b)"},
      {"NOT -(a OR b) c", "(a OR b) AND c"},
      {"env:prod tag:\"x y\"", "tag:env:prod AND tag:\"x y\""},
      {"env:pr**d", "tag:env:pr*d"},
      {"env:\"pr*d\"", "tag:\"env:pr*d\""},
      {R"(name:"a\"\\b" "-x" "a:b")", R"(name:"a\"\\b" AND "-x" AND "a:b")"},
      {"tier:-1 \"AND\"", "tier:-1 AND and"},
      {"name:\"\"", "name:\"\""},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(write(query(c.text)), c.written) << c.text;
    EXPECT_EQ(query(c.written), query(c.text)) << c.text;
  }
  EXPECT_NE(query("team:a AND team:b"), query("team:a team:b"));
  EXPECT_NE(query("env:\"a*\""), query("env:a*"));
}

// Terms of one field side by side need no brackets in what is read, so none may be written.
TEST(EntityQuery, IsWrittenNoDeeperThanItWasRead) {
  std::string text;
  for (std::size_t i = 0; i < query_depth_max / 2; ++i) text += "x team:a team:b NOT (";
  text += "x team:a team:b" + repeated(query_depth_max / 2, ")");
  EXPECT_EQ(query(write(query(text))), query(text));
}

}  // namespace
}  // namespace scorekeeper
