// The body of a record of outcomes: docs/formats/log.md. JSON without spaces:
//
//   {"entities":[[number,"reference",revived],…],"remarks":["text",…],
//    "changes":[[rule,entity,state,before,previous,first_reported,reported_before,remarks],…]}
//
// `entities` are first seen in this record, or seen again after a deletion (revived = 1). States
// are 0 none, 1 pass, 2 fail, 3 skip. first_reported and reported_before are seconds before the
// record's time; remarks is an index into the texts. A text that equals that of the change before
// is stored once. A change that retention took away is null, so that the others keep their places:
// the position of a change is the record's position plus its index. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/id.h"
#include "base/result.h"
#include "domain/outcome.h"
#include "store/log_record.h"

namespace scorekeeper::store {

struct SeenEntity {
  EntityNumber number;
  std::string_view reference;  // canonical
  bool revived = false;

  bool operator==(const SeenEntity&) const = default;
};

// One outcome that changed.
struct ChangedOutcome {
  RuleNumber rule;
  EntityNumber entity;
  std::optional<State> state;   // none: the entity was deleted, and the outcome with it
  std::optional<State> before;  // none: there was no outcome
  RowId previous;               // the position of the change that this one replaces; 0 = none
  // Seconds since 1970. first_reported: the first report of the outcome, also of a deleted one.
  // reported_before: the last report before this change; 0: there was no outcome.
  std::uint32_t first_reported = 0;
  std::uint32_t reported_before = 0;
  std::string_view remarks;

  bool operator==(const ChangedOutcome&) const = default;
};

// Makes one body after the other, of records of one time.
class OutcomeBodyWriter {
 public:
  explicit OutcomeBodyWriter(Time at) : at_(seconds_of(at)) {}

  // Drops what is not finished; the next records have that time.
  void begin(Time at);
  void add(const SeenEntity& entity);
  void add(const ChangedOutcome& change);
  void add_gone();                                // one that retention takes away
  std::uint32_t count() const { return count_; }  // of changes
  // true: finish the record before the next change and the entity that it names are added.
  bool is_full() const;
  // The body, and begins the next one.
  std::string finish();

 private:
  void add_remarks(std::string_view remarks);

  std::uint32_t at_;
  std::string entities_;
  std::string remarks_;
  std::string last_remarks_;  // as they were given
  std::string changes_;
  std::uint32_t texts_ = 0;  // in remarks_
  std::uint32_t count_ = 0;
};

// The contents of a body. The texts stand in the body or in `text`, and live as long as both.
struct OutcomeBody {
  std::vector<SeenEntity> entities;
  std::vector<std::string_view> remarks;
  std::vector<std::optional<ChangedOutcome>> changes;  // none: retention took it away
  std::string text;                                    // texts that had escapes

  void clear();
};
// Replaces `read`, whose memory it uses again. internal: the body has not the form that the writer
// makes; the detail has the place.
Result<void> read_outcome_body(const LogRecord& record, OutcomeBody& read);
// Reads the change at `index` alone, of a record of time `at`; cheaper, since the text before it is
// passed over and the text behind it is not looked at. Its remarks stand in the body or in `text`,
// which is replaced. internal: there is no such change.
Result<std::optional<ChangedOutcome>> read_changed_outcome(std::string_view body, Time at,
                                                           std::size_t index, std::string& text);

}  // namespace scorekeeper::store
