#include "json/tree.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "json/reader.h"

namespace scorekeeper::json {

Tree Tree::of_type(Type type) {
  Tree tree;
  tree.type = type;
  return tree;
}

Tree Tree::of_text(std::string_view text) {
  auto tree = of_type(Type::string);
  tree.text = text;
  return tree;
}

const Tree* Tree::find(std::string_view member) const {
  const auto found = std::ranges::find(children, member, &Tree::name);
  return !is(Type::object) || found == children.end() ? nullptr : &*found;
}

Tree* Tree::find(std::string_view member) {
  return const_cast<Tree*>(std::as_const(*this).find(member));
}

Tree& Tree::put(std::string_view member, Tree value) {
  ASSERT(type == Type::object);
  value.name = member;
  if (auto* known = find(member)) return *known = std::move(value);
  return children.emplace_back(std::move(value));
}

void Tree::remove(std::string_view member) {
  std::erase_if(children, [member](const Tree& child) { return child.name == member; });
}

std::size_t depth_of(const Tree& tree) {
  std::size_t depth = 0;
  for (const auto& child : tree.children) depth = std::max(depth, depth_of(child));
  return depth + (tree.is(Tree::Type::array) || tree.is(Tree::Type::object) ? 1 : 0);
}

std::size_t count_values(const Tree& tree) {
  std::size_t values = 1;
  for (const auto& child : tree.children) values += count_values(child);
  return values;
}

std::optional<std::string_view> find_repeated_name(const Tree& object) {
  if (!object.is(Tree::Type::object)) return std::nullopt;
  std::vector<std::string_view> names;
  names.reserve(object.children.size());
  for (const auto& member : object.children) names.push_back(member.name);
  std::ranges::sort(names);
  const auto twice = std::ranges::adjacent_find(names);
  return twice == names.end() ? std::nullopt : std::optional(*twice);
}

Result<Tree> read_json(std::string& text, std::size_t values_max) {
  Reader reader(text, values_max);
  Tree tree;
  if (!reader.tree_document(tree)) return reader.error();
  return tree;
}

void write_tree(Writer& json, const Tree& tree) {
  switch (tree.type) {
    case Tree::Type::null:
      json.literal("null");
      break;
    case Tree::Type::boolean:
    case Tree::Type::number:
      json.literal(tree.text);
      break;
    case Tree::Type::string:
      json.string(tree.text);
      break;
    case Tree::Type::array:
      json.begin_array();
      for (const auto& element : tree.children) write_tree(json, element);
      json.end_array();
      break;
    case Tree::Type::object:
      json.begin_object();
      for (const auto& member : tree.children) {
        json.key(member.name);
        write_tree(json, member);
      }
      json.end_object();
      break;
  }
}

std::string write_tree(const Tree& tree) {
  Writer json;
  write_tree(json, tree);
  return json.take();
}

}  // namespace scorekeeper::json
