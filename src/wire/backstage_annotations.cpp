#include "wire/backstage_annotations.h"

#include <fmt/format.h>

#include <algorithm>

namespace scorekeeper::wire {
namespace {

struct Host {
  std::string_view annotation;
  std::string_view url;  // before the slug
  std::string_view provider;
};
constexpr Host hosts[] = {
    {"github.com/project-slug", "https://github.com/", "GitHub"},
    {"gitlab.com/project-slug", "https://gitlab.com/", "GitLab"},
    {"bitbucket.org/project-slug", "https://bitbucket.org/", "Bitbucket"},
};

struct Place {
  std::string_view annotation;
  std::string_view name;
  std::string_view type;
};
constexpr Place places[] = {
    {"backstage.io/source-location", "Source", "repo"},
    {"backstage.io/techdocs-ref", "TechDocs", "doc"},
};

struct Service {
  std::string_view annotation;
  std::string_view integration;
  std::string_view url;  // before the id
};
constexpr Service services[] = {
    {"pagerduty.com/service-id", "pagerduty", "https://www.pagerduty.com/service-directory/"},
    {"opsgenie.com/service-id", "opsgenie", "https://app.opsgenie.com/service/"},
    {"opsgenie.com/team", "opsgenie", "https://app.opsgenie.com/teams/list#"},
};

// Letters, digits and "_.-" alone: stands in a URL as it is.
bool is_plain(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '-';
  });
}

// org/repo, or with groups between them.
bool is_slug(std::string_view text) {
  if (!text.contains('/')) return false;
  for (;;) {
    const auto slash = text.find('/');
    if (!is_plain(text.substr(0, slash))) return false;
    if (slash == std::string_view::npos) return true;
    text.remove_prefix(slash + 1);
  }
}

bool is_web_url(std::string_view text) {
  return (text.starts_with("https://") || text.starts_with("http://")) && !text.contains(' ');
}

json::Tree make_link(std::string_view name, std::string_view type, std::string_view provider,
                     std::string_view url) {
  auto link = json::Tree::empty_object();
  link.put_text("name", name);
  link.put_text("type", type);
  if (!provider.empty()) link.put_text("provider", provider);
  link.put_text("url", url);
  return link;
}

}  // namespace

std::optional<json::Tree> link_of_annotation(std::string_view name, std::string_view text) {
  const auto host = std::ranges::find(hosts, name, &Host::annotation);
  if (host != std::end(hosts)) {
    if (!is_slug(text)) return std::nullopt;
    return make_link(text, "repo", host->provider, fmt::format("{}{}", host->url, text));
  }
  const auto place = std::ranges::find(places, name, &Place::annotation);
  if (place == std::end(places) || !text.starts_with("url:")) return std::nullopt;
  text.remove_prefix(4);
  if (!is_web_url(text)) return std::nullopt;
  return make_link(place->name, place->type, "", text);
}

std::optional<OnCall> on_call_of_annotation(std::string_view name, std::string_view text) {
  for (const std::string_view integration : {"pagerduty", "opsgenie"}) {
    if (is_web_url(text) && name.starts_with(fmt::format("{}.com/", integration))) {
      return OnCall{.integration = integration, .url = std::string(text)};
    }
  }
  const auto service = std::ranges::find(services, name, &Service::annotation);
  if (service == std::end(services) || !is_plain(text)) return std::nullopt;
  return OnCall{.integration = service->integration,
                .url = fmt::format("{}{}", service->url, text)};
}

}  // namespace scorekeeper::wire
