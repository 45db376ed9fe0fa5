// Bounds of what documents of Backstage ask of the server.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "wire/backstage.h"
#include "wire/entity_definitions.h"

namespace scorekeeper::wire {
namespace {

// A body of 10 KB names one entity a thousand times in each of its lists.
TEST(BackstageReferences, LookEachNameUpOnceAndHaveABound) {
  using References = std::vector<std::string>;
  std::vector<std::string> asked;
  BackstageReferences references(
      [&](std::string_view name_space, std::string_view name) -> Result<References> {
        asked.push_back(std::string(name_space) + "/" + std::string(name));
        return References{"library:default/a"};
      },
      4);
  const auto resolve = [&](std::string_view text) {
    return references.resolve(*parse_backstage_reference(text, "component", "default"));
  };
  for (int n = 0; n < 3; ++n) {
    for (const auto* text : {"a", "A", "component:a", "resource:a"}) {
      EXPECT_EQ(resolve(text)->reference, "library:default/a");
    }
    EXPECT_EQ(resolve("api:a")->reference, "api:default/a");
  }
  EXPECT_TRUE(resolve("eu/a"));
  EXPECT_EQ(asked, (References{"default/a", "eu/a"}));
  EXPECT_FALSE(references.failure());
  const auto over = resolve("b");
  ASSERT_FALSE(over);
  EXPECT_EQ(over.error().code, Code::too_large);
  EXPECT_EQ(over.error().detail,
            "the documents of Backstage in one request have at most 4 distinct references: send "
            "fewer documents at a time");
  EXPECT_EQ(references.failure(), over.error());
  EXPECT_EQ(asked.size(), 2U);
}

std::string component(std::string_view spec) {
  return "---\napiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: a}\nspec: {" +
         std::string(spec) + "}\n";
}

std::string list_of(std::size_t count, const std::string& name) {
  std::string list = "[";
  for (std::size_t i = 0; i < count; ++i) list += name + std::to_string(i) + ",";
  return list + "]";
}

TEST(Backstage, ListsThatAreTooLongTogetherAreRefusedBeforeAnythingIsLookedUp) {
  int asked = 0;
  const auto count = [&](std::string_view, std::string_view) -> Result<std::vector<std::string>> {
    ++asked;
    return std::vector<std::string>();
  };
  Limits limits;
  limits.references_max = 3;
  auto body = component("dependsOn: " + list_of(2, "d") + ", consumesApis: " + list_of(2, "c"));
  EXPECT_EQ(parse_entity_definitions(body, limits, nullptr, count).error(),
            invalid("attribute \"spec.consumesApis\" must have at most 3 elements together with "
                    "the list before it that also becomes dependsOn",
                    "/spec/consumesApis"));
  body = component("children: " + list_of(2, "c") + ", providesApis: " + list_of(4, "p"));
  EXPECT_EQ(parse_entity_definitions(body, limits, nullptr, count).error(),
            invalid("attribute \"spec.providesApis\" must have at most 3 elements",
                    "/spec/providesApis"));
  EXPECT_EQ(asked, 0);
  body = component("dependsOn: " + list_of(2, "d") + ", consumesApis: " + list_of(1, "c"));
  EXPECT_TRUE(parse_entity_definitions(body, limits, nullptr, count));
  EXPECT_EQ(asked, 3);
}

TEST(Backstage, TheReferencesOfOneRequestHaveABound) {
  const auto naming = [](std::size_t count) {
    std::string body;
    for (std::size_t n = 0; n < count; n += 900) {
      const auto name = "n" + std::to_string(n) + "-";
      body += component("dependsOn: " + list_of(std::min<std::size_t>(count - n, 900), name));
    }
    return body;
  };
  auto body = naming(backstage_references_max);
  EXPECT_TRUE(parse_entity_definitions(body, Limits()));
  body = naming(backstage_references_max + 1);
  const auto refused = parse_entity_definitions(body, Limits());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::too_large);
  EXPECT_NE(refused.error().detail.find("2500 distinct references"), std::string::npos);
}

// They are YAML in what may be JSON.
TEST(Backstage, InterfacesOfOneRequestHaveABound) {
  const auto with = [](std::size_t bytes) {
    std::string body = "[";
    for (std::size_t n = 0; n < bytes; n += 250'000) {
      body += std::string(n == 0 ? "" : ",") +
              R"({"apiVersion":"backstage.io/v1alpha1","kind":"API","metadata":{"name":"a)" +
              std::to_string(n) + R"("},"spec":{"definition":")" +
              std::string(std::min<std::size_t>(bytes - n, 250'000), 'x') + R"("}})";
    }
    return body + "]";
  };
  auto body = with(yaml_bytes_max);
  const auto accepted = parse_entity_definitions(body, Limits());
  EXPECT_TRUE(accepted) << accepted.error().detail;
  body = with(yaml_bytes_max + 1);
  const auto refused = parse_entity_definitions(body, Limits());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::too_large);
  EXPECT_EQ(refused.error().detail,
            "the texts spec.definition of one request have at most 2097152 bytes together: send "
            "several requests");
}

}  // namespace
}  // namespace scorekeeper::wire
