/* The work of servers on the database and on their matrices, step by step. Part of
 * append_and_tail.pml, which has the state and the processes. */

inline forget_cells() {
  for (c : 0 .. CELLS - 1) {
    last_row[c] = 0;
    last_by[c] = 0
  }
}

/* One more row of the log on top of last_row and last_by. */
inline fold_row(row) {
  if
  :: row_by[row] != 0 ->
    c = CELL(row_by[row] - 1);
    last_row[c] = row;
    last_by[c] = row_by[row]
  :: else
  fi
}

/* Looks at every promise that is about one state. */
inline check() {
  d_step {
    forget_cells();
    j = 0;
    do
    :: j < ROWS ->
      j++;
      if
      :: row_by[j] != 0 ->
        c = CELL(row_by[j] - 1);
        previous_is_previous = row_previous[j] == last_row[c];
        assert(previous_is_previous);
        rows_change_something = c == CATALOG || last_by[c] == 0 ||
          VALUE(last_by[c] - 1) != VALUE(row_by[j] - 1);
        assert(rows_change_something)
      :: else
      fi;
      fold_row(j);
      for (i : 0 .. ATTEMPTS - 1) {
        if
        :: at[i] == ACCEPTED && position[i] == j ->
          acknowledged_is_kept = last_by[CELL(i)] != 0 &&
            VALUE(last_by[CELL(i)] - 1) == VALUE(i);
          assert(acknowledged_is_kept)
        :: else
        fi
      }
      for (i : 0 .. SERVERS - 1) {
        if
        :: !crashed[i] && seen[i] == generation && folded[i] == j ->
          for (c : 0 .. CELLS - 1) {
            matrix_is_the_fold = cell_row[PUT(i, c)] == last_row[c] &&
              cell_by[PUT(i, c)] == last_by[c];
            assert(matrix_is_the_fold)
          }
        :: else
        fi
      }
    :: else -> break
    od;
    for (i : 0 .. ATTEMPTS - 1) {
      acknowledged_is_kept = at[i] != ACCEPTED || stored[i] != 0;
      assert(acknowledged_is_kept);
      refused_is_not_stored = at[i] != REFUSED || stored[i] == 0;
      assert(refused_is_not_stored)
    }
    for (i : 0 .. SERVERS - 1) {
      matrix_is_the_fold = crashed[i] || seen[i] != generation || folded[i] <= head;
      assert(matrix_is_the_fold);
      groups_are_whole = crashed[i] || seen[i] != generation || folded[i] == 0 ||
        ((ends >> folded[i]) & 1);
      assert(groups_are_whole)
    }
    i = 0;
    j = 0;
    c = 0
  }
}

/* Everything behind the server's own position, in one snapshot. */
inline read_tail(server) {
  d_step {
    position_never_goes_back = head >= folded[server];
    assert(position_never_goes_back);
    for (j : 1 .. ROWS) {
      if
      :: j > folded[server] && j <= head && row_by[j] != 0 ->
        c = CELL(row_by[j] - 1);
        cell_row[PUT(server, c)] = j;
        cell_by[PUT(server, c)] = row_by[j]
      :: else
      fi
    }
    folded[server] = head
  }
}

/* The next group: a follower may be behind. */
inline read_group(server) {
  d_step {
    position_never_goes_back = head >= folded[server];
    assert(position_never_goes_back);
    j = folded[server];
    do
    :: j < ROWS ->
      j++;
      c = CELL(row_by[j] - 1);
      cell_row[PUT(server, c)] = j;
      cell_by[PUT(server, c)] = row_by[j];
      if
      :: (ends >> j) & 1 -> break
      :: else
      fi
    od;
    folded[server] = j;
    c = 0;
    j = 0
  }
}

#ifdef TAIL_IN_PIECES
/* The next row alone. */
inline read_row(server) {
  d_step {
    j = folded[server] + 1;
    c = CELL(row_by[j] - 1);
    cell_row[PUT(server, c)] = j;
    cell_by[PUT(server, c)] = row_by[j];
    folded[server] = j;
    c = 0;
    j = 0
  }
}
#endif

inline drop_matrix(server) {
  for (c : 0 .. CELLS - 1) {
    cell_row[PUT(server, c)] = 0;
    cell_by[PUT(server, c)] = 0
  };
  folded[server] = 0
}

#include "snapshots.pml"

/* Everything from the start, or from the snapshot: the history may be another one. */
inline fold_again(server) {
  d_step {
#ifndef SNAPSHOT_OVER_A_FOLD
    stop_taking(server);
#endif
#ifdef FOLD_AGAIN_WHEN_BELOW
    if
    :: head < folded[server] -> drop_matrix(server)
    :: else
    fi;
#else
    drop_matrix(server);
    load_snapshot(server);
#endif
    seen[server] = generation;
    c = 0
  };
  read_tail(server)
}

/* Judges what waits, in its order, and writes what changed. A change of the catalog is a turn of
 * its own. */
inline compare_and_write(server) {
  d_step {
#ifndef JUDGED_ANYHOW
    judged_at_the_head = folded[server] == head;
    assert(judged_at_the_head);
#endif
#ifndef IDS_BEFORE_THE_LOCK
    expected[server] = head + 1;
#endif
    new_first = expected[server];
    new_rows = 0;
    taken = 0;
    change = false;
    for (c : 0 .. CELLS - 1) {
      last_row[c] = cell_row[PUT(server, c)];
      last_by[c] = cell_by[PUT(server, c)]
    }
    for (i : 0 .. ATTEMPTS - 1) {
      if
      :: at[i] == server && taken < GROUP && !change && (CELL(i) != CATALOG || taken == 0) ->
        taken++;
        change = CELL(i) == CATALOG;
        at[i] = TAKEN + server;
        queued[server] = queued[server] - 1;
        new_requests = new_requests | (1 << i);
        c = CELL(i);
        if
        :: change || last_by[c] == 0 || VALUE(last_by[c] - 1) != VALUE(i) ->
          new_by[new_rows] = i;
          new_previous[new_rows] = last_row[c];
          last_row[c] = new_first + new_rows;
          last_by[c] = i + 1;
          new_rows++
        :: else
        fi;
        position[i] = (new_rows > 0 -> new_first + new_rows - 1 : head)
      :: else
      fi
    }
    i = 0;
    j = 0;
    c = 0
  }
}

/* The steps of a turn before its COMMIT is sent. */
inline turn(server) {
  lock = server;
#ifndef NO_TAIL
#ifndef TAIL_BEFORE_THE_LOCK
  read_tail(server);
#endif
#endif
  compare_and_write(server);
  check()
}

inline end_transaction() {
  d_step {
    for (i : 0 .. ROWS - 1) {
      new_by[i] = 0;
      new_previous[i] = 0
    }
    new_rows = 0;
    new_first = 0;
    new_requests = 0;
    commit_sent = false;
    lock = NOBODY
  }
}

/* The database commits the transaction that is open. */
inline apply() {
  d_step {
#ifdef FAILOVER
    commits++;
#endif
    if
    :: new_rows > 0 -> ends = ends | (1 << (new_first + new_rows - 1))
    :: else
    fi;
    for (i : 0 .. ROWS - 1) {
      if
      :: i < new_rows ->
        row_by[new_first + i] = new_by[i] + 1;
        row_previous[new_first + i] = new_previous[i];
        if
        :: new_first + i > head -> head = new_first + i
        :: else
        fi
      :: else
      fi;
      if
      :: (new_requests >> i) & 1 -> stored[i] = commits + 1
      :: else
      fi
    }
  }
  end_transaction()
}

/* One more row into a server's matrix. */
inline publish_row(server, row, by) {
  c = CELL(by - 1);
  cell_row[PUT(server, c)] = row;
  cell_by[PUT(server, c)] = by;
  position_never_goes_back = row > folded[server];
  assert(position_never_goes_back);
  folded[server] = row
}

/* A server's own rows, after their COMMIT. */
inline publish_own(server) {
  d_step {
    for (j : 1 .. ROWS) {
      if
      :: j >= expected[server] && row_by[j] != 0 && at[row_by[j] - 1] == TAKEN + server ->
        publish_row(server, j, row_by[j])
      :: else
      fi
    }
  }
}

#ifdef KEEP_A_FAILED_GROUP
inline publish_prepared(server) {
  d_step {
    for (i : 0 .. ATTEMPTS - 1) {
      if
      :: at[i] == TAKEN + server && position[i] > folded[server] ->
        publish_row(server, position[i], i + 1)
      :: else
      fi
    }
  }
}
#endif

#ifdef PUBLISH_BEFORE_COMMIT
inline publish_pending(server) {
  d_step {
    for (j : 0 .. ATTEMPTS - 1) {
      if
      :: j < new_rows -> publish_row(server, new_first + j, new_by[j] + 1)
      :: else
      fi
    }
  }
}
#endif

#ifdef ANSWER_UNCHANGED_FROM_MEMORY
inline answer_unchanged(server) {
  d_step {
    for (i : 0 .. ATTEMPTS - 1) {
      if
      :: at[i] == server && CELL(i) != CATALOG && cell_by[PUT(server, CELL(i))] != 0 ->
        if
        :: VALUE(cell_by[PUT(server, CELL(i))] - 1) == VALUE(i) ->
          judged_at_the_head = folded[server] == head;
          assert(judged_at_the_head);
          at[i] = ACCEPTED;
          stored[i] = commits + 1;
          position[i] = folded[server];
          queued[server] = queued[server] - 1;
          open--
        :: else
        fi
      :: else
      fi
    }
  }
}
#endif

inline answer_turn(server, what) {
  d_step {
    for (i : 0 .. ATTEMPTS - 1) {
      if
      :: at[i] == TAKEN + server ->
        at[i] = what;
        open--;
        if
        :: what != ACCEPTED -> position[i] = 0
        :: else
        fi
      :: else
      fi
    }
    expected[server] = 0;
    answer[server] = NOTHING;
    i = 0
  }
}

/* Whether the server's turn is stored: by the chain at its last row, or where it has none by a
 * request, all of it. */
inline look(server) {
  d_step {
    found = false;
    taken = 0; /* the last row of the turn */
    for (i : 0 .. ATTEMPTS - 1) {
      if
      :: at[i] == TAKEN + server && position[i] >= expected[server] && position[i] > taken ->
        taken = position[i];
#ifdef LOOK_BY_POSITION
        found = row_by[taken] != 0
#else
        found = row_by[taken] == i + 1
#endif
      :: else
      fi
    }
    for (i : 0 .. ATTEMPTS - 1) {
      if
      :: taken == 0 && at[i] == TAKEN + server ->
#ifdef LOOK_BY_NUMBER
        /* Reservations that the standby did not have are given out again. */
        for (j : 0 .. ATTEMPTS - 1) {
          found = found || stored[j] != 0 && (j == i || generation > 0 && stored[j] > confirmed + 1)
        }
#else
        found = found || stored[i] != 0
#endif
      :: else
      fi
    }
    taken = 0;
    i = 0;
    j = 0
  }
}

#if COMMANDS
inline write_command(first) {
  d_step {
    new_first = first;
    new_rows = 1;
    new_by[0] = COMMAND;
    for (j : 1 .. ROWS) {
      if
      :: j < new_first && row_by[j] != 0 && CELL(row_by[j] - 1) == CATALOG -> new_previous[0] = j
      :: else
      fi
    }
    new_requests = 1 << COMMAND;
    j = 0
  }
}
#endif

#ifdef IDS_BEFORE_THE_LOCK
#define BEFORE_THE_LOCK
inline before_the_lock(server) {
  sequence++;
  expected[server] = sequence
}
#endif
#ifdef TAIL_BEFORE_THE_LOCK
#define BEFORE_THE_LOCK
inline before_the_lock(server) { read_tail(server) }
#endif
#ifdef ANSWER_UNCHANGED_FROM_MEMORY
#define BEFORE_THE_LOCK
inline before_the_lock(server) { answer_unchanged(server) }
#endif

inline confirm_if_synchronous() {
#ifdef SYNCHRONOUS
  confirmed = commits
#else
  skip
#endif
}

/* Cells and values are alike: the first batch has the first of each. */
inline choose_batch(which) {
  value_of[which] = 1;
  if
  :: true
  :: which > 0 -> value_of[which] = 2
#ifdef CATALOG_CHANGES
  :: cell_of[which] = CATALOG
#else
  :: which > 0 -> cell_of[which] = 1
#endif
  fi
}
