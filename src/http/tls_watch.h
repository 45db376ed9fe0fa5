// Keeps the TLS of a server in step with its files: a certificate that is renewed counts without a
// restart. Owned by the server, which calls look() on a worker, one call at a time; nothing here
// knows threads.
//
// A file is told from its successor by what stat() says of whatever the path leads to in the end:
// renaming over it, writing into it and turning a symbolic link above it (as Kubernetes does with
// ..data) all change that. A change is looked at once it has stood still from one look to the next,
// because a certificate and its key are two files.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "base/metrics.h"
#include "base/result.h"
#include "http/tls.h"

namespace scorekeeper::http {

class TlsWatch {
 public:
  // The first time, a file that cannot be used is an Error.
  static Result<std::unique_ptr<TlsWatch>> open(TlsFiles files, Metrics& metrics);

  enum class Look { when_changed, in_any_case };
  // The context for connections made from now on, or null: the files are unchanged or cannot be
  // used. Files that cannot be used are logged and counted once for each change and each cause,
  // tried again at each look, and the context that was loaded before stays in use.
  std::shared_ptr<boost::asio::ssl::context> look(Look look);
  // The context that open() made; once.
  std::shared_ptr<boost::asio::ssl::context> take_context() { return std::move(context_); }

 private:
  // All zero: there is no such file.
  struct Stamp {
    dev_t device = 0;
    ino_t inode = 0;
    off_t bytes = 0;
    std::int64_t modified_ns = 0;
    std::int64_t changed_ns = 0;

    bool operator==(const Stamp&) const = default;
  };
  using Stamps = std::array<Stamp, 3>;

  TlsWatch(TlsFiles files, Metrics& metrics);
  static Stamp stamp_of(const std::string& file);
  Stamps stamps() const;
  void use(const Tls& tls);

  TlsFiles files_;  // never changes
  Gauge& expiry_;
  Counter& reloaded_;
  Counter& failed_;
  Stamps tried_{};       // what the files were when they were last read
  Stamps seen_{};        // at the last look
  std::string failure_;  // why what was tried last is not in use; empty = it is
  std::shared_ptr<boost::asio::ssl::context> context_;
};

}  // namespace scorekeeper::http
