#include "domain/entity_query_parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>

#include "base/limits.h"
#include "domain/entity_fields.h"
#include "domain/text.h"

namespace scorekeeper {
namespace {

// The part of a term before the colon. Fields are the same when both members are: each key of a tag
// is a field of its own.
struct FieldName {
  EntityField field = EntityField::tag;
  std::string_view key;  // of `key:value`; empty for the fields that have a name

  bool operator==(const FieldName&) const = default;
};

FieldName field_named(std::string_view key) {
  const auto field = find_entity_field(key);
  if (field) return {.field = *field, .key = {}};
  return {.field = EntityField::tag, .key = key};
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
constexpr std::string_view value_ends = " \t\n\r()\"\\";  // of a bare value
bool ends_value(char c) { return value_ends.contains(c); }
bool is_key(char c) {
  const char low = to_lower(c);
  return (low >= 'a' && low <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.' ||
         c == '/' || static_cast<unsigned char>(c) >= 0x80;
}

struct Value {
  std::string text;
  bool pattern = false;
};

// A recursive descent over the text, with one function for each level of precedence. The only cycle
// goes through enter(), which bounds it.
class Parser {
 public:
  Parser(std::string_view text, std::string_view attribute, std::size_t terms_max)
      : text_(text), attribute_(attribute), terms_max_(terms_max) {}

  Result<Expression> parse();

 private:
  // An operand of a sequence. Operands with the same field are alternatives; words, brackets and
  // negated operands have none.
  struct Operand {
    Expression expression;
    std::optional<FieldName> field;
  };

  Result<Expression> alternatives();  // a OR b
  Result<Expression> conditions();    // a AND b
  Result<Expression> sequence();      // a b
  Result<Operand> operand();
  Result<Operand> negated();
  Result<Operand> word_or_field();
  Result<Operand> field_and_value(FieldName name);
  Result<Expression> brackets();
  Result<Expression> term(FieldName name);
  Result<Value> value(EntityField field);
  Result<Value> quoted();
  Result<Value> bare(EntityField field);
  struct Place {
    std::size_t at = 0;
    std::size_t begin = 0;  // of the word or value
    bool in_word = false;
  };
  Result<void> check_operator(Place place) const;

  Error expected(std::size_t at, std::string_view what) const;
  Error expected_operand() const { return expected(at_, group_ ? "a value" : "a term"); }
  Result<void> enter();
  std::size_t column(std::size_t at) const { return count_characters(text_.substr(0, at)) + 1; }
  bool at_end() const { return at_ == text_.size(); }
  bool sees(char c) const { return !at_end() && text_[at_] == c; }
  bool sees_word(std::string_view word) const;
  bool sees_operand() const;
  void skip_spaces();

  std::string_view text_;
  std::string_view attribute_;
  std::size_t terms_max_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
  std::size_t terms_ = 0;
  std::optional<FieldName> group_;  // within field:( … ), where all are values of that field
};

Error Parser::expected(std::size_t at, std::string_view what) const {
  return invalid(fmt::format("attribute \"{}\" has an error at column {}: expected {}", attribute_,
                             column(at), what));
}

Result<void> Parser::enter() {
  if (++depth_ <= query_depth_max) return {};
  return expected(at_,
                  fmt::format("at most {} brackets and NOT within each other", query_depth_max));
}

void Parser::skip_spaces() {
  while (!at_end() && is_space(text_[at_])) ++at_;
}

bool Parser::sees_word(std::string_view word) const {
  const auto rest = text_.substr(at_);
  return rest.starts_with(word) && (rest.size() == word.size() || ends_value(rest[word.size()]));
}

bool Parser::sees_operand() const {
  return !at_end() && text_[at_] != ')' && !sees_word("AND") && !sees_word("OR");
}

Result<Expression> Parser::parse() {
  skip_spaces();
  if (at_end()) return Expression();
  auto whole = TRY(alternatives());
  if (!at_end()) return expected(at_, "a \"(\" before this \")\"");
  return whole;
}

Result<Expression> Parser::alternatives() {
  std::vector<Expression> parts;
  while (true) {
    parts.push_back(TRY(conditions()));
    if (!sees_word("OR")) return any_of(std::move(parts));
    at_ += 2;
  }
}

Result<Expression> Parser::conditions() {
  std::vector<Expression> parts;
  while (true) {
    parts.push_back(TRY(sequence()));
    if (!sees_word("AND")) return all_of(std::move(parts));
    at_ += 3;
  }
}

// Leaves at_ at the end, at a ")", or at AND or OR.
Result<Expression> Parser::sequence() {
  struct Condition {
    std::optional<FieldName> field;
    std::vector<Expression> alternatives;
  };
  std::vector<Condition> conditions;
  do {
    auto next = TRY(operand());
    auto same = conditions.end();
    if (next.field) same = std::ranges::find(conditions, next.field, &Condition::field);
    if (same == conditions.end()) {
      same = conditions.insert(same, Condition{.field = next.field, .alternatives = {}});
    }
    same->alternatives.push_back(std::move(next.expression));
    skip_spaces();
  } while (sees_operand());
  std::vector<Expression> parts;
  parts.reserve(conditions.size());
  for (auto& condition : conditions) parts.push_back(any_of(std::move(condition.alternatives)));
  return all_of(std::move(parts));
}

Result<Parser::Operand> Parser::operand() {
  skip_spaces();
  if (!sees_operand()) return expected_operand();
  if (sees_word("NOT")) {
    TRY(enter());
    at_ += 3;
    return negated();
  }
  if (sees('-')) {
    TRY(enter());
    ++at_;
    if (at_end() || is_space(text_[at_])) return expected_operand();
    return negated();
  }
  if (sees('(')) return Operand{.expression = TRY(brackets()), .field = {}};
  if (!group_) return word_or_field();
  return Operand{.expression = TRY(term(*group_)), .field = group_};
}

Result<Parser::Operand> Parser::negated() {
  auto negated = TRY(operand());
  negated.expression.negated = !negated.expression.negated;
  negated.field.reset();
  --depth_;
  return negated;
}

Result<Parser::Operand> Parser::word_or_field() {
  const auto begin = at_;
  const auto token = text_.substr(begin, text_.find_first_of(value_ends, begin) - begin);
  const auto colon = token.find(':');
  if (colon == std::string_view::npos) {
    const FieldName word{.field = EntityField::word, .key = {}};
    return Operand{.expression = TRY(term(word)), .field = {}};
  }
  const auto key = token.substr(0, colon);
  for (std::size_t i = 0; i < key.size(); ++i) {
    TRY(check_operator({.at = begin + i, .begin = begin, .in_word = true}));
  }
  if (key.empty()) return expected(begin, "the name of a field before \":\"");
  const auto bad = static_cast<std::size_t>(std::ranges::find_if_not(key, is_key) - key.begin());
  if (bad < key.size()) {
    return expected(begin + bad, "a letter, a digit or one of _ - . / in the name of a field");
  }
  at_ += colon + 1;
  return field_and_value(field_named(key));
}

Result<Parser::Operand> Parser::field_and_value(FieldName name) {
  if (!sees('(')) return Operand{.expression = TRY(term(name)), .field = name};
  group_ = name;
  auto values = TRY(brackets());
  group_.reset();
  return Operand{.expression = std::move(values), .field = name};
}

Result<Expression> Parser::brackets() {
  TRY(enter());
  const auto begin = at_++;
  auto inner = TRY(alternatives());
  if (at_end()) {
    return expected(at_, fmt::format("a \")\" for the \"(\" at column {}", column(begin)));
  }
  ++at_;
  --depth_;
  return inner;
}

Result<Expression> Parser::term(FieldName name) {
  const auto begin = at_;
  auto value = TRY(this->value(name.field));
  if (++terms_ > terms_max_) {
    return expected(begin, fmt::format("at most {} terms", terms_max_));
  }
  if (name.field == EntityField::has_definition &&
      (value.pattern || (value.text != "true" && value.text != "false"))) {
    return expected(begin, "true or false");
  }
  if (is_of_reference(name.field) || name.field == EntityField::word) {
    std::ranges::transform(value.text, value.text.begin(), to_lower);
  }
  if (!name.key.empty()) value.text.insert(0, std::string(name.key) + ':');
  Expression made;
  made.form = Expression::Form::term;
  made.term = {.field = name.field, .pattern = value.pattern, .value = std::move(value.text)};
  return made;
}

Result<Value> Parser::value(EntityField field) { return sees('"') ? quoted() : bare(field); }

Result<Value> Parser::quoted() {
  const auto begin = at_++;
  Value value;
  while (!sees('"')) {
    if (sees('\\')) {
      ++at_;
      if (!sees('"') && !sees('\\') && !at_end()) return expected(at_, "\\\" or \\\\");
    }
    if (at_end()) {
      return expected(at_, fmt::format("a quote to end the one at column {}", column(begin)));
    }
    value.text += text_[at_++];
  }
  ++at_;
  if (!at_end() && !is_space(text_[at_]) && !sees('(') && !sees(')')) {
    return expected(at_, "a space after the quote");
  }
  return value;
}

// The operators of other languages, which would be looked for in names and values and never found.
Result<void> Parser::check_operator(Place place) const {
  const auto rest = text_.substr(place.at);
  const bool begins = place.at == place.begin;
  const bool alone = begins && (rest.size() == 1 || ends_value(rest[1]));
  const auto instead = [&](std::string_view right, std::string_view wrong) {
    return expected(place.at, fmt::format("{} instead of \"{}\"; values that contain it stand in "
                                          "double quotes",
                                          right, wrong));
  };
  if (rest.starts_with("&&")) return instead("AND", "&&");
  if (rest.starts_with("||")) return instead("OR", "||");
  if (alone && rest[0] == '&') return instead("AND", "&");
  if (alone && rest[0] == '|') return instead("OR", "|");
  if (place.in_word && rest.starts_with("!=")) return instead("NOT field:value", "!=");
  if (begins && rest[0] == '!') return instead("NOT", "!");
  if (rest[0] != '=' || !(place.in_word || begins)) return {};
  const auto wrong = rest.substr(0, rest.starts_with("==") ? 2 : 1);
  return instead(place.in_word ? "\":\" between field and value" : "a value after the \":\"",
                 wrong);
}

Result<Value> Parser::bare(EntityField field) {
  Value value;
  const auto begin = at_;
  for (; !at_end() && !ends_value(text_[at_]); ++at_) {
    TRY(check_operator({.at = at_, .begin = begin, .in_word = field == EntityField::word}));
    const char c = text_[at_];
    if (c == '*' || c == '?') value.pattern = true;
    if (c != '*' || !value.text.ends_with('*')) value.text += c;
  }
  if (sees('"') || sees('\\')) return expected(at_, "the whole value in double quotes");
  if (value.text.empty()) return expected(at_, "a value");
  return value;
}

}  // namespace

Result<Expression> parse_expression(std::string_view text, std::string_view attribute,
                                    std::size_t terms_max) {
  return Parser(text, attribute, terms_max).parse();
}

}  // namespace scorekeeper
