// Report outcomes of a rule: the documented example of the API for TypeScript.

import { client, v2 } from "@datadog/datadog-api-client";

const configuration = client.createConfiguration();
const apiInstance = new v2.ScorecardsApi(configuration);

const CREATE_SCORECARD_RULE_DATA_ID = process.env.CREATE_SCORECARD_RULE_DATA_ID as string;

const params: v2.ScorecardsApiUpdateScorecardOutcomesRequest = {
  body: {
    data: {
      attributes: {
        results: [
          {
            ruleId: CREATE_SCORECARD_RULE_DATA_ID,
            entityReference: "service:my-service",
            remarks: `See: <a href="https://app.datadoghq.com/services">Services</a>`,
            state: "pass",
          },
        ],
      },
      type: "batched-outcome",
    },
  },
};

apiInstance
  .updateScorecardOutcomes(params)
  .then((data) => console.log(`API called successfully: ${JSON.stringify(data)}`))
  .catch((error: unknown) => console.error(error));
