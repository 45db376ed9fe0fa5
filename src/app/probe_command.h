// The command `probe` asks a running server whether it is ready. It is for health checks that can
// only start a program: those of containers, and of servers that demand a client certificate.
#pragma once

#include <string>

#include "base/result.h"

namespace scorekeeper::app {

struct ProbeOptions {
  std::string url = "http://127.0.0.1:8080";
  bool live = false;  // /healthz in place of /readyz
  std::string cert;   // PEM files of the certificate to show; empty = none
  std::string key;
};

// Returns the server's answer. Error unavailable: it is not ready, or does not answer within 5
// seconds. The server's certificate is not verified: no secret is sent, and the certificate has the
// public name, not this address.
Result<std::string> probe(const ProbeOptions& options);

}  // namespace scorekeeper::app
