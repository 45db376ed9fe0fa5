// Decides a create, an update or a deletion of a campaign, on the committer's thread. Pure, but for
// the random id.
#pragma once

#include <string>

#include "base/result.h"
#include "domain/campaign.h"
#include "intake/decision.h"

namespace scorekeeper::intake {

using DecidedCampaign = Decided<Campaign>;  // as it is afterwards, or was before it was deleted

// invalid: fields, a key that another campaign has, an unknown rule.
Result<DecidedCampaign> decide_create_campaign(const Decision& decision,
                                               const CampaignFields& fields);
// PUT is a full replacement: number, id, created_at, and a key that is not given, stay. not_found.
Result<DecidedCampaign> decide_update_campaign(const Decision& decision,
                                               const std::string& id_or_key,
                                               const CampaignFields& fields);
// not_found.
Result<DecidedCampaign> decide_remove_campaign(const Decision& decision,
                                               const std::string& id_or_key);

}  // namespace scorekeeper::intake
