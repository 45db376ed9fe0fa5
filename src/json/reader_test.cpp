#include "json/reader.h"

#include <gtest/gtest.h>

#include "json/syntax.h"

namespace scorekeeper::json {
namespace {

constexpr std::array<std::string_view, 3> names{"a", "b", "n/m~"};

// The members that a reader of strings finds: "a=x;b=y", or the detail and pointer of its error.
std::string read(std::string text) {
  Reader reader(text);
  std::string found;
  Read outcome = Read::ok;
  const auto on_member = [&](std::size_t index, Reader::Value value) {
    std::string_view member;
    Read of_member = Read::ok;
    if (!reader.string(value, member, of_member)) return false;
    found += names[index];
    found += of_member == Read::ok ? "=" + std::string(member) : "";
    found += of_member == Read::null ? " null;" : of_member == Read::wrong_type ? " type;" : ";";
    return true;
  };
  if (!reader.document(names, on_member, outcome)) {
    const auto error = reader.error();
    return error.detail + (error.pointer.empty() ? "" : " " + error.pointer);
  }
  return outcome == Read::ok ? found : "not an object";
}

TEST(Reader, ReadsMembersInAnyOrderAndIgnoresOthers) {
  const struct {
    std::string_view text;
    std::string_view found;
  } cases[] = {
      {R"({})", ""},
      {R"( { "a" : "x" , "b" : "y" } )", "a=x;b=y;"},
      {R"({"b":"y","a":"x"})", "b=y;a=x;"},
      {R"({"b":"y","other":[1,{"a":2}],"a":"x","more":null})", "b=y;a=x;"},
      {R"({"\u0061":"x"})", "a=x;"},
      {R"({"a":"\u003ca href=\"x\"\u003e"})", "a=<a href=\"x\">;"},
      {R"({"a":"\"","b":"\\"})", "a=\";b=\\;"},
      {R"({"a":"\ud83d\ude00","b":"é"})", "a=😀;b=é;"},
      {R"({"a":null,"b":12})", "a null;b type;"},
      {R"({"a":{"a":{"a":[]}},"b":[true,false,null,-0.5e+3]})", "a type;b type;"},
      {R"({"big":123456789012345678901234567890,"huge":1e400,"a":"x"})", "a=x;"},
      {R"([])", "not an object"},
      {R"("x")", "not an object"},
      {R"(1)", "not an object"},
      {R"(null)", "not an object"},
  };
  for (const auto& c : cases) EXPECT_EQ(read(std::string(c.text)), c.found) << c.text;
}

TEST(Reader, RefusesRepeatedMembersOfWhatItReads) {
  EXPECT_EQ(read(R"({"a":"x","a":"y"})"), "member \"a\" occurs twice /a");
  EXPECT_EQ(read(R"({"a":"x","b":"","\u0061":1})"), "member \"a\" occurs twice /a");
  EXPECT_EQ(read(R"({"z":1,"y":2,"z":3})"), "member \"z\" occurs twice /z");
  EXPECT_EQ(read(R"({"n/m~":"","n/m~":""})"), "member \"n/m~\" occurs twice /n~1m~0");
  EXPECT_EQ(read(R"({"other":{"z":1,"z":2}})"), "");
  EXPECT_EQ(read(R"({"a":"x","a":"y"}x)"),
            "malformed JSON at byte 17: expected the end of the document");
}

std::string nested(std::size_t depth) {
  return R"({"x":)" + std::string(depth - 1, '[') + std::string(depth - 1, ']') + "}";
}

TEST(Reader, RefusesWhatIsNotJsonAndTellsTheByte) {
  const struct {
    std::string text;
    std::string_view detail;
  } cases[] = {
      {"", "malformed JSON at byte 0: expected a value"},
      {" ", "malformed JSON at byte 1: expected a value"},
      {"{", "malformed JSON at byte 1: expected a member name"},
      {"}", "malformed JSON at byte 0: expected a value"},
      {"\xef\xbb\xbf{}", "malformed JSON at byte 0: expected a value"},
      {"{} {}", "malformed JSON at byte 3: expected the end of the document"},
      {"{}x", "malformed JSON at byte 2: expected the end of the document"},
      {"{}}", "malformed JSON at byte 2: expected the end of the document"},
      {"[1,2", "malformed JSON at byte 4: expected a comma or a closing bracket"},
      {R"({"a":"x",})", "malformed JSON at byte 9: expected a member name"},
      {R"({"a":"x" "b":"y"})", "malformed JSON at byte 9: expected a comma or a closing brace"},
      {R"({"a":"x"b})", "malformed JSON at byte 8: expected a comma or a closing brace"},
      {R"({"a" "x"})", "malformed JSON at byte 5: expected a colon"},
      {R"({"a":})", "malformed JSON at byte 5: expected a value"},
      {R"({a:1})", "malformed JSON at byte 1: expected a member name"},
      {R"({"z":tru})", "malformed JSON at byte 5: expected a value"},
      {R"({"z":truex})", "malformed JSON at byte 9: expected a comma or a closing brace"},
      {R"({"z":01})", "malformed JSON at byte 5: expected a value"},
      {R"({"z":1.})", "malformed JSON at byte 5: expected a value"},
      {R"({"z":+1})", "malformed JSON at byte 5: expected a value"},
      {R"({"z":1e})", "malformed JSON at byte 5: expected a value"},
      {R"({"z":NaN})", "malformed JSON at byte 5: expected a value"},
      {R"({"z":-})", "malformed JSON at byte 5: expected a value"},
      {R"({"z":[1,]})", "malformed JSON at byte 8: expected a value"},
      {R"({"z":[1 2]})", "malformed JSON at byte 8: expected a comma or a closing bracket"},
      {R"({"z":[1}})", "malformed JSON at byte 7: expected a comma or a closing bracket"},
      {R"({"z":{"y":1])", "malformed JSON at byte 11: expected a comma or a closing brace"},
      {R"({"z":[[[}]]]})", "malformed JSON at byte 8: expected a value"},
      {R"({"z":{"y":1})", "malformed JSON at byte 12: expected a comma or a closing brace"},
      {R"({"a":"x)", "malformed JSON at byte 7: unfinished string"},
      {R"({"a":"\x"})", "malformed JSON at byte 6: unknown escape"},
      {R"({"z":"\u12g4"})", "malformed JSON at byte 6: expected four hexadecimal digits"},
      {R"({"a":"\ud800"})", "malformed JSON at byte 6: lone surrogate"},
      {R"({"a":"\udc00"})", "malformed JSON at byte 6: lone surrogate"},
      {R"({"a":"\ud800\u0041"})", "malformed JSON at byte 6: lone surrogate"},
      {R"({"z":["\u0000"]})", "malformed JSON at byte 7: U+0000 is not allowed"},
      {R"({"z\u0000":1})", "malformed JSON at byte 3: U+0000 is not allowed"},
      {"{\"a\":\"\n\"}", "malformed JSON at byte 6: control character in a string"},
      {std::string("{\"a\":\"\0\"}", 9), "malformed JSON at byte 6: control character in a string"},
      {std::string("{\"a\":1\0}", 8),
       "malformed JSON at byte 6: expected a comma or a closing brace"},
      {"{\"a\":\"\xff\"}", "malformed JSON at byte 6: invalid UTF-8"},
      {"{\"z\":\"\xed\xa0\x80\"}", "malformed JSON at byte 6: invalid UTF-8"},
      {"{\"z\":\"\xc0\x80\"}", "malformed JSON at byte 6: invalid UTF-8"},
      {"{\"z\":\"\xf4\x90\x80\x80\"}", "malformed JSON at byte 6: invalid UTF-8"},
      {"{\"\xc3\":1}", "malformed JSON at byte 2: invalid UTF-8"},
      {nested(json_depth_max + 1), "malformed JSON at byte 36: nested too deeply"},
      {std::string(100'000, '['), "malformed JSON at byte 32: nested too deeply"},
  };
  for (const auto& c : cases) EXPECT_EQ(read(c.text), c.detail) << c.text.substr(0, 60);
  EXPECT_EQ(read(nested(json_depth_max)), "");
}

TEST(Reader, GivesLargeDocumentsAParserOfTheirOwn) {
  const std::string filler(3 << 20, 'x');
  EXPECT_EQ(read(R"({"a":")" + filler + R"(","b":"y"})"), "a=" + filler + ";b=y;");
  EXPECT_EQ(read(R"({"a":"x"})"), "a=x;");
}

TEST(JsonSyntax, NumbersFollowTheGrammar) {
  for (const auto* text : {"0", "-0", "10", "1.5", "-1.25e-7", "1E+2", "0e0"}) {
    EXPECT_TRUE(is_json_number(text)) << text;
  }
  for (const auto* text : {"", "-", "00", "01", ".5", "1.", "1e", "1e+", "+1", "1x", "0x1", "1 "}) {
    EXPECT_FALSE(is_json_number(text)) << text;
  }
}

}  // namespace
}  // namespace scorekeeper::json
