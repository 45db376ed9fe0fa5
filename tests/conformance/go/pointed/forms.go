package main

import (
	"fmt"
	"strings"

	"github.com/DataDog/datadog-api-client-go/v2/api/datadogV2"

	"scorekeeper/conformance/checks"
)

// Requests in the odd forms that clients send.
func addForms() {
	checks.Add("ListScorecardRules", "an empty bearer token beside the keys counts as absent",
		emptyBearer)
	for _, encoding := range []string{"gzip", "deflate", "zstd1"} {
		checks.Add("UpdateScorecardOutcomes", fmt.Sprintf("a %s body is decoded", encoding),
			func() { bodyIsDecoded(encoding) })
	}
}

func emptyBearer() {
	headers := map[string]string{"Authorization": "Bearer "}
	checks.Done(datadogV2.NewScorecardsApi(newClient(headers)).ListScorecardRules(ctx))
}

func bodyIsDecoded(encoding string) {
	rule := createRuleNamed("Encoding " + encoding)
	remarks := strings.Repeat("x", 500)
	items := []datadogV2.UpdateOutcomesAsyncRequestItem{}
	for i := range 100 {
		item := outcome(rule, fmt.Sprintf("service:encoded-%d", i), datadogV2.STATE_PASS)
		item.SetRemarks(remarks)
		items = append(items, item)
	}
	encoder := newClient(map[string]string{"Content-Encoding": encoding})
	checks.Succeeded(datadogV2.NewScorecardsApi(encoder).UpdateScorecardOutcomes(
		ctx, outcomesRequest(items)))
	stored := outcomesOf(rule)
	checks.Equal(len(stored), 100, "number of outcomes")
	checks.Equal(stored[99].Attributes.GetRemarks(), remarks, "remarks")
}
