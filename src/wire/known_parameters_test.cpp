#include "wire/known_parameters.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "base/limits.h"
#include "wire/audit.h"
#include "wire/campaigns.h"
#include "wire/catalog_query.h"
#include "wire/scores.h"

namespace scorekeeper::wire {
namespace {

const Limits limits;

template <class Parsed>
Error error_of(const Result<Parsed>& parsed) {
  return parsed ? Error{} : parsed.error();
}

// An operation, and its answer to a query.
struct Operation {
  KnownParameters known;
  Error (*ask)(Query query);
};
const Operation operations[] = {
    {known::outcomes, [](Query q) { return error_of(parse_outcome_list_query(q, limits)); }},
    {known::rules, [](Query q) { return error_of(parse_rule_list_query(q, limits)); }},
    {known::scorecards, [](Query q) { return error_of(parse_scorecard_list_query(q, limits)); }},
    {known::scores, [](Query q) { return error_of(parse_score_query("by-entity", q, limits)); }},
    {known::campaigns, [](Query q) { return error_of(parse_campaign_list_query(q, limits)); }},
    {known::campaign, [](Query q) { return error_of(parse_campaign_query(q)); }},
    {known::entities, [](Query q) { return error_of(parse_entity_list_query(q, limits)); }},
    {known::kinds, [](Query q) { return error_of(parse_kind_list_query(q, limits)); }},
    {known::relations, [](Query q) { return error_of(parse_relation_list_query(q, limits)); }},
    {known::definitions, [](Query q) { return error_of(parse_service_definition_list_query(q)); }},
    {known::definition, [](Query q) { return error_of(parse_schema_version(q)); }},
    {known::audit, [](Query q) { return error_of(parse_audit_filter(q)); }},
};

Error ask(const Operation& operation, const std::string& name, const std::string& value) {
  const Parameter parameter{.name = name, .value = value};
  return operation.ask({&parameter, 1});
}

bool says_unknown(const Error& error) {
  return error.detail.find(" is unknown here") != std::string::npos;
}

TEST(KnownParameters, AreThoseOfEveryOperation) {
  ASSERT_EQ(std::size(operations), known::all.size());
  for (const auto& operation : operations) {
    const auto is_it = [&](const auto& one) { return one.path == operation.known.path; };
    EXPECT_TRUE(std::ranges::any_of(known::all, is_it)) << operation.known.path;
    for (const auto name : operation.known.names) {
      EXPECT_FALSE(says_unknown(ask(operation, std::string(name), "x"))) << name;
    }
  }
}

TEST(KnownParameters, OfTheFamiliesAreRefusedWhenTheyAreMistyped) {
  for (const auto& operation : operations) {
    for (const auto name : operation.known.names) {
      if (!name.ends_with(']')) continue;
      auto mistyped = std::string(name);
      mistyped.insert(mistyped.size() - 1, "z");
      const auto error = ask(operation, mistyped, "x");
      EXPECT_EQ(error.code, Code::invalid) << operation.known.path;
      EXPECT_EQ(error.pointer, mistyped);
      EXPECT_EQ(error.detail, "parameter \"" + mistyped + "\" is unknown here; did you mean \"" +
                                  std::string(name) + "\"?");
    }
    for (const auto* name : {"filter[nothing]", "page[nothing]", "fields[nothing]", "filter[",
                             "Filter[rule][id]", "PAGE[size]"}) {
      const auto error = ask(operation, name, "");
      EXPECT_TRUE(says_unknown(error)) << operation.known.path << " " << name;
      EXPECT_EQ(error.pointer, name);
    }
    for (const auto* name : {"sort", "include"}) {
      const auto error = ask(operation, name, "nothing");
      EXPECT_EQ(error.pointer, name) << operation.known.path;
      EXPECT_TRUE(ask(operation, name, "").detail.empty()) << operation.known.path;
    }
  }
}

TEST(KnownParameters, HaveOneValue) {
  for (const auto& operation : operations) {
    for (const auto known : operation.known.names) {
      const std::string name(known);
      const std::vector<Parameter> several{{.name = name, .value = "1"},
                                           {.name = "x", .value = "1"},
                                           {.name = name, .value = "1"},
                                           {.name = name, .value = "2"}};
      const auto error = operation.ask(several);
      EXPECT_EQ(error.pointer, name) << operation.known.path;
      EXPECT_EQ(error.detail,
                "parameter \"" + name + "\" must be given once: it has several values here");
      const auto once = operation.ask(std::span(several).first(3));
      EXPECT_EQ(once.detail.find("given once"), std::string::npos) << name;
    }
  }
  const std::vector<Parameter> others{{.name = "x", .value = "1"}, {.name = "x", .value = "2"}};
  for (const auto& operation : operations) EXPECT_TRUE(operation.ask(others).detail.empty());
}

TEST(KnownParameters, LetOthersPass) {
  for (const auto& operation : operations) {
    for (const auto* name : {"x", "", "q", "debug", "host", "trace_id", "utm_source", "_=1", "42",
                             "nonsense", "pretty", "api_key", "cursor"}) {
      EXPECT_TRUE(ask(operation, name, "y").detail.empty()) << operation.known.path << " " << name;
    }
    for (const auto name : operation.known.others) {
      EXPECT_FALSE(says_unknown(ask(operation, std::string(name), "x"))) << name;
    }
    EXPECT_TRUE(ask(operation, std::string(8'000, 'e'), "y").detail.empty());
  }
}

TEST(KnownParameters, WhatLooksLikeAMistypedOneIsRefused) {
  for (const auto& operation : operations) {
    for (const auto* name : {"filter",
                             "filters[entity][reference]",
                             "filer[entity][reference]",
                             "Filter.x",
                             "filter.entity.reference",
                             "filter_entity_reference",
                             "filter [entity][reference]",
                             "?filter[entity][reference]",
                             "fitler",
                             "page",
                             "page.size",
                             "pages",
                             "fieldsrule",
                             "Sort",
                             "sorts",
                             "sorted",
                             "includes",
                             "inclde",
                             "Include",
                             "field"}) {
      const auto error = ask(operation, name, "x");
      EXPECT_EQ(error.code, Code::invalid);
      EXPECT_TRUE(says_unknown(error)) << operation.known.path << " " << name;
      EXPECT_EQ(error.pointer, name);
    }
    for (const auto name : operation.known.names) {
      if (!name.ends_with(']')) continue;
      const auto last = std::string(name.substr(name.rfind('[') + 1));
      EXPECT_TRUE(says_unknown(ask(operation, last.substr(0, last.size() - 1), "x"))) << name;
    }
  }
}

TEST(KnownParameters, NameTheNearest) {
  const auto hint = [](const Operation& operation, const std::string& name) {
    const auto detail = ask(operation, name, "x").detail;
    const auto begin = detail.find("did you mean");
    return begin == std::string::npos ? detail : detail.substr(begin);
  };
  EXPECT_EQ(hint(operations[0], "filter[service_name]"),
            "did you mean \"filter[outcome][service_name]\"?");
  EXPECT_EQ(hint(operations[0], "filter[entity]"), "did you mean \"filter[entity][name]\"?");
  EXPECT_EQ(hint(operations[1], "filter[rule][is_enabled]"),
            "did you mean \"filter[rule][enabled]\"?");
  EXPECT_EQ(hint(operations[3], "filter[rule][enabled]"),
            "did you mean \"filter[rule][is_enabled]\"?");
  for (const auto* name : {"filters[entity][reference]", "filter.entity.reference", "reference",
                           "?filter[entity][reference]", "FILTER_ENTITY_REFERENCE"}) {
    EXPECT_EQ(hint(operations[3], name), "did you mean \"filter[entity][reference]\"?") << name;
  }
  EXPECT_EQ(hint(operations[3], "sorts"), "did you mean \"sort\"?");
  EXPECT_EQ(hint(operations[3], "page_size"), "did you mean \"page[size]\"?");
  EXPECT_EQ(hint(operations[3], "limit"), "did you mean \"page[limit]\"?");
  // No name of another family.
  EXPECT_TRUE(hint(operations[3], "fields[score]").contains("; known are \"page[size] "));
  EXPECT_EQ(hint(operations[9], "page[offset]"), "did you mean \"page[size]\"?");
  EXPECT_EQ(hint(operations[5], "page[limit]"),
            "parameter \"page[limit]\" is unknown here; known are \"include\"");
  const Parameter sort{.name = "sort", .value = "-scor"};
  EXPECT_NE(operations[3].ask({&sort, 1}).detail.find("did you mean \"score\"?"),
            std::string::npos);
}

}  // namespace
}  // namespace scorekeeper::wire
