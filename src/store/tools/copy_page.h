// Pages of the rows of a table, as a copy of a store reads and writes them. Values; no threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/table.h"

namespace scorekeeper::store {

// So many rows of the table are a page: fewer where a row may be long.
std::size_t page_rows(const Table& table);

// Some rows of a table, one after the other.
class CopyPage {
 public:
  void clear(const Table& table);
  void add(std::int64_t number) { cells_.push_back({.number = number}); }
  void add(std::string_view text);
  void add(std::span<const std::byte> bytes);
  void add_null() { cells_.push_back({.null = true}); }

  const Table& table() const { return *table_; }
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

  const Table* table_ = nullptr;
  std::vector<Cell> cells_;
  std::string text_;
};

// The values of a key that last_key() wrote, one for each of the table's key columns.
std::vector<std::string> split_copy_key(const Table& table, std::string_view key);

// Rows and a checksum of all their values, whatever their order.
struct CopySum {
  std::uint64_t rows = 0;
  std::uint64_t checksum = 0;

  void add(const CopyPage& page);
  bool operator==(const CopySum&) const = default;
};

}  // namespace scorekeeper::store
