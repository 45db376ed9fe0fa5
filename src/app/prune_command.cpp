#include "app/prune_command.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <vector>

#include "app/config.h"
#include "app/stores.h"
#include "json/writer.h"

namespace scorekeeper::app {
namespace {

constexpr std::uint64_t days_max = 36'500;

// All pieces of one org's log.
Result<store::Pruned> prune_org(store::Pruner& pruner, store::PruneWork work) {
  store::Pruned all;
  for (std::optional<store::PruneWork> next = std::move(work); next;) {
    store::Pruned piece = TRY(pruner.prune(*next));
    all.outcomes += piece.outcomes;
    all.catalog += piece.catalog;
    all.records += piece.records;
    all.floors = piece.floors;
    next = std::move(piece.next);
  }
  return all;
}

std::string write_pruned(const Org& org, const store::Pruned& pruned, const PruneOptions& options) {
  if (options.format == Format::json) {
    json::Writer json;
    json.begin_object().member("org", org.name);
    const auto add = [&json](std::string_view name, std::uint64_t value) {
      json.key(name).number(static_cast<std::int64_t>(value));
    };
    add("outcome_changes", pruned.outcomes);
    add("catalog_changes", pruned.catalog);
    if (!options.dry_run) add("records", pruned.records);
    add("floor", pruned.floors.history.number);
    json.key("dry_run").boolean(options.dry_run);
    return json.end_object().take() + "\n";
  }
  if (options.dry_run) {
    return fmt::format("{}: would remove {} changes of outcomes and {} of the catalog, up to {}\n",
                       org.name, pruned.outcomes, pruned.catalog, pruned.floors.history.number);
  }
  return fmt::format(
      "{}: removed {} changes of outcomes and {} of the catalog, {} whole records; the floor is "
      "{}\n",
      org.name, pruned.outcomes, pruned.catalog, pruned.records, pruned.floors.history.number);
}

}  // namespace

Result<std::chrono::seconds> parse_keep(std::string_view text) {
  std::uint64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  const bool days = unit == "d";
  const std::uint64_t hours = days ? count * 24 : count;
  if (error != std::errc() || (!days && unit != "h") || count > days_max * 24 || hours < 24 ||
      hours > days_max * 24) {
    return invalid(fmt::format(
        "must be a number of days or hours, as in 400d or 36h, from 1d to {}d", days_max));
  }
  return std::chrono::hours(hours);
}

Result<store::Keep> parse_keeps(std::string_view history, std::string_view audit) {
  store::Keep keep;
  if (!history.empty()) keep.history = TRY(parse_keep(history));
  if (!audit.empty()) keep.audit = TRY(parse_keep(audit));
  return keep;
}

Result<void> store_prune(const PruneOptions& options, Clock& clock) {
  for (const auto& [flag, text] :
       {std::pair("--keep", &options.keep), std::pair("--audit-keep", &options.audit_keep)}) {
    if (text->empty()) continue;
    if (const auto parsed = parse_keep(*text); !parsed) {
      return invalid(fmt::format("{} {}", flag, parsed.error().detail));
    }
  }
  const store::Keep keep = TRY(parse_keeps(options.keep, options.audit_keep));
  const Time now = clock.now();
  TRY(store::prune_work({}, keep, now));
  const auto keys = TRY(open_keys(options.store));
  std::vector<Org> orgs;
  if (options.org) {
    orgs.push_back(TRY(find_org(*keys, *options.org)));
  } else {
    orgs = TRY(keys->load_keys()).orgs;
  }
  const auto pruner = TRY(open_pruner(options.store));
  for (const Org& org : orgs) {
    store::PruneWork work = TRY(store::prune_work(org.id, keep, now));
    work.dry_run = options.dry_run;
    if (options.trust_clock) work.counted.reset();
    const store::Pruned pruned = TRY(prune_org(*pruner, work));
    std::fputs(write_pruned(org, pruned, options).c_str(), stdout);
  }
  return {};
}

}  // namespace scorekeeper::app
