/* Snapshots of the first server: taken in two looks, and loaded by a start. Included by steps.pml. */

#ifdef SNAPSHOTS
/* Copies one cell of the first server's matrix, then goes on with other things. */
inline begin_snapshot() {
  taking = true;
  taken_from = folded[0];
  taken_row = cell_row[PUT(0, 0)];
  taken_by = cell_by[PUT(0, 0)]
}

/* Copies the others, and keeps all. */
inline end_snapshot() {
  d_step {
    snap_from = taken_from;
    snap_to = folded[0];
    snap_row[0] = taken_row;
    snap_by[0] = taken_by;
    for (c : 1 .. CELLS - 1) {
      snap_row[c] = cell_row[PUT(0, c)];
      snap_by[c] = cell_by[PUT(0, c)]
    }
    snap_chain = 0;
    for (c : 0 .. CELLS - 1) {
      if
      :: cell_row[PUT(0, c)] == snap_to -> snap_chain = cell_by[PUT(0, c)]
      :: else
      fi
    }
#ifdef SNAPSHOT_CHAIN_OF_ITS_BEGIN
    snap_chain = row_by[snap_from];
#endif
    taking = false;
    taken_from = 0;
    taken_row = 0;
    taken_by = 0;
    snapshots--;
    c = 0
  }
}

inline stop_taking(server) {
  if
  :: server == 0 -> taking = false; taken_from = 0; taken_row = 0; taken_by = 0
  :: else
  fi
}

#ifdef SNAPSHOT_WITHOUT_ITS_CHAIN
#define SNAPSHOT_IS_OF_THIS_LOG (snap_to != 0 && head >= snap_to)
#else
#ifdef SNAPSHOT_CHAIN_OF_ITS_BEGIN
#define SNAPSHOT_IS_OF_THIS_LOG (snap_to != 0 && head >= snap_to && row_by[snap_from] == snap_chain)
#else
#define SNAPSHOT_IS_OF_THIS_LOG (snap_to != 0 && row_by[snap_to] == snap_chain)
#endif
#endif
/* Changes while it was taken are in some cells, and not in others: the log says them again. */
#ifdef SNAPSHOT_FROM_ITS_END
#define SNAPSHOT_GOES_ON_FROM snap_to
#else
#define SNAPSHOT_GOES_ON_FROM snap_from
#endif
inline load_snapshot(server) {
  if
  :: SNAPSHOT_IS_OF_THIS_LOG ->
    for (c : 0 .. CELLS - 1) {
      cell_row[PUT(server, c)] = snap_row[c];
      cell_by[PUT(server, c)] = snap_by[c]
    };
    folded[server] = SNAPSHOT_GOES_ON_FROM
  :: else
  fi
}
#else
inline stop_taking(server) { skip }
inline load_snapshot(server) { skip }
#endif
