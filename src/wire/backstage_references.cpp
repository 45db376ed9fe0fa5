#include "wire/backstage_references.h"

#include <fmt/format.h>

#include <algorithm>

#include "domain/entity.h"

namespace scorekeeper::wire {
namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return result;
}

// The type of a component or resource as a kind of ours, when it can be one.
std::string kind_of_type(std::string_view type, std::string_view otherwise) {
  const auto kind = lower(type);
  const auto probe = kind + ":x";
  return !kind.contains(':') && parse_entity_reference(probe) ? kind : std::string(otherwise);
}

std::string text_of(const Tree* object, std::string_view name) {
  const auto* member = object == nullptr ? nullptr : object->find(name);
  return member == nullptr ? std::string() : member->text;
}

std::string key_of(const BackstageReference& reference) {
  return fmt::format("{}:{}/{}", reference.kind, reference.name_space, lower(reference.name));
}

}  // namespace

std::optional<BackstageReference> parse_backstage_reference(std::string_view text,
                                                            std::string_view default_kind,
                                                            std::string_view default_namespace) {
  BackstageReference reference{.kind = lower(default_kind),
                               .name_space = lower(default_namespace),
                               .name = std::string(text)};
  if (const auto colon = text.find(':'); colon != std::string_view::npos) {
    reference.kind = lower(text.substr(0, colon));
    text.remove_prefix(colon + 1);
  }
  if (const auto slash = text.find('/'); slash != std::string_view::npos) {
    reference.name_space = lower(text.substr(0, slash));
    text.remove_prefix(slash + 1);
  }
  reference.name = text;
  const auto probe = key_of(reference);
  const auto ours = parse_entity_reference(probe);
  if (!ours || ours->kind != reference.kind || ours->name_space != reference.name_space ||
      text.find_first_of(":/") != std::string_view::npos) {
    return std::nullopt;
  }
  return reference;
}

std::optional<std::string> kind_of_backstage(std::string_view kind, std::string_view type) {
  const auto known = lower(kind);
  if (known == "component") {
    return type == "website" ? "frontend" : kind_of_type(type, "component");
  }
  if (known == "resource") {
    return type == "database" ? "datastore" : kind_of_type(type, "resource");
  }
  if (known == "group") return "team";
  if (known == "api" || known == "system" || known == "domain") return known;
  return std::nullopt;
}

void BackstageReferences::add(const Tree& definition) {
  const auto* metadata = definition.find("metadata");
  const auto name_space = text_of(metadata, "namespace");
  const auto reference = parse_backstage_reference(
      text_of(metadata, "name"), text_of(&definition, "kind"),
      name_space.empty() ? std::string_view("default") : std::string_view(name_space));
  if (!reference) return;
  const auto kind = kind_of_backstage(reference->kind, text_of(definition.find("spec"), "type"));
  if (kind) kinds_[key_of(*reference)] = *kind;
}

BackstageReferences::Resolved BackstageReferences::resolve(
    const BackstageReference& reference) const {
  const auto found = kinds_.find(key_of(reference));
  Resolved resolved{.reference = {}, .known = found != kinds_.end()};
  std::string kind;
  if (resolved.known) {
    kind = found->second;
  } else if (reference.kind == "component") {
    kind = "service";
  } else {
    kind = kind_of_backstage(reference.kind, "").value_or(reference.kind);
    resolved.known = reference.kind != "resource";
  }
  append_canonical({.kind = kind, .name_space = reference.name_space, .name = reference.name},
                   resolved.reference);
  return resolved;
}

}  // namespace scorekeeper::wire
