#include "store/outcome_body.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <limits>

#include "base/assert.h"
#include "base/utf8.h"
#include "store/json_text.h"
#include "store/log_record.h"

namespace scorekeeper::store {
namespace {

constexpr std::string_view before_entities = R"({"entities":[)";
constexpr std::string_view before_changes = R"(],"changes":[)";
constexpr std::string_view behind_changes = "]}";
constexpr std::size_t frame_bytes =
    before_entities.size() + before_changes.size() + behind_changes.size();

constexpr std::uint64_t number_max = std::numeric_limits<std::uint32_t>::max();
// Both stores' numbers are signed.
constexpr std::uint64_t position_max = std::numeric_limits<std::int64_t>::max();

// Numbers, each with a comma behind it, in room of a size that is known before.
template <std::size_t numbers>
class NumberText {
 public:
  NumberText& bracket() {
    *end_++ = '[';
    return *this;
  }
  NumberText& number(std::uint64_t number) {
    end_ = std::to_chars(end_, text_.data() + text_.size(), number).ptr;
    return comma();
  }
  NumberText& number(std::uint32_t number) {
    end_ = std::to_chars(end_, text_.data() + text_.size(), number).ptr;
    return comma();
  }
  NumberText& state(std::optional<State> state) {
    *end_++ = static_cast<char>('0' + (state ? static_cast<int>(*state) : 0));
    return comma();
  }
  NumberText& comma() {
    *end_++ = ',';
    return *this;
  }
  std::string_view view() const { return {text_.data(), end_}; }

 private:
  std::array<char, numbers * 21 + 2> text_;
  char* end_ = text_.data();
};

// Reads a body from its first byte to its last, and takes nothing but what the writer writes. A
// function that returns false leaves at() where the text is wrong. The last byte of the text is a
// brace, which only finish() passes over: nothing but texts must look for the end.
class BodyScanner {
 public:
  BodyScanner(std::string_view body, std::string& unescaped)
      : body_(body), at_(body.data()), end_(body.data() + body.size()), unescaped_(unescaped) {}

  std::size_t at() const { return static_cast<std::size_t>(at_ - body_.data()); }

  bool begin() {
    if (!body_.ends_with(behind_changes)) {
      at_ = end_;
      return false;
    }
    return literal(before_entities);
  }
  bool between() { return literal(before_changes); }
  bool finish() { return rest() == behind_changes; }

  // on_element() reads one; between the brackets of an array, which stay.
  template <class OnElement>
  bool elements(OnElement on_element) {
    if (*at_ == ']') return true;
    while (true) {
      if (!on_element()) return false;
      if (*at_ == ']') return true;
      if (!character(',')) return false;
    }
  }

  bool entity(SeenEntity& entity) {
    std::uint32_t revived = 0;
    if (!character('[') || !number(entity.number.number, 1) || !character(',') ||
        !text(entity.reference) || !character(',') || !digit(revived, 1)) {
      return false;
    }
    entity.revived = revived != 0;
    return character(']');
  }

  bool change(std::optional<ChangedOutcome>& change) {
    if (*at_ == 'n') {
      change.reset();
      return literal("null");
    }
    auto& read = change.emplace();
    return character('[') && number(read.rule.number, 1) && character(',') &&
           number(read.entity.number, 1) && character(',') && state(read.state) && character(',') &&
           state(read.before) && character(',') && number(read.previous.number, 0) &&
           character(',') && number(read.first_reported, 0) && character(',') &&
           number(read.reported_before, 0) && character(',') && text(read.remarks) &&
           character(']');
  }

  // Passes over what change() or entity() would read, without a look at its numbers.
  bool skip_element() {
    if (*at_ == 'n') return literal("null");
    const std::size_t quote = rest().find('"');
    if (quote == std::string_view::npos) return false;
    at_ += quote + 1;
    while (true) {
      at_ += plain_bytes(rest());
      if (at_ == end_) return false;
      if (*at_ == '"') break;
      if (*at_ != '\\' || rest().size() < 2) return false;
      at_ += 2;
    }
    const std::size_t bracket = rest().find(']');
    if (bracket == std::string_view::npos) return false;
    at_ += bracket + 1;
    return at_ < end_;
  }

 private:
  std::string_view rest() const { return {at_, end_}; }

  bool character(char wanted) {
    if (*at_ != wanted) return false;
    ++at_;
    return true;
  }

  bool literal(std::string_view wanted) {
    if (!rest().starts_with(wanted)) return false;
    at_ += wanted.size();
    return at_ < end_;
  }

  bool digit(std::uint32_t& number, std::uint32_t max) {
    number = static_cast<std::uint32_t>(static_cast<unsigned char>(*at_)) - '0';
    if (number > max) return false;
    ++at_;
    return true;
  }

  bool state(std::optional<State>& state) {
    std::uint32_t number = 0;
    if (!digit(number, 3)) return false;
    state = number == 0 ? std::nullopt : std::optional(static_cast<State>(number));
    return true;
  }

  template <class Number>
  bool number(Number& number, std::uint64_t min) {
    constexpr std::uint64_t max = sizeof(Number) == 4 ? number_max : position_max;
    constexpr std::ptrdiff_t digits_max = sizeof(Number) == 4 ? 10 : 19;
    const char* digits = at_;
    std::uint64_t value = 0;  // 19 digits have room
    for (; *at_ >= '0' && *at_ <= '9'; ++at_) {
      if (at_ - digits == digits_max) return false;
      value = value * 10 + static_cast<std::uint64_t>(*at_ - '0');
    }
    if (at_ == digits) return false;
    if ((*digits == '0' && at_ - digits > 1) || value < min || value > max) {
      at_ = digits;
      return false;
    }
    number = static_cast<Number>(value);
    return true;
  }

  bool text(std::string_view& text) {
    if (!character('"')) return false;
    const char* begin = at_;
    if (!plain_text()) return false;
    if (*at_ == '"') {
      text = {begin, at_};
      ++at_;
      return true;
    }
    return text_with_escapes(begin, text);
  }

  // On to the quote or the backslash.
  bool plain_text() {
    while (true) {
      at_ += plain_ascii_bytes(rest());
      if (at_ == end_) return false;
      if (static_cast<unsigned char>(*at_) < 0x80) return *at_ == '"' || *at_ == '\\';
      const std::size_t bytes = utf8_character_bytes(rest());
      if (bytes == 0) return false;
      at_ += bytes;
    }
  }

  bool text_with_escapes(const char* begin, std::string_view& text) {
    // Views into it stay good: it never grows beyond that.
    if (unescaped_.capacity() < body_.size()) {
      ASSERT(unescaped_.empty());
      unescaped_.reserve(body_.size());
    }
    const std::size_t offset = unescaped_.size();
    while (true) {
      unescaped_.append(begin, at_);
      if (*at_ == '"') break;
      const auto escape = read_escape(rest());
      if (escape.bytes == 0) return false;
      unescaped_ += escape.character;
      at_ += escape.bytes;
      begin = at_;
      if (!plain_text()) return false;
    }
    ++at_;
    text = std::string_view(unescaped_).substr(offset);
    return true;
  }

  std::string_view body_;
  const char* at_;
  const char* end_;
  std::string& unescaped_;
};

Error malformed(std::size_t offset) {
  return make_error(Code::internal,
                    fmt::format("a record of outcomes has a malformed body: byte {}", offset));
}

}  // namespace

void OutcomeBodyWriter::add(const SeenEntity& entity) {
  ASSERT(entity.number);
  if (!entities_.empty()) entities_ += ',';
  entities_ += NumberText<1>().bracket().number(entity.number.number).view();
  append_quoted(entities_, entity.reference);
  entities_ += entity.revived ? ",1]" : ",0]";
}

void OutcomeBodyWriter::add(const ChangedOutcome& change) {
  ASSERT(change.rule && change.entity && change.previous.number <= position_max);
  NumberText<8> numbers;
  if (count_ > 0) numbers.comma();
  numbers.bracket()
      .number(change.rule.number)
      .number(change.entity.number)
      .state(change.state)
      .state(change.before)
      .number(change.previous.number)
      .number(change.first_reported)
      .number(change.reported_before);
  changes_ += numbers.view();
  append_quoted(changes_, change.remarks);
  changes_ += ']';
  ++count_;
}

void OutcomeBodyWriter::add_gone() {
  changes_ += count_ > 0 ? ",null" : "null";
  ++count_;
}

bool OutcomeBodyWriter::is_full() const {
  return count_ >= record_changes_max ||
         (count_ > 0 && frame_bytes + entities_.size() + changes_.size() >= record_body_bytes);
}

std::string OutcomeBodyWriter::finish() {
  std::string body;
  body.reserve(frame_bytes + entities_.size() + changes_.size());
  body += before_entities;
  body += entities_;
  body += before_changes;
  body += changes_;
  body += behind_changes;
  entities_.clear();
  changes_.clear();
  count_ = 0;
  return body;
}

void OutcomeBody::clear() {
  entities.clear();
  changes.clear();
  text.clear();
}

Result<void> read_outcome_body(std::string_view body, OutcomeBody& read) {
  read.clear();
  BodyScanner scanner(body, read.text);
  const bool accepted =
      scanner.begin() &&
      scanner.elements([&] { return scanner.entity(read.entities.emplace_back()); }) &&
      scanner.between() &&
      scanner.elements([&] { return scanner.change(read.changes.emplace_back()); }) &&
      scanner.finish();
  if (!accepted) return malformed(scanner.at());
  return {};
}

Result<std::optional<ChangedOutcome>> read_changed_outcome(std::string_view body, std::size_t index,
                                                           std::string& text) {
  text.clear();
  BodyScanner scanner(body, text);
  std::optional<ChangedOutcome> change;
  std::size_t at = 0;
  bool found = false;
  const bool accepted = scanner.begin() &&
                        scanner.elements([&] { return scanner.skip_element(); }) &&
                        scanner.between() && scanner.elements([&] {
                          if (at++ < index) return scanner.skip_element();
                          found = scanner.change(change);
                          return false;
                        });
  if (found) return change;
  if (!accepted) return malformed(scanner.at());
  return make_error(
      Code::internal,
      fmt::format("a record of outcomes has {} changes, but number {} was asked for", at, index));
}

}  // namespace scorekeeper::store
