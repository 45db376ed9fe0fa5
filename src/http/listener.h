// A place to listen that is taken before there is anything to serve, so that a server that cannot
// have it fails before it opens its store. Owned by whoever starts a server, which takes the socket
// over; one thread.
#pragma once

#include <string>

#include "base/result.h"

namespace scorekeeper::http {

struct Address {
  std::string host;  // without brackets
  std::string port;
};
// HOST:PORT or [HOST6]:PORT. Error invalid: it is neither.
Result<Address> parse_address(const std::string& listen);

class Listener {
 public:
  // Binds and listens. Clients that connect wait until a server accepts.
  static Result<Listener> open(const std::string& listen);
  ~Listener();
  Listener(Listener&& other) noexcept;
  Listener& operator=(Listener&&) = delete;

  bool is_ipv6() const { return ipv6_; }
  int release();  // the socket is the caller's

 private:
  Listener(int socket, bool ipv6) : socket_(socket), ipv6_(ipv6) {}
  int socket_;
  bool ipv6_;
};

}  // namespace scorekeeper::http
