#include "store/copy_tables.h"

#include "base/siphash.h"

namespace scorekeeper::store {
namespace {

using enum CopyType;

constexpr std::size_t rows_per_page = 5'000;
// Rows that may have a definition of some megabytes in them.
constexpr std::size_t long_rows_per_page = 100;
constexpr std::size_t records_per_page = 1'000;
constexpr std::size_t blocks_per_page = 1'000;
constexpr char key_separator = '\x1f';

constexpr CopyColumn org_columns[] = {
    {"id", number}, {"name", text}, {"created_at", number}, {"position", number}};
constexpr CopyColumn key_columns[] = {{"id", number},
                                      {"org", number},
                                      {"kind", text},
                                      {"name", text},
                                      {"owner", text},
                                      {"hash", bytes},
                                      {"scopes", text},
                                      {"created_at", number},
                                      {"expires_at", optional_number},
                                      {"revoked_at", optional_number},
                                      {"position", number}};
constexpr CopyColumn scorecard_columns[] = {
    {"org", number},         {"number", number},    {"id", text},
    {"name", text},          {"description", text}, {"created_at", number},
    {"modified_at", number}, {"removed", number},   {"position", number}};
constexpr CopyColumn rule_columns[] = {
    {"org", number},     {"number", number},    {"id", text},           {"scorecard", number},
    {"name", text},      {"description", text}, {"owner", text},        {"scope_query", text},
    {"enabled", number}, {"level", number},     {"created_at", number}, {"modified_at", number},
    {"removed", number}, {"position", number}};
constexpr CopyColumn entity_columns[] = {
    {"org", number}, {"number", number},        {"kind", text},   {"namespace", text},
    {"name", text},  {"discovered_at", number}, {"live", number}, {"position", number}};
constexpr CopyColumn definition_columns[] = {{"org", number},         {"number", number},
                                             {"owner", text},         {"tier", text},
                                             {"lifecycle", text},     {"type", text},
                                             {"languages", text},     {"tags", text},
                                             {"kind", text},          {"namespace", text},
                                             {"name", text},          {"created_at", number},
                                             {"modified_at", number}, {"position", number},
                                             {"api_version", text},   {"ingestion_source", text},
                                             {"display_name", text},  {"description", text},
                                             {"schema", text},        {"raw", text}};
constexpr CopyColumn relation_columns[] = {
    {"org", number}, {"defined_by", number}, {"row", number},    {"id", text},
    {"type", text},  {"from_entity", text},  {"to_entity", text}};
constexpr CopyColumn kind_columns[] = {
    {"org", number},        {"name", text},          {"display_name", text}, {"description", text},
    {"created_at", number}, {"modified_at", number}, {"position", number}};
constexpr CopyColumn campaign_columns[] = {
    {"org", number},        {"number", number},      {"id", text},
    {"key", text},          {"name", text},          {"description", text},
    {"owner_id", text},     {"entity_scope", text},  {"guidance", text},
    {"status", number},     {"start_date", number},  {"due_date", optional_number},
    {"created_at", number}, {"modified_at", number}, {"removed", number},
    {"position", number}};
constexpr CopyColumn campaign_rule_columns[] = {
    {"org", number}, {"campaign", number}, {"position", number}, {"rule", number}};
constexpr CopyColumn request_columns[] = {{"org", number},           {"id", number},
                                          {"actor_type", text},      {"actor", text},
                                          {"accepted_at", number},   {"total_received", number},
                                          {"total_changed", number}, {"position", number}};
constexpr CopyColumn head_columns[] = {{"org", number},   {"position", number},
                                       {"at", number},    {"chain", bytes},
                                       {"floor", number}, {"audit_floor", number}};
constexpr CopyColumn log_columns[] = {
    {"org", number},      {"position", number},  {"count", number}, {"at", number},
    {"kind", number},     {"actor_type", text},  {"actor", text},   {"request", number},
    {"request_id", text}, {"group_end", number}, {"chain", bytes},  {"body", text}};
constexpr CopyColumn place_columns[] = {
    {"org", number}, {"position", number}, {"record", number}, {"resource", text}, {"id", text}};
constexpr CopyColumn reported_columns[] = {
    {"org", number}, {"rule", number}, {"block", number}, {"times", bytes}};
constexpr CopyTable tables[] = {
    {"org", org_columns, 1, rows_per_page},
    {"key", key_columns, 1, rows_per_page},
    {"scorecard", scorecard_columns, 2, rows_per_page},
    {"rule", rule_columns, 2, rows_per_page},
    {"entity", entity_columns, 2, rows_per_page},
    {"entity_definition", definition_columns, 2, long_rows_per_page},
    {"relation", relation_columns, 3, rows_per_page},
    {"kind", kind_columns, 2, rows_per_page},
    {"campaign", campaign_columns, 2, long_rows_per_page},
    {"campaign_rule", campaign_rule_columns, 3, rows_per_page},
    {"request", request_columns, 2, rows_per_page, true},
    {"last_reported", reported_columns, 3, blocks_per_page},
    {"log_head", head_columns, 1, rows_per_page},
    {"log", log_columns, 2, records_per_page},
    {"log_catalog", place_columns, 2, rows_per_page},
};

void append_bytes(std::string& row, std::uint64_t number) {
  for (int shift = 0; shift < 64; shift += 8) row += static_cast<char>(number >> shift & 0xff);
}

}  // namespace

std::span<const CopyTable> copy_tables() { return tables; }

bool is_text(CopyType type) { return type == text || type == bytes; }

void CopyPage::clear(const CopyTable& table) {
  table_ = &table;
  cells_.clear();
  text_.clear();
}

void CopyPage::add(std::string_view text) {
  cells_.push_back({.number = static_cast<std::int64_t>(text_.size()), .length = text.size()});
  text_ += text;
}

void CopyPage::add(std::span<const std::byte> bytes) {
  add(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

std::string_view CopyPage::text(std::size_t row, std::size_t column) const {
  const Cell& found = cell(row, column);
  return std::string_view(text_).substr(static_cast<std::size_t>(found.number), found.length);
}

std::span<const std::byte> CopyPage::bytes(std::size_t row, std::size_t column) const {
  const std::string_view found = text(row, column);
  return std::as_bytes(std::span(found.data(), found.size()));
}

std::string CopyPage::last_key() const {
  const std::size_t row = rows() - 1;
  std::string key;
  for (std::size_t column = 0; column < table_->key_columns; ++column) {
    if (column > 0) key += key_separator;
    const bool words = is_text(table_->columns[column].type);
    key += words ? std::string(text(row, column)) : std::to_string(number(row, column));
  }
  return key;
}

std::vector<std::string> split_copy_key(const CopyTable& table, std::string_view key) {
  std::vector<std::string> parts;
  while (parts.size() + 1 < table.key_columns) {
    const std::size_t end = key.find(key_separator);
    parts.emplace_back(key.substr(0, end));
    key.remove_prefix(end == std::string_view::npos ? key.size() : end + 1);
  }
  parts.emplace_back(key);
  return parts;
}

// The sum of a hash of each row.
void CopySum::add(const CopyPage& page) {
  const std::span<const CopyColumn> columns = page.table().columns;
  std::string bytes_of_row;
  for (std::size_t row = 0; row < page.rows(); ++row) {
    bytes_of_row.clear();
    for (std::size_t column = 0; column < columns.size(); ++column) {
      const bool null = page.is_null(row, column);
      const bool words = !null && is_text(columns[column].type);
      bytes_of_row += null ? 'n' : words ? 't' : 'i';
      if (words) {
        const std::string_view value = page.text(row, column);
        append_bytes(bytes_of_row, value.size());
        bytes_of_row += value;
      } else if (!null) {
        append_bytes(bytes_of_row, static_cast<std::uint64_t>(page.number(row, column)));
      }
    }
    checksum += siphash13({}, bytes_of_row);
  }
  rows += page.rows();
}

}  // namespace scorekeeper::store
