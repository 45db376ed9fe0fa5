// Reads one JSON document strictly, over simdjson's on-demand parser. On-demand alone lets bad text
// pass in whatever is not asked for; here every member is visited once and every value is either
// read or checked, names may not repeat in the objects that are read, and nothing may follow the
// document.
//
// A document that is not acceptable JSON makes each function return false at once; error() then
// tells why, with the byte. A value of the wrong type does not: it is checked, passed over and told
// as Read::wrong_type, so that the caller can go on and list every bad item of a batch.
//
// Parse-local: it borrows this thread's parser and the text, and its views die with it. For
// .cpp files only: it is the one header that shows simdjson.
#pragma once

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "json/tree.h"

namespace scorekeeper::json {

enum class Read { ok, null, wrong_type };

class Reader {
 public:
  using Value = simdjson::ondemand::value;

  // `text` may grow in capacity by simdjson's padding.
  explicit Reader(std::string& text, std::size_t values_max = tree_values_max);
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  // The whole document, which must be an object. on_member(index of the name, value) must read or
  // skip the value and pass on the false of the function that did so. wrong_type: not an object.
  template <std::size_t count, class OnMember>
  bool document(const std::array<std::string_view, count>& names, OnMember on_member,
                Read& outcome);

  // The members of an object that are in `names`; the others are checked and ignored, and their
  // names put into `ignored` where there is one.
  template <std::size_t count, class OnMember>
  bool object(Value value, const std::array<std::string_view, count>& names, OnMember on_member,
              Read& outcome, std::vector<std::string>* ignored = nullptr);
  // on_element(index, value) as on_member.
  template <class OnElement>
  bool array(Value value, OnElement on_element, Read& outcome);
  // The view is good until the reader dies.
  bool string(Value value, std::string_view& text, Read& outcome);
  bool boolean(Value value, bool& flag, Read& outcome);
  // A whole number without fraction or exponent; wrong_type for any other. Over the range of int64:
  // the nearest.
  bool integer(Value value, std::int64_t& number, Read& outcome);
  // Any value: checked, not read.
  bool skip(Value value);
  // Any value, read. Here names may repeat in no object at all, and there are at most `values_max`
  // values in a document.
  bool tree(Value value, Tree& tree);
  // The whole document, which must be an object or an array.
  bool tree_document(Tree& tree);

  // The error for which a function returned false.
  Error error() const;

 private:
  template <std::size_t count, class OnMember>
  bool members(simdjson::ondemand::object object, const std::array<std::string_view, count>& names,
               OnMember& on_member, std::vector<std::string>* ignored = nullptr);
  bool skip_string(Value value);
  bool skip_object(Value value);
  bool skip_array(Value value);
  bool tree_of_object(Value value, Tree& tree);
  bool tree_of_array(Value value, Tree& tree);
  // A value that is not what was asked for: null or of another type.
  bool other_type(Value value, Read& outcome);
  bool unescaped_key(simdjson::ondemand::field& field, std::string_view& name);
  bool duplicate(std::string_view name);
  bool is_acceptable() const;
  static bool at_end(simdjson::ondemand::document& document);
  bool descend() { return ++depth_ <= json_depth_max; }
  void prepend(std::string_view name);  // to the pointer of a repeated name, while unwinding

  std::string& text_;
  std::optional<simdjson::ondemand::parser> own_parser_;
  simdjson::ondemand::parser& parser_;
  std::size_t depth_ = 0;
  std::size_t values_max_;
  std::size_t values_ = 0;     // in trees
  std::string repeated_name_;  // of a member that occurs twice
  std::string repeated_;       // the pointer to it
};

// --- the hot path: what a template needs

// A string read from an escape may hold U+0000 or half a surrogate pair, which simdjson lets pass.
bool has_valid_escapes(std::string_view text);
// Whether `raw`, from the opening quote on, had an escape, told by what stands after `text.size()`
// bytes: the closing quote when every byte stands for itself.
inline bool had_escapes(const char* raw, std::string_view text) {
  return raw[text.size() + 1] != '"' || (!text.empty() && raw[text.size()] == '\\');
}

inline bool Reader::string(Value value, std::string_view& text, Read& outcome) {
  const char* raw = value.raw_json_token().data();
  if (*raw != '"') return other_type(value, outcome);
  if (value.get_string().get(text) != simdjson::SUCCESS) return false;
  outcome = Read::ok;
  return !had_escapes(raw, text) || has_valid_escapes(text);
}

template <std::size_t count, class OnMember>
bool Reader::members(simdjson::ondemand::object object,
                     const std::array<std::string_view, count>& names, OnMember& on_member,
                     std::vector<std::string>* ignored) {
  static_assert(count <= 32);
  if (!descend()) return false;
  std::uint32_t seen = 0;
  std::size_t guess = 0;  // members mostly come in the order of `names`
  std::vector<std::string_view> others;
  for (auto result : object) {
    simdjson::ondemand::field field;
    if (std::move(result).get(field) != simdjson::SUCCESS) return false;
    std::size_t index = count;
    for (std::size_t tried = 0; tried < count && index == count; ++tried) {
      const auto candidate = guess + tried < count ? guess + tried : guess + tried - count;
      if (field.key() == names[candidate]) index = candidate;
    }
    if (index == count) {  // unknown, or known but written with escapes
      std::string_view name;
      if (!unescaped_key(field, name)) return false;
      for (std::size_t i = 0; i < count; ++i) {
        if (names[i] == name) index = i;
      }
      if (index == count) {
        others.push_back(name);
        if (!skip(field.value())) return false;
        continue;
      }
    }
    if ((seen >> index & 1U) != 0) return duplicate(names[index]);
    seen |= 1U << index;
    guess = index + 1 < count ? index + 1 : 0;
    if (!on_member(index, field.value())) {
      prepend(names[index]);
      return false;
    }
  }
  --depth_;
  if (ignored != nullptr) ignored->assign(others.begin(), others.end());
  if (others.size() > 1) {
    std::ranges::sort(others);
    const auto twice = std::ranges::adjacent_find(others);
    if (twice != others.end()) return duplicate(*twice);
  }
  return true;
}

template <std::size_t count, class OnMember>
bool Reader::object(Value value, const std::array<std::string_view, count>& names,
                    OnMember on_member, Read& outcome, std::vector<std::string>* ignored) {
  if (*value.raw_json_token().data() != '{') return other_type(value, outcome);
  simdjson::ondemand::object object;
  if (value.get_object().get(object) != simdjson::SUCCESS) return false;
  outcome = Read::ok;
  return members(object, names, on_member, ignored);
}

template <class OnElement>
bool Reader::array(Value value, OnElement on_element, Read& outcome) {
  if (*value.raw_json_token().data() != '[') return other_type(value, outcome);
  simdjson::ondemand::array array;
  if (value.get_array().get(array) != simdjson::SUCCESS || !descend()) return false;
  outcome = Read::ok;
  std::size_t index = 0;
  for (auto result : array) {
    Value element;
    if (std::move(result).get(element) != simdjson::SUCCESS) return false;
    if (!on_element(index, element)) {
      prepend(std::to_string(index));
      return false;
    }
    ++index;
  }
  --depth_;
  return true;
}

template <std::size_t count, class OnMember>
bool Reader::document(const std::array<std::string_view, count>& names, OnMember on_member,
                      Read& outcome) {
  const simdjson::padded_string_view padded(text_.data(), text_.size(), text_.capacity());
  simdjson::ondemand::document document;
  if (parser_.iterate(padded).get(document) != simdjson::SUCCESS) return false;
  simdjson::ondemand::object object;
  if (document.get_object().get(object) != simdjson::SUCCESS) {
    outcome = Read::wrong_type;
    return is_acceptable();
  }
  outcome = Read::ok;
  return members(object, names, on_member) && at_end(document);
}

}  // namespace scorekeeper::json
