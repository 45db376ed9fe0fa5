// scorekeeper import backstage FILE…: reads catalog-info.yaml files, sends their entities to a
// running server and tells what became of each document and of each member that has no place.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "app/http_client.h"
#include "app/key_commands.h"
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
  std::vector<wire::BackstageRemark> remarks;
  std::string schema;  // what is sent
};

struct BackstageFile {
  std::string name;
  std::string text;
};

// All files together: what refers to a component finds it in another file.
std::vector<ImportedDocument> map_backstage(const std::vector<BackstageFile>& files);

using Post = std::function<Result<Answer>(const std::string& json)>;
// Sends what is ready, several in one request; a request that is refused is sent again document by
// document, so that the good ones come in. When the server does not answer, the rest fails.
void send_definitions(std::vector<ImportedDocument>& documents, const Post& post,
                      const Limits& limits);

// The report, for people or as one JSON document.
std::string write_import(const std::vector<ImportedDocument>& documents, Format format);

struct ImportOptions {
  std::vector<std::string> files;  // "-" = standard input
  std::string url = "http://127.0.0.1:8080";
  std::string api_key_file;          // empty: the environment's DD_API_KEY
  std::string application_key_file;  // empty: the environment's DD_APP_KEY
  bool dry_run = false;
  Format format = Format::text;
};
// Prints the report. false: a document failed. Errors: of the options, of the files.
Result<bool> import_backstage(const ImportOptions& options);

}  // namespace scorekeeper::app
