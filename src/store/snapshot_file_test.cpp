#include "store/snapshot_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <rapidcheck.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "base/test_directory.h"
#include "store/checksum.h"

namespace scorekeeper::store {
namespace {

using Bytes = std::vector<std::byte>;

SnapshotIdentity some_identity() {
  SnapshotIdentity identity{.store = {}, .schema = 7, .release = "1.2.3"};
  identity.store.fill(std::byte{0x5a});
  return identity;
}

Bytes some_bytes(std::size_t size) {
  Bytes bytes(size);
  std::uint32_t state = 1;
  for (auto& byte : bytes) {
    state = state * 1'664'525U + 1'013'904'223U;
    byte = static_cast<std::byte>(state >> 24U);
  }
  return bytes;
}

std::string file_in(const TestDirectory& folder) { return folder.path("snapshot"); }
std::size_t count_files(const TestDirectory& folder) {
  return static_cast<std::size_t>(
      std::distance(std::filesystem::directory_iterator(folder.path()), {}));
}

SnapshotOrigin origin_of(std::uint32_t org) {
  SnapshotOrigin origin{.org = {org}, .position = {1'000ULL * org}, .chain = {}};
  origin.chain.fill(static_cast<std::byte>(org));
  return origin;
}

// One org for each size; written in pieces of an odd length.
void write(const std::string& path, const std::vector<std::size_t>& sizes) {
  auto writer = SnapshotFileWriter::create(path, some_identity());
  ASSERT_TRUE(writer) << writer.error().detail;
  std::uint32_t org = 0;
  std::vector<SnapshotOrigin> origins;
  for (const auto size : sizes) {
    const auto bytes = some_bytes(size);
    for (std::size_t at = 0; at < size; at += 99'991) {
      const auto length = std::min<std::size_t>(99'991, size - at);
      ASSERT_TRUE((*writer)->write(std::span(bytes).subspan(at, length)));
    }
    origins.push_back(origin_of(++org));
    ASSERT_TRUE((*writer)->end_org(origins.back().org));
  }
  const auto finished = (*writer)->finish(origins);
  ASSERT_TRUE(finished) << finished.error().detail;
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// "" or why it cannot be used.
std::string why_not(const std::string& file, const SnapshotIdentity& identity = some_identity()) {
  const auto sections = read_snapshot_sections(std::as_bytes(std::span(file)), identity);
  if (!sections) return sections.error().detail;
  for (const auto& section : *sections) {
    if (const auto checked = check(section); !checked) return checked.error().detail;
  }
  return "";
}

// As where a page of the disk cannot be read.
void expect_damage_where_a_page_cannot_be_read() {
  const TestDirectory folder;
  const std::size_t piece = 1 << 20;
  write(file_in(folder), {piece, 3 * piece});
  const auto file = SnapshotFile::open(file_in(folder), some_identity());
  ASSERT_TRUE(file) << file.error().detail;
  const auto size = std::filesystem::file_size(file_in(folder));
  const int descriptor = ::open(file_in(folder).c_str(), O_RDONLY | O_CLOEXEC);
  void* const mapped = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
  ::close(descriptor);
  ASSERT_NE(mapped, MAP_FAILED);
  const std::span bytes(static_cast<const std::byte*>(mapped), size);
  const auto why = [&] { return read_snapshot_sections(bytes, some_identity()).error().detail; };
  std::vector<SnapshotSection> sections(file->sections().begin(), file->sections().end());
  std::vector<Bytes> checksums;
  for (auto& section : sections) {
    checksums.emplace_back(section.checksums.begin(), section.checksums.end());
    section.checksums = checksums.back();
  }
  std::filesystem::resize_file(file_in(folder), 2 * piece);
  EXPECT_TRUE(check(sections[0]));
  EXPECT_EQ(check(file->sections()[0]).error().detail,
            "the snapshot cannot be used: it is damaged: the table cannot be read");
  EXPECT_EQ(check(sections[1]).error().detail,
            "the snapshot cannot be used: it is damaged: organization 2, within 1048576 bytes from "
            "byte 0 on, which cannot be read");
  EXPECT_EQ(why(), "the snapshot cannot be used: it is damaged: the table cannot be read");
  std::filesystem::resize_file(file_in(folder), 0);
  EXPECT_EQ(why(), "the snapshot cannot be used: it is damaged: the header cannot be read");
  ::munmap(mapped, size);
}

TEST(SnapshotFile, IsDamagedWhereAPageCannotBeRead) { expect_damage_where_a_page_cannot_be_read(); }

// From now on, in this thread: what an older kernel or a filter of system calls says.
void refuse_to_populate(std::uint32_t error) {
  ASSERT_EQ(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
  sock_filter steps[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_madvise, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args[2])),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MADV_POPULATE_READ, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  sock_fprog filter{.len = static_cast<unsigned short>(std::size(steps)), .filter = steps};
  ASSERT_EQ(::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter), 0);
}

TEST(SnapshotFile, IsReadPageByPageWhereTheKernelCannotPopulate) {
  for (const auto error : {EINVAL, EPERM, ENOSYS}) {
    SCOPED_TRACE(error);
    std::thread([&] {
      refuse_to_populate(static_cast<std::uint32_t>(error));
      ASSERT_NE(::madvise(nullptr, 0, MADV_POPULATE_READ), 0);
      expect_damage_where_a_page_cannot_be_read();
    }).join();
  }
}

TEST(SnapshotFile, HasWhatWasWritten) {
  const TestDirectory folder;
  const std::size_t piece = 1 << 20;
  for (const auto& sizes : std::vector<std::vector<std::size_t>>{
           {}, {0}, {1}, {0, 5, 0}, {piece - 1, piece, piece + 1}, {3 * piece, 100'000}}) {
    write(file_in(folder), sizes);
    EXPECT_EQ(count_files(folder), 1U);
    const auto file = SnapshotFile::open(file_in(folder), some_identity());
    ASSERT_TRUE(file) << file.error().detail;
    ASSERT_EQ(file->sections().size(), sizes.size());
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      const auto& section = file->sections()[i];
      EXPECT_EQ(section.origin, origin_of(static_cast<std::uint32_t>(i + 1)));
      EXPECT_TRUE(std::ranges::equal(section.bytes, some_bytes(sizes[i])));
      EXPECT_TRUE(check(section));
    }
  }
}

TEST(SnapshotFile, StaysUntilTheNextOneIsFinished) {
  const TestDirectory folder;
  EXPECT_EQ(SnapshotFile::open(file_in(folder), some_identity()).error().code, Code::not_found);
  write(file_in(folder), {10});
  {
    auto writer = SnapshotFileWriter::create(file_in(folder), some_identity());
    ASSERT_TRUE(writer && (*writer)->write(some_bytes(100)));
    EXPECT_EQ(count_files(folder), 2U);
  }
  EXPECT_EQ(count_files(folder), 1U);
  EXPECT_EQ(SnapshotFile::open(file_in(folder), some_identity())->sections()[0].bytes.size(), 10U);
  const auto missing = SnapshotFileWriter::create(file_in(folder) + "/x/y", some_identity());
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Code::unavailable);
}

// A server that was killed leaves a file of any length; a pipe would wait for its reader.
TEST(SnapshotFile, IsNotWrittenIntoWhatLiesInItsPlace) {
  const TestDirectory folder;
  const std::string place = file_in(folder) + ".new";
  const std::string other = file_in(folder) + ".other";
  std::ofstream(other) << "kept";
  std::filesystem::permissions(other, std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  const auto expect_written = [&] {
    write(file_in(folder), {1'000});
    EXPECT_TRUE(SnapshotFile::open(file_in(folder), some_identity()));
    EXPECT_EQ(std::filesystem::status(file_in(folder)).permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    EXPECT_TRUE(std::filesystem::is_regular_file(std::filesystem::symlink_status(file_in(folder))));
    EXPECT_TRUE(read_file(other) == "kept");
  };
  std::filesystem::copy_file(other, place);
  expect_written();
  std::filesystem::create_symlink(other, place);
  expect_written();
  std::filesystem::create_hard_link(other, place);
  expect_written();
  ASSERT_EQ(::mkfifo(place.c_str(), 0600), 0);
  expect_written();
  std::filesystem::create_directory(place);
  EXPECT_FALSE(SnapshotFileWriter::create(file_in(folder), some_identity()));
}

TEST(SnapshotFile, OfAnotherStoreSchemaOrReleaseIsRefused) {
  const TestDirectory folder;
  write(file_in(folder), {10});
  const auto file = read_file(file_in(folder));
  EXPECT_EQ(why_not(file), "");
  auto other = some_identity();
  other.store[15] = std::byte{0};
  EXPECT_EQ(why_not(file, other), "the snapshot cannot be used: it is of another store");
  other = some_identity();
  other.schema = 8;
  EXPECT_EQ(why_not(file, other), "the snapshot cannot be used: its schema is 7, not 8");
  other = some_identity();
  other.release = "1.2.30";
  EXPECT_EQ(why_not(file, other),
            "the snapshot cannot be used: release 1.2.3 wrote it, and this is 1.2.30");
  auto newer = file;
  newer[8] = 2;
  EXPECT_EQ(why_not(newer), "the snapshot cannot be used: its format is 2, not 1");
  EXPECT_EQ(SnapshotFile::open(file_in(folder), other).error().code, Code::internal);
  std::ofstream(file_in(folder), std::ios::trunc).flush();
  EXPECT_EQ(SnapshotFile::open(file_in(folder), some_identity()).error().detail,
            "the snapshot cannot be used: it is no snapshot");
  std::filesystem::remove(file_in(folder));
  std::filesystem::create_directory(file_in(folder));
  EXPECT_FALSE(SnapshotFile::open(file_in(folder), some_identity()));
}

TEST(SnapshotFile, WithAFlippedBitAnywhereIsRefused) {
  const TestDirectory folder;
  write(file_in(folder), {300, 0, 70});
  const auto file = read_file(file_in(folder));
  for (std::size_t at = 0; at < file.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      auto flipped = file;
      flipped[at] = static_cast<char>(flipped[at] ^ (1 << bit));
      EXPECT_NE(why_not(flipped), "") << at << ' ' << bit;
    }
  }
  write(file_in(folder), {(2U << 20U) + 7});
  auto large = read_file(file_in(folder));
  for (const std::size_t at : {128UL, 1UL << 20U, (1UL << 20U) + 128, (2UL << 20U) + 134}) {
    large[at] = static_cast<char>(large[at] ^ 1);
    EXPECT_NE(why_not(large), "") << at;
    large[at] = static_cast<char>(large[at] ^ 1);
  }
  EXPECT_EQ(why_not(large), "");
}

TEST(SnapshotFile, OfAnotherLengthIsRefused) {
  const TestDirectory folder;
  write(file_in(folder), {300, 0, 70});
  const auto file = read_file(file_in(folder));
  for (std::size_t bytes = 0; bytes < file.size(); ++bytes) {
    EXPECT_NE(why_not(file.substr(0, bytes)), "") << bytes;
  }
  EXPECT_NE(why_not(file + '\0'), "");
}

TEST(Checksum, IsTheSameWithAndWithoutTheInstruction) {
  for (std::size_t size = 0; size < 200; ++size) {
    const auto bytes = some_bytes(size);
    EXPECT_EQ(checksum_of(bytes), plain_checksum_of(bytes)) << size;
  }
  EXPECT_TRUE(rc::check("one byte differs", [] {
    auto bytes = some_bytes(*rc::gen::inRange<std::size_t>(1, 5000));
    const auto before = checksum_of(bytes);
    EXPECT_EQ(before, plain_checksum_of(bytes));
    bytes[*rc::gen::inRange<std::size_t>(0, bytes.size())] ^=
        static_cast<std::byte>(*rc::gen::inRange(1, 256));
    EXPECT_NE(checksum_of(bytes), before);
  }));
  // Zeros count, too.
  EXPECT_NE(checksum_of(Bytes(8)), checksum_of(Bytes(9)));
}

}  // namespace
}  // namespace scorekeeper::store
