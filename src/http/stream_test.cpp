// A stranger's large answer is written in pieces, a turn for each.
#include "http/stream.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/read.hpp>
#include <list>
#include <string>

#include "http/stranger_turns_fixture.h"

namespace scorekeeper::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

// The jobs of four other peers that ran before a write of three pieces had ended.
long jobs_before_write() {
  asio::io_context context{1};
  asio::basic_socket_acceptor<tcp, Stream::Executor> acceptor(
      context, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  Stream::Socket client(context);
  client.connect(acceptor.local_endpoint());
  StrangerTurns turns(context);
  StrangerTurns::OfPeer here;
  Stream stream(acceptor.accept(), nullptr, turns, here);
  std::string order;
  std::array<StrangerTurns::OfPeer, 4> peers;
  std::list<StrangerTurns::Member> others;
  for (auto& peer : peers) {
    auto& other = others.emplace_back(turns, peer);
    for (int i = 0; i < 10; ++i) {
      other.run([&order] {
        order += 's';
        use_up_a_piece();
      });
    }
  }
  const std::string answer(3 * 65'536, 'x');  // Asio writes 64 KiB at a time
  stream.async_write(asio::buffer(answer), [&](const Stream::Code& code, std::size_t size) {
    EXPECT_FALSE(code);
    EXPECT_EQ(size, answer.size());
    order += 'w';
  });
  // Reads all of it, so that no write waits for room.
  std::string read(answer.size(), ' ');
  asio::async_read(client, asio::buffer(read), [](const Stream::Code&, std::size_t) {});
  context.run();
  EXPECT_EQ(read, answer);
  return std::count(order.begin(), order.begin() + static_cast<long>(order.find('w')), 's');
}

TEST(TurnSocket, APieceOfAStrangersAnswerTakesATurn) { EXPECT_GE(jobs_before_write(), 10); }

}  // namespace
}  // namespace scorekeeper::http
