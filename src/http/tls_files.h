// Where the TLS side of a server comes from.
#pragma once

#include <string>

namespace scorekeeper::http {

struct TlsFiles {
  std::string cert;  // PEM chain, the server's own certificate first
  std::string key;   // PEM, not encrypted
  // PEM. Empty = anybody may connect; else clients must show a certificate that chains up to one
  // in here and is meant for clients.
  std::string client_ca;
};

}  // namespace scorekeeper::http
