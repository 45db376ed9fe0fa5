// Requests from the command line to a running server, over libcurl. One thread; keeps its
// connection.
#pragma once

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

class HttpClient {
 public:
  // `url`: of the server, "http://127.0.0.1:8080"; http or https.
  static Result<HttpClient> open(const std::string& url, const Credentials& credentials);
  HttpClient(HttpClient&&) noexcept;
  HttpClient& operator=(HttpClient&&) noexcept;
  ~HttpClient();

  // Sends JSON to a path; no redirect is followed. Error: no answer (unavailable).
  Result<Answer> post(const std::string& path, const std::string& json);

 private:
  struct Handle;
  explicit HttpClient(std::unique_ptr<Handle> handle);

  std::unique_ptr<Handle> handle_;
};

}  // namespace scorekeeper::app
