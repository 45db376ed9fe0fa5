// Scores of every aggregation through the official TypeScript client.

import * as assert from "node:assert";
import { v2 } from "@datadog/datadog-api-client";
import { upsert } from "./entities";
import { api, check, createRule, expectParsed, expectRefused, outcome, send } from "./support";

const team = "typescript-scores";
type Scored = { first: string; second: string; scorecard: string };
let made: Scored | undefined;

// Two services of one team and two rules of one scorecard: pass, fail; pass, skip.
async function scored(): Promise<Scored> {
  if (made) return made;
  for (const name of ["ts-first", "ts-second"]) await upsert(name, { owner: team });
  const scorecardName = "TypeScript scores";
  const one = (await createRule("Scored 1", { scorecardName, level: 1 })).data;
  const two = (await createRule("Scored 2", { scorecardName, level: 2 })).data;
  const [first, second] = [one?.id as string, two?.id as string];
  await send([
    outcome(first, "service:ts-first"),
    outcome(second, "service:ts-first", "fail"),
    outcome(first, "service:ts-second"),
    outcome(second, "service:ts-second", "skip"),
  ]);
  made = { first, second, scorecard: one?.relationships?.scorecard?.data?.id as string };
  return made;
}

async function scores(
  aggregation: v2.ScorecardScoresAggregation,
  others: Partial<v2.ScorecardsApiListScorecardScoresRequest> = {},
): Promise<v2.ListScorecardScoresResponse> {
  const answer = await api.listScorecardScores({ aggregation, ...others });
  expectParsed(answer);
  for (const item of answer.data ?? []) {
    assert.strictEqual(item.type, "score");
    assert.strictEqual(item.attributes?.aggregation, aggregation);
  }
  return answer;
}

// Without those that have no data: other entities of the catalog are among them.
function counts(item: v2.ScorecardScoreData | undefined): (number | undefined)[] {
  const got = item?.attributes;
  return [got?.numerator, got?.denominator, got?.totalPass, got?.totalFail, got?.totalSkip];
}

check("ListScorecardScores", "rules are scored, with level and relationships", async () => {
  const { first, second, scorecard } = await scored();
  const filters = { filterRuleScorecardId: scorecard, sort: "-score" };
  const listed = (await scores("by-rule", filters)).data ?? [];
  assert.deepStrictEqual(listed.map((item) => item.id), [first, second]);
  assert.deepStrictEqual(listed.map(counts), [[2, 2, 2, 0, 0], [0, 1, 0, 1, 1]]);
  assert.deepStrictEqual(listed.map((item) => item.attributes?.score), [1, 0]);
  assert.deepStrictEqual(listed.map((item) => item.attributes?.level), [1, 2]);
  assert.strictEqual(listed[0]?.relationships?.rule?.data?.id, first);
  assert.strictEqual(listed[0].relationships.scorecard?.data?.id, scorecard);
});

check("ListScorecardScores", "scorecards, kinds and teams are scored", async () => {
  const { scorecard } = await scored();
  const cases = [["by-scorecard", scorecard], ["by-team", team], ["by-kind", "service"]] as const;
  for (const [aggregation, wanted] of cases) {
    const listed = (await scores(aggregation, { filterRuleScorecardId: scorecard })).data ?? [];
    const [found, ...others] = listed.filter((item) => item.id === wanted);
    assert.strictEqual(others.length, 0, aggregation);
    assert.deepStrictEqual(counts(found), [2, 3, 2, 1, 1], aggregation);
    assert.ok(Math.abs((found?.attributes?.score ?? 0) - 2 / 3) < 1e-9, `score ${aggregation}`);
    const related = { "by-scorecard": found?.relationships?.scorecard,
                      "by-team": found?.relationships?.team,
                      "by-kind": undefined }[aggregation];
    if (aggregation !== "by-kind") assert.strictEqual(related?.data?.id, wanted, aggregation);
  }
});

check("ListScorecardScores", "entities are scored, in the order asked for", async () => {
  const { scorecard } = await scored();
  const filters = { filterRuleScorecardId: scorecard, sort: "-total_pass", pageLimit: 1000 };
  const listed = (await scores("by-entity", filters)).data ?? [];
  const of = (name: string): v2.ScorecardScoreData | undefined =>
    listed.find((item) => item.relationships?.service?.data?.id === name);
  assert.deepStrictEqual(counts(of("ts-first")), [1, 2, 1, 1, 0]);
  assert.deepStrictEqual(counts(of("ts-second")), [1, 1, 1, 0, 1]);
  const passes = listed.map((item) => item.attributes?.totalPass ?? 0);
  assert.deepStrictEqual(passes, [...passes].sort((a, b) => b - a), "order");
});

check("ListScorecardScores", "rules are chosen by every filter", async () => {
  const { first, second, scorecard } = await scored();
  const narrowed = { filterRuleScorecardId: scorecard };
  const cases: [Partial<v2.ScorecardsApiListScorecardScoresRequest>, string[]][] = [
    [{ filterRuleId: `${first},${second}` }, [first, second]],
    [{ filterRuleName: "Scored 1", ...narrowed }, [first]],
    [{ filterRuleLevel: "2,3", ...narrowed }, [second]],
    [{ filterRuleIsCustom: true, filterRuleIsEnabled: true, ...narrowed }, [first, second]],
    [{ filterRuleIsEnabled: false, ...narrowed }, []],
  ];
  for (const [filters, wanted] of cases) {
    const found = new Set((await scores("by-rule", filters)).data?.map((item) => item.id));
    assert.deepStrictEqual(found, new Set(wanted), JSON.stringify(filters));
  }
});

check("ListScorecardScores", "pages follow each other", async () => {
  const { first, second, scorecard } = await scored();
  const seen = new Set<string>();
  for (const pageOffset of [0, 1]) {
    const filters = { filterRuleScorecardId: scorecard, pageLimit: 1, pageOffset };
    const { data, links, meta } = await scores("by-rule", filters);
    assert.deepStrictEqual([meta?.count, meta?.limit, meta?.offset, meta?.total],
                           [1, 1, pageOffset, 2]);
    assert.strictEqual(links?.next?.includes("page%5Boffset%5D=1"),
                       pageOffset === 0 ? true : undefined, "links.next, not of the last page");
    for (const item of data ?? []) seen.add(item.id);
  }
  assert.deepStrictEqual(seen, new Set([first, second]));
});

check("ListScorecardScores", "an unknown order raises with status 400", async () => {
  await expectRefused(400, api.listScorecardScores({ aggregation: "by-rule", sort: "name" }));
  await expectRefused(400, api.listScorecardScores({ aggregation: "by-rule", pageLimit: 1001 }));
});
