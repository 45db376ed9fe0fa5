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
