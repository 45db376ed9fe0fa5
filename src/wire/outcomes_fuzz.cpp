// Any bytes as the body of POST /outcomes and of POST /outcomes/batch. A body that is accepted is
// JSON in the eyes of two other parsers, and its results lie inside the batch's text and hold
// canonical references; the error of a body that is not JSON names a byte.
#include <boost/json/src.hpp>
#include <cstddef>
#include <cstdint>

#include "base/assert.h"
#include "domain/entity.h"
#include "json/syntax.h"
#include "wire/outcomes.h"

namespace {

bool is_json(std::string_view text) {
  boost::json::parse_options options;
  options.max_depth = 1000;
  boost::system::error_code error;
  boost::json::stream_parser parser({}, options);
  parser.write(text.data(), text.size(), error);
  if (!error) parser.finish(error);
  // Numbers that no double holds are JSON all the same.
  return !error || error == boost::json::error::exponent_overflow;
}

void check_range(const scorekeeper::OutcomeBatch& batch, scorekeeper::TextRange range) {
  ASSERT(std::size_t{range.offset} + range.length <= batch.text.size());
}

void check(const scorekeeper::Result<scorekeeper::OutcomeBatch>& batch, std::string_view text) {
  const auto syntax = scorekeeper::json::find_syntax_error(text);
  if (!batch) {
    const bool malformed = batch.error().detail.starts_with("malformed JSON");
    ASSERT(malformed == syntax.has_value());
    ASSERT(!batch.error().detail.ends_with("malformed JSON"));  // the byte is always known
    ASSERT(batch.error().others.size() < scorekeeper::errors_max);
    return;
  }
  ASSERT(!syntax);
  ASSERT(is_json(text));
  for (const auto& result : batch->results) {
    check_range(*batch, result.rule_id);
    check_range(*batch, result.remarks);
    check_range(*batch, result.entity);
    ASSERT(result.rule_id.length > 0);
    const auto reference = scorekeeper::parse_entity_reference(batch->view(result.entity));
    ASSERT(reference.has_value());
    std::string canonical;
    scorekeeper::append_canonical(*reference, canonical);
    ASSERT(canonical == batch->view(result.entity));
    ASSERT(batch->view(result.remarks).find('\0') == std::string_view::npos);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const scorekeeper::Limits limits;
  std::string body = text;
  check(scorekeeper::wire::parse_outcomes(body, limits), text);
  ASSERT(body == text);
  check(scorekeeper::wire::parse_outcomes_batch(body, limits), text);
  ASSERT(body == text);
  // Both strict readers are the same but for what the other parser does not mind.
  if (!is_json(text)) ASSERT(scorekeeper::json::find_syntax_error(text));
  return 0;
}
