// Outcomes and their batches, by the documented example first, and what is refused.

import * as assert from "node:assert";
import { v2 } from "@datadog/datadog-api-client";
import {
  UnparsedObject,
} from "@datadog/datadog-api-client/dist/packages/datadog-api-client-common/util";
import {
  Keys,
  api,
  check,
  createdRuleId,
  definedMembers,
  expectParsed,
  expectRecent,
  expectRefused,
  makeApi,
  outcome,
  outcomesOf,
  required,
  send,
} from "./support";

// POST /outcomes as the API's documentation shows it for TypeScript.
function documentedExample(apiInstance: v2.ScorecardsApi): Promise<void> {
  const CREATE_SCORECARD_RULE_DATA_ID = process.env.CREATE_SCORECARD_RULE_DATA_ID as string;
  const params: v2.ScorecardsApiUpdateScorecardOutcomesRequest = {
    body: {
      data: {
        attributes: {
          results: [
            {
              ruleId: CREATE_SCORECARD_RULE_DATA_ID,
              entityReference: "service:my-service",
              remarks: `See: <a href="https://app.datadoghq.com/services">Services</a>`,
              state: "pass",
            },
          ],
        },
        type: "batched-outcome",
      },
    },
  };
  return apiInstance.updateScorecardOutcomes(params);
}

check("UpdateScorecardOutcomes", "the documented example runs and is read back", async () => {
  const ruleId = await createdRuleId("Example of TypeScript");
  process.env.CREATE_SCORECARD_RULE_DATA_ID = ruleId;
  await documentedExample(makeApi());
  const [item, ...others] = await outcomesOf(ruleId);
  assert.strictEqual(others.length, 0, "only one outcome");
  assert.strictEqual(item?.id, `${ruleId}\\my-service`);
  assert.strictEqual(item.type, "outcome");
  assert.strictEqual(item.attributes?.serviceName, "my-service");
  assert.strictEqual(item.attributes.state, "pass");
  assert.strictEqual(
    item.attributes.remarks,
    `See: <a href="https://app.datadoghq.com/services">Services</a>`,
  );
  expectRecent(item.attributes.createdAt, "createdAt");
  expectRecent(item.attributes.modifiedAt, "modifiedAt");
  assert.strictEqual(item.relationships?.rule?.data?.id, ruleId);
  assert.strictEqual(item.relationships.rule.data.type, "rule");
});

check("UpdateScorecardOutcomes", "a later outcome replaces state and remarks", async () => {
  const ruleId = await createdRuleId("Replaced");
  await send([outcome(ruleId, "service:a", "fail", "Für später ✓ <&>")]);
  const first = (await outcomesOf(ruleId))[0]?.attributes;
  assert.strictEqual(first?.remarks, "Für später ✓ <&>");
  await send([outcome(ruleId, "service:a", "skip")]);
  const second = (await outcomesOf(ruleId))[0]?.attributes;
  assert.strictEqual(second?.state, "skip");
  assert.strictEqual(second.remarks, undefined, "remarks that are not sent are cleared");
  assert.deepStrictEqual(second.createdAt, first.createdAt, "createdAt");
});

check("UpdateScorecardOutcomes", "both forms of an entity reference address one outcome", async () => {
  const ruleId = await createdRuleId("Reference forms");
  await send([outcome(ruleId, "service:a")]);
  await send([outcome(ruleId, "service:default/a", "fail")]);
  assert.deepStrictEqual((await outcomesOf(ruleId)).map((item) => item.attributes?.state), ["fail"]);
});

check("ListScorecardOutcomes", "filters, sparse fields and includes are understood", async () => {
  const ruleId = await createdRuleId("Filters of outcomes (TypeScript)");
  await send([
    outcome(ruleId, "service:first", "pass"),
    outcome(ruleId, "service:second", "fail"),
    outcome(ruleId, "queue:third", "skip"),
  ]);
  const cases: [v2.ScorecardsApiListScorecardOutcomesRequest, string[]][] = [
    [{}, ["first", "second", "third"]],
    [{ filterOutcomeState: "fail" }, ["second"]],
    [{ filterOutcomeServiceName: "third" }, ["third"]],
    [{ filterRuleEnabled: true, filterOutcomeState: "skip" }, ["third"]],
    [{ filterRuleEnabled: false }, []],
    [{ filterRuleName: "Filters of outcomes (TypeScript)" }, ["first", "second", "third"]],
    [{ filterRuleName: "Filters of" }, []],
  ];
  for (const [filter, names] of cases) {
    const listed = await api.listScorecardOutcomes({ filterRuleId: ruleId, ...filter });
    expectParsed(listed);
    assert.deepStrictEqual(
      listed.data?.map((item) => item.attributes?.serviceName),
      names,
      JSON.stringify(filter),
    );
  }
  const included = await api.listScorecardOutcomes({
    filterRuleId: ruleId,
    include: "rule",
    fieldsOutcome: "state, service_name",
  });
  expectParsed(included);
  const second = included.data?.[1];
  assert.deepStrictEqual(definedMembers(second?.attributes), {
    serviceName: "second",
    state: "fail",
  });
  assert.strictEqual(second?.relationships, undefined, "sparse fields drop relationships");
  assert.deepStrictEqual(
    included.included?.map((rule) => [rule.id, rule.attributes?.name]),
    [[ruleId, "Filters of outcomes (TypeScript)"]],
  );
});

function batch(results: v2.OutcomesBatchRequestItem[]): Promise<v2.OutcomesBatchResponse> {
  return api.createScorecardOutcomesBatch({
    body: { data: { type: "batched-outcome", attributes: { results } } },
  });
}

check("CreateScorecardOutcomesBatch", "a batch by service names is stored and answered typed", async () => {
  const ruleId = await createdRuleId("Batch");
  const remarks = `See: <a href='https://example.com'>there</a>`;
  const answer = await batch([
    { ruleId, serviceName: "one", state: "pass", remarks },
    { ruleId, serviceName: "two", state: "fail", remarks },
  ]);
  expectParsed(answer);
  assert.deepStrictEqual([answer.meta.totalReceived, answer.meta.totalUpdated], [2, 2]);
  assert.deepStrictEqual(
    answer.data.map((item) => [item.id, item.attributes?.serviceName, item.attributes?.state]),
    [
      [`${ruleId}\\one`, "one", "pass"],
      [`${ruleId}\\two`, "two", "fail"],
    ],
  );
  const stored = await outcomesOf(ruleId);
  assert.deepStrictEqual(
    stored.map((item) => item.id),
    answer.data.map((item) => item.id),
  );
});

check("CreateScorecardOutcomesBatch", "an empty service name is refused", async () => {
  const ruleId = await createdRuleId("Refused batch");
  await expectRefused(400, batch([{ ruleId, serviceName: "", state: "pass" }]), {
    title: "Bad Request",
    detail: 'attribute "service_name" is required',
  });
});


check("UpdateScorecardOutcomes", "an unknown state raises with status 400", async () => {
  const ruleId = await createdRuleId("Unknown state");
  // The client lets a value that it does not know through only as one of its unparsed objects.
  const state = new UnparsedObject("INVALID") as unknown as v2.State;
  await expectRefused(400, send([outcome(ruleId, "service:a", state)]), {
    title: "Bad Request",
    detail: 'attribute "state" must be one of "pass fail skip"',
  });
  assert.deepStrictEqual(await outcomesOf(ruleId), []);
});

check("UpdateScorecardOutcomes", "an unknown rule raises with status 409", async () => {
  await expectRefused(409, send([outcome("INVALID.RULE_ID", "service:a")]), {
    title: "Invalid rule_id",
  });
});

check("ListScorecardOutcomes", "a page size over the maximum raises with status 400", async () => {
  await expectRefused(400, api.listScorecardOutcomes({ pageSize: 101 }));
  await expectRefused(400, api.listScorecardRules({ pageSize: 101 }));
});

check("UpdateScorecardOutcomes", "a key without the write scope raises with status 403", async () => {
  const ruleId = await createdRuleId("Read only");
  const reader = makeApi({ appKeyAuth: required("READ_ONLY_APP_KEY") });
  const forbidden = { title: "Forbidden" };
  await expectRefused(403, send([outcome(ruleId, "service:a")], reader), forbidden);
  await expectRefused(403, reader.deleteScorecardRule({ ruleId }), forbidden);
  const listed = await reader.listScorecardOutcomes({ filterRuleId: ruleId });
  assert.deepStrictEqual(listed.data, []);
});

check("ListScorecardRules", "wrong keys raise with status 403", async () => {
  const wrong: Keys[] = [{ apiKeyAuth: "0".repeat(32) }, { appKeyAuth: "0".repeat(40) }];
  for (const keys of wrong) {
    await expectRefused(403, makeApi(keys).listScorecardRules(), { title: "Forbidden" });
  }
});
