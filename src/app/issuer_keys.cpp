#include "app/issuer_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "app/http_client.h"
#include "base/limits.h"
#include "base/log.h"
#include "wire/access_token.h"

namespace scorekeeper::app {
namespace {

Counter& loads(Metrics& metrics, const char* result) {
  return metrics.counter("scorekeeper_issuer_key_loads_total",
                         "Attempts to load the keys of the issuer of access tokens",
                         {{"result", result}});
}

// The configuration has been checked.
std::vector<auth::NamedRole> roles_of(const OidcConfig& config) {
  std::vector<auth::NamedRole> roles;
  if (config.role_map.empty()) {
    for (const auto role : all_roles) roles.push_back({std::string(name_of(role)), role});
    return roles;
  }
  const auto named = parse_role_map(config.role_map);
  for (const auto& [name, role] : *named) roles.push_back({name, role});
  return roles;
}

auth::IssuerPolicy policy_of(const OidcConfig& config, OrgId org) {
  return {.issuer = config.issuer,
          .audience = config.audience,
          .org = org,
          .role_claim = config.role_claim,
          .roles = roles_of(config),
          .clock_skew = std::chrono::seconds(static_cast<std::int64_t>(config.clock_skew_seconds)),
          .keys_kept = std::chrono::seconds(static_cast<std::int64_t>(config.keys_kept_seconds))};
}

std::chrono::seconds refresh_of(const OidcConfig& config) {
  return std::chrono::seconds(static_cast<std::int64_t>(config.refresh_seconds));
}

Result<std::string> get(const std::string& url, const std::atomic<bool>& stop) {
  return http_get(
      {.url = url, .bytes_max = jwks_bytes_max, .timeout = issuer_timeout, .stop = &stop});
}

}  // namespace

IssuerKeys::IssuerKeys(const OidcConfig& config, OrgId org, Clock& clock, Metrics& metrics)
    : config_(config),
      pause_(std::min<std::chrono::seconds>(issuer_refresh_interval_min, refresh_of(config))),
      clock_(clock),
      loaded_(loads(metrics, "loaded")),
      failed_(loads(metrics, "failed")),
      issuer_(policy_of(config, org), [this] { return ask(); }),
      thread_([this] { run(); }) {}

IssuerKeys::~IssuerKeys() {
  stop();
  thread_.join();
}

void IssuerKeys::stop() {
  stop_requests_ = true;
  {
    const Lock lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
}

// Tokens with unknown keys make us ask the issuer once in a pause, no oftener.
bool IssuerKeys::ask() {
  {
    const Lock lock(mutex_);
    if (loading_ || asked_) return true;
    if (stopping_ || std::chrono::steady_clock::now() - last_attempt_ < pause_) return false;
    asked_ = true;
  }
  changed_.notify_all();
  return true;
}

void IssuerKeys::run() {
  Lock lock(mutex_);
  while (!stopping_) {
    asked_ = false;
    loading_ = true;
    last_attempt_ = std::chrono::steady_clock::now();
    const auto begin = last_attempt_;
    mutex_.unlock();
    const auto loaded = try_load();
    if (loaded) {
      loaded_.add();
    } else if (!stop_requests_) {
      failed_.add();
      log::warning("issuer keys not loaded",
                   {{"issuer", config_.issuer}, {"detail", loaded.error().detail}});
    }
    mutex_.lock();
    loading_ = false;
    const auto next = begin + (loaded ? refresh_of(config_) : pause_);
    while (!stopping_ && !asked_) {
      const auto left = next - std::chrono::steady_clock::now();
      if (left <= std::chrono::steady_clock::duration::zero()) break;
      changed_.wait_for(mutex_, std::chrono::ceil<std::chrono::milliseconds>(left));
    }
  }
}

Result<std::string> IssuerKeys::jwks_url() const {
  if (!config_.jwks_url.empty()) return config_.jwks_url;
  auto url = config_.issuer;
  while (url.ends_with('/')) url.pop_back();
  url += "/.well-known/openid-configuration";
  auto text = TRY(get(url, stop_requests_));
  const auto metadata = TRY(wire::parse_issuer_metadata(std::move(text)));
  if (metadata.issuer != config_.issuer) {
    return invalid(fmt::format("{} is of another issuer: {}", url, metadata.issuer));
  }
  if (!is_safe_url(metadata.jwks_url)) {
    return invalid("jwks_uri must be an https URL, or http on this machine: " + metadata.jwks_url);
  }
  return metadata.jwks_url;
}

// The thread's body: what a library throws, memory that is short, is an attempt that failed.
Result<void> IssuerKeys::try_load() {
  try {
    return load();
  } catch (const std::exception& exception) {
    return make_error(Code::unavailable, exception.what());
  }
}

Result<void> IssuerKeys::load() {
  const auto url = TRY(jwks_url());
  auto text = TRY(get(url, stop_requests_));
  const auto published = TRY(wire::parse_jwks(std::move(text)));
  auto keys = std::make_shared<const auth::PublicKeys>(published);
  if (keys->size() == 0) return invalid(url + " has no key for RS256, ES256 or EdDSA");
  log::debug("issuer keys loaded", {{"keys", static_cast<std::int64_t>(keys->size())}});
  issuer_.replace(std::move(keys), clock_.now());
  return {};
}

}  // namespace scorekeeper::app
