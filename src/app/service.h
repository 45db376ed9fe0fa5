// The running server: every part of it as members in dependency order, so that construction is the
// start order and destruction the stop order. Made by main; main's thread starts and stops it.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "api/context.h"
#include "app/config.h"
#include "app/issuer_keys.h"
#include "app/stores.h"
#include "auth/keys.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "base/mutex.h"
#include "base/result.h"
#include "http/server.h"
#include "intake/intake.h"
#include "matrix/matrix.h"

namespace scorekeeper::app {

class Service {
 public:
  // Takes snapshot_dir and the address, reads the certificate, opens the store, makes the first org
  // and key pair when there is none, serves (/readyz 503), folds the logs, and is ready. Errors
  // name what was wrong with directory, store, certificate or address.
  static Result<std::unique_ptr<Service>> start(const Config& config);
  // Calls stop().
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  // /readyz turns 503, requests under way are answered, the queue is committed.
  void stop();
  // Reads the TLS files again; what is wrong with them is logged and changes nothing.
  void reload() { server_->reload_tls(); }
  std::uint16_t port() const { return server_->port(); }
  // The store has failed: the process must end without closing it, since that would write. Set
  // before SIGTERM is raised.
  bool store_failed() const { return store_failed_; }

 private:
  explicit Service(const Config& config);
  Result<void> open(const Config& config);
  Result<void> check_issuer(const OidcConfig& config);
  Result<void> open_issuer(const OidcConfig& config);
  Result<void> load_keys();
  void watch_keys();
  void tick();
  void probe();
  void count_dropped_lines();
  void look_for_keys(std::optional<std::uint64_t>& seen);
  void on_store_failure(const store::sqlite::StoreFailure& failure);
  void on_folding(bool folding);
  void set_open() EXCLUDES(mutex_);
  void set_phase() REQUIRES(mutex_);

  Metrics metrics_;
  SystemClock clock_;
  std::atomic<api::Phase> phase_ = api::Phase::starting;
  api::Looks looks_;
  api::MetricsPage metrics_page_;
  matrix::Matrix matrix_;
  auth::KeyRing keys_;
  std::atomic<bool> store_failed_ = false;
  std::optional<store::sqlite::LockFile> snapshot_dir_;  // of a server on a database
  OpenStore store_;
  std::unique_ptr<IssuerKeys> issuer_keys_;  // null: no issuer
  std::unique_ptr<intake::Intake> intake_;
  std::unique_ptr<api::StoreProbe> probe_;
  std::unique_ptr<api::Services> services_;
  std::unique_ptr<http::Server> server_;

  Mutex mutex_;
  CondVar stopping_changed_;
  bool stopping_ GUARDED_BY(mutex_) = false;
  bool open_ GUARDED_BY(mutex_) = false;     // all parts are there
  bool folding_ GUARDED_BY(mutex_) = false;  // the matrix is built anew
  std::thread key_watcher_;                  // the only caller of Catalog::keys_version
  std::thread prober_;                       // asks whether the store answers, and may wait for it
  std::thread ticker_;  // of its own, since the key watcher may wait for the database
};

inline constexpr std::string_view first_org_name = "default";

// An Error where the directory shows that it had a store whose database is missing or empty:
// serving a new one in its place would look like a store that has forgotten everything.
// Config::replace_lost_store permits it.
Result<void> check_not_lost(const Config& config);
// Makes org `default` and its first pair in an empty store; shows the pair once on stdout and, of
// an embedded store, writes DIRECTORY/initial-keys.json (0600). Does nothing when the store has a
// key.
Result<void> make_first_keys(const Config& config, Clock& clock);

}  // namespace scorekeeper::app
