#include "http/tls.h"

#include <openssl/ssl.h>

namespace scorekeeper::http {
namespace {

namespace ssl = boost::asio::ssl;

constexpr unsigned char protocols[] = "\x08http/1.1";

int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* chosen_size,
                    const unsigned char* offered, unsigned offered_size, void*) {
  unsigned char* found = nullptr;
  const int status = SSL_select_next_proto(&found, chosen_size, protocols, sizeof(protocols) - 1,
                                           offered, offered_size);
  *chosen = found;
  return status == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

Error unusable(const char* what, const std::string& file, const boost::system::error_code& code) {
  return invalid(std::string("cannot use the TLS ") + what + " in " + file + ": " + code.message());
}

}  // namespace

Result<std::unique_ptr<ssl::context>> open_tls(const std::string& cert_file,
                                               const std::string& key_file) {
  auto context = std::make_unique<ssl::context>(ssl::context::tls_server);
  SSL_CTX* native = context->native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_options(
      native, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_cipher_list(native, "ECDHE+AESGCM:ECDHE+CHACHA20");
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_alpn_select_cb(native, choose_protocol, nullptr);
  boost::system::error_code code;
  context->use_certificate_chain_file(cert_file, code);
  if (code) return unusable("certificate", cert_file, code);
  context->use_private_key_file(key_file, ssl::context::pem, code);
  if (code) return unusable("key", key_file, code);
  if (SSL_CTX_check_private_key(native) != 1) {
    return invalid("the TLS key in " + key_file + " is not that of the certificate in " +
                   cert_file);
  }
  return context;
}

}  // namespace scorekeeper::http
