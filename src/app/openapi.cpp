#include "app/openapi.h"

// The assembler reads the file: a string literal of that size costs the compiler seconds. Names
// with C linkage, because they are written out below.
extern "C" {
extern const char scorekeeper_openapi_begin[];
extern const char scorekeeper_openapi_end[];
}

__asm__(
    ".pushsection .rodata\n"
    ".global scorekeeper_openapi_begin\n"
    ".global scorekeeper_openapi_end\n"
    "scorekeeper_openapi_begin:\n"
    ".incbin \"" SCOREKEEPER_OPENAPI_DOCUMENT
    "\"\n"
    "scorekeeper_openapi_end:\n"
    ".popsection\n");

namespace scorekeeper::app {

std::string_view openapi_document() { return {scorekeeper_openapi_begin, scorekeeper_openapi_end}; }

}  // namespace scorekeeper::app
