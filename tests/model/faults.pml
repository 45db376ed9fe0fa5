/* A server ends, a connection is cut, a standby takes over. Included by append_and_tail.pml. */

inline crash(server) {
  d_step {
    for (i : 0 .. ATTEMPTS - 1) {
      if
      :: at[i] == server || at[i] == TAKEN + server ->
        at[i] = UNKNOWN;
        position[i] = 0;
        open--
      :: else
      fi
    }
    for (c : 0 .. CELLS - 1) {
      cell_row[PUT(server, c)] = 0;
      cell_by[PUT(server, c)] = 0
    }
    folded[server] = 0;
    seen[server] = 0;
    queued[server] = 0;
    expected[server] = 0;
    answer[server] = NOTHING;
    connected[server] = false;
    crashed[server] = true;
    stop_taking(server);
    crashes--
  };
  release(server)
}

/* The session of a server that is gone keeps its lock until the database notices. */
inline release(server) {
  if
  :: lock == server -> lock = ORPHAN
  :: else
  fi
}

inline cut(server) {
  cuts--;
  connected[server] = false;
  release(server)
}

/* A standby takes over, which has the first `kept` commits. */
inline fail_over(kept) {
  d_step {
    generation++;
    failovers--;
    head = 0;
    for (i : 0 .. ROWS - 1) {
      if
      :: stored[i] > kept + 1 ->
        stored[i] = 0;
#ifndef SYNCHRONOUS
        if
        :: at[i] == ACCEPTED -> at[i] = LOST; position[i] = 0
        :: else
        fi
#endif
      :: else
      fi
    }
    for (j : 1 .. ROWS) {
      if
      :: row_by[j] != 0 && stored[row_by[j] - 1] == 0 ->
        row_by[j] = 0;
        row_previous[j] = 0;
        ends = ends & ~(1 << j)
      :: row_by[j] != 0 && stored[row_by[j] - 1] != 0 -> head = j
      :: else
      fi
    }
    for (i : 0 .. SERVERS - 1) {
      connected[i] = false
    }
    commits = kept;
    confirmed = kept
  };
  end_transaction()
}
