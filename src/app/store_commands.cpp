#include "app/store_commands.h"

#include <fmt/format.h>

#include <cstdio>

#include "app/config.h"
#include "app/stores.h"
#include "base/utf8.h"
#include "domain/text.h"
#include "json/writer.h"
#include "store/sqlite/directory.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/tools/backup.h"

namespace scorekeeper::app {
namespace {

void print(const std::string& text) { std::fputs(text.c_str(), stdout); }

// Text from a file that may be damaged, in a line of a terminal or in JSON.
std::string printable(std::string_view text) {
  std::string line;
  while (!text.empty()) {
    const std::size_t bytes = utf8_character_bytes(text);
    const bool good = bytes > 0 && !has_control_character(text.substr(0, bytes));
    line += good ? text.substr(0, bytes) : "?";
    text.remove_prefix(bytes > 0 ? bytes : 1);
  }
  return line;
}

void add_number(json::Writer& json, std::string_view name, std::uint64_t value) {
  json.key(name).number(static_cast<std::int64_t>(value));
}

// `done`: "backup of A in B".
std::string write_copy(const std::string& from, const std::string& to, const std::string& done,
                       const store::sqlite::BackupReport& report, Format format) {
  if (format == Format::text) {
    return fmt::format("{}: {} rows, position {}, {} bytes\n", printable(done), report.rows,
                       report.position.number, report.bytes);
  }
  json::Writer json;
  json.begin_object().member("from", printable(from)).member("to", printable(to));
  add_number(json, "rows", report.rows);
  add_number(json, "position", report.position.number);
  add_number(json, "bytes", report.bytes);
  return json.end_object().take() + "\n";
}

std::string write_verification_json(const std::string& path,
                                    const store::sqlite::Verification& verification,
                                    const std::optional<VerifiedSnapshot>& snapshot) {
  json::Writer json;
  json.begin_object().member("path", printable(path));
  json.key("version").number(verification.version);
  add_number(json, "position", verification.position.number);
  json.key("counts").begin_object();
  for (const auto& [name, count] : verification.counts) add_number(json, name, count);
  json.end_object();
  if (snapshot) {
    json.key("snapshot").begin_object();
    json.key("found").boolean(snapshot->found);
    add_number(json, "position", snapshot->position);
    json.key("notes").begin_array();
    for (const auto& note : snapshot->notes) json.string(printable(note));
    json.end_array().end_object();
  }
  add_number(json, "faults_total", verification.faults_total);
  json.key("faults").begin_array();
  for (const auto& fault : verification.faults) json.string(printable(fault));
  return json.end_array().end_object().take() + "\n";
}

std::int64_t known_version() { return store::sqlite::known_version(); }

struct Versions {
  std::int64_t before;
  std::int64_t now;
  std::int64_t known;
};

std::string write_version(const std::string& store, const Versions& versions, Format format) {
  const auto [before, now, known] = versions;
  if (format == Format::json) {
    json::Writer json;
    json.begin_object().member("store", printable(store));
    json.key("version_before").number(before).key("version").number(now);
    json.key("known_version").number(known);
    return json.end_object().take() + "\n";
  }
  const std::string name = printable(store);
  if (now < known) {
    return fmt::format(
        "{}: version {}, this release writes version {}; `scorekeeper migrate up` brings it up to "
        "date, and so does the start of the server\n",
        name, now, known);
  }
  if (before < now) return fmt::format("{}: brought from version {} to {}\n", name, before, now);
  return fmt::format("{}: version {}, up to date\n", name, now);
}

}  // namespace

std::string write_verification(const std::string& path,
                               const store::sqlite::Verification& verification,
                               const std::optional<VerifiedSnapshot>& snapshot, Format format) {
  if (format == Format::json) return write_verification_json(path, verification, snapshot);
  std::string text;
  for (const auto& fault : verification.faults) text += "wrong: " + printable(fault) + "\n";
  if (verification.faults_total > verification.faults.size()) {
    text += fmt::format("… and {} more\n", verification.faults_total - verification.faults.size());
  }
  if (snapshot) {
    for (const auto& note : snapshot->notes) text += "note: " + printable(note) + "\n";
  }
  text += fmt::format("{}: version {}, position {}", printable(path), verification.version,
                      verification.position.number);
  for (const auto& [name, count] : verification.counts) text += fmt::format(", {} {}", count, name);
  return text + (verification.faults_total == 0
                     ? "; nothing is wrong\n"
                     : fmt::format("; faults: {}\n", verification.faults_total));
}

Result<void> store_backup(const std::string& store, const std::string& file, Format format) {
  TRY(check_embedded(store, "backup"));
  const auto report = TRY(store::sqlite::back_up(store, file));
  print(write_copy(store, file, "backup of " + store + " in " + file, report, format));
  return {};
}

Result<void> store_restore(const std::string& file, const std::string& store, Format format) {
  TRY(check_embedded(store, "restore"));
  const auto report = TRY(store::sqlite::restore(file, store));
  print(write_copy(file, store, "restored " + file + " into " + store, report, format));
  return {};
}

Result<bool> store_verify(const std::string& store, Format format) {
  TRY(check_embedded(store, "verify"));
  const std::string path = store::sqlite::database_path(store);
  auto verification = TRY(store::sqlite::verify(path));
  const auto snapshot = TRY(verify_snapshot(store, verification));
  print(write_verification(path, verification, snapshot, format));
  return verification.faults_total == 0;
}

Result<bool> file_verify(const std::string& file, Format format) {
  const auto verification = TRY(store::sqlite::verify(file));
  print(write_verification(file, verification, {}, format));
  return verification.faults_total == 0;
}

Result<void> store_migrate_status(const std::string& store, Format format) {
  TRY(check_store(store));
  if (store::postgres::is_address(store)) {
    const auto report = TRY(store::postgres::status(store));
    print(write_version(mask_password(store), {report.now, report.now, report.known}, format));
    return {};
  }
  const std::string path = store::sqlite::database_path(store);
  const auto version = TRY(store::sqlite::open_to_read(path)).version;
  TRY(store::sqlite::check_known(path, version));
  print(write_version(store, {version, version, known_version()}, format));
  return {};
}

Result<void> store_migrate_up(const std::string& store, Format format) {
  TRY(check_store(store));
  if (store::postgres::is_address(store)) {
    const auto report = TRY(store::postgres::upgrade(store));
    print(write_version(mask_password(store), {report.before, report.now, report.known}, format));
    return {};
  }
  const auto before = TRY(store::sqlite::upgrade(store));
  print(write_version(store, {before, known_version(), known_version()}, format));
  return {};
}

}  // namespace scorekeeper::app
