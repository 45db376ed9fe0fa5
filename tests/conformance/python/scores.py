"""Scores of every aggregation through the official Python client."""

from datadog_api_client.v2.model.scorecard_scores_aggregation import ScorecardScoresAggregation
from datadog_api_client.v2.model.state import State

from support import (
    API,
    check,
    create_rule,
    expect_equal,
    expect_parsed,
    expect_refused,
    outcome,
    outcomes_request,
)
from catalog_support import upsert

COUNTS = ("numerator", "denominator", "total_pass", "total_fail", "total_skip", "total_no_data")
TEAM = "python-scores"
SCORED = {}  # filled by score_something(): what is scored, by name


def score_something():
    """Two services of one team and two rules of one scorecard: pass, fail; pass, skip."""
    if SCORED:
        return
    for name in ("python-first", "python-second"):
        upsert(name, owner=TEAM)
    rules = [create_rule(f"Scored {i}", scorecard_name="Python scores", level=i) for i in (1, 2)]
    first, second = (rule.data.id for rule in rules)
    API.update_scorecard_outcomes(
        outcomes_request(
            [
                outcome(first, "service:python-first"),
                outcome(second, "service:python-first", State.FAIL),
                outcome(first, "service:python-second"),
                outcome(second, "service:python-second", State.SKIP),
            ]
        )
    )
    scorecard = rules[0].data.relationships.scorecard.data.id
    SCORED.update(first=first, second=second, scorecard=scorecard)


def scores(aggregation, **others):
    answer = API.list_scorecard_scores(ScorecardScoresAggregation(aggregation), **others)
    expect_parsed(answer)
    for item in answer.data:
        expect_equal(str(item.type), "score", "type")
        expect_equal(str(item.attributes.aggregation), aggregation, "aggregation")
    return answer


def counts(item):
    return tuple(item.attributes[name] for name in COUNTS)


@check("ListScorecardScores", "rules are scored, with level and relationships")
def by_rule():
    score_something()
    listed = scores("by-rule", filter_rule_scorecard_id=SCORED["scorecard"], sort="-score").data
    expect_equal([item.id for item in listed], [SCORED["first"], SCORED["second"]], "rules")
    # Without the last count: other entities of the catalog have no data here.
    wanted = [(2, 2, 2, 0, 0), (0, 1, 0, 1, 1)]
    expect_equal([counts(item)[:5] for item in listed], wanted, "counts")
    expect_equal([item.attributes.score for item in listed], [1.0, 0.0], "scores")
    expect_equal([item.attributes.level for item in listed], [1, 2], "levels")
    expect_equal(listed[0].relationships.rule.data.id, SCORED["first"], "relationships.rule")
    expect_equal(
        listed[0].relationships.scorecard.data.id, SCORED["scorecard"], "relationships.scorecard"
    )


@check("ListScorecardScores", "scorecards, kinds and teams are scored")
def by_groups():
    score_something()
    narrowed = {"filter_rule_scorecard_id": SCORED["scorecard"]}
    for aggregation, wanted, relation in (
        ("by-scorecard", SCORED["scorecard"], "scorecard"),
        ("by-team", TEAM, "team"),
        ("by-kind", "service", None),
    ):
        found = [i for i in scores(aggregation, **narrowed).data if i.id == wanted]
        expect_equal(len(found), 1, f"{aggregation} of {wanted}")
        expect_equal(counts(found[0])[:5], (2, 3, 2, 1, 1), f"counts {aggregation}")
        expect_equal(round(found[0].attributes.score, 9), round(2 / 3, 9), f"score {aggregation}")
        if relation:
            related = found[0].relationships[relation].data.id
            expect_equal(related, wanted, f"relation {aggregation}")


@check("ListScorecardScores", "entities are scored, in the order asked for")
def by_entity():
    score_something()
    narrowed = {"filter_rule_scorecard_id": SCORED["scorecard"], "sort": "-total_pass"}
    scored = scores("by-entity", **narrowed, page_limit=1000).data
    by_name = {i.relationships.service.data.id: i for i in scored if "service" in i.relationships}
    expect_equal(counts(by_name["python-first"]), (1, 2, 1, 1, 0, 0), "counts of the first")
    expect_equal(counts(by_name["python-second"]), (1, 1, 1, 0, 1, 0), "counts of the second")
    expect_equal(by_name["python-first"].attributes.score, 0.5, "score of the first")
    passes = [item.attributes.total_pass for item in scored]
    expect_equal(passes, sorted(passes, reverse=True), "order")


@check("ListScorecardScores", "rules are chosen by every filter")
def filters_of_rules():
    score_something()
    both = {SCORED["first"], SCORED["second"]}
    narrowed = {"filter_rule_scorecard_id": SCORED["scorecard"]}
    for filters, wanted in (
        ({"filter_rule_id": ",".join(sorted(both))}, both),
        ({"filter_rule_name": "Scored 1", **narrowed}, {SCORED["first"]}),
        ({"filter_rule_level": "2,3", **narrowed}, {SCORED["second"]}),
        ({"filter_rule_is_custom": True, "filter_rule_is_enabled": True, **narrowed}, both),
        ({"filter_rule_is_enabled": False, **narrowed}, set()),
    ):
        found = {item.id for item in scores("by-rule", **filters).data}
        expect_equal(found, wanted, f"rules by {filters}")


@check("ListScorecardScores", "pages follow each other")
def pages_of_scores():
    score_something()
    narrowed = {"filter_rule_scorecard_id": SCORED["scorecard"], "page_limit": 1}
    seen = []
    for offset in (0, 1):
        page = scores("by-rule", page_offset=offset, **narrowed)
        meta = page.meta
        expect_equal((meta.count, meta.limit, meta.offset, meta.total), (1, 1, offset, 2), "meta")
        seen += [item.id for item in page.data]
    expect_equal(set(seen), {SCORED["first"], SCORED["second"]}, "rules of both pages")
    links = scores("by-rule", **narrowed).links
    expect_equal("page%5Boffset%5D=1" in links.next, True, "links.next")
    links = scores("by-rule", page_offset=1, **narrowed).links
    expect_equal("next" in links.to_dict(), False, "links.next of the last page")


@check("ListScorecardScores", "an unknown order raises with status 400")
def unknown_order():
    call = API.list_scorecard_scores
    expect_refused(400, lambda: call(ScorecardScoresAggregation.BY_RULE, sort="name"))
    expect_refused(400, lambda: call(ScorecardScoresAggregation.BY_RULE, page_limit=1001))
