// Turns of strangers on the event loop: what they ask for is done in pieces of a bounded
// time, and between two pieces the loop does everything else that is ready. So a caller waits for
// one piece, however many strangers are ready. Peers have turns one after the other, and so have
// the connections of one peer. Owned by Core; used on the loop only.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/intrusive/list.hpp>
#include <chrono>
#include <functional>
#include <vector>

namespace scorekeeper::http {

class StrangerTurns {
 public:
  using Job = std::move_only_function<void()>;
  // After this time no further job of strangers begins before the rest of the loop: some ten small
  // requests. A job is never cut, so a handshake with a large RSA key takes longer.
  static constexpr std::chrono::microseconds piece{250};

  struct OfPeer;
  // Linked lists whose links are in the elements: no memory that might run out, and who goes
  // leaves the list by itself.
  using Link =
      boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;
  template <class Element>
  using List = boost::intrusive::list<Element, boost::intrusive::constant_time_size<false>>;

  // A connection's place: it waits once, however many jobs it has.
  class Member : public Link {
   public:
    Member(StrangerTurns& turns, OfPeer& peer) : turns_(turns), peer_(peer) {}
    Member(const Member&) = delete;
    Member& operator=(const Member&) = delete;

    bool is_stranger() const { return stranger_; }
    void set_known() { stranger_ = false; }
    // Runs the job: at once for a caller who is known and within a turn of this member, else when
    // its turn comes.
    void run(Job job);
    // The connection closes: jobs that wait are destroyed unrun, later ones run at once and fail.
    void close();

   private:
    friend class StrangerTurns;

    StrangerTurns& turns_;
    OfPeer& peer_;
    bool stranger_ = true;
    std::vector<Job> jobs_;  // a few: of a read, of the request and of a write
  };

  // The connections of one peer that wait. It stays where it is while there are members.
  struct OfPeer : Link {
    List<Member> members;
  };

  explicit StrangerTurns(boost::asio::io_context& context) : context_(context) {}
  StrangerTurns(const StrangerTurns&) = delete;
  StrangerTurns& operator=(const StrangerTurns&) = delete;

 private:
  void enter(Member& member);
  static void leave(Member& member);
  void post();
  void run();
  void run_next();

  boost::asio::io_context& context_;
  List<OfPeer> peers_;         // those that wait; the first one is next
  Member* running_ = nullptr;  // has its turn
  bool posted_ = false;
};

}  // namespace scorekeeper::http
