// Annotations of Backstage that mean more than a tag: where the source is, who is on call. Pure
// functions; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "json/tree.h"

namespace scorekeeper::wire {

// A link of schema v3. "github.com/project-slug": "org/repo", and the same of GitLab and Bitbucket,
// are repositories; "backstage.io/source-location": "url:https://…" is one, too;
// "backstage.io/techdocs-ref": "url:https://…" is documentation.
std::optional<json::Tree> link_of_annotation(std::string_view name, std::string_view text);

struct OnCall {
  std::string_view integration;  // "pagerduty", "opsgenie"
  std::string url;
};
// Any annotation of these two that is a URL; "pagerduty.com/service-id" and
// "opsgenie.com/service-id", of which the URL is made; "opsgenie.com/team", which is found by its
// name in the list of teams.
std::optional<OnCall> on_call_of_annotation(std::string_view name, std::string_view text);

}  // namespace scorekeeper::wire
