// Commands that call a running server share these functions: keys, patience, the words for a
// refusal. One thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "app/http_client.h"
#include "base/result.h"

namespace scorekeeper::app {

struct ServerAccess {
  std::string url = "http://127.0.0.1:8080";
  std::string api_key_file;          // empty: the environment's DD_API_KEY
  std::string application_key_file;  // empty: the environment's DD_APP_KEY
};
Result<HttpClient> open_client(const ServerAccess& options);

// Repeats what the server asks to repeat later (429, 503), a few times.
Result<Answer> send_patiently(const std::function<Result<Answer>()>& send);

// The status and the details of an error document, whose errors are objects or strings.
std::string problem_of(const Answer& answer);

// Text from a file in a line of a terminal.
std::string printable(std::string_view text);

}  // namespace scorekeeper::app
