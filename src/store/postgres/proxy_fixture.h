// A proxy in front of the private PostgreSQL that cuts a connection where a COMMIT is under way:
// its answer is lost, and what was sent arrives or not. One thread of its own, which serves all
// connections. Included by test files only.
#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstring>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/test_directory.h"

namespace scorekeeper::store::postgres {

enum class Cut {
  never,
  before_it_arrives,  // the COMMIT is lost, and its answer with it
  before_the_answer,  // it is stored
};

class CuttingProxy {
 public:
  // `server`: the folder of its socket.
  explicit CuttingProxy(std::string server) : server_(std::move(server)) {
    listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_un place = address_in(folder());
    if (::bind(listener_, reinterpret_cast<const sockaddr*>(&place), sizeof(place)) != 0 ||
        ::listen(listener_, 8) != 0) {
      throw std::runtime_error("no socket");
    }
    thread_ = std::thread([this] { serve(); });
  }
  ~CuttingProxy() {
    ends_ = true;
    thread_.join();
    ::close(listener_);
  }
  CuttingProxy(const CuttingProxy&) = delete;
  CuttingProxy& operator=(const CuttingProxy&) = delete;

  const std::string& folder() const { return folder_.path(); }
  // The next COMMIT of a turn is cut so. `then` is called before another connection is taken.
  void cut(Cut how, std::function<void()> then = {}) {
    then_ = std::move(then);
    cut_ = how;
  }
  bool has_cut() const { return cut_ == Cut::never; }

 private:
  static constexpr std::string_view commit = "commit_turn";    // the statement's name
  static constexpr std::string_view committed{"COMMIT\0", 7};  // the server's answer
  static constexpr int poll_milliseconds = 20;

  static sockaddr_un address_in(const std::string& folder) {
    sockaddr_un place{};
    place.sun_family = AF_UNIX;
    const std::string path = folder + "/.s.PGSQL.5432";
    std::memcpy(place.sun_path, path.c_str(), std::min(path.size() + 1, sizeof(place.sun_path)));
    return place;
  }

  struct Pair {
    int client = -1;
    int server = -1;
    bool commits = false;
  };

  void serve() {
    std::vector<Pair> pairs;
    while (!ends_) {
      std::vector<pollfd> files{{.fd = listener_, .events = POLLIN, .revents = 0}};
      for (const Pair& pair : pairs) {
        files.push_back({.fd = pair.client, .events = POLLIN, .revents = 0});
        files.push_back({.fd = pair.server, .events = POLLIN, .revents = 0});
      }
      if (::poll(files.data(), files.size(), poll_milliseconds) <= 0) continue;
      for (std::size_t n = pairs.size(); n > 0; --n) {
        const bool from_client = files[2 * n - 1].revents != 0;
        if (!from_client && files[2 * n].revents == 0) continue;
        if (forward(pairs[n - 1], from_client)) continue;
        end(pairs[n - 1]);
        pairs.erase(pairs.begin() + static_cast<std::ptrdiff_t>(n - 1));
      }
      if (files[0].revents != 0) accept(pairs);
    }
    for (const Pair& pair : pairs) end(pair);
  }
  void accept(std::vector<Pair>& pairs) {
    const Pair pair{.client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC),
                    .server = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    const sockaddr_un place = address_in(server_);
    if (::connect(pair.server, reinterpret_cast<const sockaddr*>(&place), sizeof(place)) == 0) {
      pairs.push_back(pair);
    } else {
      end(pair);
    }
  }
  static void end(const Pair& pair) {
    ::close(pair.server);
    ::close(pair.client);
  }
  // false: one of the two has ended, or the cut.
  bool forward(Pair& pair, bool from_client) {
    const std::string some = read_some(from_client ? pair.client : pair.server);
    if (some.empty()) return false;
    if (from_client) pair.commits = some.contains(commit);
    const bool answers = !from_client && pair.commits && some.contains(committed);
    const bool cuts = (cut_ == Cut::before_it_arrives && from_client && pair.commits) ||
                      (cut_ == Cut::before_the_answer && answers);
    if (cuts) {
      if (then_) then_();
      cut_ = Cut::never;
      return false;
    }
    return write_all(from_client ? pair.server : pair.client, some);
  }

  static std::string read_some(int file) {
    std::string text(65'536, '\0');
    const auto count = ::read(file, text.data(), text.size());
    text.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
    return text;
  }
  static bool write_all(int file, std::string_view text) {
    while (!text.empty()) {
      const auto count = ::send(file, text.data(), text.size(), MSG_NOSIGNAL);
      if (count <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }

  std::string server_;
  TestDirectory folder_;
  int listener_ = -1;
  std::atomic<Cut> cut_ = Cut::never;
  std::function<void()> then_;  // written while cut_ is never
  std::atomic<bool> ends_ = false;
  std::thread thread_;
};

}  // namespace scorekeeper::store::postgres
