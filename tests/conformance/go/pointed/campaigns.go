package main

import (
	"fmt"
	"time"

	"github.com/DataDog/datadog-api-client-go/v2/api/datadog"
	"github.com/DataDog/datadog-api-client-go/v2/api/datadogV2"

	"scorekeeper/conformance/checks"
)

const campaignOwner = "550e8400-e29b-41d4-a716-446655440000"

var (
	campaignStart = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	campaignDue   = time.Date(2024, 3, 31, 23, 59, 59, 0, time.UTC)
)

func addCampaigns() {
	checks.Add("CreateScorecardCampaign", "every attribute comes back typed", campaignIsCreated)
	checks.Add("CreateScorecardCampaign", "the status follows from the start when not sent",
		statusByDefault)
	checks.Add("CreateScorecardCampaign",
		"an unknown rule and a key in use raise with status 400", campaignIsRefused)
	checks.Add("GetScorecardCampaign",
		"a campaign is found by id and by key, with scores and counts", campaignIsFound)
	checks.Add("GetScorecardCampaign", "an unknown campaign raises with status 404",
		unknownCampaignIsRead)
	checks.Add("UpdateScorecardCampaign", "a campaign is replaced as a whole, its key stays",
		campaignIsReplaced)
	checks.Add("UpdateScorecardCampaign", "an unknown campaign raises with status 404",
		unknownCampaignIsUpdated)
	checks.Add("DeleteScorecardCampaign", "a deleted campaign is gone", campaignIsDeleted)
	checks.Add("ListScorecardCampaigns", "campaigns are filtered and paged", campaignsAreFiltered)
	checks.Add("ListScorecardCampaigns", "a key without cases_read raises with status 403",
		campaignsAreForbidden)
}

func campaignRequest(key, rule string) datadogV2.CreateCampaignRequest {
	return datadogV2.CreateCampaignRequest{
		Data: datadogV2.CreateCampaignRequestData{
			Type: datadogV2.CAMPAIGNTYPE_CAMPAIGN,
			Attributes: datadogV2.CreateCampaignRequestAttributes{
				Key:       key,
				Name:      "Campaign " + key,
				OwnerId:   campaignOwner,
				RuleIds:   []string{rule},
				StartDate: campaignStart,
			},
		},
	}
}

func createCampaign(key string) datadogV2.CampaignResponseData {
	request := campaignRequest(key, createRuleNamed("Rule of "+key))
	return checks.Done(scorecards.CreateScorecardCampaign(ctx, request)).Data
}

func campaignUpdate(rule string) datadogV2.UpdateCampaignRequest {
	return datadogV2.UpdateCampaignRequest{
		Data: datadogV2.UpdateCampaignRequestData{
			Type: datadogV2.CAMPAIGNTYPE_CAMPAIGN,
			Attributes: datadogV2.UpdateCampaignRequestAttributes{
				Name:      "Later",
				OwnerId:   campaignOwner,
				RuleIds:   []string{rule},
				StartDate: campaignDue,
				Status:    string(datadogV2.CAMPAIGNSTATUS_COMPLETED),
			},
		},
	}
}

// The client has the errors of campaigns as objects.
func expectCampaignError(err error, status, title, detail string) {
	errors := checks.Model[datadogV2.JSONAPIErrorResponse](err).Errors
	checks.Expect(len(errors) > 0, "errors in the model")
	checks.Equal(
		[]string{errors[0].GetStatus(), errors[0].GetTitle(), errors[0].GetDetail()},
		[]string{status, title, detail}, "the first error")
}

func campaignIsCreated() {
	request := campaignRequest("created", createRuleNamed("Rule of created"))
	attributes := &request.Data.Attributes
	attributes.SetDescription("Describes <it>")
	attributes.SetDueDate(campaignDue)
	attributes.SetEntityScope("kind:service")
	attributes.SetGuidance("How to pass")
	attributes.SetStatus(datadogV2.CAMPAIGNSTATUS_NOT_STARTED)
	created := checks.Done(scorecards.CreateScorecardCampaign(ctx, request)).Data
	checks.Expect(created.Id != "", "an id")
	checks.Equal(created.Type, datadogV2.CAMPAIGNTYPE_CAMPAIGN, "type")
	got := created.Attributes
	checks.Equal(
		[]string{got.Key, got.Name, got.Owner, got.Status},
		[]string{"created", "Campaign created", campaignOwner, "not_started"}, "attributes")
	checks.Equal(
		[]string{got.GetDescription(), got.GetEntityScope(), got.GetGuidance()},
		[]string{"Describes <it>", "kind:service", "How to pass"}, "optional attributes")
	checks.Expect(got.StartDate.Equal(campaignStart), "start_date as sent")
	checks.Expect(got.GetDueDate().Equal(campaignDue), "due_date as sent")
	checks.Recent(got.CreatedAt, "created_at")
	checks.Equal(got.ModifiedAt, got.CreatedAt, "modified_at at creation")
}

func statusByDefault() {
	got := createCampaign("default").Attributes
	checks.Equal(got.Status, "in_progress", "status")
	checks.Expect(!got.HasDueDate(), "no due date")
}

func campaignIsRefused() {
	_, response, err := scorecards.CreateScorecardCampaign(
		ctx, campaignRequest("unknown-rule", "nothing"))
	checks.Refused(response, err, 400)
	expectCampaignError(err, "400", "Bad Request",
		`attribute "rule_ids" names an unknown rule: nothing`)
	createCampaign("twice")
	_, response, err = scorecards.CreateScorecardCampaign(
		ctx, campaignRequest("twice", createRuleNamed("Rule of twice")))
	checks.Refused(response, err, 400)
}

func campaignsAreFiltered() {
	first, second := createCampaign("listed-first"), createCampaign("listed-second")
	filters := datadogV2.NewListScorecardCampaignsOptionalParameters
	for _, each := range []struct {
		options *datadogV2.ListScorecardCampaignsOptionalParameters
		ids     []string
	}{
		{filters().WithFilterCampaignName("listed-first"), []string{first.Id}},
		{filters().WithFilterCampaignName("listed").WithFilterCampaignStatus("in_progress"),
			[]string{first.Id, second.Id}},
		{filters().WithFilterCampaignName("listed").WithFilterCampaignStatus("completed"),
			[]string{}},
		{filters().WithFilterCampaignName("listed").WithFilterCampaignOwner(campaignOwner).
			WithPageLimit(1).WithPageOffset(1), []string{second.Id}},
	} {
		listed := checks.Done(scorecards.ListScorecardCampaigns(ctx, *each.options))
		ids := []string{}
		for _, campaign := range listed.Data {
			ids = append(ids, campaign.Id)
		}
		checks.Equal(ids, each.ids, "campaigns")
		checks.Equal(listed.Meta.Count, int64(len(each.ids)), "meta.count")
	}
	page := checks.Done(scorecards.ListScorecardCampaigns(
		ctx, *filters().WithFilterCampaignName("listed").WithPageLimit(1)))
	checks.Equal(page.Meta,
		datadogV2.PaginatedResponseMeta{Count: 1, Limit: 1, Offset: 0, Total: 2}, "meta")
}

func campaignsAreForbidden() {
	reader := checks.ContextWithKeys(
		checks.Environment("DD_API_KEY"), checks.Environment("READ_ONLY_APP_KEY"))
	_, response, err := scorecards.ListScorecardCampaigns(reader)
	checks.Refused(response, err, 403)
	expectCampaignError(err, "403", "Forbidden", lacks("cases_read").Detail)
}

func campaignIsFound() {
	created := createCampaign("found")
	for _, idOrKey := range []string{created.Id, "found"} {
		got := checks.Done(scorecards.GetScorecardCampaign(ctx, idOrKey)).Data
		checks.Equal(got.Id, created.Id, "id")
		checks.Equal(got.Attributes.Name, "Campaign found", "name")
	}
	with := datadogV2.NewGetScorecardCampaignOptionalParameters().
		WithInclude("scores").WithIncludeMeta(true)
	got := checks.Done(scorecards.GetScorecardCampaign(ctx, "found", *with))
	checks.Equal(got.Data.Id, created.Id, "id of an answer with scores and counts")
	// The client does not type these two: it keeps them as they came.
	meta, _ := got.Data.AdditionalProperties["meta"].(map[string]any)
	checks.Equal(fmt.Sprint(meta["rule_count"]), "1", "meta.rule_count")
	checks.Expect(got.AdditionalProperties["included"] != nil, "included scores")
}

func unknownCampaignIsRead() {
	_, response, err := scorecards.GetScorecardCampaign(ctx, "nothing")
	checks.Refused(response, err, 404)
	expectCampaignError(err, "404", "Not Found", "campaign not found: nothing")
}

func campaignIsReplaced() {
	request := campaignRequest("replaced", createRuleNamed("Rule of replaced"))
	request.Data.Attributes.Description = datadog.PtrString("gone")
	created := checks.Done(scorecards.CreateScorecardCampaign(ctx, request)).Data
	updated := checks.Done(scorecards.UpdateScorecardCampaign(
		ctx, created.Id, campaignUpdate(createRuleNamed("Another rule")))).Data
	checks.Equal(updated.Id, created.Id, "id")
	got := updated.Attributes
	checks.Equal([]string{got.Key, got.Name, got.Status},
		[]string{"replaced", "Later", "completed"}, "attributes")
	checks.Expect(!got.HasDescription(), "description is cleared")
	checks.Expect(got.StartDate.Equal(campaignDue), "start_date as sent")
	checks.Equal(got.CreatedAt.UnixMicro(), created.Attributes.CreatedAt.UnixMicro(), "created_at")
	checks.Expect(got.ModifiedAt.After(got.CreatedAt), "modified_at moves on")
}

func unknownCampaignIsUpdated() {
	_, response, err := scorecards.UpdateScorecardCampaign(ctx, "nothing", campaignUpdate("nothing"))
	checks.Refused(response, err, 404)
	expectCampaignError(err, "404", "Not Found", "campaign not found: nothing")
}

func campaignIsDeleted() {
	created := createCampaign("deleted")
	checks.Succeeded(scorecards.DeleteScorecardCampaign(ctx, created.Id))
	_, response, err := scorecards.GetScorecardCampaign(ctx, "deleted")
	checks.Refused(response, err, 404)
	response, err = scorecards.DeleteScorecardCampaign(ctx, "deleted")
	checks.Refused(response, err, 404)
	expectCampaignError(err, "404", "Not Found", "campaign not found: deleted")
}
