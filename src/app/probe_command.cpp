#include "app/probe_command.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <array>
#include <memory>

#include "app/http_client.h"

namespace scorekeeper::app {
namespace {

constexpr long timeout_ms = 5'000;
constexpr std::size_t answer_bytes_max = 4'096;  // they are a few words

std::size_t append_body(char* bytes, std::size_t size, std::size_t count, void* user) {
  auto& body = *static_cast<std::string*>(user);
  if (body.size() + size * count > answer_bytes_max) return 0;
  body.append(bytes, size * count);
  return size * count;
}

}  // namespace

Result<std::string> probe(const ProbeOptions& options) {
  if (options.url.empty()) return invalid("the URL of the server is empty");
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> handle(curl_easy_init(),
                                                                   curl_easy_cleanup);
  if (!handle) return make_error(Code::internal, "libcurl does not start");
  auto* const curl = handle.get();
  auto url = options.url;
  while (url.ends_with('/')) url.pop_back();
  url += options.live ? "/healthz" : "/readyz";
  std::string body;
  std::array<char, CURL_ERROR_SIZE> problem{};
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_PROXY, "");
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, timeout_ms);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
  if (!options.cert.empty()) {
    curl_easy_setopt(curl, CURLOPT_SSLCERT, options.cert.c_str());
    curl_easy_setopt(curl, CURLOPT_SSLKEY, options.key.c_str());
  }
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, problem.data());
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, append_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
  const auto code = curl_easy_perform(curl);
  if (code != CURLE_OK) {
    return make_error(Code::unavailable,
                      fmt::format("{}: {}", shown_url(url),
                                  problem[0] == '\0' ? curl_easy_strerror(code) : problem.data()));
  }
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  for (char& c : body) {
    if (c < ' ') c = ' ';
  }
  if (status != 200) {
    return make_error(Code::unavailable, fmt::format("{}: {} {}", shown_url(url), status, body));
  }
  return body;
}

}  // namespace scorekeeper::app
