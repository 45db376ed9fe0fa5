package conformance;

import static conformance.Checks.check;
import static conformance.Checks.expect;
import static conformance.Checks.expectEqual;
import static conformance.Checks.expectRecent;
import static conformance.Checks.parsed;
import static conformance.Client.CATALOG;
import static conformance.Client.expectLacks;
import static conformance.Client.expectNotFound;
import static conformance.Client.expectRefused;

import com.datadog.api.client.v2.api.SoftwareCatalogApi;
import com.datadog.api.client.v2.api.SoftwareCatalogApi.ListCatalogEntityOptionalParameters;
import com.datadog.api.client.v2.model.EntityAttributes;
import com.datadog.api.client.v2.model.EntityData;
import com.datadog.api.client.v2.model.EntityV3;
import com.datadog.api.client.v2.model.EntityV3APIVersion;
import com.datadog.api.client.v2.model.EntityV3Metadata;
import com.datadog.api.client.v2.model.EntityV3MetadataAdditionalOwnersItems;
import com.datadog.api.client.v2.model.EntityV3MetadataContactsItems;
import com.datadog.api.client.v2.model.EntityV3MetadataLinksItems;
import com.datadog.api.client.v2.model.EntityV3Service;
import com.datadog.api.client.v2.model.EntityV3ServiceKind;
import com.datadog.api.client.v2.model.EntityV3ServiceSpec;
import com.datadog.api.client.v2.model.IncludeType;
import com.datadog.api.client.v2.model.ListEntityCatalogResponseIncludedItem;
import com.datadog.api.client.v2.model.RelationType;
import com.datadog.api.client.v2.model.UpsertCatalogEntityRequest;
import com.datadog.api.client.v2.model.UpsertCatalogEntityResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;

/** Entities of the software catalog. */
final class Entities {
  private Entities() {}

  static void register() {
    check("UpsertCatalogEntity", "an entity comes back typed, with its schema",
        Entities::entityIsUpserted);
    check("UpsertCatalogEntity", "an entity keeps its id and is replaced as a whole",
        Entities::entityIsReplaced);
    check("UpsertCatalogEntity", "text in YAML is read", Entities::textIsUpserted);
    check("UpsertCatalogEntity", "an unusable definition raises with status 400",
        Entities::namelessEntity);
    check("UpsertCatalogEntity", "a key without the write scope raises with status 403",
        Entities::readOnlyKey);
    check("ListCatalogEntity", "entities are found by every filter", Entities::filtered);
    check("ListCatalogEntity", "schemas, texts and related entities are included typed",
        Entities::included);
    check("ListCatalogEntity", "links lead to the page itself and those around", Entities::links);
    check("PreviewCatalogEntities", "without a definition an empty list is previewed",
        Entities::previewed);
    check("DeleteCatalogEntity", "an entity is deleted by reference and by id",
        Entities::deleted);
  }

  static EntityV3Service service(String name) {
    return new EntityV3Service(
        EntityV3APIVersion.V3, EntityV3ServiceKind.SERVICE, new EntityV3Metadata(name));
  }

  private static UpsertCatalogEntityRequest request(EntityV3Service service) {
    return new UpsertCatalogEntityRequest(new EntityV3(service));
  }

  static UpsertCatalogEntityResponse upsert(EntityV3Service service) throws Exception {
    return parsed(CATALOG.upsertCatalogEntity(request(service)));
  }

  /** The id of an entity that is made. */
  static String create(EntityV3Service service) throws Exception {
    return upsert(service).getData().get(0).getId();
  }

  static ListCatalogEntityOptionalParameters filters() {
    return new ListCatalogEntityOptionalParameters();
  }

  static List<String> names(ListCatalogEntityOptionalParameters filter) throws Exception {
    return names(parsed(CATALOG.listCatalogEntity(filter)).getData());
  }

  static List<String> names(List<EntityData> entities) {
    return entities.stream().map(entity -> entity.getAttributes().getName()).toList();
  }

  private static EntityV3Service fullService(String name) {
    var service = service(name);
    service.getMetadata()
        .displayName("Shopping cart")
        .description("Keeps <what> is bought")
        .owner("team-cart")
        .addTagsItem("tag:value")
        .addLinksItem(
            new EntityV3MetadataLinksItems("Runbook", "runbook", "https://runbook.example/cart"))
        .addContactsItem(
            new EntityV3MetadataContactsItems("cart@example.com", "email").name("Support"))
        .addAdditionalOwnersItem(
            new EntityV3MetadataAdditionalOwnersItems("team-ops").type("operator"));
    return service.spec(new EntityV3ServiceSpec()
        .lifecycle("production").tier("1").type("web")
        .addLanguagesItem("java").addDependsOnItem("service:payment"));
  }

  private static void entityIsUpserted() throws Exception {
    var sent = fullService("cart");
    var answer = upsert(sent);
    expectEqual(answer.getMeta().getCount(), 1L, "meta.count");
    expectEqual(answer.getMeta().getIncludeCount(), 1L, "meta.includeCount");
    expectEqual(answer.getData().size(), 1, "number of entities");
    var got = answer.getData().get(0);
    expect(!got.getId().isEmpty(), "an id");
    expectEqual(got.getType(), "entity", "type");
    expectEqual(got.getAttributes(), new EntityAttributes()
        .apiVersion("v3").kind("service").namespace("default").name("cart")
        .displayName("Shopping cart").description("Keeps <what> is bought")
        .owner("team-cart").tags(List.of("tag:value")), "attributes");
    expectEqual(got.getMeta().getIngestionSource(), "api", "meta.ingestionSource");
    expectRecent(got.getMeta().getCreatedAt(), "meta.createdAt");
    expectRecent(got.getMeta().getModifiedAt(), "meta.modifiedAt");
    expectEqual(got.getRelationships().getSchema().getData().getId(), got.getId(),
        "relationships.schema");
    expectEqual(answer.getIncluded().size(), 1, "number of included items");
    var schema = answer.getIncluded().get(0).getEntityResponseIncludedSchema()
        .getAttributes().getSchema().getEntityV3Service();
    expectEqual(schema.getMetadata().getNamespace(), "default", "schema's namespace");
    expectEqual(schema.getMetadata().getLinks(), sent.getMetadata().getLinks(), "schema's links");
    expectEqual(schema.getMetadata().getContacts(), sent.getMetadata().getContacts(),
        "schema's contacts");
    expectEqual(schema.getMetadata().getAdditionalOwners(), sent.getMetadata().getAdditionalOwners(),
        "schema's additional owners");
    expectEqual(schema.getSpec(), sent.getSpec(), "schema's spec");
  }

  private static void entityIsReplaced() throws Exception {
    String first = create(fullService("again"));
    var second = upsert(service("again")).getData().get(0);
    expectEqual(second.getId(), first, "id");
    expectEqual(second.getAttributes().getOwner(), null, "owner is cleared");
  }

  private static void textIsUpserted() throws Exception {
    String text = """
        apiVersion: v3
        kind: queue
        metadata:
          name: text
          owner: team-text
        """;
    var answer = parsed(CATALOG.upsertCatalogEntity(new UpsertCatalogEntityRequest(text)));
    expectEqual(names(answer.getData()), List.of("text"), "names");
    var queue = answer.getIncluded().get(0).getEntityResponseIncludedSchema()
        .getAttributes().getSchema().getEntityV3Queue();
    expectEqual(queue.getMetadata().getOwner(), "team-text", "owner");
  }

  private static void namelessEntity() throws Exception {
    expectRefused(400, "Bad Request", "attribute \"metadata.name\" is required",
        () -> CATALOG.upsertCatalogEntity(request(service(""))));
  }

  private static void readOnlyKey() throws Exception {
    var reader = new SoftwareCatalogApi(Client.reader());
    expectLacks("apm_service_catalog_write",
        () -> reader.upsertCatalogEntity(request(service("forbidden"))));
    expectLacks("apm_service_catalog_write",
        () -> reader.deleteCatalogEntity("service:forbidden"));
    expectEqual(names(filters().filterName("forbidden")), List.of(), "entities");
  }

  private static void filtered() throws Exception {
    var service = service("filtered")
        .spec(new EntityV3ServiceSpec().addDependsOnItem("service:shop/other"));
    service.getMetadata().namespace("shop").owner("team-filtered");
    String id = create(service);
    for (var filter : List.of(
        filters().filterId(id),
        filters().filterRef("service:shop/filtered"),
        filters().filterName("filtered"),
        filters().filterName("filtered").filterKind("service"),
        filters().filterOwner("team-filtered"),
        filters().filterOwner("team-filtered")
            .filterRelationType(RelationType.RELATIONTYPEDEPENDSON),
        filters().filterName("filtered").includeDiscovered(true))) {
      expectEqual(names(filter), List.of("filtered"), "entities");
    }
    expectEqual(names(filters().filterRef("service:nobody")), List.of(),
        "entities of an unknown reference");
  }

  private static ListEntityCatalogResponseIncludedItem include(IncludeType type) throws Exception {
    var listed = parsed(CATALOG.listCatalogEntity(
        filters().filterRef("service:including").include(type)));
    expectEqual(listed.getIncluded().size(), 1, "number of included items");
    return listed.getIncluded().get(0);
  }

  private static void included() throws Exception {
    var spec = new EntityV3ServiceSpec().addDependsOnItem("service:included");
    create(service("including").spec(spec));
    create(service("included"));
    var schema = include(IncludeType.SCHEMA).getEntityResponseIncludedSchema();
    expectEqual(schema.getAttributes().getSchema().getEntityV3Service().getSpec(), spec,
        "spec of the schema");
    var raw = include(IncludeType.RAW_SCHEMA).getEntityResponseIncludedRawSchema();
    byte[] text = Base64.getDecoder().decode(raw.getAttributes().getRawSchema());
    expect(new String(text, StandardCharsets.UTF_8).contains("including"), "the text in base64");
    var related = include(IncludeType.RELATION).getEntityResponseIncludedRelatedEntity();
    expectEqual(related.getAttributes().getName(), "included", "name of the related entity");
    expectEqual(related.getAttributes().getType(), "RelationTypeDependsOn", "type of the relation");
  }

  private static void links() throws Exception {
    for (String name : List.of("link-a", "link-b", "link-c")) {
      var service = service(name);
      service.getMetadata().owner("team-links");
      create(service);
    }
    var links = parsed(CATALOG.listCatalogEntity(
        filters().filterOwner("team-links").pageLimit(1L).pageOffset(1L))).getLinks();
    var inOrder = List.of(links.getPrevious(), links.getSelf(), links.getNext());
    for (int offset = 0; offset < 3; offset++) {
      String end = "page%5Blimit%5D=1&page%5Boffset%5D=" + offset;
      expect(inOrder.get(offset).endsWith(end), "a link that ends with " + end);
    }
  }

  /** The client has no way to give this request a body. */
  private static void previewed() throws Exception {
    expectEqual(parsed(CATALOG.previewCatalogEntities()).getData(), List.of(), "data");
  }

  private static void deleted() throws Exception {
    String id = create(service("deleted"));
    var other = service("deleted-too");
    other.getMetadata().namespace("shop");
    create(other);
    CATALOG.deleteCatalogEntity(id);
    CATALOG.deleteCatalogEntity("service:shop/deleted-too");
    for (String reference : List.of("service:deleted", "service:shop/deleted-too")) {
      expectEqual(names(filters().filterRef(reference)), List.of(), reference);
      expectNotFound("entity not found: " + reference,
          () -> CATALOG.deleteCatalogEntity(reference));
    }
  }
}
