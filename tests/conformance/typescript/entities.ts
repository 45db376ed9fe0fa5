// What the checks of the software catalog share: its client, and services to put into it.

import { v2 } from "@datadog/datadog-api-client";
import { configure } from "./support";

export const catalog = new v2.SoftwareCatalogApi(configure());

export function service(
  name: string,
  metadata: Partial<v2.EntityV3Metadata> = {},
  spec?: v2.EntityV3ServiceSpec,
): v2.EntityV3Service {
  const base = { apiVersion: "v3", kind: "service", metadata: { name, ...metadata } } as const;
  return spec ? { ...base, spec } : base;
}

// The one entity of the answer.
export async function upsert(
  name: string,
  metadata: Partial<v2.EntityV3Metadata> = {},
  spec?: v2.EntityV3ServiceSpec,
): Promise<v2.EntityData> {
  const answer = await catalog.upsertCatalogEntity({ body: service(name, metadata, spec) });
  const [item] = answer.data ?? [];
  if (!item?.id) throw new Error(`no entity in the answer for ${name}`);
  return item;
}
