package main

import (
	"github.com/DataDog/datadog-api-client-go/v2/api/datadog"
	"github.com/DataDog/datadog-api-client-go/v2/api/datadogV2"

	"scorekeeper/conformance/checks"
)

const scorecardName = "Go conformance"

func addRules() {
	checks.Add("CreateScorecardRule", "every attribute comes back typed", ruleIsCreated)
	checks.Add("CreateScorecardRule", "level is 3 and enabled true when not sent", ruleDefaults)
	checks.Add("UpdateScorecardRule", "a rule is replaced as a whole", ruleIsReplaced)
	checks.Add("UpdateScorecardRule", "an unknown id raises with status 404", unknownRuleIsUpdated)
	checks.Add("DeleteScorecardRule", "a deleted rule and its outcomes are gone", ruleIsDeleted)
	checks.Add("DeleteScorecardRule", "an unknown id raises with status 404", unknownRuleIsDeleted)
	checks.Add("ListScorecardRules", "filters, sparse fields and includes are understood",
		rulesAreFiltered)
	checks.Add("ListScorecardRules", "links lead to the pages around", linksOfRules)
	checks.Add("ListScorecards", "scorecards are listed, found and typed", scorecardsAreListed)
}

func ruleAttributes(name string) datadogV2.RuleAttributesRequest {
	return datadogV2.RuleAttributesRequest{
		Name:          datadog.PtrString(name),
		ScorecardName: datadog.PtrString(scorecardName),
	}
}

func createRule(attributes datadogV2.RuleAttributesRequest) datadogV2.CreateRuleResponseData {
	answer := checks.Done(scorecards.CreateScorecardRule(ctx, datadogV2.CreateRuleRequest{
		Data: &datadogV2.CreateRuleRequestData{
			Attributes: &attributes,
			Type:       datadogV2.RULETYPE_RULE.Ptr(),
		},
	}))
	return answer.GetData()
}

func createRuleNamed(name string) string {
	rule := createRule(ruleAttributes(name))
	return rule.GetId()
}

func updateRequest(attributes datadogV2.RuleAttributesRequest) datadogV2.UpdateRuleRequest {
	return datadogV2.UpdateRuleRequest{
		Data: &datadogV2.UpdateRuleRequestData{
			Attributes: &attributes,
			Type:       datadogV2.RULETYPE_RULE.Ptr(),
		},
	}
}

func rulesBy(options *datadogV2.ListScorecardRulesOptionalParameters) []string {
	listed := checks.Done(scorecards.ListScorecardRules(ctx, *options))
	ids := []string{}
	for _, rule := range listed.Data {
		ids = append(ids, rule.GetId())
	}
	return ids
}

func ruleFilters() *datadogV2.ListScorecardRulesOptionalParameters {
	return datadogV2.NewListScorecardRulesOptionalParameters()
}

func ruleIsCreated() {
	attributes := ruleAttributes("All attributes")
	attributes.SetDescription("Describes <it>")
	attributes.SetEnabled(true)
	attributes.SetLevel(2)
	attributes.SetOwner("Platform")
	attributes.SetScopeQuery("kind:service")
	rule := createRule(attributes)
	checks.Equal(rule.GetType(), datadogV2.RULETYPE_RULE, "type")
	got := rule.GetAttributes()
	checks.Equal(
		[]string{got.GetName(), got.GetScorecardName(), got.GetCategory()},
		[]string{"All attributes", scorecardName, scorecardName}, "names")
	checks.Equal(
		[]string{got.GetDescription(), got.GetOwner(), got.GetScopeQuery()},
		[]string{"Describes <it>", "Platform", "kind:service"}, "texts")
	checks.Equal(got.GetLevel(), 2, "level")
	checks.Equal([]bool{got.GetEnabled(), got.GetCustom()}, []bool{true, true}, "enabled, custom")
	checks.Recent(got.GetCreatedAt(), "created_at")
	checks.Equal(got.GetModifiedAt(), got.GetCreatedAt(), "modified_at at creation")
	scorecard := rule.GetRelationships().Scorecard.GetData()
	checks.Equal(scorecard.GetType(), datadogV2.SCORECARDTYPE_SCORECARD, "scorecard type")
}

func ruleDefaults() {
	rule := createRule(ruleAttributes("Defaults"))
	checks.Equal(rule.Attributes.GetLevel(), 3, "level")
	checks.Equal(rule.Attributes.GetEnabled(), true, "enabled")
}

func ruleIsReplaced() {
	before := ruleAttributes("Before")
	before.SetDescription("gone")
	before.SetOwner("gone")
	before.SetLevel(1)
	created := createRule(before)
	after := ruleAttributes("After")
	after.SetEnabled(false)
	updated := checks.Done(
		scorecards.UpdateScorecardRule(ctx, created.GetId(), updateRequest(after)))
	checks.Equal(updated.Data.GetId(), created.GetId(), "id")
	got := updated.Data.GetAttributes()
	checks.Equal(got.GetName(), "After", "name")
	checks.Equal(got.GetEnabled(), false, "enabled")
	checks.Equal(got.GetLevel(), 3, "level")
	checks.Expect(!got.HasDescription(), "description is cleared")
	checks.Expect(!got.HasOwner(), "owner is cleared")
	// A create answer may have nanoseconds; later ones are cut to microseconds.
	checks.Equal(got.GetCreatedAt().UnixMicro(), created.Attributes.GetCreatedAt().UnixMicro(),
		"created_at")
	checks.Expect(got.GetModifiedAt().After(got.GetCreatedAt()), "modified_at moves on")
}

func unknownRuleIsUpdated() {
	_, response, err := scorecards.UpdateScorecardRule(
		ctx, "REPLACE.ME", updateRequest(ruleAttributes("X")))
	checks.RefusedWith(response, err, 404, checks.ErrorItem{
		Status: "404", Title: "Not Found", Detail: "rule not found: REPLACE.ME",
	})
}

func ruleIsDeleted() {
	id := createRuleNamed("Deleted")
	send(outcome(id, "service:a", datadogV2.STATE_PASS))
	checks.Succeeded(scorecards.DeleteScorecardRule(ctx, id))
	checks.Equal(rulesBy(ruleFilters().WithFilterRuleId(id)), []string{}, "rules")
	checks.Equal(len(outcomesOf(id)), 0, "outcomes")
}

func unknownRuleIsDeleted() {
	response, err := scorecards.DeleteScorecardRule(ctx, "a/b c")
	checks.RefusedWith(response, err, 404, checks.ErrorItem{
		Status: "404", Title: "Not Found", Detail: "rule not found: a/b c",
	})
}

func rulesAreFiltered() {
	attributes := ruleAttributes("Filtered rule + more")
	attributes.SetDescription("About Filters & such")
	created := createRule(attributes)
	id := created.GetId()
	for _, filter := range []*datadogV2.ListScorecardRulesOptionalParameters{
		ruleFilters().WithFilterRuleId(id),
		ruleFilters().WithFilterRuleName("Filtered rule + more"),
		ruleFilters().WithFilterRuleDescription("about filters &"),
		ruleFilters().WithFilterRuleId(id).WithFilterRuleEnabled(true).WithFilterRuleCustom(true),
		ruleFilters().WithFilterRuleId(id).WithInclude("scorecard").WithFieldsScorecard("name"),
	} {
		checks.Equal(rulesBy(filter), []string{id}, "rules")
	}
	sparse := checks.Done(scorecards.ListScorecardRules(
		ctx, *ruleFilters().WithFilterRuleId(id).WithFieldsRule("name")))
	checks.Equal(*sparse.Data[0].Attributes,
		datadogV2.RuleAttributes{Name: datadog.PtrString("Filtered rule + more")}, "attributes")
	disabled := ruleFilters().WithFilterRuleId(id).WithFilterRuleEnabled(false)
	checks.Equal(rulesBy(disabled), []string{}, "disabled rules")
}

func linksOfRules() {
	listed := checks.Done(scorecards.ListScorecardRules(
		ctx, *ruleFilters().WithPageSize(2).WithPageOffset(2)))
	checks.Equal(listed.Links.GetNext(),
		"/api/v2/scorecard/rules?page%5Blimit%5D=2&page%5Boffset%5D=4", "links.next")
}

func scorecardsAreListed() {
	name := "Go scorecard & more"
	attributes := ruleAttributes("In a scorecard")
	attributes.SetScorecardName(name)
	rule := createRule(attributes)
	id := rule.Relationships.Scorecard.Data.GetId()
	filters := datadogV2.NewListScorecardsOptionalParameters
	for _, filter := range []*datadogV2.ListScorecardsOptionalParameters{
		filters().WithFilterScorecardId(id),
		filters().WithFilterScorecardName("go scorecard & more"),
		filters().WithPageSize(100).WithPageOffset(0),
	} {
		listed := checks.Done(scorecards.ListScorecards(ctx, *filter))
		found := 0
		for _, scorecard := range listed.Data {
			if scorecard.Id != id {
				continue
			}
			found++
			checks.Equal(scorecard.Type, datadogV2.SCORECARDLISTTYPE_SCORECARD, "type")
			checks.Equal(scorecard.Attributes.Name, name, "name")
			checks.Recent(scorecard.Attributes.CreatedAt, "created_at")
			checks.Recent(scorecard.Attributes.ModifiedAt, "modified_at")
		}
		checks.Equal(found, 1, "scorecards found")
	}
}
