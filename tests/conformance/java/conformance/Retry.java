package conformance;

import static conformance.Checks.check;
import static conformance.Checks.expect;
import static conformance.Checks.expectEqual;
import static conformance.Checks.parsed;
import static conformance.Client.document;
import static conformance.Client.environment;

import com.datadog.api.client.ApiException;
import com.datadog.api.client.v2.api.ServiceScorecardsApi;
import com.datadog.api.client.v2.model.CreateRuleRequest;
import com.datadog.api.client.v2.model.CreateRuleRequestData;
import com.datadog.api.client.v2.model.RuleType;
import java.time.Duration;
import java.util.List;

/**
 * The official Java client's own retry against a server that allows a few requests in a few
 * seconds.
 *
 * <p>Environment: SCOREKEEPER_ADDRESS (HOST:PORT), DD_API_KEY, DD_APP_KEY, RATE_LIMIT_REQUESTS.
 * Prints one line for each check, in the form that tests/conformance/run reads.
 */
final class Retry {
  private static final int TRIES = 3;

  private static final ServiceScorecardsApi IMPATIENT = new ServiceScorecardsApi(Client.make());
  private static final ServiceScorecardsApi PATIENT = new ServiceScorecardsApi(Client.make());

  private Retry() {}

  public static void main(String[] arguments) {
    PATIENT.getApiClient().enableRetry(true);
    check("ListScorecardRules", "without retry a 429 is an error that carries the body",
        () -> expectEqual(document(useUp()).toString(),
            "{\"errors\":[\"Too many requests\"]}", "body"));
    check("UpdateScorecardOutcomes", "with retry on a 429 is waited out, then accepted",
        Retry::outcomeIsAccepted);
    check("ListScorecardRules", "with retry on a list is waited out too",
        () -> expectWait(() -> parsed(PATIENT.listScorecardRules())));
    Checks.runAll();
  }

  /** Calls until the window is used up; what the client made of the 429. */
  private static ApiException useUp() throws Exception {
    int calls = 2 * Integer.parseInt(environment("RATE_LIMIT_REQUESTS")) + 2;
    for (int i = 0; i < calls; i++) {
      try {
        IMPATIENT.listScorecardRules();
      } catch (ApiException error) {
        expectEqual(error.getCode(), 429, "status");
        return error;
      }
    }
    throw new AssertionError("wanted a 429 within " + calls + " calls");
  }

  /** The call must wait for as long as the 429 before it said. A window may end between the two. */
  private static void expectWait(Checks.Body call) throws Exception {
    boolean waited = false;
    for (int i = 0; i < TRIES && !waited; i++) {
      List<String> header = useUp().getResponseHeaders().get("x-ratelimit-reset");
      expect(header != null, "the header x-ratelimit-reset");
      int reset = Integer.parseInt(header.get(0));
      long begin = System.nanoTime();
      call.run();
      Duration took = Duration.ofNanos(System.nanoTime() - begin);
      waited = reset > 1 && took.compareTo(Duration.ofSeconds(reset - 1)) >= 0;
    }
    expect(waited, "a call that waits for the next window, in " + TRIES + " tries");
  }

  private static void outcomeIsAccepted() throws Exception {
    var data = new CreateRuleRequestData()
        .attributes(Rules.attributes("Retried")).type(RuleType.RULE);
    var created = PATIENT.createScorecardRule(new CreateRuleRequest().data(data));
    var item = Outcomes.item(created.getData().getId(), "service:retried");
    expectWait(() -> PATIENT.updateScorecardOutcomesAsync(Outcomes.request(List.of(item))));
  }
}
