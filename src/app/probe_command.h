// The command `probe`: asks a running server whether it is ready, for what can only run a program:
// the health checks of containers, probes where clients must show a certificate.
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

// The server's answer; Error unavailable: it is not ready, or does not answer within 5 seconds. No
// secret is sent, so the server's own certificate is not looked at: it is for the name that others
// call it by.
Result<std::string> probe(const ProbeOptions& options);

}  // namespace scorekeeper::app
