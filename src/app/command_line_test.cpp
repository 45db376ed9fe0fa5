// A careless user: what is missing, empty, mistyped, in the wrong place. Each mistake is one plain
// sentence on stderr, and leaves nothing behind.
#include "app/command_line.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "app/config.h"
#include "base/metrics.h"
#include "base/test_directory.h"
#include "store/sqlite/store.h"

namespace scorekeeper::app {
namespace {

struct Ran {
  int code = 0;
  std::string output;
  std::string errors;
};

Ran run(const std::vector<std::string>& arguments) {
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  Ran ran;
  ran.code = run_command_line(arguments);
  ran.output = ::testing::internal::GetCapturedStdout();
  ran.errors = ::testing::internal::GetCapturedStderr();
  return ran;
}

// In the arguments STORE is a store, NONE a path where there is nothing, EMPTY an empty directory,
// FILE a file of some text, COPY a name in a directory that is there.
struct Mistake {
  std::vector<std::string> arguments;
  int code;
  std::string said;
};

class CommandLineTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Metrics metrics;
    ASSERT_TRUE(store::sqlite::Store::open({.directory = directory_.store()}, metrics));
    ASSERT_EQ(run({"org", "create", "default", "--store", directory_.store()}).code, 0);
    ASSERT_EQ(run({"key", "create", "--store", directory_.store(), "--name", "ci"}).code, 0);
    ASSERT_EQ(run({"token", "create", "--store", directory_.store(), "--name", "ci"}).code, 0);
    std::filesystem::create_directory(directory_.path("empty"));
    write_file(directory_.path("file"), "some text\n");
  }

  std::string place_of(const std::string& word) const {
    if (word == "STORE") return directory_.store();
    if (word == "NONE") return directory_.path("none");
    if (word == "EMPTY") return directory_.path("empty");
    if (word == "FILE") return directory_.path("file");
    if (word == "COPY") return directory_.path("copy");
    return word;
  }
  std::vector<std::string> names() const {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory_.path("."))) {
      // SQLite's own, which come and go.
      const auto name = entry.path().filename().string();
      if (!name.ends_with("-wal") && !name.ends_with("-shm")) found.push_back(entry.path());
    }
    std::ranges::sort(found);
    return found;
  }
  std::size_t count_keys() const {
    const auto keys = store::sqlite::open_keys(directory_.store());
    return (*keys)->load_keys()->keys.size();
  }

  void check(const std::vector<Mistake>& mistakes) {
    const auto before = names();
    const auto keys = count_keys();
    for (const auto& [arguments, code, said] : mistakes) {
      std::vector<std::string> words;
      std::string line;
      for (const auto& argument : arguments) {
        words.push_back(place_of(argument));
        line += " '" + argument + "'";
      }
      const auto ran = run(words);
      EXPECT_EQ(ran.code, code) << line << '\n' << ran.errors;
      EXPECT_TRUE(ran.errors.contains(said)) << line << '\n' << ran.errors;
      EXPECT_TRUE(ran.errors.starts_with("scorekeeper: ")) << line << '\n' << ran.errors;
      EXPECT_EQ(std::ranges::count(ran.errors, '\n'), 1) << line << '\n' << ran.errors;
      EXPECT_EQ(ran.output, "") << line;
      EXPECT_FALSE(ran.errors.contains("secret")) << line << '\n' << ran.errors;
    }
    EXPECT_EQ(names(), before);
    EXPECT_EQ(count_keys(), keys);
  }

  TestDirectory directory_;
};

TEST_F(CommandLineTest, UnknownCommandsAndFlagsAreNamed) {
  check({
      {{}, 2, "scorekeeper needs a command: serve, key, token"},
      {{""}, 2, "unknown command \"\""},
      {{"serv"}, 2, "unknown command \"serv\"; did you mean \"serve\"?"},
      {{"help", "ky"}, 2, "unknown command \"ky\"; did you mean \"key\"?"},
      {{"help", "key", "mak"}, 2, "unknown command \"mak\""},
      {{"--what"}, 2, "unknown flag --what"},
      {{"key"}, 2, "key needs a command: create, list, revoke"},
      {{"key", "crate"}, 2, "unknown command \"key crate\"; did you mean \"create\"?"},
      {{"token"}, 2, "token needs a command: create, list, revoke"},
      {{"org"}, 2, "org needs a command: create, list"},
      {{"import"}, 2, "import needs a command: backstage"},
      {{"key", "list", "--stor", "STORE"}, 2, "unknown flag --stor; did you mean \"--store\"?"},
      {{"key", "list", "--store", "STORE", "more"},
       2,
       "key list does not take the argument \"more\""},
      {{"serve", "--listn", "127.0.0.1:0"}, 2, "unknown flag --listn; did you mean \"--listen\"?"},
      {{"serve", "now", "--store", "NONE"}, 2, "serve does not take the argument \"now\""},
      {{"token", "revoke", "--pair", "3"}, 2, "unknown flag --pair; see"},
      {{"version", "two"}, 2, "version does not take the argument \"two\""},
      {{"probe", "--cert", "FILE"}, 2, "--cert requires --key"},
      {{"key", "list", "--store", "STORE", "--format", "xml"},
       2,
       "--format must be text or json, not \"xml\""},
      {{"key", "list", "--store"}, 2, "--store needs a value"},
      {{"key", "list", "--store-file", "NONE"}, 2, "cannot read the file"},
      {{"key", "list", "--store", "STORE", "--store-file", "FILE"}, 2, "--store-file"},
  });
}

TEST_F(CommandLineTest, AStoreIsNotMadeByAccident) {
  std::vector<Mistake> mistakes;
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"key", "create", "--name", "n"},
        {"key", "list"},
        {"key", "revoke", "1"},
        {"token", "create", "--name", "n"},
        {"token", "list"},
        {"token", "revoke", "1"},
        {"org", "create", "acme"},
        {"org", "list"}}) {
    for (const char* const place : {"NONE", "EMPTY"}) {
      auto arguments = command;
      arguments.insert(arguments.end(), {"--store", place});
      mistakes.push_back({arguments, 1, "there is no store in "});
    }
  }
  const std::vector<std::vector<std::string>> of_stores = {{"key", "create", "--name", "n"},
                                                           {"key", "list"},
                                                           {"key", "revoke", "1"},
                                                           {"token", "create", "--name", "n"},
                                                           {"token", "list"},
                                                           {"token", "revoke", "1"},
                                                           {"org", "create", "acme"},
                                                           {"org", "list"},
                                                           {"backup", "COPY"},
                                                           {"restore", "COPY"},
                                                           {"verify"},
                                                           {"migrate"},
                                                           {"migrate", "up"}};
  for (const auto& command : of_stores) {
    const auto at = [&](const char* place) {
      auto arguments = command;
      arguments.insert(arguments.end(), {"--store", place});
      return arguments;
    };
    mistakes.push_back({at(""), 2, "store is empty"});
    mistakes.push_back({at("FILE"), 2, "is a file"});
    mistakes.push_back({at("mysql://user:secret@host/x"), 2, "store must be a directory"});
  }
  for (const char* const place : {"NONE", "EMPTY"}) {
    mistakes.push_back({{"backup", "--store", place, "COPY"}, 1, "cannot read"});
    mistakes.push_back({{"verify", "--store", place}, 1, "cannot read"});
    mistakes.push_back({{"migrate", "--store", place}, 1, "cannot read"});
    mistakes.push_back({{"migrate", "up", "--store", place}, 1, "cannot read"});
  }
  check(mistakes);
}

TEST_F(CommandLineTest, NothingIsGrantedByAccident) {
  std::vector<Mistake> mistakes;
  for (const char* const what : {"key", "token"}) {
    const std::vector<std::string> create = {what, "create", "--store", "STORE", "--name", "n"};
    const auto with = [&](const std::vector<std::string>& more) {
      auto arguments = create;
      arguments.insert(arguments.end(), more.begin(), more.end());
      return arguments;
    };
    mistakes.insert(
        mistakes.end(),
        {{{what, "create", "--store", "STORE"}, 2, "--name is required"},
         {{what, "create", "--store", "STORE", "--name", ""}, 2, "the name of a"},
         {{what, "create", "--store", "STORE", "--name"}, 2, "--name needs a value"},
         {with({"--scopes", ""}), 2, "a scope has no name"},
         {with({"--scopes="}), 2, "a scope has no name"},
         {with({"--role=", "--format", "json"}), 2, "unknown role \"\""},
         {with({"--scopes", ","}), 2, "a scope has no name"},
         {with({"--scopes", "cases_read,,cases_write"}), 2, "a scope has no name"},
         {with({"--scopes", "cases_reed"}), 2, "did you mean \"cases_read\"?"},
         {with({"--scopes"}), 2, "--scopes needs a value"},
         {with({"--role", ""}), 2, "unknown role \"\""},
         {with({"--role", "reporters"}), 2, "did you mean \"reporter\"?"},
         {with({"--role", "viewer", "--scopes", "cases_write"}), 2, "has none of the scopes"},
         {with({"--org", ""}), 1, "no org \"\""},
         {with({"--org", "acme"}), 1, "no org \"acme\""}});
  }
  const std::vector<std::string> token = {"token", "create", "--store", "STORE", "--name", "n"};
  for (const char* const time : {"", "30", "d", "soon", "-1d", "4000d"}) {
    auto arguments = token;
    arguments.insert(arguments.end(), {"--expires-in", time});
    mistakes.push_back({arguments, 2, "a lifetime is a number and a unit"});
  }
  auto arguments = token;
  arguments.insert(arguments.end(), {"--owner", ""});
  mistakes.push_back({arguments, 2, "the name of an owner"});
  arguments = token;
  arguments.insert(arguments.end(), {"--kind", "robot"});
  mistakes.push_back({arguments, 2, "--kind must be personal or service, not \"robot\""});
  mistakes.push_back({{"org", "create", "--store", "STORE"}, 2, "name is required"});
  mistakes.push_back({{"org", "create", "--store", "STORE", ""}, 2, "the name of an org"});
  mistakes.push_back({{"org", "create", "--store", "STORE", "default"}, 1, "exists already"});
  check(mistakes);
}

TEST_F(CommandLineTest, AnIdIsTheNumberOfAKeyOrAToken) {
  check({
      {{"key", "revoke", "--store", "STORE"}, 2, "id is required"},
      {{"key", "revoke", "--store", "STORE", ""}, 2, "ID must be the number of a key"},
      {{"key", "revoke", "--store", "STORE", "ci"},
       2,
       "ID must be the number of a key, as `scorekeeper key list` shows it, not \"ci\""},
      {{"key", "revoke", "--store", "STORE", "1.5"}, 2, "ID must be the number of a key"},
      {{"key", "revoke", "--store", "STORE", "9999999999999"}, 2, "ID must be the number of a key"},
      {{"key", "revoke", "--store", "STORE", "99"}, 1, "no such key: 99"},
      {{"key", "revoke", "--store", "STORE", "3"},
       1,
       "3 is a token: `scorekeeper token revoke --store "},
      {{"token", "revoke", "--store", "STORE", "ci"}, 2, "ID must be the number of a token"},
      {{"token", "revoke", "--store", "STORE", "99"}, 1, "no such token: 99"},
      {{"token", "revoke", "--store", "STORE", "1"},
       1,
       "1 is a key: `scorekeeper key revoke --store "},
  });
}

// A suggested command can be copied into a shell.
TEST_F(CommandLineTest, SuggestedCommandsNameTheStore) {
  const auto store = directory_.store();
  EXPECT_TRUE(run({"key", "revoke", "--store", store, "2"})
                  .output.contains("`scorekeeper key revoke --store " + store + " 1`"));
  EXPECT_TRUE(run({"token", "revoke", "--store", store, "1"})
                  .errors.contains("`scorekeeper key revoke --store " + store + " 1`"));
  EXPECT_TRUE(
      run({"org", "create", "--store", store, "a 'b"})
          .output.contains("key create --store " + store + R"( --org 'a '\''b' --name …`)"));
  EXPECT_EQ(quote_for_shell("acme_1.x"), "acme_1.x");
  EXPECT_EQ(quote_for_shell(""), "''");
  EXPECT_EQ(quote_for_shell("$(x)"), "'$(x)'");
  EXPECT_EQ(store_words(Config{}.store), "");
  EXPECT_EQ(store_words("postgres://u:secret@host/x"), " --store …");
}

// `serve` would refuse to make one there.
TEST_F(CommandLineTest, ALostStoreIsNotSaidToBeMadeByServe) {
  write_file(directory_.path("empty/initial-keys.json"), "{}");
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"key", "list"}, {"token", "list"}, {"org", "list"}}) {
    auto arguments = command;
    arguments.insert(arguments.end(), {"--store", "EMPTY"});
    check({{arguments, 1, "is lost: "}, {arguments, 1, "restore a backup"}});
  }
}

TEST_F(CommandLineTest, CopiesGoWhereTheyCanBe) {
  check({
      {{"backup", "--store", "STORE"}, 2, "file is required"},
      {{"backup", "--store", "STORE", ""}, 2, "the name of the file to write is empty"},
      {{"backup", "--store", "STORE", "FILE"}, 1, "it exists"},
      {{"backup", "--store", "STORE", "EMPTY"}, 1, "it exists"},
      {{"backup", "--store", "STORE", "/no/such/folder/copy"}, 1, "/no/such/folder/copy"},
      {{"backup", "--store", "postgres://host/x", "COPY"}, 2, "backup is for embedded stores"},
      {{"restore", "--store", "NONE"}, 2, "file is required"},
      {{"restore", "--store", "NONE", ""}, 2, "the name of the file to read is empty"},
      {{"restore", "--store", "NONE", "COPY"}, 1, "cannot read"},
      {{"restore", "--store", "NONE", "FILE"}, 1, "not a database"},
      {{"restore", "--store", "NONE", "EMPTY"}, 1, "it is a directory"},
      {{"restore", "--store", "STORE", "FILE"}, 1, "it has a store already"},
      {{"verify", ""}, 2, "the name of the file to read is empty"},
      {{"verify", "FILE"}, 1, "not a database"},
      {{"verify", "EMPTY"}, 1, "it is a directory"},
      {{"migrate", "down", "--store", "STORE"}, 2, "step must be status or up, not \"down\""},
      {{"copy"}, 2, "copy needs --from and --to"},
      {{"copy", "--from", "STORE"}, 2, "copy needs --from and --to"},
      {{"copy", "--from", "STORE", "--to", "NONE"}, 2, "copy goes from a directory to a database"},
      {{"copy", "--from", "", "--to", ""}, 2, "copy needs --from and --to"},
      {{"copy", "--from", "NONE", "--to", "postgres://host/x"}, 1, "cannot read"},
  });
}

TEST_F(CommandLineTest, ClientsSayWhatTheyMiss) {
  check({
      {{"import", "backstage"}, 2, "files is required"},
      {{"import", "backstage", "", "--dry-run"}, 2, "cannot read the file"},
      {{"import", "backstage", "NONE", "--dry-run"}, 2, "none"},
      {{"import", "backstage", "FILE", "--api-key-file", "NONE"}, 2, "none"},
      {{"probe", "--url", ""}, 2, "the URL of the server is empty"},
      {{"probe", "--url", "127.0.0.1:1"}, 1, "127.0.0.1:1"},
      {{"probe", "--url", "ftp://127.0.0.1"}, 1, "ftp"},
  });
}

TEST_F(CommandLineTest, ServeChecksItsSettingsFirst) {
  check({
      {{"serve", "--listen", "8080", "--store", "NONE"}, 2, "HOST:PORT, not \"8080\""},
      {{"serve", "--listen", "127.0.0.1:99999", "--store", "NONE"}, 2, "up to 65535"},
      {{"serve", "--store", ""}, 2, "store is empty"},
      {{"serve", "--store", "FILE"}, 2, "is a file"},
      {{"serve", "--store", "FILE", "--print-config"}, 2, "is a file"},
      {{"serve", "--store", "", "--print-config"}, 2, "store is empty"},
      {{"serve", "--store", "mysql://u:secret@h/x", "--print-config"}, 2, "postgres:// address"},
      {{"serve", "--store", "postgres:/u:secret@h/x", "--print-config"}, 2, "postgres:// address"},
      {{"serve", "--config", "EMPTY"}, 2, "is a directory"},
      {{"serve", "--config", "NONE"}, 2, "cannot read the configuration"},
      {{"serve", "--config", "FILE"}, 2, "file:1"},
      {{"serve", "--workers", "x", "--store", "NONE"}, 2, "workers must be a whole number"},
      {{"serve", "--tls-cert", "FILE", "--store", "NONE"}, 2, "tls_cert and tls_key go together"},
      {{"serve", "--store-file", "NONE"}, 2, "cannot read the file"},
  });
}

// A variable of a script that is not set: TLS, the certificates of clients or all settings would be
// left out in silence.
TEST_F(CommandLineTest, AnEmptyFlagOrVariableIsNotOneLeftOut) {
  for (const auto& setting : settings()) {
    if (setting.empty_has_meaning) continue;
    const auto flag = flag_of(setting);
    check({{{"serve", flag, ""}, 2, flag + " is empty"},
           {{"serve", flag + "="}, 2, flag + " is empty"}});
  }
  const std::vector<std::string> tls = {"serve", "--store",   "NONE", "--tls-cert",
                                        "FILE",  "--tls-key", "FILE"};
  auto arguments = tls;
  arguments.insert(arguments.end(), {"--tls-client-ca", ""});
  check({
      {arguments, 2, "--tls-client-ca is empty"},
      {{"serve", "--config", "", "--store", "NONE"}, 2, "--config is empty"},
      {{"serve", "--config=", "--store", "NONE"}, 2, "--config is empty"},
      {{"serve", "--store-file", ""}, 2, "--store-file is empty"},
      {{"probe", "--cert", "", "--key", ""}, 2, "is empty"},
      {{"import", "backstage", "FILE", "--api-key-file", ""}, 2, "--api-key-file is empty"},
  });
  const std::pair<const char*, std::vector<Mistake>> variables[] = {
      {"SCOREKEEPER_CONFIG", {{{"serve"}, 2, "SCOREKEEPER_CONFIG is empty"}}},
      {"SCOREKEEPER_TLS_CLIENT_CA", {{tls, 2, "SCOREKEEPER_TLS_CLIENT_CA is empty"}}},
      {"SCOREKEEPER_STORE",
       {{{"serve"}, 2, "SCOREKEEPER_STORE is empty"},
        {{"key", "list"}, 2, "SCOREKEEPER_STORE is empty"},
        {{"backup", "COPY"}, 2, "SCOREKEEPER_STORE is empty"}}},
      {"SCOREKEEPER_STORE_FILE", {{{"org", "list"}, 2, "SCOREKEEPER_STORE_FILE is empty"}}},
      {"SCOREKEEPER_URL", {{{"probe"}, 2, "SCOREKEEPER_URL is empty"}}},
  };
  for (const auto& [name, mistakes] : variables) {
    ASSERT_EQ(::setenv(name, "", 1), 0);
    check(mistakes);
    ::unsetenv(name);
  }
}

TEST_F(CommandLineTest, HelpAndVersionAreCommands) {
  EXPECT_EQ(run({"version"}).output, "scorekeeper " SCOREKEEPER_VERSION "\n");
  EXPECT_EQ(run({"--version"}).output, run({"version"}).output);
  EXPECT_EQ(run({"help"}).output, run({"--help"}).output);
  const auto of_create = run({"help", "key", "create"});
  EXPECT_EQ(of_create.code, 0);
  EXPECT_TRUE(of_create.output.contains("--role ROLE")) << of_create.output;
  EXPECT_EQ(run({"key", "create", "--help"}).output, of_create.output);
}

// Each setting stands in its group with its type and default.
TEST_F(CommandLineTest, HelpOfServeGroupsSettings) {
  const auto help = run({"serve", "--help"}).output;
  for (const auto& setting : settings()) {
    EXPECT_FALSE(setting.group.empty() || setting.type.empty()) << setting.name;
    const auto flag = help.find("  " + flag_of(setting) + " " + setting.type);
    ASSERT_NE(flag, std::string::npos) << setting.name;
    const auto group = help.find("\n" + setting.group + ":\n");
    ASSERT_NE(group, std::string::npos) << setting.group;
    EXPECT_LT(group, flag) << setting.name;
    const auto value = setting.get(Config{});
    EXPECT_TRUE(help.substr(flag).starts_with("  " + flag_of(setting) + " " + setting.type +
                                              (value.empty() ? "" : "=" + value)))
        << setting.name;
  }
  EXPECT_TRUE(help.contains("Example:\n  scorekeeper serve --listen")) << help;
}

}  // namespace
}  // namespace scorekeeper::app
