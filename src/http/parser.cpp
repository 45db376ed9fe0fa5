#include "http/parser.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>

#include "http/router.h"

namespace scorekeeper::http {
namespace {

namespace beast = boost::beast;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// A version of the right form that is not ours, as in the preface of HTTP/2. A line with more than
// two spaces has no version: a space in the target makes it malformed.
bool has_other_version(std::string_view header) {
  auto line = header.substr(0, header.find('\r'));
  if (std::ranges::count(line, ' ') != 2) return false;
  const auto at = line.rfind(' ');
  if (at == std::string_view::npos) return false;
  line.remove_prefix(at + 1);
  const auto digit = [&](std::size_t i) { return line[i] >= '0' && line[i] <= '9'; };
  return line.size() == 8 && line.starts_with("HTTP/") && digit(5) && line[6] == '.' && digit(7);
}

}  // namespace

Method method_of(std::string_view name) {
  for (const auto method : {Method::get, Method::post, Method::put, Method::delete_, Method::head,
                            Method::patch, Method::options}) {
    if (name_of(method) == name) return method;
  }
  return Method::other;
}

RequestParser::RequestParser(const Limits& limits, Request& request)
    : limits_(limits), request_(request) {
  eager(true);
  // scan_header has checked the size already.
  header_limit(static_cast<std::uint32_t>(limits.header_bytes_max));
  body_limit(boost::none);  // store() has our own, which answers after the route is known
}

RequestParser::State RequestParser::fail(int status, std::string_view detail) {
  refusal_ = {status, detail};
  return State::failed;
}

RequestParser::State RequestParser::fail(const Code& code) {
  if (code == beast::http::error::body_limit) return fail(413, "the request body is too large");
  if (header_done_) return fail(400, "the chunked request body is malformed");
  return fail(400, "the request header is malformed");
}

RequestParser::State RequestParser::read_header(std::string_view bytes, std::size_t& consumed) {
  consumed = 0;
  const HeaderLimits limits{.header_bytes_max = limits_.header_bytes_max,
                            .target_bytes_max = limits_.target_bytes_max};
  const auto size = scan_header(bytes, limits, scanned_);
  if (!size) return fail(size.error().status, size.error().detail);
  if (!size->has_value()) return State::more;
  const auto header = bytes.substr(0, **size);
  Code code;
  const auto used = put(boost::asio::buffer(header.data(), header.size()), code);
  if (code == beast::http::error::bad_version && has_other_version(header)) {
    return fail(505, "only HTTP/1.1 and HTTP/1.0 are supported");
  }
  if (code || !is_header_done() || used != header.size()) return fail(code);
  header_done_ = true;
  if (request_.target.size() > limits_.target_bytes_max) {
    return fail(414, "the request target is too long");
  }
  const auto framing = check_header(version_, request_.headers);
  if (!framing) return fail(framing.error().status, framing.error().detail);
  framing_ = *framing;
  consumed = header.size();
  return State::done;
}

RequestParser::State RequestParser::read_body(std::string_view bytes, std::size_t& consumed) {
  consumed = 0;
  while (!is_done() && consumed < bytes.size()) {
    Code code;
    const auto used =
        put(boost::asio::buffer(bytes.data() + consumed, bytes.size() - consumed), code);
    consumed += used;
    if (code && code != beast::http::error::need_more) return fail(code);
    if (used == 0) break;
  }
  return is_done() ? State::done : State::more;
}

std::size_t RequestParser::store(Text part, Code& code) {
  if (part.size() > limits_.body_bytes_max - body_bytes_) {
    code = beast::http::error::body_limit;
    return 0;
  }
  if (!discard_) request_.body.append(part.data(), part.size());
  body_bytes_ += part.size();
  return part.size();
}

void RequestParser::on_request_impl(beast::http::verb, Text method_text, Text target, int version,
                                    Code&) {
  request_.method = method_of({method_text.data(), method_text.size()});
  request_.target.assign(target.data(), target.size());
  version_ = version;
}

void RequestParser::on_field_impl(beast::http::field, Text name, Text value, Code&) {
  if (header_done_) return;
  auto& header = request_.headers.emplace_back();
  header.name.resize(name.size());
  for (std::size_t i = 0; i < name.size(); ++i) header.name[i] = lower(name[i]);
  header.value.assign(value.data(), value.size());
}

std::size_t RequestParser::on_body_impl(Text part, Code& code) { return store(part, code); }

std::size_t RequestParser::on_chunk_body_impl(std::uint64_t, Text part, Code& code) {
  return store(part, code);
}

// Beast lets a line feed pass in a quoted extension, which others take for the end of the line.
void RequestParser::on_chunk_header_impl(std::uint64_t, Text extensions, Code& code) {
  for (const char c : extensions) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\t') || byte == 0x7f) {
      code = beast::http::error::bad_chunk_extension;
    }
  }
}

// Beast asks for these; there is nothing to do.
void RequestParser::on_response_impl(int, Text, int, Code&) {}
void RequestParser::on_header_impl(Code&) {}
void RequestParser::on_body_init_impl(const boost::optional<std::uint64_t>&, Code&) {}
void RequestParser::on_finish_impl(Code&) {}

}  // namespace scorekeeper::http
