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
#include <type_traits>
#include <utility>

#include "http/stranger_turns.h"

namespace scorekeeper::http {

// A socket that listens to IPv6 shows its clients of IPv4 as ::ffff:a.b.c.d: gives a.b.c.d.
inline boost::asio::ip::address unmapped(const boost::asio::ip::address& address) {
  namespace ip = boost::asio::ip;
  if (!address.is_v6() || !address.to_v6().is_v4_mapped()) return address;
  return ip::make_address_v4(ip::v4_mapped, address.to_v6());
}

// A socket on which a stranger's reads and writes wait for turns (turns.h): each step of a
// handshake follows a read, each piece of a large answer is a write.
class TurnSocket {
 public:
  using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp,
                                                  boost::asio::io_context::executor_type>;
  using Code = boost::system::error_code;
  using executor_type = Socket::executor_type;          // named as Asio wants it
  using lowest_layer_type = Socket::lowest_layer_type;  // so, too

  TurnSocket(Socket socket, StrangerTurns& turns, StrangerTurns::OfPeer& peer)
      : socket_(std::move(socket)), turns_(turns, peer) {}

  executor_type get_executor() { return socket_.get_executor(); }
  lowest_layer_type& lowest_layer() { return socket_.lowest_layer(); }
  Socket& socket() { return socket_; }
  const Socket& socket() const { return socket_; }
  StrangerTurns::Member& turns() { return turns_; }

  // The socket must be non-blocking. The handler runs within the turn, so that its time counts.
  template <class Buffers, class Handler>
  void async_read_some(const Buffers& buffers, Handler&& handler) {
    // Asio reads nothing into no room when it only wants to come back later.
    if (!turns_.is_stranger() || boost::asio::buffer_size(buffers) == 0) {
      return socket_.async_read_some(buffers, std::forward<Handler>(handler));
    }
    socket_.async_wait(
        Socket::wait_read,
        [this, buffers, handler = held(std::forward<Handler>(handler))](const Code& code) mutable {
          if (code) return handler(code, 0);
          turns_.run([this, buffers, handler = std::move(handler)]() mutable {
            Code failure;
            const auto size = socket_.read_some(buffers, failure);
            if (failure == boost::asio::error::would_block) {
              return async_read_some(buffers, std::move(handler));
            }
            handler(failure, size);
          });
        });
  }
  template <class Buffers, class Handler>
  void async_write_some(const Buffers& buffers, Handler&& handler) {
    if (!turns_.is_stranger()) {
      return socket_.async_write_some(buffers, std::forward<Handler>(handler));
    }
    turns_.run([this, buffers, handler = held(std::forward<Handler>(handler))]() mutable {
      socket_.async_write_some(buffers, std::move(handler));
    });
  }

 private:
  template <class Handler>
  static std::decay_t<Handler> held(Handler&& handler) {
    return std::forward<Handler>(handler);
  }

  Socket socket_;
  StrangerTurns::Member turns_;
};

class Stream {
 public:
  using Socket = TurnSocket::Socket;
  using Executor = TurnSocket::executor_type;
  using Code = TurnSocket::Code;

  // `tls` is null for plain HTTP.
  Stream(Socket socket, boost::asio::ssl::context* tls, StrangerTurns& turns,
         StrangerTurns::OfPeer& peer)
      : socket_(std::move(socket), turns, peer) {
    if (tls == nullptr) return;
    Code ignored;
    std::ignore = socket_.socket().non_blocking(true, ignored);
    tls_.emplace(socket_, *tls);
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  bool secure() const { return tls_.has_value(); }
  const Socket& socket() const { return socket_.socket(); }
  StrangerTurns::Member& turns() { return socket_.turns(); }
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
    if (::getsockopt(socket_.socket().native_handle(), IPPROTO_TCP, TCP_INFO, &info, &size) != 0) {
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
      socket_.socket().async_read_some(buffer, std::forward<Handler>(handler));
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
    std::ignore = socket_.socket().shutdown(Socket::shutdown_send, ignored);
  }
  void close() {
    Code ignored;
    std::ignore = socket_.socket().close(ignored);
    turns().close();
  }

 private:
  TurnSocket socket_;
  std::optional<boost::asio::ssl::stream<TurnSocket&>> tls_;
};

}  // namespace scorekeeper::http
