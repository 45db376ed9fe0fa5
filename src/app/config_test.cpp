#include "app/config.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

namespace scorekeeper::app {
namespace {

class ConfigTest : public ::testing::Test {
 protected:
  void TearDown() override {
    for (const auto& path : files_) ::unlink(path.c_str());
  }

  std::string file(const std::string& text) {
    std::string path = ::testing::TempDir() + "scorekeeper-config-XXXXXX";
    const int handle = ::mkstemp(path.data());
    EXPECT_GE(handle, 0);
    ::close(handle);
    std::ofstream(path) << text;
    files_.push_back(path);
    return path;
  }

 private:
  std::vector<std::string> files_;
};

std::string detail_of(const Sources& sources) {
  const auto loaded = load_config(sources);
  return loaded ? "" : loaded.error().detail;
}

TEST_F(ConfigTest, FlagWinsOverEnvironmentOverFileOverDefault) {
  Sources sources;
  EXPECT_EQ(load_config(sources)->config.listen, "127.0.0.1:8080");
  EXPECT_EQ(load_config(sources)->config.store, "./scorekeeper-data");
  sources.file = file("listen = \"127.0.0.1:1\"\nresults_max = 7\nread_timeout_ms = 250\n");
  auto config = load_config(sources)->config;
  EXPECT_EQ(config.listen, "127.0.0.1:1");
  EXPECT_EQ(config.limits.results_max, 7U);
  EXPECT_EQ(config.limits.read_timeout, std::chrono::milliseconds(250));
  sources.environment = {{"SCOREKEEPER_LISTEN", "127.0.0.1:2"}, {"SCOREKEEPER_RESULTS_MAX", "8"}};
  config = load_config(sources)->config;
  EXPECT_EQ(config.listen, "127.0.0.1:2");
  EXPECT_EQ(config.limits.results_max, 8U);
  EXPECT_EQ(config.limits.read_timeout, std::chrono::milliseconds(250));
  sources.flags = {{"listen", "127.0.0.1:3"}};
  config = load_config(sources)->config;
  EXPECT_EQ(config.listen, "127.0.0.1:3");
  EXPECT_EQ(config.limits.results_max, 8U);
}

TEST_F(ConfigTest, ErrorsNameTheSourceAndTheSetting) {
  const auto unknown = file("listen = \"127.0.0.1:1\"\nlisten_on = 3\n");
  EXPECT_EQ(detail_of({.flags = {}, .environment = {}, .file = unknown}),
            unknown + ": unknown key \"listen_on\"; did you mean \"listen\"?");
  const auto list = file("listen = [1]\n");
  EXPECT_EQ(detail_of({.flags = {}, .environment = {}, .file = list}),
            list + ": listen must be a string, a whole number or a boolean");
  const auto broken = file("listen = \n");
  EXPECT_TRUE(
      detail_of({.flags = {}, .environment = {}, .file = broken}).starts_with(broken + ":1"));
  EXPECT_EQ(detail_of({.flags = {{"results_max", "none"}}, .environment = {}, .file = {}}),
            "command line: results_max must be a whole number from 1 to 1000000");
  EXPECT_EQ(
      detail_of({.flags = {}, .environment = {{"SCOREKEEPER_LOG_LEVEL", "loud"}}, .file = {}}),
      "environment: log_level must be debug, info, warning or error");
  EXPECT_EQ(detail_of({.flags = {{"tls_cert", "a.pem"}}, .environment = {}, .file = {}}),
            "tls_cert and tls_key go together");
  EXPECT_EQ(detail_of({.flags = {}, .environment = {{"SCOREKEEPER_TLS_KEY", "a.pem"}}, .file = {}}),
            "tls_cert and tls_key go together");
  EXPECT_EQ(
      detail_of(
          {.flags = {}, .environment = {{"SCOREKEEPER_TLS_CLIENT_CA", "ca.pem"}}, .file = {}}),
      "tls_client_ca needs tls_cert and tls_key");
  EXPECT_EQ(
      detail_of({.flags = {{"unauthenticated_is_401", "yes"}}, .environment = {}, .file = {}}),
      "command line: unauthenticated_is_401 must be true or false");
}

TEST_F(ConfigTest, AnIssuerNeedsAnAudienceAndASafeUrl) {
  const auto detail = [](const std::map<std::string, std::string>& flags) {
    return detail_of({.flags = flags, .environment = {}, .file = {}});
  };
  const auto* const together = "oidc_issuer and oidc_audience go together";
  EXPECT_EQ(detail({{"oidc_issuer", "https://i.test"}}), together);
  EXPECT_EQ(detail({{"oidc_audience", "a"}}), together);
  EXPECT_EQ(detail({{"oidc_jwks_url", "https://i.test/keys"}}), together);
  EXPECT_EQ(detail({{"oidc_issuer", "https://i.test"}, {"oidc_audience", "a"}}), "");
  EXPECT_EQ(detail({{"oidc_issuer", "http://i.test"}, {"oidc_audience", "a"}}),
            "oidc_issuer must be an https URL, or http on this machine");
  EXPECT_EQ(detail({{"oidc_issuer", "https://i.test"},
                    {"oidc_audience", "a"},
                    {"oidc_jwks_url", "ftp://i.test"}}),
            "oidc_jwks_url must be an https URL, or http on this machine");
}

TEST_F(ConfigTest, RolesOfAnIssuerAreNamed) {
  const auto detail = [](const std::map<std::string, std::string>& more) {
    std::map<std::string, std::string> flags = {{"oidc_issuer", "https://i.test"},
                                                {"oidc_audience", "a"}};
    flags.insert(more.begin(), more.end());
    return detail_of({.flags = flags, .environment = {}, .file = {}});
  };
  EXPECT_EQ(detail({{"oidc_role_claim", "roles"}}), "");
  EXPECT_EQ(detail({{"oidc_role_claim", "roles"}, {"oidc_role_map", "a=b=viewer,c=admin"}}), "");
  EXPECT_EQ(detail({{"oidc_role_map", "a=viewer"}}), "oidc_role_map needs oidc_role_claim");
  EXPECT_EQ(detail_of({.flags = {{"oidc_role_claim", "r"}}, .environment = {}, .file = {}}),
            "oidc_role_claim needs oidc_issuer");
  for (const auto* const map : {"a", "=viewer", "a=viewer,", ","}) {
    EXPECT_EQ(detail({{"oidc_role_claim", "roles"}, {"oidc_role_map", map}}),
              "command line: oidc_role_map must be NAME=ROLE, with commas between several")
        << map;
  }
  EXPECT_TRUE(detail({{"oidc_role_claim", "roles"}, {"oidc_role_map", "a=vewer"}})
                  .starts_with("command line: oidc_role_map names an unknown role \"vewer\"; did "
                               "you mean \"viewer\"?"));
  const auto map = parse_role_map("a=b=viewer,c=admin");
  ASSERT_TRUE(map);
  EXPECT_EQ(*map,
            (std::vector<std::pair<std::string, Role>>{{"a=b", Role::viewer}, {"c", Role::admin}}));
}

TEST_F(ConfigTest, WhatCannotBeAStoreOrAnAddressIsRefused) {
  const auto detail = [](const std::string& name, const std::string& value) {
    return detail_of({.flags = {{name, value}}, .environment = {}, .file = {}});
  };
  EXPECT_TRUE(detail("store", "").contains("store is empty"));
  EXPECT_TRUE(detail("store", file("text")).contains("is a file"));
  EXPECT_TRUE(detail("store", "mysql://user:secret@host/x").contains("store must be a directory"));
  EXPECT_FALSE(detail("store", "mysql://user:secret@host/x").contains("secret"));
  EXPECT_TRUE(detail("store", "postgres://host:port/x").contains("libpq"));
  EXPECT_EQ(detail("store", "postgres://host/x"), "");
  EXPECT_EQ(detail("store", ::testing::TempDir()), "");
  for (const auto* const listen :
       {"8080", ":8080", "127.0.0.1:", "127.0.0.1:http", "127.0.0.1:65536", "127.0.0.1:-1"}) {
    EXPECT_TRUE(detail("listen", listen).starts_with("command line: listen is wrong: ")) << listen;
  }
  EXPECT_EQ(detail("listen", "[::1]:0"), "");
  EXPECT_TRUE(detail_of({.flags = {}, .environment = {}, .file = ::testing::TempDir()})
                  .ends_with("is a directory"));
}

TEST_F(ConfigTest, AnEmptyFlagOrVariableIsAnError) {
  for (const auto& setting : settings()) {
    const std::pair<std::string, std::string> of_flag(setting.name, "");
    const std::pair<std::string, std::string> of_variable(environment_of(setting), "");
    const bool allowed = setting.empty_has_meaning;
    EXPECT_EQ(detail_of({.flags = {of_flag}, .environment = {}, .file = {}}),
              allowed ? "" : flag_of(setting) + " is empty: leave it out, or give it a value");
    EXPECT_EQ(detail_of({.flags = {}, .environment = {of_variable}, .file = {}}),
              allowed ? "" : environment_of(setting) + " is empty: unset it, or give it a value");
    EXPECT_EQ(allowed, setting.help.contains("empty = ")) << setting.name;
  }
  EXPECT_EQ(detail_of({.flags = {}, .environment = {{"SCOREKEEPER_CONFIG", ""}}, .file = {}}),
            "SCOREKEEPER_CONFIG is empty: unset it, or give it a value");
  // As --print-config writes it.
  const auto none = file("tls_cert = \"\"\ntls_key = \"\"\ntls_client_ca = \"\"\n");
  EXPECT_EQ(detail_of({.flags = {}, .environment = {}, .file = none}), "");
}

TEST(IsSafeUrl, AllowsPlainHttpOnThisMachineOnly) {
  for (const auto* const url :
       {"https://issuer.test", "https://issuer.test:8443/realms/main?x=y", "http://127.0.0.1",
        "http://127.0.0.1:8080/keys", "http://localhost/", "http://[::1]:80/"}) {
    EXPECT_TRUE(is_safe_url(url)) << url;
  }
  for (const auto* const url :
       {"", "https://", "http://issuer.test", "HTTP://issuer.test", "http://127.0.0.1.evil.test",
        "http://localhost.evil.test", "http://localhost:80@evil.test",
        "http://127.0.0.1\\@evil.test", "https://user@issuer.test", "https://issuer.test\n",
        "https://issuer .test", "file:///keys", "localhost"}) {
    EXPECT_FALSE(is_safe_url(url)) << url;
  }
}

TEST_F(ConfigTest, AnUnknownEnvironmentVariableIsAWarning) {
  const auto loaded = load_config(
      {.flags = {}, .environment = {{"SCOREKEEPER_SERVICE_HOST", "10.0.0.1"}}, .file = {}});
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->warnings,
            std::vector<std::string>{"unknown environment variable SCOREKEEPER_SERVICE_HOST"});
}

TEST_F(ConfigTest, ASecretCanComeFromAFile) {
  const auto secret = file("/somewhere/else\n");
  const auto loaded =
      load_config({.flags = {}, .environment = {{"SCOREKEEPER_STORE_FILE", secret}}, .file = {}});
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->config.store, "/somewhere/else");
  EXPECT_EQ(
      detail_of({.flags = {{"store", "a"}, {"store_file", secret}}, .environment = {}, .file = {}}),
      "command line: store and store_file exclude each other");
}

TEST_F(ConfigTest, PrintedConfigurationMasksPasswordsAndLoadsAgain) {
  Config config;
  config.store = "postgres://user:secret@127.0.0.1/db";
  EXPECT_EQ(print_config(config).find("secret"), std::string::npos);
  config.store = "a \"quoted\" \\ directory";
  config.limits.results_max = 12;
  const auto again =
      load_config({.flags = {}, .environment = {}, .file = file(print_config(config))});
  ASSERT_TRUE(again) << again.error().detail;
  EXPECT_EQ(again->config.store, config.store);
  EXPECT_EQ(again->config.limits.results_max, 12U);
  EXPECT_EQ(print_config(again->config), print_config(config));
}

// docs/configuration.md is read by people only: this keeps it whole and its defaults true.
TEST_F(ConfigTest, TheDocumentationHasEverySettingWithItsDefault) {
  std::ifstream page(SCOREKEEPER_SOURCE_DIR "/docs/configuration.md");
  const std::string text{std::istreambuf_iterator<char>(page), {}};
  for (const auto& setting : settings()) {
    const std::string row = "| `" + flag_of(setting) + "` | `" + environment_of(setting) + "` | `" +
                            setting.name + "` | `" + setting.get(Config{}) + "` |";
    EXPECT_NE(text.find(setting.get(Config{}).empty()
                            ? "| `" + flag_of(setting) + "` | `" + environment_of(setting) + "` |"
                            : row),
              std::string::npos)
        << row;
  }
}

TEST(MaskPassword, LeavesNone) {
  const std::pair<const char*, const char*> masked[] = {
      {"postgres://u:secret@host/db", "postgres://u:***@host/db"},
      {"postgres://u:se@cr?et@h:1,i:2/db?x=y", "postgres://u:***@h:1,i:2/db?x=y"},
      {"postgres://host/db?user=u&password=secret&x=y",
       "postgres://host/db?user=u&password=***&x=y"},
      {"postgres://host/db?password=a&sslpassword=b",
       "postgres://host/db?password=***&sslpassword=***"},
      {"postgres://u@host/db", "postgres://u@host/db"},
      {"host=h dbname=d password='a b' user=u", "host=h dbname=d password=***"},
      {"./a@b:c/password=d", "./a@b:c/password=d"}};
  for (const auto& [address, shown] : masked) EXPECT_EQ(mask_password(address), shown);
}

}  // namespace
}  // namespace scorekeeper::app
