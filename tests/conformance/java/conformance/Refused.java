package conformance;

import static conformance.Checks.check;
import static conformance.Checks.expectEqual;
import static conformance.Checks.parsed;
import static conformance.Client.SCORECARDS;
import static conformance.Client.environment;
import static conformance.Client.expectForbidden;
import static conformance.Client.expectLacks;
import static conformance.Client.expectRefused;
import static conformance.Client.expectStatus;

import com.datadog.api.client.ApiClient;
import com.datadog.api.client.v2.api.ServiceScorecardsApi;
import com.datadog.api.client.v2.model.OutcomesBatchRequestItem;
import com.datadog.api.client.v2.model.State;
import java.util.List;

/** Requests that the server refuses, and the client's view of the refusal. */
final class Refused {
  private Refused() {}

  static void register() {
    check("UpdateScorecardOutcomes", "an unknown state raises with status 400",
        Refused::unknownState);
    check("UpdateScorecardOutcomes", "an unknown rule raises with status 409",
        Refused::unknownRule);
    check("CreateScorecardOutcomesBatch", "an empty service name is refused",
        Refused::emptyServiceName);
    check("ListScorecardOutcomes", "a page size over the maximum raises with status 400",
        Refused::pageSizeOverMaximum);
    check("UpdateScorecardOutcomes", "a key without the write scope raises with status 403",
        Refused::readOnlyKey);
    check("ListScorecardRules", "wrong and missing keys raise with status 403",
        Refused::wrongKeys);
  }

  private static void unknownState() throws Exception {
    String rule = Rules.create("Unknown state");
    State state = State.fromValue("pass");
    state.setValue("INVALID");
    var request = Outcomes.request(List.of(Outcomes.item(rule, "service:a").state(state)));
    expectRefused(400, "Bad Request", "attribute \"state\" must be one of \"pass fail skip\"",
        () -> SCORECARDS.updateScorecardOutcomesAsync(request));
    expectEqual(Outcomes.of(rule), List.of(), "outcomes");
  }

  private static void unknownRule() {
    var request = Outcomes.request(List.of(Outcomes.item("INVALID.RULE_ID", "service:a")));
    var error = expectStatus(409, () -> SCORECARDS.updateScorecardOutcomesAsync(request));
    expectEqual(error.getResponseBody(),
        "{\"errors\":[{\"status\":\"409\",\"title\":\"Invalid rule_id\"}]}", "body");
  }

  private static void emptyServiceName() throws Exception {
    String rule = Rules.create("Refused batch");
    var request = Outcomes.batch(new OutcomesBatchRequestItem(rule, "", State.PASS));
    expectRefused(400, "Bad Request", "attribute \"service_name\" is required",
        () -> SCORECARDS.createScorecardOutcomesBatch(request));
  }

  private static void pageSizeOverMaximum() {
    expectStatus(400, () -> SCORECARDS.listScorecardOutcomes(Outcomes.filters("x").pageSize(101L)));
    expectStatus(400, () -> SCORECARDS.listScorecardRules(Rules.filters().pageSize(101L)));
  }

  private static void readOnlyKey() throws Exception {
    String rule = Rules.create("Read only");
    var reader = new ServiceScorecardsApi(Client.reader());
    var request = Outcomes.request(List.of(Outcomes.item(rule, "service:a")));
    expectLacks("scorekeeper_outcomes_write", () -> reader.updateScorecardOutcomesAsync(request));
    expectLacks("apm_service_catalog_write", () -> reader.deleteScorecardRule(rule));
    expectEqual(parsed(reader.listScorecardOutcomes(Outcomes.filters(rule))).getData(), List.of(),
        "outcomes that the key may read");
  }

  private static void wrongKeys() throws Exception {
    String api = environment("DD_API_KEY");
    String application = environment("DD_APP_KEY");
    for (ApiClient client : List.of(
        Client.make("0".repeat(32), application),
        Client.make(api, "0".repeat(40)),
        Client.make(null, application),
        Client.make(api, null))) {
      expectForbidden(() -> new ServiceScorecardsApi(client).listScorecardRules());
    }
  }
}
