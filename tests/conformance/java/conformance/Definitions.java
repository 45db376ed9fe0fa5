package conformance;

import static conformance.Checks.check;
import static conformance.Checks.expect;
import static conformance.Checks.expectAllOnce;
import static conformance.Checks.expectEqual;
import static conformance.Checks.expectRecent;
import static conformance.Checks.parsed;
import static conformance.Client.DEFINITIONS;
import static conformance.Client.document;
import static conformance.Client.expectRefused;
import static conformance.Client.expectStatus;

import com.datadog.api.client.v2.api.ServiceDefinitionApi.GetServiceDefinitionOptionalParameters;
import com.datadog.api.client.v2.api.ServiceDefinitionApi.ListServiceDefinitionsOptionalParameters;
import com.datadog.api.client.v2.model.ServiceDefinitionData;
import com.datadog.api.client.v2.model.ServiceDefinitionSchema;
import com.datadog.api.client.v2.model.ServiceDefinitionSchemaVersions;
import com.datadog.api.client.v2.model.ServiceDefinitionV2Dot2;
import com.datadog.api.client.v2.model.ServiceDefinitionV2Dot2Contact;
import com.datadog.api.client.v2.model.ServiceDefinitionV2Dot2Integrations;
import com.datadog.api.client.v2.model.ServiceDefinitionV2Dot2Link;
import com.datadog.api.client.v2.model.ServiceDefinitionV2Dot2Pagerduty;
import com.datadog.api.client.v2.model.ServiceDefinitionV2Dot2Version;
import com.datadog.api.client.v2.model.ServiceDefinitionsCreateRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Service definitions. */
final class Definitions {
  private Definitions() {}

  static void register() {
    String create = "CreateOrUpdateServiceDefinitions";
    check(create, "a definition comes back typed", Definitions::definitionIsStored);
    check(create, "text in YAML is read", Definitions::textIsStored);
    check(create, "a definition without a name raises with status 400",
        Definitions::namelessDefinition);
    check("GetServiceDefinition", "a definition is read in the version asked for",
        Definitions::converted);
    check("GetServiceDefinition", "an unknown service raises with status 404",
        Definitions::unknownIsRead);
    check("DeleteServiceDefinition", "a deleted definition is gone", Definitions::deleted);
    check("ListServiceDefinitions", "all definitions come once each through auto-paging",
        Definitions::paged);
    check("ListServiceDefinitions", "pages are numbered from 0", Definitions::numbered);
  }

  private static ServiceDefinitionV2Dot2 definition(String service) {
    return new ServiceDefinitionV2Dot2(service, ServiceDefinitionV2Dot2Version.V2_2);
  }

  private static ServiceDefinitionData store(ServiceDefinitionV2Dot2 definition) throws Exception {
    var request = new ServiceDefinitionsCreateRequest(definition);
    var answer = parsed(DEFINITIONS.createOrUpdateServiceDefinitions(request));
    expectEqual(answer.getData().size(), 1, "number of definitions");
    return answer.getData().get(0);
  }

  private static void definitionIsStored() throws Exception {
    var sent = definition("checkout")
        .team("team-checkout").application("shop").description("Takes <money>").tier("1")
        .lifecycle("production").type("web").addLanguagesItem("java").addTagsItem("my:tag")
        .addContactsItem(
            new ServiceDefinitionV2Dot2Contact("checkout@example.com", "email").name("Support"))
        .addLinksItem(new ServiceDefinitionV2Dot2Link(
            "Runbook", "runbook", "https://runbook.example/checkout"))
        .integrations(new ServiceDefinitionV2Dot2Integrations()
            .pagerduty(new ServiceDefinitionV2Dot2Pagerduty()
                .serviceUrl("https://my-org.pagerduty.com/service-directory/P1")));
    var got = store(sent);
    expectEqual(got.getType(), "service-definition", "type");
    expectEqual(got.getAttributes().getSchema().getServiceDefinitionV2Dot2(), sent, "schema");
    var meta = got.getAttributes().getMeta();
    expectEqual(meta.getIngestionSource(), "api", "meta.ingestion-source");
    expectEqual(meta.getIngestedSchemaVersion(), "v2.2", "meta.ingested-schema-version");
    expectRecent(meta.getLastModifiedTime(), "meta.last-modified-time");
    expectEqual(Entities.names(Entities.filters().filterOwner("team-checkout")),
        List.of("checkout"), "entities of the catalog");
  }

  private static void textIsStored() throws Exception {
    String text = """
        schema-version: v2.1
        dd-service: text-service
        team: team-text
        tier: 1
        """;
    var answer = parsed(DEFINITIONS.createOrUpdateServiceDefinitions(
        new ServiceDefinitionsCreateRequest(text)));
    var got = answer.getData().get(0).getAttributes().getSchema().getServiceDefinitionV2Dot1();
    expectEqual(List.of(got.getDdService(), got.getTeam(), got.getTier()),
        List.of("text-service", "team-text", "1"), "definition");
  }

  private static void namelessDefinition() throws Exception {
    var request = new ServiceDefinitionsCreateRequest(definition(""));
    expectRefused(400, "Bad Request", "attribute \"dd-service\" is required",
        () -> DEFINITIONS.createOrUpdateServiceDefinitions(request));
  }

  private static ServiceDefinitionSchema read(ServiceDefinitionSchemaVersions version)
      throws Exception {
    var got = parsed(DEFINITIONS.getServiceDefinition("converted",
        new GetServiceDefinitionOptionalParameters().schemaVersion(version))).getData();
    expectEqual(got.getType(), "service-definition", "type");
    expect(!got.getId().isEmpty(), "an id");
    return got.getAttributes().getSchema();
  }

  private static void converted() throws Exception {
    var sent = definition("converted").team("team-converted");
    store(sent);
    var wanted = List.of("converted", "team-converted");
    var v2 = read(ServiceDefinitionSchemaVersions.V2).getServiceDefinitionV2();
    expectEqual(List.of(v2.getDdService(), v2.getTeam()), wanted, "v2");
    var v21 = read(ServiceDefinitionSchemaVersions.V2_1).getServiceDefinitionV2Dot1();
    expectEqual(List.of(v21.getDdService(), v21.getTeam()), wanted, "v2.1");
    var v22 = read(ServiceDefinitionSchemaVersions.V2_2).getServiceDefinitionV2Dot2();
    expectEqual(v22, sent, "v2.2");
  }

  /** These errors are texts. */
  private static void expectNotFound(Client.Call call) throws Exception {
    var errors = document(expectStatus(404, call)).path("errors");
    expectEqual(errors.toString(), "[\"Not Found\"]", "errors");
  }

  private static void unknownIsRead() throws Exception {
    expectNotFound(() -> DEFINITIONS.getServiceDefinition("nobody"));
  }

  private static void deleted() throws Exception {
    store(definition("group/part"));
    DEFINITIONS.deleteServiceDefinition("group/part");
    expectNotFound(() -> DEFINITIONS.getServiceDefinition("group/part"));
    expectNotFound(() -> DEFINITIONS.deleteServiceDefinition("group/part"));
  }

  private static ListServiceDefinitionsOptionalParameters filters() {
    return new ListServiceDefinitionsOptionalParameters()
        .schemaVersion(ServiceDefinitionSchemaVersions.V2_2);
  }

  private static String service(ServiceDefinitionData item) {
    return item.getAttributes().getSchema().getServiceDefinitionV2Dot2().getDdService();
  }

  private static void paged() throws Exception {
    var wanted = IntStream.range(0, 21).mapToObj(i -> "paged-definition-" + i).toList();
    for (String name : wanted) {
      store(definition(name));
    }
    for (var filter : List.of(filters(), filters().pageSize(100L))) {
      var got = Paging.collect(DEFINITIONS.listServiceDefinitionsWithPagination(filter)).stream()
          .map(Definitions::service)
          .filter(name -> name.startsWith("paged-definition-"))
          .toList();
      expectAllOnce(got, wanted, "definitions");
    }
  }

  private static void numbered() throws Exception {
    store(definition("numbered-a"));
    store(definition("numbered-b"));
    var names = new ArrayList<String>();
    for (long number = 0; number < 2; number++) {
      var page = parsed(DEFINITIONS.listServiceDefinitions(
          filters().pageSize(1L).pageNumber(number))).getData();
      expectEqual(page.size(), 1, "number of definitions in a page of 1");
      names.add(service(page.get(0)));
    }
    expect(names.get(0).compareTo(names.get(1)) < 0, "pages in order");
  }
}
