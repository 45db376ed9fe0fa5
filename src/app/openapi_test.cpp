#include "app/openapi.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "json/tree.h"
#include "wire/operations_fixture.h"

namespace scorekeeper::app {
namespace {

TEST(OpenapiDocument, IsWholeAndOfThisVersion) {
  const auto document = openapi_document();
  EXPECT_TRUE(document.starts_with(R"({"openapi":"3.1.)"));
  EXPECT_TRUE(document.ends_with("}"));
  EXPECT_NE(document.find(R"("version":")" SCOREKEEPER_VERSION R"(")"), std::string::npos);
}

TEST(OpenapiDocument, HoldsNoWordOfTheParts) {
  for (const auto* word : {R"("access":)", R"("description":[)"}) {
    EXPECT_EQ(openapi_document().find(word), std::string::npos) << word;
  }
}

// The names of the query parameters of one GET operation that filter, sort and shape a list.
std::set<std::string> documented_names(const json::Tree& document, const std::string& path) {
  std::set<std::string> names;
  const auto* operation = document.find("paths")->find(path);
  const auto* parameters =
      operation == nullptr ? nullptr : operation->find("get")->find("parameters");
  if (parameters == nullptr) return names;
  for (const auto& given : parameters->children) {
    const auto* one = &given;
    if (const auto* reference = given.find("$ref")) {
      const auto name = reference->text.substr(reference->text.rfind('/') + 1);
      one = document.find("components")->find("parameters")->find(name);
    }
    const auto& name = one->find("name")->text;
    if (name.ends_with(']') || name == "sort" || name == "include") names.insert(name);
  }
  return names;
}

TEST(OpenapiDocument, HasTheParametersThatEachOperationKnows) {
  std::string text(openapi_document());
  const auto document = json::read_json(text);
  ASSERT_TRUE(document) << document.error().detail;
  for (const auto& known : wire::list_operations()) {
    SCOPED_TRACE(known.path);
    ASSERT_NE(document->find("paths")->find(known.path), nullptr);
    std::set<std::string> names(known.names.begin(), known.names.end());
    const auto documented = documented_names(*document, std::string(known.path));
    for (const auto& name : documented) EXPECT_TRUE(names.contains(name)) << name;
    // The length of a page has two names, one of which is documented.
    for (const auto& name : names) {
      EXPECT_TRUE(documented.contains(name) || name == "page[size]" || name == "page[limit]")
          << name;
    }
  }
}

}  // namespace
}  // namespace scorekeeper::app
