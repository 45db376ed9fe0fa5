#include "app/server_calls.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <thread>

#include "app/config.h"
#include "domain/text.h"
#include "json/tree.h"

namespace scorekeeper::app {
namespace {

constexpr int attempts_max = 5;
constexpr int retry_seconds_max = 60;

Result<std::string> read_key(const std::string& file, const char* variable) {
  if (!file.empty()) return read_secret_file(file);
  const char* value = std::getenv(variable);
  if (value == nullptr || *value == '\0') {
    return invalid(fmt::format("no key: set {} or name a file that holds it", variable));
  }
  return std::string(value);
}

}  // namespace

Result<HttpClient> open_client(const ServerAccess& options) {
  Credentials credentials;
  credentials.api_key = TRY(read_key(options.api_key_file, "DD_API_KEY"));
  credentials.application_key = TRY(read_key(options.application_key_file, "DD_APP_KEY"));
  return HttpClient::open(options.url, credentials);
}

Result<Answer> send_patiently(const std::function<Result<Answer>()>& send) {
  for (int attempt = 1;; ++attempt) {
    auto answer = TRY(send());
    const bool later = answer.status == 429 || answer.status == 503;
    if (!later || attempt == attempts_max) return answer;
    std::this_thread::sleep_for(
        std::chrono::seconds(std::clamp(answer.retry_seconds, 1, retry_seconds_max)));
  }
}

std::string problem_of(const Answer& answer) {
  auto body = answer.body;
  std::string problem;
  const auto tree = json::read_json(body);
  const auto* errors = tree ? tree->find("errors") : nullptr;
  if (errors != nullptr) {
    for (const auto& error : errors->children) {
      const auto* detail = error.find("detail");
      const auto* title = error.find("title");
      const auto& text = detail != nullptr  ? detail->text
                         : title != nullptr ? title->text
                                            : error.text;
      problem += (problem.empty() ? "" : "; ") + text;
    }
  }
  return fmt::format("the server answers {}{}{}", answer.status, problem.empty() ? "" : ": ",
                     problem);
}

std::string printable(std::string_view text) {
  std::string line(text);
  for (char& c : line) {
    if (has_control_character({&c, 1})) c = '?';
  }
  return line;
}

}  // namespace scorekeeper::app
