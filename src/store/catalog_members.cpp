#include "store/catalog_members.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <chrono>
#include <tuple>
#include <utility>

#include "store/catalog_body.h"
#include "store/json_text.h"
#include "store/sha256.h"

namespace scorekeeper::store {
namespace {

template <class Number>
std::optional<Number> read_digits(std::string_view text) {
  Number number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return number;
}

constexpr std::string_view stand_in_begin = "(";
constexpr std::string_view stand_in_middle = " bytes, SHA-256 ";
constexpr std::string_view stand_in_end = ")";
constexpr std::size_t sha256_digits = 64;

bool is_sha256(std::string_view text) {
  return text.size() == sha256_digits &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// Nobody sends such a text as a definition: it is none.
std::optional<TextDigest> parse_stand_in(std::string_view text) {
  if (!text.starts_with(stand_in_begin) || !text.ends_with(stand_in_end)) return std::nullopt;
  text.remove_prefix(stand_in_begin.size());
  text.remove_suffix(stand_in_end.size());
  const auto middle = text.find(stand_in_middle);
  if (middle == std::string_view::npos) return std::nullopt;
  const auto bytes = read_digits<std::uint64_t>(text.substr(0, middle));
  const auto sha256 = text.substr(middle + stand_in_middle.size());
  if (!bytes || !is_sha256(sha256)) return std::nullopt;
  return TextDigest{.bytes = *bytes, .sha256 = std::string(sha256)};
}

// Whether it is read and written back as it is, so that it can stand between other JSON.
bool is_compact_json(const std::string& text) {
  if (text.empty()) return false;
  std::string copy = text;
  const auto tree = json::read_json(copy, std::string::npos);
  return tree && tree->is(json::Tree::Type::object) && json::write_tree(*tree) == text;
}

bool is_text(const json::Tree& tree) { return tree.is(json::Tree::Type::string); }

}  // namespace

bool is_canonical(std::string_view reference) {
  const auto colon = reference.find(':');
  return colon != std::string_view::npos && reference.find('/', colon) != std::string_view::npos;
}

std::string write_log_time(Time time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", int{date.year()},
                     unsigned{date.month()}, unsigned{date.day()}, clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count(), clock.subseconds().count());
}

std::optional<Time> parse_log_time(std::string_view text) {
  constexpr std::string_view form = "0000-00-00T00:00:00.000000Z";
  if (text.size() != form.size()) return std::nullopt;
  for (std::size_t i = 0; i < form.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (form[i] == '0' ? !digit : text[i] != form[i]) return std::nullopt;
  }
  const auto number = [&](std::size_t at, std::size_t digits) {
    return read_digits<int>(text.substr(at, digits)).value_or(0);
  };
  const std::chrono::year_month_day date(std::chrono::year(number(0, 4)),
                                         std::chrono::month(static_cast<unsigned>(number(5, 2))),
                                         std::chrono::day(static_cast<unsigned>(number(8, 2))));
  if (!date.ok() || number(11, 2) > 23 || number(14, 2) > 59 || number(17, 2) > 59) {
    return std::nullopt;
  }
  return Time(std::chrono::sys_days(date)) + std::chrono::hours(number(11, 2)) +
         std::chrono::minutes(number(14, 2)) + std::chrono::seconds(number(17, 2)) +
         std::chrono::microseconds(number(20, 6));
}

TextDigest digest_of(std::string_view text) {
  if (auto known = parse_stand_in(text)) return *std::move(known);
  TextDigest digest{.bytes = text.size(), .sha256 = {}};
  for (const auto byte : sha256_of({text})) {
    digest.sha256 += fmt::format("{:02x}", std::to_integer<unsigned>(byte));
  }
  return digest;
}

std::string stand_in(const TextDigest& digest) {
  return fmt::format("{}{}{}{}{}", stand_in_begin, digest.bytes, stand_in_middle, digest.sha256,
                     stand_in_end);
}

void note_texts(EntityDefinition& definition) {
  auto digest = digest_of(definition.raw);
  definition.noted = {.known = true,
                      .schema_is_compact = is_compact_json(definition.schema),
                      .raw_bytes = digest.bytes,
                      .raw_sha256 = std::move(digest.sha256)};
}

void MemberWriter::put(std::string_view name, std::string_view json) {
  if (!written_.empty()) written_ += ',';
  append_quoted(written_, name);
  written_ += ':';
  const std::size_t begin = written_.size();
  written_ += json;
  pieces_.push_back({.name = name, .begin = begin, .end = written_.size()});
}

void MemberWriter::text(std::string_view name, std::string_view value) {
  std::string json;
  append_quoted(json, value);
  put(name, json);
}

void MemberWriter::number(std::string_view name, std::uint64_t value) {
  put(name, std::to_string(value));
}

void MemberWriter::texts(std::string_view name, const std::vector<std::string>& values) {
  std::string json = "[";
  for (const auto& value : values) {
    if (json.size() > 1) json += ',';
    append_quoted(json, value);
  }
  put(name, json += ']');
}

void MemberWriter::numbers(std::string_view name, const std::vector<RuleNumber>& values) {
  std::string json = "[";
  for (const auto value : values) {
    if (json.size() > 1) json += ',';
    json += std::to_string(value.number);
  }
  put(name, json += ']');
}

void MemberWriter::scopes(std::string_view name, ScopeSet scopes) {
  std::vector<std::string> names;
  std::string rest = write_scopes(scopes);
  while (!rest.empty()) {
    const auto comma = std::min(rest.find(','), rest.size());
    names.push_back(rest.substr(0, comma));
    rest.erase(0, comma + 1);
  }
  texts(name, names);
}

// Sorted: the order says nothing, and a store has another one than the API.
void MemberWriter::relations(std::string_view name, std::vector<Relation> relations) {
  std::ranges::sort(relations, {}, [](const Relation& relation) {
    return std::tie(relation.from, relation.type, relation.to);
  });
  std::string json = "[";
  for (const auto& relation : relations) {
    if (json.size() > 1) json += ',';
    json += R"({"type":)";
    append_quoted(json, relation.type);
    json += R"(,"from":)";
    append_quoted(json, relation.from);
    json += R"(,"to":)";
    append_quoted(json, relation.to);
    json += '}';
  }
  put(name, json += ']');
}

void MemberWriter::json(std::string_view name, const std::string& text, const NotedTexts& noted) {
  if (noted.known ? noted.schema_is_compact : is_compact_json(text)) {
    put(name, text);
  } else {
    this->text(name, text);
  }
}

void MemberWriter::digest(const std::string& text, const NotedTexts& noted) {
  if (text.empty()) return;
  const auto digest = noted.known ? TextDigest{.bytes = noted.raw_bytes, .sha256 = noted.raw_sha256}
                                  : digest_of(text);
  this->text("raw_sha256", digest.sha256);
  number("raw_bytes", digest.bytes);
}

const json::Tree* MemberReader::find(std::string_view name, json::Tree::Type type) {
  const auto* member = object_.find(name);
  if (member == nullptr) {
    if (complete_) fail(name);
    return nullptr;
  }
  if (!member->is(type)) {
    fail(name);
    return nullptr;
  }
  return member;
}

std::optional<bool> MemberReader::has(std::string_view name) const {
  const auto* member = object_.find(name);
  if (member == nullptr) return complete_ ? std::optional(false) : std::nullopt;
  return !member->is(json::Tree::Type::null);
}

bool MemberReader::whole(std::string_view name, std::uint64_t& value) {
  const auto* member = find(name, json::Tree::Type::number);
  if (member == nullptr) return false;
  const auto read = read_digits<std::uint64_t>(member->text);
  if (!read) {
    fail(name);
    return false;
  }
  value = *read;
  return true;
}

void MemberReader::text(std::string_view name, std::string& value) {
  if (const auto* member = find(name, json::Tree::Type::string)) value = member->text;
}

void MemberReader::flag(std::string_view name, bool& value) {
  if (const auto* member = find(name, json::Tree::Type::boolean)) value = member->text == "true";
}

void MemberReader::time(std::string_view name, Time& value) {
  const auto* member = find(name, json::Tree::Type::string);
  if (member == nullptr) return;
  const auto time = parse_log_time(member->text);
  time ? void(value = *time) : fail(name);
}

void MemberReader::optional_time(std::string_view name, std::optional<Time>& value) {
  const auto present = has(name);
  if (present == false) value.reset();
  if (present == true) time(name, value.emplace());
}

void MemberReader::texts(std::string_view name, std::vector<std::string>& values) {
  const auto* member = find(name, json::Tree::Type::array);
  if (member == nullptr) return;
  values.clear();
  for (const auto& element : member->children) {
    if (!is_text(element)) return fail(name);
    values.push_back(element.text);
  }
}

void MemberReader::numbers(std::string_view name, std::vector<RuleNumber>& values) {
  const auto* member = find(name, json::Tree::Type::array);
  if (member == nullptr) return;
  values.clear();
  for (const auto& element : member->children) {
    const auto number = read_digits<std::uint32_t>(element.text);
    if (!element.is(json::Tree::Type::number) || !number) return fail(name);
    values.push_back({*number});
  }
}

void MemberReader::scopes(std::string_view name, ScopeSet& scopes) {
  std::vector<std::string> names;
  if (find(name, json::Tree::Type::array) == nullptr) return;
  texts(name, names);
  ScopeSet read;
  for (const auto& one : names) {
    const auto scope = parse_scopes(one);
    if (!scope) return fail(name);
    read.add(*scope);
  }
  scopes = read;
}

void MemberReader::relations(std::string_view name, std::vector<Relation>& relations) {
  const auto* member = find(name, json::Tree::Type::array);
  if (member == nullptr) return;
  relations.clear();
  for (const auto& element : member->children) {
    const auto* type = element.find("type");
    const auto* from = element.find("from");
    const auto* to = element.find("to");
    for (const auto* part : {type, from, to}) {
      if (part == nullptr || !is_text(*part)) return fail(name);
    }
    if (!is_canonical(from->text) || !is_canonical(to->text)) return fail(name);
    relations.push_back({.type = type->text, .from = from->text, .to = to->text});
  }
}

void MemberReader::json(std::string_view name, std::string& text, const NotedTexts& /*noted*/) {
  const auto* member = object_.find(name);
  if (member != nullptr && member->is(json::Tree::Type::object)) {
    text = json::write_tree(*member);
  } else {
    this->text(name, text);
  }
}

void MemberReader::digest(std::string& text, const NotedTexts& /*noted*/) {
  const auto sha256 = has("raw_sha256");
  const auto bytes = has("raw_bytes");
  if (sha256 == false && bytes == false) text.clear();
  if (!sha256.value_or(false) && !bytes.value_or(false)) return;
  // An update may change one of both alone.
  auto digest = parse_stand_in(text).value_or(TextDigest{});
  this->text("raw_sha256", digest.sha256);
  number("raw_bytes", digest.bytes);
  if (!is_sha256(digest.sha256)) return fail("raw_sha256");
  text = stand_in(digest);
}

}  // namespace scorekeeper::store
