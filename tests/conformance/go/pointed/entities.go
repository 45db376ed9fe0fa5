package main

import (
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/DataDog/datadog-api-client-go/v2/api/datadog"
	"github.com/DataDog/datadog-api-client-go/v2/api/datadogV2"

	"scorekeeper/conformance/checks"
)

func addEntities() {
	checks.Add("UpsertCatalogEntity", "an entity comes back typed, with its schema",
		entityIsUpserted)
	checks.Add("UpsertCatalogEntity", "an entity keeps its id and is replaced as a whole",
		entityIsReplaced)
	checks.Add("UpsertCatalogEntity", "text in YAML is read", entityTextIsUpserted)
	checks.Add("UpsertCatalogEntity", "an unusable definition raises with status 400",
		namelessEntity)
	checks.Add("UpsertCatalogEntity", "a key without the write scope raises with status 403",
		entityIsForbidden)
	checks.Add("ListCatalogEntity", "entities are found by every filter", entitiesAreFiltered)
	checks.Add("ListCatalogEntity", "schemas, texts and related entities are included typed",
		entitiesInclude)
	checks.Add("ListCatalogEntity", "links lead to the page itself and those around",
		linksOfEntities)
	checks.Add("PreviewCatalogEntities", "without a definition an empty list is previewed",
		entitiesArePreviewed)
	checks.Add("DeleteCatalogEntity", "an entity is deleted by reference and by id",
		entitiesAreDeleted)
}

func service(name string) *datadogV2.EntityV3Service {
	return &datadogV2.EntityV3Service{
		ApiVersion: datadogV2.ENTITYV3APIVERSION_V3,
		Kind:       datadogV2.ENTITYV3SERVICEKIND_SERVICE,
		Metadata:   datadogV2.EntityV3Metadata{Name: name},
	}
}

func upsert(entity datadogV2.EntityV3) datadogV2.UpsertCatalogEntityResponse {
	return checks.Done(catalog.UpsertCatalogEntity(
		ctx, datadogV2.EntityV3AsUpsertCatalogEntityRequest(&entity)))
}

func upsertService(entity *datadogV2.EntityV3Service) string {
	answer := upsert(datadogV2.EntityV3ServiceAsEntityV3(entity))
	return answer.Data[0].GetId()
}

func entityFilters() *datadogV2.ListCatalogEntityOptionalParameters {
	return datadogV2.NewListCatalogEntityOptionalParameters()
}

func entityNames(options *datadogV2.ListCatalogEntityOptionalParameters) []string {
	names := []string{}
	for _, entity := range checks.Done(catalog.ListCatalogEntity(ctx, *options)).Data {
		names = append(names, entity.Attributes.GetName())
	}
	return names
}

func fullService(name string) *datadogV2.EntityV3Service {
	entity := service(name)
	entity.Metadata.DisplayName = datadog.PtrString("Shopping cart")
	entity.Metadata.Description = datadog.PtrString("Keeps <what> is bought")
	entity.Metadata.Owner = datadog.PtrString("team-cart")
	entity.Metadata.Tags = []string{"tag:value"}
	entity.Metadata.Links = []datadogV2.EntityV3MetadataLinksItems{
		{Name: "Runbook", Type: "runbook", Url: "https://runbook.example/cart"},
	}
	entity.Metadata.Contacts = []datadogV2.EntityV3MetadataContactsItems{
		{Type: "email", Contact: "cart@example.com", Name: datadog.PtrString("Support")},
	}
	entity.Metadata.AdditionalOwners = []datadogV2.EntityV3MetadataAdditionalOwnersItems{
		{Name: "team-ops", Type: datadog.PtrString("operator")},
	}
	entity.Spec = &datadogV2.EntityV3ServiceSpec{
		Lifecycle: datadog.PtrString("production"),
		Tier:      datadog.PtrString("1"),
		Type:      datadog.PtrString("web"),
		Languages: []string{"go"},
		DependsOn: []string{"service:payment"},
	}
	return entity
}

func entityIsUpserted() {
	sent := fullService("cart")
	answer := upsert(datadogV2.EntityV3ServiceAsEntityV3(sent))
	checks.Equal(answer.Meta.GetCount(), 1, "meta.count")
	checks.Equal(answer.Meta.GetIncludeCount(), 1, "meta.includeCount")
	checks.Equal(len(answer.Data), 1, "number of entities")
	got := answer.Data[0]
	checks.Expect(got.GetId() != "", "an id")
	checks.Equal(got.GetType(), "entity", "type")
	checks.Equal(*got.Attributes, datadogV2.EntityAttributes{
		ApiVersion:  datadog.PtrString("v3"),
		Description: sent.Metadata.Description,
		DisplayName: sent.Metadata.DisplayName,
		Kind:        datadog.PtrString("service"),
		Name:        datadog.PtrString("cart"),
		Namespace:   datadog.PtrString("default"),
		Owner:       sent.Metadata.Owner,
		Tags:        sent.Metadata.Tags,
	}, "attributes")
	checks.Equal(got.Meta.GetIngestionSource(), "api", "meta.ingestionSource")
	checks.RecentText(got.Meta.GetCreatedAt(), "meta.createdAt")
	checks.RecentText(got.Meta.GetModifiedAt(), "meta.modifiedAt")
	checks.Equal(got.Relationships.Schema.Data.GetId(), got.GetId(), "relationships.schema")
	checks.Equal(len(answer.Included), 1, "number of included items")
	schema := answer.Included[0].EntityResponseIncludedSchema.Attributes.Schema.EntityV3Service
	checks.Expect(schema != nil, "the schema of a service")
	checks.Equal(schema.Metadata.GetNamespace(), "default", "schema's namespace")
	checks.Equal(schema.Metadata.Links, sent.Metadata.Links, "schema's links")
	checks.Equal(schema.Metadata.Contacts, sent.Metadata.Contacts, "schema's contacts")
	checks.Equal(schema.Metadata.AdditionalOwners, sent.Metadata.AdditionalOwners,
		"schema's additional owners")
	checks.Equal(*schema.Spec, *sent.Spec, "schema's spec")
}

func entityIsReplaced() {
	first := upsertService(fullService("again"))
	second := upsert(datadogV2.EntityV3ServiceAsEntityV3(service("again"))).Data[0]
	checks.Equal(second.GetId(), first, "id")
	checks.Expect(!second.Attributes.HasOwner(), "owner is cleared")
}

func entityTextIsUpserted() {
	text := "apiVersion: v3\nkind: queue\nmetadata:\n  name: text\n  owner: team-text\n"
	answer := checks.Done(catalog.UpsertCatalogEntity(
		ctx, datadogV2.EntityRawAsUpsertCatalogEntityRequest(&text)))
	checks.Equal(answer.Data[0].Attributes.GetName(), "text", "name")
	queue := answer.Included[0].EntityResponseIncludedSchema.Attributes.Schema.EntityV3Queue
	checks.Expect(queue != nil, "the schema of a queue")
	checks.Equal(queue.Metadata.GetOwner(), "team-text", "owner")
}

func namelessEntity() {
	entity := datadogV2.EntityV3ServiceAsEntityV3(service(""))
	_, response, err := catalog.UpsertCatalogEntity(
		ctx, datadogV2.EntityV3AsUpsertCatalogEntityRequest(&entity))
	body := checks.Refused(response, err, 400)
	checks.Expect(strings.Contains(string(body), "/metadata/name"), "the place in the document")
}

func entityIsForbidden() {
	reader := checks.ContextWithKeys(
		checks.Environment("DD_API_KEY"), checks.Environment("READ_ONLY_APP_KEY"))
	entity := datadogV2.EntityV3ServiceAsEntityV3(service("forbidden"))
	_, response, err := catalog.UpsertCatalogEntity(
		reader, datadogV2.EntityV3AsUpsertCatalogEntityRequest(&entity))
	checks.RefusedWith(response, err, 403, lacks("apm_service_catalog_write"))
	checks.Equal(entityNames(entityFilters().WithFilterName("forbidden")), []string{}, "entities")
}

// The client has no way to give this request a body.
func entitiesArePreviewed() {
	answer, response, err := catalog.PreviewCatalogEntities(ctx)
	checks.Done(answer, response, err)
	checks.Equal(response.StatusCode, 202, "status")
	checks.Expect(answer.Data != nil, "data is a list")
	checks.Equal(len(answer.Data), 0, "number of entities")
}

func entitiesAreFiltered() {
	found := service("filtered")
	found.Metadata.Namespace = datadog.PtrString("shop")
	found.Metadata.Owner = datadog.PtrString("team-filtered")
	found.Spec = &datadogV2.EntityV3ServiceSpec{DependsOn: []string{"service:shop/other"}}
	id := upsertService(found)
	dependsOn := datadogV2.RELATIONTYPE_RELATIONTYPEDEPENDSON
	for _, filter := range []*datadogV2.ListCatalogEntityOptionalParameters{
		entityFilters().WithFilterId(id),
		entityFilters().WithFilterRef("service:shop/filtered"),
		entityFilters().WithFilterName("filtered"),
		entityFilters().WithFilterName("filtered").WithFilterKind("service"),
		entityFilters().WithFilterOwner("team-filtered"),
		entityFilters().WithFilterOwner("team-filtered").WithFilterRelationType(dependsOn),
		entityFilters().WithFilterName("filtered").WithIncludeDiscovered(true),
	} {
		checks.Equal(entityNames(filter), []string{"filtered"}, "entities")
	}
	checks.Equal(entityNames(entityFilters().WithFilterRef("service:nobody")), []string{},
		"entities of an unknown reference")
}

func entitiesInclude() {
	entity := service("including")
	entity.Spec = &datadogV2.EntityV3ServiceSpec{DependsOn: []string{"service:included"}}
	upsertService(entity)
	upsertService(service("included"))
	include := func(
		kind datadogV2.IncludeType,
	) datadogV2.ListEntityCatalogResponseIncludedItem {
		listed := checks.Done(catalog.ListCatalogEntity(
			ctx, *entityFilters().WithFilterRef("service:including").WithInclude(kind)))
		checks.Equal(len(listed.Included), 1, "number of included items")
		return listed.Included[0]
	}
	schema := include(datadogV2.INCLUDETYPE_SCHEMA).EntityResponseIncludedSchema
	checks.Equal(schema.Attributes.Schema.EntityV3Service.Spec, entity.Spec, "spec of the schema")
	raw := include(datadogV2.INCLUDETYPE_RAW_SCHEMA).EntityResponseIncludedRawSchema
	text, err := base64.StdEncoding.DecodeString(raw.Attributes.GetRawSchema())
	checks.Expect(err == nil && strings.Contains(string(text), "including"), "the text in base64")
	related := include(datadogV2.INCLUDETYPE_RELATION).EntityResponseIncludedRelatedEntity
	checks.Equal(related.Attributes.GetName(), "included", "name of the related entity")
	checks.Equal(related.Attributes.GetType(), "RelationTypeDependsOn", "type of the relation")
}

func linksOfEntities() {
	for _, name := range []string{"link-a", "link-b", "link-c"} {
		entity := service(name)
		entity.Metadata.Owner = datadog.PtrString("team-links")
		upsertService(entity)
	}
	page := checks.Done(catalog.ListCatalogEntity(ctx,
		*entityFilters().WithFilterOwner("team-links").WithPageLimit(1).WithPageOffset(1)))
	for offset, link := range []string{
		page.Links.GetPrevious(), page.Links.GetSelf(), page.Links.GetNext(),
	} {
		end := fmt.Sprintf("page%%5Blimit%%5D=1&page%%5Boffset%%5D=%d", offset)
		checks.Expect(strings.HasSuffix(link, end), "a link to offset "+end+", got "+link)
	}
}

func entitiesAreDeleted() {
	id := upsertService(service("deleted"))
	other := service("deleted-too")
	other.Metadata.Namespace = datadog.PtrString("shop")
	upsertService(other)
	checks.Succeeded(catalog.DeleteCatalogEntity(ctx, id))
	checks.Succeeded(catalog.DeleteCatalogEntity(ctx, "service:shop/deleted-too"))
	for _, reference := range []string{"service:deleted", "service:shop/deleted-too"} {
		checks.Equal(entityNames(entityFilters().WithFilterRef(reference)), []string{}, reference)
		response, err := catalog.DeleteCatalogEntity(ctx, reference)
		checks.RefusedWith(response, err, 404, checks.ErrorItem{
			Status: "404", Title: "Not Found", Detail: "entity not found: " + reference,
		})
	}
}
