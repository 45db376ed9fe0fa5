#include "store/sqlite/audit.h"

#include <algorithm>
#include <bit>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace scorekeeper::store::sqlite {
namespace {

constexpr std::int64_t numbers_per_transaction = 20'000;  // some 10 ms when each row is looked at

std::int64_t integer_of(std::uint64_t number) { return std::bit_cast<std::int64_t>(number); }

template <class Value>
Result<Value> known(std::optional<Value> value, std::string_view text) {
  if (value) return *value;
  return make_error(Code::internal,
                    "the audit log has an unknown word: \"" + std::string(text) + "\"");
}

// The members of a JSON object, in their order.
class FieldReader {
 public:
  Result<void> prepare(Connection& connection) {
    members_ = TRY(connection.prepare("SELECT key, value FROM json_each(?1) ORDER BY id"));
    return {};
  }
  Result<AuditFields> read(std::string_view object) {
    AuditFields fields;
    members_.bind_text(1, object);
    while (TRY(members_.step())) {
      fields.push_back(
          {.name = std::string(members_.text(0)), .value = std::string(members_.text(1))});
    }
    return fields;
  }

 private:
  Statement members_;
};

// What a filter says, with the values of its parameters; ?1 is the org, ?2 and ?3 are the numbers
// between which to look. Views into the filter, which outlives it.
class Conditions {
 public:
  explicit Conditions(const AuditFilter& filter) {
    if (filter.actor) add("actor =", *filter.actor);
    if (filter.action) add("action =", name_of(*filter.action));
    if (filter.resource) add("resource_type =", name_of(*filter.resource));
    if (filter.resource_id) add("resource_id =", *filter.resource_id);
    if (filter.request_id) add("request =", *filter.request_id);
    if (filter.since) add("at >=", microseconds_of(*filter.since));
    if (filter.until) add("at <", microseconds_of(*filter.until));
  }
  const std::string& sql() const { return sql_; }
  void bind(Statement& statement) const {
    for (std::size_t n = 0; n < values_.size(); ++n) {
      const int at = first_parameter + static_cast<int>(n);
      if (const auto& value = values_[n]; value.text) {
        statement.bind_text(at, *value.text);
      } else {
        statement.bind(at, value.number);
      }
    }
  }

 private:
  static constexpr int first_parameter = 4;
  struct Value {
    std::int64_t number = 0;
    std::optional<std::string_view> text{};
  };

  void add(std::string_view condition, Value value) {
    sql_ += " AND ";
    sql_ += condition;
    sql_ += " ?" + std::to_string(first_parameter + static_cast<int>(values_.size()));
    values_.push_back(value);
  }
  void add(std::string_view condition, std::string_view text) {
    add(condition, Value{.number = 0, .text = text});
  }
  void add(std::string_view condition, std::int64_t number) {
    add(condition, Value{.number = number, .text = std::nullopt});
  }

  std::string sql_;
  std::vector<Value> values_;
};

Result<AuditEvent> event_of(const Statement& row, OrgId org, FieldReader& fields) {
  AuditEvent event;
  event.number = {row.u64(0)};
  event.org = org;
  event.at = time_of_microseconds(row.integer(1));
  event.actor = {.type = TRY(known(parse_audit_actor_type(row.text(2)), row.text(2))),
                 .id = std::string(row.text(3))};
  event.request_id = row.text(4);
  event.action = TRY(known(parse_audit_action(row.text(5)), row.text(5)));
  event.resource = TRY(known(parse_audit_resource(row.text(6)), row.text(6)));
  event.resource_id = row.text(7);
  event.before = TRY(fields.read(row.text(8)));
  event.after = TRY(fields.read(row.text(9)));
  return event;
}

// Goes down the numbers of one org. Lives for one list.
class AuditReader {
 public:
  AuditReader(OrgId org, const AuditFilter& filter) : org_(org), filter_(filter) {}

  Result<void> prepare(Connection& connection) {
    const Conditions conditions(filter_);
    rows_ = TRY(connection.prepare(
        "SELECT number, at, actor_type, actor, request, action, resource_type, resource_id,"
        " before, after FROM audit_event WHERE org = ?1 AND number > ?2 AND number <= ?3" +
        conditions.sql() + " ORDER BY number DESC"));
    rows_.bind(1, org_.number);
    conditions.bind(rows_);
    return fields_.prepare(connection);
  }
  Result<std::vector<AuditEvent>> read(std::int64_t last) {
    for (auto to = last; to > 0 && events_.size() < filter_.size; to -= numbers_per_transaction) {
      TRY(read_between(to - numbers_per_transaction, to));
    }
    return std::move(events_);
  }

 private:
  Result<void> read_between(std::int64_t from, std::int64_t to) {
    rows_.bind(2, from);
    rows_.bind(3, to);
    while (TRY(rows_.step())) {
      if (skipped_ < filter_.offset) {
        ++skipped_;
        continue;
      }
      events_.push_back(TRY(event_of(rows_, org_, fields_)));
      if (events_.size() == filter_.size) break;
    }
    rows_.reset();
    return {};
  }

  OrgId org_;
  const AuditFilter& filter_;
  Statement rows_;
  FieldReader fields_;
  std::uint64_t skipped_ = 0;
  std::vector<AuditEvent> events_;
};

Result<std::int64_t> last_number(Connection& connection, OrgId org) {
  Statement last =
      TRY(connection.prepare("SELECT coalesce(max(number), 0) FROM audit_event WHERE org = ?1"));
  last.bind(1, org.number);
  if (!TRY(last.step())) return 0;
  return last.integer(0);
}

}  // namespace

Result<void> AuditWriter::prepare(Connection& connection) {
  put_event_ = TRY(connection.prepare(
      "INSERT INTO audit_event (id, org, number, at, actor_type, actor, request, action,"
      " resource_type, resource_id, before, after) VALUES ("
      "(SELECT coalesce(max(id), 0) + 1 FROM audit_event), ?1,"
      " (SELECT coalesce(max(number), 0) + 1 FROM audit_event WHERE org = ?1),"
      " ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"));
  add_field_ = TRY(connection.prepare("SELECT json_insert(?1, '$.' || ?2, ?3)"));
  return {};
}

Result<std::string> AuditWriter::write_fields(const AuditFields& fields) {
  std::string object = "{}";
  for (const AuditField& field : fields) {
    add_field_.bind_text(1, object);
    add_field_.bind_text(2, field.name);
    add_field_.bind_text(3, field.value);
    if (!TRY(add_field_.step())) return make_error(Code::internal, "SQLite writes no JSON");
    std::string longer(add_field_.text(0));
    add_field_.reset();
    object = std::move(longer);
  }
  return object;
}

Result<void> AuditWriter::put(const AuditEvent& event) {
  const std::string before = TRY(write_fields(event.before));
  const std::string after = TRY(write_fields(event.after));
  put_event_.bind(1, event.org.number);
  put_event_.bind(2, microseconds_of(event.at));
  put_event_.bind_text(3, name_of(event.actor.type));
  put_event_.bind_text(4, event.actor.id);
  put_event_.bind_text(5, event.request_id);
  put_event_.bind_text(6, name_of(event.action));
  put_event_.bind_text(7, name_of(event.resource));
  put_event_.bind_text(8, event.resource_id);
  put_event_.bind_text(9, before);
  put_event_.bind_text(10, after);
  return put_event_.run();
}

Result<void> record_audit(Connection& connection, const AuditEvent& event) {
  AuditWriter writer;
  TRY(writer.prepare(connection));
  return writer.put(event);
}

Result<std::vector<AuditEvent>> list_audit(Connection& connection, OrgId org,
                                           const AuditFilter& filter) {
  auto last = TRY(last_number(connection, org));
  if (filter.below) last = std::min(last, integer_of(filter.below.number) - 1);
  AuditReader reader(org, filter);
  TRY(reader.prepare(connection));
  return reader.read(last);
}

}  // namespace scorekeeper::store::sqlite
