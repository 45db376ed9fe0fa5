#include "http/tls.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <boost/asio/ssl/error.hpp>
#include <ctime>
#include <system_error>

namespace scorekeeper::http {
namespace {

namespace ssl = boost::asio::ssl;

constexpr unsigned char protocols[] = "\x08http/1.1";
constexpr std::string_view session_context = "scorekeeper";

int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* chosen_size,
                    const unsigned char* offered, unsigned offered_size, void*) {
  unsigned char* found = nullptr;
  const int status = SSL_select_next_proto(&found, chosen_size, protocols, sizeof(protocols) - 1,
                                           offered, offered_size);
  *chosen = found;
  return status == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

// OpenSSL would ask at the terminal.
int no_password(char*, int, int, void*) { return -1; }

std::string reason_of(unsigned long error) {
  if (ERR_SYSTEM_ERROR(error)) return std::generic_category().message(ERR_GET_REASON(error));
  const char* const reason = ERR_reason_error_string(error);
  return reason != nullptr ? reason : "not PEM";
}

Error unusable(const char* what, const std::string& file) {
  const auto first = ERR_get_error();
  ERR_clear_error();
  return invalid(std::string("cannot use the TLS ") + what + " in " + file + ": " +
                 reason_of(first));
}

void set_policy(SSL_CTX* context) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(
      context, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20");
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);  // tickets need no memory of ours
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
  SSL_CTX_set_default_passwd_cb(context, no_password);
}

Result<void> load_pair(SSL_CTX* context, const TlsFiles& files) {
  ERR_clear_error();
  if (SSL_CTX_use_certificate_chain_file(context, files.cert.c_str()) != 1) {
    return unusable("certificate", files.cert);
  }
  // A key of another kind than the certificate's is refused here, one of the same kind below.
  if (SSL_CTX_use_PrivateKey_file(context, files.key.c_str(), SSL_FILETYPE_PEM) != 1) {
    return unusable("key", files.key);
  }
  if (SSL_CTX_check_private_key(context) != 1) {
    ERR_clear_error();
    return invalid("the TLS key in " + files.key + " does not belong to the certificate in " +
                   files.cert);
  }
  return {};
}

// Each certificate in the file is an anchor, an intermediate one too. Sessions are not resumed, so
// that every connection shows a certificate that is good when it begins.
Result<void> demand_client_certificate(SSL_CTX* context, const std::string& file) {
  if (SSL_CTX_load_verify_file(context, file.c_str()) != 1) return unusable("client CA", file);
  STACK_OF(X509_NAME)* const names = SSL_load_client_CA_file(file.c_str());
  if (names == nullptr) return unusable("client CA", file);
  SSL_CTX_set_client_CA_list(context, names);
  X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context), X509_V_FLAG_PARTIAL_CHAIN);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_session_id_context(context,
                                 reinterpret_cast<const unsigned char*>(session_context.data()),
                                 static_cast<unsigned>(session_context.size()));
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
  SSL_CTX_set_num_tickets(context, 0);
  return {};
}

Time time_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return {};
  return Time(std::chrono::seconds(::timegm(&parts)));
}

}  // namespace

Result<Tls> open_tls(const TlsFiles& files) {
  SSL_CTX* const native = SSL_CTX_new(TLS_server_method());
  if (native == nullptr) return invalid("TLS cannot be used: OpenSSL gives no context");
  Tls tls{.context = std::make_shared<ssl::context>(native)};
  set_policy(native);
  TRY(load_pair(native, files));
  if (!files.client_ca.empty()) TRY(demand_client_certificate(native, files.client_ca));
  const X509* const cert = SSL_CTX_get0_certificate(native);
  tls.not_before = time_of(X509_get0_notBefore(cert));
  tls.not_after = time_of(X509_get0_notAfter(cert));
  return tls;
}

HandshakeFailure explain_handshake(SSL* ssl, const boost::system::error_code& code) {
  // The code may be of what OpenSSL met on its way, a wrong signature for instance.
  if (const long verified = SSL_get_verify_result(ssl); verified != X509_V_OK) {
    return {.client_certificate = true,
            .what = std::string("the client's certificate is not accepted: ") +
                    X509_verify_cert_error_string(verified)};
  }
  const auto packed = static_cast<unsigned long>(static_cast<unsigned>(code.value()));
  if (code.category() == boost::asio::error::get_ssl_category() &&
      ERR_GET_REASON(packed) == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE) {
    return {.client_certificate = true, .what = "the client showed no certificate"};
  }
  return {.client_certificate = false, .what = code.message()};
}

Result<void> check_tls(const TlsFiles& files) {
  TRY(open_tls(files));
  return {};
}

}  // namespace scorekeeper::http
