// The request bodies and queries of campaigns; campaigns_writer.cpp has the answers.
#include "wire/campaigns.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_set>
#include <utility>

#include "domain/text.h"
#include "json/reader.h"
#include "wire/date_time.h"
#include "wire/known_parameters.h"
#include "wire/query_values.h"
#include "wire/unknown_members.h"

namespace scorekeeper::wire {
namespace {

constexpr std::uint64_t page_size_default = 10;  // as the public API documents it
constexpr std::string_view statuses = "one of \"not_started in_progress completed\"";

constexpr std::array<std::string_view, 1> document_names{"data"};
constexpr std::array<std::string_view, 2> data_names{"type", "attributes"};
// Positions in attribute_names; the plain texts come first.
enum : std::size_t {
  key,
  name,
  description,
  owner_id,
  entity_scope,
  guidance,
  rule_ids,
  status,
  start_date,
  due_date,
  attribute_count
};
constexpr std::array<std::string_view, attribute_count> attribute_names{
    "key",      "name",     "description", "owner_id",   "entity_scope",
    "guidance", "rule_ids", "status",      "start_date", "due_date"};
constexpr std::array<std::string CampaignFields::*, rule_ids> texts{
    &CampaignFields::key,      &CampaignFields::name,         &CampaignFields::description,
    &CampaignFields::owner_id, &CampaignFields::entity_scope, &CampaignFields::guidance};

class CampaignParser {
 public:
  explicit CampaignParser(std::string& body) : reader_(body) {}

  Result<CampaignFields> parse() {
    json::Read read = json::Read::ok;
    const bool acceptable = reader_.document(
        document_names, [this](std::size_t, json::Reader::Value value) { return read_data(value); },
        read);
    if (!acceptable) return reader_.error();
    if (read != json::Read::ok) return invalid("the document must be a JSON object");
    if (error_) return *std::move(error_);
    return std::move(fields_);
  }

  // Attributes that are none.
  const std::vector<std::string>& ignored() const { return ignored_; }

 private:
  // The first one counts. `null` is as good as nothing.
  void expect(json::Read read, std::string_view attribute, std::string_view type,
              std::string_view pointer) {
    if (read != json::Read::wrong_type || error_) return;
    error_ =
        invalid(fmt::format("attribute \"{}\" must be {}", attribute, type), std::string(pointer));
  }
  void expect(json::Read read, std::size_t attribute, std::string_view type) {
    if (read != json::Read::wrong_type) return;
    const auto attribute_name = attribute_names[attribute];
    expect(read, attribute_name, type, fmt::format("/data/attributes/{}", attribute_name));
  }

  bool read_data(json::Reader::Value value) {
    json::Read read = json::Read::ok;
    const bool acceptable = reader_.object(
        value, data_names,
        [this](std::size_t index, json::Reader::Value member) {
          return index == 0 ? read_type(member) : read_attributes(member);
        },
        read);
    expect(read, "data", "an object", "/data");
    return acceptable;
  }

  bool read_type(json::Reader::Value value) {
    json::Read read = json::Read::ok;
    std::string_view type;
    const bool acceptable = reader_.string(value, type, read);
    const bool other = read == json::Read::ok && type != "campaign";
    expect(other ? json::Read::wrong_type : read, "type", "\"campaign\"", "/data/type");
    return acceptable;
  }

  bool read_attributes(json::Reader::Value value) {
    json::Read read = json::Read::ok;
    const bool acceptable = reader_.object(
        value, attribute_names,
        [this](std::size_t index, json::Reader::Value member) {
          return read_attribute(index, member);
        },
        read, &ignored_);
    expect(read, "attributes", "an object", "/data/attributes");
    return acceptable;
  }

  bool read_attribute(std::size_t index, json::Reader::Value value) {
    if (index == rule_ids) return read_rule_ids(value);
    if (index == start_date) return read_date(index, value, fields_.start_date);
    if (index == due_date) return read_date(index, value, fields_.due_date);
    json::Read read = json::Read::ok;
    std::string_view text;
    const bool acceptable = reader_.string(value, text, read);
    if (index == status) {
      if (acceptable && read == json::Read::ok) {
        fields_.status = parse_campaign_status(text);
        if (!fields_.status) read = json::Read::wrong_type;
      }
      expect(read, index, statuses);
      return acceptable;
    }
    expect(read, index, "a string");
    if (acceptable && read == json::Read::ok) fields_.*texts[index] = text;
    return acceptable;
  }

  bool read_date(std::size_t index, json::Reader::Value value, std::optional<Time>& date) {
    json::Read read = json::Read::ok;
    std::string_view text;
    const bool acceptable = reader_.string(value, text, read);
    if (acceptable && read == json::Read::ok) {
      date = parse_date_time(text);
      if (!date) read = json::Read::wrong_type;
    }
    expect(read, index, "a date-time of RFC 3339");
    return acceptable;
  }

  bool read_rule_ids(json::Reader::Value value) {
    json::Read read = json::Read::ok;
    const bool acceptable = reader_.array(
        value,
        [this](std::size_t index, json::Reader::Value element) {
          return read_rule_id(index, element);
        },
        read);
    expect(read, rule_ids, "an array of strings");
    return acceptable;
  }

  bool read_rule_id(std::size_t index, json::Reader::Value value) {
    json::Read read = json::Read::ok;
    std::string_view text;
    const bool acceptable = reader_.string(value, text, read);
    if (acceptable && read == json::Read::ok) {
      if (rules_.emplace(text).second) fields_.rule_ids.emplace_back(text);
      return true;
    }
    expect(json::Read::wrong_type, "rule_ids", "an array of strings",
           fmt::format("/data/attributes/rule_ids/{}", index));
    return acceptable;
  }

  json::Reader reader_;
  std::vector<std::string> ignored_;
  CampaignFields fields_;
  std::unordered_set<std::string_view> rules_;  // those of fields_; views into the body
  std::optional<Error> error_;
};

}  // namespace

Result<CampaignFields> parse_campaign(std::string& body, std::vector<std::string>& warnings) {
  CampaignParser parser(body);
  auto fields = parser.parse();
  warnings = warn_of_unknown(parser.ignored(), attribute_names);
  return fields;
}

Result<CampaignListQuery> parse_campaign_list_query(Query query, const Limits& limits) {
  TRY(check_parameters(query, known::campaigns));
  CampaignListQuery list;
  list.page = TRY(parse_page(query, limits.page_size_max));
  if (find_value(query, "page[size]") == nullptr && find_value(query, "page[limit]") == nullptr) {
    list.page.size = std::min<std::uint64_t>(page_size_default, limits.page_size_max);
  }
  list.filter.name = parse_text(query, "filter[campaign][name]");
  if (list.filter.name && count_characters(*list.filter.name) > limits.name_characters_max) {
    return bad_parameter("filter[campaign][name]", fmt::format("a text of at most {} characters",
                                                               limits.name_characters_max));
  }
  if (const auto* text = find_value(query, "filter[campaign][status]")) {
    list.filter.status = parse_campaign_status(*text);
    if (!list.filter.status) return bad_parameter("filter[campaign][status]", statuses);
  }
  list.filter.owner = parse_text(query, "filter[campaign][owner]");
  return list;
}

Result<CampaignQuery> parse_campaign_query(Query query) {
  TRY(check_parameters(query, known::campaign));
  CampaignQuery campaign;
  campaign.include_scores = !TRY(parse_include(query, {"scores"})).empty();
  campaign.include_meta = TRY(parse_boolean(query, "include_meta")).value_or(false);
  return campaign;
}

}  // namespace scorekeeper::wire
