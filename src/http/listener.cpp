#include "http/listener.h"

#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <tuple>
#include <utility>

namespace scorekeeper::http {

using boost::asio::ip::tcp;
using boost::system::error_code;

Result<Address> parse_address(const std::string& listen) {
  const auto colon = listen.rfind(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 == listen.size()) {
    return invalid("the address to listen on must be HOST:PORT, not \"" + listen + "\"");
  }
  Address address{.host = listen.substr(0, colon), .port = listen.substr(colon + 1)};
  const bool digits = address.port.find_first_not_of("0123456789") == std::string::npos;
  if (!digits || address.port.size() > 5 || std::stoul(address.port) > 65'535) {
    return invalid("the port to listen on must be a number up to 65535, not \"" + address.port +
                   "\"");
  }
  if (address.host.starts_with('[') && address.host.ends_with(']')) {
    address.host = address.host.substr(1, address.host.size() - 2);
  }
  return address;
}

Result<Listener> Listener::open(const std::string& listen) {
  const auto address = TRY(parse_address(listen));
  const auto failed = [&](const error_code& code) {
    return make_error(Code::unavailable, "cannot listen on " + listen + ": " + code.message());
  };
  error_code code;
  boost::asio::io_context context(1);
  tcp::resolver resolver(context);
  const auto found = resolver.resolve(
      address.host, address.port, tcp::resolver::passive | tcp::resolver::numeric_service, code);
  if (code || found.empty()) return failed(code);
  const tcp::endpoint endpoint = found.begin()->endpoint();
  tcp::acceptor acceptor(context);
  std::ignore = acceptor.open(endpoint.protocol(), code);
  if (code) return failed(code);
  // Lets a restart bind while old connections time out; two listeners on one port still exclude
  // each other.
  std::ignore = acceptor.set_option(tcp::acceptor::reuse_address(true), code);
  if (!code) std::ignore = acceptor.bind(endpoint, code);
  if (!code) {
    std::ignore = acceptor.listen(boost::asio::socket_base::max_listen_connections, code);
  }
  if (code) return failed(code);
  return Listener(acceptor.release(), endpoint.protocol() == tcp::v6());
}

Listener::Listener(Listener&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)), ipv6_(other.ipv6_) {}

Listener::~Listener() {
  if (socket_ >= 0) ::close(socket_);
}

int Listener::release() { return std::exchange(socket_, -1); }

}  // namespace scorekeeper::http
