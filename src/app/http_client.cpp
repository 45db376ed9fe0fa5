#include "app/http_client.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <string_view>
#include <utility>

#include "app/config.h"
#include "domain/text.h"

namespace scorekeeper::app {
namespace {

constexpr std::size_t answer_bytes_max = 64 << 20;  // an upsert answers with what it was sent
constexpr long connect_timeout_ms = 10'000;
constexpr long call_timeout_ms = 120'000;
constexpr std::string_view reset_header = "x-ratelimit-reset:";

std::size_t append_body(char* bytes, std::size_t size, std::size_t count, void* user) {
  auto& answer = *static_cast<Answer*>(user);
  if (answer.body.size() + size * count > answer_bytes_max) return 0;
  answer.body.append(bytes, size * count);
  return size * count;
}

// The bytes that http_get has read, and how many it may read.
struct Reading {
  std::string body;
  std::size_t bytes_max = 0;
};

std::size_t append_bounded(char* bytes, std::size_t size, std::size_t count, void* user) {
  auto& reading = *static_cast<Reading*>(user);
  if (reading.body.size() + size * count > reading.bytes_max) return 0;
  reading.body.append(bytes, size * count);
  return size * count;
}

int stop_asked(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<const std::atomic<bool>*>(user)->load() ? 1 : 0;
}

std::size_t read_header(char* bytes, std::size_t size, std::size_t count, void* user) {
  std::string_view line(bytes, size * count);
  if (line.size() > reset_header.size() &&
      contains_ignoring_case(line.substr(0, reset_header.size()), reset_header)) {
    line.remove_prefix(reset_header.size());
    while (line.starts_with(' ')) line.remove_prefix(1);
    std::from_chars(line.data(), line.data() + line.size(),
                    static_cast<Answer*>(user)->retry_seconds);
  }
  return size * count;
}

}  // namespace

std::string shown_url(const std::string& url) {
  constexpr std::string_view scheme = "http://";  // libcurl's own where there is none
  if (url.contains("://")) return mask_password(url);
  return mask_password(std::string(scheme) + url).substr(scheme.size());
}

struct HttpClient::Handle {
  std::string url;
  CURL* curl = nullptr;
  curl_slist* headers = nullptr;

  Handle() = default;
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() {
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
  }
  void add_header(const std::string& line) { headers = curl_slist_append(headers, line.c_str()); }
};

HttpClient::HttpClient(std::unique_ptr<Handle> handle) : handle_(std::move(handle)) {}
HttpClient::HttpClient(HttpClient&&) noexcept = default;
HttpClient& HttpClient::operator=(HttpClient&&) noexcept = default;
HttpClient::~HttpClient() = default;

Result<HttpClient> HttpClient::open(const std::string& url, const Credentials& credentials) {
  if (has_control_character(credentials.api_key + credentials.application_key)) {
    return invalid("a key has a control character");
  }
  auto handle = std::make_unique<Handle>();
  handle->url = url;
  while (handle->url.ends_with('/')) handle->url.pop_back();
  handle->curl = curl_easy_init();
  if (handle->curl == nullptr) return make_error(Code::internal, "libcurl does not start");
  handle->add_header("content-type: application/json");
  handle->add_header("dd-api-key: " + credentials.api_key);
  handle->add_header("dd-application-key: " + credentials.application_key);
  return HttpClient(std::move(handle));
}

Result<Answer> HttpClient::post(const std::string& path, const std::string& json) {
  curl_easy_reset(handle_->curl);
  curl_easy_setopt(handle_->curl, CURLOPT_POSTFIELDSIZE_LARGE,
                   static_cast<curl_off_t>(json.size()));
  curl_easy_setopt(handle_->curl, CURLOPT_POSTFIELDS, json.c_str());
  return perform(path);
}

Result<Answer> HttpClient::get(const std::string& target) {
  curl_easy_reset(handle_->curl);
  return perform(target);
}

Result<Answer> HttpClient::perform(const std::string& target) {
  auto* curl = handle_->curl;
  Answer answer;
  std::array<char, CURL_ERROR_SIZE> problem{};
  curl_easy_setopt(curl, CURLOPT_URL, (handle_->url + target).c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, handle_->headers);
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "scorekeeper/" SCOREKEEPER_VERSION);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, connect_timeout_ms);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, call_timeout_ms);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, problem.data());
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, append_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, read_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &answer);
  const auto code = curl_easy_perform(curl);
  if (code != CURLE_OK) {
    return make_error(Code::unavailable,
                      fmt::format("{} does not answer: {}", shown_url(handle_->url),
                                  problem[0] == '\0' ? curl_easy_strerror(code) : problem.data()));
  }
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  answer.status = static_cast<int>(status);
  return answer;
}

Result<std::string> http_get(const Fetch& fetch) {
  const std::unique_ptr<CURL, void (*)(CURL*)> owner(curl_easy_init(), curl_easy_cleanup);
  auto* curl = owner.get();
  if (curl == nullptr) return make_error(Code::internal, "libcurl does not start");
  Reading reading{.body = {}, .bytes_max = fetch.bytes_max};
  std::array<char, CURL_ERROR_SIZE> problem{};
  const auto timeout_ms = static_cast<long>(fetch.timeout.count());
  curl_easy_setopt(curl, CURLOPT_URL, fetch.url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "scorekeeper/" SCOREKEEPER_VERSION);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, timeout_ms / 2);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, timeout_ms);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, problem.data());
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, append_bounded);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &reading);
  if (fetch.stop != nullptr) {
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, stop_asked);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, fetch.stop);
  }
  const auto code = curl_easy_perform(curl);
  if (code != CURLE_OK) {
    return make_error(Code::unavailable,
                      fmt::format("{}: {}", fetch.url,
                                  problem[0] == '\0' ? curl_easy_strerror(code) : problem.data()));
  }
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  if (status != 200) {
    return make_error(Code::unavailable, fmt::format("{} answers {}", fetch.url, status));
  }
  return std::move(reading.body);
}

}  // namespace scorekeeper::app
