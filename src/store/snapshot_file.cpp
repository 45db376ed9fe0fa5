#include "store/snapshot_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <optional>
#include <utility>

#include "base/assert.h"
#include "base/files.h"
#include "store/checksum.h"
#include "store/fingerprint.h"
#include "store/sha256.h"

namespace scorekeeper::store {
namespace {

constexpr std::string_view magic = "SKSNAPSH";
constexpr std::uint32_t format = 1;
constexpr std::size_t header_bytes = 128;
constexpr std::size_t release_bytes_max = 64;
constexpr std::size_t piece_bytes = 1 << 20;
constexpr std::size_t checksum_bytes = 4;
constexpr std::uint64_t push_out_bytes = 8 << 20;

Error unusable(const std::string& why) {
  return make_error(Code::internal, "the snapshot cannot be used: " + why);
}
Error damaged(const std::string& where) { return unusable("it is damaged: " + where); }
Error cannot(const std::string& doing, const std::string& path) {
  return scorekeeper::cannot(doing, path, errno);
}

// Whether the kernel can read each page of these bytes, which begin with a page: it reads a set of
// signals there, before it refuses what is asked of it.
bool has_readable_pages(std::span<const std::byte> bytes, std::size_t page) {
  constexpr int no_such_request = -1;
  constexpr std::size_t set_bytes = 8;
  for (std::size_t at = 0; at < bytes.size(); at += page) {
    const auto* const set = bytes.data() + at;
    if (::syscall(SYS_rt_sigprocmask, no_such_request, set, nullptr, set_bytes) != 0 &&
        errno == EFAULT) {
      return false;
    }
  }
  return true;
}

// Brings the pages of mapped bytes into memory. false: one of them cannot be read, as of a broken
// disk or behind the end of a file that was cut; to touch it would end the process. A kernel before
// 5.14 does not know the request, and a filter of system calls may forbid it: then each page is
// tried.
bool can_be_read(std::span<const std::byte> bytes) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const auto before = reinterpret_cast<std::uintptr_t>(bytes.data()) % page;
  const std::span pages(bytes.data() - before, bytes.size() + before);
  for (;;) {
    auto* const first = const_cast<std::byte*>(pages.data());
    if (::madvise(first, pages.size(), MADV_POPULATE_READ) == 0) return true;
    if (errno == EFAULT || errno == EHWPOISON) return false;
    if (errno != EINTR && errno != EAGAIN) return has_readable_pages(pages, page);
  }
}

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}
std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

template <class Number>
void append(std::string& bytes, Number number) {
  for (std::size_t i = 0; i < sizeof(number); ++i) {
    bytes.push_back(static_cast<char>(number >> (8 * i) & 0xff));
  }
}

// Takes items from the front; after the first that is not there nothing is.
class Items {
 public:
  explicit Items(std::span<const std::byte> bytes) : rest_(bytes) {}

  bool good() const { return good_; }
  bool at_end() const { return rest_.empty(); }

  std::span<const std::byte> take(std::uint64_t bytes) {
    if (bytes > rest_.size()) good_ = false;
    if (!good_) return {};
    const auto taken = rest_.first(static_cast<std::size_t>(bytes));
    rest_ = rest_.subspan(taken.size());
    return taken;
  }
  template <class Number>
  Number number() {
    Number value = 0;
    std::size_t i = 0;
    for (const auto byte : take(sizeof(Number))) {
      value = static_cast<Number>(value | std::to_integer<Number>(byte) << (8 * i++));
    }
    return value;
  }
  template <std::size_t count>
  std::array<std::byte, count> array() {
    std::array<std::byte, count> read{};
    std::ranges::copy(take(count), read.begin());
    return read;
  }

 private:
  std::span<const std::byte> rest_;
  bool good_ = true;
};

std::uint64_t pieces_of(std::uint64_t bytes) {
  return bytes / piece_bytes + (bytes % piece_bytes == 0 ? 0 : 1);
}

struct Table {
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
  std::uint32_t checksum = 0;
};

std::string write_header(const SnapshotIdentity& identity, const Table& table) {
  std::string header(magic);
  append(header, format);
  append(header, identity.schema);
  header += text_of(identity.store);
  append(header, table.offset);
  append(header, table.bytes);
  append(header, table.checksum);
  append(header, static_cast<std::uint32_t>(identity.release.size()));
  header += identity.release;
  header.resize(header_bytes - checksum_bytes);
  append(header, checksum_of(bytes_of(header)));
  return header;
}

Result<Table> read_header(std::span<const std::byte> file, const SnapshotIdentity& identity) {
  if (!can_be_read(file.first(std::min(file.size(), header_bytes)))) {
    return damaged("the header cannot be read");
  }
  if (file.size() < magic.size() || text_of(file.first(magic.size())) != magic) {
    return unusable("it is no snapshot");
  }
  Items items(file.subspan(magic.size()));
  const auto file_format = items.number<std::uint32_t>();
  if (items.good() && file_format != format) {
    return unusable(fmt::format("its format is {}, not {}", file_format, format));
  }
  if (file.size() < header_bytes) return damaged("the header is too short");
  const auto header = file.first(header_bytes);
  const auto checked = header.first(header_bytes - checksum_bytes);
  if (Items(header.last(checksum_bytes)).number<std::uint32_t>() != checksum_of(checked)) {
    return damaged("the header");
  }
  const auto schema = items.number<std::uint32_t>();
  const auto store = items.array<16>();
  const Table table{.offset = items.number<std::uint64_t>(),
                    .bytes = items.number<std::uint64_t>(),
                    .checksum = items.number<std::uint32_t>()};
  const auto release_bytes = items.number<std::uint32_t>();
  if (release_bytes > release_bytes_max) return damaged("the release");
  const auto release = text_of(items.take(release_bytes));
  if (store != identity.store) return unusable("it is of another store");
  if (schema != identity.schema) {
    return unusable(fmt::format("its schema is {}, not {}", schema, identity.schema));
  }
  if (release != identity.release) {
    return unusable(fmt::format("release {} wrote it, and this is {}", release, identity.release));
  }
  return table;
}

// A file that lies there is not written into: it may be of a server that was killed, a link to
// another file, or a pipe that waits for its reader.
int open_new(const std::string& path) {
  ::unlink(path.c_str());
  return ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
}
std::string unfinished(const std::string& path) { return path + ".new"; }

}  // namespace

Result<std::vector<SnapshotSection>> read_snapshot_sections(std::span<const std::byte> file,
                                                            const SnapshotIdentity& identity) {
  const auto table = TRY(read_header(file, identity));
  if (table.offset < header_bytes || table.offset > file.size() ||
      table.bytes != file.size() - table.offset) {
    return damaged("it does not end where it should");
  }
  const auto table_bytes = file.subspan(static_cast<std::size_t>(table.offset));
  if (!can_be_read(table_bytes)) return damaged("the table cannot be read");
  if (checksum_of(table_bytes) != table.checksum) return damaged("the table");
  Items items(table_bytes);
  Items bytes(file.subspan(header_bytes, static_cast<std::size_t>(table.offset) - header_bytes));
  std::vector<SnapshotSection> sections;
  while (items.good() && !items.at_end()) {
    SnapshotSection section;
    section.origin.org = {items.number<std::uint32_t>()};
    section.origin.position = {items.number<std::uint64_t>()};
    section.origin.chain = items.array<16>();
    section.bytes = bytes.take(items.number<std::uint64_t>());
    section.checksums = items.take(pieces_of(section.bytes.size()) * checksum_bytes);
    if (!sections.empty() && section.origin.org <= sections.back().origin.org) {
      return damaged("the order of the organizations");
    }
    sections.push_back(section);
  }
  if (!items.good() || !bytes.good() || !bytes.at_end()) return damaged("the lengths");
  return sections;
}

Result<void> check(const SnapshotSection& section) {
  if (!can_be_read(section.checksums)) return damaged("the table cannot be read");
  Items checksums(section.checksums);
  auto rest = section.bytes;
  while (!rest.empty()) {
    const auto piece = rest.first(std::min(rest.size(), piece_bytes));
    const bool read = can_be_read(piece);
    if (!read || checksum_of(piece) != checksums.number<std::uint32_t>()) {
      return damaged(fmt::format(
          "organization {}, within {} bytes from byte {} on{}", section.origin.org.number,
          piece.size(), section.bytes.size() - rest.size(), read ? "" : ", which cannot be read"));
    }
    rest = rest.subspan(piece.size());
  }
  return {};
}

SnapshotIdentity identity_of(const SnapshotPlace& place, const Secrets& secrets) {
  SnapshotIdentity identity{.store = {}, .schema = place.schema, .release = SCOREKEEPER_VERSION};
  const auto hash = sha256_of({write_fingerprint(secrets)});
  std::ranges::copy(std::span(hash).first(identity.store.size()), identity.store.begin());
  return identity;
}

void SnapshotFile::Unmap::operator()(std::byte* mapped) const { ::munmap(mapped, bytes); }

Result<SnapshotFile> SnapshotFile::open(const std::string& path, const SnapshotIdentity& identity) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0 && errno == ENOENT) return make_error(Code::not_found, "there is no snapshot");
  if (file < 0) return cannot("open", path);
  struct stat status{};
  const bool regular = ::fstat(file, &status) == 0 && S_ISREG(status.st_mode);
  const auto size = regular ? static_cast<std::size_t>(status.st_size) : 0;
  void* mapped = size == 0 ? MAP_FAILED : ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0);
  const auto error = cannot("map", path);
  ::close(file);
  if (size == 0) return unusable("it is no snapshot");
  if (mapped == MAP_FAILED) return error;
  ::madvise(mapped, size, MADV_WILLNEED);
  Mapping mapping(static_cast<std::byte*>(mapped), Unmap{size});
  auto sections = TRY(read_snapshot_sections({mapping.get(), size}, identity));
  return SnapshotFile(std::move(mapping), std::move(sections));
}

SnapshotFileWriter::SnapshotFileWriter(std::string path, SnapshotIdentity identity)
    : path_(std::move(path)), identity_(std::move(identity)), offset_(header_bytes) {
  ASSERT(identity_.release.size() <= release_bytes_max);
  piece_.reserve(piece_bytes);
}

Result<std::unique_ptr<SnapshotFileWriter>> SnapshotFileWriter::create(
    const std::string& path, const SnapshotIdentity& identity) {
  std::unique_ptr<SnapshotFileWriter> writer(new SnapshotFileWriter(path, identity));
  writer->file_ = open_new(unfinished(path));
  if (writer->file_ < 0) return cannot("create", unfinished(path));
  return writer;
}

SnapshotFileWriter::~SnapshotFileWriter() {
  if (file_ < 0) return;
  ::close(file_);
  if (!finished_) ::unlink(unfinished(path_).c_str());
}

Result<void> SnapshotFileWriter::write_at(std::span<const std::byte> bytes, std::uint64_t offset) {
  while (!bytes.empty()) {
    const auto written = ::pwrite(file_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return cannot("write", unfinished(path_));
    bytes = bytes.subspan(static_cast<std::size_t>(written));
    offset += static_cast<std::uint64_t>(written);
  }
  return {};
}

// Flushing everything at the end would hold up the commits of the store beside it. A failure is the
// flush's to tell.
void SnapshotFileWriter::push_out() {
  if (offset_ - pushed_out_ < push_out_bytes) return;
  ::sync_file_range(
      file_, static_cast<off_t>(pushed_out_), static_cast<off_t>(offset_ - pushed_out_),
      SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER);
  pushed_out_ = offset_;
}

Result<void> SnapshotFileWriter::write_piece() {
  append(part_.checksums, checksum_of(piece_));
  TRY(write_at(piece_, offset_));
  offset_ += piece_.size();
  part_.bytes += piece_.size();
  piece_.clear();
  push_out();
  return {};
}

Result<void> SnapshotFileWriter::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const auto taken = bytes.first(std::min(bytes.size(), piece_bytes - piece_.size()));
    piece_.insert(piece_.end(), taken.begin(), taken.end());
    if (piece_.size() == piece_bytes) TRY(write_piece());
    bytes = bytes.subspan(taken.size());
  }
  return {};
}

Result<void> SnapshotFileWriter::end_org(OrgId org) {
  ASSERT(parts_.empty() || org > parts_.back().org);
  if (!piece_.empty()) TRY(write_piece());
  part_.org = org;
  parts_.push_back(std::exchange(part_, {}));
  return {};
}

Result<void> SnapshotFileWriter::finish(std::span<const SnapshotOrigin> origins) {
  ASSERT(piece_.empty() && part_.bytes == 0 && !finished_ && origins.size() == parts_.size());
  std::string table_bytes;
  for (std::size_t i = 0; i < origins.size(); ++i) {
    ASSERT(origins[i].org == parts_[i].org);
    append(table_bytes, origins[i].org.number);
    append(table_bytes, origins[i].position.number);
    table_bytes += text_of(origins[i].chain);
    append(table_bytes, parts_[i].bytes);
    table_bytes += parts_[i].checksums;
  }
  TRY(write_at(bytes_of(table_bytes), offset_));
  const Table table{.offset = offset_,
                    .bytes = table_bytes.size(),
                    .checksum = checksum_of(bytes_of(table_bytes))};
  TRY(write_at(bytes_of(write_header(identity_, table)), 0));
  if (::fsync(file_) != 0) return cannot("flush", unfinished(path_));
  if (::rename(unfinished(path_).c_str(), path_.c_str()) != 0) return cannot("rename", path_);
  finished_ = true;
  return sync_directory_of(path_);
}

}  // namespace scorekeeper::store
