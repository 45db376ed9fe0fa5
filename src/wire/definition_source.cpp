#include "wire/definition_source.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <utility>

#include "json/syntax.h"
#include "wire/yaml_reader.h"

namespace scorekeeper::wire {
namespace {

using Sources = std::vector<DefinitionSource>;

Error too_many(const Limits& limits) {
  return invalid(fmt::format("the body must have at most {} definitions", limits.definitions_max));
}

char first_of(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  return first == std::string_view::npos ? '\0' : text[first];
}

bool looks_like_json(std::string_view text) {
  return first_of(text) == '{' || first_of(text) == '[';
}

// The text in a body that is one JSON string.
std::optional<std::string> text_in_string(std::string_view body) {
  if (first_of(body) != '"') return std::nullopt;
  auto array = fmt::format("[{}]", body);
  auto tree = json::read_json(array);
  if (!tree || tree->children.size() != 1 || !tree->children[0].is(json::Tree::Type::string)) {
    return std::nullopt;
  }
  return std::move(tree->children[0].text);
}

// A document, or each element of one that is an array.
void append(json::Tree tree, std::string_view text, Sources& sources) {
  if (!tree.is(json::Tree::Type::array)) {
    sources.push_back({.tree = std::move(tree), .raw = std::string(text), .pointer = {}});
    return;
  }
  for (auto& element : tree.children) {
    auto raw = json::write_tree(element);
    sources.push_back({.tree = std::move(element), .raw = std::move(raw), .pointer = {}});
  }
}

Error too_long(const Limits& limits, std::string pointer) {
  return invalid(
      fmt::format("a definition must have at most {} bytes", limits.definition_bytes_max),
      std::move(pointer));
}

// Bounds the documents before they are read, and their values together: YAML is slow to read and
// its trees are larger than its text.
Result<Sources> read_yaml_stream(std::string_view body, const Limits& limits,
                                 const Cancelled& cancelled) {
  if (body.size() > yaml_bytes_max) {
    return make_error(Code::too_large,
                      fmt::format("the YAML of one request has at most {} bytes: send JSON, or "
                                  "several requests",
                                  yaml_bytes_max));
  }
  Sources sources;
  std::size_t values = 0;
  const auto documents = split_yaml(body);
  for (const auto& document : documents) {
    TRY(check_wanted(cancelled));
    if (document.text.size() > limits.definition_bytes_max) {
      return too_long(limits, documents.size() > 1 ? fmt::format("/{}", sources.size()) : "");
    }
    auto tree = TRY(read_yaml(document));
    values += json::count_values(tree);
    if (values > tree_values_max) {
      return invalid(fmt::format("the body must have at most {} values", tree_values_max));
    }
    append(std::move(tree), document.text, sources);
    if (sources.size() > limits.definitions_max) return too_many(limits);
  }
  return sources;
}

Result<Sources> read_text(std::string& body, const Limits& limits, const Cancelled& cancelled) {
  if (!looks_like_json(body)) return read_yaml_stream(body, limits, cancelled);
  auto json = json::read_json(body);
  if (json) {
    Sources sources;
    append(*std::move(json), body, sources);
    return sources;
  }
  if (!json::find_syntax_error(body)) return std::move(json).error();
  auto yaml = read_yaml_stream(body, limits, cancelled);  // a flow mapping is no JSON, but YAML
  return yaml ? std::move(yaml) : Result<Sources>(std::move(json).error());
}

// The first number that a reader of JSON turns into infinity; null: there is none.
const json::Tree* find_infinite(const json::Tree& tree) {
  if (tree.is(json::Tree::Type::number) && std::isinf(std::strtod(tree.text.c_str(), nullptr))) {
    return &tree;
  }
  for (const auto& child : tree.children) {
    if (const auto* found = find_infinite(child)) return found;
  }
  return nullptr;
}

Result<void> check(const DefinitionSource& source, const Limits& limits) {
  if (!source.tree.is(json::Tree::Type::object)) {
    return invalid("a definition must be an object", source.pointer);
  }
  if (source.raw.size() > limits.definition_bytes_max) {
    return too_long(limits, source.pointer);
  }
  if (json::depth_of(source.tree) > definition_depth_max) {
    return invalid(fmt::format("a definition must be nested at most {} deep", definition_depth_max),
                   source.pointer);
  }
  if (const auto* number = find_infinite(source.tree)) {
    constexpr std::size_t shown = 40;
    return invalid(
        fmt::format("the number {}{} of a definition is too large: a number must be within "
                    "the range of a double, up to 1.7e308",
                    number->text.substr(0, shown), number->text.size() > shown ? "…" : ""),
        source.pointer);
  }
  return {};
}

}  // namespace

Result<Sources> read_definitions(std::string& body, const Limits& limits,
                                 const Cancelled& cancelled) {
  auto text = text_in_string(body);
  auto sources = TRY(read_text(text ? *text : body, limits, cancelled));
  if (sources.empty()) return invalid("the body holds no definition");
  if (sources.size() > limits.definitions_max) return too_many(limits);
  for (std::size_t i = 0; i < sources.size(); ++i) {
    if (sources.size() > 1) sources[i].pointer = fmt::format("/{}", i);
    TRY(check(sources[i], limits));
  }
  return sources;
}

}  // namespace scorekeeper::wire
