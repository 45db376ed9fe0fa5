#include "domain/access_token.h"

namespace scorekeeper {

std::string_view name_of(SignatureAlgorithm algorithm) {
  switch (algorithm) {
    case SignatureAlgorithm::rs256:
      return "RS256";
    case SignatureAlgorithm::es256:
      return "ES256";
    case SignatureAlgorithm::eddsa:
      return "EdDSA";
  }
  return "";
}

std::optional<SignatureAlgorithm> parse_signature_algorithm(std::string_view text) {
  for (const auto algorithm : all_signature_algorithms) {
    if (text == name_of(algorithm)) return algorithm;
  }
  return std::nullopt;
}

}  // namespace scorekeeper
