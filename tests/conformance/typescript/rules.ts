// Rules and scorecards through the official TypeScript client.

import * as assert from "node:assert";
import { v2 } from "@datadog/datadog-api-client";
import {
  api,
  check,
  createRule,
  createdRuleId,
  definedMembers,
  expectParsed,
  expectRecent,
  expectRefused,
  outcome,
  outcomesOf,
  ruleAttributes,
  send,
} from "./support";

check("CreateScorecardRule", "every attribute comes back typed", async () => {
  const sent = {
    description: "Describes <it>",
    enabled: true,
    level: 2,
    owner: "Platform",
    scopeQuery: "kind:service",
  };
  const answer = await createRule("All attributes", sent);
  expectParsed(answer);
  assert.strictEqual(answer.data?.type, "rule");
  const got = answer.data.attributes;
  assert.deepStrictEqual(
    {
      description: got?.description,
      enabled: got?.enabled,
      level: got?.level,
      owner: got?.owner,
      scopeQuery: got?.scopeQuery,
    },
    sent,
  );
  assert.strictEqual(got?.name, "All attributes");
  assert.strictEqual(got.scorecardName, "TypeScript conformance");
  assert.strictEqual(got.category, "TypeScript conformance");
  assert.strictEqual(got.custom, true);
  expectRecent(got.createdAt, "createdAt");
  assert.deepStrictEqual(got.createdAt, got.modifiedAt, "modifiedAt at creation");
  assert.strictEqual(answer.data.relationships?.scorecard?.data?.type, "scorecard");
});

check("CreateScorecardRule", "level is 3 and enabled true when not sent", async () => {
  const attributes = (await createRule("Defaults")).data?.attributes;
  assert.deepStrictEqual([attributes?.level, attributes?.enabled], [3, true]);
});

check("UpdateScorecardRule", "a rule is replaced as a whole", async () => {
  const created = await createRule("Before", { description: "gone", owner: "gone", level: 1 });
  const answer = await api.updateScorecardRule({
    ruleId: created.data?.id as string,
    body: { data: { type: "rule", attributes: ruleAttributes("After", { enabled: false }) } },
  });
  expectParsed(answer);
  const got = answer.data?.attributes;
  assert.strictEqual(answer.data?.id, created.data?.id);
  assert.deepStrictEqual([got?.name, got?.enabled, got?.level], ["After", false, 3]);
  assert.strictEqual(got?.description, undefined, "description is cleared");
  assert.strictEqual(got?.owner, undefined, "owner is cleared");
  assert.deepStrictEqual(got?.createdAt, created.data?.attributes?.createdAt, "createdAt");
});

// This status is not in the client's list for the operation: it hands the text over as it came.
check("UpdateScorecardRule", "an unknown id raises with status 404", async () => {
  const body = { data: { type: "rule", attributes: ruleAttributes("X") } } as const;
  await assert.rejects(api.updateScorecardRule({ ruleId: "REPLACE.ME", body }), {
    code: 404,
    body: /"title":"Not Found","detail":"rule not found: REPLACE.ME"/,
  });
});

check("DeleteScorecardRule", "a deleted rule and its outcomes are gone", async () => {
  const ruleId = await createdRuleId("Deleted");
  await send([outcome(ruleId, "service:a")]);
  await api.deleteScorecardRule({ ruleId });
  const listed = await api.listScorecardRules({ filterRuleId: ruleId });
  expectParsed(listed);
  assert.deepStrictEqual(listed.data, []);
  assert.deepStrictEqual(await outcomesOf(ruleId), []);
});

check("DeleteScorecardRule", "an unknown id raises with status 404", async () => {
  await expectRefused(404, api.deleteScorecardRule({ ruleId: "a/b c" }), {
    title: "Not Found",
    detail: "rule not found: a/b c",
  });
});

check("ListScorecardRules", "filters, sparse fields and includes are understood", async () => {
  const name = "Filtered rule + more (TypeScript)";
  const ruleId = (await createRule(name, { description: "About Filters & such (TypeScript)" })).data
    ?.id as string;
  const filters: v2.ScorecardsApiListScorecardRulesRequest[] = [
    { filterRuleId: ruleId },
    { filterRuleName: name },
    { filterRuleDescription: "about filters & such (typescript" },
    { filterRuleId: ruleId, filterRuleEnabled: true, filterRuleCustom: true },
    { filterRuleId: ruleId, include: "scorecard", fieldsScorecard: "name" },
  ];
  for (const filter of filters) {
    const listed = await api.listScorecardRules(filter);
    expectParsed(listed);
    assert.deepStrictEqual(
      listed.data?.map((item) => item.id),
      [ruleId],
      JSON.stringify(filter),
    );
  }
  const sparse = await api.listScorecardRules({ filterRuleId: ruleId, fieldsRule: "name" });
  assert.deepStrictEqual(definedMembers(sparse.data?.[0]?.attributes), { name });
  const disabled = await api.listScorecardRules({ filterRuleId: ruleId, filterRuleEnabled: false });
  assert.deepStrictEqual(disabled.data, []);
});

check("ListScorecards", "scorecards are listed, found and typed", async () => {
  const scorecardName = "TypeScript scorecard & more";
  const rule = await createRule("In a scorecard", { scorecardName });
  const wanted = rule.data?.relationships?.scorecard?.data?.id as string;
  const filters: v2.ScorecardsApiListScorecardsRequest[] = [
    { filterScorecardId: wanted },
    { filterScorecardName: "script scorecard & more" },
    { pageSize: 100, pageOffset: 0 },
  ];
  for (const filter of filters) {
    const listed = await api.listScorecards(filter);
    expectParsed(listed);
    const [found, ...others] = listed.data.filter((item) => item.id === wanted);
    assert.strictEqual(others.length, 0);
    assert.strictEqual(found?.type, "scorecard", JSON.stringify(filter));
    assert.strictEqual(found.attributes.name, scorecardName);
    expectRecent(found.attributes.createdAt, "createdAt");
    expectRecent(found.attributes.modifiedAt, "modifiedAt");
  }
});
