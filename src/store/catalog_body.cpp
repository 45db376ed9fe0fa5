#include "store/catalog_body.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>
#include <variant>

#include "json/tree.h"
#include "store/catalog_members.h"
#include "store/json_text.h"
#include "store/log_record.h"

namespace scorekeeper::store {
namespace {

using json::Tree;

template <class Tag>
bool set_number(Id<Tag>& id, const std::string& text) {
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, id.number);
  return read.ec == std::errc() && read.ptr == end && std::to_string(id.number) == text;
}
bool set_text(std::string& id, const std::string& text) {
  id = text;
  return true;
}
bool set_id(Org& org, const std::string& id) { return set_number(org.id, id); }
bool set_id(Key& key, const std::string& id) { return set_number(key.id, id); }
bool set_id(Scorecard& scorecard, const std::string& id) { return set_text(scorecard.id, id); }
bool set_id(CatalogRule& rule, const std::string& id) { return set_text(rule.rule.id, id); }
bool set_id(CatalogEntity& entity, const std::string& id) {
  return is_canonical(id) && set_text(entity.reference, id);
}
bool set_id(Kind& kind, const std::string& id) { return set_text(kind.name, id); }
bool set_id(CatalogCampaign& campaign, const std::string& id) {
  return set_text(campaign.campaign.id, id);
}

const MemberWriter::Piece* find(const MemberWriter& members, std::string_view name) {
  const auto found = std::ranges::find(members.pieces(), name, &MemberWriter::Piece::name);
  return found == members.pieces().end() ? nullptr : &*found;
}

// The members of `before` that differ, and null for those that only `after` has; that there was no
// definition is told once.
MemberWriter difference(const MemberWriter& before, const MemberWriter& after) {
  const bool defined = find(before, "schema") == nullptr && find(after, "schema") != nullptr;
  MemberWriter members;
  for (const auto& piece : before.pieces()) {
    const auto* other = find(after, piece.name);
    const auto value = before.value(piece);
    if (other == nullptr || after.value(*other) != value) members.put(piece.name, value);
  }
  for (const auto& piece : after.pieces()) {
    if (find(before, piece.name) != nullptr) continue;
    if (!defined || piece.name == "schema" || piece.name == "discovered_at") {
      members.put(piece.name, "null");
    }
  }
  return members;
}

void append_object(std::string& json, std::string_view name, const MemberWriter& members) {
  json += fmt::format(",\"{}\":{{", name);
  json += members.written();
  json += '}';
}

void append_change(std::string& json, const ResourceChange& change) {
  const auto name = name_of(change);
  json += fmt::format(R"({{"resource":"{}","id":)", name_of(name.resource));
  append_quoted(json, name.id);
  json += fmt::format(R"(,"action":"{}")", name_of(action_of(change)));
  MemberWriter before;
  MemberWriter after;
  const auto visit_both = [&](const auto& typed) {
    if (typed.before) visit(before, *typed.before);
    if (typed.after) visit(after, *typed.after);
    if (typed.before) {
      append_object(json, "before", typed.after ? difference(before, after) : std::move(before));
    }
    if (typed.after) append_object(json, "after", after);
  };
  std::visit(visit_both, change);
  json += '}';
}

Error malformed(const std::string& where) {
  return make_error(Code::internal, "a record of the catalog has a malformed body: " + where);
}

// One element of the array, whose texts are there.
struct Element {
  std::string resource;
  std::string id;
  std::string action;
  const Tree* before = nullptr;
  const Tree* after = nullptr;
};

Result<Element> read_element(const Tree& tree) {
  Element element;
  for (const auto& [name, text] : {std::pair{"resource", &element.resource},
                                   {"id", &element.id},
                                   {"action", &element.action}}) {
    const auto* member = tree.find(name);
    if (member == nullptr || !member->is(Tree::Type::string)) return malformed(name);
    *text = member->text;
  }
  element.before = tree.find("before");
  element.after = tree.find("after");
  for (const auto* side : {element.before, element.after}) {
    if (side != nullptr && !side->is(Tree::Type::object)) return malformed("before or after");
  }
  if (element.before == nullptr && element.after == nullptr) return malformed("before and after");
  return element;
}

// Sets what the members say; `complete`: all must be there.
template <class T>
Result<void> read_members(const Tree& object, bool complete, T& thing) {
  MemberReader members(object, complete);
  visit(members, thing);
  if (members.wrong().empty()) return {};
  return malformed("member \"" + std::string(members.wrong()) + "\"");
}

template <class T>
Result<ResourceChange> read_change(const Element& element) {
  Changed<T> change;
  T thing{};
  if (!set_id(thing, element.id)) return malformed("id");
  if (element.after != nullptr) {
    change.after = thing;
    TRY(read_members(*element.after, true, *change.after));
  }
  if (element.before != nullptr) {
    change.before = change.after ? *change.after : thing;
    TRY(read_members(*element.before, !change.after, *change.before));
  }
  ResourceChange read(std::move(change));
  if (name_of(name_of(read).resource) != element.resource) return malformed("resource");
  if (name_of(action_of(read)) != element.action) return malformed("action");
  return read;
}

Result<ResourceChange> read_change(const Tree& tree) {
  const auto element = TRY(read_element(tree));
  const auto resource = parse_audit_resource(element.resource);
  if (!resource) return malformed("resource");
  switch (*resource) {
    case AuditResource::org:
      return read_change<Org>(element);
    case AuditResource::key:
    case AuditResource::token:
      return read_change<Key>(element);
    case AuditResource::scorecard:
      return read_change<Scorecard>(element);
    case AuditResource::rule:
      return read_change<CatalogRule>(element);
    case AuditResource::entity:
      return read_change<CatalogEntity>(element);
    case AuditResource::kind:
      return read_change<Kind>(element);
    case AuditResource::campaign:
      return read_change<CatalogCampaign>(element);
  }
  return malformed("resource");
}

Result<std::optional<ResourceChange>> read_nullable(const Tree& tree) {
  if (tree.is(Tree::Type::null)) return std::optional<ResourceChange>();
  return std::optional(TRY(read_change(tree)));
}

// The server wrote the body, and it may be long: the limit for documents that people send is not
// for it.
Result<Tree> read_array(std::string_view body) {
  std::string text(body);
  auto tree = json::read_json(text, std::string::npos);
  if (!tree) return malformed(tree.error().detail);
  if (!tree->is(Tree::Type::array)) return malformed("no array");
  return *std::move(tree);
}

}  // namespace

std::vector<CatalogBody> write_catalog_bodies(std::span<const ResourceChange> changes) {
  std::vector<CatalogBody> bodies;
  CatalogBody body;
  const auto cut = [&] {
    body.json += ']';
    bodies.push_back(std::exchange(body, {}));
  };
  for (const auto& change : changes) {
    body.json += body.count == 0 ? '[' : ',';
    append_change(body.json, change);
    ++body.count;
    if (body.count >= record_changes_max || body.json.size() + 1 >= record_body_bytes) cut();
  }
  if (body.count > 0) cut();
  return bodies;
}

std::string write_catalog_body(const CatalogBodyChanges& changes) {
  std::string json = "[";
  for (const auto& change : changes) {
    if (json.size() > 1) json += ',';
    if (change) {
      append_change(json, *change);
    } else {
      json += "null";
    }
  }
  return json += ']';
}

Result<CatalogBodyChanges> read_catalog_body(std::string_view body) {
  const auto tree = TRY(read_array(body));
  CatalogBodyChanges changes;
  changes.reserve(tree.children.size());
  for (const auto& child : tree.children) changes.push_back(TRY(read_nullable(child)));
  return changes;
}

Result<std::optional<ResourceChange>> read_catalog_change(std::string_view body,
                                                          std::size_t index) {
  const auto tree = TRY(read_array(body));
  if (index >= tree.children.size()) {
    return malformed(
        fmt::format("it has {} changes, but number {} was asked for", tree.children.size(), index));
  }
  return read_nullable(tree.children[index]);
}

}  // namespace scorekeeper::store
