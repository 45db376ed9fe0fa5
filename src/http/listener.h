// A listening socket that is opened before the store, so that a server whose address is in use
// fails early. Owned by the code that starts a server, which takes the socket over; one thread.
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
  int release();  // gives the socket to the caller

 private:
  Listener(int socket, bool ipv6) : socket_(socket), ipv6_(ipv6) {}
  int socket_;
  bool ipv6_;
};

}  // namespace scorekeeper::http
