#include "bodies.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>
#include <unordered_set>

namespace scorekeeper::bench {
namespace {

constexpr std::size_t stamp_digits = 16;
constexpr std::string_view remarks_before = "Evaluated by run ";                   // 17
constexpr std::string_view remarks_after = " of the nightly build, see handbook";  // 35, 68 in all
constexpr std::array<std::string_view, 3> states{"pass", "fail", "skip"};
constexpr std::string_view digits = "0123456789abcdef";

void write_digits(std::uint64_t number, std::array<char, stamp_digits>& text) {
  for (auto digit = text.rbegin(); digit != text.rend(); ++digit, number >>= 4U) {
    *digit = digits[number & 0xfU];
  }
}

}  // namespace

void stamp(Request& request, std::uint64_t number, Remarks remarks) {
  std::array<char, stamp_digits> text{};
  for (std::size_t i = 0; i < request.stamps.size(); ++i) {
    if (i == 0 || remarks == Remarks::different) write_digits(number + (i << 32U), text);
    std::ranges::copy(text, request.bytes.begin() + request.stamps[i]);
    std::ranges::copy(states[(number + i) % states.size()],
                      request.bytes.begin() + request.states[i]);
  }
}

Request Bodies::random(std::mt19937_64& generator) const {
  const auto org =
      std::uniform_int_distribution<std::size_t>(0, options_.orgs.size() - 1)(generator);
  std::uniform_int_distribution<std::uint64_t> any(0, cells(org) - 1);
  std::unordered_set<std::uint64_t> chosen;
  const auto wanted = std::min(options_.results, cells(org));
  while (chosen.size() < wanted) chosen.insert(any(generator));
  return write(org, {chosen.begin(), chosen.end()});
}

Request Bodies::range(std::size_t org, std::uint64_t first) const {
  std::vector<std::uint64_t> chosen;
  for (auto cell = first; cell < std::min(first + options_.results, cells(org)); ++cell) {
    chosen.push_back(cell);
  }
  return write(org, chosen);
}

Request Bodies::write(std::size_t org, const std::vector<std::uint64_t>& cells) const {
  const auto& [api_key, application_key, rule_ids] = options_.orgs[org];
  Request request;
  request.org = org;
  std::string body = R"({"data":{"type":"batched-outcome","attributes":{"results":[)";
  for (const auto cell : cells) {
    if (body.back() == '}') body += ',';
    fmt::format_to(std::back_inserter(body),
                   R"({{"rule_id":"{}","entity_reference":"service:payments-{:07}","state":")",
                   rule_ids[cell % rule_ids.size()], cell / rule_ids.size());
    request.states.push_back(static_cast<std::uint32_t>(body.size()));
    body += "pass\",\"remarks\":\"";
    body += remarks_before;
    request.stamps.push_back(static_cast<std::uint32_t>(body.size()));
    body.append(stamp_digits, '0');
    body += remarks_after;
    body += "\"}";
  }
  body += "]}}}";
  request.bytes = fmt::format(
      "POST /api/v2/scorecard/outcomes HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n"
      "DD-API-KEY: {}\r\nDD-APPLICATION-KEY: {}\r\nContent-Length: {}\r\n\r\n",
      options_.host, api_key, application_key, body.size());
  const auto header_size = static_cast<std::uint32_t>(request.bytes.size());
  for (auto& at : request.states) at += header_size;
  for (auto& at : request.stamps) at += header_size;
  request.bytes += body;
  return request;
}

}  // namespace scorekeeper::bench
