// Lists of every size that matters come once each through auto-paging.

import {
  api,
  check,
  collect,
  createdRuleId,
  expectAllOnce,
  listSizes,
  outcome,
  send,
} from "./support";

function paging(size: number): void {
  const ruleName = `Paging through ${size} rules (TypeScript)`;
  let outcomesRuleId: string | undefined;
  let ruleIds: string[] | undefined;
  for (const pageSize of [undefined, 100]) {
    const told = pageSize === undefined ? "an unset page size" : `a page size of ${pageSize}`;
    const page = pageSize === undefined ? {} : { pageSize };
    check("ListScorecardOutcomes", `${size} items come once each with ${told}`, async () => {
      const names = Array.from({ length: size }, (_, i) => `s${i}`);
      if (outcomesRuleId === undefined) {
        const id = await createdRuleId(`Paging through ${size} outcomes`);
        await send(names.map((name) => outcome(id, `service:${name}`)));
        outcomesRuleId = id;
      }
      const items = await collect(
        api.listScorecardOutcomesWithPagination({ filterRuleId: outcomesRuleId, ...page }),
      );
      expectAllOnce(items.map((item) => item.attributes?.serviceName), names);
    });
    check("ListScorecardRules", `${size} items come once each with ${told}`, async () => {
      if (ruleIds === undefined) {
        const made: string[] = [];
        for (let i = 0; i < size; ++i) made.push(await createdRuleId(ruleName));
        ruleIds = made;
      }
      const items = await collect(
        api.listScorecardRulesWithPagination({ filterRuleName: ruleName, ...page }),
      );
      expectAllOnce(items.map((item) => item.id), ruleIds);
    });
  }
}

listSizes.forEach(paging);
