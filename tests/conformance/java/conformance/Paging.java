package conformance;

import static conformance.Checks.check;
import static conformance.Checks.expectAllOnce;
import static conformance.Checks.parsed;
import static conformance.Client.CATALOG;
import static conformance.Client.SCORECARDS;

import com.datadog.api.client.PaginationIterable;
import com.datadog.api.client.v2.api.SoftwareCatalogApi.ListCatalogRelationOptionalParameters;
import com.datadog.api.client.v2.model.EntityV3ServiceSpec;
import com.datadog.api.client.v2.model.ListRulesResponseDataItem;
import com.datadog.api.client.v2.model.UpdateOutcomesAsyncRequestItem;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Lists of every size that matters come once each through auto-paging. */
final class Paging {
  private static final int[] SIZES = {0, 1, 10, 11, 100, 101};

  private final int size;
  private final List<String> rules = new ArrayList<>();
  private String outcomesRule;

  private Paging(int size) {
    this.size = size;
  }

  static void register() {
    for (int size : SIZES) {
      Paging lists = new Paging(size);
      String items = size + " items come once each with ";
      for (Long pageSize : Arrays.asList(null, 100L)) {
        String told = pageSize == null ? "an unset page size" : "a page size of " + pageSize;
        check("ListScorecardOutcomes", items + told, () -> lists.outcomes(pageSize));
        check("ListScorecardRules", items + told, () -> lists.rules(pageSize));
      }
      check("ListCatalogEntity", items + "an unset page limit", lists::entities);
      check("ListCatalogRelation", items + "a page limit of 10", lists::relations);
    }
  }

  /** All items of a list that the client pages through by itself. */
  static <T> List<T> collect(PaginationIterable<T> pages) throws Exception {
    var all = new ArrayList<T>();
    for (T item : pages) {
      all.add(parsed(item));
    }
    return all;
  }

  private List<String> numbered(String prefix) {
    return IntStream.range(0, size).mapToObj(i -> prefix + i).toList();
  }

  private void outcomes(Long pageSize) throws Exception {
    var wanted = numbered("s");
    if (outcomesRule == null) {
      String rule = Rules.create("Paging through " + size + " outcomes");
      Outcomes.send(wanted.stream()
          .map(name -> Outcomes.item(rule, "service:" + name))
          .toArray(UpdateOutcomesAsyncRequestItem[]::new));
      outcomesRule = rule;
    }
    var filter = Outcomes.filters(outcomesRule);
    if (pageSize != null) {
      filter = filter.pageSize(pageSize);
    }
    var got = collect(SCORECARDS.listScorecardOutcomesWithPagination(filter));
    expectAllOnce(Outcomes.names(got), wanted, "outcomes");
  }

  private void rules(Long pageSize) throws Exception {
    String name = "Paging through " + size + " rules";
    while (rules.size() < size) {
      rules.add(Rules.create(name));
    }
    var filter = Rules.filters().filterRuleName(name);
    if (pageSize != null) {
      filter = filter.pageSize(pageSize);
    }
    var got = collect(SCORECARDS.listScorecardRulesWithPagination(filter));
    expectAllOnce(got.stream().map(ListRulesResponseDataItem::getId).toList(), rules, "rules");
  }

  private String owner() {
    return "paging-" + size;
  }

  /** Makes the entities that relations() relies on. */
  private void entities() throws Exception {
    var wanted = numbered(owner() + "-");
    for (String name : wanted) {
      var service = Entities.service(name)
          .spec(new EntityV3ServiceSpec().addDependsOnItem("service:" + owner()));
      service.getMetadata().owner(owner());
      Entities.create(service);
    }
    var filter = Entities.filters().filterOwner(owner());
    var got = collect(CATALOG.listCatalogEntityWithPagination(filter));
    expectAllOnce(Entities.names(got), wanted, "entities");
  }

  private void relations() throws Exception {
    var filter = new ListCatalogRelationOptionalParameters()
        .filterToRef("service:" + owner()).pageLimit(10L);
    var got = collect(CATALOG.listCatalogRelationWithPagination(filter)).stream()
        .map(relation -> relation.getAttributes().getFrom().getName())
        .toList();
    expectAllOnce(got, numbered(owner() + "-"), "relations");
  }
}
