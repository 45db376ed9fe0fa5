package conformance;

import static conformance.Checks.expect;
import static conformance.Checks.expectEqual;

import com.datadog.api.client.ApiClient;
import com.datadog.api.client.ApiException;
import com.datadog.api.client.v2.api.ServiceDefinitionApi;
import com.datadog.api.client.v2.api.ServiceScorecardsApi;
import com.datadog.api.client.v2.api.SoftwareCatalogApi;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.HashMap;
import java.util.Map;

/** The client that the checks call through, pointed at the server under test. */
final class Client {
  /** Of this release every operation of scorecards. */
  private static final String[] UNSTABLE = {
    "createScorecardOutcomesBatch",
    "createScorecardRule",
    "deleteScorecardRule",
    "listScorecardOutcomes",
    "listScorecardRules",
    "updateScorecardOutcomesAsync",
    "updateScorecardRule",
  };

  static final ServiceScorecardsApi SCORECARDS = new ServiceScorecardsApi(make());
  static final SoftwareCatalogApi CATALOG = new SoftwareCatalogApi(make());
  static final ServiceDefinitionApi DEFINITIONS = new ServiceDefinitionApi(make());

  /** A call that the server must refuse. */
  interface Call {
    void run() throws ApiException;
  }

  private Client() {}

  static String environment(String name) {
    String value = System.getenv(name);
    if (value == null || value.isEmpty()) {
      System.err.println(name + " is not set");
      System.exit(2);
    }
    return value;
  }

  static ApiClient make() {
    return make(environment("DD_API_KEY"), environment("DD_APP_KEY"));
  }

  /** A client with these keys; a missing one is not sent. */
  static ApiClient make(String apiKey, String applicationKey) {
    ApiClient client = new ApiClient();
    client.setServerIndex(1);
    client.setServerVariables(
        new HashMap<>(Map.of("protocol", "http", "name", environment("SCOREKEEPER_ADDRESS"))));
    HashMap<String, String> keys = new HashMap<>();
    if (apiKey != null) {
      keys.put("apiKeyAuth", apiKey);
    }
    if (applicationKey != null) {
      keys.put("appKeyAuth", applicationKey);
    }
    client.configureApiKeys(keys);
    for (String operation : UNSTABLE) {
      expect(client.setUnstableOperationEnabled("v2." + operation, true), operation);
    }
    return client;
  }

  static ApiClient reader() {
    return make(environment("DD_API_KEY"), environment("READ_ONLY_APP_KEY"));
  }

  /** The call fails with the status; the exception that carries the body. */
  static ApiException expectStatus(int status, Call call) {
    try {
      call.run();
    } catch (ApiException error) {
      expectEqual(error.getCode(), status, "status of " + error.getResponseBody());
      return error;
    }
    throw new AssertionError("wanted an ApiException with status " + status + ", got an answer");
  }

  /** The first error of the document must be the wanted one. */
  static void expectRefused(int status, String title, String detail, Call call) throws Exception {
    JsonNode first = document(expectStatus(status, call)).path("errors").path(0);
    expectEqual(first.path("status").asText(), String.valueOf(status), "errors[0].status");
    expectEqual(first.path("title").asText(), title, "errors[0].title");
    expectEqual(first.path("detail").asText(), detail, "errors[0].detail");
  }

  /** Credentials that the server does not know. */
  static void expectForbidden(Call call) throws Exception {
    expectRefused(403, "Forbidden", "", call);
  }

  /** Good credentials that lack the scope. */
  static void expectLacks(String scope, Call call) throws Exception {
    expectRefused(403, "Forbidden", "the credentials lack the scope " + scope, call);
  }

  static void expectNotFound(String detail, Call call) throws Exception {
    expectRefused(404, "Not Found", detail, call);
  }

  /** The body that an exception carries. */
  static JsonNode document(ApiException error) throws Exception {
    return new ObjectMapper().readTree(error.getResponseBody());
  }
}
