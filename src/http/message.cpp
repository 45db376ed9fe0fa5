#include "http/message.h"

#include "base/assert.h"

namespace scorekeeper::http {

std::string_view Request::header(std::string_view name) const {
  for (const auto& header : headers) {
    if (header.name == name) return header.value;
  }
  return {};
}

std::string_view Request::path_parameter(std::string_view name) const {
  for (const auto& parameter : path_parameters) {
    if (parameter.name == name) return parameter.value;
  }
  const bool name_is_of_the_pattern = false;
  ASSERT(name_is_of_the_pattern);
  return {};
}

Reply& Reply::operator=(Reply&& other) noexcept {
  if (this != &other) {
    drop();
    send_ = std::exchange(other.send_, nullptr);
  }
  return *this;
}

Reply::~Reply() { drop(); }

void Reply::operator()(Response response) {
  ASSERT(send_ != nullptr);
  std::exchange(send_, nullptr)(std::move(response));
}

void Reply::drop() noexcept {
  if (!send_) return;
  Response dropped;
  dropped.status = 500;  // without a content type: the connection fills in the error document
  std::exchange(send_, nullptr)(std::move(dropped));
}

}  // namespace scorekeeper::http
