// A TCP socket, with TLS over it or not. Owned by its connection; used on the loop only. The
// concrete executor and the plain `if` keep the way of a byte short.
#pragma once

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <optional>
#include <tuple>
#include <utility>

namespace scorekeeper::http {

// A socket that listens to IPv6 shows its clients of IPv4 as ::ffff:a.b.c.d: gives a.b.c.d.
inline boost::asio::ip::address unmapped(const boost::asio::ip::address& address) {
  namespace ip = boost::asio::ip;
  if (!address.is_v6() || !address.to_v6().is_v4_mapped()) return address;
  return ip::make_address_v4(ip::v4_mapped, address.to_v6());
}

class Stream {
 public:
  using Executor = boost::asio::io_context::executor_type;
  using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>;
  using Code = boost::system::error_code;

  // `tls` is null for plain HTTP.
  Stream(Socket socket, boost::asio::ssl::context* tls) : socket_(std::move(socket)) {
    if (tls != nullptr) tls_.emplace(socket_, *tls);
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  bool secure() const { return tls_.has_value(); }
  const Socket& socket() const { return socket_; }
  SSL* native_tls() { return tls_->native_handle(); }  // TLS only

  // The state of the peer as the kernel knows it, also behind bytes that nobody has read.
  enum class Peer {
    open,
    sends_no_more,  // it has closed, or its sending half only: the two look the same from here
    gone,           // it has reset the connection, or cannot be reached
  };
  Peer peer() {
    tcp_info info{};
    socklen_t size = sizeof info;
    if (::getsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_INFO, &info, &size) != 0) {
      return Peer::gone;
    }
    if (info.tcpi_state == TCP_CLOSE) return Peer::gone;
    return info.tcpi_state == TCP_CLOSE_WAIT ? Peer::sends_no_more : Peer::open;
  }

  template <class Handler>
  void async_handshake(Handler&& handler) {
    tls_->async_handshake(boost::asio::ssl::stream_base::server, std::forward<Handler>(handler));
  }
  template <class Buffer, class Handler>
  void async_read(const Buffer& buffer, Handler&& handler) {
    if (tls_) {
      tls_->async_read_some(buffer, std::forward<Handler>(handler));
    } else {
      socket_.async_read_some(buffer, std::forward<Handler>(handler));
    }
  }
  template <class Buffers, class Handler>
  void async_write(const Buffers& buffers, Handler&& handler) {
    if (tls_) {
      boost::asio::async_write(*tls_, buffers, std::forward<Handler>(handler));
    } else {
      boost::asio::async_write(socket_, buffers, std::forward<Handler>(handler));
    }
  }
  // TLS only: tells the peer that no more comes, and waits for the same from it.
  template <class Handler>
  void async_goodbye(Handler&& handler) {
    tls_->async_shutdown(std::forward<Handler>(handler));
  }
  // The peer sees the end of what was written; reading goes on.
  void half_close() {
    Code ignored;
    std::ignore = socket_.shutdown(Socket::shutdown_send, ignored);
  }
  void close() {
    Code ignored;
    std::ignore = socket_.close(ignored);
  }

 private:
  Socket socket_;
  std::optional<boost::asio::ssl::stream<Socket&>> tls_;
};

}  // namespace scorekeeper::http
