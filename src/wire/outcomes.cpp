// The request bodies of outcomes; outcomes_writer.cpp has the answers. Documents that are not
// acceptable JSON are refused first; then what is wrong with the document; then the first error of
// each result (docs/decisions/0005-wire-choices.md).
#include "wire/outcomes.h"

#include <fmt/format.h>

#include <array>

#include "domain/entity.h"
#include "domain/text.h"
#include "wire/resource_body.h"

namespace scorekeeper::wire {
namespace {

enum class EntityMember { entity_reference, service_name };

constexpr std::array<std::string_view, 1> attributes_names{"results"};
// Positions in the arrays of names, and in Item.
enum : std::size_t { rule_id, entity, state, remarks, member_count };
using ItemNames = std::array<std::string_view, member_count>;
constexpr ItemNames names_with_reference{"rule_id", "entity_reference", "state", "remarks"};
constexpr ItemNames names_with_service{"rule_id", "service_name", "state", "remarks"};

constexpr std::string_view results_pointer = "/data/attributes/results";
// Texts are told by 32-bit offsets; the canonical form may be longer than what was sent.
constexpr std::size_t text_bytes_max = std::size_t{1} << 30;

struct Text {
  std::string_view text;
  json::Read read = json::Read::null;
};
using Item = std::array<Text, member_count>;

class OutcomesParser {
 public:
  OutcomesParser(std::string& body, const Limits& limits, EntityMember member)
      : body_(body, "batched-outcome"),
        limits_(limits),
        member_(member),
        names_(member == EntityMember::entity_reference ? names_with_reference
                                                        : names_with_service) {
    batch_.text.reserve(body.size());
    batch_.results.reserve(std::min(body.size() / 100 + 1, limits.results_max));
  }

  Result<OutcomeBatch> parse() {
    TRY(body_.read(attributes_names, [this](std::size_t, json::Reader::Value member) {
      return read_results(member);
    }));
    if (!has_results_) return ResourceBody::required("results", std::string(results_pointer));
    if (count_ > limits_.results_max) {
      return invalid(
          fmt::format("attribute \"results\" must hold at most {} items", limits_.results_max),
          std::string(results_pointer));
    }
    if (!errors_.empty()) return item_errors();
    return std::move(batch_);
  }

 private:
  bool read_results(json::Reader::Value value) {
    json::Read read = json::Read::ok;
    const bool acceptable = reader_.array(
        value,
        [this](std::size_t index, json::Reader::Value element) {
          count_ = index + 1;
          return count_ > limits_.results_max ? reader_.skip(element) : read_item(index, element);
        },
        read);
    body_.expect(read, "results", "an array", results_pointer);
    has_results_ = read == json::Read::ok;
    return acceptable;
  }

  bool read_item(std::size_t index, json::Reader::Value value) {
    Item item;
    json::Read read = json::Read::ok;
    const bool acceptable = reader_.object(
        value, names_,
        [this, &item](std::size_t member, json::Reader::Value text) {
          return reader_.string(text, item[member].text, item[member].read);
        },
        read);
    if (!acceptable) return false;
    if (read != json::Read::ok) {
      add_error(index, {}, "attribute \"results\" must be an array of objects");
      return true;
    }
    add_item(index, item);
    return true;
  }

  // The checks go in the order of the documented members; the first that fails is the item's error.
  void add_item(std::size_t index, const Item& item) {
    for (std::size_t member = 0; member < member_count; ++member) {
      if (item[member].read == json::Read::wrong_type) {
        return add_error(index, names_[member],
                         fmt::format("attribute \"{}\" must be a string", names_[member]));
      }
      if (member != remarks && item[member].text.empty()) {
        return add_error(index, names_[member], ResourceBody::required(names_[member]).detail);
      }
    }
    ReportedOutcome outcome;
    const auto known_state = parse_state(item[state].text);
    outcome.rule_id = append(item[rule_id].text);
    if (!append_entity(index, item[entity].text, outcome.entity)) return;
    if (!known_state) {
      return add_error(index, names_[state],
                       "attribute \"state\" must be one of \"pass fail skip\"");
    }
    outcome.state = *known_state;
    const auto& text = item[remarks].text;
    if (text.size() > limits_.remarks_characters_max &&
        count_characters(text) > limits_.remarks_characters_max) {
      return add_error(index, names_[remarks],
                       fmt::format("attribute \"remarks\" must hold at most {} characters",
                                   limits_.remarks_characters_max));
    }
    outcome.remarks = append(text);
    batch_.results.push_back(outcome);
  }

  TextRange append(std::string_view text) {
    const auto offset = static_cast<std::uint32_t>(batch_.text.size());
    batch_.text += text;
    return {.offset = offset, .length = static_cast<std::uint32_t>(text.size())};
  }

  bool append_entity(std::size_t index, std::string_view text, TextRange& range) {
    if (text.size() > limits_.entity_reference_bytes_max) {
      add_error(index, names_[entity],
                fmt::format("attribute \"{}\" must hold at most {} bytes", names_[entity],
                            limits_.entity_reference_bytes_max));
      return false;
    }
    const auto offset = batch_.text.size();
    if (member_ == EntityMember::entity_reference) {
      const auto reference = parse_entity_reference(text);
      if (!reference) {
        add_error(index, names_[entity], reference.error().detail);
        return false;
      }
      append_canonical(*reference, batch_.text);
    } else {
      if (has_control_character(text)) {
        add_error(index, names_[entity],
                  "attribute \"service_name\" must not hold control characters");
        return false;
      }
      append_canonical({.kind = "service", .name_space = "default", .name = text}, batch_.text);
    }
    range = {.offset = static_cast<std::uint32_t>(offset),
             .length = static_cast<std::uint32_t>(batch_.text.size() - offset)};
    return true;
  }

  // `name` empty: the item itself.
  void add_error(std::size_t index, std::string_view name, std::string detail) {
    if (errors_.size() == errors_max) return;
    std::string pointer = fmt::format("{}/{}", results_pointer, index);
    if (!name.empty()) pointer += fmt::format("/{}", name);
    errors_.push_back(invalid(std::move(detail), std::move(pointer)));
  }

  // A request with one result gets the recorded bytes, which have no source.
  Error item_errors() {
    Error first = std::move(errors_.front());
    if (count_ == 1) first.pointer.clear();
    errors_.erase(errors_.begin());
    first.others = std::move(errors_);
    return first;
  }

  ResourceBody body_;
  json::Reader& reader_ = body_.json();
  const Limits& limits_;
  EntityMember member_;
  const ItemNames& names_;
  OutcomeBatch batch_;
  std::vector<Error> errors_;
  std::size_t count_ = 0;
  bool has_results_ = false;
};

Result<OutcomeBatch> parse(std::string& body, const Limits& limits, EntityMember member) {
  if (body.size() > text_bytes_max) {
    return make_error(Code::too_large, "the body is too large");
  }
  return OutcomesParser(body, limits, member).parse();
}

}  // namespace

Result<OutcomeBatch> parse_outcomes(std::string& body, const Limits& limits) {
  return parse(body, limits, EntityMember::entity_reference);
}

Result<OutcomeBatch> parse_outcomes_batch(std::string& body, const Limits& limits) {
  return parse(body, limits, EntityMember::service_name);
}

}  // namespace scorekeeper::wire
