#include "app/import_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string_view>
#include <utility>

namespace scorekeeper::app {
namespace {

namespace fs = std::filesystem;

Error cannot_read(const std::string& path, const std::error_code& why) {
  return invalid(fmt::format("cannot read \"{}\": {}", path, why.message()));
}

Result<std::string> read_text(const std::string& path) {
  if (path == "-") {
    return std::string(std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>());
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) return invalid(fmt::format("cannot read the file \"{}\"", path));
  return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

// A line `apiVersion: backstage.io/…`, or that of a template. Nothing is parsed: folders hold much
// YAML of others, which may be no YAML at all.
bool has_backstage(std::string_view text) {
  constexpr std::string_view key = "apiVersion:";
  for (std::size_t at = text.find(key); at != std::string_view::npos;
       at = text.find(key, at + key.size())) {
    const bool begins = at == 0 || std::string_view("\n\r{, \"").contains(text[at - 1]) ||
                        text.substr(0, at).ends_with("\xef\xbb\xbf");
    auto value = text.substr(at + key.size(), 64);
    value = value.substr(0, value.find('\n'));
    if (begins && value.contains("backstage.io/")) return true;
  }
  return false;
}

bool is_yaml(const fs::path& path) {
  return path.extension() == ".yaml" || path.extension() == ".yml";
}

bool is_left_out(const fs::path& folder) {
  const auto name = folder.filename().string();
  return name.starts_with('.') || name == "node_modules";
}

Result<std::vector<std::string>> find_yaml(const std::string& folder) {
  std::vector<std::string> paths;
  std::error_code problem;
  fs::recursive_directory_iterator at(folder, problem);
  for (; !problem && at != fs::recursive_directory_iterator(); at.increment(problem)) {
    if (at->is_directory(problem) && is_left_out(at->path())) at.disable_recursion_pending();
    if (is_yaml(at->path()) && at->is_regular_file(problem)) paths.push_back(at->path().string());
  }
  if (problem) return cannot_read(folder, problem);
  std::ranges::sort(paths);
  return paths;
}

Result<void> read_folder(const std::string& folder, std::vector<BackstageFile>& files) {
  const auto before = files.size();
  for (const auto& path : TRY(find_yaml(folder))) {
    auto text = TRY(read_text(path));
    if (!has_backstage(text)) continue;
    files.push_back({.name = path, .text = std::move(text), .found = true});
  }
  if (files.size() > before) return {};
  return invalid(
      fmt::format("no file *.yaml or *.yml under \"{}\" has a document of Backstage (apiVersion: "
                  "backstage.io/…)",
                  folder));
}

}  // namespace

Result<std::vector<BackstageFile>> read_backstage_files(const std::vector<std::string>& paths) {
  std::vector<BackstageFile> files;
  for (const auto& path : paths) {
    std::error_code ignored;  // what is no folder is read, and then there is a message
    if (path != "-" && fs::is_directory(path, ignored)) {
      TRY(read_folder(path, files));
    } else {
      files.push_back({.name = path, .text = TRY(read_text(path))});
    }
  }
  return files;
}

}  // namespace scorekeeper::app
