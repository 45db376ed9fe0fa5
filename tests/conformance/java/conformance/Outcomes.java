package conformance;

import static conformance.Checks.check;
import static conformance.Checks.expect;
import static conformance.Checks.expectEqual;
import static conformance.Checks.expectRecent;
import static conformance.Checks.parsed;
import static conformance.Client.SCORECARDS;

import com.datadog.api.client.v2.api.ServiceScorecardsApi.ListScorecardOutcomesOptionalParameters;
import com.datadog.api.client.v2.model.OutcomeType;
import com.datadog.api.client.v2.model.OutcomesBatchAttributes;
import com.datadog.api.client.v2.model.OutcomesBatchRequest;
import com.datadog.api.client.v2.model.OutcomesBatchRequestData;
import com.datadog.api.client.v2.model.OutcomesBatchRequestItem;
import com.datadog.api.client.v2.model.OutcomesBatchResponseAttributes;
import com.datadog.api.client.v2.model.OutcomesBatchType;
import com.datadog.api.client.v2.model.OutcomesResponseDataItem;
import com.datadog.api.client.v2.model.RuleType;
import com.datadog.api.client.v2.model.State;
import com.datadog.api.client.v2.model.UpdateOutcomesAsyncAttributes;
import com.datadog.api.client.v2.model.UpdateOutcomesAsyncRequest;
import com.datadog.api.client.v2.model.UpdateOutcomesAsyncRequestData;
import com.datadog.api.client.v2.model.UpdateOutcomesAsyncRequestItem;
import com.datadog.api.client.v2.model.UpdateOutcomesAsyncType;
import java.util.LinkedHashMap;
import java.util.List;

/** Outcomes and their batches. */
final class Outcomes {
  private static final String REMARKS =
      "See: <a href=\"https://app.datadoghq.com/services\">Services</a>";

  private Outcomes() {}

  static void register() {
    check("UpdateScorecardOutcomes", "the documented example runs and is read back",
        Outcomes::exampleIsAccepted);
    check("UpdateScorecardOutcomes", "a later outcome replaces state and remarks",
        Outcomes::outcomeIsReplaced);
    check("UpdateScorecardOutcomes", "both forms of an entity reference address one outcome",
        Outcomes::referenceForms);
    check("ListScorecardOutcomes", "filters, sparse fields and includes are understood",
        Outcomes::outcomesAreFiltered);
    check("CreateScorecardOutcomesBatch",
        "a batch by service names is stored and answered typed", Outcomes::batchIsAccepted);
  }

  static UpdateOutcomesAsyncRequestItem item(String rule, String entity) {
    return new UpdateOutcomesAsyncRequestItem(entity, rule, State.PASS);
  }

  static UpdateOutcomesAsyncRequest request(List<UpdateOutcomesAsyncRequestItem> items) {
    return new UpdateOutcomesAsyncRequest().data(new UpdateOutcomesAsyncRequestData()
        .attributes(new UpdateOutcomesAsyncAttributes().results(items))
        .type(UpdateOutcomesAsyncType.BATCHED_OUTCOME));
  }

  static void send(UpdateOutcomesAsyncRequestItem... items) throws Exception {
    var answer = SCORECARDS.updateScorecardOutcomesAsyncWithHttpInfo(request(List.of(items)));
    expectEqual(answer.getStatusCode(), 202, "status");
  }

  static OutcomesBatchRequest batch(OutcomesBatchRequestItem... items) {
    return new OutcomesBatchRequest().data(new OutcomesBatchRequestData()
        .attributes(new OutcomesBatchAttributes().results(List.of(items)))
        .type(OutcomesBatchType.BATCHED_OUTCOME));
  }

  static ListScorecardOutcomesOptionalParameters filters(String rule) {
    return new ListScorecardOutcomesOptionalParameters().filterRuleId(rule);
  }

  static List<OutcomesResponseDataItem> of(String rule) throws Exception {
    return parsed(SCORECARDS.listScorecardOutcomes(filters(rule).pageSize(100L))).getData();
  }

  static List<String> names(List<OutcomesResponseDataItem> items) {
    return items.stream().map(item -> item.getAttributes().getServiceName()).toList();
  }

  private static void exampleIsAccepted() throws Exception {
    String rule = Rules.create("Example of Java");
    send(item(rule, "service:my-service").remarks(REMARKS));
    var listed = of(rule);
    expectEqual(listed.size(), 1, "number of outcomes of the rule");
    var got = listed.get(0);
    expectEqual(got.getId(), rule + "\\my-service", "id");
    expectEqual(got.getType(), OutcomeType.OUTCOME, "type");
    expectEqual(got.getAttributes().getServiceName(), "my-service", "service_name");
    expectEqual(got.getAttributes().getState(), State.PASS, "state");
    expectEqual(got.getAttributes().getRemarks(), REMARKS, "remarks");
    expectRecent(got.getAttributes().getCreatedAt(), "created_at");
    expectRecent(got.getAttributes().getModifiedAt(), "modified_at");
    var related = got.getRelationships().getRule().getData();
    expectEqual(related.getId(), rule, "relationships.rule.data.id");
    expectEqual(related.getType(), RuleType.RULE, "relationships.rule.data.type");
  }

  private static void outcomeIsReplaced() throws Exception {
    String rule = Rules.create("Replaced");
    send(item(rule, "service:a").state(State.FAIL).remarks("Für später ✓ <&>"));
    var first = of(rule).get(0).getAttributes();
    expectEqual(first.getState(), State.FAIL, "state of the first report");
    expectEqual(first.getRemarks(), "Für später ✓ <&>", "remarks of the first report");
    send(item(rule, "service:a").state(State.SKIP));
    var second = of(rule).get(0).getAttributes();
    expectEqual(second.getState(), State.SKIP, "state");
    expectEqual(second.getRemarks(), null, "remarks that are not sent are cleared");
    expectEqual(second.getCreatedAt(), first.getCreatedAt(), "created_at");
    expect(second.getModifiedAt().isAfter(first.getModifiedAt()), "modified_at moves on");
  }

  private static void referenceForms() throws Exception {
    String rule = Rules.create("Reference forms");
    send(item(rule, "service:a"));
    send(item(rule, "service:default/a").state(State.FAIL));
    var listed = of(rule);
    expectEqual(listed.size(), 1, "number of outcomes");
    expectEqual(listed.get(0).getAttributes().getState(), State.FAIL, "state");
  }

  private static void outcomesAreFiltered() throws Exception {
    String name = "Filters of outcomes (Java)";
    String rule = Rules.create(name);
    send(item(rule, "service:first"), item(rule, "service:second").state(State.FAIL),
        item(rule, "queue:third").state(State.SKIP));
    var all = List.of("first", "second", "third");
    var wanted = new LinkedHashMap<ListScorecardOutcomesOptionalParameters, List<String>>();
    wanted.put(filters(rule), all);
    wanted.put(filters(rule).filterOutcomeState("fail"), List.of("second"));
    wanted.put(filters(rule).filterOutcomeServiceName("third"), List.of("third"));
    wanted.put(filters(rule).filterRuleEnabled(true).filterOutcomeState("skip"), List.of("third"));
    wanted.put(filters(rule).filterRuleEnabled(false), List.of());
    wanted.put(filters(rule).filterRuleName(name), all);
    wanted.put(filters(rule).filterRuleName("Filters of"), List.of());
    for (var each : wanted.entrySet()) {
      var listed = parsed(SCORECARDS.listScorecardOutcomes(each.getKey()));
      expectEqual(names(listed.getData()), each.getValue(), "service names");
    }
    var sparse = parsed(SCORECARDS.listScorecardOutcomes(
        filters(rule).include("rule").fieldsOutcome("state, service_name")));
    expectEqual(sparse.getData().get(1).getAttributes(),
        new OutcomesBatchResponseAttributes().state(State.FAIL).serviceName("second"),
        "sparse attributes");
    expectEqual(sparse.getData().get(1).getRelationships(), null, "relationships are dropped");
    expectEqual(sparse.getIncluded().size(), 1, "number of included rules");
    var included = sparse.getIncluded().get(0);
    expectEqual(included.getId(), rule, "included id");
    expectEqual(included.getAttributes().getName(), name, "included name");
    expectEqual(included.getAttributes().getScorecardName(), Rules.SCORECARD,
        "included scorecard_name");
  }

  private static void batchIsAccepted() throws Exception {
    String rule = Rules.create("Batch");
    String remarks = "See: <a href='https://example.com'>there</a>";
    var answer = parsed(SCORECARDS.createScorecardOutcomesBatch(batch(
        new OutcomesBatchRequestItem(rule, "one", State.PASS).remarks(remarks),
        new OutcomesBatchRequestItem(rule, "two", State.FAIL).remarks(remarks))));
    expectEqual(answer.getMeta().getTotalReceived(), 2L, "total_received");
    expectEqual(answer.getMeta().getTotalUpdated(), 2L, "total_updated");
    expectEqual(names(answer.getData()), List.of("one", "two"), "items in request order");
    expectEqual(answer.getData().get(0).getId(), rule + "\\one", "id");
    expectEqual(answer.getData().get(1).getAttributes().getState(), State.FAIL, "state");
    expectEqual(answer.getData().get(1).getAttributes().getRemarks(), remarks, "remarks");
    expectEqual(names(of(rule)), List.of("one", "two"), "stored outcomes");
  }
}
