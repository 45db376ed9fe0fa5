package main

import (
	"fmt"

	"github.com/DataDog/datadog-api-client-go/v2/api/datadog"
	"github.com/DataDog/datadog-api-client-go/v2/api/datadogV2"

	"scorekeeper/conformance/checks"
)

func addKindsAndRelations() {
	checks.Add("UpsertCatalogKind", "a kind comes back typed, and is replaced as a whole",
		kindIsUpserted)
	checks.Add("UpsertCatalogKind", "a kind that is not kebab-case raises with status 400",
		malformedKind)
	checks.Add("ListCatalogKind", "kinds are found by id and name", kindsAreFiltered)
	checks.Add("ListCatalogKind", "all kinds come once each with a page limit of 1", kindsArePaged)
	checks.Add("DeleteCatalogKind", "a deleted kind is gone", kindIsDeleted)
	checks.Add("ListCatalogRelation", "relations are found from both ends, with their entities",
		relationsAreListed)
}

func upsertKind(kind datadogV2.KindObj) datadogV2.KindData {
	answer := checks.Done(catalog.UpsertCatalogKind(
		ctx, datadogV2.KindObjAsUpsertCatalogKindRequest(&kind)))
	checks.Equal(answer.Meta.GetCount(), 1, "meta.count")
	return answer.Data[0]
}

func kindFilters() *datadogV2.ListCatalogKindOptionalParameters {
	return datadogV2.NewListCatalogKindOptionalParameters()
}

func kindIsUpserted() {
	got := upsertKind(datadogV2.KindObj{
		Kind:        "night-job",
		DisplayName: datadog.PtrString("Night job"),
		Description: datadog.PtrString("Runs at <night>"),
	})
	checks.Equal(got.GetType(), "kind", "type")
	checks.Expect(got.GetId() != "", "an id")
	checks.Equal(*got.Attributes, datadogV2.KindAttributes{
		Name:        datadog.PtrString("night-job"),
		DisplayName: datadog.PtrString("Night job"),
		Description: datadog.PtrString("Runs at <night>"),
	}, "attributes")
	checks.RecentText(got.Meta.GetCreatedAt(), "meta.createdAt")
	checks.RecentText(got.Meta.GetModifiedAt(), "meta.modifiedAt")
	replaced := upsertKind(datadogV2.KindObj{Kind: "night-job"})
	checks.Equal(replaced.GetId(), got.GetId(), "id after another upsert")
	checks.Expect(!replaced.Attributes.HasDescription(), "description is cleared")
}

func malformedKind() {
	_, response, err := catalog.UpsertCatalogKind(
		ctx, datadogV2.KindObjAsUpsertCatalogKindRequest(&datadogV2.KindObj{Kind: "Night Job"}))
	checks.RefusedWith(response, err, 400, checks.ErrorItem{
		Status: "400", Title: "Bad Request",
		Detail: `attribute "kind" must be of the form "kebab-case"`,
	})
}

func kindsAreFiltered() {
	kind := upsertKind(datadogV2.KindObj{Kind: "listed-kind"})
	for _, filter := range []*datadogV2.ListCatalogKindOptionalParameters{
		kindFilters().WithFilterId(kind.GetId()),
		kindFilters().WithFilterName("listed-kind"),
	} {
		listed := checks.Done(catalog.ListCatalogKind(ctx, *filter))
		checks.Equal(listed.Meta.GetCount(), 1, "meta.count")
		checks.Equal(listed.Data[0].Attributes.GetName(), "listed-kind", "name")
	}
	nothing := checks.Done(catalog.ListCatalogKind(ctx, *kindFilters().WithFilterName("nothing")))
	checks.Equal(len(nothing.Data), 0, "kinds of an unknown name")
}

func kindsArePaged() {
	for _, name := range []string{"paged-a", "paged-b", "paged-c"} {
		upsertKind(datadogV2.KindObj{Kind: name})
	}
	wanted := []string{}
	for _, kind := range checks.Done(catalog.ListCatalogKind(ctx)).Data {
		wanted = append(wanted, kind.GetId())
	}
	ids := []string{}
	for _, kind := range collect(
		catalog.ListCatalogKindWithPagination(ctx, *kindFilters().WithPageLimit(1))) {
		ids = append(ids, kind.GetId())
	}
	expectAllOnce(ids, wanted, "kinds")
}

func kindIsDeleted() {
	kind := upsertKind(datadogV2.KindObj{Kind: "deleted-kind"})
	checks.Succeeded(catalog.DeleteCatalogKind(ctx, kind.GetId()))
	listed := checks.Done(
		catalog.ListCatalogKind(ctx, *kindFilters().WithFilterName("deleted-kind")))
	checks.Equal(len(listed.Data), 0, "number of kinds")
	response, err := catalog.DeleteCatalogKind(ctx, kind.GetId())
	checks.RefusedWith(response, err, 404, checks.ErrorItem{
		Status: "404", Title: "Not Found", Detail: "kind not found: deleted-kind",
	})
}

func relationFilters() *datadogV2.ListCatalogRelationOptionalParameters {
	return datadogV2.NewListCatalogRelationOptionalParameters()
}

func relationsAreListed() {
	user := service("user")
	user.Spec = &datadogV2.EntityV3ServiceSpec{DependsOn: []string{"service:used"}}
	ids := map[string]string{"user": upsertService(user), "used": upsertService(service("used"))}
	for _, each := range []struct {
		kind     datadogV2.RelationType
		from, to string
	}{
		{datadogV2.RELATIONTYPE_RELATIONTYPEDEPENDSON, "user", "used"},
		{datadogV2.RELATIONTYPE_RELATIONTYPEDEPENDENCYOF, "used", "user"},
	} {
		listed := checks.Done(catalog.ListCatalogRelation(ctx, *relationFilters().
			WithFilterType(each.kind).
			WithFilterFromRef("service:" + each.from).
			WithFilterToRef("service:default/" + each.to).
			WithInclude(datadogV2.RELATIONINCLUDETYPE_ENTITY)))
		checks.Equal(listed.Meta.GetCount(), 1, "meta.count")
		got := listed.Data[0]
		checks.Equal(got.GetId(), fmt.Sprintf("service:default/%s:%s:service:default/%s",
			each.from, each.kind, each.to), "id")
		checks.Equal(got.GetType(), datadogV2.RELATIONRESPONSETYPE_RELATION, "type")
		checks.Equal(got.Attributes.GetType(), each.kind, "attributes.type")
		checks.Equal(got.Attributes.From.GetName(), each.from, "attributes.from.name")
		checks.Equal(got.Attributes.To.GetNamespace(), "default", "attributes.to.namespace")
		checks.Equal(got.Attributes.To.GetKind(), "service", "attributes.to.kind")
		checks.Equal(got.Meta.GetSource(), "schema", "meta.source")
		checks.Equal(got.Meta.GetDefinedBy(), "service:default/user", "meta.definedBy")
		checks.Recent(got.Meta.GetCreatedAt(), "meta.createdAt")
		checks.Equal(got.Relationships.ToEntity.Data.GetId(), ids[each.to],
			"relationships.toEntity")
		included := []string{}
		for _, entity := range listed.Included {
			included = append(included, entity.Attributes.GetName())
		}
		expectAllOnce(included, []string{"used", "user"}, "included entities")
	}
}
