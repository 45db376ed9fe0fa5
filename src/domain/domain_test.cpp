#include <gtest/gtest.h>

#include "domain/entity.h"
#include "domain/outcome.h"
#include "domain/role.h"
#include "domain/rule.h"
#include "domain/scope.h"
#include "domain/text.h"

namespace scorekeeper {
namespace {

std::string canonical(std::string_view text) {
  const auto reference = parse_entity_reference(text);
  if (!reference) return "error";
  std::string out;
  append_canonical(*reference, out);
  return out;
}

TEST(EntityReference, IsParsedByGrammarAlone) {
  const struct {
    std::string_view text;
    std::string_view canonical;
  } cases[] = {
      {"service:my-service", "service:default/my-service"},
      {"service:default/my-service", "service:default/my-service"},
      {"SERVICE:My-Service", "service:default/My-Service"},
      {"service:team.a/x", "service:team.a/x"},
      {"service:Team/x", "service:team/x"},
      {"endpoint:GET:/api/x", "endpoint:default/GET:/api/x"},
      {"service:a/b/c", "service:a/b/c"},
      {"service:/x", "service:default//x"},
      {"api-v2:x", "api-v2:default/x"},
      {"service:a b,c", "service:default/a b,c"},
      {"service", "error"},
      {":x", "error"},
      {"service:", "error"},
      {"service:ns/", "error"},
      {"ser vice:x", "error"},
      {"-a:x", "error"},
      {"a--b:x", "error"},
      {"a-:x", "error"},
      {"1a:x", "error"},
      {"service:x\ny", "error"},
      {std::string_view("service:x\0y", 11), "error"},
  };
  for (const auto& c : cases) EXPECT_EQ(canonical(c.text), c.canonical) << c.text;
}

TEST(EntityReference, CanonicalTextSplitsIntoItsParts) {
  const auto parts = split_canonical("endpoint:default/GET:/api/x");
  EXPECT_EQ(parts.kind, "endpoint");
  EXPECT_EQ(parts.name_space, "default");
  EXPECT_EQ(parts.name, "GET:/api/x");
}

TEST(EntityReference, NamesOfServicesInDefaultAreComparedWithoutCase) {
  struct Case {
    std::string_view one;
    std::string_view other;
    bool same;
  };
  const Case cases[] = {
      {"service:default/Checkout-API", "service:default/checkout-api", true},
      {"service:default/Über", "service:default/ÜBER", true},
      {"service:default/Über", "service:default/über", false},  // ASCII letters alone
      {"service:default/ab", "service:default/abc", false},
      {"service:shop/A", "service:shop/a", false},
      {"queue:default/A", "queue:default/a", false},
      {"queue:default/a", "service:default/a", false},
      {"services:default/A", "services:default/a", false},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(is_same_entity(c.one, c.other), c.same) << c.one << ' ' << c.other;
    EXPECT_EQ(fold_reference(c.one) == fold_reference(c.other), c.same) << c.one;
  }
}

TEST(OutcomeId, IsTheRecordedFormForServicesInDefault) {
  EXPECT_EQ(outcome_id("r", "service:default/my-service"), "r\\my-service");
  EXPECT_EQ(outcome_id("r", "service:other/x"), "r\\service:other/x");
  EXPECT_EQ(outcome_id("r", "api:default/x"), "r\\api:default/x");
}

TEST(State, NamesRoundTripAndOthersAreUnknown) {
  for (const auto state : {State::pass, State::fail, State::skip}) {
    EXPECT_EQ(parse_state(name_of(state)), state);
  }
  EXPECT_FALSE(parse_state("PASS"));
  EXPECT_FALSE(parse_state(""));
}

TEST(Scopes, WritingTheCatalogIncludesReportingOutcomes) {
  const auto writer = *parse_scopes("apm_service_catalog_write");
  EXPECT_TRUE(writer.has(Scope::scorekeeper_outcomes_write));
  EXPECT_EQ(*parse_scopes("apm_service_catalog_write,scorekeeper_outcomes_write"), writer);
  EXPECT_EQ(write_scopes(writer), "apm_service_catalog_write");
  const auto reporter = *parse_scopes("scorekeeper_outcomes_write");
  EXPECT_FALSE(reporter.has(Scope::apm_service_catalog_write));
  EXPECT_EQ(scopes_of(Role::reporter).with(writer), reporter);
}

// Each role has exactly these scopes.
TEST(Roles, AreSetsOfScopes) {
  const struct {
    Role role;
    const char* scopes;
  } roles[] = {
      {Role::viewer, "apm_service_catalog_read,cases_read"},
      {Role::reporter, "apm_service_catalog_read,cases_read,scorekeeper_outcomes_write"},
      {Role::editor, "apm_service_catalog_read,apm_service_catalog_write,cases_read,cases_write"},
      {Role::approver, "apm_service_catalog_read,cases_read,scorekeeper_exemptions_approve"},
      {Role::admin,
       "apm_service_catalog_read,apm_service_catalog_write,cases_read,cases_write,"
       "scorekeeper_exemptions_approve,scorekeeper_admin"}};
  for (const auto& [role, scopes] : roles) {
    EXPECT_EQ(write_scopes(scopes_of(role)), scopes);
    EXPECT_EQ(*parse_role(name_of(role)), role);
  }
  EXPECT_FALSE(ScopeSet::unscoped().has(Scope::scorekeeper_exemptions_approve));
  EXPECT_EQ(parse_role("report").error().detail,
            "unknown role \"report\"; did you mean \"reporter\"?; the roles are viewer, reporter, "
            "editor, approver, admin");
  EXPECT_EQ(parse_role("").error().code, Code::invalid);
  EXPECT_EQ(parse_role("Admin").error().code, Code::invalid);
}

TEST(Scopes, RoundTripAndNameTheUnknown) {
  EXPECT_EQ(write_scopes(*parse_scopes("cases_read , apm_service_catalog_read")),
            "apm_service_catalog_read,cases_read");
  EXPECT_TRUE(parse_scopes("")->empty());
  EXPECT_FALSE(ScopeSet::unscoped().has(Scope::scorekeeper_admin));
  EXPECT_TRUE(ScopeSet::unscoped().has(Scope::cases_write));
  EXPECT_NE(parse_scopes("cases_read,nope").error().detail.find("\"nope\""), std::string::npos);
  EXPECT_TRUE(
      parse_scopes("cases_reed")
          .error()
          .detail.starts_with(
              "unknown scope \"cases_reed\"; did you mean \"cases_read\"?; the scopes are "));
  for (const auto scope : all_scopes) {
    ScopeSet scopes;
    scopes.add(scope);
    EXPECT_EQ(write_scopes(scopes), name_of(scope));
    EXPECT_EQ(*parse_scopes(name_of(scope)), scopes);
    EXPECT_EQ(*parse_given_scopes(name_of(scope)), scopes);
    EXPECT_TRUE(ScopeSet::all().has(scope));
  }
  for (const auto* const text :
       {"", ",", " ", "cases_read,", ",cases_read", "cases_read,,cases_write"}) {
    EXPECT_EQ(parse_given_scopes(text).error().code, Code::invalid) << text;
  }
}

RuleFields fields() {
  RuleFields made;
  made.name = "N";
  made.scorecard_name = "S";
  return made;
}

TEST(RuleFields, TellWhatAnUpdateTakesAwayUnnamed) {
  Rule before;
  EXPECT_TRUE(list_losses(before, fields()).empty());
  before.scope_query = "kind:service";
  before.owner = "platform";
  before.description = std::string(201, 'd');
  before.level = 1;
  before.enabled = false;
  const std::string why = ": the request does not contain it, and PUT replaces the whole rule";
  EXPECT_EQ(list_losses(before, fields()),
            (std::vector<std::string>{
                R"(attribute "scope_query" was removed (it was "kind:service"))" + why,
                R"(attribute "owner" was removed (it was "platform"))" + why,
                R"(attribute "description" was removed)" + why,
                R"(attribute "level" was reset from 1 to 3)" + why,
                R"(attribute "enabled" was reset from false to true)" + why}));
  auto given = fields();
  given.scope_query = "kind:queue";
  given.owner = "other";
  given.description = "new";
  given.level = level_max;
  given.enabled = true;
  EXPECT_TRUE(list_losses(before, given).empty());
}

TEST(RuleFields, AreCheckedInTheRecordedWording) {
  const Limits limits;
  EXPECT_TRUE(check(fields(), limits));
  auto bad = fields();
  bad.name = "";
  EXPECT_EQ(check(bad, limits).error(), invalid("attribute \"name\" is required"));
  bad = fields();
  bad.scorecard_name = "";
  EXPECT_EQ(check(bad, limits).error(), invalid("attribute \"scorecard_name\" is required"));
  bad.scorecard_id = "abc";
  EXPECT_TRUE(check(bad, limits));
  for (const int level : {0, 4, -1}) {
    bad = fields();
    bad.level = level;
    EXPECT_EQ(check(bad, limits).error().pointer, "/data/attributes/level");
  }
  bad = fields();
  bad.scope_query = "kind:service AND";
  EXPECT_EQ(check(bad, limits).error(),
            invalid("attribute \"scope_query\" has an error at column 17: expected a term",
                    "/data/attributes/scope_query"));
  bad.scope_query = "kind:service AND tier:1";
  EXPECT_TRUE(check(bad, limits));
  Limits few_terms;
  few_terms.query_terms_max = 1;
  EXPECT_EQ(check(bad, few_terms).error(),
            invalid("attribute \"scope_query\" has an error at column 23: expected at most 1 terms",
                    "/data/attributes/scope_query"));
}

TEST(RuleFields, HaveLimits) {
  const Limits limits;
  const struct {
    std::string RuleFields::* member;
    std::string name;
    std::size_t characters_max;
  } cases[] = {
      {&RuleFields::name, "name", 255},
      {&RuleFields::scorecard_name, "scorecard_name", 255},
      {&RuleFields::scorecard_id, "scorecard_id", 255},
      {&RuleFields::owner, "owner", 255},
      {&RuleFields::description, "description", 4'096},
      {&RuleFields::scope_query, "scope_query", 4'096},
  };
  for (const auto& c : cases) {
    auto given = fields();
    auto& text = given.*c.member;
    text.clear();
    for (std::size_t n = 0; n < c.characters_max; ++n) text += "é";
    EXPECT_TRUE(check(given, limits)) << c.name;
    text += "é";
    EXPECT_EQ(check(given, limits).error(),
              invalid("attribute \"" + c.name + "\" must have at most " +
                          std::to_string(c.characters_max) + " characters",
                      "/data/attributes/" + c.name));
  }
  auto given = fields();
  for (int n = 0; n < 100; ++n) given.scope_query += "a ";
  EXPECT_TRUE(check(given, limits));
  given.scope_query += "a";
  EXPECT_EQ(check(given, limits).error().detail,
            "attribute \"scope_query\" has an error at column 201: expected at most 100 terms");
}

TEST(PolicyScopes, EchoTheRecordedForms) {
  EXPECT_EQ(policy_scopes("").size(), 3U);
  EXPECT_EQ(policy_scopes("")[1].kind, "queue");
  EXPECT_EQ(policy_scopes(" \t")[2].query, "has_definition:\"true\"");
  ASSERT_EQ(policy_scopes("kind:api").size(), 1U);
  EXPECT_EQ(policy_scopes("kind:api")[0].kind, "api");
  EXPECT_EQ(policy_scopes("kind:api")[0].query, "has_definition:\"true\"");
  EXPECT_EQ(policy_scopes("env:prod team:platform")[0].query,
            "has_definition:\"true\" env:prod team:platform");
}

TEST(EntityScopeId, IsAVersion5UuidOfTheQueryAlone) {
  const auto id = entity_scope_id("kind:service");
  EXPECT_EQ(id, entity_scope_id("kind:service"));
  EXPECT_NE(id, entity_scope_id("kind:api"));
  ASSERT_EQ(id.size(), 36U);
  EXPECT_EQ(id[14], '5');
  EXPECT_NE(std::string_view("89ab").find(id[19]), std::string_view::npos);
}

TEST(Text, CountsCodePointsAndFindsParts) {
  EXPECT_EQ(count_characters("aé€😀"), 4U);
  EXPECT_TRUE(contains_ignoring_case("Production Readiness", "READ"));
  EXPECT_TRUE(contains_ignoring_case("x", ""));
  EXPECT_FALSE(contains_ignoring_case("", "x"));
}

}  // namespace
}  // namespace scorekeeper
