// yaml-cpp tells what it reads as events, from which the tree is built bottom up: open_ holds the
// arrays and objects around the place that is being read. The events cannot be stopped, so after
// the first problem they are let pass.
#include "wire/yaml_reader.h"

#include <fmt/format.h>
#include <simdjson.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <utility>

#include "base/limits.h"
#include "wire/yaml_scalar.h"

namespace scorekeeper::wire {
namespace {

struct Place {
  int line = 0;  // from 0
  int column = 0;
};

struct Problem {
  Place place;
  std::string text;
};

Place place_of(const YAML::Mark& mark) { return {.line = mark.line, .column = mark.column}; }

// Counts what a copy of a tree takes.
void measure(const json::Tree& tree, std::size_t& values, std::size_t& bytes) {
  ++values;
  bytes += tree.text.size();
  for (const auto& child : tree.children) {
    bytes += child.name.size();
    measure(child, values, bytes);
  }
}

class TreeBuilder final : public YAML::EventHandler {
 public:
  json::Tree take() { return std::move(root_); }
  const std::optional<Problem>& problem() const { return problem_; }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { add(mark, anchor, {}); }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto known = anchors_.find(anchor);
    if (known == anchors_.end()) return fail(mark, "an alias that contains itself");
    if (!may_copy(mark, known->second)) return;
    add(mark, YAML::NullAnchor, known->second);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    if (problem_) return;
    if (has_forbidden_character(value)) return fail(mark, "a control character");
    if (wants_key()) return set_key(mark, tag, anchor, value);
    auto scalar = read_scalar(tag, value);
    if (!scalar) return fail(mark, fmt::format("\"{}\" is no value of tag {}", value, tag));
    add(mark, anchor, *std::move(scalar));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    begin(mark, anchor, tag, json::Tree::empty_array());
  }
  void OnSequenceEnd() override { end(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    begin(mark, anchor, tag, json::Tree::empty_object());
  }
  void OnMapEnd() override { end(); }

 private:
  struct Open {
    json::Tree tree;
    YAML::Mark mark;
    YAML::anchor_t anchor = YAML::NullAnchor;
    std::optional<std::string> key;  // of an object: whose value comes next
    bool merges = false;             // that value's members become the object's own
    std::optional<std::vector<json::Tree>> merged = {};
  };

  void fail(const YAML::Mark& mark, std::string text) {
    if (!problem_) problem_ = Problem{.place = place_of(mark), .text = std::move(text)};
  }

  bool wants_key() const {
    return !open_.empty() && open_.back().tree.is(json::Tree::Type::object) && !open_.back().key;
  }

  void set_key(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
               const std::string& name) {
    if (!is_text_tag(tag)) return fail(mark, "a mapping key must be text");
    if (anchor != YAML::NullAnchor) anchors_[anchor] = json::Tree::of_text(name);
    open_.back().key = name;
    open_.back().merges = tag == "?" && name == "<<";
  }

  // The value of the merge key <<: a mapping, or a list of them, whose first one wins.
  void merge(const YAML::Mark& mark, json::Tree value) {
    auto& around = open_.back();
    around.key.reset();
    if (around.merged) return fail(mark, "the merge key << occurs twice");
    if (value.is(json::Tree::Type::object)) {
      around.merged.emplace(std::move(value.children));
      return;
    }
    around.merged.emplace();
    for (auto& mapping : value.children) {
      if (!mapping.is(json::Tree::Type::object)) break;
      for (auto& member : mapping.children) around.merged->push_back(std::move(member));
      mapping.children.clear();
    }
    const bool good = value.is(json::Tree::Type::array) &&
                      std::ranges::all_of(value.children, [](const json::Tree& mapping) {
                        return mapping.is(json::Tree::Type::object);
                      });
    if (!good) fail(mark, "the merge key << needs a mapping, or a list of mappings");
  }

  // A member that the object has itself wins.
  static void add_merged(Open& done) {
    if (!done.merged) return;
    std::set<std::string_view> names;
    for (const auto& member : done.tree.children) names.insert(member.name);
    std::vector<json::Tree> fresh;
    for (auto& member : *done.merged) {
      if (names.insert(member.name).second) fresh.push_back(member);
    }
    std::ranges::move(fresh, std::back_inserter(done.tree.children));
  }

  void begin(const YAML::Mark& mark, YAML::anchor_t anchor, const std::string& tag,
             json::Tree tree) {
    if (problem_) return;
    if (wants_key()) return fail(mark, "a mapping key must be text");
    if (!is_collection_tag(tag, tree.is(json::Tree::Type::object))) {
      return fail(mark, fmt::format("tag {} is not supported", tag));
    }
    if (open_.size() == definition_depth_max) return fail(mark, "nested too deeply");
    open_.push_back({.tree = std::move(tree), .mark = mark, .anchor = anchor, .key = {}});
  }

  void end() {
    if (problem_) return;
    auto done = std::move(open_.back());
    open_.pop_back();
    if (const auto twice = json::find_repeated_name(done.tree)) {
      return fail(done.mark, fmt::format("member \"{}\" occurs twice", *twice));
    }
    add_merged(done);
    add(done.mark, done.anchor, std::move(done.tree));
  }

  // A value is complete: it goes into what it stands in.
  void add(const YAML::Mark& mark, YAML::anchor_t anchor, json::Tree value) {
    if (problem_) return;
    if (++values_ > tree_values_max) {
      return fail(mark, fmt::format("more than {} values", tree_values_max));
    }
    if (anchor != YAML::NullAnchor) {
      if (!may_copy(mark, value)) return;
      anchors_[anchor] = value;
    }
    if (open_.empty()) {
      root_ = std::move(value);
    } else if (auto& around = open_.back(); around.tree.is(json::Tree::Type::array)) {
      around.tree.children.push_back(std::move(value));
    } else if (around.key && around.merges) {
      merge(mark, std::move(value));
    } else if (around.key) {
      value.name = *std::move(around.key);
      around.tree.children.push_back(std::move(value));
      around.key.reset();
    } else if (value.is(json::Tree::Type::string)) {  // an alias
      around.key = std::move(value.text);
      around.merges = false;
    } else {
      fail(mark, "a mapping key must be text");
    }
  }

  // Anchors and aliases copy: what they copy in all is bounded, so that a few bytes cannot become
  // many.
  bool may_copy(const YAML::Mark& mark, const json::Tree& tree) {
    if (problem_) return false;
    measure(tree, copied_values_, copied_bytes_);
    if (open_.size() + json::depth_of(tree) > definition_depth_max) {
      fail(mark, "nested too deeply");
    } else if (copied_values_ > alias_values_max || copied_bytes_ > alias_bytes_max) {
      fail(mark, "aliases that expand to too much");
    }
    return !problem_;
  }

  json::Tree root_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, json::Tree> anchors_;
  std::size_t values_ = 0;
  std::size_t copied_values_ = 0;
  std::size_t copied_bytes_ = 0;
  std::optional<Problem> problem_;
};

Error malformed(const YamlDocument& document, const Problem& problem) {
  const auto line = static_cast<std::size_t>(std::max(problem.place.line, 0));
  return invalid(fmt::format("malformed YAML at line {}, column {}: {}", document.first_line + line,
                             std::max(problem.place.column, 0) + 1, problem.text));
}

// yaml-cpp tells of some of these tabs as something else.
bool is_indented_by_tab(std::string_view text, int line) {
  for (; line > 0 && !text.empty(); --line) {
    const auto end = text.find('\n');
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return text.substr(0, text.find_first_not_of(" \t")).contains('\t');
}

// The one place where this folder meets an exception: yaml-cpp tells malformed text in no other
// way.
std::optional<Problem> build(std::string_view text, TreeBuilder& builder) {
  std::istringstream stream{std::string(text)};
  try {
    YAML::Parser parser(stream);
    parser.HandleNextDocument(builder);
    if (builder.problem()) return builder.problem();
    TreeBuilder second;
    if (parser.HandleNextDocument(second)) {
      return Problem{.place = {}, .text = "expected one document"};
    }
  } catch (const YAML::Exception& error) {
    const bool tab = is_indented_by_tab(text, error.mark.line);
    return Problem{.place = place_of(error.mark),
                   .text = tab ? "a tab as indentation; YAML takes spaces only" : error.msg};
  }
  return std::nullopt;
}

std::string_view without_line_ending(std::string_view line) {
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

bool is_marker(std::string_view line, std::string_view marker) {
  return line.starts_with(marker) && (line.size() == 3 || line[3] == ' ' || line[3] == '\t');
}

// Comments, directives and empty lines.
bool says_nothing(std::string_view text) {
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    const auto first = line.find_first_not_of(" \t\r");
    if (first == std::string_view::npos || line[first] == '#' || line[0] == '%') continue;
    return false;
  }
  return true;
}

// By its byte order mark, or by the zero byte of its first character, as YAML tells it.
bool is_utf_16(std::string_view text) {
  return text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff") ||
         (text.size() > 1 && (text[0] == '\0') != (text[1] == '\0'));
}

}  // namespace

std::vector<YamlDocument> split_yaml(std::string_view stream) {
  if (stream.starts_with("\xef\xbb\xbf")) stream.remove_prefix(3);
  std::vector<YamlDocument> documents;
  std::size_t begin = 0;
  std::size_t first_line = 1;
  const auto close = [&](std::size_t end) {
    const auto text = stream.substr(begin, end - begin);
    if (!says_nothing(text)) documents.push_back({.text = text, .first_line = first_line});
  };
  std::size_t line_number = 1;
  for (std::size_t at = 0; at < stream.size(); ++line_number) {
    const auto end = std::min(stream.find('\n', at), stream.size() - 1) + 1;
    const auto line = without_line_ending(stream.substr(at, end - at));
    if (is_marker(line, "---") || is_marker(line, "...")) {
      close(at);
      begin = line.size() == 3 ? end : at + 3;
      first_line = line.size() == 3 ? line_number + 1 : line_number;
    }
    at = end;
  }
  close(stream.size());
  return documents;
}

Result<json::Tree> read_yaml(const YamlDocument& document) {
  const auto text = document.text;
  if (is_utf_16(text)) {
    return invalid("malformed YAML: the text is encoded as UTF-16; save it as UTF-8");
  }
  if (!simdjson::validate_utf8(text.data(), text.size())) {
    return invalid("malformed YAML: invalid UTF-8");
  }
  if (has_forbidden_character(text)) return invalid("malformed YAML: a control character");
  TreeBuilder builder;
  if (const auto problem = build(text, builder)) return malformed(document, *problem);
  return builder.take();
}

}  // namespace scorekeeper::wire
