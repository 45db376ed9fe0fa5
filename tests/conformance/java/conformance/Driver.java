package conformance;

import com.datadog.api.client.ApiClient;
import com.datadog.api.client.ApiException;
import com.datadog.api.client.ApiResponse;
import com.datadog.api.client.v2.api.ServiceDefinitionApi;
import com.datadog.api.client.v2.api.ServiceScorecardsApi;
import com.datadog.api.client.v2.api.SoftwareCatalogApi;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * The official Java client, called as the table says: a request a line, an answer a line.
 *
 * <p>Environment: SCOREKEEPER_ADDRESS (HOST:PORT). README.md says what a request and an answer
 * hold. Arguments are made into the client's models by its own mapper; an answer is read from its
 * models, getter by getter ({@link Reading}).
 */
final class Driver {
  /** Every operation of scorecards that this release marks as unstable. */
  private static final List<String> UNSTABLE = List.of(
      "createScorecardOutcomesBatch", "createScorecardRule", "deleteScorecardRule",
      "listScorecardOutcomes", "listScorecardRules", "updateScorecardOutcomesAsync",
      "updateScorecardRule");
  private static final Map<String, String> RENAMED =
      Map.of("updateScorecardOutcomes", "updateScorecardOutcomesAsync");
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Map<JsonNode, ApiClient> CLIENTS = new HashMap<>();

  private Driver() {}

  public static void main(String[] arguments) throws Exception {
    var output = new PrintStream(
        new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
    var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      output.println(JSON.writeValueAsString(answerTo(line)));
    }
  }

  /** A fault of the client is an answer too: the check fails. */
  private static Map<String, Object> answerTo(String line) {
    try {
      return call(JSON.readTree(line));
    } catch (InvocationTargetException error) {
      return error.getCause() instanceof ApiException refused
          ? Map.of("error", refusal(refused))
          : Map.of("problem", String.valueOf(error.getCause()));
    } catch (Exception | LinkageError error) {
      return Map.of("problem", error.toString());
    }
  }

  private static ApiClient client(JsonNode wanted) {
    return CLIENTS.computeIfAbsent(wanted, key -> {
      ApiClient client = new ApiClient();
      client.setServerIndex(1);
      client.setServerVariables(new HashMap<>(
          Map.of("protocol", "http", "name", System.getenv("SCOREKEEPER_ADDRESS"))));
      var keys = new HashMap<String, String>();
      if (!wanted.path("api_key").isNull()) {
        keys.put("apiKeyAuth", wanted.path("api_key").asText());
      }
      if (!wanted.path("app_key").isNull()) {
        keys.put("appKeyAuth", wanted.path("app_key").asText());
      }
      client.configureApiKeys(keys);
      client.enableRetry(wanted.path("retry").asBoolean());
      wanted.path("headers").fields().forEachRemaining(
          header -> client.addDefaultHeader(header.getKey(), header.getValue().asText()));
      UNSTABLE.forEach(operation -> client.setUnstableOperationEnabled("v2." + operation, true));
      return client;
    });
  }

  private static Object api(String name, ApiClient client) {
    return switch (name) {
      case "Scorecards" -> new ServiceScorecardsApi(client);
      case "SoftwareCatalog" -> new SoftwareCatalogApi(client);
      default -> new ServiceDefinitionApi(client);
    };
  }

  private static Map<String, Object> call(JsonNode request) throws Exception {
    ApiClient client = client(request.path("client"));
    Object api = api(request.path("api").asText(), client);
    String operation = request.path("operation").asText();
    String own = operation.substring(0, 1).toLowerCase(Locale.ROOT) + operation.substring(1);
    boolean items = request.path("items").asBoolean();
    String name = RENAMED.getOrDefault(own, own) + (items ? "WithPagination" : "WithHttpInfo");
    Method method = Arrays.stream(api.getClass().getMethods())
        .filter(each -> each.getName().equals(name))
        .max(Comparator.comparingInt(Method::getParameterCount)).orElseThrow();
    Object result = method.invoke(api, arguments(method, request, client.getJSON().getMapper()));
    var reading = new Reading();
    var answer = new TreeMap<String, Object>();
    if (items) {
      var all = new ArrayList<Object>();
      ((Iterable<?>) result).forEach(all::add);
      answer.put("answer", reading.read(all));
    } else {
      var response = (ApiResponse<?>) result;
      answer.put("answer", reading.read(response.getData()));
      answer.put("status", response.getStatusCode());
      answer.put("headers", lower(response.getHeaders()));
    }
    answer.put("models", reading.models());
    answer.put("unparsed", reading.unparsed());
    return answer;
  }

  /** The arguments in the path, the body, and the optional parameters: as the method has them. */
  private static Object[] arguments(Method method, JsonNode request, ObjectMapper mapper)
      throws Exception {
    var given = new ArrayList<JsonNode>();
    Pattern.compile("\\{(\\w+)\\}").matcher(request.path("path").asText()).results()
        .map((MatchResult found) -> request.path("arguments").path(found.group(1)))
        .forEach(given::add);
    if (request.has("body")) {
      given.add(request.path("body"));
    }
    Iterator<JsonNode> next = given.iterator();
    var arguments = new ArrayList<Object>();
    for (Class<?> type : method.getParameterTypes()) {
      arguments.add(type.getSimpleName().endsWith("OptionalParameters")
          ? parameters(type, request.path("query"), mapper)
          : mapper.treeToValue(next.next(), type));
    }
    return arguments.toArray();
  }

  private static Object parameters(Class<?> type, JsonNode query, ObjectMapper mapper)
      throws Exception {
    Object parameters = type.getConstructor().newInstance();
    for (var each : query.properties()) {
      Method setter = Arrays.stream(type.getMethods())
          .filter(method -> method.getName().equals(nameOf(each.getKey()))).findFirst()
          .orElseThrow();
      setter.invoke(parameters, mapper.treeToValue(each.getValue(), setter.getParameterTypes()[0]));
    }
    return parameters;
  }

  /** The client's name for a name of the wire: filter[rule][id] is filterRuleId. */
  private static String nameOf(String wire) {
    return Pattern.compile("[\\[_](\\w)").matcher(wire.replace("]", ""))
        .replaceAll(found -> found.group(1).toUpperCase(Locale.ROOT));
  }

  private static Map<String, Object> refusal(ApiException error) {
    var answer = new HashMap<String, Object>();
    answer.put("status", error.getCode());
    answer.put("body", error.getResponseBody());
    answer.put("headers", lower(error.getResponseHeaders()));
    return answer;
  }

  private static Map<String, String> lower(Map<String, List<String>> headers) {
    var all = new HashMap<String, String>();
    if (headers != null) {
      headers.forEach((name, values) -> all.put(name.toLowerCase(Locale.ROOT), values.get(0)));
    }
    return all;
  }
}
