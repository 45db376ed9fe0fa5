#include "domain/entity_query_expression.h"

#include <algorithm>

#include "domain/entity_fields.h"

namespace scorekeeper {
namespace {

using Form = Expression::Form;

Expression joined(Form form, std::vector<Expression> parts) {
  if (parts.size() == 1) return std::move(parts.front());
  Expression made;
  made.form = form;
  for (auto& part : parts) {
    if (part.form == form && !part.negated) {
      std::ranges::move(part.parts, std::back_inserter(made.parts));
    } else {
      made.parts.push_back(std::move(part));
    }
  }
  return made;
}

// Whether the text of a term reads back as it stands, be it a value or a word.
bool is_plain(const EntityTerm& term) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '/' || c == '-' || static_cast<unsigned char>(c) >= 0x80;
  };
  const bool word = term.field == EntityField::word;
  const auto& value = term.value;
  return !value.empty() && !(word && value[0] == '-') &&
         std::ranges::all_of(value, [&](char c) { return plain(c) || (c == ':' && !word); });
}

void append_term(const EntityTerm& term, std::string& text) {
  if (term.field != EntityField::word) {
    text += name_of(term.field);
    text += ':';
  }
  if (term.pattern || is_plain(term)) {
    text += term.value;
    return;
  }
  text += '"';
  for (const char c : term.value) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  text += '"';
}

bool are_terms_of_one_field(const std::vector<Expression>& parts) {
  const auto field = parts.front().term.field;
  return field != EntityField::word && std::ranges::all_of(parts, [&](const Expression& part) {
           return part.form == Form::term && !part.negated && part.term.field == field;
         });
}

void append(const Expression& expression, std::string& text);

void append_joined(const std::vector<Expression>& parts, std::string_view between,
                   std::string& text) {
  bool first = true;
  for (const auto& part : parts) {
    if (!first) text += between;
    first = false;
    append(part, text);
  }
}

// One of the parts of an AND.
void append_condition(const Expression& part, std::string& text) {
  if (part.form != Form::any || part.negated) {
    append(part, text);
  } else if (are_terms_of_one_field(part.parts)) {
    append_joined(part.parts, " ", text);
  } else {
    text += '(';
    append(part, text);
    text += ')';
  }
}

void append(const Expression& expression, std::string& text) {
  if (expression.negated) text += "NOT ";
  if (expression.form == Form::term) return append_term(expression.term, text);
  if (expression.negated) text += '(';
  if (expression.form == Form::any) {
    append_joined(expression.parts, " OR ", text);
  } else {
    bool first = true;
    for (const auto& part : expression.parts) {
      if (!first) text += " AND ";
      first = false;
      append_condition(part, text);
    }
  }
  if (expression.negated) text += ')';
}

}  // namespace

Expression all_of(std::vector<Expression> parts) { return joined(Form::all, std::move(parts)); }
Expression any_of(std::vector<Expression> parts) { return joined(Form::any, std::move(parts)); }

std::string write(const Expression& expression) {
  std::string text;
  append(expression, text);
  return text;
}

}  // namespace scorekeeper
