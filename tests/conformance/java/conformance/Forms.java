package conformance;

import static conformance.Checks.check;
import static conformance.Checks.expectEqual;
import static conformance.Checks.parsed;

import com.datadog.api.client.v2.api.ServiceScorecardsApi;
import java.util.List;
import java.util.stream.IntStream;

/** Requests in the odd forms that clients send. */
final class Forms {
  private Forms() {}

  static void register() {
    check("ListScorecardRules", "an empty bearer token beside the keys counts as absent",
        Forms::emptyBearer);
    for (String encoding : List.of("gzip", "deflate", "zstd1")) {
      check("UpdateScorecardOutcomes", "a " + encoding + " body is decoded",
          () -> bodyIsDecoded(encoding));
    }
  }

  private static ServiceScorecardsApi withHeader(String name, String value) {
    return new ServiceScorecardsApi(Client.make().addDefaultHeader(name, value));
  }

  private static void emptyBearer() throws Exception {
    parsed(withHeader("Authorization", "Bearer ").listScorecardRules());
  }

  private static void bodyIsDecoded(String encoding) throws Exception {
    String rule = Rules.create("Encoding " + encoding);
    String remarks = "x".repeat(500);
    var items = IntStream.range(0, 100)
        .mapToObj(i -> Outcomes.item(rule, "service:encoded-" + i).remarks(remarks))
        .toList();
    withHeader("Content-Encoding", encoding).updateScorecardOutcomesAsync(Outcomes.request(items));
    var stored = Outcomes.of(rule);
    expectEqual(stored.size(), 100, "number of outcomes");
    expectEqual(stored.get(99).getAttributes().getRemarks(), remarks, "remarks");
  }
}
