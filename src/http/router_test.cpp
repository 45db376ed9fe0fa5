#include "http/router.h"

#include <gtest/gtest.h>

namespace scorekeeper::http {
namespace {

Route route(Method method, std::string pattern) {
  return {.mode = Mode::on_loop,
          .method = method,
          .pattern = std::move(pattern),
          .admit = {},
          .handler = {},
          .deferred = {}};
}

const Router& router() {
  static const Router made({
      route(Method::get, "/healthz"),
      route(Method::get, "/rules"),
      route(Method::post, "/rules"),
      route(Method::put, "/rules/{rule_id}"),
      route(Method::delete_, "/rules/{rule_id}"),
      route(Method::post, "/rules/batch"),
      route(Method::get, "/rules/{rule_id}/outcomes/{name}"),
      route(Method::get, "/rules/fixed/more"),
      route(Method::delete_, "/entity/{entity_id*}"),
      route(Method::get, "/entity"),
  });
  return made;
}

struct Case {
  Method method;
  std::string_view path;
  std::string_view pattern;     // empty = no route
  std::string_view parameters;  // "name=value;"
  std::string_view allowed;     // when there is no route
};

std::string parameters_of(const Match& match) {
  std::string text;
  for (const auto& [name, value] : match.path_parameters) text += name + "=" + value + ";";
  return text;
}

std::string allowed_of(const Match& match) {
  std::string text;
  for (const auto method : match.allowed) text += std::string(name_of(method)) + " ";
  return text;
}

void check(const Case& expected) {
  SCOPED_TRACE(std::string(name_of(expected.method)) + " " + std::string(expected.path));
  const auto match = router().match(expected.method, expected.path);
  EXPECT_EQ(match.route == nullptr ? "" : match.route->pattern, expected.pattern);
  EXPECT_EQ(parameters_of(match), expected.parameters);
  if (match.route == nullptr) {
    EXPECT_EQ(allowed_of(match), expected.allowed);
  }
}

TEST(Router, MatchesLiteralsAndParameters) {
  for (const auto& each : {
           Case{Method::get, "/healthz", "/healthz", "", ""},
           Case{Method::head, "/healthz", "/healthz", "", ""},
           Case{Method::post, "/rules", "/rules", "", ""},
           Case{Method::put, "/rules/abc", "/rules/{rule_id}", "rule_id=abc;", ""},
           Case{Method::put, "/rules/a%2Fb%20c", "/rules/{rule_id}", "rule_id=a/b c;", ""},
           Case{Method::put, "/rules/a+b", "/rules/{rule_id}", "rule_id=a+b;", ""},
           Case{Method::put, "/%72ules/x", "/rules/{rule_id}", "rule_id=x;", ""},
           Case{Method::get, "/rules/7/outcomes/n", "/rules/{rule_id}/outcomes/{name}",
                "rule_id=7;name=n;", ""},
       }) {
    check(each);
  }
}

TEST(Router, LetsLiteralsWinAndComesBackFromThem) {
  for (const auto& each : {
           Case{Method::post, "/rules/batch", "/rules/batch", "", ""},
           Case{Method::put, "/rules/batch", "/rules/{rule_id}", "rule_id=batch;", ""},
           Case{Method::get, "/rules/fixed/more", "/rules/fixed/more", "", ""},
           Case{Method::get, "/rules/fixed/outcomes/n", "/rules/{rule_id}/outcomes/{name}",
                "rule_id=fixed;name=n;", ""},
       }) {
    check(each);
  }
}

TEST(Router, GivesTheRestOfThePathWithItsSlashes) {
  for (const auto& each : {
           Case{Method::delete_, "/entity/service:default/name", "/entity/{entity_id*}",
                "entity_id=service:default/name;", ""},
           Case{Method::delete_, "/entity/service%3Adefault%2Fname", "/entity/{entity_id*}",
                "entity_id=service:default/name;", ""},
           Case{Method::delete_, "/entity/", "", "", ""},
           Case{Method::delete_, "/entity", "", "", "GET HEAD "},
       }) {
    check(each);
  }
}

TEST(Router, TellsWhichMethodsAPathHasInOrder) {
  for (const auto& each : {
           Case{Method::patch, "/rules", "", "", "GET HEAD POST "},
           Case{Method::get, "/rules/batch", "", "", "DELETE POST PUT "},
           Case{Method::options, "/healthz", "", "", "GET HEAD "},
           Case{Method::get, "/", "", "", ""},
           Case{Method::get, "", "", "", ""},
           Case{Method::get, "/rules/", "", "", ""},
           Case{Method::get, "//rules", "", "", ""},
           Case{Method::put, "/rules/%zz", "", "", ""},
           Case{Method::get, "/healthz/x", "", "", ""},
       }) {
    check(each);
  }
}

TEST(Router, SuggestsAPathThatIsThere) {
  const auto route = [](std::string pattern) {
    return Route{.mode = Mode::on_loop,
                 .method = Method::get,
                 .pattern = std::move(pattern),
                 .admit = {},
                 .handler = {},
                 .deferred = {}};
  };
  const Router router({route("/api/v2/rules"), route("/api/v2/rules/{rule_id}"),
                       route("/api/v1/validate"), route("/healthz")});
  const struct {
    std::string_view path;
    std::string_view near;
  } cases[] = {
      {"/api/v2/rules/", "/api/v2/rules"},
      {"/api/v2/rules//", "/api/v2/rules"},
      {"/api/v2/rules/a%2Fb/", "/api/v2/rules/a%2Fb"},
      {"/api/v1/rules", "/api/v2/rules"},
      {"/api/v1/rules/7/", "/api/v2/rules/7"},
      {"/api/v2/validate", "/api/v1/validate"},
      {"/healthz/", "/healthz"},
      {"/api/v1/", ""},
      {"/api/v1/none", ""},
      {"/v1/rules", ""},
      {"/api/version/rules", ""},
      {"/", ""},
      {"//", ""},
      {"", ""},
      {"*", ""},
  };
  for (const auto& [path, near] : cases) EXPECT_EQ(router.suggest(path), near) << path;
}

}  // namespace
}  // namespace scorekeeper::http
