#include "http/tls_watch.h"

#include <sys/stat.h>

#include <utility>

#include "base/log.h"

namespace scorekeeper::http {
namespace {

Counter& reloads(Metrics& metrics, const char* result) {
  return metrics.counter("scorekeeper_tls_reloads_total",
                         "Times that the TLS files were read again.", {{"result", result}});
}

std::int64_t nanoseconds_of(const timespec& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

TlsWatch::TlsWatch(TlsFiles files, Metrics& metrics)
    : files_(std::move(files)),
      expiry_(metrics.gauge("scorekeeper_tls_certificate_expiry_timestamp_seconds",
                            "When the TLS certificate in use ends, in seconds since 1970.")),
      reloaded_(reloads(metrics, "ok")),
      failed_(reloads(metrics, "failed")) {}

Result<std::unique_ptr<TlsWatch>> TlsWatch::open(TlsFiles files, Metrics& metrics) {
  std::unique_ptr<TlsWatch> watch(new TlsWatch(std::move(files), metrics));
  watch->tried_ = watch->seen_ = watch->stamps();
  const auto tls = TRY(open_tls(watch->files_));
  watch->use(tls);
  watch->context_ = tls.context;
  return watch;
}

// The stamps are taken before the files are read: a change meanwhile is seen by the next look.
std::shared_ptr<boost::asio::ssl::context> TlsWatch::look(Look look) {
  const auto now = stamps();
  const bool still = std::exchange(seen_, now) == now;
  const bool changed = now != tried_;
  if (look == Look::when_changed && (!still || (!changed && failure_.empty()))) return nullptr;
  tried_ = now;
  const auto tls = open_tls(files_);
  if (!tls) {
    const bool known = tls.error().detail == std::exchange(failure_, tls.error().detail);
    if (known && !changed && look == Look::when_changed) return nullptr;
    failed_.add();
    log::error("tls_not_reloaded",
               {{"detail", failure_}, {"consequence", "the certificate from before stays in use"}});
    return nullptr;
  }
  failure_.clear();
  reloaded_.add();
  log::info("tls_reloaded", {{"certificate", files_.cert}, {"expires", rfc3339(tls->not_after)}});
  use(*tls);
  return tls->context;
}

void TlsWatch::use(const Tls& tls) {
  expiry_.set(static_cast<double>(microseconds_of(tls.not_after)) / 1e6);
  const auto now = SystemClock().now();
  if (tls.not_before <= now && now < tls.not_after) return;
  log::warning("tls_certificate_not_valid", {{"certificate", files_.cert},
                                             {"begins", rfc3339(tls.not_before)},
                                             {"expires", rfc3339(tls.not_after)}});
}

TlsWatch::Stamps TlsWatch::stamps() const {
  return {stamp_of(files_.cert), stamp_of(files_.key),
          files_.client_ca.empty() ? Stamp{} : stamp_of(files_.client_ca)};
}

TlsWatch::Stamp TlsWatch::stamp_of(const std::string& file) {
  struct stat found{};
  if (::stat(file.c_str(), &found) != 0) return {};
  return {.device = found.st_dev,
          .inode = found.st_ino,
          .bytes = found.st_size,
          .modified_ns = nanoseconds_of(found.st_mtim),
          .changed_ns = nanoseconds_of(found.st_ctim)};
}

}  // namespace scorekeeper::http
