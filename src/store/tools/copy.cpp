#include "store/tools/copy.h"

#include <fmt/format.h>

#include "store/fingerprint.h"
namespace scorekeeper::store {
namespace {

class Copying {
 public:
  Copying(CopySource& source, CopyTarget& target, const CopyObserver& observer)
      : source_(source), target_(target), observer_(observer) {}

  Result<CopyReport> run() {
    marks_ = TRY(source_.marks());
    const CopyPlace place = TRY(target_.begin(marks_));
    TRY(copy_tables_from(place));
    CopyReport report;
    for (const Table& table : all_tables()) {
      const CopySum sum = TRY(verify(table));
      report.tables.push_back({.name = table.name, .sum = sum});
    }
    TRY(target_.finish(marks_));
    return report;
  }

 private:
  Result<void> copy_tables_from(const CopyPlace& place) {
    bool begun = place.table.empty();
    for (const Table& table : all_tables()) {
      const bool here = !begun && place.table == table.name;
      begun = begun || here;
      if (!begun) continue;
      if (here) TRY(observer_({.what = CopyStep::What::goes_on, .table = table}));
      TRY(copy(table, here ? place.key : std::string()));
    }
    if (begun) return {};
    return make_error(Code::unavailable, "the copy was broken off in a table " + place.table +
                                             " that this release does not know");
  }

  Result<void> copy(const Table& table, const std::string& after) {
    TRY(source_.begin_table(table, after));
    CopyStep step{.what = CopyStep::What::copied, .table = table};
    while (!step.last) {
      TRY(source_.next(page_));
      step.rows += page_.rows();
      step.last = page_.rows() == 0;
      if (!step.last) {
        TRY(target_.put(page_, page_.last_key()));
      }
      TRY(observer_(step));
    }
    return {};
  }

  Result<CopySum> sum_of(CopyReader& reader, CopyStep step) {
    CopySum sum;
    TRY(reader.begin_table(step.table, {}));
    while (!step.last) {
      TRY(reader.next(page_));
      sum.add(page_);
      step.rows = sum.rows;
      step.last = page_.rows() == 0;
      TRY(observer_(step));
    }
    return sum;
  }

  Result<CopySum> verify(const Table& table) {
    const CopySum expected =
        TRY(sum_of(source_, {.what = CopyStep::What::read_again, .table = table}));
    const CopySum actual = TRY(sum_of(target_, {.what = CopyStep::What::verified, .table = table}));
    if (actual == expected) return actual;
    return make_error(
        Code::conflict,
        fmt::format("the copy differs from the source: table {} has {} rows with checksum {:016x} "
                    "in place of {} rows with checksum {:016x}; it stays unfinished: remove it and "
                    "copy again",
                    table.name, actual.rows, actual.checksum, expected.rows, expected.checksum));
  }

  CopySource& source_;
  CopyTarget& target_;
  const CopyObserver& observer_;
  CopyMarks marks_;
  CopyPage page_;
};

}  // namespace

Result<CopyReport> copy_store(CopySource& source, CopyTarget& target,
                              const CopyObserver& observer) {
  return Copying(source, target, observer).run();
}

Result<void> check_same_source(const CopyMarks& source, std::string_view fingerprint,
                               std::string_view state) {
  if (fingerprint != write_fingerprint(source.secrets)) {
    return make_error(Code::conflict, "it is the unfinished copy of another store");
  }
  if (state == source.state) return {};
  return make_error(Code::conflict,
                    "it is the unfinished copy of this store as it was before something was "
                    "written to it: remove it and copy again");
}

}  // namespace scorekeeper::store
