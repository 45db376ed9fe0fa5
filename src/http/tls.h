// The TLS side of a server: certificate, key, whom it lets in, and what it agrees to speak. Made
// from files at start and again each time that they change (tls_watch.h); immutable once made.
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
  // Of the server's certificate. An operator who uses it outside of them is warned, not stopped.
  Time not_before{};
  Time not_after{};
};

// TLS 1.2 and later, forward-secret AEAD ciphers, ALPN http/1.1 only: who offers other protocols
// alone gets the alert no_application_protocol (RFC 7301 §3.2). Error invalid: names the file that
// cannot be used.
Result<Tls> open_tls(const TlsFiles& files);

// The reason why a handshake failed, for the log.
struct HandshakeFailure {
  bool client_certificate = false;  // the client showed none, or not one of the client CA
  std::string what;
};
HandshakeFailure explain_handshake(SSL* ssl, const boost::system::error_code& code);

}  // namespace scorekeeper::http
