// Requests in the odd forms that clients send.

import * as assert from "node:assert";
import {
  check,
  createdRuleId,
  expectParsed,
  makeApi,
  outcome,
  outcomesOf,
  send,
} from "./support";

check("ListScorecardRules", "an empty bearer token beside the keys counts as absent", async () => {
  expectParsed(await makeApi({}, { Authorization: "Bearer " }).listScorecardRules());
});

for (const encoding of ["gzip", "deflate"]) {
  check("UpdateScorecardOutcomes", `a ${encoding} body is decoded`, async () => {
    const ruleId = await createdRuleId(`Encoding ${encoding}`);
    const items = Array.from({ length: 100 }, (_, i) =>
      outcome(ruleId, `service:encoded-${i}`, "pass", "x".repeat(500)),
    );
    await send(items, makeApi({}, { "Content-Encoding": encoding }));
    const stored = await outcomesOf(ruleId);
    assert.strictEqual(stored.length, 100);
    assert.strictEqual(stored[99]?.attributes?.remarks, "x".repeat(500));
  });
}
