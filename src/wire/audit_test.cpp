#include "wire/audit.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace scorekeeper::wire {
namespace {

AuditEvent update() {
  AuditEvent event;
  event.number = {17};
  event.org = {1};
  event.at = time_of_microseconds(1'790'000'000'500'000);
  event.actor = {.type = AuditActorType::key, .id = "2"};
  event.request_id = "abc-1";
  event.action = AuditAction::updated;
  event.resource = AuditResource::rule;
  event.resource_id = "r1";
  event.before = {{"name", "say \"hi\"\n"}, {"level", "1"}};
  event.after = {{"name", "=1+1"}, {"level", "2"}};
  return event;
}

AuditEvent creation() {
  AuditEvent event;
  event.number = {1};
  event.actor = {.type = AuditActorType::command_line, .id = "=root"};
  event.action = AuditAction::created;
  event.resource = AuditResource::org;
  event.resource_id = "@1";
  event.after = {{"name", "acme"}};
  return event;
}

TEST(AuditList, HasAnEventAsAResource) {
  const std::vector events{update(), creation()};
  EXPECT_EQ(write_audit_list(events, {.next = "/n", .previous = {}}),
            R"({"data":[{"id":"17","type":"audit_event","attributes":{"action":"updated",)"
            R"("actor":{"id":"2","type":"key"},"after":{"name":"=1+1","level":"2"},)"
            R"("at":"2026-09-21T14:13:20.5Z","before":{"name":"say \"hi\"\n","level":"1"},)"
            R"("request_id":"abc-1","resource_id":"r1","resource_type":"rule"}},)"
            R"({"id":"1","type":"audit_event","attributes":{"action":"created",)"
            R"("actor":{"id":"=root","type":"command_line"},"after":{"name":"acme"},)"
            R"("at":"1970-01-01T00:00:00Z","resource_id":"@1","resource_type":"org"}}],)"
            R"("links":{"next":"/n"}})");
  EXPECT_EQ(write_audit_list({}, {.next = {}, .previous = "/p"}),
            R"({"data":[],"links":{"previous":"/p"}})");
}

TEST(AuditCsv, HasFieldsAsJsonAndNoFormula) {
  CsvWriter csv;
  write_audit_columns(csv);
  write_audit_row(csv, update());
  write_audit_row(csv, creation());
  EXPECT_EQ(
      csv.take(),
      "number,at,actor_type,actor,action,resource_type,resource_id,request_id,before,after\r\n"
      "17,2026-09-21T14:13:20.5Z,key,2,updated,rule,r1,abc-1,"
      R"("{""name"":""say \""hi\""\n"",""level"":""1""}",)"
      R"("{""name"":""=1+1"",""level"":""2""}")"
      "\r\n"
      "1,1970-01-01T00:00:00Z,command_line,'=root,created,org,'@1,,,"
      R"("{""name"":""acme""}")"
      "\r\n");
}

Result<AuditFilter> parse(std::vector<Parameter> query) { return parse_audit_filter(query, {}); }

TEST(AuditFilter, HasEveryFilter) {
  const auto list = parse({{"page[size]", "1000"},
                           {"page[offset]", "7"},
                           {"filter[actor]", "2"},
                           {"filter[action]", "revoked"},
                           {"filter[resource_type]", "key"},
                           {"filter[resource_id]", "x"},
                           {"filter[request_id]", "y"},
                           {"filter[since]", "1970-01-01T01:00:01+01:00"},
                           {"filter[until]", "1970-01-01T00:00:02.5Z"}});
  ASSERT_TRUE(list);
  EXPECT_EQ(list->page.size, 1'000U);
  EXPECT_EQ(list->page.offset, 7U);
  EXPECT_EQ(list->actor, "2");
  EXPECT_EQ(list->action, AuditAction::revoked);
  EXPECT_EQ(list->resource, AuditResource::key);
  EXPECT_EQ(list->resource_id, "x");
  EXPECT_EQ(list->request_id, "y");
  EXPECT_EQ(list->since, time_of_seconds(1));
  EXPECT_EQ(list->until, time_of_microseconds(2'500'000));
  const auto all = parse({});
  ASSERT_TRUE(all);
  EXPECT_EQ(all->page.size, 100U);
  EXPECT_FALSE(all->actor || all->action || all->resource || all->resource_id || all->request_id ||
               all->since || all->until);
}

TEST(AuditFilter, NamesTheParameterThatIsWrong) {
  const std::pair<std::string, std::string> cases[] = {
      {"page[size]", "1001"},
      {"page[size]", "0"},
      {"page[offset]", "-1"},
      {"filter[action]", "Created"},
      {"filter[action]", ""},
      {"filter[resource_type]", "rules"},
      {"filter[since]", "tuesday"},
      {"filter[since]", ""},
      {"filter[until]", "2026-13-01T00:00:00Z"},
  };
  for (const auto& [name, value] : cases) {
    const auto list = parse({{name, value}});
    ASSERT_FALSE(list) << name << "=" << value;
    EXPECT_EQ(list.error().code, Code::invalid);
    EXPECT_EQ(list.error().pointer, name);
    EXPECT_TRUE(list.error().detail.starts_with("parameter \"" + name + "\" must be "));
  }
}

}  // namespace
}  // namespace scorekeeper::wire
