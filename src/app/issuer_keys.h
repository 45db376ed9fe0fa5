// Keeps the keys of the issuer of access tokens (`oidc_…`): asks it for them on a thread of its
// own, again and again, and at once when a token names a key that is not known. Owned by
// app::Service; ask() from any thread.
#pragma once

#include <atomic>
#include <chrono>
#include <string>
#include <string_view>
#include <thread>

#include "app/config.h"
#include "auth/issuer.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "base/mutex.h"
#include "base/result.h"

namespace scorekeeper::app {

class IssuerKeys {
 public:
  // `config.issuer` must be set. `org`: of everybody whom it vouches for.
  IssuerKeys(const OidcConfig& config, OrgId org, Clock& clock, Metrics& metrics);
  // Stops and joins.
  ~IssuerKeys();
  IssuerKeys(const IssuerKeys&) = delete;
  IssuerKeys& operator=(const IssuerKeys&) = delete;

  auth::Issuer& issuer() { return issuer_; }
  void stop() EXCLUDES(mutex_);

 private:
  bool ask() EXCLUDES(mutex_);
  void run();
  Result<void> try_load();
  Result<void> load();
  Result<std::string> jwks_url() const;

  OidcConfig config_;           // this and the next never change
  std::chrono::seconds pause_;  // between two attempts, whoever asks
  Clock& clock_;
  Counter& loaded_;
  Counter& failed_;
  auth::Issuer issuer_;

  std::atomic<bool> stop_requests_ = false;  // cuts a request to the issuer short
  Mutex mutex_;
  CondVar changed_;
  bool stopping_ GUARDED_BY(mutex_) = false;
  bool asked_ GUARDED_BY(mutex_) = false;
  bool loading_ GUARDED_BY(mutex_) = true;
  std::chrono::steady_clock::time_point last_attempt_ GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace scorekeeper::app
