// What the checks of the official TypeScript client share: the client and expectations.
//
// A check is registered with check(); runChecks() runs them all and prints a line for each.

import * as assert from "node:assert";
import { client, v2 } from "@datadog/datadog-api-client";

export type Keys = { apiKeyAuth?: string; appKeyAuth?: string };
type Check = { operation: string; sentence: string; run: () => Promise<void> };

const checks: Check[] = [];

// Registers a check; it passes when its function returns.
export function check(operation: string, sentence: string, run: () => Promise<void>): void {
  checks.push({ operation, sentence, run });
}

export function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}

// Adds headers to every request of the client, as its users do through the HTTP library.
class HeaderAdding implements client.HttpLibrary {
  private readonly inner = new client.IsomorphicFetchHttpLibrary();

  constructor(private readonly headers: Record<string, string>) {}

  send(request: client.RequestContext): Promise<client.ResponseContext> {
    for (const [name, value] of Object.entries(this.headers)) request.setHeaderParam(name, value);
    return this.inner.send(request);
  }
}

type Parameters = NonNullable<globalThis.Parameters<typeof client.createConfiguration>[0]>;

export function configure(others: Parameters = {}): client.Configuration {
  const configuration = client.createConfiguration({ serverIndex: 1, ...others });
  configuration.setServerVariables({ protocol: "http", name: required("SCOREKEEPER_ADDRESS") });
  configuration.unstableOperations["v2.createScorecardOutcomesBatch"] = true;
  return configuration;
}

export function makeApi(keys: Keys = {}, headers?: Record<string, string>): v2.ScorecardsApi {
  const authMethods = {
    apiKeyAuth: keys.apiKeyAuth ?? required("DD_API_KEY"),
    appKeyAuth: keys.appKeyAuth ?? required("DD_APP_KEY"),
  };
  const httpApi = headers ? { httpApi: new HeaderAdding(headers) } : {};
  return new v2.ScorecardsApi(configure({ authMethods, ...httpApi }));
}

export const api = makeApi();

// Every object of an answer has the type that the client expected of it.
export function expectParsed(value: unknown, where = "answer"): void {
  if (value === null || typeof value !== "object") return;
  const kind = value.constructor?.name;
  assert.notStrictEqual(kind, "UnparsedObject", `${where} is an unparsed object`);
  assert.ok(!(value as { _unparsed?: boolean })._unparsed, `${where} holds an unparsed object`);
  for (const [name, member] of Object.entries(value)) expectParsed(member, `${where}.${name}`);
}

// The client gives absent members the value undefined.
export function definedMembers(value: object | undefined): Record<string, unknown> {
  const members = Object.entries(value ?? {});
  return Object.fromEntries(members.filter(([, member]) => member !== undefined));
}

export function expectRecent(time: Date | undefined, what: string): void {
  assert.ok(time instanceof Date && !Number.isNaN(time.getTime()), `${what} must be a date`);
  const ageMs = Date.now() - time.getTime();
  assert.ok(ageMs > -60_000 && ageMs < 600_000, `${what} is ${time.toISOString()}`);
}

export function ruleAttributes(
  name: string,
  others: Partial<v2.RuleAttributesRequest> = {},
): v2.RuleAttributesRequest {
  return { name, scorecardName: "TypeScript conformance", ...others };
}

export function createRule(
  name: string,
  others: Partial<v2.RuleAttributesRequest> = {},
): Promise<v2.CreateRuleResponse> {
  return api.createScorecardRule({
    body: { data: { type: "rule", attributes: ruleAttributes(name, others) } },
  });
}

export async function createdRuleId(name: string): Promise<string> {
  const id = (await createRule(name)).data?.id;
  assert.ok(id, "a new rule must have an id");
  return id;
}

export function outcome(
  ruleId: string,
  entityReference: string,
  state: v2.State = "pass",
  remarks?: string,
): v2.UpdateOutcomesAsyncRequestItem {
  return { ruleId, entityReference, state, ...(remarks === undefined ? {} : { remarks }) };
}

export function send(results: v2.UpdateOutcomesAsyncRequestItem[], by = api): Promise<void> {
  return by.updateScorecardOutcomes({
    body: { data: { type: "batched-outcome", attributes: { results } } },
  });
}

export async function outcomesOf(filterRuleId: string): Promise<v2.OutcomesResponseDataItem[]> {
  const listed = await api.listScorecardOutcomes({ filterRuleId, pageSize: 100 });
  expectParsed(listed);
  return listed.data ?? [];
}

export const listSizes = [0, 1, 10, 11, 100, 101];

export function expectAllOnce(items: (string | undefined)[], wanted: string[]): void {
  assert.strictEqual(items.length, wanted.length, "number of items");
  assert.deepStrictEqual(new Set(items), new Set(wanted));
}

export async function collect<T>(pages: AsyncGenerator<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of pages) {
    expectParsed(item);
    items.push(item);
  }
  return items;
}

type ErrorDocument = { errors: { status?: string; title?: string; detail?: string }[] };

// The client raises, and its exception carries the error document.
export async function expectRefused(
  status: number,
  call: Promise<unknown>,
  wanted: { title?: string; detail?: string } = {},
): Promise<ErrorDocument> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error, `wanted an ApiException with status ${status}, got an answer`);
  const exception = error as { code?: number; body?: ErrorDocument };
  assert.strictEqual(exception.code, status, `status; ${error}`);
  const document = exception.body;
  assert.ok(document && Array.isArray(document.errors), "the exception has the error document");
  const first = document.errors[0];
  assert.strictEqual(first?.status, String(status), "errors[0].status");
  if (wanted.title) assert.strictEqual(first?.title, wanted.title, "errors[0].title");
  if (wanted.detail) assert.strictEqual(first?.detail, wanted.detail, "errors[0].detail");
  return document;
}

// Runs all checks and prints a line for each.
export async function runChecks(): Promise<void> {
  for (const { operation, sentence, run } of checks) {
    const reason = await run().then(
      () => undefined,
      (error: unknown) => {
        const body = (error as { body?: unknown }).body;
        return `${error} ${body ? JSON.stringify(body) : ""}`.replace(/\s+/g, " ").slice(0, 1000);
      },
    );
    const line = reason === undefined ? ["PASS", operation, sentence]
                                      : ["FAIL", operation, sentence, reason];
    console.log(line.join("\t"));
  }
  console.log(`END\t${checks.length}`);
}
