// A fixture for tests of snapshots: a server that keeps one, a random history of all that an org's
// log can have, and a comparison of what a start makes of it with a fold of the whole log. Included
// by test files only.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "base/test_directory.h"
#include "intake/intake_fixture.h"
#include "intake/shared_store_fixture.h"
#include "store/snapshot_file.h"

namespace scorekeeper::intake {

using Bytes = std::vector<std::byte>;

class SnapshotHistory {
 public:
  static constexpr OrgId org{1};

  explicit SnapshotHistory(unsigned seed = 1) : random_(seed) {}

  store::SnapshotPlace place() const { return {.path = directory.path("snapshot"), .schema = 7}; }
  std::string other_file() const { return directory.path("other"); }
  void start(SnapshotOptions options = {}) {
    server.reset();
    if (!options.place) options.place = place();
    server = std::make_unique<Server>(store, store, Limits{},
                                      Following{.snapshots = std::move(options)});
  }
  void start_without() {
    server.reset();
    server = std::make_unique<Server>(store, store);
  }
  // The file that a kill leaves.
  void stop_without_a_snapshot() {
    const std::string file = read_file(place().path);
    server.reset();
    std::filesystem::remove(place().path);
    if (!file.empty()) scorekeeper::write_file(place().path, file);
  }

  void steps(int count) {
    for (int i = 0; i < count; ++i) step();
  }
  void step() {
    server->clock.advance(std::chrono::milliseconds(number(3'000)));
    const auto what = number(20);
    if (rules_.empty() || what < 2) {
      const auto made = server->create_rule(any_fields());
      ASSERT_TRUE(made) << made.error().detail;
      rules_.push_back(made->rule.id);
    } else if (what < 3) {
      ASSERT_TRUE(server->update_rule(any_rule(), any_fields()));
    } else if (what < 4) {
      const std::string removed = any_rule();
      ASSERT_TRUE(server->remove_rule(removed));
      std::erase(rules_, removed);
    } else if (what < 7) {
      define();
    } else if (what < 9) {
      const auto removed = server->remove_entity(any_entity());
      ASSERT_TRUE(removed || removed.error().code == Code::not_found);
    } else if (what < 10) {
      change_kinds();
    } else {
      submit();
    }
  }

  // Checks that a start with that file shows the same as a fold of the whole log. Returns the
  // positions of the snapshot that were used, 0: it was not.
  double check(const std::string& file) {
    const std::string copy = directory.path("checked");
    std::filesystem::remove_all(copy);
    std::filesystem::copy(file, copy, std::filesystem::copy_options::recursive);
    store::SnapshotPlace checked = place();
    checked.path = copy;
    Server with(store, store, Limits{}, Following{.snapshots = {.place = checked}});
    Server without(store, store);
    EXPECT_EQ(with.matrix->org(org).position(), store.head(org).last);
    EXPECT_TRUE(bytes_of(with) == bytes_of(without));
    EXPECT_EQ(with.outcomes().outcomes.size(), without.outcomes().outcomes.size());
    return used(with);
  }
  static double used(Server& server) {
    return server.metrics.gauge("scorekeeper_snapshot_position", "").value();
  }
  static double written(Server& server) {
    return server.metrics.counter("scorekeeper_snapshots_total", "").value();
  }
  static double failures(Server& server) {
    return server.metrics.counter("scorekeeper_snapshot_failures_total", "").value();
  }
  // All that the matrix holds, but for the times of last reports: a snapshot has some that are not
  // saved yet.
  static Bytes bytes_of(Server& server) {
    matrix::OrgMatrix copy(org);
    EXPECT_TRUE(copy.read_snapshot(bytes_of(server.matrix->org(org))));
    std::vector<matrix::CellTouch> touches;
    for (EntityNumber entity{1}; entity < copy.next_entity(); ++entity.number) {
      for (const auto& cell : copy.cells_of(entity)) {
        touches.push_back({.rule = cell.rule, .entity = entity, .last_reported = ~0U});
      }
    }
    copy.publish({.touches = touches});
    return bytes_of(copy);
  }
  static Bytes bytes_of(const matrix::OrgMatrix& matrix) {
    Bytes bytes;
    const auto keep = [&](std::span<const std::byte> piece) -> Result<void> {
      bytes.insert(bytes.end(), piece.begin(), piece.end());
      return {};
    };
    EXPECT_TRUE(matrix.write_snapshot(keep));
    return bytes;
  }
  // A file whose copy goes on `between` pieces.
  void write_file(const std::string& path, const store::SnapshotIdentity& identity,
                  const std::function<void()>& between) {
    write_file(path, identity, server->matrix->org(org), between);
  }
  // The same of any matrix.
  void write_file(
      const std::string& path, const store::SnapshotIdentity& identity,
      const matrix::OrgMatrix& matrix, const std::function<void()>& between = [] {}) {
    auto writer = store::SnapshotFileWriter::create(path, identity);
    ASSERT_TRUE(writer) << writer.error().detail;
    const auto put = [&](std::span<const std::byte> piece) -> Result<void> {
      between();
      return (*writer)->write(piece);
    };
    ASSERT_TRUE(matrix.write_snapshot(put));
    ASSERT_TRUE((*writer)->end_org(org));
    const store::Head head = store.head(org);
    const store::SnapshotOrigin origin{.org = org, .position = head.last, .chain = head.chain};
    ASSERT_TRUE((*writer)->finish(std::span(&origin, 1)));
  }
  store::SnapshotIdentity identity() { return identity_of(place(), *store.secrets()); }

  // Waits a minute for it.
  static void wait_until(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!condition() && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    ASSERT_TRUE(condition());
  }

  TestDirectory directory;
  SharedStore store;
  std::unique_ptr<Server> server;

 private:
  std::uint32_t number(std::size_t below) {
    return std::uniform_int_distribution<std::uint32_t>(
        0, static_cast<std::uint32_t>(below) - 1)(random_);
  }
  const std::string& any_rule() { return rules_[number(rules_.size())]; }
  std::string any_entity() { return fmt::format("service:default/{}", number(40)); }
  RuleFields any_fields() {
    static constexpr const char* scopes[] = {"", "kind:service", "tier:gold", "NOT kind:queue"};
    return {.name = fmt::format("rule {}", number(9)),
            .scorecard_id = {},
            .scorecard_name = number(2) == 0 ? "Ops" : "Docs",
            .description = {},
            .owner = {},
            .scope_query = scopes[number(4)],
            .enabled = number(5) != 0,
            .level = level_max};
  }
  void define() {
    EntityDefinition definition;
    definition.reference = any_entity();
    definition.api_version = "v3";
    definition.attributes.owner = number(2) == 0 ? "red" : "blue";
    definition.attributes.tier = number(2) == 0 ? "gold" : "";
    definition.schema = definition.raw = "{}";
    definition.ingestion_source = "api";
    ASSERT_TRUE(server->define({definition}));
  }
  void change_kinds() {
    const std::string name = number(2) == 0 ? "queue" : "topic";
    if (number(3) == 0) {
      const auto removed = server->change(bound(decide_remove_kind, name));
      ASSERT_TRUE(removed || removed.error().code == Code::not_found);
      return;
    }
    const Kind kind{.name = name,
                    .display_name = {},
                    .description = fmt::format("{}", number(5)),
                    .created_at = {},
                    .modified_at = {}};
    ASSERT_TRUE(server->change(bound(decide_upsert_kind, kind)));
  }
  void submit() {
    std::vector<TestResult> results(1 + number(80));
    for (TestResult& result : results) {
      result = {any_rule(), any_entity(), static_cast<State>(1 + number(3)),
                fmt::format("{}", number(3))};
    }
    const auto submitted = server->submit(results);
    ASSERT_TRUE(submitted) << submitted.error().error.detail;
  }

  std::mt19937 random_;
  std::vector<std::string> rules_;
};

}  // namespace scorekeeper::intake
