#include "wire/access_token.h"

#include <array>
#include <optional>
#include <utility>

#include "base/limits.h"
#include "domain/text.h"
#include "json/reader.h"
#include "wire/base64.h"

namespace scorekeeper::wire {
namespace {

Error refused(const char* what) { return make_error(Code::unauthenticated, what); }

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && contains_ignoring_case(a, b);
}

// A text that is there: null and other types are wrong.
bool read_text(json::Reader& reader, json::Reader::Value value, std::string& text, bool& wrong) {
  json::Read read = json::Read::ok;
  std::string_view view;
  if (!reader.string(value, view, read)) return false;
  if (read == json::Read::ok) {
    text = view;
  } else {
    wrong = true;
  }
  return true;
}

// A text or a list of texts. `spaced`: a text is a list, with a space between its items.
bool read_texts(json::Reader& reader, json::Reader::Value value, std::vector<std::string>& texts,
                bool& wrong, bool spaced) {
  json::Read read = json::Read::ok;
  std::string_view text;
  if (*value.raw_json_token().data() == '[') {
    return reader.array(
        value,
        [&](std::size_t, json::Reader::Value element) {
          return read_text(reader, element, texts.emplace_back(), wrong);
        },
        read);
  }
  if (!reader.string(value, text, read)) return false;
  if (read != json::Read::ok) wrong = true;
  if (!spaced) texts.emplace_back(text);
  while (spaced && !text.empty()) {
    const auto word = text.substr(0, text.find(' '));
    if (!word.empty()) texts.emplace_back(word);
    text.remove_prefix(std::min(text.size(), word.size() + 1));
  }
  return true;
}

// --- the header

// RFC 9068 §2.1 for access tokens; most issuers say JWT or nothing.
bool is_type_of_access_token(std::string_view type) {
  for (const std::string_view known : {"jwt", "at+jwt", "application/jwt", "application/at+jwt"}) {
    if (equal_ignoring_case(type, known)) return true;
  }
  return false;
}

constexpr std::array<std::string_view, 4> header_names{"alg", "kid", "typ", "crit"};

Result<void> read_header(std::string text, AccessToken& token) {
  json::Reader reader(text);
  std::string algorithm;
  std::string type = "jwt";
  bool wrong = false;
  bool critical = false;
  json::Read read = json::Read::ok;
  const bool acceptable = reader.document(
      header_names,
      [&](std::size_t index, json::Reader::Value value) {
        if (index == 0) return read_text(reader, value, algorithm, wrong);
        if (index == 1) return read_text(reader, value, token.key_id, wrong);
        if (index == 2) return read_text(reader, value, type, wrong);
        critical = true;
        return reader.skip(value);
      },
      read);
  if (!acceptable || read != json::Read::ok || wrong) return refused("the header is malformed");
  if (critical) return refused("the header has extensions that must be understood");
  if (!is_type_of_access_token(type)) return refused("the header's typ is of another token");
  const auto known = parse_signature_algorithm(algorithm);
  if (!known) return refused("the algorithm is not one of RS256, ES256, EdDSA");
  token.algorithm = *known;
  return {};
}

// --- the claims

// The last two are of ID tokens only (OpenID Connect Core §2, §3.1.3.6).
constexpr std::array<std::string_view, 9> claim_names{"iss", "sub",   "aud",   "exp",    "nbf",
                                                      "scp", "scope", "nonce", "at_hash"};
constexpr std::size_t first_of_id_tokens = 7;

bool read_seconds(json::Reader& reader, json::Reader::Value value,
                  std::optional<std::int64_t>& seconds, bool& wrong) {
  json::Read read = json::Read::ok;
  std::int64_t number = 0;
  if (!reader.integer(value, number, read)) return false;
  if (read == json::Read::ok) {
    seconds = number;
  } else {
    wrong = true;
  }
  return true;
}

Result<void> read_claims(std::string text, AccessToken& token) {
  json::Reader reader(text);
  bool wrong = false;
  bool id_token = false;
  json::Read read = json::Read::ok;
  const auto read_claim = [&](std::size_t index, json::Reader::Value value) {
    if (index >= first_of_id_tokens) {
      id_token = true;
      return reader.skip(value);
    }
    if (index == 0) return read_text(reader, value, token.issuer, wrong);
    if (index == 1) return read_text(reader, value, token.subject, wrong);
    if (index == 2) return read_texts(reader, value, token.audience, wrong, false);
    if (index == 3) return read_seconds(reader, value, token.expires_at, wrong);
    if (index == 4) return read_seconds(reader, value, token.not_before, wrong);
    return read_texts(reader, value, token.scopes, wrong, true);
  };
  const bool acceptable = reader.document(claim_names, read_claim, read);
  if (!acceptable || read != json::Read::ok || wrong) return refused("the claims are malformed");
  if (id_token) return refused("it is an ID token, not an access token");
  return {};
}

bool read_roles(json::Reader& reader, json::Reader::Value value, std::string_view path,
                std::vector<std::string>& roles) {
  bool ignored = false;
  if (path.empty()) return read_texts(reader, value, roles, ignored, false);
  json::Read read = json::Read::ok;
  const auto end = path.find('/', 1);
  const std::array<std::string_view, 1> names{path.substr(1, end - 1)};
  const auto rest = end == std::string_view::npos ? std::string_view() : path.substr(end);
  return reader.object(
      value, names,
      [&](std::size_t, json::Reader::Value member) {
        return read_roles(reader, member, rest, roles);
      },
      read);
}

// The claims once more, of which read_claims() has accepted every value.
void add_roles(std::string text, std::string_view claim, AccessToken& token) {
  json::Reader reader(text);
  std::string path(claim);
  std::string_view inner;
  if (path.starts_with('/')) {
    const auto end = path.find('/', 1);
    if (end != std::string::npos) inner = std::string_view(path).substr(end);
    claim = std::string_view(path).substr(1, end - 1);
  }
  const std::array<std::string_view, 1> names{claim};
  json::Read read = json::Read::ok;
  const auto on_claim = [&](std::size_t, json::Reader::Value value) {
    return read_roles(reader, value, inner, token.roles);
  };
  if (!reader.document(names, on_claim, read)) token.roles.clear();
}

// --- keys

// Positions in key_names.
enum : std::size_t {
  key_type,
  key_use,
  key_algorithm,
  key_id,
  key_curve,
  key_n,
  key_e,
  key_x,
  key_y,
  key_member_count
};
constexpr std::array<std::string_view, key_member_count> key_names{
    "kty", "use", "alg", "kid", "crv", "n", "e", "x", "y"};
using KeyMembers = std::array<std::string, key_member_count>;

std::optional<SignatureAlgorithm> algorithm_of(const KeyMembers& members) {
  if (members[key_type] == "RSA") return SignatureAlgorithm::rs256;
  if (members[key_type] == "EC" && members[key_curve] == "P-256") return SignatureAlgorithm::es256;
  if (members[key_type] == "OKP" && members[key_curve] == "Ed25519") {
    return SignatureAlgorithm::eddsa;
  }
  return std::nullopt;
}

// nullopt: not for our signatures, or damaged.
std::optional<SigningKey> signing_key_of(const KeyMembers& members) {
  const auto algorithm = algorithm_of(members);
  const bool other_use = !members[key_use].empty() && members[key_use] != "sig";
  if (!algorithm || other_use) return std::nullopt;
  if (!members[key_algorithm].empty() && members[key_algorithm] != name_of(*algorithm)) {
    return std::nullopt;
  }
  SigningKey key{.algorithm = *algorithm,
                 .id = members[key_id],
                 .modulus = {},
                 .exponent = {},
                 .x = {},
                 .y = {}};
  const auto take = [&](std::size_t member, std::string& into) {
    const auto bytes = parse_base64url(members[member]);
    if (bytes) into = *bytes;
    return bytes && !bytes->empty();
  };
  bool whole = false;
  switch (*algorithm) {
    case SignatureAlgorithm::rs256:
      whole = take(key_n, key.modulus) && take(key_e, key.exponent);
      break;
    case SignatureAlgorithm::es256:
      whole = take(key_x, key.x) && take(key_y, key.y);
      break;
    case SignatureAlgorithm::eddsa:
      whole = take(key_x, key.x);
      break;
  }
  if (!whole) return std::nullopt;
  return key;
}

constexpr std::array<std::string_view, 1> set_names{"keys"};
constexpr std::array<std::string_view, 2> metadata_names{"issuer", "jwks_uri"};

}  // namespace

Result<AccessToken> parse_access_token(std::string_view text, std::string_view role_claim) {
  if (text.size() > access_token_bytes_max) return refused("the token is too long");
  const auto first = text.find('.');
  const auto second = first == std::string_view::npos ? first : text.find('.', first + 1);
  if (second == std::string_view::npos || text.find('.', second + 1) != std::string_view::npos) {
    return refused("the token does not have three parts");
  }
  auto header = parse_base64url(text.substr(0, first));
  auto claims = parse_base64url(text.substr(first + 1, second - first - 1));
  auto signature = parse_base64url(text.substr(second + 1));
  if (!header || !claims || !signature) return refused("a part of the token is not base64url");
  AccessToken token;
  TRY(read_header(*std::move(header), token));
  if (!role_claim.empty()) add_roles(*claims, role_claim, token);
  TRY(read_claims(*std::move(claims), token));
  token.signed_text = text.substr(0, second);
  token.signature = *std::move(signature);
  return token;
}

Result<std::vector<SigningKey>> parse_jwks(std::string text) {
  if (text.size() > jwks_bytes_max) return invalid("the issuer's keys are too long");
  json::Reader reader(text);
  std::vector<SigningKey> keys;
  std::size_t count = 0;
  bool there = false;
  json::Read read = json::Read::ok;
  json::Read read_list = json::Read::ok;
  const auto read_key = [&](std::size_t, json::Reader::Value value) {
    ++count;
    KeyMembers members;
    bool wrong = false;
    json::Read read_object = json::Read::ok;
    const bool acceptable = reader.object(
        value, key_names,
        [&](std::size_t index, json::Reader::Value member) {
          return read_text(reader, member, members[index], wrong);
        },
        read_object);
    if (!acceptable) return false;
    auto key = read_object == json::Read::ok && !wrong ? signing_key_of(members) : std::nullopt;
    if (key && keys.size() < signing_keys_max) keys.push_back(*std::move(key));
    return true;
  };
  const bool acceptable = reader.document(
      set_names,
      [&](std::size_t, json::Reader::Value value) {
        there = true;
        return reader.array(value, read_key, read_list);
      },
      read);
  if (!acceptable) return reader.error();
  if (read != json::Read::ok || read_list != json::Read::ok || !there) {
    return invalid("the issuer's keys are not a JWK Set");
  }
  if (count > signing_keys_max) return invalid("the issuer has too many keys");
  return keys;
}

Result<IssuerMetadata> parse_issuer_metadata(std::string text) {
  if (text.size() > jwks_bytes_max) return invalid("the issuer's discovery document is too long");
  json::Reader reader(text);
  IssuerMetadata metadata;
  bool wrong = false;
  json::Read read = json::Read::ok;
  const bool acceptable = reader.document(
      metadata_names,
      [&](std::size_t index, json::Reader::Value value) {
        return read_text(reader, value, index == 0 ? metadata.issuer : metadata.jwks_url, wrong);
      },
      read);
  if (!acceptable) return reader.error();
  if (read != json::Read::ok || wrong || metadata.issuer.empty() || metadata.jwks_url.empty()) {
    return invalid("the issuer's discovery document has no issuer or no jwks_uri");
  }
  return metadata;
}

}  // namespace scorekeeper::wire
