#include "store/outcome_body.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <limits>

#include "base/assert.h"
#include "base/utf8.h"
#include "store/json_text.h"

namespace scorekeeper::store {
namespace {

constexpr std::string_view before_entities = R"({"entities":[)";
constexpr std::string_view before_remarks = R"(],"remarks":[)";
constexpr std::string_view before_changes = R"(],"changes":[)";
constexpr std::string_view behind_changes = "]}";
constexpr std::size_t frame_bytes =
    before_entities.size() + before_remarks.size() + before_changes.size() + behind_changes.size();

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
  template <class Number>
  NumberText& number(Number number) {
    end_ = std::to_chars(end_, text_.data() + text_.size(), number).ptr;
    return comma();
  }
  NumberText& state(std::optional<State> state) {
    *end_++ = static_cast<char>('0' + (state ? static_cast<int>(*state) : 0));
    return comma();
  }
  NumberText& last_number(std::uint32_t number) {
    end_ = std::to_chars(end_, text_.data() + text_.size(), number).ptr;
    *end_++ = ']';
    return *this;
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
  BodyScanner(std::string_view body, Time at, std::string& unescaped)
      : body_(body),
        at_(body.data()),
        end_(body.data() + body.size()),
        seconds_(seconds_of(at)),
        unescaped_(unescaped) {}

  std::size_t at() const { return static_cast<std::size_t>(at_ - body_.data()); }

  bool begin() {
    if (!body_.ends_with(behind_changes)) {
      at_ = end_;
      return false;
    }
    return literal(before_entities);
  }
  bool begin_remarks() { return literal(before_remarks); }
  bool begin_changes() { return literal(before_changes); }
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

  // Its text is the one before, or the next one, which differs.
  bool remarks(std::vector<std::string_view>& texts) {
    std::string_view text;
    return this->text(text) && (texts.empty() || texts.back() != text) &&
           (texts.push_back(text), true);
  }

  // `remarks`: the index of its text.
  bool change(std::optional<ChangedOutcome>& change, std::uint32_t& remarks) {
    if (*at_ == 'n') {
      change.reset();
      return literal("null");
    }
    auto& read = change.emplace();
    return character('[') && number(read.rule.number, 1) && character(',') &&
           number(read.entity.number, 1) && character(',') && state(read.state) && character(',') &&
           state(read.before) && character(',') && number(read.previous.number, 0) &&
           character(',') && report(read.first_reported) && character(',') && report_before(read) &&
           character(',') && number(remarks, 0) && character(']');
  }

  // Pass over what entity(), remarks(), change() would read, without a look at numbers.
  bool skip_entity() {
    const std::size_t quote = rest().find('"');
    if (quote == std::string_view::npos) return false;
    at_ += quote;
    return skip_text() && skip_numbers();
  }
  bool skip_text() {
    if (!character('"')) return false;
    while (true) {
      at_ += plain_bytes(rest());
      if (at_ == end_) return false;
      if (*at_ == '"') break;
      if (*at_ != '\\' || rest().size() < 2) return false;
      at_ += 2;
    }
    ++at_;
    return at_ < end_;
  }
  bool skip_change() { return *at_ == 'n' ? literal("null") : skip_numbers(); }

  // One text, back at the first of them, which begins there.
  bool text_at(std::size_t first, std::uint32_t index, std::string_view& text) {
    at_ = body_.data() + first;
    for (; index > 0; --index) {
      if (!skip_text() || !character(',')) return false;
    }
    return this->text(text);
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

  // To the end of an array of numbers.
  bool skip_numbers() {
    const std::size_t bracket = rest().find(']');
    if (bracket == std::string_view::npos) return false;
    at_ += bracket + 1;
    return at_ < end_;
  }

  // So many seconds before the record.
  bool report(std::uint32_t& seconds) {
    const char* begin = at_;
    const bool later = *at_ == '-';
    if (later) ++at_;
    std::uint32_t distance = 0;
    if (!number(distance, later ? 1 : 0)) return false;
    const std::int64_t time =
        later ? std::int64_t{seconds_} + distance : std::int64_t{seconds_} - distance;
    if (time < 0 || time > std::int64_t{number_max}) {
      at_ = begin;
      return false;
    }
    seconds = static_cast<std::uint32_t>(time);
    return true;
  }
  bool report_before(ChangedOutcome& change) {
    if (change.before) return report(change.reported_before);
    return character('0');
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
  std::uint32_t seconds_;
  std::string& unescaped_;
};

// Seconds from the one to the other; negative where a clock was set back between them.
std::int64_t distance(std::uint32_t reported, std::uint32_t at) {
  return std::int64_t{at} - std::int64_t{reported};
}

Error malformed(std::size_t offset) {
  return make_error(Code::internal,
                    fmt::format("a record of outcomes has a malformed body: byte {}", offset));
}

}  // namespace

void OutcomeBodyWriter::begin(Time at) {
  at_ = seconds_of(at);
  entities_.clear();
  remarks_.clear();
  changes_.clear();
  texts_ = 0;
  count_ = 0;
}

void OutcomeBodyWriter::add(const SeenEntity& entity) {
  ASSERT(entity.number);
  if (!entities_.empty()) entities_ += ',';
  entities_ += NumberText<1>().bracket().number(entity.number.number).view();
  append_quoted(entities_, entity.reference);
  entities_ += entity.revived ? ",1]" : ",0]";
}

void OutcomeBodyWriter::add_remarks(std::string_view remarks) {
  if (texts_ > 0) {
    if (remarks == last_remarks_) return;
    remarks_ += ',';
  }
  append_quoted(remarks_, remarks);
  last_remarks_ = remarks;
  ++texts_;
}

void OutcomeBodyWriter::add(const ChangedOutcome& change) {
  ASSERT(change.rule && change.entity && change.previous.number <= position_max);
  ASSERT(change.before || change.reported_before == 0);
  add_remarks(change.remarks);
  NumberText<8> numbers;
  if (count_ > 0) numbers.comma();
  numbers.bracket()
      .number(change.rule.number)
      .number(change.entity.number)
      .state(change.state)
      .state(change.before)
      .number(change.previous.number)
      .number(distance(change.first_reported, at_))
      .number(change.before ? distance(change.reported_before, at_) : 0)
      .last_number(texts_ - 1);
  changes_ += numbers.view();
  ++count_;
}

void OutcomeBodyWriter::add_gone() {
  changes_ += count_ > 0 ? ",null" : "null";
  ++count_;
}

bool OutcomeBodyWriter::is_full() const {
  return count_ >= record_changes_max ||
         (count_ > 0 &&
          frame_bytes + entities_.size() + remarks_.size() + changes_.size() >= record_body_bytes);
}

std::string OutcomeBodyWriter::finish() {
  std::string body;
  body.reserve(frame_bytes + entities_.size() + remarks_.size() + changes_.size());
  body += before_entities;
  body += entities_;
  body += before_remarks;
  body += remarks_;
  body += before_changes;
  body += changes_;
  body += behind_changes;
  entities_.clear();
  remarks_.clear();
  changes_.clear();
  texts_ = 0;
  count_ = 0;
  return body;
}

void OutcomeBody::clear() {
  entities.clear();
  remarks.clear();
  changes.clear();
  text.clear();
}

Result<void> read_outcome_body(const LogRecord& record, OutcomeBody& read) {
  read.clear();
  BodyScanner scanner(record.body, record.at, read.text);
  std::uint32_t texts = 0;  // of which a change made use
  const auto on_change = [&] {
    auto& change = read.changes.emplace_back();
    std::uint32_t remarks = 0;
    if (!scanner.change(change, remarks)) return false;
    if (!change) return true;
    if (remarks == texts) ++texts;
    if (remarks + 1 != texts || remarks >= read.remarks.size()) return false;
    change->remarks = read.remarks[remarks];
    return true;
  };
  const bool accepted =
      scanner.begin() &&
      scanner.elements([&] { return scanner.entity(read.entities.emplace_back()); }) &&
      scanner.begin_remarks() && scanner.elements([&] { return scanner.remarks(read.remarks); }) &&
      scanner.begin_changes() && scanner.elements(on_change) && texts == read.remarks.size() &&
      scanner.finish();
  if (!accepted) return malformed(scanner.at());
  return {};
}

Result<std::optional<ChangedOutcome>> read_changed_outcome(std::string_view body, Time at,
                                                           std::size_t index, std::string& text) {
  text.clear();
  BodyScanner scanner(body, at, text);
  std::optional<ChangedOutcome> change;
  std::uint32_t remarks = 0;
  std::size_t first_text = 0;
  std::size_t changes = 0;
  bool found = false;
  const auto on_change = [&] {
    if (changes++ < index) return scanner.skip_change();
    found = scanner.change(change, remarks);
    return false;
  };
  const bool accepted = scanner.begin() &&
                        scanner.elements([&] { return scanner.skip_entity(); }) &&
                        scanner.begin_remarks() && (first_text = scanner.at(), true) &&
                        scanner.elements([&] { return scanner.skip_text(); }) &&
                        scanner.begin_changes() && scanner.elements(on_change);
  if (found && (!change || scanner.text_at(first_text, remarks, change->remarks))) return change;
  if (found || !accepted) return malformed(scanner.at());
  return make_error(Code::internal,
                    fmt::format("a record of outcomes has {} changes, but number {} was asked for",
                                changes, index));
}

}  // namespace scorekeeper::store
