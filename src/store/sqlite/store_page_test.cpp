// The examples on the page docs/formats/store.md, in the sqlite3 shell of the system.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <utility>

#include "base/test_directory.h"
#include "store/sqlite/sample_store_fixture.h"

namespace scorekeeper::store::sqlite {
namespace {

// The indented blocks that begin with SELECT, of the part about the embedded store.
std::vector<std::string> documented_queries() {
  std::ifstream file(SCOREKEEPER_SOURCE_DIR "/docs/formats/store.md");
  std::vector<std::string> queries;
  bool inside = false;
  for (std::string line; std::getline(file, line) && line != "## PostgreSQL";) {
    const bool begins = line.starts_with("    SELECT ");
    if (begins && !inside) queries.emplace_back();
    inside = line.starts_with("    ") && (begins || inside);
    if (inside) queries.back() += line.substr(4) + "\n";
  }
  return queries;
}

// An example of the page with the names of the sample in place of its own.
std::string with_names_of_sample(std::string query) {
  const std::pair<std::string, std::string> names[] = {
      {"service:default/shopping-cart", "service:default/a"},
      {"a1b2c3d4e5f6g7h8", "rule1"},
      {"-7 days", "-20000 days"},
      {"2026-06-01", "2026-09-21T14:13:23"}};
  for (const auto& [name, other] : names) {
    for (auto at = query.find(name); at != std::string::npos; at = query.find(name, at)) {
      query.replace(at, name.size(), other);
      at += other.size();
    }
  }
  return query;
}

// Reads the query from a file: no shell sees it.
std::string run_shell(const TestDirectory& directory, const std::string& database,
                      const std::string& query) {
  write_file(directory.path("query.sql"), query);
  const std::string command =
      "sqlite3 -readonly '" + database + "' < '" + directory.path("query.sql") + "' 2>&1";
  std::FILE* const pipe = ::popen(command.c_str(), "r");
  std::string output;
  std::array<char, 4'096> bytes{};
  while (const auto read = std::fread(bytes.data(), 1, bytes.size(), pipe)) {
    output.append(bytes.data(), read);
  }
  ::pclose(pipe);
  return output;
}

TEST(StorePage, HasExamplesThatRunInTheShellOfTheSystem) {
  const TestDirectory directory;
  ASSERT_EQ(run_shell(directory, ":memory:", "SELECT 1;"), "1\n") << "./dev setup installs sqlite3";
  SampleStore sample(directory.store());
  CatalogRule before{.rule = {}, .scorecard = {}};
  before.rule.number = {1};
  before.rule.id = "rule1";
  before.rule.name = "Rule 1";
  before.rule.scorecard = {1};
  CatalogRule after = before;
  after.rule.level = 2;
  sample.change({Changed<CatalogRule>{.before = before, .after = after}});
  std::string requests;
  for (int n = 9; n > 0; --n) {
    requests += std::to_string(n) + "|2026-09-21 14:13:2" + std::to_string(n) + "|1|1\n";
  }
  const std::vector<std::string> expected{
      "Ready|Rule 2|1\n",
      "Ready|Rule 2|1\n",
      "2026-09-21T14:13:26.000000Z|pass|remarks 6|ci\n",
      "2026-09-21||2\n2026-09-21|fail|3\n2026-09-21|pass|3\n2026-09-21|skip|3\n",
      "service:team/c|Rule 1|skip\nqueue:default/b|Rule 2|fail\n",
      "2026-09-21T14:13:29.000001Z|2|ci|3|2\n",
      requests,
      "service:default/a\n"};
  const auto queries = documented_queries();
  ASSERT_EQ(queries.size(), expected.size());
  for (std::size_t n = 0; n < queries.size(); ++n) {
    EXPECT_EQ(run_shell(directory, sample.path(), with_names_of_sample(queries[n])), expected[n])
        << queries[n];
  }
  // Outcomes of a rule that was deleted before the moment are none of its states.
  sample.change({Changed<CatalogRule>{.before = after, .after = {}}});
  const auto example =
      std::ranges::find_if(queries, [](const auto& query) { return query.contains("max(row)"); });
  ASSERT_NE(example, queries.end());
  std::string states = *example;
  const std::string moment = "2026-06-01";
  for (auto at = states.find(moment); at != std::string::npos; at = states.find(moment)) {
    states.replace(at, moment.size(), "2027-06-01");
  }
  const auto left = run_shell(directory, sample.path(), states);
  EXPECT_TRUE(left.contains("|Rule 2|")) << left;
  EXPECT_FALSE(left.contains("|Rule 1|")) << left;
}

}  // namespace
}  // namespace scorekeeper::store::sqlite
