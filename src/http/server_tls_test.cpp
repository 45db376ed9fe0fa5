// TLS with a certificate made by the test.
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "http/server_fixture.h"

namespace scorekeeper::http {
namespace {

// A folder of its own with key.pem, cert.pem and, of another key, other.pem.
class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "http_test_XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
    EVP_PKEY* key = EVP_EC_gen("P-256");
    EVP_PKEY* other = EVP_EC_gen("P-256");
    write_key(key, "key.pem");
    write_key(other, "other.pem");
    X509* cert = X509_new();
    ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
    X509_gmtime_adj(X509_getm_notBefore(cert), -60);
    X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
    X509_set_pubkey(cert, key);
    auto* name = X509_get_subject_name(cert);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
    X509_set_issuer_name(cert, name);
    X509_sign(cert, key, EVP_sha256());
    std::FILE* file = std::fopen(file_of("cert.pem").c_str(), "w");
    PEM_write_X509(file, cert);
    std::fclose(file);
    X509_free(cert);
    EVP_PKEY_free(key);
    EVP_PKEY_free(other);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string file_of(std::string_view name) const { return path_ + "/" + std::string(name); }

 private:
  void write_key(EVP_PKEY* key, std::string_view name) const {
    std::FILE* file = std::fopen(file_of(name).c_str(), "w");
    PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(file);
  }

  std::string path_;
};

// A TLS client over a Client's socket.
class TlsClient {
 public:
  // `version_max` and `protocols` (ALPN, length-prefixed; empty = none) as OpenSSL takes them.
  TlsClient(std::uint16_t port, int version_max, std::string_view protocols)
      : client_(port), context_(SSL_CTX_new(TLS_client_method())) {
    SSL_CTX_set_security_level(context_, 0);  // lets it offer TLS 1.1
    SSL_CTX_set_max_proto_version(context_, version_max);
    ssl_ = SSL_new(context_);
    if (!protocols.empty()) {
      SSL_set_alpn_protos(ssl_, reinterpret_cast<const unsigned char*>(protocols.data()),
                          static_cast<unsigned>(protocols.size()));
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

  bool connected() const { return connected_; }
  std::string protocol() const {
    const unsigned char* chosen = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(ssl_, &chosen, &size);
    return {reinterpret_cast<const char*>(chosen), size};
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

ServerOptions tls_options(const Folder& folder) {
  ServerOptions options;
  options.tls_cert_file = folder.file_of("cert.pem");
  options.tls_key_file = folder.file_of("key.pem");
  return options;
}

TEST(ServerTls, ServesRequestsOverTls12And13) {
  const Folder folder;
  auto routes = echo_routes();
  routes.push_back(on_loop(Method::get, "/secure", [](const Request& request) {
    return text_response(request.secure ? "secure" : "plain");
  }));
  TestServer server(routes, {}, tls_options(folder));
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsClient client(server.port(), version, "\x02h2\x08http/1.1");
    ASSERT_TRUE(client.connected());
    EXPECT_EQ(client.protocol(), "http/1.1");
    client.send(get("/secure"));
    EXPECT_TRUE(client.receive_until("\r\n\r\nsecure").starts_with("HTTP/1.1 200"));
    const auto body = std::string(300'000, 'x') + "end";
    client.send(post("/worker", body));
    EXPECT_TRUE(client.receive_until("end").ends_with(body));
    client.send(get("/get", "Connection: close\r\n"));
    EXPECT_TRUE(client.receive_until("got").ends_with("got"));
    EXPECT_TRUE(client.ended());
  }
}

TEST(ServerTls, RefusesOldVersionsOtherProtocolsAndPlainText) {
  const Folder folder;
  TestServer server(echo_routes(), {}, tls_options(folder));
  EXPECT_FALSE(TlsClient(server.port(), TLS1_1_VERSION, "").connected());
  EXPECT_FALSE(TlsClient(server.port(), TLS1_3_VERSION, "\x02h2").connected());
  Client plain(server.port());
  ASSERT_TRUE(plain.send(get("/get")));
  EXPECT_NE(plain.receive().status, 200);
  EXPECT_TRUE(TlsClient(server.port(), TLS1_3_VERSION, "").connected());
}

TEST(ServerTls, AHandshakeHasADeadline) {
  const Folder folder;
  Limits limits;
  limits.read_timeout = std::chrono::milliseconds(100);
  TestServer server(echo_routes(), limits, tls_options(folder));
  Client silent(server.port());
  EXPECT_TRUE(silent.closed_by_server());
}

TEST(ServerTls, UnusableFilesAreErrorsThatNameThem) {
  const Folder folder;
  std::ofstream(folder.file_of("text.pem")) << "not PEM\n";
  Metrics metrics;
  struct Case {
    std::string_view cert;
    std::string_view key;
    std::string_view named;
  };
  for (const auto& [cert, key, named] :
       {Case{"none.pem", "key.pem", "none.pem"}, Case{"text.pem", "key.pem", "text.pem"},
        Case{"cert.pem", "none.pem", "none.pem"}, Case{"cert.pem", "text.pem", "text.pem"},
        Case{"cert.pem", "other.pem", "other.pem"}}) {
    ServerOptions options;
    options.listen = "127.0.0.1:0";
    options.tls_cert_file = folder.file_of(cert);
    options.tls_key_file = folder.file_of(key);
    const auto opened = Server::open(options, Router({}), {}, metrics);
    ASSERT_FALSE(opened.has_value());
    EXPECT_EQ(opened.error().code, Code::invalid);
    EXPECT_NE(opened.error().detail.find(named), std::string::npos) << opened.error().detail;
  }
}

}  // namespace
}  // namespace scorekeeper::http
