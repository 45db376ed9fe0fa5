#include "http/answer.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace scorekeeper::http {
namespace {

struct StatusText {
  int status;
  std::string_view line;
};

constexpr std::array statuses = {
    StatusText{200, "HTTP/1.1 200 OK\r\n"},
    StatusText{201, "HTTP/1.1 201 Created\r\n"},
    StatusText{202, "HTTP/1.1 202 Accepted\r\n"},
    StatusText{204, "HTTP/1.1 204 No Content\r\n"},
    StatusText{304, "HTTP/1.1 304 Not Modified\r\n"},
    StatusText{400, "HTTP/1.1 400 Bad Request\r\n"},
    StatusText{401, "HTTP/1.1 401 Unauthorized\r\n"},
    StatusText{403, "HTTP/1.1 403 Forbidden\r\n"},
    StatusText{404, "HTTP/1.1 404 Not Found\r\n"},
    StatusText{405, "HTTP/1.1 405 Method Not Allowed\r\n"},
    StatusText{408, "HTTP/1.1 408 Request Timeout\r\n"},
    StatusText{409, "HTTP/1.1 409 Conflict\r\n"},
    StatusText{413, "HTTP/1.1 413 Content Too Large\r\n"},
    StatusText{414, "HTTP/1.1 414 URI Too Long\r\n"},
    StatusText{415, "HTTP/1.1 415 Unsupported Media Type\r\n"},
    StatusText{417, "HTTP/1.1 417 Expectation Failed\r\n"},
    StatusText{422, "HTTP/1.1 422 Unprocessable Content\r\n"},
    StatusText{429, "HTTP/1.1 429 Too Many Requests\r\n"},
    StatusText{431, "HTTP/1.1 431 Request Header Fields Too Large\r\n"},
    StatusText{500, "HTTP/1.1 500 Internal Server Error\r\n"},
    StatusText{503, "HTTP/1.1 503 Service Unavailable\r\n"},
    StatusText{505, "HTTP/1.1 505 HTTP Version Not Supported\r\n"},
};

void append_number(std::string& out, std::size_t number, int base) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, base).ptr;
  out.append(digits.data(), end);
}

void append_status_line(std::string& out, int status) {
  const auto known = std::ranges::find(statuses, status, &StatusText::status);
  if (known != statuses.end()) {
    out += known->line;
    return;
  }
  out += "HTTP/1.1 ";
  append_number(out, static_cast<std::size_t>(std::clamp(status, 100, 999)), 10);
  out += " \r\n";
}

void append_value(std::string& out, std::string_view value) {
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte >= 0x20 && byte != 0x7f) || c == '\t') out += c;
  }
  out += "\r\n";
}

void append_header(std::string& out, const Header& header) {
  out += header.name;
  out += ": ";
  append_value(out, header.value);
}

}  // namespace

BodyFrame frame_of(const Response& response, int version) {
  if (response.status == 204 || response.status == 304) return BodyFrame::none;
  if (!response.source) return BodyFrame::length;
  return version >= 11 ? BodyFrame::chunked : BodyFrame::close;
}

void append_head(std::string& out, const Response& response, const AnswerOptions& options) {
  append_status_line(out, response.status);
  out += "date: ";
  out += options.date;
  out += "\r\n";
  if (!options.request_id.empty()) {
    out += "x-request-id: ";
    append_value(out, options.request_id);
  }
  if (!response.content_type.empty() && options.frame != BodyFrame::none) {
    out += "content-type: ";
    append_value(out, response.content_type);
  }
  for (const auto& header : response.headers) append_header(out, header);
  if (options.more_headers != nullptr) {
    for (const auto& header : *options.more_headers) {
      const bool own =
          std::ranges::find(response.headers, header.name, &Header::name) != response.headers.end();
      if (!own) append_header(out, header);
    }
  }
  switch (options.frame) {
    case BodyFrame::none:
    case BodyFrame::close:
      break;
    case BodyFrame::length:
      out += "content-length: ";
      append_number(out, body_of(response).size(), 10);
      out += "\r\n";
      break;
    case BodyFrame::chunked:
      out += "transfer-encoding: chunked\r\n";
      break;
  }
  if (!options.keep_alive) {
    out += "connection: close\r\n";
  } else if (options.version < 11) {
    out += "connection: keep-alive\r\n";
  }
  out += "\r\n";
}

std::string chunk_begin(std::size_t size) {
  std::string line;
  append_number(line, size, 16);
  line += "\r\n";
  return line;
}

std::string_view DateCache::at(std::time_t second) {
  if (second == second_) return text_;
  std::tm parts{};
  gmtime_r(&second, &parts);
  std::array<char, 40> text{};
  // Names of days and months are English: nothing in this process sets a locale.
  const auto size = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  text_.assign(text.data(), size);
  second_ = second;
  return text_;
}

}  // namespace scorekeeper::http
