#include "wire/known_parameters.h"

#include <gtest/gtest.h>

#include <span>
#include <string>
#include <vector>

#include "wire/operations_fixture.h"

namespace scorekeeper::wire {
namespace {

const auto operations = list_operations();

Error ask(const Operation& operation, const std::string& name, const std::string& value) {
  const Parameter parameter{.name = name, .value = value};
  return operation.ask({&parameter, 1});
}

bool says_unknown(const Error& error) {
  return error.detail.find(" is unknown here") != std::string::npos;
}

TEST(KnownParameters, AreThoseOfEveryOperation) {
  for (const auto& operation : operations) {
    for (const auto name : operation.names) {
      EXPECT_FALSE(says_unknown(ask(operation, std::string(name), "x"))) << name;
    }
  }
}

TEST(KnownParameters, OfTheFamiliesAreRefusedWhenTheyAreMistyped) {
  for (const auto& operation : operations) {
    for (const auto name : operation.names) {
      if (!name.ends_with(']')) continue;
      auto mistyped = std::string(name);
      mistyped.insert(mistyped.size() - 1, "z");
      const auto error = ask(operation, mistyped, "x");
      EXPECT_EQ(error.code, Code::invalid) << operation.path;
      EXPECT_EQ(error.pointer, mistyped);
      EXPECT_EQ(error.detail, "parameter \"" + mistyped + "\" is unknown here; did you mean \"" +
                                  std::string(name) + "\"?");
    }
    for (const auto* name : {"filter[nothing]", "page[nothing]", "fields[nothing]", "filter[",
                             "Filter[rule][id]", "PAGE[size]"}) {
      const auto error = ask(operation, name, "");
      EXPECT_TRUE(says_unknown(error)) << operation.path << " " << name;
      EXPECT_EQ(error.pointer, name);
    }
    for (const auto* name : {"sort", "include"}) {
      const auto error = ask(operation, name, "nothing");
      EXPECT_EQ(error.pointer, name) << operation.path;
      EXPECT_TRUE(ask(operation, name, "").detail.empty()) << operation.path;
    }
  }
}

TEST(KnownParameters, HaveOneValue) {
  for (const auto& operation : operations) {
    for (const auto known : operation.names) {
      const std::string name(known);
      const std::vector<Parameter> several{{.name = name, .value = "1"},
                                           {.name = "x", .value = "1"},
                                           {.name = name, .value = "1"},
                                           {.name = name, .value = "2"}};
      const auto error = operation.ask(several);
      EXPECT_EQ(error.pointer, name) << operation.path;
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
      EXPECT_TRUE(ask(operation, name, "y").detail.empty()) << operation.path << " " << name;
    }
    for (const auto name : operation.others) {
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
      EXPECT_TRUE(says_unknown(error)) << operation.path << " " << name;
      EXPECT_EQ(error.pointer, name);
    }
    for (const auto name : operation.names) {
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
