// Entities, kinds and relations of the software catalog through the official TypeScript client.

import * as assert from "node:assert";
import { v2 } from "@datadog/datadog-api-client";
import { catalog, service, upsert } from "./entities";
import {
  check,
  collect,
  configure,
  definedMembers,
  expectAllOnce,
  expectParsed,
  expectRefused,
  listSizes,
  required,
} from "./support";

check("UpsertCatalogEntity", "an entity comes back typed, with its schema", async () => {
  const metadata = {
    description: "Keeps <what> is bought",
    displayName: "Cart",
    owner: "ts-team",
    tags: ["env:prod", "lang:ts"],
  };
  const spec = { lifecycle: "production", tier: "1", languages: ["typescript"] };
  const answer = await catalog.upsertCatalogEntity({ body: service("ts-cart", metadata, spec) });
  expectParsed(answer);
  const [item] = answer.data ?? [];
  assert.strictEqual(item?.type, "entity");
  assert.deepStrictEqual(definedMembers(item.attributes), {
    apiVersion: "v3",
    kind: "service",
    name: "ts-cart",
    namespace: "default",
    ...metadata,
  });
  assert.strictEqual(item.meta?.ingestionSource, "api");
  assert.deepStrictEqual([answer.meta?.count, answer.meta?.includeCount], [1, 1]);
  const included = answer.included?.[0] as v2.EntityResponseIncludedSchema;
  const schema = included.attributes?.schema as v2.EntityV3Service;
  assert.deepStrictEqual([schema.metadata.name, schema.spec?.tier], ["ts-cart", "1"]);
});

check("UpsertCatalogEntity", "an entity keeps its id and is replaced as a whole", async () => {
  const first = await upsert("ts-again", { owner: "ts-team" });
  const second = await upsert("ts-again");
  assert.strictEqual(second.id, first.id);
  assert.strictEqual(second.attributes?.owner, undefined, "owner is cleared");
});

check("UpsertCatalogEntity", "text in YAML is read", async () => {
  const body = "apiVersion: v3\nkind: datastore\nmetadata:\n  name: ts-db\n  namespace: prod\n";
  const got = (await catalog.upsertCatalogEntity({ body })).data?.[0]?.attributes;
  assert.deepStrictEqual([got?.kind, got?.namespace], ["datastore", "prod"]);
});

check("UpsertCatalogEntity", "an unusable definition raises with status 400", async () => {
  const body = `{"apiVersion":"v3","kind":"service","metadata":{}}`;
  await expectRefused(400, catalog.upsertCatalogEntity({ body }), {
    title: "Bad Request",
    detail: 'attribute "metadata.name" is required',
  });
});

check("UpsertCatalogEntity", "a key without the write scope raises with status 403", async () => {
  const authMethods = {
    apiKeyAuth: required("DD_API_KEY"),
    appKeyAuth: required("READ_ONLY_APP_KEY"),
  };
  const reader = new v2.SoftwareCatalogApi(configure({ authMethods }));
  const forbidden = { title: "Forbidden" };
  await expectRefused(403, reader.upsertCatalogEntity({ body: service("ts-reader") }), forbidden);
  const deleted = reader.deleteCatalogEntity({ entityId: "service:ts-reader" });
  await expectRefused(403, deleted, forbidden);
  expectParsed(await reader.listCatalogEntity());
});

check("ListCatalogEntity", "entities are found by every filter", async () => {
  await upsert("ts-queue-user", { owner: "ts-filter" }, { dependsOn: ["queue:ts-q"] });
  const { id } = await upsert("ts-filtered", { owner: "ts-filter", namespace: "ts" });
  const cases: v2.SoftwareCatalogApiListCatalogEntityRequest[] = [
    { filterId: id as string },
    { filterRef: "service:ts/ts-filtered" },
    { filterName: "ts-filtered" },
    { filterKind: "service", filterName: "ts-filtered" },
    { filterOwner: "ts-filter", filterName: "ts-filtered" },
    { filterName: "ts-filtered", includeDiscovered: true },
  ];
  for (const filters of cases) {
    const listed = await catalog.listCatalogEntity(filters);
    expectParsed(listed);
    assert.deepStrictEqual(listed.data?.map((item) => item.id), [id], JSON.stringify(filters));
  }
  const related = await catalog.listCatalogEntity({
    filterOwner: "ts-filter",
    filterRelationType: "RelationTypeDependsOn",
  });
  assert.deepStrictEqual(related.data?.map((item) => item.attributes?.name), ["ts-queue-user"]);
  const unknown = await catalog.listCatalogEntity({ filterRef: "service:ts-nothing" });
  assert.deepStrictEqual(unknown.data, []);
});

check("ListCatalogEntity", "schemas, texts and related entities are included typed", async () => {
  await upsert("ts-included", {}, { dependsOn: ["service:ts-included-too"] });
  await upsert("ts-included-too");
  const cases = [["schema", "schema"], ["raw_schema", "rawSchema"], ["relation", "relatedEntity"]];
  for (const [include, type] of cases) {
    const listed = await catalog.listCatalogEntity({
      filterRef: "service:ts-included",
      include: include as v2.IncludeType,
    });
    expectParsed(listed);
    const types = listed.included?.map((item) => (item as { type?: string }).type);
    assert.deepStrictEqual(types, [type]);
  }
});

check("ListCatalogEntity", "links lead to the page itself and those around", async () => {
  for (const end of ["a", "b", "c"]) await upsert(`ts-link-${end}`, { owner: "ts-links" });
  const page = { pageLimit: 1, pageOffset: 1 };
  const { links } = await catalog.listCatalogEntity({ filterOwner: "ts-links", ...page });
  const cases = [[links?.self, 1], [links?.next, 2], [links?.previous, 0]] as const;
  for (const [link, offset] of cases) {
    assert.ok(link?.endsWith(`page%5Blimit%5D=1&page%5Boffset%5D=${offset}`), `link ${link}`);
  }
});

check("PreviewCatalogEntities", "without a definition an empty list is previewed", async () => {
  const answer = await catalog.previewCatalogEntities();
  expectParsed(answer);
  assert.deepStrictEqual(answer.data, []);
});

check("DeleteCatalogEntity", "an entity is deleted by reference and by id", async () => {
  const byId = (await upsert("ts-deleted")).id as string;
  await upsert("ts-deleted-too", { namespace: "ts" });
  for (const entityId of [byId, "service:ts/ts-deleted-too"]) {
    await catalog.deleteCatalogEntity({ entityId });
  }
  for (const filterRef of ["service:ts-deleted", "service:ts/ts-deleted-too"]) {
    assert.deepStrictEqual((await catalog.listCatalogEntity({ filterRef })).data, []);
    await expectRefused(404, catalog.deleteCatalogEntity({ entityId: filterRef }));
  }
});

check("UpsertCatalogKind", "a kind comes back typed, and is replaced as a whole", async () => {
  const sent = { description: "Runs at <night>", displayName: "Job" };
  const answer = await catalog.upsertCatalogKind({ body: { kind: "ts-job", ...sent } });
  expectParsed(answer);
  const item = answer.data?.[0];
  assert.deepStrictEqual(definedMembers(item?.attributes), { name: "ts-job", ...sent });
  const again = (await catalog.upsertCatalogKind({ body: { kind: "ts-job" } })).data?.[0];
  assert.strictEqual(again?.id, item?.id);
  assert.strictEqual(again?.attributes?.description, undefined, "description is cleared");
});

check("UpsertCatalogKind", "a kind that is not kebab-case raises with status 400", async () => {
  await expectRefused(400, catalog.upsertCatalogKind({ body: { kind: "Not Kebab" } }));
});

check("ListCatalogKind", "kinds are found by id and name", async () => {
  const made = (await catalog.upsertCatalogKind({ body: { kind: "ts-listed" } })).data?.[0];
  for (const filters of [{ filterId: made?.id as string }, { filterName: "ts-listed" }]) {
    const listed = await catalog.listCatalogKind(filters);
    expectParsed(listed);
    assert.deepStrictEqual(listed.data?.map((item) => item.id), [made?.id]);
    assert.strictEqual(listed.meta?.count, 1);
  }
});

check("DeleteCatalogKind", "a deleted kind is gone", async () => {
  const made = (await catalog.upsertCatalogKind({ body: { kind: "ts-gone" } })).data?.[0];
  const kindId = made?.id as string;
  await catalog.deleteCatalogKind({ kindId });
  assert.deepStrictEqual((await catalog.listCatalogKind({ filterName: "ts-gone" })).data, []);
  await expectRefused(404, catalog.deleteCatalogKind({ kindId }), { title: "Not Found" });
});

check("ListCatalogRelation", "relations are found from both ends, with entities", async () => {
  await upsert("ts-user", {}, { dependsOn: ["service:ts-used"] });
  await upsert("ts-used");
  const cases = [
    ["RelationTypeDependsOn", "ts-user", "ts-used"],
    ["RelationTypeDependencyOf", "ts-used", "ts-user"],
  ] as const;
  for (const [filterType, from, to] of cases) {
    const listed = await catalog.listCatalogRelation({
      filterType,
      filterFromRef: `service:${from}`,
      filterToRef: `service:default/${to}`,
      include: "entity",
    });
    expectParsed(listed);
    const [item, ...others] = listed.data ?? [];
    assert.strictEqual(others.length, 0);
    assert.strictEqual(item?.id, `service:default/${from}:${filterType}:service:default/${to}`);
    assert.strictEqual(item.type, "relation");
    assert.deepStrictEqual([item.attributes?.from?.name, item.attributes?.to?.name], [from, to]);
    assert.strictEqual(item.meta?.definedBy, "service:default/ts-user");
    const names = new Set(listed.included?.map((entity) => entity.attributes?.name));
    assert.deepStrictEqual(names, new Set([from, to]), "included entities");
  }
});

function paging(size: number): void {
  const owner = `ts-paging-${size}`;
  const names = Array.from({ length: size }, (_, i) => `${owner}-${i}`);
  check("ListCatalogEntity", `${size} items come once each with an unset page limit`, async () => {
    for (const name of names) await upsert(name, { owner }, { dependsOn: [`service:${owner}`] });
    const items = await collect(catalog.listCatalogEntityWithPagination({ filterOwner: owner }));
    expectAllOnce(items.map((item) => item.attributes?.name), names);
  });
  check("ListCatalogRelation", `${size} items come once each with a page limit of 10`, async () => {
    const filters = { filterToRef: `service:${owner}`, pageLimit: 10 };
    const items = await collect(catalog.listCatalogRelationWithPagination(filters));
    expectAllOnce(items.map((item) => item.attributes?.from?.name), names);
  });
}

listSizes.forEach(paging);

check("ListCatalogKind", "all kinds come once each with a page limit of 1", async () => {
  for (let i = 0; i < 3; ++i) await catalog.upsertCatalogKind({ body: { kind: `ts-paged-${i}` } });
  const all = (await catalog.listCatalogKind({ pageLimit: 1000 })).data ?? [];
  const items = await collect(catalog.listCatalogKindWithPagination({ pageLimit: 1 }));
  expectAllOnce(items.map((item) => item.id), all.map((item) => item.id as string));
});
