package conformance;

import com.datadog.api.client.ApiClient;
import com.datadog.api.client.ApiException;
import com.datadog.api.client.v2.api.ServiceScorecardsApi;
import com.datadog.api.client.v2.model.State;
import com.datadog.api.client.v2.model.UpdateOutcomesAsyncAttributes;
import com.datadog.api.client.v2.model.UpdateOutcomesAsyncRequest;
import com.datadog.api.client.v2.model.UpdateOutcomesAsyncRequestData;
import com.datadog.api.client.v2.model.UpdateOutcomesAsyncRequestItem;
import com.datadog.api.client.v2.model.UpdateOutcomesAsyncType;
import java.util.List;

/**
 * POST /api/v2/scorecard/outcomes as the API's documentation shows it for Java: everything but the
 * rule comes from the environment through the client itself. In this release the operation is
 * called updateScorecardOutcomesAsync, and users enable it.
 */
final class Verbatim {
  private Verbatim() {}

  public static void main(String[] arguments) throws ApiException {
    ApiClient client = ApiClient.getDefaultApiClient();
    client.setUnstableOperationEnabled("v2.updateScorecardOutcomesAsync", true);
    var item = new UpdateOutcomesAsyncRequestItem()
        .ruleId(System.getenv("CREATE_SCORECARD_RULE_DATA_ID"))
        .entityReference("service:my-service")
        .remarks("See: <a href=\"https://app.datadoghq.com/services\">Services</a>")
        .state(State.PASS);
    var body = new UpdateOutcomesAsyncRequest()
        .data(new UpdateOutcomesAsyncRequestData()
            .attributes(new UpdateOutcomesAsyncAttributes().results(List.of(item)))
            .type(UpdateOutcomesAsyncType.BATCHED_OUTCOME));
    new ServiceScorecardsApi(client).updateScorecardOutcomesAsync(body);
  }
}
