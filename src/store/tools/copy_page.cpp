#include "store/tools/copy_page.h"

#include "base/siphash.h"

namespace scorekeeper::store {
namespace {

constexpr char key_separator = '\x1f';

void append_bytes(std::string& row, std::uint64_t number) {
  for (int shift = 0; shift < 64; shift += 8) row += static_cast<char>(number >> shift & 0xff);
}

}  // namespace

std::size_t page_rows(const Table& table) {
  constexpr std::size_t of_short_rows = 5'000;
  constexpr std::size_t of_blocks = 1'000;
  constexpr std::size_t of_long_rows = 100;  // a row may have a definition of some megabytes in it
  const std::string_view name = table.name;
  if (name == "entity_definition" || name == "campaign") return of_long_rows;
  return name == "log" || name == "last_reported" ? of_blocks : of_short_rows;
}

void CopyPage::clear(const Table& table) {
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

std::vector<std::string> split_copy_key(const Table& table, std::string_view key) {
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
  const std::span<const Column> columns = page.table().columns;
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
