// Service definitions through the official TypeScript client.

import * as assert from "node:assert";
import { v2 } from "@datadog/datadog-api-client";
import { check, collect, configure, definedMembers, expectParsed, expectRefused } from "./support";

const definitions = new v2.ServiceDefinitionApi(configure());

function create(
  ddService: string,
  others: Partial<v2.ServiceDefinitionV2Dot2> = {},
): Promise<v2.ServiceDefinitionCreateResponse> {
  const body = { schemaVersion: "v2.2", ddService, ...others } as const;
  return definitions.createOrUpdateServiceDefinitions({ body });
}

// The schema of an item, which the client must have recognised as that version.
function schemaOf(item: v2.ServiceDefinitionData | undefined, version: string): object {
  const schema = item?.attributes?.schema as { schemaVersion?: string } | undefined;
  assert.strictEqual(schema?.schemaVersion, version);
  return definedMembers(schema);
}

function nameOf(item: v2.ServiceDefinitionData | undefined): string {
  return (item?.attributes?.schema as v2.ServiceDefinitionV2Dot2).ddService;
}

// This document has no title; its status is in the client's list for these operations.
async function expectNotFound(call: Promise<unknown>): Promise<void> {
  await assert.rejects(call, (error: { code?: number; body?: { errors?: string[] } }) => {
    assert.strictEqual(error.code, 404);
    assert.deepStrictEqual(error.body?.errors, ["Not Found"]);
    return true;
  });
}

check("CreateOrUpdateServiceDefinitions", "a definition comes back typed", async () => {
  const sent = {
    description: "Keeps <it>",
    languages: ["typescript"],
    lifecycle: "production",
    tags: ["env:prod"],
    team: "ts-team",
    tier: "high",
    type: "web",
  };
  const links = [{ name: "Runbook", type: "runbook", url: "https://example.com/r" }];
  const contacts = [{ type: "email", contact: "team@example.com" }];
  const answer = await create("ts-definition", { ...sent, contacts, links });
  expectParsed(answer);
  const item = answer.data?.[0];
  assert.strictEqual(item?.type, "service-definition");
  assert.strictEqual(item.attributes?.meta?.ingestionSource, "api");
  const schema = schemaOf(item, "v2.2") as v2.ServiceDefinitionV2Dot2;
  const { contacts: gotContacts, links: gotLinks, ...got } = schema;
  assert.deepStrictEqual(got, { schemaVersion: "v2.2", ddService: "ts-definition", ...sent });
  assert.strictEqual(gotContacts?.[0]?.contact, "team@example.com");
  assert.strictEqual(gotLinks?.[0]?.url, "https://example.com/r");
});

check("CreateOrUpdateServiceDefinitions", "text in YAML is read", async () => {
  const body = "schema-version: v2.1\ndd-service: ts-text\nteam: ts-team\n";
  const answer = await definitions.createOrUpdateServiceDefinitions({ body });
  expectParsed(answer);
  const wanted = { schemaVersion: "v2.1", ddService: "ts-text", team: "ts-team" };
  assert.deepStrictEqual(schemaOf(answer.data?.[0], "v2.1"), wanted);
});

check("CreateOrUpdateServiceDefinitions", "a missing name raises with status 400", async () => {
  const body = `{"schema-version":"v2.2"}`;
  await expectRefused(400, definitions.createOrUpdateServiceDefinitions({ body }), {
    title: "Bad Request",
    detail: 'attribute "dd-service" is required',
  });
});

check("GetServiceDefinition", "a definition is read in the version asked for", async () => {
  await create("ts-read", { team: "ts-team" });
  for (const schemaVersion of ["v2.1", "v2.2"] as const) {
    const asked = { serviceName: "ts-read", schemaVersion };
    const answer = await definitions.getServiceDefinition(asked);
    expectParsed(answer);
    const wanted = { schemaVersion, ddService: "ts-read", team: "ts-team" };
    assert.deepStrictEqual(schemaOf(answer.data, schemaVersion), wanted);
  }
});

check("GetServiceDefinition", "an unknown service raises with status 404", async () => {
  await expectNotFound(definitions.getServiceDefinition({ serviceName: "ts-nothing" }));
});

check("DeleteServiceDefinition", "a deleted definition is gone", async () => {
  const serviceName = "ts-group/part";
  await create(serviceName);
  await definitions.deleteServiceDefinition({ serviceName });
  await expectNotFound(definitions.getServiceDefinition({ serviceName }));
  await expectNotFound(definitions.deleteServiceDefinition({ serviceName }));
});

check("ListServiceDefinitions", "all definitions come once each through auto-paging", async () => {
  const names = Array.from({ length: 21 }, (_, i) => `ts-paged-${i}`);
  for (const name of names) await create(name);
  for (const page of [{}, { pageSize: 100 }]) {
    const items = await collect(
      definitions.listServiceDefinitionsWithPagination({ schemaVersion: "v2.2", ...page }),
    );
    const listed = items.map(nameOf);
    assert.strictEqual(new Set(listed).size, listed.length, "once each");
    for (const name of names) assert.ok(listed.includes(name), name);
  }
});

check("ListServiceDefinitions", "pages are numbered from 0", async () => {
  await create("ts-numbered-a");
  await create("ts-numbered-b");
  const names: string[] = [];
  for (const pageNumber of [0, 1]) {
    const page = await definitions.listServiceDefinitions({ pageSize: 1, pageNumber });
    assert.strictEqual(page.data?.length, 1);
    names.push(nameOf(page.data[0]));
  }
  assert.ok((names[0] as string) < (names[1] as string), names.join(" before "));
});
