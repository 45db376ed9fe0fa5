#include "store/postgres/heads.h"

#include <cstdint>

#include "store/postgres/log_reader.h"

namespace scorekeeper::store::postgres {
namespace {

// Does not depend on the database's default: each statement of a turn must see all that was
// committed before it.
constexpr Statement begin_turn{"begin_turn", "BEGIN ISOLATION LEVEL READ COMMITTED"};
constexpr Statement commit_turn{"commit_turn", "COMMIT"};
constexpr Statement no_timeout{"no_timeout", "SET LOCAL statement_timeout = 0"};
constexpr Statement lock_head{"lock_head",
                              "SELECT position, at, chain, floor FROM log_head"
                              " WHERE org = $1::integer FOR UPDATE"};
constexpr Statement make_head{
    "make_head", "INSERT INTO log_head (org) VALUES ($1::integer) ON CONFLICT DO NOTHING"};
constexpr Statement touch_head{"touch_head", "UPDATE log_head SET at = at WHERE org = $1::integer"};

Parameters parameters_of(OrgId org) { return Parameters().add(std::int64_t{org.number}); }

}  // namespace

Result<std::optional<std::vector<Head>>> lock_heads(PgConnection& connection,
                                                    std::span<const OrgId> orgs) {
  connection.begin_batch();
  connection.add(begin_turn);
  for (const OrgId org : orgs) connection.add(lock_head, parameters_of(org));
  const std::vector<Rows> answers = TRY(connection.finish_batch());
  std::vector<Head> heads;
  heads.reserve(orgs.size());
  for (std::size_t n = 0; n < orgs.size(); ++n) {
    const Rows& found = answers[n + 1];
    if (found.empty()) return std::optional<std::vector<Head>>();
    heads.push_back(head_of(orgs[n], found, 0));
  }
  return std::optional(std::move(heads));
}

Result<void> make_heads(PgConnection& connection, std::span<const OrgId> orgs) {
  for (const OrgId org : orgs) TRY(connection.run(make_head, parameters_of(org)));
  return {};
}

void add_touch(PgConnection& connection, OrgId org) {
  connection.add(begin_turn);
  connection.add(touch_head, parameters_of(org));
}

void add_commit(PgConnection& connection) {
  connection.add(no_timeout);
  connection.add(commit_turn);
}

}  // namespace scorekeeper::store::postgres
