// The Accept header (RFC 9110, section 12.5.1), as far as the choice of an answer's form needs it.
// Any text is taken: what cannot be read is passed over, since no answer is 406.
#pragma once

#include <span>
#include <string_view>

namespace scorekeeper::http {

// Whether the client names `media_type` and wants it rather than the `usual` ones: by q-value, and
// above wildcards of the same one. When it is a tie with a usual one, or not named, the usual ones
// are sent. Media types in lower case.
bool prefers(std::string_view accept, std::string_view media_type,
             std::span<const std::string_view> usual);

// Whether the header has this very range ("application/json", "*/*"), and with a q-value above 0.
// A range that covers it is not enough. In lower case.
bool names(std::string_view accept, std::string_view media_range);

}  // namespace scorekeeper::http
