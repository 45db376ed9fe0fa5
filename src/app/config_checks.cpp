// The checks of settings that the text of one setting cannot tell.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "app/config.h"
#include "app/prune_command.h"
#include "store/postgres/store.h"

namespace scorekeeper::app {
namespace {

std::string upper(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

std::string flag_of(std::string name) {
  std::ranges::replace(name, '_', '-');
  return "--" + name;
}

std::string environment_of(const std::string& name) {
  return std::string(environment_prefix) + upper(name);
}

Error empty_flag(std::string_view flag) {
  return invalid(fmt::format("{} is empty: leave it out, or give it a value", flag));
}

Result<void> check_tls(const Config& config) {
  if (config.tls_cert.empty() != config.tls_key.empty()) {
    return invalid("tls_cert and tls_key go together");
  }
  if (!config.tls_client_ca.empty() && config.tls_cert.empty()) {
    return invalid("tls_client_ca needs tls_cert and tls_key");
  }
  return {};
}

Result<void> check_oidc(const OidcConfig& oidc) {
  if (oidc.issuer.empty() != oidc.audience.empty() ||
      (oidc.issuer.empty() && !oidc.jwks_url.empty())) {
    return invalid("oidc_issuer and oidc_audience go together");
  }
  if (oidc.role_claim.empty() && !oidc.role_map.empty()) {
    return invalid("oidc_role_map needs oidc_role_claim");
  }
  if (oidc.issuer.empty() && !oidc.role_claim.empty()) {
    return invalid("oidc_role_claim needs oidc_issuer");
  }
  for (const auto& [name, url] :
       {std::pair("oidc_issuer", oidc.issuer), std::pair("oidc_jwks_url", oidc.jwks_url)}) {
    if (!url.empty() && !is_safe_url(url)) {
      return invalid(std::string(name) + " must be an https URL, or http on this machine");
    }
  }
  return {};
}

}  // namespace

std::string flag_of(const Setting& setting) { return flag_of(setting.name); }

std::string environment_of(const Setting& setting) { return environment_of(setting.name); }

Error empty_variable(std::string_view variable) {
  return invalid(fmt::format("{} is empty: unset it, or give it a value", variable));
}

Result<void> check_not_empty(const std::map<std::string, std::string>& flags,
                             const std::map<std::string, std::string>& environment) {
  for (const auto& setting : settings()) {
    for (const auto& name : {setting.name, setting.name + "_file"}) {
      if (setting.empty_has_meaning) continue;
      if (const auto given = flags.find(name); given != flags.end() && given->second.empty()) {
        return empty_flag(flag_of(name));
      }
      const auto given = environment.find(name);
      if (given != environment.end() && given->second.empty()) {
        return empty_variable(environment_of(name));
      }
    }
  }
  return {};
}

Result<void> check_store(const std::string& store) {
  if (store.empty())
    return invalid("store is empty: it must be a directory or a postgres:// address");
  if (store::postgres::is_address(store)) return store::postgres::check_address(store);
  // One slash: a slip of the same, and no name that anybody gives a directory. Not repeated: it may
  // hold a password.
  const bool slip = store.starts_with("postgres:") || store.starts_with("postgresql:");
  if (slip || store.find("://") != std::string::npos) {
    return invalid(
        "store must be a directory or a postgres:// address, not another scheme:// or one slash");
  }
  std::error_code error;
  if (std::filesystem::exists(store, error) && !std::filesystem::is_directory(store, error)) {
    return invalid("store must be a directory: " + store + " is a file");
  }
  return {};
}

Result<void> check_config(const Config& config) {
  TRY(check_tls(config));
  TRY(check_oidc(config.oidc));
  const store::Keep keep = TRY(parse_keeps(config.history_keep, config.audit_keep));
  if (keep.audit.count() > 0 && (keep.history.count() == 0 || keep.audit < keep.history)) {
    return invalid("audit_keep needs history_keep, and may not be shorter");
  }
  return check_store(config.store);
}

Result<std::vector<std::pair<std::string, Role>>> parse_role_map(std::string_view text) {
  std::vector<std::pair<std::string, Role>> roles;
  for (bool more = true; more;) {
    const auto comma = text.find(',');
    const auto entry = text.substr(0, comma);
    more = comma != std::string_view::npos;
    if (more) text.remove_prefix(comma + 1);
    const auto equals = entry.rfind('=');
    if (equals == std::string_view::npos || equals == 0) {
      return invalid("must be NAME=ROLE, with commas between several");
    }
    const auto role = parse_role(entry.substr(equals + 1));
    if (!role) return invalid("names an " + role.error().detail);
    roles.emplace_back(entry.substr(0, equals), *role);
  }
  return roles;
}

bool is_safe_url(std::string_view url) {
  for (const char c : url) {
    // A name before '@', or what some reader takes for one, would hide the host.
    if (c <= ' ' || c > '~' || c == '@' || c == '\\') return false;
  }
  if (url.starts_with("https://")) return url.size() > 8;
  for (const std::string_view here : {"http://127.0.0.1", "http://[::1]", "http://localhost"}) {
    const auto next = url.size() > here.size() ? url[here.size()] : '/';
    if (url.starts_with(here) && (next == ':' || next == '/')) return true;
  }
  return false;
}

std::string mask_password(std::string_view url) {
  std::string masked(url);
  const auto scheme = masked.find("://");
  if (scheme != std::string::npos) {
    const auto at = masked.rfind('@');
    const auto colon = masked.find(':', scheme + 3);
    if (at != std::string::npos && colon < at) masked.replace(colon + 1, at - colon - 1, "***");
  } else if (!store::postgres::is_address(masked)) {
    return masked;
  }
  // A parameter of a URL ends at '&'; the value of a keyword may have spaces, in quotes: all behind
  // it goes.
  const char end = scheme == std::string::npos ? '\0' : '&';
  constexpr std::string_view parameter = "password=";
  for (auto found = masked.find(parameter); found != std::string::npos;
       found = masked.find(parameter, found)) {
    found += parameter.size();
    masked.replace(found, masked.find(end, found) - found, "***");
  }
  return masked;
}

}  // namespace scorekeeper::app
