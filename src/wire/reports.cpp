#include "wire/reports.h"

#include "base/utf8.h"
#include "domain/text.h"

namespace scorekeeper::wire {

std::string escape_remark(std::string_view utf8, std::size_t characters_max) {
  std::string html;
  for (std::size_t characters = 0; !utf8.empty(); ++characters) {
    const auto bytes = utf8_character_bytes(utf8);
    if (characters == characters_max || bytes == 0) return html + "…";
    const auto character = utf8.substr(0, bytes);
    utf8.remove_prefix(bytes);
    if (character == "&") {
      html += "&amp;";
    } else if (character == "<") {
      html += "&lt;";
    } else if (character == ">") {
      html += "&gt;";
    } else if (character == "\"") {
      html += "&quot;";
    } else if (character == "'") {
      html += "&#39;";
    } else {
      html += has_control_character(character) ? " " : character;
    }
  }
  return html;
}

}  // namespace scorekeeper::wire
