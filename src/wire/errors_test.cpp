#include "wire/errors.h"

#include <gtest/gtest.h>

#include "domain/rule.h"

namespace scorekeeper::wire {
namespace {

TEST(ErrorDocument, HasTheRecordedBytes) {
  EXPECT_EQ(
      write_errors(400, invalid("attribute \"state\" must be one of \"pass fail skip\"")),
      R"({"errors":[{"status":"400","title":"Bad Request","detail":"attribute \"state\" must be one of \"pass fail skip\""}]})");
  EXPECT_EQ(write_errors(409, unknown_rule_id()),
            R"({"errors":[{"status":"409","title":"Invalid rule_id"}]})");
  EXPECT_EQ(
      write_errors(404, rule_not_found("REPLACE.ME")),
      R"({"errors":[{"status":"404","title":"Not Found","detail":"rule not found: REPLACE.ME"}]})");
  EXPECT_EQ(write_errors(403, make_error(Code::forbidden, {})),
            R"({"errors":[{"status":"403","title":"Forbidden"}]})");
  EXPECT_EQ(write_error_strings("Too many requests"), R"({"errors":["Too many requests"]})");
}

TEST(ErrorDocument, ListsTheOthersWithTheirSourceAndSubject) {
  Error error = invalid("one", "/data/attributes/results/0/state");
  error.others.push_back(invalid("two", "page[size]"));
  Error unknown = unknown_rule_id();
  unknown.subject = "abc";
  error.others.push_back(unknown);
  EXPECT_EQ(
      write_errors(400, error),
      R"({"errors":[{"status":"400","title":"Bad Request","detail":"one","source":{"pointer":"/data/attributes/results/0/state"}},)"
      R"({"status":"400","title":"Bad Request","detail":"two","source":{"parameter":"page[size]"}},)"
      R"({"status":"400","title":"Invalid rule_id","meta":{"id":"abc"}}]})");
}

TEST(ErrorDocument, TellsTheVersionThatThereIs) {
  Error failed = precondition_failed("changed", 12);
  EXPECT_EQ(
      write_errors(412, failed),
      R"({"errors":[{"status":"412","title":"Precondition Failed","detail":"changed","meta":{"version":"12"}}]})");
  failed.subject = "abc";
  EXPECT_EQ(
      write_errors(412, failed),
      R"({"errors":[{"status":"412","title":"Precondition Failed","detail":"changed","meta":{"id":"abc","version":"12"}}]})");
}

TEST(ErrorStrings, SayWhatTheObjectsSay) {
  Error error = invalid("attribute \"state\" is required", "/data/attributes/results/0/state");
  error.others.push_back(invalid("two <&>", "page[size]"));
  Error unknown = unknown_rule_id();
  unknown.subject = "abc";
  error.others.push_back(unknown);
  unknown.pointer = "/data/x";
  error.others.push_back(unknown);
  error.others.push_back(make_error(Code::forbidden, {}));
  EXPECT_EQ(
      to_error_strings(write_errors(400, error)),
      R"~({"errors":["Bad Request: attribute \"state\" is required (at /data/attributes/results/0/state)",)~"
      R"~("Bad Request: two \u003c\u0026\u003e (parameter page[size])",)~"
      R"~("Invalid rule_id (id abc)","Invalid rule_id (at /data/x, id abc)","Bad Request"]})~");
}

TEST(ErrorStrings, LeaveWhatIsNoDocumentOfObjects) {
  for (const std::string document :
       {R"({"errors":["Too many requests"]})", R"({"data":[]})", "no JSON", ""}) {
    EXPECT_EQ(to_error_strings(document), document);
  }
}

TEST(ErrorDocument, NamesEveryStatusThatIsAnswered) {
  for (const int status :
       {400, 401, 403, 404, 405, 408, 409, 412, 413, 414, 415, 429, 431, 500, 503}) {
    EXPECT_NE(reason_of(status), "Error") << status;
  }
  EXPECT_EQ(reason_of(299), "Error");
}

}  // namespace
}  // namespace scorekeeper::wire
