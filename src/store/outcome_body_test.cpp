#include "store/outcome_body.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "json/tree.h"
#include "store/log_record.h"

namespace scorekeeper::store {
namespace {

constexpr std::uint32_t now = 1'790'086'400;
constexpr std::uint32_t any32 = 4294967295;
constexpr std::uint64_t any64 = 9223372036854775807;

struct Written {
  std::vector<SeenEntity> entities;
  std::vector<std::optional<ChangedOutcome>> changes;
};

std::string write(const Written& written) {
  OutcomeBodyWriter writer(time_of_seconds(now));
  for (const auto& entity : written.entities) writer.add(entity);
  for (const auto& change : written.changes) change ? writer.add(*change) : writer.add_gone();
  EXPECT_EQ(writer.count(), written.changes.size());
  return writer.finish();
}

LogRecord record_with(std::string_view body) {
  LogRecord record;
  record.at = time_of_seconds(now);
  record.body = body;
  return record;
}

// Compares it with the reading of another parser of JSON.
void check_json(std::string body, const Written& written) {
  const auto tree = json::read_json(body);
  ASSERT_TRUE(tree.has_value()) << tree.error().detail << '\n' << body;
  const auto& entities = tree->find("entities")->children;
  ASSERT_EQ(entities.size(), written.entities.size());
  for (std::size_t i = 0; i < entities.size(); ++i) {
    EXPECT_EQ(entities[i].children.at(0).text, std::to_string(written.entities[i].number.number));
    EXPECT_EQ(entities[i].children.at(1).text, written.entities[i].reference);
    EXPECT_EQ(entities[i].children.at(2).text, written.entities[i].revived ? "1" : "0");
  }
  const auto& remarks = tree->find("remarks")->children;
  const auto& changes = tree->find("changes")->children;
  ASSERT_EQ(changes.size(), written.changes.size());
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const auto& change = written.changes[i];
    EXPECT_EQ(changes[i].is(json::Tree::Type::null), !change);
    if (!change) continue;
    const auto state = [](std::optional<State> s) { return s ? static_cast<unsigned>(*s) : 0U; };
    const auto before = [](std::uint32_t seconds) { return std::int64_t{now} - seconds; };
    const std::vector<std::int64_t> numbers{change->rule.number,
                                            change->entity.number,
                                            state(change->state),
                                            state(change->before),
                                            static_cast<std::int64_t>(change->previous.number),
                                            before(change->first_reported),
                                            change->before ? before(change->reported_before) : 0};
    ASSERT_EQ(changes[i].children.size(), numbers.size() + 1);
    for (std::size_t k = 0; k < numbers.size(); ++k) {
      EXPECT_EQ(changes[i].children[k].text, std::to_string(numbers[k]));
    }
    EXPECT_EQ(remarks.at(std::stoul(changes[i].children[7].text)).text, change->remarks);
  }
}

// Reads it as a whole and change by change; returns the body.
std::string check(const Written& written) {
  auto body = write(written);
  // It refuses U+0000, which no text has that was reported.
  if (body.find("\\u0000") == std::string::npos) check_json(body, written);
  const LogRecord record = record_with(body);
  OutcomeBody read;
  const auto result = read_outcome_body(record, read);
  EXPECT_TRUE(result) << result.error().detail << '\n' << body;
  EXPECT_EQ(read.entities, written.entities) << body;
  EXPECT_EQ(read.changes, written.changes) << body;
  for (std::size_t i = 0; i < written.changes.size(); ++i) {
    std::string text;
    const auto change = read_changed_outcome(body, time_of_seconds(now), i, text);
    EXPECT_TRUE(change && *change == written.changes[i]) << i << ' ' << body;
  }
  std::string text;
  EXPECT_FALSE(read_changed_outcome(body, time_of_seconds(now), written.changes.size(), text))
      << body;
  return body;
}

ChangedOutcome change_with(std::string_view remarks) {
  return {.rule = {1},
          .entity = {2},
          .state = State::fail,
          .before = std::nullopt,
          .previous = {},
          .first_reported = now - 3,
          .reported_before = 0,
          .remarks = remarks};
}

std::string refusal(std::string_view body) {
  OutcomeBody read;
  const auto result = read_outcome_body(record_with(body), read);
  return result ? "accepted" : result.error().detail;
}

TEST(OutcomeBody, IsWrittenAsDocumented) {
  EXPECT_EQ(check({}), R"({"entities":[],"remarks":[],"changes":[]})");
  const ChangedOutcome first{.rule = {7},
                             .entity = {12},
                             .state = State::fail,
                             .before = State::pass,
                             .previous = {4},
                             .first_reported = now - 86'400,
                             .reported_before = now - 60,
                             .remarks = "no \"owner\""};
  const ChangedOutcome deletion{.rule = {any32},
                                .entity = {any32},
                                .state = std::nullopt,
                                .before = State::skip,
                                .previous = {any64},
                                .first_reported = any32,
                                .reported_before = 0,
                                .remarks = {}};
  EXPECT_EQ(check({.entities = {{{12}, "service:default/a", false}, {{13}, "b:c/\"d\"", true}},
                   .changes = {first, std::nullopt, deletion}}),
            R"({"entities":[[12,"service:default/a",0],[13,"b:c/\"d\"",1]],)"
            R"("remarks":["no \"owner\"",""],"changes":[[7,12,2,1,4,86400,60,0],null,)"
            R"([4294967295,4294967295,0,3,9223372036854775807,-2504880895,1790086400,1]]})");
}

TEST(OutcomeBody, EqualRemarksThatFollowEachOtherStandOnce) {
  const auto same = change_with("x");
  const auto other = change_with("");
  const auto body = check({{}, {same, same, std::nullopt, same, other, other, same}});
  EXPECT_EQ(body, R"({"entities":[],"remarks":["x","","x"],"changes":[[1,2,2,0,0,3,0,0],)"
                  R"([1,2,2,0,0,3,0,0],null,[1,2,2,0,0,3,0,0],[1,2,2,0,0,3,0,1],)"
                  R"([1,2,2,0,0,3,0,1],[1,2,2,0,0,3,0,2]]})");
}

TEST(OutcomeBody, EscapesWhatJsonDoesNotAllowInAText) {
  std::string controls;
  for (int byte = 0; byte <= 0x20; ++byte) controls += static_cast<char>(byte);
  const auto body = check({.entities = {}, .changes = {change_with(controls)}});
  EXPECT_EQ(body, R"({"entities":[],"remarks":["\u0000\u0001\u0002\u0003\u0004\u0005)"
                  R"(\u0006\u0007\b\t\n\u000b\f\r\u000e\u000f\u0010\u0011\u0012\u0013\u0014\u0015)"
                  R"(\u0016\u0017\u0018\u0019\u001a\u001b\u001c\u001d\u001e\u001f "],)"
                  R"("changes":[[1,2,2,0,0,3,0,0]]})");
  // DEL, the line separators and what HTML escapes stand as they are.
  EXPECT_TRUE(
      check({{}, {change_with("\x7f\u2028\u2029<&>/")}}).contains("[\"\x7f\u2028\u2029<&>/\"]"));
  // Wherever in a word of eight bytes it stands.
  for (std::size_t plain = 0; plain < 20; ++plain) {
    for (const auto special : {"\"", "\\", "\n", "\x01", "\u00e9", "\U0001f600"}) {
      const auto remarks = std::string(plain, '~') + special + std::string(plain, ' ');
      check({.entities = {{{1}, remarks, true}}, .changes = {change_with(remarks)}});
    }
  }
}

std::string utf8_of(const std::vector<char32_t>& characters) {
  std::string text;
  const auto put = [&](char32_t bits) { text += static_cast<char>(bits); };
  for (const char32_t c : characters) {
    if (c < 0x80) {
      put(c);
    } else if (c < 0x800) {
      put(0xc0 | c >> 6), put(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
      put(0xe0 | c >> 12), put(0x80 | (c >> 6 & 0x3f)), put(0x80 | (c & 0x3f));
    } else {
      put(0xf0 | c >> 18), put(0x80 | (c >> 12 & 0x3f));
      put(0x80 | (c >> 6 & 0x3f)), put(0x80 | (c & 0x3f));
    }
  }
  return text;
}

rc::Gen<std::string> any_text() {
  const auto scalar = [](std::uint32_t from, std::uint32_t to) {
    return rc::gen::map(rc::gen::inRange(from, to),
                        [](std::uint32_t number) { return static_cast<char32_t>(number); });
  };
  const auto character =
      rc::gen::weightedOneOf<char32_t>({{4, scalar(0x20, 0x80)},
                                        {1, scalar(0, 0x20)},
                                        {1, rc::gen::element<char32_t>('"', '\\', '/', '<')},
                                        {1, scalar(0x80, 0xd800)},
                                        {1, scalar(0xe000, 0x110000)}});
  return rc::gen::map(rc::gen::container<std::vector<char32_t>>(character), utf8_of);
}

TEST(OutcomeBody, ReadsBackWhateverWasWritten) {
  EXPECT_TRUE(rc::check("read(write(x)) == x", [] {
    const auto texts = *rc::gen::container<std::vector<std::string>>(any_text());
    const auto number = [](std::uint32_t min) {
      return *rc::gen::oneOf(rc::gen::inRange<std::uint32_t>(min, 100),
                             rc::gen::inRange<std::uint32_t>(min, any32), rc::gen::just(any32));
    };
    const auto state = [] {
      return *rc::gen::element<std::optional<State>>(std::nullopt, State::pass, State::fail,
                                                     State::skip);
    };
    Written written;
    for (const auto& text : texts) {
      if (*rc::gen::inRange(0, 3) == 0) {
        written.entities.push_back({{number(1)}, text, *rc::gen::arbitrary<bool>()});
      }
      if (*rc::gen::inRange(0, 8) == 0) written.changes.emplace_back();
      const auto before = state();
      written.changes.push_back(ChangedOutcome{
          .rule = {number(1)},
          .entity = {number(1)},
          .state = state(),
          .before = before,
          .previous = {*rc::gen::inRange<std::uint64_t>(0, any64)},
          .first_reported = number(0),
          .reported_before = before ? number(0) : 0,
          .remarks = *rc::gen::inRange(0, 3) == 0 ? "the same" : std::string_view(text)});
    }
    check(written);
  }));
}

TEST(OutcomeBody, IsFullAtItsChangesOrBytes) {
  OutcomeBodyWriter writer(time_of_seconds(now));
  EXPECT_FALSE(writer.is_full());
  for (std::size_t i = 0; i < record_changes_max; ++i) {
    EXPECT_FALSE(writer.is_full());
    i % 2 == 0 ? writer.add(change_with("")) : writer.add_gone();
  }
  EXPECT_TRUE(writer.is_full());
  writer.finish();
  EXPECT_FALSE(writer.is_full());
  EXPECT_EQ(writer.count(), 0U);

  // The remarks that make the body just as long as the limit, and one byte less.
  writer.add(change_with(""));
  const std::size_t rest = record_body_bytes - writer.finish().size();
  writer.add(change_with(std::string(rest, 'x')));
  EXPECT_TRUE(writer.is_full());
  EXPECT_EQ(writer.finish().size(), record_body_bytes);
  writer.add(change_with(std::string(rest - 1, 'x')));
  EXPECT_FALSE(writer.is_full());
  writer.finish();

  // Without a change it is no record.
  writer.add(SeenEntity{{1}, std::string(record_body_bytes, 'x'), false});
  EXPECT_FALSE(writer.is_full());
  writer.add_gone();
  EXPECT_TRUE(writer.is_full());
}

// The body is refused at that byte of what stands behind `before`.
void refuses(const std::string& before, const std::string& rest, std::size_t byte) {
  EXPECT_EQ(refusal(before + rest), "a record of outcomes has a malformed body: byte " +
                                        std::to_string(before.size() + byte))
      << rest;
}

void refuses_changes(const std::string& changes, std::size_t byte) {
  refuses(R"({"entities":[],"remarks":["x"],"changes":[)", changes + "]}", byte);
}

TEST(OutcomeBody, RefusesOtherChanges) {
  const std::string good = "[1,2,2,0,0,3,0,0]";
  EXPECT_EQ(refusal(R"({"entities":[],"remarks":["x"],"changes":[)" + good + "]}"), "accepted");
  refuses_changes(good + ",", good.size() + 1);
  refuses_changes("," + good, 0);
  refuses_changes(good + good, good.size());
  refuses_changes(good + ", " + good, good.size() + 1);
  refuses_changes(good + " ", good.size());
  refuses_changes("nul", 0);
  refuses_changes("nulll", 4);
  refuses_changes("{}", 0);
  refuses_changes("[]", 1);
  refuses_changes("[0,2,2,0,0,3,0,0]", 1);
  refuses_changes("[01,2,2,0,0,3,0,0]", 1);
  refuses_changes("[-1,2,2,0,0,3,0,0]", 1);
  refuses_changes("[1.0,2,2,0,0,3,0,0]", 2);
  refuses_changes("[1e0,2,2,0,0,3,0,0]", 2);
  refuses_changes(R"(["1",2,2,0,0,3,0,0])", 1);
  refuses_changes("[4294967296,2,2,0,0,3,0,0]", 1);
  refuses_changes("[99999999999,2,2,0,0,3,0,0]", 11);
  refuses_changes("[1,0,2,0,0,3,0,0]", 3);
  refuses_changes("[1,2,4,0,0,3,0,0]", 5);
  refuses_changes("[1,2,00,0,0,3,0,0]", 6);
  refuses_changes("[1,2,2,4,0,3,0,0]", 7);
  refuses_changes("[1,2,,0,0,3,0,0]", 5);
  refuses_changes("[1,2,2,0,9223372036854775808,3,0,0]", 9);
  refuses_changes("[1,2,2,0,99999999999999999999,3,0,0]", 28);
  // Reports before 1970 and behind 2106.
  refuses_changes("[1,2,2,0,0,1790086401,0,0]", 11);
  refuses_changes("[1,2,2,0,0,-2504880896,0,0]", 11);
  refuses_changes("[1,2,2,0,0,-0,0,0]", 12);
  refuses_changes("[1,2,2,1,1,3,1790086401,0]", 13);
  refuses_changes("[1,2,2,0,0,3,1,0]", 13);  // there was no outcome
  refuses_changes("[1,2,2,0,0,3,0]", 14);
  refuses_changes("[1,2,2,0,0,3,0,null]", 15);
  refuses_changes("[1,2,2,0,0,3,0,0,0]", 16);
  refuses_changes("[1,2,2,0,0,3,0,0", 17);
}

TEST(OutcomeBody, RefusesRemarksThatNoChangeHasOrInAnotherOrder) {
  const auto refused = [](const std::string& remarks, const std::string& changes) {
    EXPECT_NE(
        refusal(R"({"entities":[],"remarks":[)" + remarks + R"(],"changes":[)" + changes + "]}"),
        "accepted")
        << remarks << ' ' << changes;
  };
  refused("", "[1,2,2,0,0,3,0,0]");
  refused(R"("x")", "");
  refused(R"("x")", "null");
  refused(R"("x")", "[1,2,2,0,0,3,0,1]");
  refused(R"("x","y")", "[1,2,2,0,0,3,0,0]");
  refused(R"("x","y")", "[1,2,2,0,0,3,0,1],[1,2,2,0,0,3,0,0]");
  refused(R"("x","y")", "[1,2,2,0,0,3,0,0],[1,2,2,0,0,3,0,1],[1,2,2,0,0,3,0,0]");
  refused(R"("x","x")", "[1,2,2,0,0,3,0,0],[1,2,2,0,0,3,0,1]");
  refused(R"("x",)", "[1,2,2,0,0,3,0,0]");
  refused(R"(null)", "[1,2,2,0,0,3,0,0]");
}

TEST(OutcomeBody, RefusesOtherTexts) {
  const std::string before = R"({"entities":[],"remarks":[")";
  const struct {
    std::string_view text;
    std::size_t byte;
  } cases[] = {
      {"\n", 0},      {"12345678\x1f", 8}, {"\\x", 0},          {"\\/", 0},
      {"\\u0041", 0}, {"\\u000a", 0},      {"\\u001F", 0},      {"\\u00e9", 0},
      {"\\ud83d", 0}, {"\\u002", 0},       {"ab\\n\\q", 4},     {"\xff", 0},
      {"a\xc3", 1},   {"\xc0\x80", 0},     {"\xed\xa0\x80", 0}, {"\\n\xff", 2},
  };
  for (const auto& [text, byte] : cases) {
    refuses(before, std::string(text) + R"("],"changes":[[1,2,2,0,0,3,0,0]]})", byte);
  }
}

TEST(OutcomeBody, RefusesAnotherFrame) {
  const std::string_view good =
      R"({"entities":[[1,"a:b/c",0],[2,"d",1]],"remarks":[],"changes":[null]})";
  EXPECT_EQ(refusal(good), "accepted");
  for (std::size_t bytes = 0; bytes < good.size(); ++bytes) {
    EXPECT_NE(refusal(good.substr(0, bytes)), "accepted") << bytes;
  }
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (const char c : {'\0', ' ', '"', '[', ']', '}', ',', '\\', '\xff'}) {
      std::string other(good);
      if (other[i] == c || (i > 16 && i < 22) || i == 31) continue;  // inside a reference
      other[i] = c;
      EXPECT_NE(refusal(other), "accepted") << other;
    }
  }
  for (const auto* body :
       {R"({"entities":[[0,"a",0]],"remarks":[],"changes":[]})",
        R"({"entities":[[1,"a",2]],"remarks":[],"changes":[]})",
        R"({"entities":[[1,"a",true]],"remarks":[],"changes":[]})",
        R"({"entities":[[1,"a"]],"remarks":[],"changes":[]})",
        R"({"entities":[null],"remarks":[],"changes":[]})", R"({"changes":[],"entities":[]})",
        R"({"entities":[],"changes":[]})", R"({"entities":[],"remarks":[],"changes":[]} )",
        R"({"entities":[],"remarks":[],"changes":[],"more":[]})", R"([])", R"(]})",
        R"({"entities":[]})"}) {
    EXPECT_NE(refusal(body), "accepted") << body;
  }
}

TEST(OutcomeBody, OneChangeIsFoundBehindMalformedOnesOnlyIfTheyEnd) {
  std::string text;
  const auto find = [&](std::string_view body, std::size_t index) {
    const auto change = read_changed_outcome(body, time_of_seconds(now), index, text);
    return change ? "found" : change.error().detail;
  };
  const std::string body = R"({"entities":[[1,"],\"]",0]],"remarks":["]]\\","\n"],)"
                           R"("changes":[[1,2,2,0,0,3,0,0],null,[1,2,2,0,0,3,0,1]]})";
  EXPECT_EQ(find(body, 0), "found");
  EXPECT_EQ(find(body, 1), "found");
  EXPECT_EQ(find(body, 2), "found");
  EXPECT_EQ(text, "\n");
  EXPECT_EQ(find(body, 3), "a record of outcomes has 3 changes, but number 3 was asked for");
  EXPECT_NE(find(R"({"entities":[],"remarks":["x"],"changes":[[1,2,2,0,0,3,0,1]]})", 0), "found");
  for (std::size_t bytes = 0; bytes + 3 < body.size(); ++bytes) {
    EXPECT_NE(find(body.substr(0, bytes), 2), "found") << bytes;
    EXPECT_NE(find(body.substr(0, bytes) + "]}", 2), "found") << bytes;
  }
}

TEST(OutcomeBody, KeepsItsTextsWhenItIsMoved) {
  const LogRecord record =
      record_with(write({{}, {change_with("\n"), change_with("\\a"), change_with("b")}}));
  OutcomeBody read;
  ASSERT_TRUE(read_outcome_body(record, read));
  const OutcomeBody moved = std::move(read);
  EXPECT_EQ(moved.changes[0]->remarks, "\n");
  EXPECT_EQ(moved.changes[1]->remarks, "\\a");
  EXPECT_EQ(moved.changes[2]->remarks, "b");
}

}  // namespace
}  // namespace scorekeeper::store
