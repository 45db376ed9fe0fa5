// The TLS configuration of a server: certificate, key, client CA, protocols. Made from files at the
// start and each time that they change (tls_watch.h); immutable.
#pragma once

#include <openssl/ssl.h>

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "http/tls_files.h"

namespace scorekeeper::http {

struct Tls {
  std::shared_ptr<boost::asio::ssl::context> context;
  // Validity of the server's certificate. Outside of it the server warns and goes on.
  Time not_before{};
  Time not_after{};
};

// TLS 1.2 and later, forward-secret AEAD ciphers, ALPN http/1.1 only: a client that offers only
// other protocols gets the alert no_application_protocol (RFC 7301 §3.2). Error invalid: names the
// file that cannot be used.
Result<Tls> open_tls(const TlsFiles& files);

// The reason why a handshake failed, for the log.
struct HandshakeFailure {
  // the client showed no certificate, or one that the client CA did not sign
  bool client_certificate = false;
  std::string what;
};
HandshakeFailure explain_handshake(SSL* ssl, const boost::system::error_code& code);

}  // namespace scorekeeper::http
