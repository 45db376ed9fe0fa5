// The writing half of a connection: from a Response to bytes, and what follows an answer.
#include <ctime>
#include <exception>
#include <utility>

#include "base/log.h"
#include "http/connection.h"

namespace scorekeeper::http {
namespace {

namespace asio = boost::asio;
using std::chrono::steady_clock;

// A closing connection waits for this long until the client has read the answer.
constexpr std::chrono::milliseconds linger_time{2'000};

}  // namespace

// A streamed answer. Shared with the thread that pulls the next chunk, which alone touches it
// meanwhile.
struct Connection::Download {
  std::unique_ptr<BodySource> source;
  std::string request_id;
  std::shared_ptr<std::atomic<bool>> cancelled;
  std::string chunk;
  std::string begin;  // the chunk's size line
  bool chunked = true;
  bool more = true;
};

template <class Buffers>
void Connection::write(const Buffers& buffers, void (Connection::*next)()) {
  stream_.async_write(
      buffers, [self = shared_from_this(), next](const Stream::Code& code, std::size_t size) {
        if (self->state_ == State::closed) return;
        self->written_ += size;
        if (code) {
          self->record();
          return self->close();
        }
        (self.get()->*next)();
      });
}
template void Connection::write(const asio::const_buffer&, void (Connection::*)());

void Connection::send(Response response) {
  // A dropped Reply answers so (message.h): it does not know the error document.
  if (response.status == 500 && response.content_type.empty() && !response.source) {
    log::error("no_answer", {{"id", exchange_->request.id}});
    response = core_.error(500);
  }
  if (exchange_->route != nullptr && exchange_->route->finish) {
    exchange_->route->finish(exchange_->request, response);
  }
  response_ = std::move(response);
  state_ = State::writing;
  set_deadline(core_.limits.write_timeout);
  const int version = parser_ ? parser_->version() : 11;
  const auto frame = frame_of(response_, version);
  keep_alive_ = parser_ && parser_->framing().keep_alive && !response_.close && !core_.draining &&
                frame != BodyFrame::close && !peer_closed_;
  head_.clear();
  append_head(head_, response_,
              {.frame = frame,
               .keep_alive = keep_alive_,
               .version = version,
               .request_id = exchange_->request.id,
               .date = core_.dates.at(std::time(nullptr)),
               .more_headers = &exchange_->request.answer_headers});
  const bool head_only = exchange_->request.method == Method::head || frame == BodyFrame::none;
  if (head_only) {
    response_.body.clear();
    response_.shared_body.reset();
    response_.source.reset();
  }
  if (!response_.source) {
    return write(std::array{asio::buffer(std::as_const(head_)), asio::buffer(body_of(response_))},
                 &Connection::finish);
  }
  download_ = std::make_shared<Download>();
  download_->source = std::move(response_.source);
  download_->request_id = exchange_->request.id;
  download_->cancelled = exchange_->cancelled;
  download_->chunked = frame == BodyFrame::chunked;
  write(asio::buffer(std::as_const(head_)), &Connection::pull);
}

void Connection::pull() {
  if (!download_->more) return finish();
  deadline_ = Moment::max();  // the source's waits have their own deadlines
  auto job = [&core = core_, weak = weak_from_this(), download = download_]() mutable {
    const auto cancelled = download->cancelled;
    if (*cancelled) return;
    download->chunk.clear();
    const auto more = core.pull(*download->source, download->chunk, download->request_id);
    // Given up here, so that the loop has the only one when it goes on.
    download.reset();
    try {
      core.queue->post([weak = std::move(weak), more] {
        if (const auto self = weak.lock()) self->pulled(more);
      });
    } catch (const std::exception& exception) {
      log::error("download_failed", {{"detail", exception.what()}});
      cancelled->store(true);
    }
  };
  if (!core_.queries.post_next(exchange_->request.share, std::move(job))) close();
}

void Connection::pulled(std::optional<bool> more) {
  if (state_ == State::closed) return;
  if (!more) return close();  // without the last chunk, so that the client sees the cut
  auto& download = *download_;
  download.more = *more;
  if (download.chunk.empty() && download.more) return pull();
  set_deadline(core_.limits.write_timeout);
  download.begin.clear();
  std::string_view end;
  if (download.chunked) {
    if (!download.chunk.empty()) {
      download.begin = chunk_begin(download.chunk.size());
      download.chunk += chunk_end;
    }
    if (!download.more) end = last_chunk;
  }
  write(std::array{asio::buffer(std::as_const(download.begin)),
                   asio::buffer(std::as_const(download.chunk)), asio::buffer(end)},
        &Connection::pull);
}

void Connection::finish() {
  record();
  response_ = {};
  download_.reset();
  if (!keep_alive_) return linger();
  if (!discards_) return begin_request();
  state_ = State::discarding;
  set_deadline(core_.limits.read_timeout);
  discard();
}

void Connection::record() {
  if (rejected_ || !exchange_) return;
  const auto& request = exchange_->request;
  const std::chrono::duration<double> duration = steady_clock::now() - started_;
  core_.metrics.answered(exchange_->route, request.method, response_.status, duration.count());
  if (!log::enabled(log::Level::info)) return;
  const std::string_view target = request.target;
  log::info("request", {{"id", request.id},
                        {"method", name_of(request.method)},
                        {"path", target.substr(0, target.find('?'))},
                        {"status", response_.status},
                        {"bytes", written_},
                        {"duration_ms", duration.count() * 1000},
                        {"peer", peer_}});
}

// Closing with unread input would make the kernel reset the connection, and the client might never
// see the answer: the client closes first, or a short time passes.
void Connection::linger() {
  exchange_.reset();
  if (peer_closed_) return close();
  const bool all_read = parser_ && parser_->complete() && buffer_.size() == 0;
  state_ = State::lingering;
  set_deadline(linger_time);
  if (!stream_.secure()) {
    stream_.half_close();
  } else if (all_read && !reading_) {
    return stream_.async_goodbye(
        [self = shared_from_this()](const Stream::Code&) { self->close(); });
  }
  buffer_.consume(buffer_.size());
  read();
}

}  // namespace scorekeeper::http
