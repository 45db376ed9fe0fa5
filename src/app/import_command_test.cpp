#include "app/import_command.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "app/client_fixture.h"

namespace scorekeeper::app {
namespace {

const std::vector<BackstageFile> files{
    {.name = "shop.yaml",
     .text =
         "# The shop\napiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: shop}\n"
         "spec: {type: service, owner: ops, dependsOn: [component:money], color: red}\n"
         "---\napiVersion: backstage.io/v1alpha1\nkind: User\nmetadata: {name: ann}\n"},
    {.name = "libraries.yaml",
     .text = "---\napiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: money}\n"
             "spec: {type: library}\n---\nkind: [\n---\nkind: Component\n"}};

TEST(ImportBackstage, MapsAllFilesTogether) {
  const auto documents = map_backstage(files);
  ASSERT_EQ(documents.size(), 5U);
  EXPECT_EQ(documents[0].status, ImportStatus::ready);
  EXPECT_EQ(documents[0].reference, "service:default/shop");
  EXPECT_NE(documents[0].schema.find(R"("dependsOn":["library:default/money"])"),
            std::string::npos);
  EXPECT_EQ(documents[1].status, ImportStatus::skipped);
  EXPECT_EQ(documents[1].line, 7U);
  EXPECT_EQ(documents[2].status, ImportStatus::ready);
  EXPECT_EQ(documents[2].file, "libraries.yaml");
  EXPECT_EQ(documents[3].status, ImportStatus::failed);
  EXPECT_EQ(documents[4].status, ImportStatus::failed);
}

TEST(ImportBackstage, ReportsForPeopleAndPrograms) {
  const auto documents = map_backstage(files);
  EXPECT_EQ(write_import(documents, Format::text),
            "ready     shop.yaml:1  Component default/shop -> service:default/shop\n"
            "          spec.color: kept under extensions\n"
            "skipped   shop.yaml:7  User default/ann: the catalog has no place for a User\n"
            "ready     libraries.yaml:2  Component default/money -> library:default/money\n"
            "failed    libraries.yaml:7  : malformed YAML at line 8, column 1: end of sequence "
            "flow not found\n"
            "failed    libraries.yaml:9  Component default/: is no document of Backstage: its "
            "apiVersion does not say so\n"
            "2 ready, 0 imported, 1 skipped, 2 failed\n");
  const auto json = write_import({documents.begin(), documents.begin() + 2}, Format::json);
  EXPECT_EQ(
      json,
      R"({"documents":[{"file":"shop.yaml","line":1,"name":"Component default/shop","reference":"service:default/shop","remarks":[{"place":"spec.color","text":"kept under extensions"}],"status":"ready"},{"file":"shop.yaml","line":7,"name":"User default/ann","problem":"the catalog has no place for a User","remarks":[],"status":"skipped"}],"ready":1,"imported":0,"skipped":1,"failed":0})"
      "\n");
}

// Two kinds of Backstage may be one kind here; or one document stands in two files.
TEST(ImportBackstage, TellsWhoIsThereTwice) {
  const std::string head = "---\napiVersion: backstage.io/v1alpha1\nmetadata: {name: money}\n";
  const auto documents =
      map_backstage({{.name = "a.yaml",
                      .text = head + "kind: Component\nspec: {type: library}\n" + head +
                              "kind: Resource\nspec: {type: library}\n"},
                     {.name = "b.yaml",
                      .text = head + "kind: Component\nspec: {type: library}\n" + head +
                              "kind: Component\nspec: {type: service}\n"}});
  EXPECT_EQ(write_import(documents, Format::text),
            "ready     a.yaml:2  Component default/money -> library:default/money\n"
            "failed    a.yaml:7  Resource default/money -> library:default/money: "
            "library:default/money is already the Component default/money of a.yaml:2\n"
            "failed    b.yaml:2  Component default/money -> library:default/money: "
            "library:default/money is already the Component default/money of a.yaml:2\n"
            "ready     b.yaml:7  Component default/money -> service:default/money\n"
            "2 ready, 0 imported, 0 skipped, 2 failed\n");
}

TEST(ImportBackstage, TellsWhoIsThereTwiceInTwoSpellings) {
  const std::string head = "---\napiVersion: backstage.io/v1alpha1\nkind: Component\n";
  const std::string names[] = {"metadata: {name: Orders}\n", "metadata: {name: orders}\n"};
  std::string text;
  for (const auto* type : {"service", "library"}) {
    for (const auto& name : names) text += head + name + "spec: {type: " + type + "}\n";
  }
  EXPECT_EQ(write_import(map_backstage({{.name = "a.yaml", .text = text}}), Format::text),
            "ready     a.yaml:2  Component default/Orders -> service:default/Orders\n"
            "failed    a.yaml:7  Component default/orders -> service:default/orders: "
            "service:default/orders is already the Component default/Orders of a.yaml:2\n"
            "ready     a.yaml:12  Component default/Orders -> library:default/Orders\n"
            "ready     a.yaml:17  Component default/orders -> library:default/orders\n"
            "3 ready, 0 imported, 0 skipped, 1 failed\n");
}

TEST(ImportBackstage, LetsNoControlCharacterIntoATerminal) {
  ImportedDocument document;
  document.file = "a\x1b[2J";
  document.name = "b\nc";
  EXPECT_TRUE(write_import({document}, Format::text).starts_with("failed    a?[2J:1  b?c\n"));
}

// Documents that are ready, named 0, 1, …
std::vector<ImportedDocument> ready(std::size_t count) {
  std::vector<ImportedDocument> documents(count);
  for (std::size_t i = 0; i < count; ++i) {
    documents[i].status = ImportStatus::ready;
    documents[i].schema = std::to_string(i);
  }
  return documents;
}

// A letter of each status.
std::string statuses_of(const std::vector<ImportedDocument>& documents) {
  std::string letters;
  for (const auto& document : documents) letters += "risf"[static_cast<int>(document.status)];
  return letters;
}

struct Sent {
  std::vector<std::string> bodies;
  std::vector<ImportedDocument> documents;
};

// The requests that are sent when the server answers so.
Sent send(std::size_t count, const std::function<Result<Answer>(const std::string&)>& server) {
  Sent sent{.bodies = {}, .documents = ready(count)};
  Limits limits;
  limits.definitions_max = 3;
  send_definitions(
      sent.documents,
      [&](const std::string& json) {
        sent.bodies.push_back(json);
        return server(json);
      },
      limits);
  return sent;
}

Answer answer(int status, std::string body = {}) {
  return {.status = status, .body = std::move(body)};
}

using Bodies = std::vector<std::string>;

TEST(SendDefinitions, PutsSeveralIntoARequest) {
  const auto sent = send(7, [](const auto&) { return answer(202); });
  EXPECT_EQ(sent.bodies, (Bodies{"[0,1,2]", "[3,4,5]", "[6]"}));
  EXPECT_EQ(statuses_of(sent.documents), "iiiiiii");
  EXPECT_EQ(send(0, [](const auto&) { return answer(202); }).bodies, Bodies());
}

TEST(SendDefinitions, KeepsARequestBelowWhatTheServerTakes) {
  auto documents = ready(3);
  for (auto& document : documents) document.schema = std::string(3 << 20, '1');
  std::size_t requests = 0;
  send_definitions(
      documents,
      [&requests](const std::string& json) {
        ++requests;
        EXPECT_LT(json.size(), std::size_t{8} << 20);
        return answer(202);
      },
      Limits());
  EXPECT_EQ(requests, 3U);
}

TEST(SendDefinitions, SendsOneByOneWhatWasRefusedTogether) {
  const auto sent = send(4, [](const std::string& json) {
    return json.find('1') == std::string::npos
               ? answer(202)
               : answer(400, R"({"errors":[{"title":"Bad Request","detail":"a"},{"title":"b"}]})");
  });
  EXPECT_EQ(sent.bodies, (Bodies{"[0,1,2]", "[0]", "[1]", "[2]", "[3]"}));
  EXPECT_EQ(statuses_of(sent.documents), "ifii");
  EXPECT_EQ(sent.documents[1].problem, "the server answers 400: a; b");
}

// Together they may have too many relations.
TEST(SendDefinitions, SendsOneByOneWhatIsTooMuchTogether) {
  const auto sent =
      send(2, [](const std::string& json) { return answer(json.contains(',') ? 413 : 202); });
  EXPECT_EQ(sent.bodies, (Bodies{"[0,1]", "[0]", "[1]"}));
  EXPECT_EQ(statuses_of(sent.documents), "ii");
}

TEST(SendDefinitions, FailsWithWhatTheServerSays) {
  const auto sent = send(4, [](const auto&) { return answer(403, R"({"errors":["Forbidden"]})"); });
  EXPECT_EQ(sent.bodies, (Bodies{"[0,1,2]", "[3]"}));
  EXPECT_EQ(statuses_of(sent.documents), "ffff");
  EXPECT_EQ(sent.documents[0].problem, "the server answers 403: Forbidden");
  EXPECT_EQ(write_import(sent.documents, Format::text),
            "failed    :1  : the server answers 403: Forbidden\n"
            "failed    :1  : the same\n"
            "failed    :1  : the same\n"
            "failed    :1  : the same\n"
            "0 ready, 0 imported, 0 skipped, 4 failed\n");
  const auto other = send(1, [](const auto&) { return answer(502, "<html>"); });
  EXPECT_EQ(other.documents[0].problem, "the server answers 502");
}

TEST(SendDefinitions, StopsWhenTheServerDoesNotAnswer) {
  const auto sent = send(7, [](const std::string& json) -> Result<Answer> {
    if (json == "[0,1,2]") return answer(202);
    return make_error(Code::unavailable, "gone");
  });
  EXPECT_EQ(sent.bodies, (Bodies{"[0,1,2]", "[3,4,5]"}));
  EXPECT_EQ(statuses_of(sent.documents), "iiiffff");
  EXPECT_EQ(sent.documents[6].problem, "gone");
  const auto halfway = send(4, [](const std::string& json) -> Result<Answer> {
    if (json == "[0,1,2]") return answer(400);
    if (json == "[0]") return answer(202);
    return make_error(Code::unavailable, "gone");
  });
  EXPECT_EQ(statuses_of(halfway.documents), "ifff");
}

TEST(ServerCatalog, AsksForEachNameOnceAndInLowerCaseWhereNeeded) {
  std::vector<std::string> asked;
  ServerCatalog catalog([&](const std::string& target) -> Result<Answer> {
    asked.push_back(target);
    if (target.find("=a%2Fb%20c&") == std::string::npos) return answer(200, R"({"data":[]})");
    return answer(200, R"({"data":[{"attributes":{"kind":"queue","name":"a/b c",)"
                       R"("namespace":"eu"}},{"attributes":{}}]})");
  });
  const std::vector<std::string> found{"queue:eu/a/b c"};
  EXPECT_EQ(catalog.find_named("A/B c"), found);
  EXPECT_EQ(catalog.find_named("A/B c"), found);
  EXPECT_TRUE(catalog.find_named("none").empty());
  const std::string path = "/api/v2/catalog/entity?filter%5Bname%5D=";
  const std::string rest = "&includeDiscovered=true&page%5Blimit%5D=1000";
  EXPECT_EQ(asked,
            (Bodies{path + "A%2FB%20c" + rest, path + "a%2Fb%20c" + rest, path + "none" + rest}));
  EXPECT_EQ(catalog.problem(), "");
}

TEST(ServerCatalog, AsksNoMoreWhenItIsRefused) {
  std::size_t asked = 0;
  ServerCatalog catalog([&](const std::string&) -> Result<Answer> {
    ++asked;
    return answer(403, R"({"errors":["Forbidden"]})");
  });
  EXPECT_TRUE(catalog.find_named("A").empty());
  EXPECT_TRUE(catalog.find_named("b").empty());
  EXPECT_EQ(asked, 1U);
  EXPECT_EQ(catalog.problem(), "cannot look at the catalog: the server answers 403: Forbidden");
}

class ImportOptionsTest : public ClientTest {
 protected:
  std::string write(const std::string& name, std::string_view text) const {
    const auto path = directory_ + "/" + name;
    std::ofstream(path) << text;
    return path;
  }
};

TEST_F(ImportOptionsTest, ADryRunNeedsNoKeysAndTellsWhetherAllIsWell) {
  ImportOptions options;
  options.dry_run = true;
  options.files = {write("good.yaml", files[0].text)};
  EXPECT_EQ(*import_backstage(options), true);
  options.files.push_back(write("bad.yaml", files[1].text));
  EXPECT_EQ(*import_backstage(options), false);
}

TEST_F(ImportOptionsTest, FindsTheDocumentsOfBackstageInAFolder) {
  for (const auto* folder : {"/a", "/a/b", "/.git", "/a/node_modules"}) {
    std::filesystem::create_directory(directory_ + folder);
  }
  std::filesystem::create_directory_symlink(directory_, directory_ + "/a/again");
  const std::string good = "apiVersion: backstage.io/v1alpha1\nkind: API\nmetadata: {name: a}\n";
  const std::string other = "apiVersion: v1\nkind: Pod\n";
  write("a/b/catalog-info.yaml", "\xef\xbb\xbf" + good);
  write("a/all.yml", other + "---\n" + good);
  write("a/quoted.yaml", "\"apiVersion\": \"backstage.io/v1\"\n");
  write("a/deployment.yaml", other + "metadata: {annotations: {backstage.io/id: x}}\n");
  write("a/helm.yaml", "{{- if .Values.x }}\n");
  write("catalog-info.txt", good);
  write(".git/catalog-info.yaml", good);
  write("a/node_modules/catalog-info.yaml", good);
  const auto found = read_backstage_files({directory_}).value();
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].name, directory_ + "/a/all.yml");
  EXPECT_EQ(found[1].name, directory_ + "/a/b/catalog-info.yaml");
  const auto documents = map_backstage(found);  // the Pod is not meant
  ASSERT_EQ(documents.size(), 2U);
  EXPECT_EQ(documents[0].line, 4U);
  EXPECT_EQ(statuses_of(documents), "rf");  // the same entity
}

TEST_F(ImportOptionsTest, SaysWhichFileOrKeyIsMissing) {
  ImportOptions options;
  options.dry_run = true;
  options.files = {directory_ + "/none.yaml"};
  EXPECT_EQ(import_backstage(options).error(),
            invalid("cannot read the file \"" + directory_ + "/none.yaml\""));
  options.files = {directory_};
  EXPECT_EQ(import_backstage(options).error().detail,
            "no file *.yaml or *.yml under \"" + directory_ +
                "\" has a document of Backstage (apiVersion: backstage.io/…)");
  options.dry_run = false;
  EXPECT_EQ(import_backstage(options).error(),
            invalid("no key: set DD_API_KEY or name a file that holds it"));
  options.server.api_key_file = write("key", "secret\n");
  EXPECT_EQ(import_backstage(options).error(),
            invalid("no key: set DD_APP_KEY or name a file that holds it"));
}

// Port 1 of this machine: nobody listens there.
TEST_F(ImportOptionsTest, ReportsAServerThatDoesNotAnswer) {
  ImportOptions options;
  options.server.url = "http://127.0.0.1:1/";
  options.server.api_key_file = write("key", "secret\n");
  options.server.application_key_file = options.server.api_key_file;
  options.files = {write("good.yaml", files[0].text)};
  ::testing::internal::CaptureStdout();
  const auto imported = import_backstage(options);
  const auto report = ::testing::internal::GetCapturedStdout();
  ASSERT_TRUE(imported) << imported.error().detail;
  EXPECT_FALSE(*imported);
  EXPECT_NE(report.find("service:default/shop: http://127.0.0.1:1 does not answer: "),
            std::string::npos)
      << report;
}

}  // namespace
}  // namespace scorekeeper::app
