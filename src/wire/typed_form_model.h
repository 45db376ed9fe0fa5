// The schemas that the official clients can read, written down from their generated models and
// independent of typed_form: for tests and fuzz targets alone. conforms() says whether they could
// read a schema of an answer. One thread.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "domain/text.h"
#include "json/tree.h"
#include "wire/yaml_reader.h"

namespace scorekeeper::wire {

// name*: required. text, text1, text2: a string of at least so many characters. free: an object of
// any members. words: one of these. list X: of X. one X Y: exactly one of these. Others are names
// of forms, which have no members but theirs.
inline constexpr std::string_view typed_form_model = R"(
v1: {schema-version*: words v1, info*: info, org: org, contact: contact-v1, tags: list text,
     external-resources: list link-v2, integrations: integrations-v1, extensions: free}
info: {dd-service*: text, display-name: text, description: text, service-tier: text}
org: {team: text, application: text}
contact-v1: {email: text, slack: text}
integrations-v1: {pagerduty: text}
v2: {schema-version*: words v2, dd-service*: text, team: text, dd-team: text,
     contacts: list contact-v2, links: list link-v2, repos: list place, docs: list place,
     tags: list text, integrations: integrations-v2, extensions: free}
contact-v2: {type*: words email slack microsoft-teams, contact*: text, name: text}
link-v2: {name*: text, url*: text,
          type*: words doc wiki runbook url repo dashboard oncall code link}
place: {name*: text, url*: text, provider: text}
integrations-v2: {pagerduty: text, opsgenie: opsgenie-v2}
opsgenie-v2: {service-url*: text, region: words EU US}
pagerduty-v2: {service-url: text}
v2.1: {schema-version*: words v2.1, dd-service*: text, team: text, application: text,
       description: text, tier: text, lifecycle: text, contacts: list contact-v2,
       links: list link-v2.1, tags: list text, integrations: integrations-v2.1, extensions: free}
link-v2.1: {name*: text, url*: text, provider: text,
            type*: words doc repo runbook dashboard other}
integrations-v2.1: {pagerduty: pagerduty-v2, opsgenie: opsgenie-v2}
v2.2: {schema-version*: words v2.2, dd-service*: text, team: text, application: text,
       description: text, tier: text, lifecycle: text, type: text, service-type: text,
       languages: list text, ci-pipeline-fingerprints: list text, contacts: list contact-v2.2,
       links: list link-v2.2, tags: list text, integrations: integrations-v2.1, extensions: free}
contact-v2.2: {type*: text, contact*: text, name: text}
link-v2.2: {name*: text, url*: text, type*: text, provider: text}
service: {apiVersion*: version, kind*: words service, metadata*: metadata, spec: service-spec,
          integrations: integrations, datadog: code-telemetry, extensions: free}
datastore: {apiVersion*: version, kind*: words datastore, metadata*: metadata, spec: store-spec,
            integrations: integrations, datadog: store-telemetry, extensions: free}
queue: {apiVersion*: version, kind*: words queue, metadata*: metadata, spec: store-spec,
        integrations: integrations, datadog: store-telemetry, extensions: free}
system: {apiVersion*: version, kind*: words system, metadata*: metadata, spec: system-spec,
         integrations: integrations, datadog: system-telemetry, extensions: free}
api: {apiVersion*: version, kind*: words api, metadata*: metadata, spec: api-spec,
      integrations: integrations, datadog: code-telemetry, extensions: free}
version: words v2 v2.1 v2.2 v3
metadata: {name*: text1, namespace: text1, displayName: text, description: text, owner: text,
           additionalOwners: list owner, tags: list text, links: list link, contacts: list contact,
           inheritFrom: text, id: text1, managed: free}
owner: {name*: text, type: text}
link: {name*: text, url*: text, type: text, provider: text}
contact: {type*: text, contact*: text, name: text2}
service-spec: {lifecycle: text1, tier: text1, type: text, languages: list text,
               dependsOn: list text, componentOf: list text}
store-spec: {lifecycle: text1, tier: text1, type: text, componentOf: list text}
system-spec: {lifecycle: text1, tier: text1, components: list text}
api-spec: {lifecycle: text1, tier: text1, type: text, implementedBy: list text,
           interface: one file-ref interface-definition}
file-ref: {fileRef: text}
interface-definition: {definition: free}
integrations: {pagerduty: pagerduty, opsgenie: opsgenie}
pagerduty: {serviceURL*: text1}
opsgenie: {serviceURL*: text1, region: text1}
code-telemetry: {codeLocations: list code-location, events: list query, logs: list query,
                 performanceData: performance, pipelines: pipelines}
store-telemetry: {events: list query, logs: list query, performanceData: performance}
system-telemetry: {events: list query, logs: list query, performanceData: performance,
                   pipelines: pipelines}
code-location: {repositoryURL: text, paths: list text}
query: {name: text, query: text}
performance: {tags: list text}
pipelines: {fingerprints: list text}
)";

class TypedFormModel {
 public:
  TypedFormModel() {
    auto tree = read_yaml({.text = typed_form_model});
    ASSERT(tree.has_value());
    forms_ = *std::move(tree);
  }

  // `form`: "v1", …, "v2.2", or a kind: "service", …
  bool conforms(const json::Tree& value, std::string_view form) const {
    const auto first = form.substr(0, form.find(' '));
    const auto rest = first.size() == form.size() ? "" : form.substr(first.size() + 1);
    if (first == "free") return value.is(json::Tree::Type::object);
    if (first.starts_with("text")) {
      const auto least = first.size() == 4 ? 0U : static_cast<std::size_t>(first[4] - '0');
      return value.is(json::Tree::Type::string) && count_characters(value.text) >= least;
    }
    if (first == "words") return value.is(json::Tree::Type::string) && has_word(rest, value.text);
    if (first == "one") return count_fitting(value, rest) == 1;
    if (first == "list") {
      return value.is(json::Tree::Type::array) &&
             std::ranges::all_of(value.children,
                                 [&](const json::Tree& e) { return conforms(e, rest); });
    }
    const auto* named = forms_.find(first);
    ASSERT(named != nullptr);
    return named->is(json::Tree::Type::string) ? conforms(value, named->text)
                                               : object_conforms(value, *named);
  }

 private:
  static bool has_word(std::string_view words, std::string_view word) {
    return !word.empty() &&
           (" " + std::string(words) + " ").contains(" " + std::string(word) + " ");
  }

  int count_fitting(const json::Tree& value, std::string_view forms) const {
    int fitting = 0;
    while (!forms.empty()) {
      const auto form = forms.substr(0, forms.find(' '));
      if (conforms(value, form)) ++fitting;
      forms.remove_prefix(std::min(forms.size(), form.size() + 1));
    }
    return fitting;
  }

  bool object_conforms(const json::Tree& value, const json::Tree& form) const {
    if (!value.is(json::Tree::Type::object)) return false;
    const bool complete = std::ranges::all_of(form.children, [&value](const json::Tree& member) {
      const std::string_view name = member.name;
      return !name.ends_with('*') || value.find(name.substr(0, name.size() - 1)) != nullptr;
    });
    return complete && std::ranges::all_of(value.children, [&](const json::Tree& child) {
             const auto* member = form.find(child.name);
             if (member == nullptr) member = form.find(child.name + "*");
             return member != nullptr && conforms(child, member->text);
           });
  }

  json::Tree forms_;
};

}  // namespace scorekeeper::wire
