#include "wire/backstage_references.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <utility>

#include "domain/entity.h"
#include "domain/text.h"

namespace scorekeeper::wire {
namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), to_lower);
  return result;
}

bool is_one_of(std::string_view kind, std::initializer_list<std::string_view> kinds) {
  return std::ranges::find(kinds, kind) != kinds.end();
}

// Tells how well an entity of that kind fits a reference of Backstage; 0: not at all. A component
// or a resource has the kind of its type, which may be any word.
int fit_of(std::string_view kind, std::string_view of_backstage) {
  const bool is_component = is_one_of(kind, {"service", "frontend", "library", "component"});
  const bool is_resource = is_one_of(kind, {"datastore", "queue", "resource"});
  if (of_backstage == "component" || of_backstage == "resource") {
    if (is_one_of(kind, {"api", "system", "domain", "team"})) return 0;
    if (of_backstage == "component" ? is_component : is_resource) return 3;
    return is_component || is_resource ? 1 : 2;
  }
  return kind == kind_of_backstage(of_backstage, "").value_or(std::string(of_backstage)) ? 1 : 0;
}

// The type of a component or resource as a kind of ours, when it can be one.
std::string kind_of_type(std::string_view type, std::string_view otherwise) {
  const auto kind = lower(type);
  const auto probe = kind + ":x";
  return !kind.contains(':') && parse_entity_reference(probe) ? kind : std::string(otherwise);
}

std::string text_of(const json::Tree* object, std::string_view name) {
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

void BackstageReferences::add(const json::Tree& definition) {
  const auto* metadata = definition.find("metadata");
  const auto name_space = text_of(metadata, "namespace");
  const auto reference = parse_backstage_reference(
      text_of(metadata, "name"), text_of(&definition, "kind"),
      name_space.empty() ? std::string_view("default") : std::string_view(name_space));
  if (!reference) return;
  const auto kind = kind_of_backstage(reference->kind, text_of(definition.find("spec"), "type"));
  if (kind) kinds_[key_of(*reference)] = *kind;
}

// The one that fits best.
Result<std::optional<BackstageReferences::Resolved>> BackstageReferences::find_in_catalog(
    const BackstageReference& reference) {
  if (!find_named_) return std::optional<Resolved>();
  auto key = fmt::format("{}/{}", reference.name_space, lower(reference.name));
  auto known = named_.find(key);
  if (known == named_.end()) {
    auto candidates = TRY(find_named_(reference.name_space, reference.name));
    known = named_.emplace(std::move(key), std::move(candidates)).first;
  }
  int best = 0;
  std::optional<Resolved> found;
  for (const auto& candidate : known->second) {
    const auto parts = split_canonical(candidate);
    if (parts.name_space != reference.name_space ||
        !equals_ignoring_case(parts.name, reference.name)) {
      continue;
    }
    const int fit = fit_of(parts.kind, reference.kind);
    if (fit == 0 || fit < best) continue;
    if (fit == best) {
      found->remark = fmt::format("{} or {}: taken for the first", found->reference, candidate);
      continue;
    }
    best = fit;
    found = Resolved{.reference = candidate, .remark = {}};
  }
  return found;
}

Result<BackstageReferences::Resolved> BackstageReferences::resolve(
    const BackstageReference& reference) {
  if (failure_) return *failure_;
  auto key = key_of(reference);
  if (const auto known = resolved_.find(key); known != resolved_.end()) return known->second;
  if (resolved_.size() == count_max_) {
    failure_ =
        make_error(Code::too_large,
                   fmt::format("the documents of Backstage in one request have at most {} distinct "
                               "references: send fewer documents at a time",
                               count_max_));
    return *failure_;
  }
  auto resolved = look_up(reference);
  if (!resolved) {
    failure_ = resolved.error();
    return *failure_;
  }
  return resolved_.emplace(std::move(key), *std::move(resolved)).first->second;
}

Result<BackstageReferences::Resolved> BackstageReferences::look_up(
    const BackstageReference& reference) {
  const auto canonical = [&](std::string_view kind) {
    std::string text;
    append_canonical({.kind = kind, .name_space = reference.name_space, .name = reference.name},
                     text);
    return text;
  };
  const auto at_hand = kinds_.find(key_of(reference));
  if (at_hand != kinds_.end()) {
    return Resolved{.reference = canonical(at_hand->second), .remark = {}};
  }
  if (auto found = TRY(find_in_catalog(reference))) return *std::move(found);
  const bool depends_on_type = is_one_of(reference.kind, {"component", "resource"});
  Resolved guessed{
      .reference = canonical(reference.kind == "component"
                                 ? "service"
                                 : kind_of_backstage(reference.kind, "").value_or(reference.kind)),
      .remark = {}};
  if (find_named_) {
    guessed.remark = fmt::format("neither among the documents nor in the catalog: taken for {}",
                                 guessed.reference);
  } else if (depends_on_type) {
    guessed.remark = fmt::format("not among the documents: taken for {}", guessed.reference);
  }
  return guessed;
}

}  // namespace scorekeeper::wire
