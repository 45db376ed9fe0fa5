// The official TypeScript client, called as the table says: a request a line, an answer a line.
//
// Environment: SCOREKEEPER_ADDRESS (HOST:PORT). README.md says what a request and an answer hold.
// Arguments are made into the client's models by the client's serializer; an answer is read from
// its models, member by member, by the map that each model's class has.

import { createInterface } from "node:readline";
import { client, v2 } from "@datadog/datadog-api-client";
import {
  AttributeTypeMap,
  UnparsedObject,
} from "@datadog/datadog-api-client/dist/packages/datadog-api-client-common/util";

type Members = Record<string, unknown>;
type Client = {
  api_key: string | null;
  app_key: string | null;
  headers: Record<string, string>;
  retry: boolean;
};
type Request = {
  operation: string;
  api: "Scorecards" | "ServiceDefinition" | "SoftwareCatalog";
  arguments: Members;
  query: Members;
  body?: unknown;
  body_type: string | null;
  items: boolean;
  client: Client;
};
type Model = { constructor: { name: string; getAttributeTypeMap(): AttributeTypeMap } };

// The client's HTTP library, which adds headers and keeps the last answer as it came: the client
// itself lets hear neither.
class Hearing extends client.IsomorphicFetchHttpLibrary {
  last: Members = {};

  constructor(private readonly added: Record<string, string>) {
    super();
  }

  async send(request: client.RequestContext): Promise<client.ResponseContext> {
    for (const [name, value] of Object.entries(this.added)) request.setHeaderParam(name, value);
    const response = await super.send(request);
    const body = await response.body.text();
    this.last = { status: response.httpStatusCode, headers: response.headers, body };
    const again = { text: async () => body, binary: async () => Buffer.from(body) };
    return new client.ResponseContext(response.httpStatusCode, response.headers, again);
  }
}

const apis = {
  Scorecards: v2.ScorecardsApi,
  ServiceDefinition: v2.ServiceDefinitionApi,
  SoftwareCatalog: v2.SoftwareCatalogApi,
};
const configurations = new Map<string, client.Configuration>();

function configurationOf(wanted: Client): client.Configuration {
  const key = JSON.stringify(wanted);
  const known = configurations.get(key);
  if (known) return known;
  const configuration = client.createConfiguration({
    serverIndex: 1,
    enableRetry: wanted.retry,
    httpApi: new Hearing(wanted.headers),
    authMethods: {
      ...(wanted.api_key === null ? {} : { apiKeyAuth: wanted.api_key }),
      ...(wanted.app_key === null ? {} : { appKeyAuth: wanted.app_key }),
    },
  });
  const name = process.env.SCOREKEEPER_ADDRESS as string;
  configuration.setServerVariables({ protocol: "http", name });
  configuration.unstableOperations["v2.createScorecardOutcomesBatch"] = true;
  configurations.set(key, configuration);
  return configuration;
}

// The contents of an answer, read from the client's models; the models that it has met.
class Reading {
  readonly models = new Set<string>();
  readonly unparsed: string[] = [];

  // `type`: what the client's map says of the member that holds the value.
  read(value: unknown, type = ""): unknown {
    if (value instanceof UnparsedObject) {
      this.unparsed.push(`${type} ${JSON.stringify(value._data)}`.slice(0, 300));
      return value._data;
    }
    if (value instanceof Date) return { $time: value.toISOString() };
    if (Array.isArray(value)) {
      const inner = /^Array<(.*)>$/.exec(type)?.[1] ?? "";
      return value.map((item) => this.read(item, inner));
    }
    if (value !== null && typeof value === "object") return this.readObject(value);
    const named = /^[A-Z]/.test(type) && typeof value === "string"; // the client's own enumerations
    return named ? { $enum: value } : value;
  }

  private readObject(value: object): unknown {
    const { name, getAttributeTypeMap } = (value as Model).constructor;
    const map = getAttributeTypeMap?.();
    const tree: Members = {};
    if (map === undefined) {
      for (const [member, item] of Object.entries(value)) tree[member] = this.read(item);
      return tree;
    }
    this.models.add(name);
    for (const [member, item] of Object.entries(value)) {
      if (item === undefined) continue; // so the client says that a member is absent
      if (member === "_unparsed") this.unparsed.push(name);
      else if (member === "additionalProperties") tree.$untyped = this.read(item);
      else tree[map[member]?.baseName ?? member] = this.read(item, map[member]?.type);
    }
    return tree;
  }
}

// The client's name for a name of the wire: filter[rule][id] is filterRuleId.
function nameOf(wire: string): string {
  const words = wire.replace(/\]/g, "").split(/[[_]/);
  return words.map((word, i) => (i ? word[0]?.toUpperCase() + word.slice(1) : word)).join("");
}

// The one argument of every operation; none for one without parameters.
function parametersOf(request: Request): Members[] {
  const parameters: Members = {};
  for (const [name, value] of Object.entries({ ...request.arguments, ...request.query })) {
    parameters[nameOf(name)] = value;
  }
  if (request.body !== undefined) {
    const text = typeof request.body === "string";
    parameters.body = text
      ? request.body
      : v2.ObjectSerializer.deserialize(request.body, request.body_type as string);
  }
  return Object.keys(parameters).length > 0 ? [parameters] : [];
}

async function call(request: Request): Promise<Members> {
  const configuration = configurationOf(request.client);
  const api = new apis[request.api](configuration) as unknown as Record<
    string,
    (...parameters: Members[]) => unknown
  >;
  const heard = configuration.httpApi as Hearing;
  heard.last = {};
  const method = request.operation[0]?.toLowerCase() + request.operation.slice(1);
  const reading = new Reading();
  try {
    let answer: unknown;
    if (request.items) {
      const pages = api[`${method}WithPagination`]?.(...parametersOf(request));
      const items: unknown[] = [];
      for await (const item of pages as AsyncGenerator) items.push(item);
      answer = items;
    } else {
      answer = (await api[method]?.(...parametersOf(request))) ?? null;
    }
    const tree = reading.read(answer);
    const { models, unparsed } = reading;
    return { ...heard.last, answer: tree, models: [...models], unparsed };
  } catch (error) {
    const { code, body } = error as { code?: number; body?: object };
    if (code === undefined) throw error;
    const typed = typeof body === "object" && body !== null;
    const carried = typed ? { tree: reading.read(body), model: body.constructor.name } : {};
    return { error: { ...heard.last, ...carried, status: code } };
  }
}

async function main(): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    const answer = await call(JSON.parse(line) as Request).catch((error: unknown) => ({
      problem: String(error), // a fault of the client is an answer too: the check fails
    }));
    console.log(JSON.stringify(answer));
  }
}

void main();
