// The file `snapshot`: the bytes of each org's matrix, so that a start need not read the whole log.
// A file that is missing, damaged, of another store, of another schema or of another release costs
// time: who opens it gets an Error with the reason, and reads the log. Numbers have their lowest
// byte first.
//
//   header   "SKSNAPSH", u32 format = 1, u32 schema, 16 bytes store, u64 table, u64 bytes of the
//            table, u32 checksum of the table, u32 bytes of the release, release in 64 bytes, 0
//            behind it, u32 0, u32 checksum of the header before it
//   bytes    of each org, one behind the other
//   table    of each org, ascending: u32 org, u64 position, 16 bytes chain, u64 bytes; then a u32
//            checksum for each MiB of them (checksum.h); the file ends with it
//
// The writer is one thread's. A file that is open does not change and may be read by any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/id.h"
#include "base/result.h"
#include "store/catalog.h"
#include "store/log_record.h"

namespace scorekeeper::store {

// The store and the schema that a snapshot is of. Another store's is of no use.
struct SnapshotIdentity {
  std::array<std::byte, 16> store{};
  std::uint32_t schema = 0;
  std::string release;  // at most 64 bytes

  bool operator==(const SnapshotIdentity&) const = default;
};

// The log of a section, and the position up to which it may have changes. It can be used if the log
// has that chain there.
struct SnapshotOrigin {
  OrgId org;
  RowId position;
  Chain chain{};

  bool operator==(const SnapshotOrigin&) const = default;
};

struct SnapshotSection {
  SnapshotOrigin origin;
  std::span<const std::byte> bytes;  // live as long as the file
  std::span<const std::byte> checksums;
};

// The sections of a file's bytes; the bytes of the orgs are not looked at. internal: the reason why
// it cannot be used.
Result<std::vector<SnapshotSection>> read_snapshot_sections(std::span<const std::byte> file,
                                                            const SnapshotIdentity& identity);
// Reads its bytes and compares their checksums. internal: it is damaged, or cannot be read.
Result<void> check(const SnapshotSection& section);

class SnapshotFile {
 public:
  // not_found: there is none. internal: it cannot be used. unavailable: it cannot be read.
  static Result<SnapshotFile> open(const std::string& path, const SnapshotIdentity& identity);

  // Ascending orgs. check() each before its bytes are read; several threads may.
  std::span<const SnapshotSection> sections() const { return sections_; }

 private:
  struct Unmap {
    std::size_t bytes = 0;
    void operator()(std::byte* mapped) const;
  };
  using Mapping = std::unique_ptr<std::byte, Unmap>;
  SnapshotFile(Mapping mapping, std::vector<SnapshotSection> sections)
      : mapping_(std::move(mapping)), sections_(std::move(sections)) {}

  Mapping mapping_;
  std::vector<SnapshotSection> sections_;
};

// The place of the file. `schema`: of the store.
struct SnapshotPlace {
  std::string path;
  std::uint32_t schema = 0;
};
// A store is told by its secrets, without showing them; the release is this one.
SnapshotIdentity identity_of(const SnapshotPlace& place, const Secrets& secrets);

inline constexpr const char* snapshot_file_name = "snapshot";

// Writes beside the file that is there, which stays until finish(). An unfinished file goes with
// the writer. Errors: unavailable; nothing more can be written then.
class SnapshotFileWriter {
 public:
  static Result<std::unique_ptr<SnapshotFileWriter>> create(const std::string& path,
                                                            const SnapshotIdentity& identity);
  ~SnapshotFileWriter();
  SnapshotFileWriter(const SnapshotFileWriter&) = delete;
  SnapshotFileWriter& operator=(const SnapshotFileWriter&) = delete;

  Result<void> write(std::span<const std::byte> bytes);  // of the next org
  // Ends the bytes of an org; orgs come in ascending order.
  Result<void> end_org(OrgId org);
  // The file is durable, and the one that was there is gone. An origin for each of the orgs.
  Result<void> finish(std::span<const SnapshotOrigin> origins);

 private:
  struct Part {
    OrgId org;
    std::uint64_t bytes = 0;
    std::string checksums;  // of its pieces
  };
  SnapshotFileWriter(std::string path, SnapshotIdentity identity);
  Result<void> write_piece();
  void push_out();
  Result<void> write_at(std::span<const std::byte> bytes, std::uint64_t offset);

  std::string path_;
  SnapshotIdentity identity_;
  int file_ = -1;
  bool finished_ = false;
  std::uint64_t offset_;          // where the next piece goes
  std::uint64_t pushed_out_ = 0;  // up to there the disk was told to begin
  std::vector<std::byte> piece_;  // what is not yet written of the org
  Part part_;                     // of the org that is being written
  std::vector<Part> parts_;       // of those before it
};

}  // namespace scorekeeper::store
