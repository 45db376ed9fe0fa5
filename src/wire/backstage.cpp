// Each member is taken out of the document when it is mapped: what then remains is the report.
#include "wire/backstage.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "domain/text.h"
#include "wire/backstage_annotations.h"
#include "wire/entity_definitions.h"

namespace scorekeeper::wire {
namespace {

constexpr std::string_view extension_name = "backstage.io";

// A list of references in the spec: the kind of those that name none, and the list that it becomes
// part of.
struct ReferenceList {
  std::string_view path;
  std::string_view default_kind;
  std::string_view target;
};
constexpr ReferenceList reference_lists[] = {{"spec.children", "group", "components"},
                                             {"spec.dependsOn", "component", "dependsOn"},
                                             {"spec.consumesApis", "api", "dependsOn"},
                                             {"spec.dependencyOf", "component", "dependencyOf"},
                                             {"spec.providesApis", "api", "implements"}};

class Mapping {
 public:
  Mapping(json::Tree& root, DocumentsOf wanted, BackstageReferences& references,
          DefinitionMembers& members, std::vector<BackstageRemark>& remarks)
      : root_(root),
        as_service_(wanted == DocumentsOf::services),
        references_(references),
        members_(members),
        remarks_(remarks) {}

  // The definition of v3, empty when there was a problem.
  json::Tree map();

 private:
  std::string take_text(json::Tree* parent, std::string_view path, TextRule rule);
  std::vector<std::string> take_texts(json::Tree* parent, std::string_view path);
  void put(json::Tree& object, std::string_view name, const std::string& text);
  void remark(std::string_view place, std::string_view text);

  void map_metadata();
  bool add_tag(std::string_view name, std::string_view text);
  void map_pairs(std::string_view path);
  void map_annotations(const json::Tree& annotations);
  void add_link(json::Tree link);
  void map_links();
  void map_profile();
  void map_spec();
  void map_owner();
  void map_interface();
  bool reference_lists_fit();
  void map_references(const ReferenceList& list);
  void map_reference(std::string_view path, std::string_view default_kind, std::string_view target);
  void add_reference(std::string_view path, std::string_view text, std::string_view default_kind,
                     json::Tree& list);
  void add_service_tags();
  void keep_rest();

  json::Tree& root_;
  const bool as_service_;
  BackstageReferences& references_;
  DefinitionMembers& members_;
  std::vector<BackstageRemark>& remarks_;
  json::Tree* from_metadata_ = nullptr;
  json::Tree* from_spec_ = nullptr;
  std::string kind_;                        // of Backstage
  std::string own_name_space_ = "default";  // as the document says
  std::string name_space_ = "default";      // of the entity
  json::Tree metadata_ = json::Tree::empty_object();
  json::Tree spec_ = json::Tree::empty_object();
  json::Tree integrations_ = json::Tree::empty_object();
};

std::string_view last_name(std::string_view path) { return path.substr(path.rfind('.') + 1); }

void Mapping::remark(std::string_view place, std::string_view text) {
  remarks_.push_back({.place = std::string(place), .text = std::string(text)});
}

std::string Mapping::take_text(json::Tree* parent, std::string_view path, TextRule rule) {
  auto text = members_.text(parent, path, rule);
  if (parent != nullptr) parent->remove(last_name(path));
  return text;
}

std::vector<std::string> Mapping::take_texts(json::Tree* parent, std::string_view path) {
  auto texts = members_.texts(parent, path, members_.limits().references_max);
  if (parent != nullptr) parent->remove(last_name(path));
  return texts;
}

void Mapping::put(json::Tree& object, std::string_view name, const std::string& text) {
  if (!text.empty()) object.put_text(name, text);
}

// false: there is no room for it, or it is too long.
bool Mapping::add_tag(std::string_view name, std::string_view text) {
  const auto& limits = members_.limits();
  const auto tag = fmt::format("{}:{}", name, text);
  auto* tags = metadata_.find("tags");
  if (tags == nullptr) tags = &metadata_.put("tags", json::Tree::empty_array());
  const bool fits = count_characters(tag) <= limits.name_characters_max &&
                    !has_control_character(tag) && tags->children.size() < limits.tags_max;
  if (fits) tags->children.push_back(json::Tree::of_text(tag));
  if (tags->children.empty()) metadata_.remove("tags");
  return fits;
}

// Labels and annotations: {name: value} becomes "name:value".
void Mapping::map_pairs(std::string_view path) {
  auto* pairs = members_.object(from_metadata_, path);
  if (pairs == nullptr) return;
  std::erase_if(pairs->children, [&](const json::Tree& pair) {
    if (pair.is(json::Tree::Type::object) || pair.is(json::Tree::Type::array)) return false;
    return add_tag(pair.name, pair.text);
  });
  if (pairs->children.empty()) from_metadata_->remove(last_name(path));
}

// Unless there is one to the same place.
void Mapping::add_link(json::Tree link) {
  auto* links = metadata_.find("links");
  if (links == nullptr) links = &metadata_.put("links", json::Tree::empty_array());
  if (links->children.size() >= members_.limits().references_max) return;
  const auto& url = link.find("url")->text;
  const bool known = std::ranges::any_of(
      links->children, [&url](const json::Tree& other) { return other.find("url")->text == url; });
  if (!known) links->children.push_back(std::move(link));
}

// Maps the annotations that mean more than a tag.
void Mapping::map_annotations(const json::Tree& annotations) {
  for (const auto& annotation : annotations.children) {
    if (!annotation.is(json::Tree::Type::string)) continue;
    if (auto link = link_of_annotation(annotation.name, annotation.text)) {
      add_link(*std::move(link));
    }
    const auto on_call = on_call_of_annotation(annotation.name, annotation.text);
    if (!on_call || integrations_.find(on_call->integration) != nullptr) continue;
    integrations_.put(on_call->integration, json::Tree::empty_object())
        .put_text("serviceURL", on_call->url);
  }
}

// {url, title, icon, type} becomes {name, type, url}.
void Mapping::map_links() {
  const auto links =
      members_.objects(from_metadata_, "metadata.links", members_.limits().references_max);
  if (links.empty()) return from_metadata_->remove("links");
  auto& written = metadata_.put("links", json::Tree::empty_array());
  for (std::size_t i = 0; i < links.size(); ++i) {
    const auto path = fmt::format("metadata.links.{}", i);
    const auto text = [&](std::string_view name) {
      return take_text(links[i], fmt::format("{}.{}", path, name),
                       {.characters_max = members_.limits().description_characters_max});
    };
    const auto url = text("url");
    const auto title = text("title");
    const auto type = text("type");
    auto& link = written.children.emplace_back(json::Tree::empty_object());
    link.put_text("name", title.empty() ? url : title);
    link.put_text("type", type.empty() ? "other" : type);
    link.put_text("url", url);
    if (links[i] == nullptr) continue;
    for (const auto& child : links[i]->children) {
      remark(fmt::format("{}.{}", path, child.name), "left out");
    }
  }
  from_metadata_->remove("links");
}

void Mapping::map_metadata() {
  const auto& limits = members_.limits();
  from_metadata_ = members_.object(&root_, "metadata", true);
  if (from_metadata_ == nullptr) return;
  put(metadata_, "name",
      take_text(from_metadata_, "metadata.name",
                {.characters_max = limits.entity_reference_bytes_max,
                 .required = true,
                 .rendered = true}));
  auto name_space = take_text(from_metadata_, "metadata.namespace",
                              {.characters_max = limits.name_characters_max, .rendered = true});
  std::ranges::transform(name_space, name_space.begin(), to_lower);
  if (!name_space.empty()) own_name_space_ = name_space;
  if (!as_service_) name_space_ = own_name_space_;
  metadata_.put_text("namespace", name_space_);
  put(metadata_, "displayName",
      take_text(from_metadata_, "metadata.title", {.characters_max = limits.name_characters_max}));
  put(metadata_, "description",
      take_text(from_metadata_, "metadata.description",
                {.characters_max = limits.description_characters_max, .lines = true}));
  if (const auto texts = take_texts(from_metadata_, "metadata.tags"); !texts.empty()) {
    auto& tags = metadata_.put("tags", json::Tree::empty_array());
    for (const auto& tag : texts) tags.children.push_back(json::Tree::of_text(tag));
  }
  const auto* annotations = from_metadata_->find("annotations");
  const auto all_annotations = annotations == nullptr ? json::Tree() : *annotations;
  map_pairs("metadata.labels");
  map_pairs("metadata.annotations");
  map_links();
  map_annotations(all_annotations);
  // Backstage's own, which it makes anew.
  for (const std::string_view name : {"uid", "etag"}) from_metadata_->remove(name);
}

// A group goes to the team of its name; a user is taken for one.
void Mapping::map_owner() {
  const auto owner =
      take_text(from_spec_, "spec.owner",
                {.characters_max = members_.limits().name_characters_max, .rendered = true});
  if (owner.empty()) return;
  const auto reference = parse_backstage_reference(owner, "group", name_space_);
  if (!reference) return members_.refuse("spec.owner", "be a reference");
  if (reference->kind != "group") {
    remark("spec.owner", fmt::format("a {}, taken for a team", reference->kind));
  }
  metadata_.put_text("owner",
                     reference->name_space == "default"
                         ? reference->name
                         : fmt::format("team:{}/{}", reference->name_space, reference->name));
}

void Mapping::add_reference(std::string_view path, std::string_view text,
                            std::string_view default_kind, json::Tree& list) {
  if (text.empty()) return;  // a problem already
  const auto reference = parse_backstage_reference(text, default_kind, name_space_);
  if (!reference) return members_.refuse(path, "be a reference");
  const auto resolved = references_.resolve(*reference);
  if (!resolved)
    return members_.refuse(
        fmt::format("cannot tell what {} is: {}", text, resolved.error().detail));
  if (!resolved->remark.empty()) {
    remark(path, fmt::format("{} is {}", text, resolved->remark));
  }
  list.children.push_back(json::Tree::of_text(resolved->reference));
}

// Before any is resolved: each may be looked for in the whole catalog.
bool Mapping::reference_lists_fit() {
  if (from_spec_ == nullptr) return true;
  bool fit = true;
  const auto count_max = members_.limits().references_max;
  std::map<std::string_view, std::size_t> counts;
  for (const auto& list : reference_lists) {
    const auto* sent = from_spec_->find(last_name(list.path));
    if (sent == nullptr || !sent->is(json::Tree::Type::array)) continue;
    auto& count = counts[list.target];
    count += sent->children.size();
    if (count <= count_max) continue;
    fit = false;
    const bool joined = count > sent->children.size();
    members_.refuse(list.path, fmt::format("have at most {} elements{}", count_max,
                                           joined ? " together with the list before it that also "
                                                    "becomes " +
                                                        std::string(list.target)
                                                  : ""));
  }
  return fit;
}

void Mapping::map_references(const ReferenceList& list) {
  const auto texts = take_texts(from_spec_, list.path);
  if (texts.empty()) return;
  auto* written = spec_.find(list.target);
  if (written == nullptr) written = &spec_.put(list.target, json::Tree::empty_array());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    add_reference(fmt::format("{}.{}", list.path, i), texts[i], list.default_kind, *written);
  }
}

void Mapping::map_reference(std::string_view path, std::string_view default_kind,
                            std::string_view target) {
  const auto text =
      take_text(from_spec_, path,
                {.characters_max = members_.limits().entity_reference_bytes_max, .rendered = true});
  if (text.empty()) return;
  auto* list = spec_.find(target);
  if (list == nullptr) list = &spec_.put(target, json::Tree::empty_array());
  add_reference(path, text, default_kind, *list);
}

// The definition of an API: text that is JSON or YAML of an object, or {$text: where}.
void Mapping::map_interface() {
  const auto* definition = from_spec_ == nullptr ? nullptr : from_spec_->find("definition");
  if (definition == nullptr) return;
  auto interface = json::Tree::empty_object();
  if (const auto* place = definition->find("$text"); place != nullptr) {
    interface.put_text("fileRef", place->text);
  } else if (definition->is(json::Tree::Type::string)) {
    const auto tree = read_yaml({.text = definition->text});
    if (!tree || !tree->is(json::Tree::Type::object)) return;
    interface.put("definition", *tree);
  } else {
    return;
  }
  spec_.put("interface", std::move(interface));
  from_spec_->remove("definition");
}

// The profile of a group: how it is called and reached.
void Mapping::map_profile() {
  auto* profile = members_.object(from_spec_, "spec.profile");
  if (profile == nullptr) return;
  const TextRule word{.characters_max = members_.limits().name_characters_max};
  const auto name = take_text(profile, "spec.profile.displayName", word);
  if (metadata_.find("displayName") == nullptr) put(metadata_, "displayName", name);
  const auto email = take_text(profile, "spec.profile.email", word);
  if (!email.empty()) {
    auto contact = json::Tree::empty_object();
    contact.put_text("type", "email");
    contact.put_text("contact", email);
    metadata_.put("contacts", json::Tree::empty_array()).children.push_back(std::move(contact));
  }
  if (profile->children.empty()) from_spec_->remove("profile");
}

void Mapping::map_spec() {
  from_spec_ = members_.object(&root_, "spec");
  if (!reference_lists_fit()) return;
  const TextRule word{.characters_max = members_.limits().name_characters_max, .rendered = true};
  const auto type = take_text(from_spec_, "spec.type", word);
  const auto kind = as_service_ ? "service" : kind_of_backstage(kind_, type);
  if (!kind) {
    return members_.refuse("kind", "be one of \"Component API Resource System Domain Group\"");
  }
  if (type != *kind) put(spec_, "type", type);
  root_.put_text("kind", *kind);
  put(spec_, "lifecycle", take_text(from_spec_, "spec.lifecycle", word));
  map_owner();
  if (as_service_) add_service_tags();
  map_reference("spec.system", "system", "componentOf");
  map_reference("spec.domain", "domain", "componentOf");
  map_reference("spec.subdomainOf", "domain", "componentOf");
  map_reference("spec.subcomponentOf", "component", "componentOf");
  map_reference("spec.parent", "group", "componentOf");
  for (const auto& list : reference_lists) map_references(list);
  map_interface();
  map_profile();
}

// As recorded of service definitions, which have no such members.
void Mapping::add_service_tags() {
  add_tag("namespace", own_name_space_);
  const auto* system = from_spec_ == nullptr ? nullptr : from_spec_->find("system");
  if (system == nullptr || !system->is(json::Tree::Type::string)) return;
  const auto reference = parse_backstage_reference(system->text, "system", name_space_);
  if (reference) add_tag("system", reference->name);
}

// Keeps the members that were not mapped.
void Mapping::keep_rest() {
  for (const std::string_view name : {"relations", "status"}) root_.remove(name);
  auto rest = json::Tree::empty_object();
  for (auto& part : root_.children) {
    if (part.name == "apiVersion" || part.name == "kind") continue;
    if (part.name != "metadata" && part.name != "spec") {
      remark(part.name, "kept under extensions");
      rest.children.push_back(std::move(part));
      continue;
    }
    for (const auto& child : part.children) {
      remark(fmt::format("{}.{}", part.name, child.name), "kept under extensions");
    }
    if (!part.children.empty()) rest.children.push_back(std::move(part));
  }
  const auto kind = root_.find("kind")->text;
  root_ = json::Tree::empty_object();
  root_.put_text("apiVersion", "v3");
  root_.put_text("kind", kind);
  root_.put("metadata", std::move(metadata_));
  if (!integrations_.children.empty()) root_.put("integrations", std::move(integrations_));
  if (!spec_.children.empty()) root_.put("spec", std::move(spec_));
  if (rest.children.empty()) return;
  root_.put("extensions", json::Tree::empty_object()).put(extension_name, std::move(rest));
}

json::Tree Mapping::map() {
  remove_nulls(root_);
  kind_ = members_.text(
      &root_, "kind", {.characters_max = members_.limits().name_characters_max, .required = true});
  map_metadata();
  if (!kind_.empty()) map_spec();
  if (members_.failed()) return {};
  keep_rest();
  return std::move(root_);
}

EntityDefinition read(DefinitionSource& source, Mapping mapping, DefinitionMembers& members) {
  const auto version = members.text(&source.tree, "apiVersion", {.characters_max = 255});
  source.tree = mapping.map();
  if (members.failed()) return {};
  auto definition = read_entity_definition(source, members);
  definition.api_version = version;
  definition.ingestion_source = "backstage";
  return definition;
}

}  // namespace

Result<void> add_documents(std::span<const DefinitionSource> sources,
                           BackstageReferences& references) {
  std::size_t interfaces = 0;
  for (const auto& source : sources) {
    if (!is_backstage(source.tree)) continue;
    references.add(source.tree);
    const auto* spec = source.tree.find("spec");
    const auto* interface = spec == nullptr ? nullptr : spec->find("definition");
    if (interface != nullptr) interfaces += interface->text.size();
  }
  if (interfaces <= yaml_bytes_max) return {};
  return make_error(Code::too_large,
                    fmt::format("the texts spec.definition of one request have at most {} bytes "
                                "together: send several requests",
                                yaml_bytes_max));
}

EntityDefinition read_backstage(DefinitionSource& source, BackstageReferences& references,
                                DefinitionMembers& members, std::vector<BackstageRemark>& remarks) {
  return read(source, {source.tree, DocumentsOf::catalog, references, members, remarks}, members);
}

EntityDefinition read_backstage_service(DefinitionSource& source, BackstageReferences& references,
                                        DefinitionMembers& members,
                                        std::vector<BackstageRemark>& remarks) {
  return read(source, {source.tree, DocumentsOf::services, references, members, remarks}, members);
}

BackstageDocument parse_backstage(json::Tree tree, std::string_view text,
                                  BackstageReferences& references, const Limits& limits) {
  BackstageDocument document;
  document.name = name_of_document(tree);
  if (const auto why = why_no_place(tree)) {
    document.problem = *why;
    document.has_place = false;
    return document;
  }
  if (!is_backstage(tree)) {
    document.problem = "is no document of Backstage: its apiVersion does not say so";
    return document;
  }
  DefinitionSource source{.tree = std::move(tree), .raw = std::string(text), .pointer = {}};
  std::vector<Error> problems;
  DefinitionMembers members(limits, {}, problems);
  auto definition = read_backstage(source, references, members, document.remarks);
  if (problems.empty()) {
    document.definition = std::move(definition);
    return document;
  }
  for (const auto& problem : problems) {
    if (!document.problem.empty()) document.problem += "; ";
    document.problem += problem.detail;
  }
  return document;
}

}  // namespace scorekeeper::wire
