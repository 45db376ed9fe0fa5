#include "matrix/cells.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <utility>

#include "matrix/named_entities.h"
#include "matrix/names.h"

namespace scorekeeper::matrix {
namespace {

constexpr State states[] = {State::pass, State::fail, State::skip};

// A map, as a model of Cells. Every question is asked of both.
class Model {
 public:
  explicit Model(unsigned seed) : random_(seed) {}

  std::uint32_t number(std::uint32_t below) {
    return std::uniform_int_distribution<std::uint32_t>(0, below - 1)(random_);
  }
  // Some entities stand close together, some on far pages.
  CellKey key() {
    const std::uint32_t entity = number(4) == 0 ? number(20'000) : number(300);
    return {RuleNumber{1 + number(5)}, EntityNumber{1 + entity}};
  }
  std::optional<State> state() {
    const auto chosen = number(4);
    return chosen == 3 ? std::nullopt : std::optional(states[chosen]);
  }
  Cell cell() {
    return {.state = states[number(3)],
            .row = RowId{++row_},
            .hash = random_(),
            .first_reported = number(1000),
            .last_reported = 1000 + number(1000)};
  }

  void put() {
    std::vector<CellChange> changes;
    for (auto left = 1 + number(70); left > 0; --left) {
      const CellKey where = key();
      changes.push_back({where.rule, where.entity, std::nullopt});
      if (number(5) > 0) changes.back().cell = cell();
    }
    cells.put_all(changes);
    for (const auto& change : changes) {
      if (change.cell) {
        cells_of(change.rule)[change.entity] = *change.cell;
      } else {
        cells_of(change.rule).erase(change.entity);
      }
    }
  }
  void touch() {
    std::vector<CellTouch> touches;
    for (auto left = 1 + number(70); left > 0; --left) {
      const CellKey where = key();
      touches.push_back({where.rule, where.entity, 2000 + number(1000)});
    }
    cells.touch_all(touches);
    for (const auto& touched : touches) {
      auto& rule = cells_of(touched.rule);
      const auto found = rule.find(touched.entity);
      if (found != rule.end()) {
        found->second.last_reported = touched.last_reported;
      }
    }
  }
  // Hides a rule, or shows it again.
  void hide() {
    const RuleNumber rule{1 + number(5)};
    if (!hidden.contains(rule)) {
      cells.hide(rule);
      hidden[rule] = std::exchange(expected[rule], {});
    } else {
      cells.show(rule);
      expected[rule] = std::move(hidden[rule]);
      hidden.erase(rule);
    }
  }
  std::map<EntityNumber, Cell>& cells_of(RuleNumber rule) {
    return hidden.contains(rule) ? hidden[rule] : expected[rule];
  }
  void remove_entity() {
    const EntityNumber entity = key().entity;
    cells.remove_entity(entity);
    for (auto& [rule, entities] : expected) entities.erase(entity);
    for (auto& [rule, entities] : hidden) entities.erase(entity);
  }

  // Every other entity or so of those that keys name.
  Bitmap any_set() {
    Bitmap set;
    for (std::uint32_t entity = 1; entity <= 20'000; entity += 1 + number(3)) {
      set.set(EntityNumber{entity}, true);
    }
    return set;
  }

  std::vector<FoundCell> matching(RuleNumber rule, std::optional<State> wanted, ScanWindow window,
                                  const ScanMask& mask = {}) const {
    std::vector<FoundCell> all;
    const auto found = expected.find(rule);
    if (found == expected.end()) return all;
    for (const auto& [entity, cell] : found->second) {
      if ((wanted && cell.state != *wanted) || !mask.has(entity)) continue;
      if (window.skip > 0) {
        --window.skip;
      } else if (window.take > 0) {
        --window.take;
        all.push_back({entity, cell});
      }
    }
    return all;
  }
  std::uint64_t total() const {
    std::uint64_t count = 0;
    for (const auto& [rule, entities] : expected) count += entities.size();
    return count;
  }

  Cells cells;
  std::map<RuleNumber, std::map<EntityNumber, Cell>> expected;
  std::map<RuleNumber, std::map<EntityNumber, Cell>> hidden;

 private:
  std::mt19937 random_;
  std::uint64_t row_ = 0;
};

void check_scan(Model& model) {
  const RuleNumber rule{1 + model.number(6)};
  const auto state = model.state();
  const auto count = model.matching(rule, state, {.skip = 0, .take = ~0U}).size();
  ASSERT_EQ(model.cells.count(rule, state), count);
  const ScanWindow window{.skip = model.number(static_cast<std::uint32_t>(count) + 5),
                          .take = model.number(100)};
  ScanWindow left = window;
  std::vector<FoundCell> found;
  model.cells.scan(rule, state, ScanMask{}, left, found);
  ASSERT_EQ(found, model.matching(rule, state, window));
  ASSERT_EQ(left.take, window.take - found.size());
  if (found.empty() && window.take > 0) {
    ASSERT_EQ(left.skip, window.skip - count);
  }
}

void check_masked_scan(Model& model) {
  const RuleNumber rule{1 + model.number(6)};
  const auto state = model.state();
  const Bitmap scope = model.any_set();
  const Bitmap wanted = model.any_set();
  const ScanMask mask{.scope = &scope, .wanted = model.number(2) == 0 ? nullptr : &wanted};
  const auto count = model.matching(rule, state, {.skip = 0, .take = ~0U}, mask).size();
  const ScanWindow window{.skip = model.number(static_cast<std::uint32_t>(count) + 5),
                          .take = model.number(100)};
  ScanWindow left = window;
  std::vector<FoundCell> found;
  model.cells.scan(rule, state, mask, left, found);
  ASSERT_EQ(found, model.matching(rule, state, window, mask));
  if (found.empty() && window.take > 0) {
    ASSERT_EQ(left.skip, window.skip - count);
  }
}

// A scan that may do little at a time goes on where it stopped.
void check_named_scan_in_pieces(Model& model) {
  const RuleNumber rule{1 + model.number(6)};
  const auto state = model.state();
  Names names;
  for (std::uint32_t entity = 1; entity <= 20'000; entity += 1 + model.number(9'000)) {
    for (auto more = model.number(20); more > 0; --more, ++entity) {
      names.add(EntityNumber{entity}, fmt::format("queue:n{}/x", entity));
    }
  }
  NamedEntities named({.name = "x"});
  ASSERT_FALSE(named.advance(names, 1));
  const Bitmap wanted = model.any_set();
  ScanMask mask{.wanted = model.number(2) == 0 ? nullptr : &wanted,
                .named = model.number(2) == 0 ? nullptr : &named,
                .after = EntityNumber{model.number(2) * model.number(20'000)}};
  const ScanWindow window{.skip = model.number(10), .take = 1 + model.number(100)};
  const auto expected = model.matching(rule, state, window, mask);
  std::vector<FoundCell> found;
  for (ScanWindow left = window; left.take > 0;) {
    left.steps = 1 + model.number(300);
    mask.after = model.cells.scan(rule, state, mask, left, found);
    if (!mask.after) break;
  }
  ASSERT_EQ(found, expected);
}

void check_find(Model& model) {
  std::vector<CellKey> keys;
  for (auto left = model.number(100); left > 0; --left) keys.push_back(model.key());
  keys.push_back({RuleNumber{}, EntityNumber{}});
  keys.push_back({RuleNumber{77}, EntityNumber{1}});
  std::vector<std::optional<Cell>> found;
  model.cells.find_all(keys, found);
  ASSERT_EQ(found.size(), keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto& entities = model.expected[keys[i].rule];
    const auto expected = entities.find(keys[i].entity);
    ASSERT_EQ(found[i],
              expected == entities.end() ? std::nullopt : std::optional(expected->second));
    ASSERT_EQ(model.cells.find(keys[i]), found[i]);
  }
}

void check_hidden(Model& model) {
  const EntityNumber entity = model.key().entity;
  std::vector<RuleCell> expected;
  for (RuleNumber rule{1}; rule.number <= 5; ++rule.number) {
    const auto& entities = model.cells_of(rule);
    const auto found = entities.find(entity);
    if (found != entities.end()) expected.push_back({rule, found->second});
    ASSERT_EQ(model.cells.find_any({rule, entity}),
              found == entities.end() ? std::nullopt : std::optional(found->second));
  }
  ASSERT_EQ(model.cells.cells_of(entity), expected);
}

TEST(Cells, AreAMapWhateverIsDoneToThem) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    Model model(seed);
    for (int step = 0; step < 300; ++step) {
      const auto what = model.number(100);
      if (what < 60) {
        model.put();
      } else if (what < 90) {
        model.touch();
      } else if (what < 97) {
        model.remove_entity();
      } else {
        model.hide();
      }
      ASSERT_EQ(model.cells.count(), model.total());
      ASSERT_NO_FATAL_FAILURE(check_scan(model));
      if (step % 10 == 0) {
        ASSERT_NO_FATAL_FAILURE(check_masked_scan(model));
      }
      ASSERT_NO_FATAL_FAILURE(check_named_scan_in_pieces(model));
      ASSERT_NO_FATAL_FAILURE(check_find(model));
      ASSERT_NO_FATAL_FAILURE(check_hidden(model));
    }
  }
}

TEST(Cells, RunAScanOnOverSeveralRules) {
  Cells cells;
  for (std::uint32_t rule = 1; rule <= 3; ++rule) {
    for (std::uint32_t entity = 1; entity <= 10; ++entity) {
      cells.put({RuleNumber{rule}, EntityNumber{entity}}, Cell{.row = RowId{rule * 100 + entity}});
    }
  }
  ScanWindow window{.skip = 15, .take = 8};
  std::vector<FoundCell> found;
  for (std::uint32_t rule = 1; rule <= 3; ++rule) {
    cells.scan(RuleNumber{rule}, std::nullopt, ScanMask{}, window, found);
  }
  std::vector<std::uint64_t> rows;
  rows.reserve(found.size());
  for (const FoundCell& cell : found) rows.push_back(cell.cell.row.number);
  EXPECT_EQ(rows, (std::vector<std::uint64_t>{206, 207, 208, 209, 210, 301, 302, 303}));
}

TEST(Cells, TakeAtMost28BytesEachWhereTheyAreDense) {
  Cells cells;
  constexpr std::uint32_t entities = 100'000;
  for (std::uint32_t rule = 1; rule <= 10; ++rule) {
    for (std::uint32_t entity = 1; entity <= entities; ++entity) {
      cells.put({RuleNumber{rule}, EntityNumber{entity}}, Cell{.row = RowId{1}});
    }
  }
  ASSERT_EQ(cells.count(), 1'000'000U);
  EXPECT_LE(cells.memory_bytes(), 28U * 1'000'000U);
  EXPECT_GE(cells.memory_bytes(), 24U * 1'000'000U);
  const auto bytes = cells.memory_bytes();
  for (std::uint32_t rule = 1; rule <= 10; ++rule) cells.hide(RuleNumber{rule});
  EXPECT_EQ(cells.count(), 0U);
  EXPECT_GE(cells.memory_bytes(), bytes);
}

TEST(Cells, TakeAtMost29BytesEachWhereOneInFiveIsThereAtRandom) {
  Cells cells;
  std::mt19937 random(3);
  for (int i = 0; i < 200'000; ++i) {
    cells.put({RuleNumber{1 + static_cast<std::uint32_t>(random() % 10)},
               EntityNumber{1 + static_cast<std::uint32_t>(random() % 100'000)}},
              Cell{.row = RowId{1}});
  }
  EXPECT_LE(cells.memory_bytes(), 29U * cells.count());
}

TEST(Cells, TakeLittleWhereOneEntityOf64HasAnOutcome) {
  Cells cells;
  for (std::uint32_t i = 0; i < 10'000; ++i) {
    cells.put({RuleNumber{1}, EntityNumber{1 + i * 64}}, Cell{.row = RowId{1}});
  }
  EXPECT_LE(cells.memory_bytes(), 10'000U * 70U);
}

TEST(Cells, TakeLittleWhereTheyAreAloneOnTheirPages) {
  Cells cells;
  for (std::uint32_t rule = 1; rule <= 100; ++rule) {
    for (std::uint32_t page = 0; page < 245; ++page) {
      cells.put({RuleNumber{rule}, EntityNumber{1 + rule + page * 4096}}, Cell{.row = RowId{1}});
    }
  }
  EXPECT_LE(cells.memory_bytes(), 100U * 245U * 130U);
  for (std::uint32_t page = 0; page < 245; ++page) {
    for (std::uint32_t rule = 1; rule <= 100; ++rule) {
      cells.remove_entity(EntityNumber{1 + rule + page * 4096});
    }
  }
  EXPECT_EQ(cells.count(), 0U);
  EXPECT_LE(cells.memory_bytes(), 100U * 256U * 9U);
}

// A block whose last cell is taken out is not saved, and one that came back once.
TEST(Cells, AreTakenOutWithTheirMemoryAndReports) {
  Cells cells;
  const RuleNumber rule{3};
  const std::vector<CellChange> gone{{rule, EntityNumber{1}, std::nullopt},
                                     {rule, EntityNumber{1}, std::nullopt},
                                     {RuleNumber{9}, EntityNumber{1}, std::nullopt}};
  cells.put({rule, EntityNumber{5000}}, Cell{.row = RowId{1}});
  const auto bytes = cells.memory_bytes();
  const auto report = [&](std::uint32_t time) {
    cells.put({rule, EntityNumber{1}}, Cell{.row = RowId{2}, .last_reported = 5});
    cells.touch_all(std::vector<CellTouch>{{rule, EntityNumber{1}, time}});
  };
  report(10);
  cells.put_all(gone);
  EXPECT_FALSE(cells.find({rule, EntityNumber{1}}));
  EXPECT_EQ(cells.count(), 1U);
  EXPECT_EQ(cells.count(rule, State::pass), 1U);
  EXPECT_EQ(cells.memory_bytes(), bytes);
  EXPECT_TRUE(cells.take_reported(10).empty());

  report(11);
  cells.put_all(gone);
  report(12);
  const auto taken = cells.take_reported(10);
  ASSERT_EQ(taken.size(), 1U);
  EXPECT_EQ(taken[0].last_reported[0], 12U);
}

// Rules come and go: those that nothing was reported for are not looked up one by one, and take no
// place among the hidden cells.
TEST(Cells, OfRulesWithoutAnyAreHiddenForNothing) {
  Cells cells;
  const Cell cell{
      .state = State::fail, .row = {5}, .hash = 6, .first_reported = 7, .last_reported = 8};
  constexpr std::uint32_t rules = 20'000;
  const EntityNumber entity{3};
  cells.put({RuleNumber{rules + 1}, entity}, cell);
  const auto bytes = cells.memory_bytes();
  for (std::uint32_t rule = 1; rule <= rules; ++rule) cells.hide(RuleNumber{rule});
  EXPECT_EQ(cells.memory_bytes(), bytes);
  cells.hide(RuleNumber{7});
  // A cell that comes all the same, as a replay behind a snapshot brings it, is hidden too.
  cells.put({RuleNumber{7}, entity}, cell);
  EXPECT_GT(cells.memory_bytes(), bytes);
  EXPECT_FALSE(cells.find({RuleNumber{7}, entity}));
  EXPECT_TRUE(cells.find_any({RuleNumber{7}, entity}));
  EXPECT_FALSE(cells.find_any({RuleNumber{8}, entity}));
  EXPECT_EQ(cells.count_pages(RuleNumber{8}), 0U);
  EXPECT_EQ(cells.cells_of(entity),
            (std::vector<RuleCell>{{RuleNumber{7}, cell}, {RuleNumber{rules + 1}, cell}}));
  cells.show(RuleNumber{7});
  cells.show(RuleNumber{8});
  cells.put({RuleNumber{8}, entity}, cell);
  EXPECT_TRUE(cells.find({RuleNumber{7}, entity}));
  EXPECT_TRUE(cells.find({RuleNumber{8}, entity}));
  cells.hide(RuleNumber{8});
  cells.remove_entity(entity);
  EXPECT_TRUE(cells.cells_of(entity).empty());
  EXPECT_EQ(cells.count(), 0U);
}

TEST(Cells, GiveTouchedBlocksOnceAndRaiseRestoredReports) {
  Cells cells;
  const RuleNumber rule{3};
  for (const std::uint32_t entity : {1U, 1024U, 1025U, 5000U}) {
    cells.put({rule, EntityNumber{entity}}, Cell{.row = RowId{1}, .last_reported = 10});
  }
  EXPECT_EQ(cells.count_unsaved(), 0U);  // a put is in the ledger anyway
  const std::vector<CellTouch> touches{{rule, EntityNumber{1024}, 20},
                                       {rule, EntityNumber{1}, 21},
                                       {rule, EntityNumber{5000}, 22},
                                       {rule, EntityNumber{7}, 23},
                                       {RuleNumber{9}, EntityNumber{1}, 24}};
  cells.touch_all(touches);
  EXPECT_EQ(cells.count_unsaved(), 2U);
  const auto first = cells.take_reported(1);
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(first[0].rule, rule);
  EXPECT_EQ(first[0].block, 0U);
  ASSERT_EQ(first[0].last_reported.size(), 1024U);
  EXPECT_EQ(first[0].last_reported[0], 21U);
  EXPECT_EQ(first[0].last_reported[6], 0U);
  EXPECT_EQ(first[0].last_reported[1023], 20U);
  const auto second = cells.take_reported(10);
  ASSERT_EQ(second.size(), 1U);
  EXPECT_EQ(second[0].block, 4U);
  EXPECT_EQ(second[0].last_reported[4999 - 4096], 22U);
  EXPECT_TRUE(cells.take_reported(10).empty());

  cells.touch_all(std::vector<CellTouch>{{rule, EntityNumber{1}, 30}});
  EXPECT_EQ(cells.count_unsaved(), 1U);
  for (const std::uint32_t entity : {1U, 1024U, 1025U}) cells.remove_entity(EntityNumber{entity});
  EXPECT_TRUE(cells.take_reported(10).empty());

  Cells restored;
  restored.put({rule, EntityNumber{1}}, Cell{.row = RowId{1}, .last_reported = 5});
  restored.put({rule, EntityNumber{1024}}, Cell{.row = RowId{1}, .last_reported = 50});
  restored.restore_reported(first[0]);
  EXPECT_EQ(restored.find({rule, EntityNumber{1}})->last_reported, 21U);
  EXPECT_EQ(restored.find({rule, EntityNumber{1024}})->last_reported, 50U);
  EXPECT_EQ(restored.count(), 2U);
  EXPECT_EQ(restored.count_unsaved(), 0U);
}

}  // namespace
}  // namespace scorekeeper::matrix
