// Reads JSON Web Tokens in compact form (RFC 7515 §7.1), the keys of an issuer (RFC 7517) and its
// discovery document (OpenID Connect Discovery 1.0 §4). All of it comes from strangers; nothing is
// verified here. Any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/access_token.h"

namespace scorekeeper::wire {

// Errors (code unauthenticated) say what is not as it should be, for the log of an operator; they
// hold nothing of the token. Refused are: over access_token_bytes_max; other algorithms; a `crit`
// header, whatever it asks for; a `typ` of another kind of token; members that occur twice; claims
// of the wrong type; times that are no whole seconds; ID tokens, which are for the client that they
// were given to (`nonce`, `at_hash`). `role_claim`: the claim with the roles, a text or a list of
// texts: "roles", or "/realm_access/roles" for one inside another; what is of another type names
// none.
Result<AccessToken> parse_access_token(std::string_view text, std::string_view role_claim = {});

// The keys of a JWK Set that can verify one of our algorithms; others are passed over, and so are
// damaged ones. Error: not a set, over jwks_bytes_max, over signing_keys_max.
Result<std::vector<SigningKey>> parse_jwks(std::string text);

Result<IssuerMetadata> parse_issuer_metadata(std::string text);

}  // namespace scorekeeper::wire
