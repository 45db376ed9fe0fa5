#include "store/items.h"

#include <algorithm>

#include "domain/entity_definition.h"

namespace scorekeeper::store {
namespace {

constexpr char item_separator = '\x1f';

}  // namespace

std::string join_items(std::span<const std::string> items) {
  std::string text;
  for (const std::string& item : items) {
    text += item_separator;
    text += item;
  }
  if (!items.empty()) text += item_separator;
  return text;
}

std::vector<std::string> split_items(std::string_view text) {
  std::vector<std::string> items;
  while (text.size() > 1) {
    text.remove_prefix(1);
    const auto end = text.find(item_separator);
    items.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end, text.size()));
  }
  return items;
}

std::vector<std::string> split_systems(std::string_view text) {
  std::vector<std::string> names;
  while (!text.empty()) {
    const auto end = text.find('\x1f');
    names.emplace_back(system_name(text.substr(0, end)));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return names;
}

}  // namespace scorekeeper::store
