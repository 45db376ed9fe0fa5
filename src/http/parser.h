// One request from bytes to http::Request: scan_header, Beast's parser, check_header, then the body
// as it comes. Owned by a connection; used on the loop only. One parser per request.
#pragma once

#include <boost/beast/http/basic_parser.hpp>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "http/header_check.h"
#include "http/message.h"

namespace scorekeeper::http {

// The Method of a request line's method, which is case-sensitive.
Method method_of(std::string_view name);

class RequestParser final : private boost::beast::http::basic_parser<true> {
 public:
  enum class State {
    more,    // wants more bytes
    done,    // the header, or the body, is complete
    failed,  // refusal() says why; the connection must be closed
  };

  RequestParser(const Limits& limits, Request& request);

  // Reads the header of `bytes`; on done, `consumed` is its size, else 0. Fills method, target,
  // headers.
  State read_header(std::string_view bytes, std::size_t& consumed);
  // Reads body bytes into request.body, or nowhere once discard_body() was called; `consumed` says
  // how many.
  State read_body(std::string_view bytes, std::size_t& consumed);

  void discard_body() { discard_ = true; }
  // Valid once the header is read.
  const Framing& framing() const { return framing_; }
  int version() const { return version_; }
  bool complete() const { return is_done(); }
  const Refusal& refusal() const { return refusal_; }
  // Body bytes stored or dropped until now.
  std::size_t body_bytes() const { return body_bytes_; }

 private:
  using Code = boost::beast::error_code;
  using Text = boost::beast::string_view;

  State fail(int status, std::string_view detail);
  State fail(const Code& code);
  std::size_t store(Text part, Code& code);

  void on_request_impl(boost::beast::http::verb method, Text method_text, Text target, int version,
                       Code& code) override;
  void on_response_impl(int status, Text reason, int version, Code& code) override;
  void on_field_impl(boost::beast::http::field field, Text name, Text value, Code& code) override;
  void on_header_impl(Code& code) override;
  void on_body_init_impl(const boost::optional<std::uint64_t>& length, Code& code) override;
  std::size_t on_body_impl(Text part, Code& code) override;
  void on_chunk_header_impl(std::uint64_t size, Text extensions, Code& code) override;
  std::size_t on_chunk_body_impl(std::uint64_t left, Text part, Code& code) override;
  void on_finish_impl(Code& code) override;

  const Limits& limits_;
  Request& request_;
  std::size_t scanned_ = 0;
  std::size_t body_bytes_ = 0;
  int version_ = 11;
  bool header_done_ = false;  // what follows are trailers, which are dropped
  bool discard_ = false;
  Framing framing_;
  Refusal refusal_;
};

}  // namespace scorekeeper::http
