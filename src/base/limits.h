// Every limit that a caller or an operator can meet, with the reason for its value; a bound of one
// file's internals is a constant in that file. The members of struct Limits are
// defaults that the operator can change (docs/configuration.md); over a bound is an error that says
// so, never a silent cut (docs/decisions/0009-limits-and-overload.md).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace scorekeeper {

struct Limits {
  // --- requests
  std::size_t results_max = 10'000;      // one batch; keeps a group under a commit's target
  std::size_t body_bytes_max = 8 << 20;  // after decoding; 10,000 results of 800 bytes
  std::size_t body_bytes_in_flight_max = 512 << 20;  // all connections together; else 503
  std::size_t target_bytes_max = 8 << 10;   // the longest documented filters are under 1 KiB
  std::size_t header_bytes_max = 16 << 10;  // as most proxies
  // Of these an organisation, and a peer, may hold so much: half is left to the others.
  std::size_t body_bytes_per_org_max = 256 << 20;
  std::size_t body_bytes_per_peer_max = 256 << 20;  // a peer may be a proxy, of everybody
  // Bytes of answers that clients have not read yet, all connections together and those of one
  // organisation: over it, a query is 503 before its answer is made.
  std::size_t answer_bytes_in_flight_max = 256 << 20;
  std::size_t answer_bytes_per_org_max = 64 << 20;
  std::size_t queries_waiting_max = 1'024;  // of one organisation, for a thread
  std::size_t connections_max = 4'096;      // some KiB each
  // Of one address: a quarter is left to the others where a proxy brings everybody.
  std::size_t connections_per_peer_max = 3'072;
  std::chrono::milliseconds read_timeout{30'000};   // one whole request; cuts off slow clients
  std::chrono::milliseconds write_timeout{30'000};  // one whole answer
  std::chrono::milliseconds idle_timeout{75'000};   // between requests; proxies have 60 s
  std::chrono::milliseconds drain_timeout{10'000};  // after SIGTERM
  // --- fields; a longer one is refused, never cut; characters are Unicode code points
  std::size_t remarks_characters_max = 4'096;
  std::size_t entity_reference_bytes_max = 1'024;
  std::size_t name_characters_max = 255;
  std::size_t description_characters_max = 4'096;
  std::size_t query_terms_max = 100;  // of a scope or filter
  // Of one request whose query is evaluated for all entities: a step is about a byte that is
  // compared, 10⁹ of them take a second or two. 90 wildcards of 40 bytes on 20,000 names of 200
  // take 5·10⁸.
  std::uint64_t query_work_max = 1'000'000'000;
  std::chrono::milliseconds query_deadline{10'000};  // of the same; proxies wait for 60 s
  std::size_t page_size_max = 100;                   // rules, outcomes, scorecards: as the original
  std::size_t scores_page_size_max = 1'000;          // as the original
  // --- the catalog
  std::size_t catalog_page_size_max = 1'000;     // entities, kinds, relations: as the original
  std::size_t definitions_max = 100;             // in one request
  std::size_t definition_bytes_max = 256 << 10;  // a page of 1,000 of them stays in memory
  std::size_t tags_max = 100;                    // of an entity
  std::size_t references_max = 1'000;            // of an entity to others
  // --- organisations
  std::size_t entities_max = 2'000'000;  // live ones; memory of one org's matrix
  std::size_t rules_max = 10'000;
  std::size_t campaigns_max = 10'000;  // each is looked at by a list
  // Terms of all distinct scopes of an org's rules: each publish with a new entity passes over
  // them, 100,000 in some 0.2 ms, which is little beside the commit.
  std::size_t scope_terms_max = 100'000;
  // Distinct ones with * or ? and words: tried on each new entity, counted by what that takes, 1 to
  // 10 and more (matrix::trial_weight); 8 MiB of new names hold the committer for some 0.12 s.
  std::size_t scope_wildcards_max = 200;
  // Distinct tags, tiers, types, languages and so on of an org's definitions: some 100 bytes each.
  std::size_t tag_texts_max = 1'000'000;
  std::size_t scorecards_max = 1'000;  // each is looked at by a list; people keep some ten
  // Kinds that are described; and the same number of distinct kinds of entities: lists and scores
  // by kind look at each.
  std::size_t kinds_max = 1'000;
  std::size_t owners_max = 100'000;  // distinct ones: scores by team look at each
  // --- intake
  std::size_t queue_requests_max = 4'096;       // one per connection
  std::size_t queue_bytes_max = 256 << 20;      // text of the batches that wait
  std::size_t group_outcomes_max = 20'000;      // one publish holds readers back for 2 ms
  std::uint32_t rate_limit_requests = 600'000;  // of each key in a period
  // Requests of all callers of an org together; high enough that the limit of one key applies
  // first.
  std::uint32_t rate_limit_org_requests = 6'000'000;
  std::uint32_t rate_limit_period_seconds = 60;
};

// Not configurable: part of a format.
inline constexpr std::size_t json_depth_max = 32;  // documented bodies are 5 deep
// Depth of a catalog definition; lower than json_depth_max, because it is stored inside other JSON.
inline constexpr std::size_t definition_depth_max = 24;
// Relations of all definitions in one request, in both directions, and the bytes of their texts:
// rows with five indexes, which the committer writes and takes away.
inline constexpr std::size_t relations_of_request_max = 5'000;
inline constexpr std::size_t relation_bytes_max = 2 << 20;
// The texts of all definitions in one request, each as it was sent and as JSON: the committer
// writes them to the log and to the table.
inline constexpr std::size_t definition_texts_max = 6 << 20;
// YAML of one request, as its body and as texts in it (interfaces of APIs): it is read a hundred
// times slower than JSON, this in up to two seconds.
inline constexpr std::size_t yaml_bytes_max = 2 << 20;
// Distinct references of the Backstage documents of one request: each is looked up once. As many as
// relations in one direction.
inline constexpr std::size_t backstage_references_max = relations_of_request_max / 2;
// Steps of a query's work (query_work_max) that a byte of a stored definition counts for where a
// page writes it: the schema is read as a tree, YAML by a slow reader. By the default a page has
// 2.5 MB of YAML: other organisations may wait for two such pages.
inline constexpr std::uint64_t schema_byte_steps = 10;
inline constexpr std::uint64_t yaml_byte_steps = 400;
// Reports of other tools, for the command `push`.
inline constexpr std::size_t report_bytes_max = 64 << 20;
inline constexpr std::size_t xml_depth_max = 64;        // suites in suites: some five
inline constexpr std::size_t report_names_max = 5;      // of failed tests in remarks
inline constexpr std::size_t report_name_length = 120;  // its characters, before they are escaped
inline constexpr std::size_t report_reason_length = 500;
inline constexpr std::size_t tree_values_max = 200'000;  // of a document of free shape: 16 MiB
inline constexpr std::size_t errors_max = 50;            // error objects in one answer
inline constexpr std::size_t query_depth_max = 32;       // brackets and NOT; bounds the recursion
// Terms of a stored query, whatever query_terms_max was when it came; Limits::query_terms_max is
// below.
inline constexpr std::size_t stored_query_terms_max = 10'000;
// Steps of a reader's look at the matrix for a query, so that a publish waits less than a
// millisecond for it.
inline constexpr std::uint64_t query_look_max = 500'000;
// With so many entities of an org, or more, a new scope is evaluated before its rule is queued:
// fewer take the committer a millisecond for most queries.
inline constexpr std::size_t draft_entities_min = 4'096;
// Steps that the committer takes for new scopes between two groups, some 5 ms.
inline constexpr std::uint64_t scope_piece_steps = 1'000'000;
// Keys of tags among which the one is looked for that an unknown field of a scope may mean.
inline constexpr std::size_t suggested_keys_max = 200;
inline constexpr std::size_t warnings_max = 20;  // of one kind in one answer
// Entities of one name, in all kinds and namespaces, that a reference of Backstage is compared
// with, under a lock.
inline constexpr std::size_t same_name_look_max = 1'000;
inline constexpr std::size_t header_count_max = 100;
inline constexpr std::size_t audit_page_size_max = 1'000;  // as pages of the catalog
// Of one value in the audit log; longer texts are told by their beginning: with the page's size,
// bounds an answer to some 50 MiB.
inline constexpr std::size_t audit_value_bytes_max = 4'096;
inline constexpr std::size_t audit_definition_bytes_max = 512;  // the texts of a definition
inline constexpr std::size_t worker_body_bytes_min = 64 << 10;  // larger ones leave the loop
// A query goes on for this long after its client has closed its sending half: most have left, a few
// still read.
inline constexpr auto half_closed_query_time = std::chrono::milliseconds(1'000);
// Beside connections_max, for the operations of the server itself (/healthz and the like).
inline constexpr std::size_t connections_reserved = 64;
// Open files beside those of connections: the store's, refused connections, listeners.
inline constexpr std::size_t files_beside_max = 256;
// Scores of so many cells, whole pages of entities × rules, are soon counted; larger ones leave the
// loop.
inline constexpr std::size_t loop_cells_max = 1'000'000;
inline constexpr std::size_t log_bytes_max = 8 << 20;              // lines that wait to be written
inline constexpr auto metrics_interval = std::chrono::seconds(1);  // between two that are made
// The store is asked whether it answers so often, and an answer is believed for so long.
inline constexpr auto store_probe_interval = std::chrono::seconds(1);
inline constexpr auto store_probe_fresh = std::chrono::seconds(5);
// times entities_max, rules_max, scorecards_max, campaigns_max: those that an org ever had. A
// deleted one keeps its number, since its history does; an entity its name, some 100 bytes; a rule
// its outcomes, which go when their entity is deleted.
inline constexpr std::size_t ever_factor = 10;
// A snapshot is written after so many changes, some 2 s of a whole fold, or after that time if 1 %
// of the cells have changed; at a stop it is given up before an init system kills.
inline constexpr std::uint64_t snapshot_changes = 5'000'000;
inline constexpr auto snapshot_interval = std::chrono::hours(1);
inline constexpr auto snapshot_stop_patience = std::chrono::seconds(10);
// The part of the intake queue that one org may fill, in percent: there is always room for the
// others.
inline constexpr std::size_t queue_org_percent = 75;
// A tail that is longer is not published at once: no request is served while it is read (60 bytes a
// position; readers wait 50 ms for the publish). At the highest rate some 3 s of outcomes.
inline constexpr std::uint64_t tail_positions_max = 1'000'000;
// Scratch of orgs that have a batch in a group, kept for the next one: 3.6 MiB where a group was
// full.
inline constexpr std::size_t group_scratch_kept = 4;
// The same of orgs that had a few outcomes in it, some 25 KiB each: a group of single outcomes may
// have tens of orgs.
inline constexpr std::size_t group_small_scratch_kept = 64;
inline constexpr std::size_t score_buffers_max = 2;          // of an org; the loop and a worker
inline constexpr auto request_kept = std::chrono::days(30);  // async-request documents
// Ids of rules that no server knew, and how long that is believed: another server may create them.
inline constexpr std::size_t unknown_rules_max = 10'000;
inline constexpr auto unknown_rule_kept = std::chrono::seconds(1);
// A request with scorekeeper-min-position waits for at most this long, and only so many wait at a
// time: each holds its connection.
inline constexpr auto position_wait = std::chrono::seconds(5);
inline constexpr std::size_t shown_waiters_max = 1'000;
inline constexpr std::size_t shown_waiters_of_org_max = 250;  // there is room for the others
inline constexpr auto reported_save_interval = std::chrono::seconds(60);
inline constexpr auto prune_interval = std::chrono::days(1);  // of the logs, where it is configured
// Records that one transaction of a prune rewrites, and fewer than a record has changes more: each
// is read, parsed and written again, and the committer waits meanwhile.
inline constexpr std::size_t prune_records_max = 300;
inline constexpr auto key_poll_interval = std::chrono::milliseconds(250);
inline constexpr unsigned refusals_logged_per_second = 20;  // a stranger must not fill the disk
// --- access tokens of an issuer
inline constexpr std::size_t access_token_bytes_max = 8 << 10;  // half of a request's header
inline constexpr std::size_t jwks_bytes_max = 256 << 10;        // of what an issuer answers
inline constexpr std::size_t signing_keys_max = 100;            // large issuers have some ten
inline constexpr std::size_t subject_characters_max = 255;      // OpenID Connect Core 1.0 §2
// Strangers may name keys that do not exist: they make us ask the issuer this often, no oftener.
inline constexpr auto issuer_refresh_interval_min = std::chrono::seconds(10);
inline constexpr auto issuer_timeout = std::chrono::seconds(10);  // of one request to it

}  // namespace scorekeeper
