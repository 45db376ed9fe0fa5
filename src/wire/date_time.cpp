#include "wire/date_time.h"

#include <chrono>
#include <cstddef>

namespace scorekeeper::wire {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::size_t fraction_digits_max = 9;

// Reads the text from the front; after the first thing that is not as expected nothing is.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool good() const { return good_; }
  bool at_end() const { return rest_.empty(); }

  // Exactly that many digits.
  int number(std::size_t digits) {
    int value = 0;
    for (std::size_t i = 0; i < digits; ++i) value = value * 10 + digit();
    return value;
  }
  // One of those; '\0' when it is another.
  char one_of(std::string_view characters) {
    if (rest_.empty() || characters.find(rest_.front()) == std::string_view::npos) {
      good_ = false;
      return '\0';
    }
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }
  microseconds fraction() {
    if (!rest_.starts_with('.')) return {};
    rest_.remove_prefix(1);
    std::int64_t value = 0;
    std::size_t digits = 0;
    while (!rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9') {
      const int next = digit();
      if (++digits <= 6) value = value * 10 + next;
    }
    if (digits == 0 || digits > fraction_digits_max) good_ = false;
    for (; digits < 6; ++digits) value *= 10;
    return microseconds(value);
  }

 private:
  int digit() {
    const char c = one_of("0123456789");
    return c == '\0' ? 0 : c - '0';
  }

  std::string_view rest_;
  bool good_ = true;
};

// The offset that is added to local time to get UTC.
std::optional<minutes> read_offset(Reader& reader) {
  const char sign = reader.one_of("Zz+-");
  if (sign == 'Z' || sign == 'z') return minutes(0);
  const hours hour(reader.number(2));
  reader.one_of(":");
  const minutes minute(reader.number(2));
  if (!reader.good() || hour >= hours(24) || minute >= minutes(60)) return std::nullopt;
  return sign == '+' ? -(hour + minute) : hour + minute;
}

// A second 60 is one of the leap seconds, which end a day of UTC.
bool may_have_leap_second(Time minute) {
  return minute + minutes(1) == floor<days>(minute) + days(1);
}

}  // namespace

std::optional<Time> parse_date_time(std::string_view text) {
  Reader reader(text);
  const std::chrono::year year(reader.number(4));
  reader.one_of("-");
  const std::chrono::month month(static_cast<unsigned>(reader.number(2)));
  reader.one_of("-");
  const std::chrono::day day(static_cast<unsigned>(reader.number(2)));
  reader.one_of("Tt");
  const hours hour(reader.number(2));
  reader.one_of(":");
  const minutes minute(reader.number(2));
  reader.one_of(":");
  const seconds second(reader.number(2));
  const auto fraction = reader.fraction();
  const auto offset = read_offset(reader);
  const std::chrono::year_month_day date(year, month, day);
  if (!reader.good() || !reader.at_end() || !offset || !date.ok()) return std::nullopt;
  if (hour >= hours(24) || minute >= minutes(60) || second > seconds(60)) return std::nullopt;
  const Time start = std::chrono::sys_days(date) + hour + minute + *offset;
  if (second == seconds(60) && !may_have_leap_second(start)) return std::nullopt;
  const Time time = start + second + fraction;
  using namespace std::chrono_literals;
  constexpr Time first = std::chrono::sys_days(1y / 1 / 1);
  constexpr Time end = std::chrono::sys_days(10000y / 1 / 1);
  if (time < first || time >= end) return std::nullopt;
  return time;
}

}  // namespace scorekeeper::wire
