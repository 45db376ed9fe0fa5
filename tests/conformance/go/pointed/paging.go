package main

import (
	"fmt"
	"sort"

	"github.com/DataDog/datadog-api-client-go/v2/api/datadog"
	"github.com/DataDog/datadog-api-client-go/v2/api/datadogV2"

	"scorekeeper/conformance/checks"
)

// Lists of every size that matters come once each through auto-paging.
func addPaging() {
	for _, size := range []int{0, 1, 10, 11, 100, 101} {
		lists := &lists{size: size}
		for _, pageSize := range []int64{unsetPageSize, 100} {
			told := "an unset page size"
			if pageSize != unsetPageSize {
				told = fmt.Sprintf("a page size of %d", pageSize)
			}
			sentence := fmt.Sprintf("%d items come once each with %s", size, told)
			checks.Add("ListScorecardOutcomes", sentence, func() { lists.pageOutcomes(pageSize) })
			checks.Add("ListScorecardRules", sentence, func() { lists.pageRules(pageSize) })
		}
		checks.Add("ListCatalogEntity",
			fmt.Sprintf("%d items come once each with an unset page limit", size),
			lists.pageEntities)
		checks.Add("ListCatalogRelation",
			fmt.Sprintf("%d items come once each with a page limit of 10", size),
			lists.pageRelations)
	}
}

const unsetPageSize = 0

// All items of a list that the client pages through by itself.
func collect[V any](items <-chan datadog.PaginationResult[V], cancel func()) []V {
	defer cancel()
	all := []V{}
	for item := range items {
		checks.Succeeded(nil, item.Error)
		checks.Parsed(item.Item)
		all = append(all, item.Item)
	}
	return all
}

func expectAllOnce(got, wanted []string, what string) {
	sort.Strings(got)
	wanted = append([]string{}, wanted...)
	sort.Strings(wanted)
	checks.Equal(got, wanted, what)
}

// Lists of one size; those of outcomes and rules are made when a check first needs them.
type lists struct {
	size         int
	outcomesRule string
	rules        []string
}

func (l *lists) pageOutcomes(pageSize int64) {
	wanted := []string{}
	for i := range l.size {
		wanted = append(wanted, fmt.Sprintf("s%d", i))
	}
	if l.outcomesRule == "" {
		l.outcomesRule = createRuleNamed(fmt.Sprintf("Paging through %d outcomes", l.size))
		items := []datadogV2.UpdateOutcomesAsyncRequestItem{}
		for _, name := range wanted {
			items = append(items, outcome(l.outcomesRule, "service:"+name, datadogV2.STATE_PASS))
		}
		send(items...)
	}
	options := outcomeFilters(l.outcomesRule)
	if pageSize != unsetPageSize {
		options = options.WithPageSize(pageSize)
	}
	items := collect(scorecards.ListScorecardOutcomesWithPagination(ctx, *options))
	expectAllOnce(serviceNames(items), wanted, "outcomes")
}

func (l *lists) pageRules(pageSize int64) {
	name := fmt.Sprintf("Paging through %d rules", l.size)
	for len(l.rules) < l.size {
		l.rules = append(l.rules, createRuleNamed(name))
	}
	options := ruleFilters().WithFilterRuleName(name)
	if pageSize != unsetPageSize {
		options = options.WithPageSize(pageSize)
	}
	ids := []string{}
	for _, rule := range collect(scorecards.ListScorecardRulesWithPagination(ctx, *options)) {
		ids = append(ids, rule.GetId())
	}
	expectAllOnce(ids, l.rules, "rules")
}

func (l *lists) owner() string { return fmt.Sprintf("paging-%d", l.size) }

func (l *lists) entities() []string {
	names := []string{}
	for i := range l.size {
		names = append(names, fmt.Sprintf("%s-%d", l.owner(), i))
	}
	return names
}

// Makes the entities that pageRelations relies on.
func (l *lists) pageEntities() {
	for _, name := range l.entities() {
		entity := service(name)
		entity.Metadata.Owner = datadog.PtrString(l.owner())
		entity.Spec = &datadogV2.EntityV3ServiceSpec{DependsOn: []string{"service:" + l.owner()}}
		upsertService(entity)
	}
	names := []string{}
	options := entityFilters().WithFilterOwner(l.owner())
	for _, entity := range collect(catalog.ListCatalogEntityWithPagination(ctx, *options)) {
		names = append(names, entity.Attributes.GetName())
	}
	expectAllOnce(names, l.entities(), "entities")
}

func (l *lists) pageRelations() {
	options := relationFilters().WithFilterToRef("service:" + l.owner()).WithPageLimit(10)
	names := []string{}
	for _, relation := range collect(catalog.ListCatalogRelationWithPagination(ctx, *options)) {
		names = append(names, relation.Attributes.From.GetName())
	}
	expectAllOnce(names, l.entities(), "relations")
}
