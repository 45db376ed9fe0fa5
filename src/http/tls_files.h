// The files that a server's TLS is read from.
#pragma once

#include <string>

#include "base/result.h"

namespace scorekeeper::http {

struct TlsFiles {
  std::string cert;  // PEM chain, the server's own certificate first
  std::string key;   // PEM, not encrypted
  // PEM. Empty = anybody may connect; else clients must show a certificate that chains up to one
  // in here and is meant for clients.
  std::string client_ca;
};

// Checks that a server could start with them. Error invalid: names the file that cannot be used.
Result<void> check_tls(const TlsFiles& files);

}  // namespace scorekeeper::http
