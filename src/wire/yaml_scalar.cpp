#include "wire/yaml_scalar.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>

#include "json/syntax.h"

namespace scorekeeper::wire {
namespace {

constexpr std::string_view core = "tag:yaml.org,2002:";

json::Tree scalar(json::Tree::Type type, std::string_view text) {
  json::Tree tree = json::Tree::of_text(text);
  tree.type = type;
  return tree;
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::ranges::find(words, text) != words.end();
}

std::optional<json::Tree> read_null(std::string_view value) {
  if (is_one_of(value, {"", "~", "null", "Null", "NULL"})) return json::Tree();
  return std::nullopt;
}

std::optional<json::Tree> read_boolean(std::string_view value) {
  if (is_one_of(value, {"true", "True", "TRUE"})) return scalar(json::Tree::Type::boolean, "true");
  if (is_one_of(value, {"false", "False", "FALSE"}))
    return scalar(json::Tree::Type::boolean, "false");
  return std::nullopt;
}

// 0o17, 0xff
std::optional<json::Tree> read_based_number(std::string_view value) {
  const int base = value.starts_with("0o") ? 8 : value.starts_with("0x") ? 16 : 0;
  if (base == 0 || value.size() == 2) return std::nullopt;
  std::uint64_t number = 0;
  const auto* end = value.data() + value.size();
  const auto read = std::from_chars(value.data() + 2, end, number, base);
  if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
  return scalar(json::Tree::Type::number, std::to_string(number));
}

// [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)? becomes a JSON number: no plus sign, no
// leading zeros, digits on both sides of the point or no point.
std::optional<json::Tree> read_decimal(std::string_view value) {
  std::string number;
  if (value.starts_with('-')) number = "-";
  if (value.starts_with('-') || value.starts_with('+')) value.remove_prefix(1);
  const auto exponent = std::min(value.find_first_of("eE"), value.size());
  const auto mantissa = value.substr(0, exponent);
  const auto point = std::min(mantissa.find('.'), mantissa.size());
  auto whole = mantissa.substr(0, point);
  const auto fraction = mantissa.substr(std::min(point + 1, mantissa.size()));
  if (whole.empty() && fraction.empty()) return std::nullopt;
  while (whole.size() > 1 && whole.starts_with('0')) whole.remove_prefix(1);
  number += whole.empty() ? "0" : whole;
  if (!fraction.empty()) {
    number += '.';
    number += fraction;
  }
  number += value.substr(exponent);
  if (!json::is_json_number(number)) return std::nullopt;
  return scalar(json::Tree::Type::number, number);
}

std::optional<json::Tree> read_number(std::string_view value) {
  auto number = read_based_number(value);
  return number ? number : read_decimal(value);
}

}  // namespace

std::optional<json::Tree> read_scalar(std::string_view tag, std::string_view value) {
  if (tag == "?") {
    if (auto null = read_null(value)) return null;
    if (auto boolean = read_boolean(value)) return boolean;
    if (auto number = read_number(value)) return number;
    return json::Tree::of_text(value);
  }
  if (is_text_tag(tag)) return json::Tree::of_text(value);
  if (!tag.starts_with(core)) return std::nullopt;
  const auto name = tag.substr(core.size());
  if (name == "null") return read_null(value);
  if (name == "bool") return read_boolean(value);
  if (name == "int" || name == "float") return read_number(value);
  return std::nullopt;
}

bool is_text_tag(std::string_view tag) {
  return tag == "?" || tag == "!" || (tag.starts_with(core) && tag.substr(core.size()) == "str");
}

bool is_collection_tag(std::string_view tag, bool mapping) {
  if (tag.empty() || tag == "?" || tag == "!") return true;
  return tag.starts_with(core) && tag.substr(core.size()) == (mapping ? "map" : "seq");
}

bool has_forbidden_character(std::string_view text) {
  return std::ranges::any_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7f;
  });
}

}  // namespace scorekeeper::wire
