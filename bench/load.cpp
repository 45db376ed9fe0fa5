// A load generator for POST /api/v2/scorecard/outcomes: plain epoll on one thread, keep-alive
// connections with one request in flight each, spread evenly over one server or several
// (--address A,B,C). It reports for one organisation (--api-key, --application-key, --rules FILE
// with an id a line), or of many in turn at random (--orgs FILE, a line of each: api_key
// application_key rule_id). Modes:
//   fill       every cell of every organisation once, then the end
//   changed    random cells, state and remarks always new; --remarks different: each result has its
//              own, else a request has one text
//   unchanged  the same requests again and again, measured once each has been sent
// Counts answers 202 only, and prints one line of JSON. It also prints the server's results of some
// of the requests (their async-request documents), so that "changed" is not taken on trust.
#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <fstream>
#include <map>
#include <optional>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "arguments.h"
#include "bodies.h"

namespace scorekeeper::bench {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::duration;

constexpr std::size_t pool_bytes = std::size_t{48} << 20;  // all requests together
constexpr std::size_t pool_requests_max = 50'000;
constexpr int answer_timeout_ms = 30'000;
constexpr std::uint64_t sample_interval =
    997;  // of answers; a prime, so that all connections take part
constexpr std::size_t samples_max = 40;

[[noreturn]] void fail(const std::string& why) {
  fmt::print(stderr, "load: {}\n", why);
  std::exit(1);
}

sockaddr_in parse_address(const std::string& text) {
  const auto colon = text.rfind(':');
  sockaddr_in address{};
  address.sin_family = AF_INET;
  if (colon == std::string::npos ||
      inet_pton(AF_INET, text.substr(0, colon).c_str(), &address.sin_addr) != 1) {
    fail("--address must be IPV4:PORT, or several of them with commas between");
  }
  address.sin_port = htons(static_cast<std::uint16_t>(std::stoul(text.substr(colon + 1))));
  return address;
}

std::vector<sockaddr_in> parse_addresses(const std::string& text) {
  std::vector<sockaddr_in> addresses;
  for (std::size_t at = 0; at <= text.size();) {
    const auto end = std::min(text.find(',', at), text.size());
    addresses.push_back(parse_address(text.substr(at, end - at)));
    at = end + 1;
  }
  return addresses;
}

int connect_to(const sockaddr_in& address) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  if (fd < 0 || setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0 ||
      connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    fail("cannot connect");
  }
  return fd;
}

// The digits at the front; 0 where there are none.
std::uint64_t parse_number(std::string_view text) {
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// The whole answer at the front of `text`, if it is there: its status, and the size of all of it.
struct Answer {
  int status = 0;
  std::size_t size = 0;
};

// The value of a header in lower-case or capitalised form; empty = absent.
std::string_view find_header(std::string_view header, std::string_view lower,
                             std::string_view capitalised) {
  auto at = header.find(lower);
  if (at == std::string_view::npos) at = header.find(capitalised);
  if (at == std::string_view::npos) return {};
  const auto value = header.substr(at + lower.size());
  return value.substr(0, value.find('\r'));
}

std::optional<Answer> parse_answer(std::string_view text) {
  const auto end = text.find("\r\n\r\n");
  if (end == std::string_view::npos) return std::nullopt;
  const auto header = text.substr(0, end + 2);
  const auto length = find_header(header, "\r\ncontent-length: ", "\r\nContent-Length: ");
  Answer answer;
  answer.status = static_cast<int>(parse_number(text.substr(9)));  // after "HTTP/1.1 "
  answer.size = end + 4 + parse_number(length);
  if (text.size() < answer.size) return std::nullopt;
  return answer;
}

struct Connection {
  int fd = -1;
  sockaddr_in address{};
  Request* request = nullptr;
  std::size_t sent = 0;
  std::string received;
  Clock::time_point started;
  bool wants_write = false;
};

struct Totals {
  std::uint64_t requests = 0;
  std::uint64_t outcomes = 0;
  std::uint64_t accepted = 0;  // outcomes, before and after the measured part too
  std::vector<std::uint32_t> latencies_us;
  std::map<int, std::uint64_t> errors;  // by status
  std::string first_error;
};

enum class Mode { fill, changed, unchanged };

// An async-request document, the server that told of it, and whose it is.
struct Location {
  sockaddr_in address{};
  std::string path;
  std::size_t org = 0;
};

struct LoadOptions {
  std::vector<sockaddr_in> addresses;
  Mode mode = Mode::changed;
  Remarks remarks = Remarks::same;  // in a request
  std::size_t connections = 1;
  duration<double> seconds{};
  duration<double> warm_up{};
};

class Load {
 public:
  Load(LoadOptions options, std::vector<Request> pool)
      : options_(std::move(options)), pool_(std::move(pool)), connections_(options_.connections) {}

  void run();
  const Totals& totals() const { return totals_; }
  double measured_seconds() const { return duration<double>(end_ - begin_).count(); }
  const std::vector<Location>& locations() const { return locations_; }

 private:
  bool start_next(Connection& connection);
  void send(Connection& connection);
  void receive(Connection& connection);
  void finish(Connection& connection, const Answer& answer);
  void set_interest(Connection& connection, bool write);

  LoadOptions options_;
  std::vector<Request> pool_;
  std::size_t next_ = 0;  // in the pool
  std::uint64_t stamped_ = static_cast<std::uint64_t>(Clock::now().time_since_epoch().count())
                           << 8U;
  std::vector<Connection> connections_;
  std::size_t in_flight_ = 0;
  bool sent_all_once_ = false;
  bool measuring_ = false;
  bool ended_ = false;
  Clock::time_point start_;
  Clock::time_point begin_;  // of the measured part
  Clock::time_point end_;
  int epoll_ = -1;
  Totals totals_;
  std::vector<Location> locations_;
};

// A request is in use by one connection only: the pool is larger than the number of connections.
bool Load::start_next(Connection& connection) {
  const auto now = Clock::now();
  const bool warm =
      now - start_ >= options_.warm_up && (options_.mode == Mode::changed || sent_all_once_);
  if (!measuring_ && (warm || options_.mode == Mode::fill)) {
    measuring_ = true;
    begin_ = now;
  }
  const bool over =
      options_.mode == Mode::fill ? sent_all_once_ : measuring_ && now - begin_ >= options_.seconds;
  if (over) {
    if (!ended_) end_ = now;
    ended_ = true;
    return false;
  }
  connection.request = &pool_[next_];
  if (++next_ == pool_.size()) {
    next_ = 0;
    sent_all_once_ = true;
  }
  if (options_.mode == Mode::changed) stamp(*connection.request, ++stamped_, options_.remarks);
  connection.sent = 0;
  connection.started = now;
  ++in_flight_;
  send(connection);
  return true;
}

void Load::set_interest(Connection& connection, bool write) {
  if (connection.wants_write == write) return;
  connection.wants_write = write;
  epoll_event event{};
  event.events = write ? EPOLLIN | EPOLLOUT : EPOLLIN;
  event.data.ptr = &connection;
  epoll_ctl(epoll_, EPOLL_CTL_MOD, connection.fd, &event);
}

void Load::send(Connection& connection) {
  const auto& bytes = connection.request->bytes;
  while (connection.sent < bytes.size()) {
    const auto size = ::send(connection.fd, bytes.data() + connection.sent,
                             bytes.size() - connection.sent, MSG_NOSIGNAL);
    if (size < 0 && errno == EAGAIN) return set_interest(connection, true);
    if (size < 0) fail("the server closed a connection while it was sent a request");
    connection.sent += static_cast<std::size_t>(size);
  }
  set_interest(connection, false);
}

void Load::receive(Connection& connection) {
  std::array<char, 4096> buffer{};
  const auto size = recv(connection.fd, buffer.data(), buffer.size(), 0);
  if (size < 0 && errno == EAGAIN) return;
  if (size <= 0) fail("the server closed a connection; it said: " + connection.received);
  connection.received.append(buffer.data(), static_cast<std::size_t>(size));
  if (const auto answer = parse_answer(connection.received)) finish(connection, *answer);
}

void Load::finish(Connection& connection, const Answer& answer) {
  const auto now = Clock::now();
  --in_flight_;
  if (answer.status != 202) {
    ++totals_.errors[answer.status];
    if (totals_.first_error.empty()) totals_.first_error = connection.received;
  } else {
    totals_.accepted += connection.request->stamps.size();
  }
  if (answer.status == 202 && measuring_ && (!ended_ || options_.mode == Mode::fill) &&
      connection.started >= begin_) {
    ++totals_.requests;
    totals_.outcomes += connection.request->stamps.size();
    const auto us = std::chrono::duration_cast<std::chrono::microseconds>(now - connection.started);
    totals_.latencies_us.push_back(static_cast<std::uint32_t>(us.count()));
    if (totals_.requests % sample_interval == 1 && locations_.size() < samples_max) {
      const auto path = find_header(connection.received, "\r\nlocation: ", "\r\nLocation: ");
      locations_.push_back({connection.address, std::string(path), connection.request->org});
    }
  }
  connection.received.erase(0, answer.size);
  start_next(connection);
}

void Load::run() {
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  std::size_t next_address = 0;
  for (auto& connection : connections_) {
    connection.address = options_.addresses[next_address++ % options_.addresses.size()];
    connection.fd = connect_to(connection.address);
    fcntl(connection.fd, F_SETFL, O_NONBLOCK);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = &connection;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, connection.fd, &event);
  }
  start_ = Clock::now();
  for (auto& connection : connections_) start_next(connection);
  std::array<epoll_event, 256> events{};
  while (in_flight_ > 0) {
    const int count =
        epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), answer_timeout_ms);
    if (count == 0) fail("no answer for 30 s");
    for (const auto& event :
         std::span(events).first(static_cast<std::size_t>(std::max(count, 0)))) {
      auto& connection = *static_cast<Connection*>(event.data.ptr);
      if ((event.events & EPOLLOUT) != 0) send(connection);
      if ((event.events & ~EPOLLOUT) != 0) receive(connection);
    }
  }
  if (options_.mode == Mode::fill) end_ = Clock::now();
  for (const auto& connection : connections_) close(connection.fd);
  close(epoll_);
}

// The share of changed outcomes of a request by its async-request document; nullopt when the server
// has none.
std::optional<double> changed_share(const BodiesOptions& options, const Location& location) {
  const auto& org = options.orgs[location.org];
  const int fd = connect_to(location.address);
  const auto request = fmt::format(
      "GET {} HTTP/1.1\r\nHost: {}\r\nDD-API-KEY: {}\r\nDD-APPLICATION-KEY: {}\r\n"
      "Connection: close\r\n\r\n",
      location.path, options.host, org.api_key, org.application_key);
  if (::send(fd, request.data(), request.size(), MSG_NOSIGNAL) < 0) fail("cannot send");
  std::string text;
  std::array<char, 4096> buffer{};
  for (ssize_t size = 0; (size = recv(fd, buffer.data(), buffer.size(), 0)) > 0;) {
    text.append(buffer.data(), static_cast<std::size_t>(size));
  }
  close(fd);
  const auto number = [&](std::string_view name) -> std::optional<double> {
    const auto at = text.find(name);
    if (at == std::string::npos) return std::nullopt;
    return static_cast<double>(parse_number(std::string_view(text).substr(at + name.size())));
  };
  const auto changed = number("\"total_changed\":");
  const auto received = number("\"total_received\":");
  if (!changed || !received || *received == 0) return std::nullopt;
  return *changed / *received;
}

double percentile_ms(const std::vector<std::uint32_t>& sorted, double share) {
  if (sorted.empty()) return 0;
  const auto last = static_cast<double>(sorted.size() - 1);
  return sorted[static_cast<std::size_t>(share * last)] / 1000.0;
}

void print(const Load& load, const std::vector<double>& shares) {
  const auto& totals = load.totals();
  auto sorted = totals.latencies_us;
  std::ranges::sort(sorted);
  std::uint64_t errors = 0;
  for (const auto& [status, count] : totals.errors) {
    errors += count;
    fmt::print(stderr, "load: {} answers with status {}\n", count, status);
  }
  if (errors > 0) fmt::print(stderr, "load: the first one:\n{}\n", totals.first_error);
  const double seconds = load.measured_seconds();
  const auto rate = [&](std::uint64_t count) {
    return count == 0 ? 0.0 : static_cast<double>(count) / seconds;
  };
  double changed = 0;
  for (const double share : shares) changed += share / static_cast<double>(shares.size());
  fmt::print(
      R"({{"outcomes":{},"accepted":{},"requests":{},"seconds":{:.3f},)"
      R"("outcomes_per_second":{:.0f},"requests_per_second":{:.0f},)"
      R"("p50_ms":{:.3f},"p99_ms":{:.3f},"max_ms":{:.3f},"errors":{},"samples":{},"changed_share":{:.3f}}})"
      "\n",
      totals.outcomes, totals.accepted, totals.requests, seconds, rate(totals.outcomes),
      rate(totals.requests), percentile_ms(sorted, 0.5), percentile_ms(sorted, 0.99),
      percentile_ms(sorted, 1), errors, shares.size(), changed);
}

std::vector<std::string> read_lines(const std::string& path) {
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) {
    if (!line.empty()) lines.push_back(line);
  }
  if (lines.empty()) fail("nothing to read in " + path);
  return lines;
}

// One organisation with all rules, or those of the file of --orgs with a rule each.
std::vector<Org> read_orgs(const Arguments& arguments) {
  const auto path = arguments.text("orgs");
  if (path.empty()) {
    return {{.api_key = arguments.required("api-key"),
             .application_key = arguments.required("application-key"),
             .rule_ids = read_lines(arguments.required("rules"))}};
  }
  std::vector<Org> orgs;
  for (const auto& line : read_lines(path)) {
    std::istringstream words(line);
    Org org{.api_key = {}, .application_key = {}, .rule_ids = {{}}};
    std::string more;
    if (!(words >> org.api_key >> org.application_key >> org.rule_ids.front()) || words >> more) {
      fail(fmt::format("line {} of {} is not: api_key application_key rule_id", orgs.size() + 1,
                       path));
    }
    orgs.push_back(std::move(org));
  }
  return orgs;
}

std::vector<Request> make_pool(const Bodies& bodies, Mode mode, std::size_t connections) {
  std::vector<Request> pool;
  std::mt19937_64 generator(20'260'501);
  std::size_t org = 0;
  std::uint64_t first = 0;
  for (std::size_t size = 0; mode == Mode::fill || pool.size() <= connections ||
                             (size < pool_bytes && pool.size() < pool_requests_max);) {
    if (mode != Mode::changed && first >= bodies.cells(org)) {
      if (++org == bodies.orgs().size()) break;
      first = 0;
    }
    pool.push_back(mode == Mode::changed ? bodies.random(generator) : bodies.range(org, first));
    first += pool.back().stamps.size();
    size += pool.back().bytes.size();
  }
  if (pool.size() <= connections) fail("too few cells for so many connections");
  return pool;
}

int run(const Arguments& arguments) {
  const std::map<std::string, Mode> modes{
      {"fill", Mode::fill}, {"changed", Mode::changed}, {"unchanged", Mode::unchanged}};
  const auto mode = modes.find(arguments.text("mode", "changed"));
  if (mode == modes.end()) fail("--mode must be fill, changed or unchanged");
  const auto remarks = arguments.text("remarks", "same");
  if (remarks != "same" && remarks != "different") fail("--remarks must be same or different");
  const auto addresses = arguments.required("address");
  BodiesOptions bodies_options{.host = addresses.substr(0, addresses.find(',')),
                               .orgs = read_orgs(arguments),
                               .entities = arguments.number("entities", 100'000),
                               .results = arguments.number("results", 100)};
  const Bodies bodies(bodies_options);
  const LoadOptions options{
      .addresses = parse_addresses(addresses),
      .mode = mode->second,
      .remarks = remarks == "same" ? Remarks::same : Remarks::different,
      .connections = arguments.number("connections", 16),
      .seconds = std::chrono::milliseconds(arguments.number("milliseconds", 5'000)),
      .warm_up = std::chrono::milliseconds(arguments.number("warm-up-milliseconds", 1'000))};
  Load load(options, make_pool(bodies, options.mode, options.connections));
  load.run();
  std::vector<double> shares;
  for (const auto& location : load.locations()) {
    if (location.path.empty()) continue;
    if (const auto share = changed_share(bodies_options, location)) {
      shares.push_back(*share);
    }
  }
  print(load, shares);
  return 0;
}

}  // namespace
}  // namespace scorekeeper::bench

int main(int argc, char** argv) {
  return scorekeeper::bench::run(scorekeeper::bench::Arguments(argc, argv));
}
