// For tests of TLS: certificates made by the test, a folder for them, and a client that shows what
// was agreed.
#pragma once

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <fstream>
#include <memory>
#include <string>
#include <string_view>

#include "base/test_directory.h"
#include "http/server_fixture.h"

namespace scorekeeper::http {

struct Certificate {
  std::shared_ptr<EVP_PKEY> key;
  std::shared_ptr<X509> cert;
};

struct CertificateOptions {
  long serial = 1;
  const Certificate* issuer = nullptr;  // null = signed by itself
  bool authority = false;
  const char* usage = nullptr;  // extendedKeyUsage; null = any
  long begin_seconds = -60;     // from now
  long end_seconds = 3'600;
  bool rsa = false;
};

inline void add_extension(X509* cert, int kind, const char* value) {
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value);
  X509_add_ext(cert, extension, -1);
  X509_EXTENSION_free(extension);
}

inline Certificate make_certificate(const CertificateOptions& options) {
  Certificate made{
      .key = {options.rsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256"), EVP_PKEY_free},
      .cert = {X509_new(), X509_free},
  };
  X509* const cert = made.cert.get();
  X509_set_version(cert, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(cert), options.serial);
  X509_gmtime_adj(X509_getm_notBefore(cert), options.begin_seconds);
  X509_gmtime_adj(X509_getm_notAfter(cert), options.end_seconds);
  X509_set_pubkey(cert, made.key.get());
  const auto name = "test " + std::to_string(options.serial);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  const auto& issuer = options.issuer != nullptr ? *options.issuer : made;
  X509_set_issuer_name(cert, X509_get_subject_name(issuer.cert.get()));
  if (options.authority) add_extension(cert, NID_basic_constraints, "critical,CA:TRUE");
  if (options.usage != nullptr) add_extension(cert, NID_ext_key_usage, options.usage);
  EXPECT_NE(X509_sign(cert, issuer.key.get(), EVP_sha256()), 0);
  return made;
}

// A temporary folder for PEM files.
class PemFolder {
 public:
  std::string file_of(std::string_view name) const { return folder_.path(std::string(name)); }
  void write_text(std::string_view name, std::string_view text) const {
    std::ofstream(file_of(name)) << text;
  }
  void write_key(std::string_view name, const Certificate& certificate,
                 const char* password = nullptr) const {
    BIO* const file = BIO_new_file(file_of(name).c_str(), "w");
    PEM_write_bio_PrivateKey(file, certificate.key.get(),
                             password != nullptr ? EVP_aes_128_cbc() : nullptr, nullptr, 0, nullptr,
                             const_cast<char*>(password));
    BIO_free(file);
  }
  // A chain, in that order.
  void write_certs(std::string_view name, std::initializer_list<Certificate> chain) const {
    BIO* const file = BIO_new_file(file_of(name).c_str(), "w");
    for (const auto& each : chain) PEM_write_bio_X509(file, each.cert.get());
    BIO_free(file);
  }
  // cert.pem and key.pem, written into whatever is there.
  void write_pair(const Certificate& certificate) const {
    write_certs("cert.pem", {certificate});
    write_key("key.pem", certificate);
  }
  TlsFiles files() const {
    return {.cert = file_of("cert.pem"), .key = file_of("key.pem"), .client_ca = {}};
  }

 private:
  TestDirectory folder_;
};

struct TlsClientOptions {
  int version_min = 0;
  int version_max = TLS1_3_VERSION;
  std::string_view protocols{};  // ALPN, length-prefixed; empty = none
  const char* ciphers = nullptr;
  // Shown when the server asks; the second one is the rest of its chain. Null = none.
  const Certificate* certificate = nullptr;
  const Certificate* intermediate = nullptr;
};

// A TLS client over a Client's socket. It looks at nothing that the server shows.
class TlsClient {
 public:
  explicit TlsClient(std::uint16_t port, const TlsClientOptions& options = {})
      : client_(port), context_(SSL_CTX_new(TLS_client_method())) {
    SSL_CTX_set_security_level(context_, 0);  // lets it offer what is weak
    SSL_CTX_set_min_proto_version(context_, options.version_min);
    SSL_CTX_set_max_proto_version(context_, options.version_max);
    if (options.ciphers != nullptr) {
      EXPECT_EQ(SSL_CTX_set_cipher_list(context_, options.ciphers), 1) << options.ciphers;
    }
    if (options.certificate != nullptr) {
      SSL_CTX_use_certificate(context_, options.certificate->cert.get());
      SSL_CTX_use_PrivateKey(context_, options.certificate->key.get());
    }
    if (options.intermediate != nullptr) {
      SSL_CTX_add1_chain_cert(context_, options.intermediate->cert.get());
    }
    ssl_ = SSL_new(context_);
    if (!options.protocols.empty()) {
      SSL_set_alpn_protos(ssl_, reinterpret_cast<const unsigned char*>(options.protocols.data()),
                          static_cast<unsigned>(options.protocols.size()));
    }
    SSL_set_fd(ssl_, client_.native());
    connected_ = SSL_connect(ssl_) == 1;
  }
  ~TlsClient() {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
  }
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  // In TLS 1.3 this says nothing yet about the client's own certificate.
  bool connected() const { return connected_; }
  std::string protocol() const {
    const unsigned char* chosen = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(ssl_, &chosen, &size);
    return {reinterpret_cast<const char*>(chosen), size};
  }
  // The serial number of the server's certificate.
  long serial() const {
    const X509* const shown = SSL_get0_peer_certificate(ssl_);
    return shown == nullptr ? 0 : ASN1_INTEGER_get(X509_get0_serialNumber(shown));
  }
  void send(std::string_view bytes) {
    EXPECT_EQ(SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size())),
              static_cast<int>(bytes.size()));
  }
  // Reads until `end` has come, or nothing more.
  std::string receive_until(std::string_view end) {
    std::string text;
    char bytes[16384];
    while (!text.ends_with(end)) {
      const int got = SSL_read(ssl_, bytes, sizeof bytes);
      if (got <= 0) break;
      text.append(bytes, static_cast<std::size_t>(got));
    }
    return text;
  }
  // GET /get of echo_routes() is answered.
  bool served() {
    if (!connected_) return false;
    const auto request = get("/get");
    return SSL_write(ssl_, request.data(), static_cast<int>(request.size())) > 0 &&
           receive_until("got").ends_with("got");
  }
  // The server has said goodbye as TLS wants it, so that a cut is told from an end.
  bool ended() {
    char byte = 0;
    const int got = SSL_read(ssl_, &byte, 1);
    return got == 0 && SSL_get_error(ssl_, got) == SSL_ERROR_ZERO_RETURN;
  }

 private:
  Client client_;
  SSL_CTX* context_;
  SSL* ssl_ = nullptr;
  bool connected_ = false;
};

}  // namespace scorekeeper::http
