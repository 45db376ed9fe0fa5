"""Uses a client that openapi-python-client made of the document, against a running server:
SCOREKEEPER_URL, SCOREKEEPER_TOKEN. The folder with the package generated_client is on the path."""

import importlib
import os
import pkgutil

import generated_client
from generated_client import AuthenticatedClient, models
from generated_client.api.outcomes import list_scorecard_outcomes, update_scorecard_outcomes
from generated_client.api.rules import create_scorecard_rule, list_scorecard_rules
from generated_client.api.scores import list_scorecard_scores


def import_all():
    """How many modules there are; each must be good Python."""
    names = [module.name for module in
             pkgutil.walk_packages(generated_client.__path__, "generated_client.")]
    for name in names:
        importlib.import_module(name)
    return len(names)


def create_rule(client):
    document = {"data": {"type": "rule",
                         "attributes": {"name": "Typed", "scorecard_name": "Python"}}}
    answer = create_scorecard_rule.sync(client=client, body=models.RuleRequest.from_dict(document))
    assert isinstance(answer, models.RuleResponse), answer
    return answer.data.id


def report(client, rule):
    document = {"data": {"type": "batched-outcome", "attributes": {"results": [
        {"rule_id": rule, "entity_reference": "service:typed", "state": "fail"}]}}}
    return update_scorecard_outcomes.sync(
        client=client, body=models.UpdateOutcomesRequest.from_dict(document))


def main():
    modules = import_all()
    client = AuthenticatedClient(base_url=os.environ["SCOREKEEPER_URL"],
                                 token=os.environ["SCOREKEEPER_TOKEN"],
                                 raise_on_unexpected_status=True)
    rule = create_rule(client)
    accepted = report(client, rule)
    assert isinstance(accepted, models.AcceptedResponse), accepted
    assert accepted.meta.total_received == 1, accepted

    outcomes = list_scorecard_outcomes.sync(client=client, filterruleid=rule)
    assert isinstance(outcomes, models.OutcomesResponse), outcomes
    assert [each.attributes.state for each in outcomes.data] == [models.State.FAIL], outcomes
    scores = list_scorecard_scores.sync(models.Aggregation.BY_RULE, client=client,
                                        filterruleid=rule)
    assert isinstance(scores, models.ListScoresResponse), scores
    assert [(each.attributes.score, each.attributes.total_fail) for each in scores.data] == \
        [(0, 1)], scores
    rules = list_scorecard_rules.sync(client=client, filterruleid=rule)
    assert isinstance(rules, models.ListRulesResponse), rules
    assert [(each.id, each.attributes.custom) for each in rules.data] == [(rule, True)], rules

    refused = report(client, "unknown")
    assert isinstance(refused, models.Errors), refused
    assert refused.errors[0].title == "Invalid rule_id", refused
    print(f"Python client: rules, outcomes, scores and errors are typed; {modules} modules")


if __name__ == "__main__":
    main()
