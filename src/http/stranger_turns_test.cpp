// The order in which strangers' jobs run, among each other and beside the loop's other work.
#include "http/stranger_turns.h"

#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <memory>
#include <stdexcept>
#include <string>

#include "http/stranger_turns_fixture.h"

namespace scorekeeper::http {
namespace {

struct TurnsTest : testing::Test {
  // A job that takes longer than a piece.
  StrangerTurns::Job slow(char name) {
    return [this, name] {
      order += name;
      use_up_a_piece();
    };
  }
  StrangerTurns::Job quick(char name) {
    return [this, name] { order += name; };
  }

  boost::asio::io_context context{1};
  StrangerTurns turns{context};
  StrangerTurns::OfPeer first;
  StrangerTurns::OfPeer second;
  std::string order;
};

TEST_F(TurnsTest, OtherWorkComesBetweenTwoPieces) {
  StrangerTurns::Member a(turns, first);
  StrangerTurns::Member b(turns, first);
  for (auto* member : {&a, &b}) {
    for (int i = 0; i < 2; ++i) member->run(slow('s'));
  }
  EXPECT_EQ(order, "") << "nothing runs before its turn";
  boost::asio::post(context, [this] {
    order += '1';
    boost::asio::post(context, [this] { order += '2'; });
  });
  context.run();
  EXPECT_EQ(order, "s1s2ss");
}

TEST_F(TurnsTest, PeersHaveTurnsAndSoHaveTheConnectionsOfOne) {
  StrangerTurns::Member a(turns, first);
  StrangerTurns::Member b(turns, first);
  StrangerTurns::Member c(turns, second);
  for (int i = 0; i < 3; ++i) a.run(quick('a'));
  b.run(quick('b'));
  for (int i = 0; i < 3; ++i) c.run(quick('c'));
  context.run();
  EXPECT_EQ(order, "acbcaca");
}

TEST_F(TurnsTest, JobsWithinATurnAndOfKnownCallersRunAtOnce) {
  StrangerTurns::Member a(turns, first);
  StrangerTurns::Member b(turns, second);
  a.run([&] {
    a.run(quick('a'));
    order += '.';
    b.run(quick('b'));
    order += '.';
  });
  context.run();
  EXPECT_EQ(order, "a..b");
  b.set_known();
  b.run(quick('k'));
  EXPECT_EQ(order, "a..bk");
}

TEST_F(TurnsTest, JobsOfAClosedConnectionAreDestroyedUnrun) {
  struct Owner {
    Owner(StrangerTurns& turns, StrangerTurns::OfPeer& peer) : member(turns, peer) {}
    StrangerTurns::Member member;
  };
  auto owner = std::make_shared<Owner>(turns, first);
  const std::weak_ptr<Owner> left = owner;
  StrangerTurns::Member other(turns, first);
  owner->member.run([this, owner] { order += 'x'; });
  other.run(quick('o'));
  owner->member.close();
  owner.reset();
  EXPECT_TRUE(left.expired());
  context.run();
  EXPECT_EQ(order, "o");
}

TEST_F(TurnsTest, AJobThatThrowsHoldsNobodyUp) {
  StrangerTurns::Member a(turns, first);
  StrangerTurns::Member b(turns, first);
  a.run([] { throw std::runtime_error("no memory"); });
  b.run(quick('b'));
  context.run();
  EXPECT_EQ(order, "b");
}

}  // namespace
}  // namespace scorekeeper::http
