/* Append and tail, as servers that share a PostgreSQL store do it (docs/decisions/0006). Checked by
 * tests/model/run, which also breaks the protocol on purpose (the names after `ifdef` and `ifndef`
 * below, in capitals) and expects an error.
 *
 * One org. Clients send batches that set one cell, or the catalog, to a value; each attempt has a
 * number of its own. They may lose patience and try again, at another server. Servers die and start
 * again, connections to the database are lost at any point, and the database itself may be replaced
 * by a standby: with what it has (FAILOVER), or with all that was confirmed (SYNCHRONOUS as well).
 *
 * The command line appends to the same log (COMMANDS). A server may write a snapshot of its matrix, in
 * two looks between which it goes on (SNAPSHOTS); whoever folds from the start begins with it.
 *
 * A chain is not a number here. Each attempt is written once at most, behind rows that stay as they
 * are as long as it is there: where a row is of that attempt, all before it is what it was, too.
 *
 * The work of one statement below is done at once, under the row lock of the head, or in one snapshot,
 * or inside one server. A lock, with the reading and the writing that follow it, is one statement
 * because nobody else can tell them apart: what is not committed is seen by nobody.
 *
 * The promises (each is an assertion, named by the variable that it looks at):
 *   acknowledged_is_kept     what was answered 202 is stored, and the log up to the request's
 *                            position gives its cell its value
 *   refused_is_not_stored    what was answered "nothing of it is stored" never is
 *   rows_change_something    a row's value is not that of the row before it of the same cell
 *   previous_is_previous     a row's `previous` is the row before it of the same cell
 *   matrix_is_the_fold       a server's matrix is the fold of the log up to its position
 *   groups_are_whole         a server's position is the end of a group: readers see all of it
 *   position_never_goes_back except when everything is folded again
 *   judged_at_the_head       a batch is compared with everything that is committed
 *   all_have_followed        when nothing happens any more, every server is at the head
 * and, as a formula of linear time, that every request is answered.
 */

#ifndef SERVERS
#define SERVERS 2
#endif
#ifndef CLIENTS
#define CLIENTS 2
#endif
#ifndef BATCHES
#define BATCHES 1 /* of each client, one after the other */
#endif
#ifndef TRIES
#define TRIES 2 /* of each batch */
#endif
#ifndef CRASHES
#define CRASHES 1 /* of all servers together */
#endif
#ifndef CUTS
#define CUTS 1 /* of connections */
#endif

#ifndef FAILURES
#define FAILURES 0 /* of groups, which the database refuses */
#endif
#ifndef COMMANDS
#define COMMANDS 0 /* changes by the command line: 0 or 1 */
#endif

#ifdef FAILOVER
#define FAILOVERS 1
#else
#define FAILOVERS 0
#endif

#define SENT (CLIENTS * BATCHES)
#define ATTEMPTS (SENT * TRIES)
#define COMMAND ATTEMPTS /* what the command line writes */
#define ROWS (ATTEMPTS + COMMANDS)
#define CATALOG 2 /* cells 0 and 1 are outcomes */
#define CELLS 3

#define NOBODY SERVERS
#define ORPHAN (SERVERS + 1) /* a session whose server is gone, and which does not know it yet */
#define COMMANDER (SERVERS + 2)

/* Where an attempt is: waiting at server N is N; in the turn of server N is TAKEN + N. */
#define TAKEN 4
#define NEW 8
#define ACCEPTED 9    /* 202 */
#define REFUSED 10    /* 503: nothing of it is stored */
#define UNKNOWN 11    /* no answer: the server died; or 503: the database cannot be asked */
#define LOST 12       /* it was 202; an asynchronous standby does not have it */

/* The answer of the database to a COMMIT. */
#define NOTHING 0
#define DONE 1
#define WARNED 2 /* committed here, not confirmed by the standby */
#define FAILED 3 /* nothing of it is stored, and the connection is sound */

/* --- the batches; an attempt's batch is attempt / TRIES */
byte cell_of[SENT + COMMANDS];
byte value_of[SENT + COMMANDS];
byte at[ROWS] = NEW;
byte open = 0; /* attempts that wait for an answer */

/* --- the database. A row is what an attempt wrote; its commit is the attempt's. */
byte row_by[ROWS + 1];           /* attempt + 1; 0: no such row */
byte row_previous[ROWS + 1];
short ends = 0;                  /* a bit for each row: the last of its group */
byte head = 0;
byte commits = 0;
byte confirmed = 0;              /* commits that the standby has for certain */
byte stored[ROWS];               /* the commit of an attempt + 1; 0: it is not stored */
byte position[ROWS];             /* the last row when it was in */
byte generation = 0;
byte lock = NOBODY;              /* of the head's row */

/* --- the transaction of whoever has the lock */
bool commit_sent = false;
byte new_rows = 0;
byte new_first = 0;
byte new_by[ROWS];
byte new_previous[ROWS];
short new_requests = 0;          /* a bit for each attempt */

/* --- the servers */
bool crashed[SERVERS];
bool connected[SERVERS] = true;
byte answer[SERVERS];
byte queued[SERVERS];
byte folded[SERVERS];            /* position of the matrix */
byte seen[SERVERS];              /* generation of the matrix */
byte expected[SERVERS];          /* the first row of its turn */
byte cell_row[SERVERS * CELLS];  /* the matrix: the last row of a cell */
byte cell_by[SERVERS * CELLS];   /* and attempt + 1 that wrote it */

bool found = false;              /* set and cleared in one step */

#ifdef SNAPSHOTS
/* --- the snapshot: the matrix of the first server */
bool taking = false;
byte snapshots = SNAPSHOTS;
byte snap_from = 0;              /* its position when the first cell was copied, */
byte snap_to = 0;                /* and the last; 0: there is no snapshot */
byte snap_chain = 0;             /* what is at snap_to */
byte taken_from = 0;             /* of the one that is being taken */
byte taken_row = 0;
byte taken_by = 0;
byte snap_row[CELLS];
byte snap_by[CELLS];
#endif

/* --- faults that are left */
byte crashes = CRASHES;
byte cuts = CUTS;
byte failovers = FAILOVERS;
#if FAILURES
byte failures = FAILURES;
#endif

#ifdef IDS_BEFORE_THE_LOCK
byte sequence = 0; /* as nextval() gives it: outside of transactions */
#define GROUP 1
#else
#define GROUP ATTEMPTS
#endif

#define CELL(attempt) cell_of[(attempt) / TRIES]
#define VALUE(attempt) value_of[(attempt) / TRIES]
#define PUT(server, cell) ((server) * CELLS + (cell))

/* --- scratch of one deterministic step; no part of the state */
hidden byte i;
hidden byte j;
hidden byte c;
hidden byte taken;
hidden byte change;
hidden byte last_row[CELLS];
hidden byte last_by[CELLS];
hidden byte acknowledged_is_kept;
hidden byte refused_is_not_stored;
hidden byte rows_change_something;
hidden byte previous_is_previous;
hidden byte matrix_is_the_fold;
hidden byte groups_are_whole;
hidden byte position_never_goes_back;
hidden byte judged_at_the_head;
hidden byte all_have_followed;

#include "steps.pml"

/* Servers are alike too. */
inline choose_server() {
  if
  :: !crashed[0] -> to = 0
  :: !crashed[1] && me + batch + try > 0 -> to = 1
#if SERVERS > 2
  :: !crashed[2] && me + batch + try > 0 -> to = 2
#endif
  fi
}

inline send() {
  choose_server();
  at[attempt] = to;
  queued[to] = queued[to] + 1;
  open++;
  to = 0
}

#include "faults.pml"

/* --- the processes */

/* Not known to be of another history than the matrix. */
#ifdef KEEP_THE_MATRIX_IN_A_TURN
#define SAME_HISTORY(server) true
#else
#define SAME_HISTORY(server) (seen[server] == generation)
#endif

proctype server(byte me) {
end_new:
  {
end_idle:
    do
#ifdef TAIL_IN_PIECES
    :: atomic { connected[me] && SAME_HISTORY(me) && folded[me] != head -> read_row(me); check() }
#else
    :: atomic { connected[me] && SAME_HISTORY(me) && folded[me] != head -> read_group(me); check() }
#endif
    :: atomic { !connected[me] -> connected[me] = true }
    :: atomic { connected[me] && seen[me] != generation -> fold_again(me); check() }
#ifdef BEFORE_THE_LOCK
    :: atomic { queued[me] > 0 && connected[me] && SAME_HISTORY(me) -> before_the_lock(me) };
      if
      :: atomic { queued[me] > 0 && connected[me] && SAME_HISTORY(me) && lock == NOBODY -> turn(me) }
      :: queued[me] == 0 || !connected[me] || !SAME_HISTORY(me) -> goto end_idle
      fi;
#else
    :: atomic { queued[me] > 0 && connected[me] && SAME_HISTORY(me) && lock == NOBODY -> turn(me) };
#endif
#ifdef PUBLISH_BEFORE_COMMIT
      atomic { publish_pending(me); check() }
#endif
      if
      :: atomic { connected[me] -> commit_sent = true }
      :: atomic { !connected[me] -> answer_turn(me, REFUSED); check() } -> goto end_idle
      fi;
      if
      :: atomic {
        connected[me] && answer[me] == DONE ->
        publish_own(me);
        answer_turn(me, ACCEPTED);
        check()
      } -> goto end_idle
#if FAILURES
      :: atomic {
        connected[me] && answer[me] == FAILED ->
#ifdef KEEP_A_FAILED_GROUP
        publish_prepared(me);
#endif
        answer_turn(me, REFUSED);
        check()
      } -> goto end_idle
#endif
      :: answer[me] == WARNED
      :: !connected[me]
      fi;
      /* In doubt: the COMMIT was sent, and its answer is not known. */
#ifdef TRUST_THE_COMMIT
      atomic { answer_turn(me, ACCEPTED); check() } -> goto end_idle;
#endif
#ifdef GIVE_UP_THE_COMMIT
      atomic { answer_turn(me, REFUSED); check() } -> goto end_idle;
#endif
      do
      :: atomic { !connected[me] -> connected[me] = true }
      /* The database did not come back in time. */
      :: atomic { !connected[me] -> answer_turn(me, UNKNOWN); check() } -> break
#ifdef LOOK_WITHOUT_THE_LOCK
      :: atomic { connected[me] -> look(me);
#else
      :: atomic { connected[me] && lock == NOBODY -> look(me);
#endif
        /* The head's row is touched, so that this COMMIT waits for the standby too. */
#ifdef SYNCHRONOUS
#ifndef LOOK_WITHOUT_A_WRITE
        confirmed = commits;
#endif
#endif
        if
        :: found -> found = false; publish_own(me); answer_turn(me, ACCEPTED)
        :: else -> answer_turn(me, REFUSED)
        fi;
        check()
      } -> break
      od
    od
  } unless {
    atomic {
      crashed[me] ->
      crashed[me] = false;
      connected[me] = true;
      fold_again(me);
      check()
    }
  };
  goto end_new
}

#if COMMANDS
/* It has no matrix: what it writes does not depend on what there is. */
proctype command_line() {
#ifdef COMMAND_WITHOUT_THE_LOCK
  byte first = 0;
  first = head + 1;
  atomic { lock == NOBODY -> lock = COMMANDER; write_command(first); commit_sent = true }
#else
  atomic { lock == NOBODY -> lock = COMMANDER; write_command(head + 1); commit_sent = true }
#endif
}
#endif

active proctype database() {
end_waiting:
  do
  :: atomic {
    lock < SERVERS && commit_sent ->
    answer[lock] = DONE;
    apply();
    confirm_if_synchronous();
    check()
  }
#if FAILURES
  :: atomic {
    lock < SERVERS && commit_sent && failures > 0 ->
    failures--;
    answer[lock] = FAILED;
    end_transaction()
  }
#endif
#if COMMANDS
  :: atomic { lock == COMMANDER && commit_sent -> apply(); confirm_if_synchronous(); check() }
#endif
  /* It arrived, though its sender is gone. */
  :: atomic { lock == ORPHAN && commit_sent -> apply(); confirm_if_synchronous(); check() }
#ifndef ORPHANS_STAY
  /* Keepalives, or the timeout of an idle transaction. */
  :: atomic { lock == ORPHAN -> end_transaction() }
#endif
#ifdef SYNCHRONOUS
  /* Committed here, then the wait for the standby was cut short. */
  :: atomic { lock < SERVERS && commit_sent -> answer[lock] = WARNED; apply(); check() }
  :: atomic { lock == ORPHAN && commit_sent -> apply(); check() }
#endif
  od
}

proctype client(byte me) {
  byte batch = 0;
  byte try = 0;
  byte attempt = 0;
  byte to = 0;
  do
  :: atomic {
    batch < BATCHES ->
    attempt = (me * BATCHES + batch) * TRIES;
    choose_batch(me * BATCHES + batch);
    send()
  };
    do
    :: at[attempt] == ACCEPTED -> break
    :: atomic {
      /* It is told to try again, or out of patience. */
      at[attempt] != ACCEPTED && try + 1 < TRIES ->
      try++;
      attempt++;
      send()
    }
    :: at[attempt] > ACCEPTED && try + 1 == TRIES -> break
    od;
    atomic { batch++; try = 0; attempt = 0 }
  :: batch == BATCHES -> break
  od
}

#ifdef SNAPSHOTS
proctype snapshotter() {
end_idle:
  do
  :: atomic { snapshots > 0 && !taking && !crashed[0] && folded[0] > 0 -> begin_snapshot() }
  :: atomic { taking -> end_snapshot() }
  od
}
#define IN_HAND(server) queued[server] > 0 || expected[server] != 0 || snap_to > 0
#else
#define IN_HAND(server) queued[server] > 0 || expected[server] != 0
#endif

proctype faults() {
  byte kept = 0;
end_quiet:
  do
  /* A server that has nothing in hand has nothing to lose: a start is one more reading of the tail,
   * and so is a lost connection between turns. But then there may be a snapshot. */
  :: atomic { crashes > 0 && (IN_HAND(0)) -> crash(0) }
  :: atomic { crashes > 0 && (IN_HAND(1)) -> crash(1) }
#if SERVERS > 2
  :: atomic { crashes > 0 && (IN_HAND(2)) -> crash(2) }
#endif
  :: atomic { cuts > 0 && connected[0] && expected[0] != 0 -> cut(0) }
  :: atomic { cuts > 0 && connected[1] && expected[1] != 0 -> cut(1) }
#if SERVERS > 2
  :: atomic { cuts > 0 && connected[2] && expected[2] != 0 -> cut(2) }
#endif
  :: atomic {
    failovers > 0 ->
    kept = confirmed;
    do
    :: kept < commits -> kept++
    :: break
    od;
    fail_over(kept);
    kept = 0;
    check()
  }
  od
}

/* When nobody has anything to do any more. */
proctype watcher() {
  timeout ->
  d_step {
    for (i : 0 .. SERVERS - 1) {
      all_have_followed = !crashed[i] && folded[i] == head && seen[i] == generation && open == 0;
      assert(all_have_followed)
    }
  }
}

init {
  atomic {
    byte n = 0;
    do
    :: n < SERVERS -> run server(n); n++
    :: else -> break
    od;
    n = 0;
    do
    :: n < CLIENTS -> run client(n); n++
    :: else -> break
    od;
    n = 0;
#if COMMANDS
    cell_of[COMMAND / TRIES] = CATALOG;
    value_of[COMMAND / TRIES] = 1;
    run command_line();
#endif
#ifdef SNAPSHOTS
    run snapshotter();
#endif
    run faults();
#ifndef LIVENESS
    run watcher()
#endif
  }
}

#ifdef LIVENESS
/* Something always happens: a search for cycles does not see processes that all wait. */
bool tick = false;
active proctype clock() {
  do
  :: tick = !tick
  od
}

ltl every_request_is_answered { <> [] (open == 0) }
#endif
