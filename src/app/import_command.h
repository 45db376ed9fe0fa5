// scorekeeper import backstage FILE…: reads catalog-info.yaml files, sends their entities to a
// running server and reports on each document and on each member that has no place in the catalog.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "app/import_files.h"
#include "app/key_commands.h"
#include "app/server_calls.h"
#include "base/limits.h"
#include "base/result.h"
#include "wire/backstage.h"

namespace scorekeeper::app {

enum class ImportStatus {
  ready,     // mapped, not sent (yet)
  imported,  // the server has it
  skipped,   // the catalog has no kind for it
  failed,    // malformed, wrong, or refused by the server
};

struct ImportedDocument {
  std::string file;
  std::size_t line = 1;  // where it begins
  ImportStatus status = ImportStatus::failed;
  std::string name;       // as Backstage calls it
  std::string reference;  // of the entity; empty: none
  std::string problem;    // of skipped and failed ones
  bool refused = false;   // the problem is not the document's: all that was sent with it has it
  std::vector<wire::BackstageRemark> remarks;
  std::string schema;  // what is sent
};

// All files together: what refers to a component finds it in another file, then with `find_named`.
std::vector<ImportedDocument> map_backstage(const std::vector<BackstageFile>& files,
                                            wire::FindNamed find_named = nullptr);

using Get = std::function<Result<Answer>(const std::string& target)>;
// The entities of the server's catalog by their names; asks for each name once. One thread.
class ServerCatalog {
 public:
  explicit ServerCatalog(Get get) : get_(std::move(get)) {}
  // None when the server could not be asked.
  const std::vector<std::string>& find_named(std::string_view name);
  // The reason why it could not be asked; it is not asked again.
  const std::string& problem() const { return problem_; }

 private:
  Result<std::vector<std::string>> ask(std::string_view name);

  Get get_;
  std::string problem_;
  std::map<std::string, std::vector<std::string>, std::less<>> known_;
};

using Post = std::function<Result<Answer>(const std::string& json)>;
// Sends what is ready, several in one request; a request that is refused is sent again document by
// document, so that the good ones come in. When the server does not answer, the rest fails.
void send_definitions(std::vector<ImportedDocument>& documents, const Post& post,
                      const Limits& limits);

// The report, for people or as one JSON document.
std::string write_import(const std::vector<ImportedDocument>& documents, Format format);

struct ImportOptions {
  std::vector<std::string> files;  // and folders; "-" = standard input
  ServerAccess server;
  bool dry_run = false;
  Format format = Format::text;
};
// Prints the report. false: a document failed. Errors: of the options, of the files.
Result<bool> import_backstage(const ImportOptions& options);

}  // namespace scorekeeper::app
