#include "app/import_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <optional>
#include <span>
#include <utility>

#include "domain/entity.h"
#include "domain/text.h"
#include "json/tree.h"
#include "json/writer.h"
#include "wire/yaml_reader.h"

namespace scorekeeper::app {
namespace {

constexpr std::size_t request_bytes_max = 4 << 20;  // half of what the server takes by default

std::string_view name_of(ImportStatus status) {
  switch (status) {
    case ImportStatus::ready:
      return "ready";
    case ImportStatus::imported:
      return "imported";
    case ImportStatus::skipped:
      return "skipped";
    case ImportStatus::failed:
      return "failed";
  }
  return "";
}

// A document whose text is read, but not mapped.
struct Part {
  std::size_t document = 0;
  std::string_view text;
  json::Tree tree;
};

ImportedDocument map(const Part& part, wire::BackstageReferences& references,
                     ImportedDocument document) {
  // The server checks its own limits, so these here are the defaults.
  auto mapped = wire::parse_backstage(part.tree, part.text, references, Limits());
  document.name = std::move(mapped.name);
  document.problem = std::move(mapped.problem);
  document.remarks = std::move(mapped.remarks);
  if (mapped.definition) {
    document.status = ImportStatus::ready;
    document.reference = std::move(mapped.definition->reference);
    document.schema = std::move(mapped.definition->schema);
  } else {
    document.status = mapped.has_place ? ImportStatus::failed : ImportStatus::skipped;
  }
  return document;
}

// Only one document may become an entity, whatever the spellings of its name: the catalog would
// keep the last one alone, and nobody would be told.
void refuse_repeated(std::vector<ImportedDocument>& documents) {
  std::map<std::string, const ImportedDocument*> firsts;
  for (auto& document : documents) {
    if (document.status != ImportStatus::ready) continue;
    const auto [first, fresh] = firsts.try_emplace(fold_reference(document.reference), &document);
    if (fresh) continue;
    document.status = ImportStatus::failed;
    document.problem = fmt::format("{} is already the {} of {}:{}", document.reference,
                                   first->second->name, first->second->file, first->second->line);
  }
}

using Documents = std::span<ImportedDocument* const>;

void settle(Documents documents, ImportStatus status, const std::string& problem) {
  for (auto* document : documents) {
    document->status = status;
    document->problem = problem;
    document->refused = status == ImportStatus::failed;
  }
}

std::string percent_encode(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-._~").contains(c);
    encoded += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return encoded;
}

std::string lower(std::string_view text) {
  std::string lowered(text);
  std::ranges::transform(lowered, lowered.begin(), to_lower);
  return lowered;
}

// The canonical references of a list of entities.
Result<std::vector<std::string>> references_in(const Answer& answer) {
  auto body = answer.body;
  const auto tree = json::read_json(body);
  const auto* data = tree ? tree->find("data") : nullptr;
  if (answer.status != 200 || data == nullptr) {
    return make_error(Code::unavailable, "cannot look at the catalog: " + problem_of(answer));
  }
  std::vector<std::string> references;
  for (const auto& entity : data->children) {
    const auto* attributes = entity.find("attributes");
    const auto text = [&](std::string_view name) {
      const auto* member = attributes == nullptr ? nullptr : attributes->find(name);
      return member == nullptr ? std::string() : member->text;
    };
    const auto reference = fmt::format("{}:{}/{}", text("kind"), text("namespace"), text("name"));
    if (parse_entity_reference(reference)) references.push_back(reference);
  }
  return references;
}

std::vector<ImportedDocument*> ready_ones(std::vector<ImportedDocument>& documents) {
  std::vector<ImportedDocument*> ready;
  for (auto& document : documents) {
    if (document.status == ImportStatus::ready) ready.push_back(&document);
  }
  return ready;
}

// Documents that are refused together, or are too many, go one by one. false: the server does not
// answer.
bool send(Documents documents, const Post& post) {
  std::string json = "[";
  for (const auto* document : documents) {
    if (json.size() > 1) json += ',';
    json += document->schema;
  }
  json += ']';
  const auto answer = send_patiently([&] { return post(json); });
  if (!answer) {
    settle(documents, ImportStatus::failed, answer.error().detail);
    return false;
  }
  if (answer->status == 202) {
    settle(documents, ImportStatus::imported, {});
  } else if ((answer->status != 400 && answer->status != 413) || documents.size() == 1) {
    settle(documents, ImportStatus::failed, problem_of(*answer));
    documents.front()->refused = answer->status != 400;
  } else {
    for (std::size_t i = 0; i < documents.size(); ++i) {
      if (!send(documents.subspan(i, 1), post)) {
        settle(documents.subspan(i), ImportStatus::failed, documents[i]->problem);
        return false;
      }
    }
  }
  return true;
}

std::size_t count(const std::vector<ImportedDocument>& documents, ImportStatus status) {
  return static_cast<std::size_t>(std::ranges::count(documents, status, &ImportedDocument::status));
}

constexpr ImportStatus statuses[] = {ImportStatus::ready, ImportStatus::imported,
                                     ImportStatus::skipped, ImportStatus::failed};

std::string write_text(const std::vector<ImportedDocument>& documents) {
  std::string text;
  std::string_view refusal;  // told once
  for (const auto& document : documents) {
    text += fmt::format("{:8}  {}:{}  {}", name_of(document.status), printable(document.file),
                        document.line, printable(document.name));
    if (!document.reference.empty()) text += " -> " + printable(document.reference);
    if (document.refused && document.problem == refusal) {
      text += ": the same";
    } else if (!document.problem.empty()) {
      text += ": " + printable(document.problem);
    }
    if (document.refused) refusal = document.problem;
    text += '\n';
    for (const auto& remark : document.remarks) {
      text += fmt::format("          {}: {}\n", printable(remark.place), printable(remark.text));
    }
  }
  std::string separator;
  for (const auto status : statuses) {
    text += fmt::format("{}{} {}", separator, count(documents, status), name_of(status));
    separator = ", ";
  }
  return text + "\n";
}

std::string write_json(const std::vector<ImportedDocument>& documents) {
  json::Writer json;
  json.begin_object().key("documents").begin_array();
  for (const auto& document : documents) {
    json.begin_object().member("file", document.file);
    json.key("line").number(static_cast<std::int64_t>(document.line));
    json.member("name", document.name).optional_member("problem", document.problem);
    json.optional_member("reference", document.reference);
    json.key("remarks").begin_array();
    for (const auto& remark : document.remarks) {
      json.begin_object().member("place", remark.place).member("text", remark.text).end_object();
    }
    json.end_array().member("status", name_of(document.status)).end_object();
  }
  json.end_array();
  for (const auto status : statuses) {
    json.key(name_of(status)).number(static_cast<std::int64_t>(count(documents, status)));
  }
  return json.end_object().take() + "\n";
}

}  // namespace

std::vector<ImportedDocument> map_backstage(const std::vector<BackstageFile>& files,
                                            wire::FindNamed find_named) {
  std::vector<ImportedDocument> documents;
  std::vector<Part> parts;
  wire::BackstageReferences references(std::move(find_named));
  for (const auto& file : files) {
    for (const auto& text : wire::split_yaml(file.text)) {
      auto& document = documents.emplace_back();
      document.file = file.name;
      document.line = text.first_line;
      auto tree = wire::read_yaml(text);
      if (!tree) {
        document.problem = tree.error().detail;
        continue;
      }
      if (file.found && !wire::is_backstage(*tree)) {
        documents.pop_back();
        continue;
      }
      references.add(*tree);
      parts.push_back({documents.size() - 1, text.text, *std::move(tree)});
    }
  }
  for (const auto& part : parts) {
    auto& document = documents[part.document];
    document = map(part, references, std::move(document));
  }
  refuse_repeated(documents);
  return documents;
}

Result<std::vector<std::string>> ServerCatalog::ask(std::string_view name) {
  const auto target = "/api/v2/catalog/entity?filter%5Bname%5D=" + percent_encode(name) +
                      "&includeDiscovered=true&page%5Blimit%5D=1000";
  return references_in(TRY(send_patiently([&] { return get_(target); })));
}

const std::vector<std::string>& ServerCatalog::find_named(std::string_view name) {
  const auto [known, fresh] = known_.try_emplace(std::string(name));
  if (!fresh) return known->second;
  // Backstage takes Orders and orders for one; of most kinds the server does not.
  std::vector<std::string> spellings{std::string(name)};
  if (lower(name) != name) spellings.push_back(lower(name));
  for (const auto& spelling : spellings) {
    if (!problem_.empty() || !known->second.empty()) break;
    auto found = ask(spelling);
    if (found) {
      known->second = *std::move(found);
    } else {
      problem_ = found.error().detail;
    }
  }
  return known->second;
}

void send_definitions(std::vector<ImportedDocument>& documents, const Post& post,
                      const Limits& limits) {
  const auto ready = ready_ones(documents);
  for (std::size_t from = 0; from < ready.size();) {
    std::size_t to = from;
    std::size_t bytes = 0;
    while (to < ready.size() && to - from < limits.definitions_max &&
           (to == from || bytes + ready[to]->schema.size() < request_bytes_max)) {
      bytes += ready[to++]->schema.size() + 1;
    }
    const Documents batch(ready.data() + from, to - from);
    if (!send(batch, post)) {
      settle(Documents(ready).subspan(to), ImportStatus::failed, batch.back()->problem);
      return;
    }
    from = to;
  }
}

std::string write_import(const std::vector<ImportedDocument>& documents, Format format) {
  return format == Format::json ? write_json(documents) : write_text(documents);
}

namespace {

std::vector<ImportedDocument> import_with(HttpClient& client,
                                          const std::vector<BackstageFile>& files) {
  ServerCatalog catalog([&](const std::string& target) { return client.get(target); });
  auto documents = map_backstage(
      files, [&](std::string_view, std::string_view name) -> Result<std::vector<std::string>> {
        return catalog.find_named(name);
      });
  if (catalog.problem().empty()) {
    send_definitions(
        documents,
        [&](const std::string& json) { return client.post("/api/v2/catalog/entity", json); },
        Limits());
  } else {
    settle(ready_ones(documents), ImportStatus::failed, catalog.problem());
  }
  return documents;
}

}  // namespace

Result<bool> import_backstage(const ImportOptions& options) {
  std::optional<HttpClient> client;
  if (!options.dry_run) {
    client = TRY(open_client(options.server));
  }
  const auto files = TRY(read_backstage_files(options.files));
  auto documents = client ? import_with(*client, files) : map_backstage(files);
  const auto report = write_import(documents, options.format);
  std::fputs(report.c_str(), stdout);
  return count(documents, ImportStatus::failed) == 0;
}

}  // namespace scorekeeper::app
