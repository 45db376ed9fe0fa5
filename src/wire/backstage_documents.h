// Finds the documents of a Backstage file, or of a file with others among them, that the catalog
// has a place for. Pure functions; any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "wire/definition_source.h"

namespace scorekeeper::wire {

// Whether a definition is one of Backstage: its apiVersion says so.
bool is_backstage(const json::Tree& definition);
// The name of a document in messages: "Component default/shop", or the parts of it that are there.
std::string name_of_document(const json::Tree& definition);
// The reason why the catalog has no place for it: it is a User, Location or Template of Backstage,
// or a document of somebody else's ("apps/v1"). nullopt: it has one, or is none of these.
std::optional<std::string> why_no_place(const json::Tree& definition);

enum class DocumentsOf { catalog, services };
// Takes out what has no place: one such document in a valid file must not refuse the rest.
// `skipped` gets a sentence for each, unless it is null. If only
// services are wanted, only Components have a place. Nothing left is an error.
Result<void> skip_documents(std::vector<DefinitionSource>& sources, DocumentsOf wanted,
                            std::vector<std::string>* skipped);

}  // namespace scorekeeper::wire
