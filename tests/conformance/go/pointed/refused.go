package main

import (
	"fmt"

	"github.com/DataDog/datadog-api-client-go/v2/api/datadogV2"

	"scorekeeper/conformance/checks"
)

// Of credentials that the server does not know.
var forbidden = checks.ErrorItem{Status: "403", Title: "Forbidden"}

// Of good credentials that lack the scope.
func lacks(scope string) checks.ErrorItem {
	return checks.ErrorItem{
		Status: "403", Title: "Forbidden", Detail: "the credentials lack the scope " + scope,
	}
}

func addRefusedOutcomes() {
	checks.Add("UpdateScorecardOutcomes", "an unknown state raises with status 400", unknownState)
	checks.Add("UpdateScorecardOutcomes", "an unknown rule raises with status 409", unknownRule)
	checks.Add("CreateScorecardOutcomesBatch", "an empty service name is refused", batchIsRefused)
	checks.Add("ListScorecardOutcomes", "a page size over the maximum raises with status 400",
		pageSizeOverMaximum)
	checks.Add("UpdateScorecardOutcomes", "a key without the write scope raises with status 403",
		readOnlyKey)
	checks.Add("ListScorecardRules", "wrong and missing keys raise with status 403", wrongKeys)
}

func unknownState() {
	rule := createRuleNamed("Unknown state")
	response, err := scorecards.UpdateScorecardOutcomes(ctx, outcomesRequest(
		[]datadogV2.UpdateOutcomesAsyncRequestItem{outcome(rule, "service:a", "INVALID")}))
	checks.RefusedWith(response, err, 400, checks.ErrorItem{
		Status: "400", Title: "Bad Request",
		Detail: `attribute "state" must be one of "pass fail skip"`,
	})
	checks.Equal(len(outcomesOf(rule)), 0, "outcomes")
}

func unknownRule() {
	response, err := scorecards.UpdateScorecardOutcomes(ctx, outcomesRequest(
		[]datadogV2.UpdateOutcomesAsyncRequestItem{
			outcome("INVALID.RULE_ID", "service:a", datadogV2.STATE_PASS),
		}))
	body := checks.Refused(response, err, 409)
	checks.Equal(string(body), `{"errors":[{"status":"409","title":"Invalid rule_id"}]}`, "body")
}

func batchIsRefused() {
	rule := createRuleNamed("Refused batch")
	_, response, err := scorecards.CreateScorecardOutcomesBatch(ctx, batchRequest(
		datadogV2.OutcomesBatchRequestItem{
			RuleId: rule, ServiceName: "", State: datadogV2.STATE_PASS,
		}))
	checks.RefusedWith(response, err, 400, checks.ErrorItem{
		Status: "400", Title: "Bad Request", Detail: `attribute "service_name" is required`,
	})
}

func pageSizeOverMaximum() {
	_, response, err := scorecards.ListScorecardOutcomes(
		ctx, *datadogV2.NewListScorecardOutcomesOptionalParameters().WithPageSize(101))
	checks.Refused(response, err, 400)
	_, response, err = scorecards.ListScorecardRules(ctx, *ruleFilters().WithPageSize(101))
	checks.Refused(response, err, 400)
}

func readOnlyKey() {
	rule := createRuleNamed("Read only")
	reader := checks.ContextWithKeys(
		checks.Environment("DD_API_KEY"), checks.Environment("READ_ONLY_APP_KEY"))
	response, err := scorecards.UpdateScorecardOutcomes(reader, outcomesRequest(
		[]datadogV2.UpdateOutcomesAsyncRequestItem{
			outcome(rule, "service:a", datadogV2.STATE_PASS),
		}))
	checks.RefusedWith(response, err, 403, lacks("scorekeeper_outcomes_write"))
	response, err = scorecards.DeleteScorecardRule(reader, rule)
	checks.RefusedWith(response, err, 403, lacks("apm_service_catalog_write"))
	listed := checks.Done(scorecards.ListScorecardOutcomes(reader, *outcomeFilters(rule)))
	checks.Equal(len(listed.Data), 0, "outcomes that the key may read")
}

func wrongKeys() {
	api, application := checks.Environment("DD_API_KEY"), checks.Environment("DD_APP_KEY")
	for _, keys := range [][2]string{
		{fmt.Sprintf("%032d", 0), application},
		{api, fmt.Sprintf("%040d", 0)},
		{"", application},
		{api, ""},
	} {
		_, response, err := scorecards.ListScorecardRules(checks.ContextWithKeys(keys[0], keys[1]))
		checks.RefusedWith(response, err, 403, forbidden)
	}
}
