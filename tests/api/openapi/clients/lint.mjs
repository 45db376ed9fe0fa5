// Lints an OpenAPI document with Redocly's rules: node lint.mjs FILE. Ends with 1 when there is a
// problem of any kind. Examples are held against their schemas by ../document.py, which knows the
// whole of JSON Schema; here members that a condition describes would count as unknown.
import { createConfig, lint } from "@redocly/openapi-core";

const RULES = {
  "no-invalid-media-type-examples": { severity: "error", allowAdditionalProperties: true },
  "no-schema-type-mismatch": "error",
  "no-unused-components": "error",
  "operation-description": "error",
  "operation-operationId": "error",
  "operation-summary": "error",
  "parameter-description": "error",
  "tag-description": "error",
};
// The answer where there is no operation: info.description names it.
const UNUSED = "#/components/responses/MethodNotAllowed";

// Schemas, their members, and responses that do not say what they are.
function* undescribed(document) {
  for (const [name, schema] of Object.entries(document.components.schemas)) {
    if (!schema.description) yield `schema ${name} has no description`;
    yield* undescribedMembers(schema, name);
  }
}

function* undescribedMembers(value, where) {
  if (value === null || typeof value !== "object") return;
  for (const [name, member] of Object.entries(value)) {
    if (["example", "examples", "dependentSchemas", "if", "then", "else"].includes(name)) continue;
    if (name === "properties") {
      for (const [property, schema] of Object.entries(member)) {
        if (!schema.description && !schema.$ref && schema.const === undefined) {
          yield `member ${where}/${property} has no description`;
        }
      }
    }
    yield* undescribedMembers(member, name === "properties" ? where : `${where}/${name}`);
  }
}

const config = await createConfig({ extends: ["recommended-strict"], rules: RULES });
const found = (await lint({ ref: process.argv[2], config }))
  .map(({ ruleId, message, location }) => ({ ruleId, message, pointer: location[0]?.pointer }))
  .filter(({ ruleId, pointer }) => ruleId !== "no-unused-components" || pointer !== UNUSED)
  .map(({ ruleId, message, pointer }) => `${ruleId} at ${pointer}: ${message}`);
const { readFileSync } = await import("node:fs");
found.push(...undescribed(JSON.parse(readFileSync(process.argv[2], "utf8"))));
for (const problem of found) console.log(`FAILED ${problem}`);
console.log(`lint: ${found.length} problems`);
process.exitCode = found.length === 0 ? 0 : 1;
