// Uses a client that openapi-typescript and openapi-fetch made of the document, against a running
// server: SCOREKEEPER_URL, DD_API_KEY, DD_APP_KEY. It compiles only while the answers have types.
import assert from "node:assert/strict";

import createClient from "openapi-fetch";

import type { components, paths } from "./document.js";

type Schemas = components["schemas"];

const { SCOREKEEPER_URL, DD_API_KEY, DD_APP_KEY } = process.env;
assert(SCOREKEEPER_URL && DD_API_KEY && DD_APP_KEY);
const client = createClient<paths>({
  baseUrl: SCOREKEEPER_URL,
  headers: { "DD-API-KEY": DD_API_KEY, "DD-APPLICATION-KEY": DD_APP_KEY },
});

async function createRule(): Promise<string> {
  const { data, error } = await client.POST("/api/v2/scorecard/rules", {
    body: { data: { type: "rule", attributes: { name: "Typed", scorecard_name: "TypeScript" } } },
  });
  assert(data, JSON.stringify(error));
  const rule: Schemas["Rule"] = data.data;
  return rule.id;
}

async function report(rule: string): Promise<void> {
  const { data, error } = await client.POST("/api/v2/scorecard/outcomes", {
    body: {
      data: {
        type: "batched-outcome",
        attributes: {
          results: [{ rule_id: rule, entity_reference: "service:typed", state: "pass" }],
        },
      },
    },
  });
  assert(data, JSON.stringify(error));
  assert.equal(data.meta.total_received, 1);
}

async function readOutcomes(rule: string): Promise<void> {
  const { data } = await client.GET("/api/v2/scorecard/outcomes", {
    params: { query: { "filter[rule][id]": rule, "page[size]": 10, include: "rule" } },
  });
  assert(data);
  const outcomes: Schemas["Outcome"][] = data.data;
  assert.deepEqual(outcomes.map((outcome) => outcome.attributes.state), ["pass"]);
  assert.equal(outcomes[0]?.attributes.entity_reference, "service:default/typed");
  assert.equal(data.included?.[0]?.attributes.name, "Typed");
}

async function readScores(rule: string): Promise<void> {
  const { data } = await client.GET("/api/v2/scorecard/scores/{aggregation}", {
    params: { path: { aggregation: "by-rule" }, query: { "filter[rule][id]": rule } },
  });
  assert(data);
  const scores: Schemas["Score"][] = data.data;
  assert.deepEqual(scores.map(({ attributes }) => [attributes.score, attributes.total_pass]), [[1, 1]]);
  assert.equal(data.meta.total, 1);
}

async function readRules(rule: string): Promise<void> {
  const { data } = await client.GET("/api/v2/scorecard/rules", {
    params: { query: { "filter[rule][id]": rule } },
  });
  assert(data);
  const rules: Schemas["Rule"][] = data.data;
  assert.deepEqual(rules.map(({ id, attributes }) => [id, attributes.custom]), [[rule, true]]);
}

async function readErrors(): Promise<void> {
  const body = {
    data: {
      type: "batched-outcome" as const,
      attributes: {
        results: [{ rule_id: "unknown", entity_reference: "service:a", state: "pass" as const }],
      },
    },
  };
  const objects = await client.POST("/api/v2/scorecard/outcomes", { body });
  assert.equal(objects.response.status, 409);
  const first = objects.error?.errors[0];
  assert(typeof first === "object");
  assert.equal(first.title, "Invalid rule_id");
  const strings = await client.POST("/api/v2/scorecard/outcomes", {
    body,
    headers: { Accept: "application/json" },
  });
  assert.deepEqual(strings.error?.errors, ["Invalid rule_id"]);
}

const rule = await createRule();
await report(rule);
await readOutcomes(rule);
await readScores(rule);
await readRules(rule);
await readErrors();
console.log("TypeScript client: rules, outcomes, scores and errors are typed");
