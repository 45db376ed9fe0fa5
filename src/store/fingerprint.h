// Tells stores apart by their secrets, without showing them. Pure.
#pragma once

#include <string>

#include "store/catalog.h"

namespace scorekeeper::store {

std::string write_fingerprint(const Secrets& secrets);

}  // namespace scorekeeper::store
