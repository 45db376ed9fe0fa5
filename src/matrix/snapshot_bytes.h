// Values as the bytes of a snapshot (matrix/snapshot.h): numbers little endian, bool and optional
// with a byte of 0 or 1, times in microseconds, texts and lists behind their count of 4 bytes.
//
// The reader believes nothing: what is too long or no such value makes it fail, and from then on
// everything is empty or 0, so that who reads a list looks once at the end. One thread.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/id.h"

namespace scorekeeper::matrix {

static_assert(std::endian::native == std::endian::little, "snapshots are little endian");

class SnapshotPut {
 public:
  const std::vector<std::byte>& bytes() const { return bytes_; }
  void clear() { bytes_.clear(); }

  void raw(const void* from, std::size_t size) {
    const auto* first = static_cast<const std::byte*>(from);
    bytes_.insert(bytes_.end(), first, first + size);
  }
  template <class... Values>
  void operator()(const Values&... values) {
    (put(values), ...);
  }
  // Overwrites a number of 4 bytes.
  void patch(std::size_t at, std::size_t number) {
    const auto value = static_cast<std::uint32_t>(number);
    std::memcpy(bytes_.data() + at, &value, sizeof(value));
  }

 private:
  template <class Number>
    requires(std::is_arithmetic_v<Number> || std::is_enum_v<Number>)
  void put(Number number) {
    raw(&number, sizeof(number));
  }
  template <class Tag, class Number>
  void put(Id<Tag, Number> id) {
    put(id.number);
  }
  void put(Time time) { put(microseconds_of(time)); }
  void put(std::string_view text) {
    put(static_cast<std::uint32_t>(text.size()));
    raw(text.data(), text.size());
  }
  void put(const std::string& text) { put(std::string_view(text)); }
  template <class Value>
  void put(const std::optional<Value>& value) {
    put(value.has_value());
    if (value) put(*value);
  }
  template <class Value>
  void put(const std::vector<Value>& values) {
    put(static_cast<std::uint32_t>(values.size()));
    for (const auto& value : values) put(value);
  }

  std::vector<std::byte> bytes_;
};

class SnapshotGet {
 public:
  explicit SnapshotGet(std::span<const std::byte> bytes) : left_(bytes) {}

  bool failed() const { return failed_; }
  bool at_end() const { return left_.empty(); }
  // It was all read, and nothing of it was wrong.
  bool is_done() const { return !failed_ && left_.empty(); }
  void fail() {
    failed_ = true;
    left_ = {};
  }
  // Fails where that does not hold.
  void expect(bool holds) {
    if (!holds) fail();
  }
  std::span<const std::byte> raw(std::size_t size) {
    if (size > left_.size()) {
      fail();
      return {};
    }
    const auto taken = left_.first(size);
    left_ = left_.subspan(size);
    return taken;
  }
  template <class... Values>
  void operator()(Values&... values) {
    (get(values), ...);
  }
  template <class Value>
  Value next() {
    Value value{};
    get(value);
    return value;
  }
  std::string_view text() {
    const auto bytes = raw(next<std::uint32_t>());
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

 private:
  // No year has more than four digits.
  static constexpr std::int64_t time_max = 253'402'300'799'999'999;

  template <class Number>
    requires(std::is_arithmetic_v<Number> || std::is_enum_v<Number>)
  void get(Number& number) {
    const auto bytes = raw(sizeof(number));
    if (!bytes.empty()) std::memcpy(&number, bytes.data(), sizeof(number));
  }
  void get(bool& value) {
    const auto byte = next<std::uint8_t>();
    expect(byte <= 1);
    value = byte == 1;
  }
  template <class Tag, class Number>
  void get(Id<Tag, Number>& id) {
    get(id.number);
  }
  void get(Time& time) {
    const auto microseconds = next<std::int64_t>();
    expect(microseconds >= 0 && microseconds <= time_max);
    if (!failed_) time = time_of_microseconds(microseconds);
  }
  void get(std::string& value) { value = text(); }
  template <class Value>
  void get(std::optional<Value>& value) {
    if (next<bool>()) get(value.emplace());
  }
  template <class Value>
  void get(std::vector<Value>& values) {
    const auto count = next<std::uint32_t>();
    expect(count <= left_.size());  // each takes a byte at least
    if (failed_) return;
    values.reserve(count);
    for (std::uint32_t i = 0; i < count && !failed_; ++i) get(values.emplace_back());
  }

  std::span<const std::byte> left_;
  bool failed_ = false;
};

}  // namespace scorekeeper::matrix
