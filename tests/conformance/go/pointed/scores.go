package main

import (
	"math"
	"strings"

	"github.com/DataDog/datadog-api-client-go/v2/api/datadog"
	"github.com/DataDog/datadog-api-client-go/v2/api/datadogV2"

	"scorekeeper/conformance/checks"
)

func addScores() {
	scored := &scored{}
	for _, each := range []struct {
		sentence string
		run      func()
	}{
		{"rules are scored, with level and relationships", scored.byRule},
		{"scorecards, kinds and teams are scored", scored.byGroups},
		{"entities are scored, in the order asked for", scored.byEntity},
		{"rules are chosen by every filter", scored.filters},
		{"pages follow each other", scored.pages},
	} {
		checks.Add("ListScorecardScores", each.sentence, func() { scored.make(); each.run() })
	}
	checks.Add("ListScorecardScores", "an unknown order raises with status 400", unknownOrder)
}

// Two rules over the datastores, of which no other check makes any.
type scored struct {
	scorecard string
	basic     string
	advanced  string
}

// Made when a check first needs it.
func (s *scored) make() {
	if s.scorecard != "" {
		return
	}
	for _, each := range []struct{ name, owner string }{
		{"shop-db", "team-shop"}, {"pay-db", "team-pay"},
	} {
		store := datadogV2.EntityV3DatastoreAsEntityV3(&datadogV2.EntityV3Datastore{
			ApiVersion: datadogV2.ENTITYV3APIVERSION_V3,
			Kind:       datadogV2.ENTITYV3DATASTOREKIND_DATASTORE,
			Metadata:   datadogV2.EntityV3Metadata{Name: each.name, Owner: &each.owner},
		})
		upsert(store)
	}
	attributes := func(name string, level int32) datadogV2.RuleAttributesRequest {
		attributes := ruleAttributes(name)
		attributes.SetScorecardName("Scored in Go")
		attributes.SetScopeQuery("kind:datastore")
		attributes.SetLevel(level)
		return attributes
	}
	basic := createRule(attributes("Basic", 1))
	advanced := createRule(attributes("Advanced", 3))
	send(outcome(basic.GetId(), "datastore:shop-db", datadogV2.STATE_PASS),
		outcome(advanced.GetId(), "datastore:shop-db", datadogV2.STATE_PASS),
		outcome(basic.GetId(), "datastore:pay-db", datadogV2.STATE_FAIL),
		outcome(advanced.GetId(), "datastore:pay-db", datadogV2.STATE_SKIP))
	s.basic, s.advanced = basic.GetId(), advanced.GetId()
	s.scorecard = basic.Relationships.Scorecard.Data.GetId()
}

func (s *scored) options() *datadogV2.ListScorecardScoresOptionalParameters {
	return datadogV2.NewListScorecardScoresOptionalParameters().
		WithFilterRuleScorecardId(s.scorecard)
}

func list(
	aggregation datadogV2.ScorecardScoresAggregation,
	options *datadogV2.ListScorecardScoresOptionalParameters,
) datadogV2.ListScorecardScoresResponse {
	listed := checks.Done(scorecards.ListScorecardScores(ctx, aggregation, *options))
	for _, score := range listed.Data {
		checks.Equal(score.Type, datadogV2.SCORECARDSCOREDATATYPE_SCORE, "type")
		checks.Equal(score.Attributes.GetAggregation(), aggregation, "aggregation")
	}
	return listed
}

// Entities, passes, failures, skips, cells without data.
type counts [5]int64

func expectScore(score datadogV2.ScorecardScoreData, id string, wanted counts) {
	checks.Equal(score.Id, id, "id")
	got := score.GetAttributes()
	checks.Equal(counts{got.GetTotalEntities(), got.GetTotalPass(), got.GetTotalFail(),
		got.GetTotalSkip(), got.GetTotalNoData()}, wanted, "counts")
	checks.Equal(got.GetNumerator(), got.GetTotalPass(), "numerator")
	checks.Equal(got.GetDenominator(), got.GetTotalPass()+got.GetTotalFail(), "denominator")
	ratio := float64(got.GetNumerator()) / float64(got.GetDenominator())
	checks.Expect(math.Abs(got.GetScore()-ratio) < 1e-9, "a score that is the ratio of both")
}

func (s *scored) byRule() {
	listed := list(datadogV2.SCORECARDSCORESAGGREGATION_BY_RULE, s.options().WithSort("-score"))
	checks.Equal(len(listed.Data), 2, "number of scores")
	expectScore(listed.Data[0], s.advanced, counts{2, 1, 0, 1, 0})
	expectScore(listed.Data[1], s.basic, counts{2, 1, 1, 0, 0})
	checks.Equal(listed.Data[0].Attributes.GetLevel(), 3, "level of the advanced rule")
	checks.Equal(listed.Data[1].Attributes.GetLevel(), 1, "level of the basic rule")
	related := listed.Data[0].Relationships
	checks.Equal(related.Rule.Data.Id, s.advanced, "relationships.rule")
	checks.Equal(related.Scorecard.Data.Id, s.scorecard, "relationships.scorecard")
}

func (s *scored) byGroups() {
	groups := list(datadogV2.SCORECARDSCORESAGGREGATION_BY_SCORECARD, s.options()).Data
	checks.Equal(len(groups), 1, "number of scorecards")
	expectScore(groups[0], s.scorecard, counts{2, 2, 1, 1, 0})
	checks.Equal(groups[0].Relationships.Scorecard.Data.Id, s.scorecard, "relationships.scorecard")
	groups = list(datadogV2.SCORECARDSCORESAGGREGATION_BY_KIND, s.options()).Data
	checks.Equal(len(groups), 1, "number of kinds")
	expectScore(groups[0], "datastore", counts{2, 2, 1, 1, 0})
	groups = list(datadogV2.SCORECARDSCORESAGGREGATION_BY_TEAM, s.options().WithSort("-score")).Data
	checks.Equal(len(groups), 2, "number of teams")
	expectScore(groups[0], "team-shop", counts{1, 2, 0, 0, 0})
	expectScore(groups[1], "team-pay", counts{1, 0, 1, 1, 0})
	checks.Equal(groups[0].Relationships.Team.Data.Id, "team-shop", "relationships.team")
}

func (s *scored) byEntity() {
	for sort, wanted := range map[string][]counts{
		"-total_pass": {{1, 2, 0, 0, 0}, {1, 0, 1, 1, 0}},
		"total_pass":  {{1, 0, 1, 1, 0}, {1, 2, 0, 0, 0}},
	} {
		listed := list(datadogV2.SCORECARDSCORESAGGREGATION_BY_ENTITY, s.options().WithSort(sort))
		checks.Equal(len(listed.Data), 2, "number of scores")
		for i, score := range listed.Data {
			expectScore(score, score.Relationships.Entity.Data.Id, wanted[i])
		}
	}
}

func (s *scored) filters() {
	for _, each := range []struct {
		options *datadogV2.ListScorecardScoresOptionalParameters
		rules   []string
	}{
		{s.options().WithFilterRuleId(s.basic + "," + s.advanced), []string{s.basic, s.advanced}},
		{s.options().WithFilterRuleName("Basic"), []string{s.basic}},
		{s.options().WithFilterRuleLevel("2,3"), []string{s.advanced}},
		{s.options().WithFilterRuleIsCustom(true).WithFilterRuleIsEnabled(true),
			[]string{s.basic, s.advanced}},
		{s.options().WithFilterRuleIsEnabled(false), []string{}},
	} {
		ids := []string{}
		for _, score := range list(
			datadogV2.SCORECARDSCORESAGGREGATION_BY_RULE, each.options).Data {
			ids = append(ids, score.Id)
		}
		expectAllOnce(ids, each.rules, "rules")
	}
}

func (s *scored) pages() {
	ids := []string{}
	for offset := range int64(2) {
		page := list(datadogV2.SCORECARDSCORESAGGREGATION_BY_RULE,
			s.options().WithPageLimit(1).WithPageOffset(offset))
		checks.Equal(*page.Meta, datadogV2.ListScorecardScoresMeta{
			Count: datadog.PtrInt64(1), Limit: datadog.PtrInt64(1),
			Offset: datadog.PtrInt64(offset), Total: datadog.PtrInt64(2),
		}, "meta")
		leads := strings.Contains(page.Links.GetNext(), "page%5Boffset%5D=1")
		checks.Equal([]bool{leads, page.Links.HasNext()}, []bool{offset == 0, offset == 0},
			"links.next, not of the last page")
		ids = append(ids, page.Data[0].Id)
	}
	expectAllOnce(ids, []string{s.basic, s.advanced}, "rules of both pages")
}

func unknownOrder() {
	options := datadogV2.NewListScorecardScoresOptionalParameters
	for _, each := range []*datadogV2.ListScorecardScoresOptionalParameters{
		options().WithSort("name"), options().WithPageLimit(1001),
	} {
		_, response, err := scorecards.ListScorecardScores(
			ctx, datadogV2.SCORECARDSCORESAGGREGATION_BY_RULE, *each)
		checks.Refused(response, err, 400)
	}
}
