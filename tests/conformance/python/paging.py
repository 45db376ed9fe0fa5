"""Lists of every size that matters come once each through auto-paging."""

from support import (
    API,
    check,
    create_rule,
    expect_equal,
    expect_parsed,
    outcome,
    outcomes_request,
)

LIST_SIZES = (0, 1, 10, 11, 100, 101)


def expect_all_once(items, wanted, what):
    expect_equal(len(items), len(wanted), f"number of {what}")
    expect_equal(len(set(items)), len(items), f"number of different {what}")
    expect_equal(set(items), set(wanted), what)


def paging(size):
    rule_name = f"Paging through {size} rules"
    state = {}

    def page_arguments(page_size):
        return {} if page_size is None else {"page_size": page_size}

    def outcomes(page_size):
        if "rule" not in state:
            state["rule"] = create_rule(f"Paging through {size} outcomes").data.id
            API.update_scorecard_outcomes(
                outcomes_request([outcome(state["rule"], f"service:s{i}") for i in range(size)])
            )
        items = list(
            API.list_scorecard_outcomes_with_pagination(
                filter_rule_id=state["rule"], **page_arguments(page_size)
            )
        )
        for item in items:
            expect_parsed(item)
        names = [item.attributes.service_name for item in items]
        expect_all_once(names, [f"s{i}" for i in range(size)], "outcomes")

    def rules(page_size):
        if "rules" not in state:
            state["rules"] = [create_rule(rule_name).data.id for _ in range(size)]
        items = list(
            API.list_scorecard_rules_with_pagination(
                filter_rule_name=rule_name, **page_arguments(page_size)
            )
        )
        for item in items:
            expect_parsed(item)
        expect_all_once([item.id for item in items], state["rules"], "rules")

    for page_size in (None, 100):
        told = "an unset page size" if page_size is None else f"a page size of {page_size}"
        check("ListScorecardOutcomes", f"{size} items come once each with {told}")(
            lambda page_size=page_size: outcomes(page_size)
        )
        check("ListScorecardRules", f"{size} items come once each with {told}")(
            lambda page_size=page_size: rules(page_size)
        )


for list_size in LIST_SIZES:
    paging(list_size)
