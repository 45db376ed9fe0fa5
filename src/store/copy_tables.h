// The tables of a store as a copy of it sees them, with the columns that every kind of store has,
// and pages of their rows. Values; no threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace scorekeeper::store {

enum class CopyType : std::uint8_t {
  number,
  optional_number,  // or NULL
  text,
  bytes,
};

struct CopyColumn {
  const char* name;
  CopyType type;
};

struct CopyTable {
  const char* name;
  std::span<const CopyColumn> columns;
  std::size_t key_columns;  // so many of the first ones are unique together
  std::size_t page_rows;    // fewer where a row may be long
  // An embedded store has the second column alone as its key: it is unique over all orgs.
  bool unique_over_orgs = false;
};

// A row comes after those that it names.
std::span<const CopyTable> copy_tables();

// Some rows of a table, one after the other.
class CopyPage {
 public:
  void clear(const CopyTable& table);
  void add(std::int64_t number) { cells_.push_back({.number = number}); }
  void add(std::string_view text);
  void add(std::span<const std::byte> bytes);
  void add_null() { cells_.push_back({.null = true}); }

  const CopyTable& table() const { return *table_; }
  std::size_t rows() const { return cells_.size() / table_->columns.size(); }
  bool is_null(std::size_t row, std::size_t column) const { return cell(row, column).null; }
  std::int64_t number(std::size_t row, std::size_t column) const {
    return cell(row, column).number;
  }
  std::string_view text(std::size_t row, std::size_t column) const;
  std::span<const std::byte> bytes(std::size_t row, std::size_t column) const;

  // The key behind which a reader goes on after this page; there is a row.
  std::string last_key() const;

 private:
  struct Cell {
    std::int64_t number = 0;  // of text and bytes: where they begin
    std::size_t length = 0;
    bool null = false;
  };
  const Cell& cell(std::size_t row, std::size_t column) const {
    return cells_[row * table_->columns.size() + column];
  }

  const CopyTable* table_ = nullptr;
  std::vector<Cell> cells_;
  std::string text_;
};

// The values of a key that last_key() wrote, one for each of the table's key columns.
std::vector<std::string> split_copy_key(const CopyTable& table, std::string_view key);

bool is_text(CopyType type);

// Rows and a checksum of all their values, whatever their order.
struct CopySum {
  std::uint64_t rows = 0;
  std::uint64_t checksum = 0;

  void add(const CopyPage& page);
  bool operator==(const CopySum&) const = default;
};

}  // namespace scorekeeper::store
