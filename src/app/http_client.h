// Requests to other servers, over libcurl: from the command line to a running server (one thread;
// keeps its connection), and from a server to an issuer of access tokens.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "base/result.h"

namespace scorekeeper::app {

struct Credentials {
  std::string api_key;
  std::string application_key;
};

struct Answer {
  int status = 0;
  std::string body;
  int retry_seconds = 0;  // of x-ratelimit-reset; 0 = not told
};

// A URL without its password, for messages.
std::string shown_url(const std::string& url);

class HttpClient {
 public:
  // `url`: of the server, "http://127.0.0.1:8080"; http or https.
  static Result<HttpClient> open(const std::string& url, const Credentials& credentials);
  HttpClient(HttpClient&&) noexcept;
  HttpClient& operator=(HttpClient&&) noexcept;
  ~HttpClient();

  // Sends JSON to a path; no redirect is followed. Error: no answer (unavailable).
  Result<Answer> post(const std::string& path, const std::string& json);
  // `target`: a path and a query, encoded. The same.
  Result<Answer> get(const std::string& target);

 private:
  Result<Answer> perform(const std::string& target);
  struct Handle;
  explicit HttpClient(std::unique_ptr<Handle> handle);

  std::unique_ptr<Handle> handle_;
};

struct Fetch {
  std::string url;  // http or https
  std::size_t bytes_max = 0;
  std::chrono::milliseconds timeout{0};
  const std::atomic<bool>* stop = nullptr;  // true: give up, within a second
};
// The body of an answer of 200; no redirect is followed. Error: any other (unavailable). A
// connection of its own; any thread.
Result<std::string> http_get(const Fetch& fetch);

}  // namespace scorekeeper::app
