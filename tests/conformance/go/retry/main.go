// The official Go client's own retry against a server that allows a few requests in a few seconds.
//
// Environment: SCOREKEEPER_ADDRESS (HOST:PORT), DD_API_KEY, DD_APP_KEY, RATE_LIMIT_REQUESTS. Prints
// one line for each check, in the form that tests/conformance/run reads.
package main

import (
	"net/http"
	"strconv"
	"time"

	"github.com/DataDog/datadog-api-client-go/v2/api/datadog"
	"github.com/DataDog/datadog-api-client-go/v2/api/datadogV2"

	"scorekeeper/conformance/checks"
)

const tries = 3

var (
	ctx       = checks.Context()
	impatient = newApi(false)
	patient   = newApi(true)
)

func newApi(retry bool) *datadogV2.ScorecardsApi {
	configuration := datadog.NewConfiguration()
	configuration.RetryConfiguration.EnableRetry = retry
	return datadogV2.NewScorecardsApi(datadog.NewAPIClient(configuration))
}

func main() {
	checks.Add("ListScorecardRules", "without retry a 429 is an error that carries the body",
		errorCarriesBody)
	checks.Add("UpdateScorecardOutcomes", "with retry on a 429 is waited out, then accepted",
		outcomeIsAccepted)
	checks.Add("ListScorecardRules", "with retry on a list is waited out too", listIsAnswered)
	checks.Run()
}

// Calls until the window is used up; what the client made of the 429.
func useUp() (*http.Response, error) {
	requests, problem := strconv.Atoi(checks.Environment("RATE_LIMIT_REQUESTS"))
	checks.Expect(problem == nil, "RATE_LIMIT_REQUESTS is a number")
	for range 2*requests + 2 {
		if _, response, err := impatient.ListScorecardRules(ctx); err != nil {
			checks.Refused(response, err, http.StatusTooManyRequests)
			return response, err
		}
	}
	checks.Fail("wanted a 429 after %d requests", requests)
	return nil, nil
}

// The call must wait for as long as the 429 before it said. A window may end between the two.
func expectWait(call func()) {
	for range tries {
		response, _ := useUp()
		reset, problem := strconv.Atoi(response.Header.Get("x-ratelimit-reset"))
		checks.Expect(problem == nil, "x-ratelimit-reset is a number")
		begin := time.Now()
		call()
		if waited := time.Since(begin); reset > 1 && waited >= time.Duration(reset-1)*time.Second {
			return
		}
	}
	checks.Fail("wanted a call that waits for the next window in %d tries", tries)
}

func errorCarriesBody() {
	_, err := useUp()
	model := checks.Model[datadogV2.APIErrorResponse](err)
	checks.Equal(model.Errors, []string{"Too many requests"}, "errors")
}

func outcomeIsAccepted() {
	rule := checks.Done(patient.CreateScorecardRule(ctx, datadogV2.CreateRuleRequest{
		Data: &datadogV2.CreateRuleRequestData{
			Attributes: &datadogV2.RuleAttributesRequest{
				Name:          datadog.PtrString("Retried"),
				ScorecardName: datadog.PtrString("Go conformance"),
			},
			Type: datadogV2.RULETYPE_RULE.Ptr(),
		},
	}))
	expectWait(func() {
		checks.Succeeded(patient.UpdateScorecardOutcomes(ctx, datadogV2.UpdateOutcomesAsyncRequest{
			Data: &datadogV2.UpdateOutcomesAsyncRequestData{
				Attributes: &datadogV2.UpdateOutcomesAsyncAttributes{
					Results: []datadogV2.UpdateOutcomesAsyncRequestItem{{
						RuleId:          rule.Data.GetId(),
						EntityReference: "service:retried",
						State:           datadogV2.STATE_PASS,
					}},
				},
				Type: datadogV2.UPDATEOUTCOMESASYNCTYPE_BATCHED_OUTCOME.Ptr(),
			},
		}))
	})
}

func listIsAnswered() {
	expectWait(func() { checks.Done(patient.ListScorecardRules(ctx)) })
}
