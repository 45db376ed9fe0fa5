// TLS with certificates made by the test: what is agreed, whom the server lets in, and what a
// reload changes.
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "http/tls_fixture.h"

namespace scorekeeper::http {
namespace {

ServerOptions tls_options(const PemFolder& folder) {
  ServerOptions options;
  options.tls = folder.files();
  return options;
}

// With a certificate of that serial number.
PemFolder& write_serial(PemFolder& folder, long serial) {
  folder.write_pair(make_certificate({.serial = serial}));
  return folder;
}

// Until it is so; false after 20 seconds.
template <class Condition>
bool becomes(Condition condition) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::yield();
  }
  return true;
}

// New connections are shown that certificate.
bool shows_serial(std::uint16_t port, long serial) {
  return becomes([&] { return TlsClient(port).serial() == serial; });
}

double rejected(Metrics& metrics, const char* reason) {
  return metrics.counter("scorekeeper_http_rejected_total", "", {{"reason", reason}}).value();
}
double reloads(Metrics& metrics, const char* result) {
  return metrics.counter("scorekeeper_tls_reloads_total", "", {{"result", result}}).value();
}

TEST(ServerTls, ServesRequestsOverTls12And13) {
  PemFolder folder;
  auto routes = echo_routes();
  routes.push_back(on_loop(Method::get, "/secure", [](const Request& request) {
    return text_response(request.secure ? "secure" : "plain");
  }));
  TestServer server(routes, {}, tls_options(write_serial(folder, 1)));
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsClient client(
        server.port(),
        {.version_min = version, .version_max = version, .protocols = "\x02h2\x08http/1.1"});
    ASSERT_TRUE(client.connected());
    EXPECT_EQ(client.protocol(), "http/1.1");
    client.send(get("/secure"));
    EXPECT_TRUE(client.receive_until("\r\n\r\nsecure").starts_with("HTTP/1.1 200"));
    const auto body = std::string(300'000, 'x') + "end";
    client.send(post("/query", body));
    EXPECT_TRUE(client.receive_until("end").ends_with(body));
    client.send(get("/get", "Connection: close\r\n"));
    EXPECT_TRUE(client.receive_until("got").ends_with("got"));
    EXPECT_TRUE(client.ended());
  }
}

TEST(ServerTls, RefusesOldVersionsOtherProtocolsAndPlainText) {
  PemFolder folder;
  TestServer server(echo_routes(), {}, tls_options(write_serial(folder, 1)));
  EXPECT_FALSE(TlsClient(server.port(), {.version_max = TLS1_VERSION}).connected());
  EXPECT_FALSE(TlsClient(server.port(), {.version_max = TLS1_1_VERSION}).connected());
  EXPECT_FALSE(TlsClient(server.port(), {.protocols = "\x02h2"}).connected());
  Client plain(server.port());
  ASSERT_TRUE(plain.send(get("/get")));
  EXPECT_NE(plain.receive().status, 200);
  EXPECT_TRUE(TlsClient(server.port()).served());
  EXPECT_TRUE(becomes([&] { return rejected(server.metrics, "handshake") == 4; }));
  EXPECT_EQ(rejected(server.metrics, "client_certificate"), 0);
}

TEST(ServerTls, SpeaksForwardSecretAuthenticatedCiphersOnly) {
  PemFolder folder;
  folder.write_pair(make_certificate({.rsa = true}));
  TestServer server(echo_routes(), {}, tls_options(folder));
  const struct {
    const char* ciphers;
    bool accepted;
  } cases[] = {
      {"ECDHE-RSA-AES128-GCM-SHA256", true},
      {"ECDHE-RSA-AES256-GCM-SHA384", true},
      {"ECDHE-RSA-CHACHA20-POLY1305", true},
      {"ECDHE-RSA-AES256-SHA384", false},
      {"ECDHE-RSA-AES128-SHA", false},
      {"AES256-GCM-SHA384", false},
      {"AES128-SHA", false},
      {"DHE-RSA-AES256-GCM-SHA384", false},
      {"ECDHE-RSA-NULL-SHA", false},
      {"AECDH-AES128-SHA", false},
  };
  for (const auto& c : cases) {
    TlsClient client(server.port(), {.version_max = TLS1_2_VERSION, .ciphers = c.ciphers});
    EXPECT_EQ(client.connected(), c.accepted) << c.ciphers;
  }
}

TEST(ServerTls, AHandshakeHasADeadline) {
  PemFolder folder;
  Limits limits;
  limits.read_timeout = std::chrono::milliseconds(100);
  TestServer server(echo_routes(), limits, tls_options(write_serial(folder, 1)));
  Client silent(server.port());
  EXPECT_TRUE(silent.closed_by_server());
}

TEST(ServerTls, AReloadShowsTheNewCertificateAndOldConnectionsGoOn) {
  PemFolder folder;
  TestServer server(echo_routes(), {}, tls_options(write_serial(folder, 1)));
  TlsClient before(server.port());
  EXPECT_EQ(before.serial(), 1);
  EXPECT_TRUE(before.served());
  for (const long serial : {2, 3}) {
    write_serial(folder, serial);
    server.server->reload_tls();
    EXPECT_TRUE(shows_serial(server.port(), serial));
  }
  EXPECT_TRUE(before.served());
  EXPECT_TRUE(TlsClient(server.port()).served());
}

TEST(ServerTls, ChangedFilesAreSeenWithoutBeingToldOf) {
  PemFolder folder;
  TestServer server(echo_routes(), {}, tls_options(write_serial(folder, 1)));
  TlsClient before(server.port());
  write_serial(folder, 2);
  EXPECT_TRUE(shows_serial(server.port(), 2));
  EXPECT_TRUE(before.served());
  EXPECT_EQ(reloads(server.metrics, "ok"), 1);
  EXPECT_EQ(reloads(server.metrics, "failed"), 0);
}

TEST(ServerTls, ABrokenReloadKeepsTheOldCertificate) {
  PemFolder folder;
  TestServer server(echo_routes(), {}, tls_options(write_serial(folder, 1)));
  folder.write_certs("cert.pem", {make_certificate({.serial = 2})});
  server.server->reload_tls();
  EXPECT_TRUE(becomes([&] { return reloads(server.metrics, "failed") == 1; }));
  TlsClient client(server.port());
  EXPECT_EQ(client.serial(), 1);
  EXPECT_TRUE(client.served());
  write_serial(folder, 3);
  server.server->reload_tls();
  EXPECT_TRUE(shows_serial(server.port(), 3));
}

TEST(ServerTls, WithoutTlsAReloadDoesNothing) {
  TestServer server(echo_routes());
  server.server->reload_tls();
  Client client(server.port());
  ASSERT_TRUE(client.send(get("/get")));
  EXPECT_EQ(client.receive().body, "got");
}

TEST(ServerTls, UnusableFilesAreErrorsThatNameThem) {
  PemFolder folder;
  const auto pair = make_certificate({});
  folder.write_pair(pair);
  folder.write_key("other.pem", make_certificate({}));
  folder.write_key("rsa.pem", make_certificate({.rsa = true}));
  folder.write_key("encrypted.pem", pair, "password");
  folder.write_text("text.pem", "not PEM\n");
  folder.write_text("cut.pem", "-----BEGIN CERTIFICATE-----\nMIIB\n");
  folder.write_text("empty.pem", "");
  Metrics metrics;
  struct Case {
    std::string_view cert;
    std::string_view key;
    std::string_view client_ca;
    std::string_view named;
  };
  for (const auto& [cert, key, client_ca, named] :
       {Case{"none.pem", "key.pem", "", "none.pem: No such file"},
        Case{"text.pem", "key.pem", "", "text.pem"}, Case{"cut.pem", "key.pem", "", "cut.pem"},
        Case{"empty.pem", "key.pem", "", "empty.pem"},
        Case{"cert.pem", "none.pem", "", "none.pem: No such file"},
        Case{"cert.pem", "text.pem", "", "text.pem"},
        Case{"cert.pem", "other.pem", "", "other.pem"}, Case{"cert.pem", "rsa.pem", "", "rsa.pem"},
        Case{"cert.pem", "encrypted.pem", "", "encrypted.pem"},
        Case{"cert.pem", "key.pem", "none.pem", "none.pem: No such file"},
        Case{"cert.pem", "key.pem", "text.pem", "text.pem"},
        Case{"cert.pem", "key.pem", "key.pem", "key.pem"}}) {
    ServerOptions options;
    options.listen = "127.0.0.1:0";
    options.tls = {.cert = folder.file_of(cert),
                   .key = folder.file_of(key),
                   .client_ca = client_ca.empty() ? "" : folder.file_of(client_ca)};
    const auto opened = Server::open(options, Router({}), {}, metrics);
    ASSERT_FALSE(opened.has_value()) << named;
    EXPECT_EQ(opened.error().code, Code::invalid);
    EXPECT_NE(opened.error().detail.find(named), std::string::npos) << opened.error().detail;
  }
}

// A server that lets in whom `authority` vouches for.
struct MutualTls {
  PemFolder folder;
  Certificate authority = make_certificate({.serial = 100, .authority = true});

  ServerOptions options() {
    folder.write_pair(make_certificate({}));
    folder.write_certs("ca.pem", {authority});
    auto options = tls_options(folder);
    options.tls.client_ca = folder.file_of("ca.pem");
    return options;
  }
};

TEST(MutualTls, LetsInWhoShowsACertificateOfTheClientCa) {
  MutualTls mutual;
  TestServer server(echo_routes(), {}, mutual.options());
  const auto& ca = mutual.authority;
  const auto intermediate = make_certificate({.serial = 101, .issuer = &ca, .authority = true});
  const auto stranger_ca = make_certificate({.serial = 100, .authority = true});
  struct Case {
    const char* what = nullptr;
    CertificateOptions certificate;
    bool chain = false;
    bool accepted = false;
  };
  const Case cases[] = {
      {"of the CA", {.serial = 5, .issuer = &ca}, false, true},
      {"of the CA, for clients", {.serial = 6, .issuer = &ca, .usage = "clientAuth"}, false, true},
      {"for servers", {.serial = 7, .issuer = &ca, .usage = "serverAuth"}, false, false},
      {"ended",
       {.serial = 8, .issuer = &ca, .begin_seconds = -60, .end_seconds = -1},
       false,
       false},
      {"not begun", {.serial = 9, .issuer = &ca, .begin_seconds = 600}, false, false},
      {"through an intermediate", {.serial = 10, .issuer = &intermediate}, true, true},
      {"with a gap in its chain", {.serial = 11, .issuer = &intermediate}, false, false},
      {"of another CA of that name", {.serial = 12, .issuer = &stranger_ca}, false, false},
      {"signed by itself", {.serial = 13}, false, false},
  };
  double refused = 0;
  for (const auto& c : cases) {
    const auto certificate = make_certificate(c.certificate);
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
      TlsClient client(server.port(), {.version_max = version,
                                       .certificate = &certificate,
                                       .intermediate = c.chain ? &intermediate : nullptr});
      EXPECT_EQ(client.served(), c.accepted) << c.what << " " << version;
      refused += c.accepted ? 0 : 1;
    }
  }
  EXPECT_TRUE(becomes([&] { return rejected(server.metrics, "client_certificate") == refused; }));
  EXPECT_EQ(rejected(server.metrics, "handshake"), 0);
}

TEST(MutualTls, RefusesWhoShowsNone) {
  MutualTls mutual;
  TestServer server(echo_routes(), {}, mutual.options());
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    EXPECT_FALSE(TlsClient(server.port(), {.version_max = version}).served());
  }
  EXPECT_TRUE(becomes([&] { return rejected(server.metrics, "client_certificate") == 2; }));
}

TEST(MutualTls, AReloadTakesTheNewClientCa) {
  MutualTls mutual;
  TestServer server(echo_routes(), {}, mutual.options());
  const auto old = make_certificate({.serial = 5, .issuer = &mutual.authority});
  TlsClient before(server.port(), {.certificate = &old});
  EXPECT_TRUE(before.served());
  const auto other_ca = make_certificate({.serial = 200, .authority = true});
  const auto renewed = make_certificate({.serial = 6, .issuer = &other_ca});
  EXPECT_FALSE(TlsClient(server.port(), {.certificate = &renewed}).served());
  mutual.folder.write_certs("ca.pem", {other_ca});
  server.server->reload_tls();
  EXPECT_TRUE(
      becomes([&] { return TlsClient(server.port(), {.certificate = &renewed}).served(); }));
  EXPECT_FALSE(TlsClient(server.port(), {.certificate = &old}).served());
  EXPECT_TRUE(before.served());
}

}  // namespace
}  // namespace scorekeeper::http
