package main

import (
	"fmt"
	"strings"

	"github.com/DataDog/datadog-api-client-go/v2/api/datadog"
	"github.com/DataDog/datadog-api-client-go/v2/api/datadogV2"

	"scorekeeper/conformance/checks"
)

func addDefinitions() {
	checks.Add("CreateOrUpdateServiceDefinitions", "a definition comes back typed",
		definitionIsStored)
	checks.Add("CreateOrUpdateServiceDefinitions", "text in YAML is read", definitionTextIsStored)
	checks.Add("CreateOrUpdateServiceDefinitions",
		"a definition without a name raises with status 400", namelessDefinition)
	checks.Add("GetServiceDefinition", "a definition is read in the version asked for",
		definitionIsConverted)
	checks.Add("GetServiceDefinition", "an unknown service raises with status 404",
		unknownDefinitionIsRead)
	checks.Add("DeleteServiceDefinition", "a deleted definition is gone", definitionIsDeleted)
	checks.Add("ListServiceDefinitions", "all definitions come once each through auto-paging",
		definitionsArePaged)
	checks.Add("ListServiceDefinitions", "pages are numbered from 0", pagesOfDefinitions)
}

func definitionOf(service string) *datadogV2.ServiceDefinitionV2Dot2 {
	return &datadogV2.ServiceDefinitionV2Dot2{
		SchemaVersion: datadogV2.SERVICEDEFINITIONV2DOT2VERSION_V2_2,
		DdService:     service,
	}
}

func store(definition *datadogV2.ServiceDefinitionV2Dot2) datadogV2.ServiceDefinitionData {
	answer := checks.Done(definitions.CreateOrUpdateServiceDefinitions(
		ctx, datadogV2.ServiceDefinitionV2Dot2AsServiceDefinitionsCreateRequest(definition)))
	checks.Equal(len(answer.Data), 1, "number of definitions")
	return answer.Data[0]
}

// The client has the errors of service definitions as texts.
func expectDefinitionError(err error, wanted string) {
	checks.Equal(checks.Model[datadogV2.APIErrorResponse](err).Errors, []string{wanted}, "errors")
}

func definitionIsStored() {
	sent := definitionOf("checkout")
	sent.SetTeam("team-checkout")
	sent.SetApplication("shop")
	sent.SetDescription("Takes <money>")
	sent.SetTier("1")
	sent.SetLifecycle("production")
	sent.SetType("web")
	sent.SetLanguages([]string{"go"})
	sent.SetTags([]string{"my:tag"})
	sent.SetContacts([]datadogV2.ServiceDefinitionV2Dot2Contact{
		{Type: "email", Contact: "checkout@example.com", Name: datadog.PtrString("Support")},
	})
	sent.SetLinks([]datadogV2.ServiceDefinitionV2Dot2Link{
		{Name: "Runbook", Type: "runbook", Url: "https://runbook.example/checkout"},
	})
	sent.SetIntegrations(datadogV2.ServiceDefinitionV2Dot2Integrations{
		Pagerduty: &datadogV2.ServiceDefinitionV2Dot2Pagerduty{
			ServiceUrl: datadog.PtrString("https://my-org.pagerduty.com/service-directory/P1"),
		},
	})
	got := store(sent)
	checks.Equal(got.GetType(), "service-definition", "type")
	checks.Equal(got.Attributes.Schema.ServiceDefinitionV2Dot2, sent, "schema")
	checks.Equal(got.Attributes.Meta.GetIngestionSource(), "api", "meta.ingestion-source")
	checks.Equal(got.Attributes.Meta.GetIngestedSchemaVersion(), "v2.2",
		"meta.ingested-schema-version")
	checks.RecentText(got.Attributes.Meta.GetLastModifiedTime(), "meta.last-modified-time")
	checks.Equal(entityNames(entityFilters().WithFilterOwner("team-checkout")),
		[]string{"checkout"}, "entities of the catalog")
}

func definitionTextIsStored() {
	text := "schema-version: v2.1\ndd-service: text-service\nteam: team-text\ntier: 1\n"
	answer := checks.Done(definitions.CreateOrUpdateServiceDefinitions(
		ctx, datadogV2.ServiceDefinitionRawAsServiceDefinitionsCreateRequest(&text)))
	got := answer.Data[0].Attributes.Schema.ServiceDefinitionV2Dot1
	checks.Expect(got != nil, "a schema v2.1")
	checks.Equal([]string{got.DdService, got.GetTeam(), got.GetTier()},
		[]string{"text-service", "team-text", "1"}, "definition")
}

func namelessDefinition() {
	_, response, err := definitions.CreateOrUpdateServiceDefinitions(
		ctx, datadogV2.ServiceDefinitionV2Dot2AsServiceDefinitionsCreateRequest(definitionOf("")))
	checks.RefusedWith(response, err, 400, checks.ErrorItem{
		Status: "400", Title: "Bad Request", Detail: `attribute "dd-service" is required`,
	})
}

func definitionIsConverted() {
	sent := definitionOf("converted")
	sent.SetTeam("team-converted")
	store(sent)
	read := func(
		version datadogV2.ServiceDefinitionSchemaVersions,
	) *datadogV2.ServiceDefinitionSchema {
		options := datadogV2.NewGetServiceDefinitionOptionalParameters()
		answer := checks.Done(definitions.GetServiceDefinition(
			ctx, "converted", *options.WithSchemaVersion(version)))
		checks.Equal(answer.Data.GetType(), "service-definition", "type")
		checks.Expect(answer.Data.GetId() != "", "an id")
		return answer.Data.Attributes.Schema
	}
	v2 := read(datadogV2.SERVICEDEFINITIONSCHEMAVERSIONS_V2).ServiceDefinitionV2
	checks.Expect(v2 != nil, "a schema v2")
	checks.Equal([]string{v2.DdService, v2.GetTeam()}, []string{"converted", "team-converted"}, "v2")
	v21 := read(datadogV2.SERVICEDEFINITIONSCHEMAVERSIONS_V2_1).ServiceDefinitionV2Dot1
	checks.Expect(v21 != nil, "a schema v2.1")
	checks.Equal([]string{v21.DdService, v21.GetTeam()},
		[]string{"converted", "team-converted"}, "v2.1")
	v22 := read(datadogV2.SERVICEDEFINITIONSCHEMAVERSIONS_V2_2).ServiceDefinitionV2Dot2
	checks.Equal(v22, sent, "v2.2")
}

func unknownDefinitionIsRead() {
	_, response, err := definitions.GetServiceDefinition(ctx, "nobody")
	checks.Refused(response, err, 404)
	expectDefinitionError(err, "Not Found")
}

func definitionIsDeleted() {
	store(definitionOf("group/part"))
	checks.Succeeded(definitions.DeleteServiceDefinition(ctx, "group/part"))
	_, response, err := definitions.GetServiceDefinition(ctx, "group/part")
	checks.Refused(response, err, 404)
	response, err = definitions.DeleteServiceDefinition(ctx, "group/part")
	checks.Refused(response, err, 404)
	expectDefinitionError(err, "Not Found")
}

func definitionFilters() *datadogV2.ListServiceDefinitionsOptionalParameters {
	return datadogV2.NewListServiceDefinitionsOptionalParameters().
		WithSchemaVersion(datadogV2.SERVICEDEFINITIONSCHEMAVERSIONS_V2_2)
}

func definitionsArePaged() {
	wanted := []string{}
	for i := range 21 {
		definition := definitionOf(fmt.Sprintf("paged-definition-%d", i))
		store(definition)
		wanted = append(wanted, definition.DdService)
	}
	for _, options := range []*datadogV2.ListServiceDefinitionsOptionalParameters{
		definitionFilters(), definitionFilters().WithPageSize(100),
	} {
		names := []string{}
		for _, item := range collect(
			definitions.ListServiceDefinitionsWithPagination(ctx, *options)) {
			name := item.Attributes.Schema.ServiceDefinitionV2Dot2.DdService
			if strings.HasPrefix(name, "paged-definition-") {
				names = append(names, name)
			}
		}
		expectAllOnce(names, wanted, "definitions")
	}
}

func pagesOfDefinitions() {
	store(definitionOf("numbered-a"))
	store(definitionOf("numbered-b"))
	names := []string{}
	for number := range int64(2) {
		page := checks.Done(definitions.ListServiceDefinitions(
			ctx, *definitionFilters().WithPageSize(1).WithPageNumber(number)))
		checks.Equal(len(page.Data), 1, "number of definitions in a page of 1")
		names = append(names, page.Data[0].Attributes.Schema.ServiceDefinitionV2Dot2.DdService)
	}
	checks.Expect(names[0] < names[1], "pages in order")
}
