// A private PostgreSQL for tests and benchmarks: made in a temporary folder when a program first
// asks for it, one a program, reached through a socket in that folder alone. It ends, and its
// folder goes, with the program, however that ends: a shell keeps it, which waits for the end of a
// pipe. Included by test and benchmark files only.
#pragma once

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "store/postgres/connection.h"

namespace scorekeeper::store::postgres {

// Prints "ready FOLDER" when the server answers, or why there is none. Runs until its input ends.
// The database sorts by another language's rules than bytes, so that a column that forgets its
// collation is found out.
inline constexpr const char* keep_postgres = R"sh(
bin=$(pg_config --bindir 2>/dev/null)
for found in /usr/lib/postgresql/*/bin; do
  [ -x "$bin/initdb" ] || bin=$found
done
if [ ! -x "$bin/initdb" ]; then
  echo "this test needs PostgreSQL's server: no initdb in $bin"
  exit 1
fi
folder=$(mktemp -d "${TMPDIR:-/tmp}/scorekeeper_pg.XXXXXX") || exit 1
owner=
trap : HUP INT TERM
end() {
  $owner "$bin/pg_ctl" -D "$folder/data" -m immediate stop >/dev/null 2>&1
  rm -rf "$folder"
}
trap end EXIT
if [ "$(id -u)" = 0 ]; then
  if ! id postgres >/dev/null 2>&1; then
    echo "this test needs a user named postgres: PostgreSQL refuses to run as root"
    exit 1
  fi
  owner="setpriv --reuid=postgres --regid=postgres --clear-groups"
  chown postgres "$folder" || exit 1
fi
cd "$folder" || exit 1
settings="-c listen_addresses='' -c unix_socket_directories='$folder' -c fsync=off"
settings="$settings -c full_page_writes=off -c jit=off -c shared_buffers=64MB"
if $owner "$bin/initdb" -D "$folder/data" -U postgres -A trust --no-sync --encoding=UTF8 \
    --locale=C.UTF-8 --locale-provider=icu --icu-locale=en-US >"$folder/initdb.log" 2>&1 &&
  $owner "$bin/pg_ctl" -D "$folder/data" -l "$folder/server.log" -o "$settings" -w -t 60 start \
    >"$folder/start.log" 2>&1; then
  echo "ready $folder"
  exec >/dev/null 2>&1
  read -r line
else
  echo "PostgreSQL cannot be started:"
  cat "$folder"/*.log
  exit 1
fi
)sh";

class PostgresServer {
 public:
  // Throws what says why there is none: the test fails.
  PostgresServer() {
    std::array<int, 2> input{};
    std::array<int, 2> output{};
    if (::pipe2(input.data(), O_CLOEXEC) != 0 || ::pipe2(output.data(), O_CLOEXEC) != 0) {
      throw std::runtime_error("no pipe");
    }
    spawn(input[0], output[1]);
    ::close(input[0]);
    ::close(output[1]);
    alive_ = input[1];
    const std::string answer = read_all(output[0]);
    ::close(output[0]);
    constexpr std::string_view ready = "ready ";
    if (!answer.starts_with(ready)) {
      end();
      throw std::runtime_error(answer.empty() ? "no PostgreSQL, and no reason" : answer);
    }
    folder_ = answer.substr(ready.size());
    folder_.resize(folder_.find('\n'));
  }
  ~PostgresServer() { end(); }
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  std::string address(const std::string& database) const { return address(database, folder_); }
  // Through a socket in another folder.
  static std::string address(const std::string& database, const std::string& folder) {
    return "postgresql:///" + database + "?host=" + folder + "&user=postgres";
  }
  const std::string& folder() const { return folder_; }
  // Makes a database; returns its name.
  std::string create() {
    std::string name = "test_" + std::to_string(++databases_);
    const auto made = run("CREATE DATABASE " + name);
    if (!made) throw std::runtime_error(made.error().detail);
    return name;
  }
  // With all connections to it.
  Result<void> drop(const std::string& database) const {
    return run("DROP DATABASE " + database + " WITH (FORCE)");
  }

 private:
  void spawn(int input, int output) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    ::posix_spawnattr_init(&attributes);
    // A session of its own: what ends the test by its process group does not end the keeper.
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
    std::array<char, 3> shell{"sh"};
    std::array<char, 3> command{"-c"};
    std::string script = keep_postgres;
    const std::array<char*, 4> arguments{shell.data(), command.data(), script.data(), nullptr};
    const int code =
        ::posix_spawn(&keeper_, "/bin/sh", &actions, &attributes, arguments.data(), environ);
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&actions);
    if (code != 0) throw std::runtime_error("no shell");
  }
  static std::string read_all(int file) {
    std::string text;
    std::array<char, 4'096> some{};
    for (;;) {
      const auto count = ::read(file, some.data(), some.size());
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return text;
      text.append(some.data(), static_cast<std::size_t>(count));
    }
  }
  void end() {
    ::close(alive_);
    while (::waitpid(keeper_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  Result<void> run(const std::string& sql) const {
    auto connection = TRY(PgConnection::open(
        {.address = address("postgres"), .statement_timeout = std::chrono::minutes(1)}));
    return connection.execute(sql.c_str());
  }

  int alive_ = -1;
  pid_t keeper_ = -1;
  std::string folder_;
  int databases_ = 0;
};

inline PostgresServer& postgres_server() {
  static PostgresServer server;
  return server;
}

// A database of its own, empty at first.
class TestDatabase {
 public:
  TestDatabase() : name_(postgres_server().create()) {}
  ~TestDatabase() {
    const auto dropped = postgres_server().drop(name_);
    if (!dropped) std::fprintf(stderr, "%s\n", dropped.error().detail.c_str());
  }
  TestDatabase(const TestDatabase&) = delete;
  TestDatabase& operator=(const TestDatabase&) = delete;

  const std::string& name() const { return name_; }
  std::string address() const { return postgres_server().address(name_); }
  std::string address_through(const std::string& folder) const {
    return PostgresServer::address(name_, folder);
  }
  PgConnection connect() const {
    auto connection = PgConnection::open({.address = address()});
    if (!connection) throw std::runtime_error(connection.error().detail);
    return *std::move(connection);
  }

 private:
  std::string name_;
};

}  // namespace scorekeeper::store::postgres
