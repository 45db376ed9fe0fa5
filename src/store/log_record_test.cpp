#include "store/log_record.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <functional>
#include <set>

namespace scorekeeper::store {
namespace {

std::string hexadecimal(const Chain& chain) {
  std::string text;
  for (const auto byte : chain) text += fmt::format("{:02x}", std::to_integer<unsigned>(byte));
  return text;
}

LogRecord some_record() {
  return {.org = {1},
          .position = {1},
          .count = 2,
          .at = time_of_microseconds(1'790'000'000'000'001),
          .kind = RecordKind::outcomes,
          .actor = {.type = AuditActorType::key, .id = "3"},
          .request = {17},
          .request_id = "abc",
          .group_end = true,
          .chain = {},
          .body = "{}"};
}

TEST(Chain, IsTheDocumentedHash) {
  const Chain first = chain_after({}, some_record());
  // By Python's hashlib and struct, as docs/formats/log.md says.
  EXPECT_EQ(hexadecimal(first), "6fbbb870513926dbd52e4741481aacdf");
  EXPECT_EQ(hexadecimal(chain_after(first, some_record())), "6eb50882b8e37a93b2e1a24987754ee4");
}

TEST(Chain, ChangesWithEveryMember) {
  const Chain before{std::byte{1}};
  const std::vector<std::function<void(LogRecord&)>> changes{
      [](LogRecord&) {},
      [](LogRecord& record) { record.org = {2}; },
      [](LogRecord& record) { record.position = {2}; },
      [](LogRecord& record) { record.count = 3; },
      [](LogRecord& record) { record.at += std::chrono::microseconds(1); },
      [](LogRecord& record) { record.kind = RecordKind::catalog; },
      [](LogRecord& record) { record.actor.type = AuditActorType::subject; },
      [](LogRecord& record) { record.actor.id = "4"; },
      [](LogRecord& record) { record.request = {18}; },
      [](LogRecord& record) { record.request_id = "abd"; },
      [](LogRecord& record) { record.group_end = false; },
      [](LogRecord& record) { record.body = "[]"; },
      // The same bytes, with another border between them.
      [](LogRecord& record) { record.request_id = "abc{", record.body = "}"; },
  };
  std::set<Chain> chains;
  for (const auto& change : changes) {
    auto record = some_record();
    change(record);
    EXPECT_TRUE(chains.insert(chain_after(before, record)).second) << chains.size();
  }
  EXPECT_TRUE(chains.insert(chain_after({}, some_record())).second);
  auto chained = some_record();
  chained.chain = before;  // what it is to be does not count
  EXPECT_FALSE(chains.insert(chain_after(before, chained)).second);
}

}  // namespace
}  // namespace scorekeeper::store
