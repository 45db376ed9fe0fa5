// What the official TypeScript client does when its rate is spent: without and with its own retry.
//
// Environment: SCOREKEEPER_ADDRESS (HOST:PORT), DD_API_KEY, DD_APP_KEY, RATE_LIMIT_REQUESTS. Prints
// one line for each check, in the form that tests/conformance/run reads.

import * as assert from "node:assert";
import { client, v2 } from "@datadog/datadog-api-client";
import {
  check,
  configure,
  expectParsed,
  outcome,
  required,
  ruleAttributes,
  runChecks,
  send,
} from "./support";

const callsMax = 2 * Number(required("RATE_LIMIT_REQUESTS")) + 2;
const attemptsMax = 3;

// The client's exceptions have no headers: its HTTP library is asked for them.
class HeaderKeeping implements client.HttpLibrary {
  last: Record<string, string> = {};
  private readonly inner = new client.IsomorphicFetchHttpLibrary();

  async send(request: client.RequestContext): Promise<client.ResponseContext> {
    const response = await this.inner.send(request);
    this.last = response.headers;
    return response;
  }
}

const heard = new HeaderKeeping();
const api = new v2.ScorecardsApi(configure({ httpApi: heard }));
const retrying = new v2.ScorecardsApi(configure({ enableRetry: true }));

// Calls without retry until it is refused; the body of the exception.
async function spendRate(): Promise<unknown> {
  for (let i = 0; i < callsMax; ++i) {
    try {
      await api.listScorecardRules();
    } catch (error) {
      const exception = error as { code?: number; body?: unknown };
      if (exception.code !== 429) throw error;
      return exception.body;
    }
  }
  throw new Error(`${callsMax} calls were not refused`);
}

// The call ends only when the period that the refusal before it named is over. A period that ends
// within a second says nothing: the call then begins another one.
async function expectWaitedOut(call: () => Promise<void>): Promise<void> {
  let told = "";
  for (let i = 0; i < attemptsMax; ++i) {
    await spendRate();
    const reset = Number(heard.last["x-ratelimit-reset"]);
    const beganMs = performance.now();
    await call();
    const tookSeconds = (performance.now() - beganMs) / 1000;
    if (reset >= 2 && tookSeconds >= reset - 1) return;
    told = `took ${tookSeconds.toFixed(1)} s where ${reset} s were to be waited`;
  }
  throw new Error(told);
}

check("ListScorecardRules", "without retry a 429 is an error that carries the body", async () => {
  const body = (await spendRate()) as v2.APIErrorResponse;
  assert.deepStrictEqual(body.errors, ["Too many requests"]);
});

check("UpdateScorecardOutcomes", "with retry on a 429 is waited out, then accepted", async () => {
  const attributes = ruleAttributes("Retried");
  const rule = await retrying.createScorecardRule({ body: { data: { type: "rule", attributes } } });
  const ruleId = rule.data?.id as string;
  await expectWaitedOut(() => send([outcome(ruleId, "service:retried")], retrying));
});

check("ListScorecardRules", "with retry on a list is waited out too", async () => {
  await expectWaitedOut(async () => {
    const listed = await retrying.listScorecardRules();
    expectParsed(listed);
    assert.ok(listed.data?.some((rule) => rule.attributes?.name === "Retried"), "the rule");
  });
});

void runChecks();
