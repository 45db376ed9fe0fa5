// Answers as bytes: the status line and header of a Response, and the frame of a chunk. No state
// but the cached date; used on the loop only.
#pragma once

#include <cstddef>
#include <ctime>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"

namespace scorekeeper::http {

// The ways to delimit the body of an answer.
enum class BodyFrame {
  none,     // 204 and 304: neither body nor content-length
  length,   // content-length
  chunked,  // a BodySource on HTTP/1.1
  close,    // a BodySource on HTTP/1.0: the end of the connection
};

struct AnswerOptions {
  BodyFrame frame = BodyFrame::length;
  bool keep_alive = true;
  int version = 11;
  std::string_view request_id;  // empty = no x-request-id
  std::string_view date;        // DateCache::at
  // Sent too, but for those whose name the response has itself; may be null.
  const std::vector<Header>* more_headers = nullptr;
};

BodyFrame frame_of(const Response& response, int version);
// Appends the header of `response` with its closing empty line. Control characters in header values
// are left away, so that no value can end its line.
void append_head(std::string& out, const Response& response, const AnswerOptions& options);
// A chunk is its size line, the data, and chunk_end; the last one is `last_chunk` alone.
std::string chunk_begin(std::size_t size);
inline constexpr std::string_view chunk_end = "\r\n";
inline constexpr std::string_view last_chunk = "0\r\n\r\n";

// The text of a date header (RFC 9110 §5.6.7), made anew once a second.
class DateCache {
 public:
  std::string_view at(std::time_t second);

 private:
  std::time_t second_ = -1;
  std::string text_;
};

}  // namespace scorekeeper::http
