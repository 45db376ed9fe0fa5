#include "http/tls_watch.h"

#include <gtest/gtest.h>

#include <chrono>

#include "base/clock.h"
#include "base/log.h"
#include "http/tls_fixture.h"

namespace scorekeeper::http {
namespace {

namespace fs = std::filesystem;
using Look = TlsWatch::Look;
using Context = std::shared_ptr<boost::asio::ssl::context>;

// The serial number of a context's certificate; 0 = there is no context.
long serial_of(const Context& context) {
  if (!context) return 0;
  const X509* const cert = SSL_CTX_get0_certificate(context->native_handle());
  return ASN1_INTEGER_get(X509_get0_serialNumber(cert));
}

class TlsWatchTest : public ::testing::Test {
 protected:
  TlsWatchTest() {
    log::set_level(log::Level::error);
    folder_.write_pair(make_certificate({.serial = 1}));
  }

  std::unique_ptr<TlsWatch> open(const TlsFiles& files) {
    auto watch = TlsWatch::open(files, metrics_);
    EXPECT_TRUE(watch.has_value());
    return *std::move(watch);
  }
  // Looks twice: the first look sees a change, the second one that it stands.
  static long looked(TlsWatch& watch) {
    EXPECT_EQ(watch.look(Look::when_changed), nullptr);
    return serial_of(watch.look(Look::when_changed));
  }
  double reloads(const char* result) {
    return metrics_.counter("scorekeeper_tls_reloads_total", "", {{"result", result}}).value();
  }
  double expiry() {
    return metrics_.gauge("scorekeeper_tls_certificate_expiry_timestamp_seconds", "").value();
  }

  Metrics metrics_;
  PemFolder folder_;
};

TEST_F(TlsWatchTest, GivesTheFirstPairOnceAndNothingWhileFilesStandStill) {
  const auto watch = open(folder_.files());
  EXPECT_EQ(serial_of(watch->take_context()), 1);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(watch->look(Look::when_changed), nullptr);
  EXPECT_EQ(reloads("ok") + reloads("failed"), 0);
  EXPECT_EQ(serial_of(watch->look(Look::in_any_case)), 1);
  EXPECT_EQ(reloads("ok"), 1);
}

TEST_F(TlsWatchTest, SeesFilesThatAreWrittenInto) {
  const auto watch = open(folder_.files());
  folder_.write_pair(make_certificate({.serial = 2}));
  EXPECT_EQ(looked(*watch), 2);
  EXPECT_EQ(watch->look(Look::when_changed), nullptr);
}

TEST_F(TlsWatchTest, SeesFilesThatAreRenamedOver) {
  const auto watch = open(folder_.files());
  const auto renewed = make_certificate({.serial = 2});
  folder_.write_certs("new-cert.pem", {renewed});
  folder_.write_key("new-key.pem", renewed);
  fs::rename(folder_.file_of("new-cert.pem"), folder_.file_of("cert.pem"));
  fs::rename(folder_.file_of("new-key.pem"), folder_.file_of("key.pem"));
  EXPECT_EQ(looked(*watch), 2);
}

// cert.pem -> ..data/cert.pem, ..data -> a folder of the day, as Kubernetes mounts a Secret.
TEST_F(TlsWatchTest, SeesAFolderThatIsTurned) {
  const auto write = [&](const char* name, long serial) {
    fs::create_directory(folder_.file_of(name));
    const auto made = make_certificate({.serial = serial});
    folder_.write_certs(std::string(name) + "/cert.pem", {made});
    folder_.write_key(std::string(name) + "/key.pem", made);
  };
  write("..1", 11);
  write("..2", 12);
  fs::create_directory_symlink("..1", folder_.file_of("..data"));
  for (const auto file : {"cert.pem", "key.pem"}) {
    fs::remove(folder_.file_of(file));
    fs::create_symlink(std::string("..data/") + file, folder_.file_of(file));
  }
  const auto watch = open(folder_.files());
  EXPECT_EQ(serial_of(watch->take_context()), 11);
  fs::create_directory_symlink("..2", folder_.file_of("..data_tmp"));
  fs::rename(folder_.file_of("..data_tmp"), folder_.file_of("..data"));
  fs::remove_all(folder_.file_of("..1"));
  EXPECT_EQ(looked(*watch), 12);
}

TEST_F(TlsWatchTest, WaitsForTheOtherHalfOfAPair) {
  const auto watch = open(folder_.files());
  const auto renewed = make_certificate({.serial = 2});
  folder_.write_certs("cert.pem", {renewed});
  EXPECT_EQ(watch->look(Look::when_changed), nullptr);
  folder_.write_key("key.pem", renewed);
  EXPECT_EQ(looked(*watch), 2);
  EXPECT_EQ(reloads("failed"), 0);
}

TEST_F(TlsWatchTest, CountsABrokenPairOnceAndTakesTheNextGoodOne) {
  const auto watch = open(folder_.files());
  const auto renewed = make_certificate({.serial = 2, .end_seconds = 7'200});
  folder_.write_certs("cert.pem", {renewed});
  EXPECT_EQ(looked(*watch), 0);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(watch->look(Look::when_changed), nullptr);
  EXPECT_EQ(reloads("failed"), 1);
  EXPECT_EQ(watch->look(Look::in_any_case), nullptr);
  EXPECT_EQ(reloads("failed"), 2);
  const double before = expiry();
  folder_.write_key("key.pem", renewed);
  EXPECT_EQ(looked(*watch), 2);
  EXPECT_EQ(reloads("failed"), 2);
  EXPECT_EQ(reloads("ok"), 1);
  EXPECT_NEAR(expiry() - before, 3'600, 5);
}

TEST_F(TlsWatchTest, AFileThatGoesAndComesBackIsTakenAgain) {
  const auto watch = open(folder_.files());
  fs::rename(folder_.file_of("key.pem"), folder_.file_of("away.pem"));
  EXPECT_EQ(looked(*watch), 0);
  EXPECT_EQ(reloads("failed"), 1);
  fs::rename(folder_.file_of("away.pem"), folder_.file_of("key.pem"));
  EXPECT_EQ(looked(*watch), 1);
}

TEST_F(TlsWatchTest, WatchesTheClientCaToo) {
  auto files = folder_.files();
  files.client_ca = folder_.file_of("ca.pem");
  folder_.write_certs("ca.pem", {make_certificate({.authority = true})});
  const auto watch = open(files);
  EXPECT_EQ(watch->look(Look::when_changed), nullptr);
  folder_.write_certs("ca.pem", {make_certificate({.authority = true}),
                                 make_certificate({.serial = 3, .authority = true})});
  EXPECT_EQ(looked(*watch), 1);
}

TEST_F(TlsWatchTest, TellsWhenTheCertificateEnds) {
  const auto now = seconds_of(SystemClock().now());
  const auto watch = open(folder_.files());
  EXPECT_NEAR(expiry(), now + 3'600.0, 5);
}

TEST_F(TlsWatchTest, ACertificateThatHasEndedIsServed) {
  log::set_level(log::Level::error);
  folder_.write_pair(make_certificate({.serial = 2, .begin_seconds = -60, .end_seconds = -1}));
  const auto watch = open(folder_.files());
  EXPECT_EQ(serial_of(watch->take_context()), 2);
  EXPECT_LT(expiry(), seconds_of(SystemClock().now()));
}

}  // namespace
}  // namespace scorekeeper::http
