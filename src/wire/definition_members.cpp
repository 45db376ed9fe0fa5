#include "wire/definition_members.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/assert.h"
#include "domain/text.h"

namespace scorekeeper::wire {
namespace {

std::string_view last_name(std::string_view path) {
  const auto dot = path.rfind('.');
  return dot == std::string_view::npos ? path : path.substr(dot + 1);
}

bool has_control_beside_lines(std::string_view text) {
  return std::ranges::any_of(text, [](char c) {
    return c != '\n' && c != '\t' && c != '\r' && has_control_character({&c, 1});
  });
}

bool is_scalar(const json::Tree& value) {
  return value.is(json::Tree::Type::string) || value.is(json::Tree::Type::number) ||
         value.is(json::Tree::Type::boolean);
}

void remove_null_members(json::Tree& tree) {
  if (!tree.is(json::Tree::Type::object)) return;
  std::erase_if(tree.children,
                [](const json::Tree& member) { return member.is(json::Tree::Type::null); });
}

void remove_nulls_in(json::Tree& tree) {
  remove_null_members(tree);
  for (auto& child : tree.children) remove_nulls_in(child);
}

}  // namespace

void remove_nulls(json::Tree& definition) {
  remove_null_members(definition);
  if (auto* metadata = definition.find("metadata")) remove_nulls_in(*metadata);
  if (auto* spec = definition.find("spec")) remove_null_members(*spec);
}

void DefinitionMembers::add(std::string_view path, std::string_view what) {
  if (problems_.size() > errors_max) return;
  std::string place(path);
  std::ranges::replace(place, '.', '/');
  problems_.push_back(invalid(fmt::format("attribute \"{}\" {}", path, what),
                              fmt::format("{}/{}", pointer_, place)));
}

void DefinitionMembers::refuse(std::string_view path, std::string_view must) {
  add(path, fmt::format("must {}", must));
}

void DefinitionMembers::refuse(std::string detail) {
  if (problems_.size() <= errors_max) problems_.push_back(invalid(std::move(detail), pointer_));
}

void DefinitionMembers::fail(std::string detail) {
  if (problems_.size() > errors_max) return;
  problems_.push_back(make_error(Code::internal, std::move(detail)));
  problems_.back().pointer = pointer_;
}

json::Tree* DefinitionMembers::present(json::Tree* parent, std::string_view path, bool required) {
  auto* value = parent == nullptr ? nullptr : parent->find(last_name(path));
  if (value != nullptr && value->is(json::Tree::Type::null)) value = nullptr;
  if (value == nullptr && required) add(path, "is required");
  return value;
}

bool DefinitionMembers::make_text(json::Tree& value, std::string_view path, TextRule rule) {
  if (!is_scalar(value)) {
    refuse(path, "be a string");
    return false;
  }
  value.type = json::Tree::Type::string;
  const auto& text = value.text;
  if (rule.required && text.empty()) {
    add(path, "is required");
  } else if (rule.lines ? has_control_beside_lines(text) : has_control_character(text)) {
    refuse(path, "have no control characters");
  } else if (rule.rendered && text.contains("${{")) {
    refuse(path, "not contain \"${{\": the text is a template that was not rendered");
  } else if (count_characters(text) > rule.characters_max) {
    refuse(path, fmt::format("have at most {} characters", rule.characters_max));
  } else {
    return true;
  }
  return false;
}

std::string DefinitionMembers::text(json::Tree* parent, std::string_view path, TextRule rule) {
  auto* value = present(parent, path, rule.required);
  return value != nullptr && make_text(*value, path, rule) ? value->text : std::string();
}

json::Tree* DefinitionMembers::list(json::Tree* parent, std::string_view path,
                                    std::size_t count_max) {
  auto* value = present(parent, path, false);
  if (value == nullptr) return nullptr;
  if (!value->is(json::Tree::Type::array)) {
    refuse(path, "be a list");
  } else if (value->children.size() > count_max) {
    refuse(path, fmt::format("have at most {} elements", count_max));
  } else {
    return value;
  }
  return nullptr;
}

std::vector<std::string> DefinitionMembers::texts(json::Tree* parent, std::string_view path,
                                                  std::size_t count_max) {
  std::vector<std::string> texts;
  auto* value = list(parent, path, count_max);
  if (value == nullptr) return texts;
  const TextRule rule{.characters_max = limits_.entity_reference_bytes_max, .required = true};
  for (std::size_t i = 0; i < value->children.size(); ++i) {
    auto& element = value->children[i];
    const bool good = make_text(element, fmt::format("{}.{}", path, i), rule);
    texts.push_back(good ? element.text : std::string());
  }
  return texts;
}

json::Tree* DefinitionMembers::object(json::Tree* parent, std::string_view path, bool required) {
  auto* value = present(parent, path, required);
  if (value == nullptr || value->is(json::Tree::Type::object)) return value;
  refuse(path, "be an object");
  return nullptr;
}

std::vector<json::Tree*> DefinitionMembers::objects(json::Tree* parent, std::string_view path,
                                                    std::size_t count_max) {
  std::vector<json::Tree*> objects;
  auto* value = list(parent, path, count_max);
  if (value == nullptr) return objects;
  for (std::size_t i = 0; i < value->children.size(); ++i) {
    auto& element = value->children[i];
    const bool good = element.is(json::Tree::Type::object);
    if (!good) refuse(fmt::format("{}.{}", path, i), "be an object");
    objects.push_back(good ? &element : nullptr);
  }
  return objects;
}

Error error_of(std::vector<Error> problems) {
  ASSERT(!problems.empty());
  if (problems.size() > errors_max) problems.resize(errors_max);
  Error error = std::move(problems.front());
  error.others.assign(std::make_move_iterator(problems.begin() + 1),
                      std::make_move_iterator(problems.end()));
  return error;
}

}  // namespace scorekeeper::wire
