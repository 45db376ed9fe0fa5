#include "intake/snapshot_check.h"

#include <fmt/format.h>

#include <algorithm>

namespace scorekeeper::intake {
namespace {

constexpr std::size_t records_in_page = 256;

class OrgCheck {
 public:
  OrgCheck(const store::SnapshotSection& section, const store::Head& head,
           const store::Secrets& secrets, const ReadLog& read)
      : section_(section),
        head_(head),
        read_(read),
        from_snapshot_(head.org),
        from_log_(head.org),
        snapshot_fold_(from_snapshot_, secrets.change_key),
        log_fold_(from_log_, secrets.change_key) {}

  // conflict: a start would not use it. internal: it would not either, although these are the bytes
  // that were written.
  Result<void> read_snapshot() {
    TRY(check_origin(section_.origin, head_, read_));
    if (const auto whole = store::check(section_); !whole) {
      return make_error(Code::conflict, whole.error().detail);
    }
    snapshot_fold_.start_at(TRY(intake::read_snapshot(section_, from_snapshot_, head_, read_)));
    return {};
  }

  Result<void> replay() {
    TRY(replay(snapshot_fold_));
    return replay(log_fold_);
  }

  void compare(const std::function<void(const std::string&)>& tell) const {
    from_snapshot_.compare(from_log_, tell);
  }

 private:
  // Up to the snapshot's position.
  Result<void> replay(OrgFold& fold) {
    const RowId end = section_.origin.position;
    PieceWriter writer;
    fold.set_floor(head_.floor);
    while (fold.added() < end) {
      const RowId before = fold.added();
      const store::LogPage page = TRY(read_(head_.org, before, records_in_page));
      for (const store::LogRecord& record : page.records) {
        if (record.last() > end || !TRY(fold.add(record, writer))) break;
      }
      if (fold.added() == before) {
        return make_error(Code::internal,
                          fmt::format("the log of org {} does not go on behind position {}",
                                      head_.org.number, before.number));
      }
    }
    fold.hand_over(writer);
    writer.finish();
    return {};
  }

  const store::SnapshotSection& section_;
  const store::Head& head_;
  const ReadLog& read_;
  matrix::OrgMatrix from_snapshot_;
  matrix::OrgMatrix from_log_;
  OrgFold snapshot_fold_;
  OrgFold log_fold_;
};

}  // namespace

Result<SnapshotCheck> check_snapshots(const store::SnapshotFile& file,
                                      const store::Secrets& secrets,
                                      std::span<const store::Head> heads, const ReadLog& read,
                                      const std::function<void(std::string)>& fault) {
  SnapshotCheck done;
  for (const store::SnapshotSection& section : file.sections()) {
    const OrgId org = section.origin.org;
    const auto found = std::ranges::lower_bound(heads, org, {}, &store::Head::org);
    const bool there = found != heads.end() && found->org == org;
    const store::Head head =
        there ? *found
              : store::Head{.org = org, .last = {}, .last_at = {}, .chain = {}, .floor = {}};
    OrgCheck check(section, head, secrets, read);
    if (const auto usable = check.read_snapshot(); !usable) {
      const Error& error = usable.error();
      if (error.code != Code::conflict && error.code != Code::internal) return error;
      const std::string what = fmt::format("snapshot of org {}: ", org.number);
      if (error.code == Code::internal) fault(what + error.detail);
      if (error.code == Code::conflict) done.notes.push_back(what + "not used: " + error.detail);
      continue;
    }
    TRY(check.replay());
    check.compare([&](const std::string& thing) {
      fault(fmt::format("snapshot of org {}: {} differs from the log", org.number, thing));
    });
    ++done.orgs;
    done.positions += section.origin.position.number;
  }
  return done;
}

}  // namespace scorekeeper::intake
