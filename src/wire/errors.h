// Writes error documents, as objects or as strings. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace scorekeeper::wire {

// {"errors":[{"status","title","detail"?,"source"?,"meta"?},…]}: the error, then its `others`.
// `status` is the HTTP status of each; title defaults to its reason phrase ("Bad Request"). A
// pointer that starts with '/' becomes source.pointer, another source.parameter; a subject becomes
// meta.id, a version meta.version. An error without these has the bytes that the hosted service
// sends (docs/wire.md).
std::string write_errors(int status, const Error& error);
// {"errors":["Too many requests"]}: the form with strings, as recorded.
std::string write_error_strings(std::string_view text);
// The same for an error document that write_errors made: one string for each object, which says all
// but its status: "Bad Request: attribute \"x\" is required (at /data/x)". Any other document
// stays.
std::string to_error_strings(std::string document);
// The reason phrase of a status: "Bad Request".
std::string_view reason_of(int status);

}  // namespace scorekeeper::wire
