#include "wire/typed_form.h"

#include <algorithm>

#include "domain/text.h"

namespace scorekeeper::wire {
namespace {

std::optional<json::Tree> fit_text(const json::Tree& value, const Form& form) {
  if (value.is(json::Tree::Type::null) || value.is(json::Tree::Type::array) ||
      value.is(json::Tree::Type::object)) {
    return std::nullopt;
  }
  auto text = json::Tree::of_text(value.text);
  if (count_characters(text.text) < form.characters_min) return std::nullopt;
  if (form.words.empty()) return text;
  const auto word = std::ranges::find(form.words, text.text, &FormWord::known_as);
  if (word != form.words.end()) return json::Tree::of_text(word->written);
  if (form.otherwise.empty()) return std::nullopt;
  return json::Tree::of_text(form.otherwise);
}

std::optional<json::Tree> fit_list(const json::Tree& value, const Form& form) {
  if (!value.is(json::Tree::Type::array)) return std::nullopt;
  auto list = json::Tree::empty_array();
  for (const auto& element : value.children) {
    if (auto fitted = fit(element, *form.element)) list.children.push_back(*std::move(fitted));
  }
  const bool nothing_sent = value.children.empty() && !form.empty_is_left_out;
  if (list.children.empty() && !nothing_sent) return std::nullopt;
  return list;
}

// false: a member is missing that the form must have.
bool complete(json::Tree& object, const Form& form) {
  return std::ranges::all_of(form.members, [&object](const FormMember& member) {
    if (object.find(member.name) != nullptr) return true;
    if (const auto* other = object.find(member.same_as)) {
      object.put_text(member.name, other->text);
    } else if (member.otherwise) {
      object.put_text(member.name, *member.otherwise);
    } else {
      return !member.required;
    }
    return true;
  });
}

std::optional<json::Tree> fit_object(const json::Tree& value, const Form& form) {
  if (!value.is(json::Tree::Type::object)) return std::nullopt;
  auto object = json::Tree::empty_object();
  for (const auto& child : value.children) {
    const auto member = std::ranges::find(form.members, child.name, &FormMember::name);
    if (member == form.members.end()) continue;
    auto fitted = fit(child, *member->form);
    if (!fitted) continue;
    object.put(child.name, *std::move(fitted));
    if (form.exactly_one) return object;
  }
  if (form.exactly_one || !complete(object, form)) return std::nullopt;
  return object;
}

}  // namespace

std::optional<json::Tree> fit(const json::Tree& value, const Form& form) {
  switch (form.type) {
    case Form::Type::text:
      return fit_text(value, form);
    case Form::Type::list:
      return fit_list(value, form);
    case Form::Type::object:
      return fit_object(value, form);
    case Form::Type::free_object:
      return value.is(json::Tree::Type::object) ? std::optional(value) : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace scorekeeper::wire
