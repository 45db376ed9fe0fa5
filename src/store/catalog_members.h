// The members of the things of a catalog as JSON, for catalog_body.cpp: `visit(members, thing)`
// names each member once, and MemberWriter or MemberReader does what is to be done with it. Parse-
// local.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "domain/catalog_change.h"
#include "json/tree.h"

namespace scorekeeper::store {

// Whether it has the form kind:namespace/name, which split_canonical() takes for granted.
bool is_canonical(std::string_view reference);

// "2026-05-14T19:32:24.858850Z", of the years 0 to 9999: texts of one length, which sort as the
// times do.
std::string write_log_time(Time time);
std::optional<Time> parse_log_time(std::string_view text);

// The stand-in for a definition's text, which the log does not have: "(12 bytes, SHA-256 0123…)".
struct TextDigest {
  std::uint64_t bytes = 0;
  std::string sha256;  // 64 digits
};
// The digest of a text, or of the stand-in for one.
TextDigest digest_of(std::string_view text);
std::string stand_in(const TextDigest& digest);

// `name":value` of each member, one after the other, with commas between them.
class MemberWriter {
 public:
  static constexpr bool reads = false;

  void text(std::string_view name, std::string_view value);
  void number(std::string_view name, std::uint64_t value);
  void flag(std::string_view name, bool value) { put(name, value ? "true" : "false"); }
  void time(std::string_view name, Time value) { text(name, write_log_time(value)); }
  void optional_time(std::string_view name, const std::optional<Time>& value) {
    if (value) time(name, *value);
  }
  template <class Value>
  void name(std::string_view name, Value value, std::optional<Value> (*)(std::string_view)) {
    text(name, name_of(value));
  }
  void texts(std::string_view name, const std::vector<std::string>& values);
  void numbers(std::string_view name, const std::vector<RuleNumber>& values);
  void scopes(std::string_view name, ScopeSet scopes);
  void relations(std::string_view name, std::vector<Relation> relations);
  // A text that is JSON is embedded; another one is a string. A noted answer is not computed again.
  void json(std::string_view name, const std::string& text, const NotedTexts& noted);
  void digest(const std::string& text, const NotedTexts& noted);

  void put(std::string_view name, std::string_view json);

  struct Piece {
    std::string_view name;
    std::size_t begin;
    std::size_t end;
  };
  const std::vector<Piece>& pieces() const { return pieces_; }
  const std::string& written() const { return written_; }
  std::string_view value(const Piece& piece) const {
    return std::string_view(written_).substr(piece.begin, piece.end - piece.begin);
  }

 private:
  std::string written_;
  std::vector<Piece> pieces_;
};

// Sets what an object has; a member that it does not have stays as it is, unless all must be there.
class MemberReader {
 public:
  static constexpr bool reads = true;

  MemberReader(const json::Tree& object, bool complete) : object_(object), complete_(complete) {}

  void text(std::string_view name, std::string& value);
  template <class Number>
  void number(std::string_view name, Number& value) {
    std::uint64_t read = static_cast<std::uint64_t>(value);
    if (!whole(name, read)) return;
    value = static_cast<Number>(read);
    if (static_cast<std::uint64_t>(value) != read || !std::in_range<Number>(read)) fail(name);
  }
  void flag(std::string_view name, bool& value);
  void time(std::string_view name, Time& value);
  void optional_time(std::string_view name, std::optional<Time>& value);
  template <class Value>
  void name(std::string_view name, Value& value, std::optional<Value> (*parse)(std::string_view)) {
    const auto* member = find(name, json::Tree::Type::string);
    if (member == nullptr) return;
    const auto parsed = parse(member->text);
    parsed ? void(value = *parsed) : fail(name);
  }
  void texts(std::string_view name, std::vector<std::string>& values);
  void numbers(std::string_view name, std::vector<RuleNumber>& values);
  void scopes(std::string_view name, ScopeSet& scopes);
  void relations(std::string_view name, std::vector<Relation>& relations);
  void json(std::string_view name, std::string& text, const NotedTexts& noted);
  void digest(std::string& text, const NotedTexts& noted);

  // Whether it has the member: nullopt where it says nothing about it.
  std::optional<bool> has(std::string_view name) const;
  void set_complete(bool complete) { complete_ = complete; }
  bool is_complete() const { return complete_; }
  // The name of the first member that is missing or wrong; empty: none.
  std::string_view wrong() const { return wrong_; }

 private:
  // The member, if it is there and of that type.
  const json::Tree* find(std::string_view name, json::Tree::Type type);
  bool whole(std::string_view name, std::uint64_t& value);
  void fail(std::string_view name) {
    if (wrong_.empty()) wrong_ = name;
  }

  const json::Tree& object_;
  bool complete_;
  std::string_view wrong_;
};

// The type of a visited thing: a reader sets it, a writer looks at it.
template <class Members, class T>
using Visited = std::conditional_t<Members::reads, T, const T>;

template <class Members>
void visit(Members& members, Visited<Members, Org>& org) {
  members.text("name", org.name);
  members.time("created_at", org.created_at);
}

template <class Members>
void visit(Members& members, Visited<Members, Key>& key) {
  members.text("name", key.name);
  members.name("kind", key.kind, &parse_key_kind);
  members.text("owner", key.owner);
  members.scopes("scopes", key.scopes);
  members.time("created_at", key.created_at);
  members.optional_time("expires_at", key.expires_at);
  members.optional_time("revoked_at", key.revoked_at);
}

template <class Members>
void visit(Members& members, Visited<Members, Scorecard>& scorecard) {
  members.number("number", scorecard.number.number);
  members.text("name", scorecard.name);
  members.text("description", scorecard.description);
  members.time("created_at", scorecard.created_at);
  members.time("modified_at", scorecard.modified_at);
}

template <class Members>
void visit(Members& members, Visited<Members, CatalogRule>& one) {
  auto& rule = one.rule;
  members.number("number", rule.number.number);
  members.text("name", rule.name);
  members.number("scorecard_number", one.scorecard.number.number);
  members.text("scorecard_id", one.scorecard.id);
  members.text("scorecard_name", one.scorecard.name);
  members.text("description", rule.description);
  members.text("owner", rule.owner);
  members.text("scope_query", rule.scope_query);
  members.flag("enabled", rule.enabled);
  if constexpr (Members::reads) {
    members.number("level", rule.level);
    rule.scorecard = one.scorecard.number;
  } else {
    members.number("level", static_cast<std::uint64_t>(rule.level));
  }
  members.time("created_at", rule.created_at);
  members.time("modified_at", rule.modified_at);
}

template <class Members>
void visit(Members& members, Visited<Members, DefinedEntity>& defined) {
  auto& definition = defined.definition;
  members.text("api_version", definition.api_version);
  members.text("display_name", definition.display_name);
  members.text("description", definition.description);
  members.text("owner", definition.attributes.owner);
  members.text("tier", definition.attributes.tier);
  members.text("lifecycle", definition.attributes.lifecycle);
  members.text("type", definition.attributes.type);
  members.texts("languages", definition.attributes.languages);
  members.texts("tags", definition.attributes.tags);
  members.relations("relations", definition.relations);
  members.json("schema", definition.schema, definition.noted);
  members.digest(definition.raw, definition.noted);
  members.text("ingestion_source", definition.ingestion_source);
  members.time("created_at", defined.created_at);
  members.time("modified_at", defined.modified_at);
}

// The members of a definition are there where there is one.
template <class Members>
void visit(Members& members, Visited<Members, CatalogEntity>& entity) {
  members.number("number", entity.number.number);
  members.optional_time("discovered_at", entity.discovered_at);
  if constexpr (Members::reads) {
    const auto defined = members.has("schema");
    if (defined == false) entity.definition.reset();
    const bool complete = members.is_complete();
    if (defined == true && !entity.definition) {
      entity.definition.emplace();
      members.set_complete(true);
    }
    if (!entity.definition) return;
    visit(members, *entity.definition);
    members.set_complete(complete);
    auto& definition = entity.definition->definition;
    entity.definition->number = entity.number;
    definition.reference = entity.reference;
    definition.attributes.systems = systems_of(definition);
  } else if (entity.definition) {
    visit(members, *entity.definition);
  }
}

template <class Members>
void visit(Members& members, Visited<Members, Kind>& kind) {
  members.text("display_name", kind.display_name);
  members.text("description", kind.description);
  members.time("created_at", kind.created_at);
  members.time("modified_at", kind.modified_at);
}

template <class Members>
void visit(Members& members, Visited<Members, CatalogCampaign>& one) {
  auto& campaign = one.campaign;
  members.number("number", campaign.number.number);
  members.text("key", campaign.key);
  members.text("name", campaign.name);
  members.text("description", campaign.description);
  members.text("owner", campaign.owner_id);
  members.text("entity_scope", campaign.entity_scope);
  members.text("guidance", campaign.guidance);
  members.numbers("rule_numbers", campaign.rules);
  members.texts("rule_ids", one.rule_ids);
  members.name("status", campaign.status, &parse_campaign_status);
  members.time("start_date", campaign.start_date);
  members.optional_time("due_date", campaign.due_date);
  members.time("created_at", campaign.created_at);
  members.time("modified_at", campaign.modified_at);
}

}  // namespace scorekeeper::store
