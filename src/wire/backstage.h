// Turns documents of Backstage's catalog-info.yaml into entities, and reports the members that the
// catalog cannot store. Any thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "domain/entity_definition.h"
#include "wire/backstage_documents.h"
#include "wire/backstage_references.h"
#include "wire/definition_members.h"
#include "wire/definition_source.h"
#include "wire/yaml_reader.h"

namespace scorekeeper::wire {

// A member that the catalog cannot store, or only in another form.
struct BackstageRemark {
  std::string place;  // "spec.profile.picture"
  std::string text;   // what was done with it

  bool operator==(const BackstageRemark&) const = default;
};

// Makes the documents of Backstage among the sources known to `references`. Error: their
// interfaces, which are texts of YAML, have more than yaml_bytes_max together (too_large).
Result<void> add_documents(std::span<const DefinitionSource> sources,
                           BackstageReferences& references);

// Reads a document as schema v3: Component, API, Resource, System, Domain and Group; other kinds
// are a problem. title becomes displayName; labels and annotations become tags "name:value"; owner
// (a group) the owner; system, domain, subcomponentOf and parent become componentOf, children
// components, consumesApis dependsOn, and providesApis implements, a list that Backstage's document
// does not have. Some annotations are links or integrations as well (backstage_annotations.h). The
// rest is kept under extensions, in "backstage.io", with a remark. raw keeps the document. If there
// is a problem, do not use the result.
EntityDefinition read_backstage(DefinitionSource& source, BackstageReferences& references,
                                DefinitionMembers& members, std::vector<BackstageRemark>& remarks);
// The same of a Component as a service definition: whatever its type it is a service in namespace
// default, with the tags "namespace:…" and "system:…".
EntityDefinition read_backstage_service(DefinitionSource& source, BackstageReferences& references,
                                        DefinitionMembers& members,
                                        std::vector<BackstageRemark>& remarks);

// One document of a file, and the result of reading it.
struct BackstageDocument {
  std::string name;  // its kind and reference, "Component default/shop", as far as it has them
  std::optional<EntityDefinition> definition;
  std::string problem;    // why there is no definition
  bool has_place = true;  // false: the problem is that the catalog has no kind for it
  std::vector<BackstageRemark> remarks;
};
// `tree` comes from read_yaml().
BackstageDocument parse_backstage(json::Tree tree, std::string_view text,
                                  BackstageReferences& references, const Limits& limits);

}  // namespace scorekeeper::wire
