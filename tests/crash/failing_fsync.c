// Preloaded into the server by faults.py: once the file named by FAILING_FSYNC exists, the disk
// refuses to sync.
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static int failing(void) {
  const char* trigger = getenv("FAILING_FSYNC");
  return trigger != NULL && access(trigger, F_OK) == 0;
}

static int sync_or_fail(long number, int file) {
  if (failing()) {
    errno = EIO;
    return -1;
  }
  return (int)syscall(number, file);
}

int fdatasync(int file) { return sync_or_fail(SYS_fdatasync, file); }
int fsync(int file) { return sync_or_fail(SYS_fsync, file); }
