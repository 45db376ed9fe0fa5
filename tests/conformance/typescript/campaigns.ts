// Campaigns through the official TypeScript client.

import * as assert from "node:assert";
import { v2 } from "@datadog/datadog-api-client";
import {
  api,
  check,
  createRule,
  definedMembers,
  expectParsed,
  expectRecent,
  expectRefused,
  makeApi,
  required,
} from "./support";

const ownerId = "550e8400-e29b-41d4-a716-446655440000";
const startDate = new Date("2024-01-01T00:00:00Z");
const dueDate = new Date("2024-03-31T23:59:59Z");

function create(
  key: string,
  ruleId: string,
  others: Partial<v2.CreateCampaignRequestAttributes> = {},
): Promise<v2.CampaignResponse> {
  const attributes = { key, name: `Campaign ${key}`, ownerId, ruleIds: [ruleId], startDate };
  return api.createScorecardCampaign({
    body: { data: { type: "campaign", attributes: { ...attributes, ...others } } },
  });
}

function update(campaignId: string, name: string, ruleId: string): Promise<v2.CampaignResponse> {
  const attributes = { name, ownerId, ruleIds: [ruleId], startDate, status: "completed" };
  return api.updateScorecardCampaign({
    campaignId,
    body: { data: { type: "campaign", attributes } },
  });
}

async function newRule(name: string): Promise<string> {
  const created = await createRule(name, { scorecardName: "TypeScript campaigns" });
  return created.data?.id as string;
}

check("CreateScorecardCampaign", "every attribute comes back typed", async () => {
  const texts = {
    description: "Makes <it> better",
    entityScope: "kind:service",
    guidance: "Begin with & go on",
    status: "completed" as const,
  };
  const answer = await create("ts-all", await newRule("Of a campaign"), { ...texts, dueDate });
  expectParsed(answer);
  assert.strictEqual(answer.data.type, "campaign");
  const { createdAt, modifiedAt, startDate: starts, dueDate: due, ...got } = answer.data.attributes;
  const wanted = { key: "ts-all", name: "Campaign ts-all", owner: ownerId, ...texts };
  assert.deepStrictEqual(definedMembers(got), wanted);
  const times = [starts.getTime(), due?.getTime()];
  assert.deepStrictEqual(times, [startDate.getTime(), dueDate.getTime()]);
  expectRecent(createdAt, "createdAt");
  assert.deepStrictEqual(modifiedAt, createdAt, "modifiedAt at creation");
});

check("CreateScorecardCampaign", "the status follows from the start when not sent", async () => {
  const answer = await create("ts-default", await newRule("Of the default campaign"));
  assert.strictEqual(answer.data.attributes.status, "in_progress");
  assert.strictEqual(answer.data.attributes.dueDate, undefined);
});

check("CreateScorecardCampaign", "unknown rules and used keys raise with status 400", async () => {
  const bad = { title: "Bad Request" };
  await expectRefused(400, create("ts-unknown", "nothing"), bad);
  const ruleId = await newRule("Of two campaigns");
  await create("ts-twice", ruleId);
  await expectRefused(400, create("ts-twice", ruleId), bad);
});

check("GetScorecardCampaign", "a campaign is found by id and by key, with scores", async () => {
  const created = (await create("ts-read", await newRule("Of a read campaign"))).data;
  for (const campaignId of [created.id, "ts-read"]) {
    for (const others of [{}, { include: "scores", includeMeta: true }]) {
      const answer = await api.getScorecardCampaign({ campaignId, ...others });
      expectParsed(answer);
      assert.strictEqual(answer.data.id, created.id);
      assert.strictEqual(answer.data.attributes.key, "ts-read");
    }
  }
});

check("GetScorecardCampaign", "an unknown campaign raises with status 404", async () => {
  const unknown = api.getScorecardCampaign({ campaignId: "nothing" });
  await expectRefused(404, unknown, { title: "Not Found" });
});

check("UpdateScorecardCampaign", "a campaign is replaced as a whole, its key stays", async () => {
  const ruleId = await newRule("Of an updated campaign");
  const created = (await create("ts-update", ruleId, { description: "gone", dueDate })).data;
  const answer = await update(created.id, "After", ruleId);
  expectParsed(answer);
  const got = answer.data.attributes;
  assert.deepStrictEqual([answer.data.id, got.name, got.key], [created.id, "After", "ts-update"]);
  assert.strictEqual(got.status, "completed");
  assert.strictEqual(got.description, undefined, "description is cleared");
  assert.strictEqual(got.dueDate, undefined, "dueDate is cleared");
});

check("UpdateScorecardCampaign", "an unknown campaign raises with status 404", async () => {
  const ruleId = await newRule("Of no campaign");
  await expectRefused(404, update("nothing", "N", ruleId), { title: "Not Found" });
});

check("DeleteScorecardCampaign", "a deleted campaign is gone", async () => {
  const campaignId = (await create("ts-delete", await newRule("Of a deleted campaign"))).data.id;
  await api.deleteScorecardCampaign({ campaignId });
  await expectRefused(404, api.getScorecardCampaign({ campaignId }), { title: "Not Found" });
  await expectRefused(404, api.deleteScorecardCampaign({ campaignId }), { title: "Not Found" });
});

check("ListScorecardCampaigns", "campaigns are filtered and paged", async () => {
  const ruleId = await newRule("Of listed campaigns");
  const keys = Array.from({ length: 12 }, (_, i) => `ts-listed-${i}`);
  for (const key of keys) await create(key, ruleId, { status: "not_started" });
  const filters = { filterCampaignName: "ts-listed", filterCampaignStatus: "not_started" };
  const seen: string[] = [];
  for (const pageOffset of [0, 10]) {
    const page = await api.listScorecardCampaigns({ ...filters, pageOffset });
    expectParsed(page);
    const { count, limit, offset, total } = page.meta;
    const wanted = [Math.min(10, 12 - pageOffset), 10, pageOffset, 12];
    assert.deepStrictEqual([count, limit, offset, total], wanted);
    seen.push(...page.data.map((item) => item.attributes.key));
  }
  assert.deepStrictEqual(seen.sort(), keys.sort());
  const owned = await api.listScorecardCampaigns({ filterCampaignOwner: ownerId, pageLimit: 1 });
  assert.strictEqual(owned.data.length, 1);
  const nobody = ownerId.replace(/5/g, "6");
  const other = await api.listScorecardCampaigns({ filterCampaignOwner: nobody });
  assert.deepStrictEqual(other.data, []);
});

check("ListScorecardCampaigns", "a key without cases_read raises with status 403", async () => {
  const reader = makeApi({ appKeyAuth: required("READ_ONLY_APP_KEY") });
  await expectRefused(403, reader.listScorecardCampaigns(), { title: "Forbidden" });
});
