// The records on the page docs/formats/log.md: their bodies can be read, and their chains follow.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>

#include "store/catalog_body.h"
#include "store/log_record.h"
#include "store/outcome_body.h"

namespace scorekeeper::store {
namespace {

using Lines = std::map<std::string, std::string>;  // by name

// The blocks of lines "    name: value" that begin with an org.
std::vector<Lines> documented_records() {
  std::ifstream file(SCOREKEEPER_SOURCE_DIR "/docs/formats/log.md");
  std::vector<Lines> records;
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("    org: ")) records.emplace_back();
    inside = line.starts_with("    ") && (inside || line.starts_with("    org: "));
    if (!inside) continue;
    const auto colon = line.find(':');
    records.back()[line.substr(4, colon - 4)] = line.substr(std::min(colon + 2, line.size()));
  }
  return records;
}

LogRecord record_of(const Lines& lines) {
  const auto number = [&](const char* name) { return std::stoull(lines.at(name)); };
  return {.org = {static_cast<std::uint32_t>(number("org"))},
          .position = {number("position")},
          .count = static_cast<std::uint32_t>(number("count")),
          .at = time_of_microseconds(static_cast<std::int64_t>(number("at"))),
          .kind = static_cast<RecordKind>(number("kind")),
          .actor = {.type = parse_audit_actor_type(lines.at("actor_type")).value(),
                    .id = lines.at("actor")},
          .request = {number("request")},
          .request_id = lines.at("request_id"),
          .group_end = number("group_end") == 1,
          .chain = {},
          .body = lines.at("body")};
}

std::string hexadecimal(const Chain& chain) {
  std::string text;
  for (const auto byte : chain) text += fmt::format("{:02x}", std::to_integer<unsigned>(byte));
  return text;
}

TEST(LogFormat, TheDocumentedRecordsAreOneLog) {
  auto records = documented_records();
  std::ranges::sort(records, {}, [](const Lines& lines) { return record_of(lines).position; });
  ASSERT_EQ(records.size(), 5U);
  Chain chain{};
  RowId next{1};
  for (const auto& lines : records) {
    const auto record = record_of(lines);
    EXPECT_EQ(record.position, next);
    next.number += record.count;
    chain = chain_after(chain, record);
    EXPECT_EQ(hexadecimal(chain), lines.at("chain")) << record.body;
    if (record.kind == RecordKind::outcomes) {
      OutcomeBody body;
      const auto read = read_outcome_body(record, body);
      ASSERT_TRUE(read) << read.error().detail;
      EXPECT_EQ(body.changes.size(), record.count);
    } else {
      const auto body = read_catalog_body(record.body);
      ASSERT_TRUE(body) << body.error().detail;
      EXPECT_EQ(body->size(), record.count);
      EXPECT_EQ(write_catalog_body(*body), record.body);
    }
  }
  EXPECT_FALSE(record_of(records[3]).group_end);
  EXPECT_EQ(record_of(records[3]).at, record_of(records[4]).at);
}

}  // namespace
}  // namespace scorekeeper::store
