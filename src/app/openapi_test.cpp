#include "app/openapi.h"

#include <gtest/gtest.h>

#include <string>

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

}  // namespace
}  // namespace scorekeeper::app
