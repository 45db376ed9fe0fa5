// One client: reads a request within the limits, has it answered, writes the answer, and again. One
// request is in flight at a time; what the client sends meanwhile waits in the buffer (pipelining).
// Lives on the loop; owned by Core::connections and by the operations under way.
#pragma once

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "http/core.h"
#include "http/parser.h"
#include "http/stream.h"

namespace scorekeeper::http {

class Connection final : public std::enable_shared_from_this<Connection> {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  Connection(Core& core, Stream::Socket socket, boost::asio::ssl::context* tls, Peer peer);
  ~Connection();

  void start();
  // In the reserve over connections_max: serves the routes that admit everybody, and refuses the
  // rest.
  void start_in_reserve();
  bool is_in_reserve() const { return reserved_; }
  bool is_rejected() const { return rejected_; }
  // Over a limit of connections: answers 503 and closes.
  void reject(std::string_view detail);
  // Closes to make room for another one; false: its request is with a handler.
  bool evict();
  void answer(const Exchange& exchange, Response response);
  // A request that was held back goes on to its handler.
  void resume(const Exchange& exchange);
  // Once a tick: what has passed its deadline ends.
  void check_deadline(Moment now);
  // Closes now when no request has begun, else after its answer.
  void drain();
  void close();

 private:
  enum class State {
    handshake,   // TLS
    idle,        // no byte of the next request yet
    header,      // reading
    continuing,  // writing 100 Continue
    body,        // reading
    handling,    // the route's handler has it
    writing,     // the answer, or pulling its BodySource
    discarding,  // the answer is out, the rest of a small refused body is read and dropped
    lingering,   // closing: waits until the client has read the answer
    closed,
  };
  struct Download;

  void fail_handshake(const Stream::Code& code);
  void begin_request();
  bool begins_request();
  void read();
  void on_read(const Stream::Code& code, std::size_t size);
  void process_in_turn();
  void process();
  void process_header();
  void process_body();
  void make_room(std::size_t more);
  void take_head();
  void take_body();
  void continue_body();
  void dispatch();
  Resume resume_later();
  void run_handler();
  void discard();

  std::optional<Response> route_request();
  std::optional<Response> refusal_of(Reason reason, int status, std::string_view detail = {});
  void refuse(Response response);     // before the body was read
  void fail(const Refusal& refusal);  // answers and closes
  void send(Response response);
  void send_head_and_body();
  void pull();
  void pulled(std::optional<bool> more);
  template <class Buffers>
  void write(const Buffers& buffers, void (Connection::*next)());
  void finish();
  void record();
  void linger();

  std::string_view unread() const;
  void set_deadline(std::chrono::milliseconds time);
  void look_at_peer(Moment now);
  void shrink_buffer();
  void leave_strangers();

  Core& core_;
  Stream stream_;
  const Peer peer_key_;
  std::string peer_;
  boost::beast::flat_buffer buffer_;
  State state_ = State::idle;
  Moment deadline_ = Moment::max();
  Moment started_;        // of the request: its first byte
  bool reading_ = false;  // a read is under way
  bool peer_closed_ = false;
  bool keep_alive_ = true;  // after this answer
  bool rejected_ = false;
  bool reserved_ = false;
  bool skipped_line_ = false;  // an empty one before the request line
  struct StrangerPlace {
    Strangers::iterator of_all;
    Strangers::iterator of_peer;
  };
  std::optional<StrangerPlace> stranger_;
  bool discards_ = false;  // after this answer
  bool is_query_ = false;  // the request is in the pool for queries
  std::optional<RequestParser> parser_;
  std::shared_ptr<Exchange> exchange_;
  Response response_;
  std::string head_;         // of the answer being written
  std::size_t written_ = 0;  // bytes of the answer
  std::shared_ptr<Download> download_;
};

}  // namespace scorekeeper::http
