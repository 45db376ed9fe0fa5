package conformance;

import static conformance.Checks.check;
import static conformance.Checks.expect;
import static conformance.Checks.expectAllOnce;
import static conformance.Checks.expectEqual;
import static conformance.Checks.expectRecent;
import static conformance.Checks.parsed;
import static conformance.Client.CATALOG;
import static conformance.Client.expectNotFound;
import static conformance.Client.expectRefused;

import com.datadog.api.client.v2.api.SoftwareCatalogApi.ListCatalogKindOptionalParameters;
import com.datadog.api.client.v2.api.SoftwareCatalogApi.ListCatalogRelationOptionalParameters;
import com.datadog.api.client.v2.model.EntityV3ServiceSpec;
import com.datadog.api.client.v2.model.KindAttributes;
import com.datadog.api.client.v2.model.KindData;
import com.datadog.api.client.v2.model.KindObj;
import com.datadog.api.client.v2.model.RelationIncludeType;
import com.datadog.api.client.v2.model.RelationResponseType;
import com.datadog.api.client.v2.model.RelationType;
import com.datadog.api.client.v2.model.UpsertCatalogKindRequest;
import java.util.List;
import java.util.Map;

/** Kinds and relations of the software catalog. */
final class Kinds {
  private Kinds() {}

  static void register() {
    check("UpsertCatalogKind", "a kind comes back typed, and is replaced as a whole",
        Kinds::kindIsUpserted);
    check("UpsertCatalogKind", "a kind that is not kebab-case raises with status 400",
        Kinds::malformedKind);
    check("ListCatalogKind", "kinds are found by id and name", Kinds::filtered);
    check("ListCatalogKind", "all kinds come once each with a page limit of 1", Kinds::paged);
    check("DeleteCatalogKind", "a deleted kind is gone", Kinds::deleted);
    check("ListCatalogRelation", "relations are found from both ends, with their entities",
        Kinds::relations);
  }

  private static KindData upsert(KindObj kind) throws Exception {
    var answer = parsed(CATALOG.upsertCatalogKind(new UpsertCatalogKindRequest(kind)));
    expectEqual(answer.getMeta().getCount(), 1L, "meta.count");
    return answer.getData().get(0);
  }

  private static ListCatalogKindOptionalParameters filters() {
    return new ListCatalogKindOptionalParameters();
  }

  private static void kindIsUpserted() throws Exception {
    var got = upsert(
        new KindObj("night-job").displayName("Night job").description("Runs at <night>"));
    expectEqual(got.getType(), "kind", "type");
    expect(!got.getId().isEmpty(), "an id");
    expectEqual(got.getAttributes(), new KindAttributes()
        .name("night-job").displayName("Night job").description("Runs at <night>"), "attributes");
    expectRecent(got.getMeta().getCreatedAt(), "meta.createdAt");
    expectRecent(got.getMeta().getModifiedAt(), "meta.modifiedAt");
    var replaced = upsert(new KindObj("night-job"));
    expectEqual(replaced.getId(), got.getId(), "id after another upsert");
    expectEqual(replaced.getAttributes().getDescription(), null, "description is cleared");
  }

  private static void malformedKind() throws Exception {
    var request = new UpsertCatalogKindRequest(new KindObj("Night Job"));
    expectRefused(400, "Bad Request", "attribute \"kind\" must be of the form \"kebab-case\"",
        () -> CATALOG.upsertCatalogKind(request));
  }

  private static void filtered() throws Exception {
    String id = upsert(new KindObj("listed-kind")).getId();
    for (var filter : List.of(filters().filterId(id), filters().filterName("listed-kind"))) {
      var listed = parsed(CATALOG.listCatalogKind(filter));
      expectEqual(listed.getMeta().getCount(), 1L, "meta.count");
      expectEqual(listed.getData().get(0).getAttributes().getName(), "listed-kind", "name");
    }
    expectEqual(parsed(CATALOG.listCatalogKind(filters().filterName("nothing"))).getData(),
        List.of(), "kinds of an unknown name");
  }

  private static void paged() throws Exception {
    for (String name : List.of("paged-a", "paged-b", "paged-c")) {
      upsert(new KindObj(name));
    }
    var wanted = parsed(CATALOG.listCatalogKind()).getData().stream().map(KindData::getId).toList();
    var got = Paging.collect(CATALOG.listCatalogKindWithPagination(filters().pageLimit(1L)));
    expectAllOnce(got.stream().map(KindData::getId).toList(), wanted, "kinds");
  }

  private static void deleted() throws Exception {
    String id = upsert(new KindObj("deleted-kind")).getId();
    CATALOG.deleteCatalogKind(id);
    expectEqual(parsed(CATALOG.listCatalogKind(filters().filterName("deleted-kind"))).getData(),
        List.of(), "kinds");
    expectNotFound("kind not found: deleted-kind", () -> CATALOG.deleteCatalogKind(id));
  }

  private static void relations() throws Exception {
    var ids = Map.of(
        "user", Entities.create(Entities.service("user")
            .spec(new EntityV3ServiceSpec().addDependsOnItem("service:used"))),
        "used", Entities.create(Entities.service("used")));
    expectRelation(RelationType.RELATIONTYPEDEPENDSON, "user", "used", ids);
    expectRelation(RelationType.RELATIONTYPEDEPENDENCYOF, "used", "user", ids);
  }

  private static void expectRelation(
      RelationType type, String from, String to, Map<String, String> ids) throws Exception {
    var listed = parsed(CATALOG.listCatalogRelation(new ListCatalogRelationOptionalParameters()
        .filterType(type)
        .filterFromRef("service:" + from)
        .filterToRef("service:default/" + to)
        .include(RelationIncludeType.ENTITY)));
    expectEqual(listed.getMeta().getCount(), 1L, "meta.count");
    var got = listed.getData().get(0);
    expectEqual(got.getId(),
        "service:default/" + from + ":" + type.getValue() + ":service:default/" + to, "id");
    expectEqual(got.getType(), RelationResponseType.RELATION, "type");
    expectEqual(got.getAttributes().getType(), type, "attributes.type");
    expectEqual(got.getAttributes().getFrom().getName(), from, "attributes.from.name");
    expectEqual(got.getAttributes().getTo().getNamespace(), "default", "attributes.to.namespace");
    expectEqual(got.getAttributes().getTo().getKind(), "service", "attributes.to.kind");
    expectEqual(got.getMeta().getSource(), "schema", "meta.source");
    expectEqual(got.getMeta().getDefinedBy(), "service:default/user", "meta.definedBy");
    expectRecent(got.getMeta().getCreatedAt(), "meta.createdAt");
    expectEqual(got.getRelationships().getToEntity().getData().getId(), ids.get(to),
        "relationships.toEntity");
    expectAllOnce(Entities.names(listed.getIncluded()), List.of("used", "user"),
        "included entities");
  }
}
