#include "json/reader.h"

#include <fmt/format.h>

#include <charconv>
#include <limits>

#include "json/syntax.h"

namespace scorekeeper::json {
namespace {

// Larger bodies are rare and get a parser of their own, so that a thread does not keep the memory.
constexpr std::size_t kept_parser_bytes_max = 1 << 20;

simdjson::ondemand::parser& parser_of_this_thread() {
  static thread_local simdjson::ondemand::parser parser;
  return parser;
}

// A scalar that is no string, as it stands in the text.
std::string_view token_of(simdjson::ondemand::value& value) {
  auto token = value.raw_json_token();
  while (!token.empty() && std::string_view(" \t\n\r").find(token.back()) < 4) {
    token.remove_suffix(1);
  }
  return token;
}

bool is_scalar(std::string_view token) {
  return token == "null" || token == "true" || token == "false" || is_json_number(token);
}

// "/name" of a JSON pointer (RFC 6901).
std::string pointer_step(std::string_view name) {
  std::string step = "/";
  for (const char c : name) {
    if (c == '~') {
      step += "~0";
    } else if (c == '/') {
      step += "~1";
    } else {
      step += c;
    }
  }
  return step;
}

}  // namespace

Reader::Reader(std::string& text, std::size_t values_max)
    : text_(text),
      own_parser_(text.size() > kept_parser_bytes_max
                      ? std::optional<simdjson::ondemand::parser>(std::in_place)
                      : std::nullopt),
      parser_(own_parser_ ? *own_parser_ : parser_of_this_thread()),
      values_max_(values_max) {
  text_.reserve(text_.size() + simdjson::SIMDJSON_PADDING);
}

bool has_valid_escapes(std::string_view text) {
  return text.find('\0') == std::string_view::npos &&
         simdjson::validate_utf8(text.data(), text.size());
}

bool Reader::is_acceptable() const { return !find_syntax_error(text_); }

bool Reader::at_end(simdjson::ondemand::document& document) {
  const char* location = nullptr;
  return document.current_location().get(location) == simdjson::OUT_OF_BOUNDS;
}

bool Reader::boolean(Value value, bool& flag, Read& outcome) {
  const auto token = token_of(value);
  if (token != "true" && token != "false") return other_type(value, outcome);
  flag = token == "true";
  outcome = Read::ok;
  return true;
}

bool Reader::integer(Value value, std::int64_t& number, Read& outcome) {
  const auto token = token_of(value);
  if (!is_json_number(token) || token.find_first_of(".eE") != std::string_view::npos) {
    return other_type(value, outcome);
  }
  const auto read = std::from_chars(token.data(), token.data() + token.size(), number);
  if (read.ec != std::errc()) {
    number = token.starts_with('-') ? std::numeric_limits<std::int64_t>::min()
                                    : std::numeric_limits<std::int64_t>::max();
  }
  outcome = Read::ok;
  return true;
}

bool Reader::other_type(Value value, Read& outcome) {
  outcome = token_of(value) == "null" ? Read::null : Read::wrong_type;
  return skip(value);
}

bool Reader::skip(Value value) {
  switch (*value.raw_json_token().data()) {
    case '"':
      return skip_string(value);
    case '{':
      return skip_object(value);
    case '[':
      return skip_array(value);
    default:
      return is_scalar(token_of(value));
  }
}

bool Reader::skip_string(Value value) {
  std::string_view text;
  Read outcome = Read::ok;
  return string(value, text, outcome);
}

bool Reader::skip_object(Value value) {
  simdjson::ondemand::object object;
  if (value.get_object().get(object) != simdjson::SUCCESS || !descend()) return false;
  for (auto result : object) {
    simdjson::ondemand::field field;
    if (std::move(result).get(field) != simdjson::SUCCESS) return false;
    std::string_view name;
    if (!unescaped_key(field, name) || !skip(field.value())) return false;
  }
  --depth_;
  return true;
}

bool Reader::skip_array(Value value) {
  simdjson::ondemand::array array;
  if (value.get_array().get(array) != simdjson::SUCCESS || !descend()) return false;
  for (auto result : array) {
    Value element;
    if (std::move(result).get(element) != simdjson::SUCCESS || !skip(element)) return false;
  }
  --depth_;
  return true;
}

bool Reader::tree(Value value, Tree& tree) {
  if (++values_ > values_max_) return false;
  switch (*value.raw_json_token().data()) {
    case '"': {
      std::string_view text;
      Read outcome = Read::ok;
      if (!string(value, text, outcome)) return false;
      tree.type = Tree::Type::string;
      tree.text = text;
      return true;
    }
    case '{':
      return tree_of_object(value, tree);
    case '[':
      return tree_of_array(value, tree);
    default: {
      const auto token = token_of(value);
      if (token == "true" || token == "false") {
        tree.type = Tree::Type::boolean;
      } else if (is_json_number(token)) {
        tree.type = Tree::Type::number;
      } else {
        return token == "null";
      }
      tree.text = token;
      return true;
    }
  }
}

bool Reader::tree_of_object(Value value, Tree& tree) {
  tree.type = Tree::Type::object;
  simdjson::ondemand::object object;
  if (value.get_object().get(object) != simdjson::SUCCESS || !descend()) return false;
  for (auto result : object) {
    simdjson::ondemand::field field;
    if (std::move(result).get(field) != simdjson::SUCCESS) return false;
    std::string_view name;
    if (!unescaped_key(field, name)) return false;
    auto& member = tree.children.emplace_back();
    member.name = name;
    if (!this->tree(field.value(), member)) {
      prepend(member.name);
      return false;
    }
  }
  --depth_;
  const auto twice = find_repeated_name(tree);
  return !twice || duplicate(*twice);
}

bool Reader::tree_of_array(Value value, Tree& tree) {
  tree.type = Tree::Type::array;
  simdjson::ondemand::array array;
  if (value.get_array().get(array) != simdjson::SUCCESS || !descend()) return false;
  for (auto result : array) {
    Value element;
    if (std::move(result).get(element) != simdjson::SUCCESS) return false;
    if (!this->tree(element, tree.children.emplace_back())) {
      prepend(std::to_string(tree.children.size() - 1));
      return false;
    }
  }
  --depth_;
  return true;
}

bool Reader::tree_document(Tree& tree) {
  const simdjson::padded_string_view padded(text_.data(), text_.size(), text_.capacity());
  simdjson::ondemand::document document;
  if (parser_.iterate(padded).get(document) != simdjson::SUCCESS) return false;
  Value value;
  if (document.get_value().get(value) != simdjson::SUCCESS) return false;
  return this->tree(value, tree) && at_end(document);
}

bool Reader::unescaped_key(simdjson::ondemand::field& field, std::string_view& name) {
  const char* raw = field.key().raw() - 1;
  if (field.unescaped_key().get(name) != simdjson::SUCCESS) return false;
  return !had_escapes(raw, name) || has_valid_escapes(name);
}

bool Reader::duplicate(std::string_view name) {
  repeated_name_ = name;
  repeated_ = pointer_step(name);
  return false;
}

void Reader::prepend(std::string_view name) {
  if (!repeated_.empty()) repeated_.insert(0, pointer_step(name));
}

// A repeated name stops the reading, so that the text after it may be no JSON at all: that is told
// first.
Error Reader::error() const {
  if (const auto error = find_syntax_error(text_)) {
    return invalid(fmt::format("malformed JSON at byte {}: {}", error->offset, error->problem));
  }
  if (values_ > values_max_) {
    return invalid(fmt::format("the document must have at most {} values", values_max_));
  }
  if (repeated_.empty()) return invalid("malformed JSON");  // the fuzzers look for such a text
  return invalid(fmt::format("member \"{}\" occurs twice", repeated_name_), repeated_);
}

}  // namespace scorekeeper::json
