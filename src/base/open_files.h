// The open files of the process.
#pragma once

#include <cstddef>

namespace scorekeeper {

// Raises the soft limit of open files to `wanted`, or to the hard limit where that is lower, and
// makes the kernel's table of them as large. In a process with threads the kernel waits for an RCU
// grace period each time that it makes the table larger (expand_fdtable in fs/file.c): that held
// the event loop's accept() for 400 ms while other threads computed. So this is called before there
// are threads. Returns the limit that now holds.
std::size_t reserve_open_files(std::size_t wanted);

}  // namespace scorekeeper
