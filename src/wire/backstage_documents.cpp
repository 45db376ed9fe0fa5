#include "wire/backstage_documents.h"

#include <fmt/format.h>

#include <utility>

#include "wire/backstage_references.h"

namespace scorekeeper::wire {
namespace {

constexpr std::size_t shown_bytes_max = 255;  // of a name in a warning: each document has one

std::string text_of(const json::Tree* object, std::string_view name) {
  const auto* member = object == nullptr ? nullptr : object->find(name);
  return member == nullptr ? std::string() : member->text;
}

// nullopt: it has a place among those that are wanted.
std::optional<std::string> why_skipped(const json::Tree& definition, DocumentsOf wanted) {
  if (auto why = why_no_place(definition)) return why;
  if (wanted == DocumentsOf::catalog || !is_backstage(definition)) return std::nullopt;
  const auto kind = text_of(&definition, "kind");
  const auto reference = parse_backstage_reference("x", kind, "default");
  if (kind.empty() || (reference && reference->kind == "component")) return std::nullopt;
  return fmt::format("a {} is no service: send it to POST /api/v2/catalog/entity", kind);
}

}  // namespace

bool is_backstage(const json::Tree& definition) {
  return text_of(&definition, "apiVersion").starts_with("backstage.io/");
}

std::string name_of_document(const json::Tree& definition) {
  const auto* metadata = definition.find("metadata");
  auto name_space = text_of(metadata, "namespace");
  if (name_space.empty()) name_space = "default";
  return fmt::format("{} {}/{}", text_of(&definition, "kind"), name_space,
                     text_of(metadata, "name"));
}

std::optional<std::string> why_no_place(const json::Tree& definition) {
  const auto version = text_of(&definition, "apiVersion");
  const auto kind = text_of(&definition, "kind");
  // A longer kind or version is not Backstage's: the document is refused by its name.
  if (kind.empty() || kind.size() > shown_bytes_max || version.size() > shown_bytes_max) {
    return std::nullopt;
  }
  if (is_backstage(definition)) {
    if (kind_of_backstage(kind, "")) return std::nullopt;
    const bool names_files = kind == "Location";
    return fmt::format("the catalog has no place for a {}{}", kind,
                       names_files ? ": import the files that it names" : "");
  }
  if (!version.contains('/')) return std::nullopt;
  return fmt::format("the catalog has no place for a {} of {}", kind, version);
}

Result<void> skip_documents(std::vector<DefinitionSource>& sources, DocumentsOf wanted,
                            std::vector<std::string>* skipped) {
  std::vector<DefinitionSource> kept;
  std::string first;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const auto why = why_skipped(sources[i].tree, wanted);
    if (!why) {
      kept.push_back(std::move(sources[i]));
      continue;
    }
    auto name = name_of_document(sources[i].tree);
    if (name.size() > shown_bytes_max) name.clear();
    auto text = fmt::format("document {}{}{}{} is skipped: {}", i + 1, name.empty() ? "" : " (",
                            name, name.empty() ? "" : ")", *why);
    if (first.empty()) first = text;
    if (skipped != nullptr) skipped->push_back(std::move(text));
  }
  if (kept.empty()) return invalid(fmt::format("the body holds nothing to store: {}", first));
  sources = std::move(kept);
  return {};
}

}  // namespace scorekeeper::wire
