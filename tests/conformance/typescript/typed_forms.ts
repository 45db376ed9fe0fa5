// Whole pages stay readable for the official TypeScript client, whatever definitions others have
// sent: the inputs of tests/api/cases.

import * as assert from "node:assert";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { v2 } from "@datadog/datadog-api-client";
import { check, configure, expectParsed } from "./support";

// The programs are compiled to build/conformance/typescript/compiled.
const cases = resolve(__dirname, "../../../../tests/api/cases");
const definitions = new v2.ServiceDefinitionApi(configure());
const catalog = new v2.SoftwareCatalogApi(configure());
const versions = ["v1", "v2", "v2.1", "v2.2"] as const;

function inputOf(number: string): string {
  const name = readdirSync(cases).find((file) => file.startsWith(`${number}-`));
  assert.ok(name, `case ${number}`);
  return readFileSync(join(cases, name), "utf8");
}

check("ListServiceDefinitions", "pages parse in every version, whatever was sent", async () => {
  for (const number of ["04", "08", "12"]) {
    expectParsed(
      await definitions.createOrUpdateServiceDefinitions({ body: inputOf(number) }),
    );
  }
  for (const number of ["15", "25", "49"]) {
    await catalog.upsertCatalogEntity({ body: inputOf(number) });
  }
  for (const schemaVersion of [undefined, ...versions]) {
    for (let pageNumber = 0; ; ++pageNumber) {
      const page = await definitions.listServiceDefinitions({
        pageSize: 100,
        pageNumber,
        schemaVersion,
      });
      expectParsed(page);
      if ((page.data ?? []).length < 100) break;
    }
  }
});

check("ListCatalogEntity", "pages parse with include=schema, whatever was sent", async () => {
  for (let pageOffset = 0; ; pageOffset += 1000) {
    const page = await catalog.listCatalogEntity({
      pageLimit: 1000,
      pageOffset,
      include: "schema",
    });
    expectParsed(page);
    if ((page.data ?? []).length < 1000) break;
  }
});
