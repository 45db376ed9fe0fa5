#include "api/errors.h"

#include <gtest/gtest.h>

#include <string>

#include "api/fixture_test.h"

namespace scorekeeper::api {
namespace {

void check(Code code, int status, std::string_view title) {
  const auto response = respond_error(make_error(code, "why"), "request", Limits());
  expect_answer(response, status,
                R"({"errors":[{"status":")" + std::to_string(status) + R"(","title":")" +
                    std::string(title) + R"(","detail":"why"}]})");
  EXPECT_EQ(status_of(code), status);
}

TEST(RespondError, MapsEveryCodeToItsStatus) {
  check(Code::invalid, 400, "Bad Request");
  check(Code::unauthenticated, 403, "Forbidden");
  check(Code::forbidden, 403, "Forbidden");
  check(Code::not_found, 404, "Not Found");
  check(Code::conflict, 409, "Conflict");
  check(Code::unavailable, 503, "Service Unavailable");
  check(Code::precondition_failed, 412, "Precondition Failed");
  EXPECT_EQ(status_of(Code::too_large), 413);
  EXPECT_EQ(status_of(Code::rate_limited), 429);
}

TEST(RespondError, KeepsInternalDetailsToTheLog) {
  expect_answer(respond_error(make_error(Code::internal, "row 7 is gone"), "request", Limits()),
                500, R"({"errors":[{"status":"500","title":"Internal Server Error"}]})");
}

TEST(RespondError, HasTheStatusOfTheFirst) {
  auto error = invalid("one", "/data/attributes/results/0/state");
  error.others.push_back(make_error(Code::conflict, "two"));
  expect_answer(
      respond_error(error, "request", Limits()), 400,
      R"({"errors":[{"status":"400","title":"Bad Request","detail":"one","source":{"pointer":"/data/attributes/results/0/state"}},{"status":"400","title":"Bad Request","detail":"two"}]})");
}

TEST(ChooseErrorForm, TakesStringsOnlyWhereTheyAreNamed) {
  const struct {
    std::vector<std::string> accept;
    bool strings;
  } cases[] = {
      {{}, false},
      {{""}, false},
      {{"*/*"}, false},
      {{"application/json"}, true},
      {{"text/html", "application/json;q=0.5"}, true},
      {{"application/json;q=0"}, false},
      {{"application/json", "*/*"}, false},
      {{"application/json, application/vnd.api+json"}, false},
      {{"application/json, application/vnd.api+json;q=0"}, true},
  };
  for (const auto& c : cases) {
    http::Request request;
    for (const auto& value : c.accept) {
      request.headers.push_back({.name = "accept", .value = value});
    }
    auto response = write_http_error(413, "too large");
    choose_error_form(request, response);
    EXPECT_EQ(response.content_type, c.strings ? plain_json : json_api);
    EXPECT_EQ(response.body == R"({"errors":["Content Too Large: too large"]})", c.strings)
        << response.body;
  }
}

TEST(ChooseErrorForm, LeavesWhatIsNoErrorOfThisForm) {
  http::Request request;
  request.headers = {{.name = "accept", .value = "application/json"}};
  auto accepted = respond(202, R"({"data":[]})");
  choose_error_form(request, accepted);
  expect_answer(accepted, 202, R"({"data":[]})");
  auto strings = respond_error_string(429, "Too many requests");
  choose_error_form(request, strings);
  EXPECT_EQ(strings.body, R"({"errors":["Too many requests"]})");
  EXPECT_EQ(strings.content_type, plain_json);
}

TEST(WriteHttpError, IsAJsonApiDocument) {
  expect_answer(write_http_error(404, ""), 404,
                R"({"errors":[{"status":"404","title":"Not Found"}]})");
  expect_answer(write_http_error(405, ""), 405,
                R"({"errors":[{"status":"405","title":"Method Not Allowed"}]})");
  expect_answer(write_http_error(400, "too odd"), 400,
                R"({"errors":[{"status":"400","title":"Bad Request","detail":"too odd"}]})");
  expect_answer(write_http_error(500, ""), 500,
                R"({"errors":[{"status":"500","title":"Internal Server Error"}]})");
}

}  // namespace
}  // namespace scorekeeper::api
