// The official Go client against a server of ours, pointed at it by server variables.
//
// Environment: SCOREKEEPER_ADDRESS (HOST:PORT), DD_API_KEY, DD_APP_KEY, READ_ONLY_APP_KEY. Prints
// one line for each check, in the form that tests/conformance/run reads.
package main

import (
	"github.com/DataDog/datadog-api-client-go/v2/api/datadog"
	"github.com/DataDog/datadog-api-client-go/v2/api/datadogV2"

	"scorekeeper/conformance/checks"
)

var (
	ctx         = checks.Context()
	client      = newClient(nil)
	scorecards  = datadogV2.NewScorecardsApi(client)
	catalog     = datadogV2.NewSoftwareCatalogApi(client)
	definitions = datadogV2.NewServiceDefinitionApi(client)
)

func newClient(headers map[string]string) *datadog.APIClient {
	configuration := datadog.NewConfiguration()
	configuration.SetUnstableOperationEnabled("v2.CreateScorecardOutcomesBatch", true)
	for name, value := range headers {
		configuration.AddDefaultHeader(name, value)
	}
	return datadog.NewAPIClient(configuration)
}

func main() {
	addOutcomes()
	addRefusedOutcomes()
	addRules()
	addScores()
	addCampaigns()
	addEntities()
	addKindsAndRelations()
	addDefinitions()
	addForms()
	addPaging()
	checks.Run()
}
