// POST /api/v2/scorecard/outcomes as the API's documentation shows it for Go: everything but the
// rule comes from the environment through the client itself.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/DataDog/datadog-api-client-go/v2/api/datadog"
	"github.com/DataDog/datadog-api-client-go/v2/api/datadogV2"
)

func main() {
	item := datadogV2.UpdateOutcomesAsyncRequestItem{
		RuleId:          os.Getenv("CREATE_SCORECARD_RULE_DATA_ID"),
		EntityReference: "service:my-service",
		Remarks:         datadog.PtrString(`See: <a href="https://app.datadoghq.com/services">Services</a>`),
		State:           datadogV2.STATE_PASS,
	}
	body := datadogV2.UpdateOutcomesAsyncRequest{
		Data: &datadogV2.UpdateOutcomesAsyncRequestData{
			Attributes: &datadogV2.UpdateOutcomesAsyncAttributes{
				Results: []datadogV2.UpdateOutcomesAsyncRequestItem{item},
			},
			Type: datadogV2.UPDATEOUTCOMESASYNCTYPE_BATCHED_OUTCOME.Ptr(),
		},
	}
	ctx := datadog.NewDefaultContext(context.Background())
	client := datadog.NewAPIClient(datadog.NewConfiguration())
	response, err := datadogV2.NewScorecardsApi(client).UpdateScorecardOutcomes(ctx, body)
	if err != nil {
		fmt.Fprintf(os.Stderr, "UpdateScorecardOutcomes: %v\nresponse: %v\n", err, response)
		os.Exit(1)
	}
}
