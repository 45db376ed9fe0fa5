#include "api/exports.h"

#include <algorithm>
#include <array>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "http/accept.h"
#include "matrix/outcome_reading.h"
#include "wire/audit.h"
#include "wire/csv.h"

namespace scorekeeper::api {
namespace {

// Rows of 16 KiB at most (remarks of 4,096 characters) stay below a chunk's bound by far more often
// than not; CsvSource cuts a text that is larger.
constexpr std::uint64_t outcomes_in_page = 100;
constexpr std::size_t scores_in_page = 200;
constexpr std::uint64_t events_in_page = 100;
constexpr std::size_t chunk_bytes_max = 64 << 10;

// Gives out a text in chunks; the subclass makes more of it.
class CsvSource : public http::BodySource {
 public:
  Result<bool> next(std::string& chunk) final {
    if (given_ == text_.size()) {
      text_.clear();
      given_ = 0;
      if (!done_) done_ = !TRY(write(csv_));
      text_ = csv_.take();
    }
    const auto size = std::min(chunk_bytes_max, text_.size() - given_);
    chunk.append(text_, given_, size);
    given_ += size;
    return given_ < text_.size() || !done_;
  }

 protected:
  // Some rows more; false = these were the last.
  virtual Result<bool> write(wire::CsvWriter& csv) = 0;

 private:
  wire::CsvWriter csv_;
  std::string text_;
  std::size_t given_ = 0;
  bool done_ = false;
};

class OutcomeRows final : public CsvSource {
 public:
  OutcomeRows(const Context& context, OutcomeFilter filter)
      : context_(context), reading_(std::move(filter)) {}

  Result<void> prepare(WorkBudget& budget) { return context_.org().prepare(reading_, budget); }

 private:
  Result<bool> write(wire::CsvWriter& csv) override {
    if (!reading_.last.rule) write_outcome_columns(csv);
    auto budget = context_.query_budget();
    const auto page = TRY(context_.org().list_outcomes(reading_, outcomes_in_page, budget));
    const auto items = TRY(outcome_items_of(context_, page));
    std::vector<EntityNumber> entities;
    entities.reserve(page.outcomes.size());
    for (const auto& outcome : page.outcomes) entities.push_back(outcome.entity);
    const auto owners = context_.org().owners_of(entities);
    for (std::size_t i = 0; i < items.size(); ++i) {
      const auto view = std::ranges::lower_bound(page.rules, page.outcomes[i].rule, {},
                                                 [](const auto& one) { return one.rule.number; });
      write_outcome_row(csv, items[i],
                        {.rule_id = view->rule.id,
                         .rule_name = view->rule.name,
                         .scorecard_name = view->scorecard.name,
                         .owner = owners[i]});
    }
    return page.outcomes.size() == outcomes_in_page;
  }

  Context context_;
  matrix::OutcomeReading reading_;
};

class EntityScoreRows final : public CsvSource {
 public:
  EntityScoreRows(const Context& context, matrix::EntityScores scores)
      : context_(context), scores_(std::move(scores.rows)), serial_(scores.serial) {}
  std::size_t held_bytes() const override {
    return scores_.capacity() * sizeof(matrix::EntityScore);
  }

 private:
  Result<bool> write(wire::CsvWriter& csv) override {
    if (written_ == 0) write_score_columns(csv);
    const auto part =
        std::span(scores_).subspan(written_, std::min(scores_in_page, scores_.size() - written_));
    std::vector<EntityNumber> entities;
    entities.reserve(part.size());
    for (const auto& score : part) entities.push_back(score.entity);
    auto labels = TRY(context_.org().labels_of(entities, serial_));
    for (std::size_t i = 0; i < part.size(); ++i) {
      ScoreRow row;
      row.entity = part[i].entity;
      row.name = std::move(labels.references[i]);
      row.owner = std::move(labels.owners[i]);
      row.level = part[i].level.reached;
      row.highest_level = part[i].level.highest;
      row.counts = part[i].counts;
      row.entities = 1;
      identify(context_, row);
      write_score_row(csv, row, Aggregation::by_entity, context_.services.no_data);
    }
    written_ += part.size();
    return written_ < scores_.size();
  }

  Context context_;
  std::vector<matrix::EntityScore> scores_;
  std::uint64_t serial_;
  std::size_t written_ = 0;
};

// Rules, scorecards, teams and kinds: some thousands at most, kept as they are.
class ScoreRows final : public CsvSource {
 public:
  ScoreRows(const Context& context, Aggregation aggregation, std::vector<ScoreRow> rows)
      : context_(context), aggregation_(aggregation), rows_(std::move(rows)) {}
  std::size_t held_bytes() const override { return rows_.capacity() * sizeof(ScoreRow); }

 private:
  Result<bool> write(wire::CsvWriter& csv) override {
    if (written_ == 0) write_score_columns(csv);
    const auto end = std::min(rows_.size(), written_ + scores_in_page);
    for (; written_ < end; ++written_) {
      write_score_row(csv, rows_[written_], aggregation_, context_.services.no_data);
    }
    return written_ < rows_.size();
  }

  Context context_;
  Aggregation aggregation_;
  std::vector<ScoreRow> rows_;
  std::size_t written_ = 0;
};

// Goes on below the last number.
class AuditRows final : public CsvSource {
 public:
  AuditRows(const Context& context, AuditFilter filter)
      : context_(context), filter_(std::move(filter)) {
    filter_.page = {.offset = 0, .size = events_in_page};
  }

 private:
  Result<bool> write(wire::CsvWriter& csv) override {
    if (!filter_.below) wire::write_audit_columns(csv);
    // However far the next events are: the client waits, or has gone.
    WorkBudget budget({.cancelled = context_.cancelled});
    const auto events =
        TRY(context_.services.catalog.list_audit(context_.caller.org, filter_, budget));
    for (const auto& event : events) wire::write_audit_row(csv, event);
    if (events.size() < events_in_page) return false;
    filter_.below = events.back().number;
    return true;
  }

  Context context_;
  AuditFilter filter_;
};

http::Response download(const std::string& file, std::unique_ptr<http::BodySource> source) {
  http::Response response;
  response.content_type = "text/csv; charset=utf-8; header=present";
  response.headers.push_back(
      {.name = "content-disposition", .value = "attachment; filename=\"" + file + "\""});
  response.source = std::move(source);
  return response;
}

}  // namespace

bool wants_csv(const http::Request& request) {
  static constexpr std::array<std::string_view, 2> usual{"application/json",
                                                         "application/vnd.api+json"};
  return http::prefers(request.header("accept"), "text/csv", usual);
}

Result<http::Response> export_outcomes(const Context& context, OutcomeFilter filter,
                                       WorkBudget& budget) {
  auto rows = std::make_unique<OutcomeRows>(context, std::move(filter));
  TRY(rows->prepare(budget));
  return download("outcomes.csv", std::move(rows));
}

http::Response export_audit(const Context& context, AuditFilter filter) {
  return download("audit.csv", std::make_unique<AuditRows>(context, std::move(filter)));
}

Result<http::Response> export_scores(const Context& context, const ScoreQuery& query,
                                     WorkBudget& budget) {
  const auto file = "scores-" + std::string(name_of(query.aggregation)) + ".csv";
  if (query.aggregation == Aggregation::by_entity) {
    auto scores = TRY(context.org().list_entity_scores(query, budget));
    return download(file, std::make_unique<EntityScoreRows>(context, std::move(scores)));
  }
  auto whole = query;
  whole.page = {.offset = 0, .size = std::numeric_limits<std::uint32_t>::max()};
  auto page = TRY(context.org().list_scores(whole, budget));
  return download(file,
                  std::make_unique<ScoreRows>(context, query.aggregation, std::move(page.rows)));
}

}  // namespace scorekeeper::api
