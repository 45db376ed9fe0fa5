package main

import (
	"net/http"

	"github.com/DataDog/datadog-api-client-go/v2/api/datadog"
	"github.com/DataDog/datadog-api-client-go/v2/api/datadogV2"

	"scorekeeper/conformance/checks"
)

const exampleRemarks = `See: <a href="https://app.datadoghq.com/services">Services</a>`

func addOutcomes() {
	checks.Add("UpdateScorecardOutcomes", "the documented example runs and is read back",
		exampleIsAccepted)
	checks.Add("UpdateScorecardOutcomes", "the answer is 202 with an async-request document",
		acceptedDocument)
	checks.Add("UpdateScorecardOutcomes", "a later outcome replaces state and remarks",
		outcomeIsReplaced)
	checks.Add("UpdateScorecardOutcomes", "both forms of an entity reference address one outcome",
		referenceForms)
	checks.Add("ListScorecardOutcomes", "filters, sparse fields and includes are understood",
		outcomesAreFiltered)
	checks.Add("CreateScorecardOutcomesBatch",
		"a batch by service names is stored and answered typed", batchIsAccepted)
}

func outcome(rule, entity string, state datadogV2.State) datadogV2.UpdateOutcomesAsyncRequestItem {
	return datadogV2.UpdateOutcomesAsyncRequestItem{
		RuleId: rule, EntityReference: entity, State: state,
	}
}

func outcomesRequest(
	items []datadogV2.UpdateOutcomesAsyncRequestItem,
) datadogV2.UpdateOutcomesAsyncRequest {
	return datadogV2.UpdateOutcomesAsyncRequest{
		Data: &datadogV2.UpdateOutcomesAsyncRequestData{
			Attributes: &datadogV2.UpdateOutcomesAsyncAttributes{Results: items},
			Type:       datadogV2.UPDATEOUTCOMESASYNCTYPE_BATCHED_OUTCOME.Ptr(),
		},
	}
}

func send(items ...datadogV2.UpdateOutcomesAsyncRequestItem) *http.Response {
	response, err := scorecards.UpdateScorecardOutcomes(ctx, outcomesRequest(items))
	checks.Succeeded(response, err)
	return response
}

func outcomeFilters(rule string) *datadogV2.ListScorecardOutcomesOptionalParameters {
	return datadogV2.NewListScorecardOutcomesOptionalParameters().WithFilterRuleId(rule)
}

func outcomesOf(rule string) []datadogV2.OutcomesResponseDataItem {
	options := outcomeFilters(rule).WithPageSize(100)
	return checks.Done(scorecards.ListScorecardOutcomes(ctx, *options)).Data
}

func serviceNames(items []datadogV2.OutcomesResponseDataItem) []string {
	names := []string{}
	for _, item := range items {
		names = append(names, item.Attributes.GetServiceName())
	}
	return names
}

func exampleIsAccepted() {
	rule := createRuleNamed("Example of Go")
	item := outcome(rule, "service:my-service", datadogV2.STATE_PASS)
	item.SetRemarks(exampleRemarks)
	send(item)
	listed := outcomesOf(rule)
	checks.Equal(len(listed), 1, "number of outcomes of the rule")
	got := listed[0]
	checks.Equal(got.GetId(), rule+`\my-service`, "id")
	checks.Equal(got.GetType(), datadogV2.OUTCOMETYPE_OUTCOME, "type")
	checks.Equal(got.Attributes.GetServiceName(), "my-service", "service_name")
	checks.Equal(got.Attributes.GetState(), datadogV2.STATE_PASS, "state")
	checks.Equal(got.Attributes.GetRemarks(), exampleRemarks, "remarks")
	checks.Recent(got.Attributes.GetCreatedAt(), "created_at")
	checks.Recent(got.Attributes.GetModifiedAt(), "modified_at")
	related := got.Relationships.Rule.GetData()
	checks.Equal(related.GetId(), rule, "relationships.rule.data.id")
	checks.Equal(related.GetType(), datadogV2.RULETYPE_RULE, "relationships.rule.data.type")
}

func acceptedDocument() {
	rule := createRuleNamed("Accepted")
	response := send(outcome(rule, "service:a", datadogV2.STATE_PASS))
	checks.Equal(response.StatusCode, 202, "status")
	checks.Equal(response.Header.Get("Content-Type"), "application/vnd.api+json", "content type")
	var document struct {
		Data struct{ Id, Type string }
		Meta map[string]int
	}
	checks.ReadJSON(response.Body, &document)
	checks.Equal(document.Data.Type, "async-request", "data.type")
	checks.Equal(len(document.Data.Id), 21, "length of data.id")
	checks.Equal(document.Meta, map[string]int{"total_received": 1}, "meta")
}

func outcomeIsReplaced() {
	rule := createRuleNamed("Replaced")
	item := outcome(rule, "service:a", datadogV2.STATE_FAIL)
	item.SetRemarks("Für später ✓ <&>")
	send(item)
	first := outcomesOf(rule)[0].Attributes
	checks.Equal(first.GetState(), datadogV2.STATE_FAIL, "state of the first report")
	checks.Equal(first.GetRemarks(), "Für später ✓ <&>", "remarks of the first report")
	send(outcome(rule, "service:a", datadogV2.STATE_SKIP))
	second := outcomesOf(rule)[0].Attributes
	checks.Equal(second.GetState(), datadogV2.STATE_SKIP, "state")
	checks.Expect(!second.HasRemarks(), "remarks that are not sent are cleared")
	checks.Equal(second.GetCreatedAt(), first.GetCreatedAt(), "created_at")
	checks.Expect(second.GetModifiedAt().After(first.GetModifiedAt()), "modified_at moves on")
}

func referenceForms() {
	rule := createRuleNamed("Reference forms")
	send(outcome(rule, "service:a", datadogV2.STATE_PASS))
	send(outcome(rule, "service:default/a", datadogV2.STATE_FAIL))
	listed := outcomesOf(rule)
	checks.Equal(len(listed), 1, "number of outcomes")
	checks.Equal(listed[0].Attributes.GetState(), datadogV2.STATE_FAIL, "state")
}

func outcomesAreFiltered() {
	name := "Filters of outcomes (Go)"
	rule := createRuleNamed(name)
	send(outcome(rule, "service:first", datadogV2.STATE_PASS),
		outcome(rule, "service:second", datadogV2.STATE_FAIL),
		outcome(rule, "queue:third", datadogV2.STATE_SKIP))
	filters := func() *datadogV2.ListScorecardOutcomesOptionalParameters {
		return outcomeFilters(rule)
	}
	for _, each := range []struct {
		options *datadogV2.ListScorecardOutcomesOptionalParameters
		names   []string
	}{
		{filters(), []string{"first", "second", "third"}},
		{filters().WithFilterOutcomeState("fail"), []string{"second"}},
		{filters().WithFilterOutcomeServiceName("third"), []string{"third"}},
		{filters().WithFilterRuleEnabled(true).WithFilterOutcomeState("skip"), []string{"third"}},
		{filters().WithFilterRuleEnabled(false), []string{}},
		{filters().WithFilterRuleName(name), []string{"first", "second", "third"}},
		{filters().WithFilterRuleName("Filters of"), []string{}},
	} {
		listed := checks.Done(scorecards.ListScorecardOutcomes(ctx, *each.options))
		checks.Equal(serviceNames(listed.Data), each.names, "service names")
	}
	sparse := checks.Done(scorecards.ListScorecardOutcomes(
		ctx, *filters().WithInclude("rule").WithFieldsOutcome("state, service_name")))
	checks.Equal(*sparse.Data[1].Attributes, datadogV2.OutcomesBatchResponseAttributes{
		State: datadogV2.STATE_FAIL.Ptr(), ServiceName: datadog.PtrString("second"),
	}, "sparse attributes")
	checks.Expect(!sparse.Data[1].HasRelationships(), "sparse fields drop relationships")
	checks.Equal(len(sparse.Included), 1, "number of included rules")
	checks.Equal(sparse.Included[0].GetId(), rule, "included id")
	checks.Equal(sparse.Included[0].Attributes.GetName(), name, "included name")
	checks.Equal(sparse.Included[0].Attributes.GetScorecardName(), scorecardName,
		"included scorecard_name")
}

func batchRequest(items ...datadogV2.OutcomesBatchRequestItem) datadogV2.OutcomesBatchRequest {
	return datadogV2.OutcomesBatchRequest{
		Data: &datadogV2.OutcomesBatchRequestData{
			Attributes: &datadogV2.OutcomesBatchAttributes{Results: items},
			Type:       datadogV2.OUTCOMESBATCHTYPE_BATCHED_OUTCOME.Ptr(),
		},
	}
}

func batchIsAccepted() {
	rule := createRuleNamed("Batch")
	remarks := "See: <a href='https://example.com'>there</a>"
	answer := checks.Done(scorecards.CreateScorecardOutcomesBatch(ctx, batchRequest(
		datadogV2.OutcomesBatchRequestItem{
			RuleId: rule, ServiceName: "one", State: datadogV2.STATE_PASS, Remarks: &remarks,
		},
		datadogV2.OutcomesBatchRequestItem{
			RuleId: rule, ServiceName: "two", State: datadogV2.STATE_FAIL, Remarks: &remarks,
		})))
	checks.Equal(answer.Meta.GetTotalReceived(), 2, "total_received")
	checks.Equal(answer.Meta.GetTotalUpdated(), 2, "total_updated")
	checks.Equal(serviceNames(answer.Data), []string{"one", "two"}, "items in request order")
	checks.Equal(answer.Data[0].GetId(), rule+`\one`, "id")
	checks.Equal(answer.Data[1].Attributes.GetState(), datadogV2.STATE_FAIL, "state")
	checks.Equal(answer.Data[1].Attributes.GetRemarks(), remarks, "remarks")
	checks.Equal(serviceNames(outcomesOf(rule)), []string{"one", "two"}, "stored outcomes")
}
