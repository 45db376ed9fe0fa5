// Copying a whole store into another of any kind: docs/operations.md. The source does not change
// while it is read; the target is no store before it is finished, and keeps how far the copy has
// come, so that one that was broken off goes on. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/id.h"
#include "base/result.h"
#include "store/catalog.h"
#include "store/tools/copy_page.h"

namespace scorekeeper::store {

// The values of a store beside the rows of its tables.
struct CopyMarks {
  Secrets secrets;
  RequestNumber requests_reserved;
  std::string state;  // another text after whatever was written to the store
};

class CopyReader {
 public:
  virtual ~CopyReader() = default;
  // Reads the rows of a table in the order of its keys, those behind `after` (CopyPage::last_key);
  // empty = all.
  virtual Result<void> begin_table(const Table& table, const std::string& after) = 0;
  // The next ones; none at the end.
  virtual Result<void> next(CopyPage& page) = 0;
};

class CopySource : public CopyReader {
 public:
  virtual Result<CopyMarks> marks() = 0;
};

// The place that a copy has reached.
struct CopyPlace {
  std::string table;  // empty: nowhere yet
  std::string key;
};

class CopyTarget : public CopyReader {
 public:
  // Makes the store that is to be filled, or finds the place where a copy of the same source, in
  // the same state, was broken off. An Error: there is something else.
  virtual Result<CopyPlace> begin(const CopyMarks& source) = 0;
  // Rows, and that the copy has come to that key of the source: both or neither.
  virtual Result<void> put(const CopyPage& page, const std::string& key) = 0;
  // From now on it is a store like any other.
  virtual Result<void> finish(const CopyMarks& source) = 0;
};

struct CopyStep {
  // `read_again`: of the source; then `verified`, of the target.
  enum class What : std::uint8_t { goes_on, copied, read_again, verified };
  What what = What::goes_on;
  const Table& table;
  std::uint64_t rows = 0;  // of the table, since it was begun or gone on with
  bool last = false;       // of the table
};
// Called after each page; an Error breaks the copy off.
using CopyObserver = std::function<Result<void>(const CopyStep&)>;

struct CopyReport {
  struct Table {
    std::string name;
    CopySum sum;
  };
  std::vector<Table> tables;
};

// Copies, then reads both anew and compares them. An Error: the target is not finished.
Result<CopyReport> copy_store(CopySource& source, CopyTarget& target, const CopyObserver& observer);

// An Error: the target that has these marks is not the unfinished copy of that source and state.
Result<void> check_same_source(const CopyMarks& source, std::string_view fingerprint,
                               std::string_view state);

}  // namespace scorekeeper::store
