#include "store/log_record.h"

#include <algorithm>
#include <string_view>

#include "store/sha256.h"

namespace scorekeeper::store {
namespace {

template <class Number>
void append_number(std::string& bytes, Number number) {  // the lowest byte first
  for (std::size_t i = 0; i < sizeof(number); ++i) {
    bytes.push_back(static_cast<char>(number >> (8 * i) & 0xff));
  }
}

// So many bytes follow, and the bytes: no two different records have the same encoding.
void append_length(std::string& bytes, std::string_view text) {
  append_number(bytes, static_cast<std::uint32_t>(text.size()));
}
void append_text(std::string& bytes, std::string_view text) {
  append_length(bytes, text);
  bytes += text;
}

}  // namespace

// The encoding stands in docs/formats/log.md: others compute it again. Never change it.
Chain chain_after(const Chain& before, const LogRecord& record) {
  std::string head;
  append_number(head, record.org.number);
  append_number(head, record.position.number);
  append_number(head, record.count);
  append_number(head, static_cast<std::uint64_t>(microseconds_of(record.at)));
  append_number(head, static_cast<std::uint8_t>(record.kind));
  append_text(head, name_of(record.actor.type));
  append_text(head, record.actor.id);
  append_number(head, record.request.number);
  append_text(head, record.request_id);
  append_number(head, static_cast<std::uint8_t>(record.group_end ? 1 : 0));
  append_length(head, record.body);

  const std::string_view previous(reinterpret_cast<const char*>(before.data()), before.size());
  Chain chain;
  std::ranges::copy_n(sha256_of({previous, head, record.body}).begin(), chain.size(),
                      chain.begin());
  return chain;
}

}  // namespace scorekeeper::store
