#include "wire/errors.h"

#include <utility>

#include "json/tree.h"
#include "json/writer.h"

namespace scorekeeper::wire {
namespace {

void write_error(json::Writer& json, int status, const Error& error) {
  json.begin_object();
  json.member("status", std::to_string(status));
  json.member("title", error.title.empty() ? reason_of(status) : error.title);
  json.optional_member("detail", error.detail);
  if (!error.pointer.empty()) {
    json.key("source").begin_object();
    json.member(error.pointer.starts_with('/') ? "pointer" : "parameter", error.pointer);
    json.end_object();
  }
  if (!error.subject.empty() || error.version != 0) {
    json.key("meta").begin_object();
    json.optional_member("id", error.subject);
    if (error.version != 0) json.member("version", std::to_string(error.version));
    json.end_object();
  }
  json.end_object();
}

// Appends the text of a member behind `before`; nothing when there is none.
void append_text(std::string& out, const json::Tree* object, std::string_view member,
                 std::string_view before) {
  const json::Tree* text = object == nullptr ? nullptr : object->find(member);
  if (text == nullptr) return;
  out += before;
  out += text->text;
}

std::string sentence_of(const json::Tree& error) {
  std::string sentence;
  append_text(sentence, &error, "title", "");
  append_text(sentence, &error, "detail", ": ");
  std::string place;
  append_text(place, error.find("source"), "pointer", "at ");
  append_text(place, error.find("source"), "parameter", "parameter ");
  append_text(place, error.find("meta"), "id", place.empty() ? "id " : ", id ");
  return place.empty() ? sentence : sentence + " (" + place + ")";
}

}  // namespace

std::string write_errors(int status, const Error& error) {
  json::Writer json;
  json.begin_object().key("errors").begin_array();
  write_error(json, status, error);
  for (const auto& other : error.others) write_error(json, status, other);
  json.end_array().end_object();
  return json.take();
}

std::string write_error_strings(std::string_view text) {
  json::Writer json;
  json.begin_object().key("errors").begin_array().string(text).end_array().end_object();
  return json.take();
}

std::string to_error_strings(std::string document) {
  const auto tree = json::read_json(document);
  const json::Tree* errors = tree ? tree->find("errors") : nullptr;
  if (errors == nullptr) return document;
  json::Writer json;
  json.begin_object().key("errors").begin_array();
  for (const auto& error : errors->children) {
    json.string(error.is(json::Tree::Type::string) ? error.text : sentence_of(error));
  }
  json.end_array().end_object();
  return json.take();
}

std::string_view reason_of(int status) {
  static constexpr struct {
    int status;
    std::string_view reason;
  } reasons[] = {{100, "Continue"},
                 {200, "OK"},
                 {201, "Created"},
                 {202, "Accepted"},
                 {204, "No Content"},
                 {301, "Moved Permanently"},
                 {304, "Not Modified"},
                 {400, "Bad Request"},
                 {401, "Unauthorized"},
                 {403, "Forbidden"},
                 {404, "Not Found"},
                 {405, "Method Not Allowed"},
                 {406, "Not Acceptable"},
                 {408, "Request Timeout"},
                 {409, "Conflict"},
                 {411, "Length Required"},
                 {412, "Precondition Failed"},
                 {413, "Content Too Large"},
                 {414, "URI Too Long"},
                 {415, "Unsupported Media Type"},
                 {417, "Expectation Failed"},
                 {429, "Too Many Requests"},
                 {431, "Request Header Fields Too Large"},
                 {500, "Internal Server Error"},
                 {501, "Not Implemented"},
                 {503, "Service Unavailable"},
                 {505, "HTTP Version Not Supported"}};
  for (const auto& known : reasons) {
    if (known.status == status) return known.reason;
  }
  return "Error";
}

}  // namespace scorekeeper::wire
