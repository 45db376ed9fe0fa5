// A snapshot: all that an OrgMatrix holds as bytes, from which another one is made that answers
// every question the same. docs/formats/snapshot.md says the same for those who read the bytes.
//
//   snapshot   "SKMATRIX", u32 format = 1, u64 from, then records
//   record     u32 type, u32 length, then so many bytes: items, one behind the other
//
//   type       items, as snapshot_records.h lists their members
//   1          rules, deleted ones too, by number
//   2          scorecards, removed ones too, by number
//   3          kinds, by name
//   4          campaigns, removed ones too, by number
//   5          entities, removed ones too, by number
//   6          one page of cells: u32 rule, u32 page, u64 blocks with a cell; of each block u64
//   low,
//              u64 high; then the entries of each block (matrix/cell_page.h)
//   7          the end: u64 until
//
// Types ascend; there may be several records of a type, or none, and one end. Values are encoded as
// snapshot_bytes.h says.
//
// It is copied in short looks while the writer goes on, so that each thing in it is as it was at
// some position between `from` and `until`. A reader replays the log from `from`: changes that are
// in already come out the same. So that this works: of a rule that is in, the scorecard is in, as
// rules are copied before scorecards; cells are of rules and of live entities that are in, as the
// reader leaves out the others, which are all from after `from`. Last reports that the log does not
// have (touches) are in; a replay of an older change lowers them until the saved ones are restored.
//
// No checksum: that is the caller's, who puts the bytes somewhere. The reader checks each length
// and number all the same.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

#include "base/id.h"
#include "base/result.h"

namespace scorekeeper::matrix {

inline constexpr std::string_view snapshot_magic = "SKMATRIX";
inline constexpr std::uint32_t snapshot_format = 1;
// A piece is about so long: copying it takes some 0.1 ms under the lock.
inline constexpr std::size_t snapshot_piece_bytes = 256 << 10;

enum class SnapshotType : std::uint32_t {
  rules = 1,
  scorecards = 2,
  kinds = 3,
  campaigns = 4,
  entities = 5,
  cells = 6,
  end = 7,
};

// Gets the pieces one after the other, without a lock. An Error ends the writing.
using SnapshotSink = std::function<Result<void>(std::span<const std::byte>)>;

// Positions between which the snapshot was copied.
struct SnapshotRange {
  RowId from;
  RowId until;

  bool operator==(const SnapshotRange&) const = default;
};

}  // namespace scorekeeper::matrix
