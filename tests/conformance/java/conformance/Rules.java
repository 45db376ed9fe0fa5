package conformance;

import static conformance.Checks.check;
import static conformance.Checks.expect;
import static conformance.Checks.expectEqual;
import static conformance.Checks.expectRecent;
import static conformance.Checks.parsed;
import static conformance.Client.SCORECARDS;
import static conformance.Client.expectNotFound;

import com.datadog.api.client.v2.api.ServiceScorecardsApi.ListScorecardRulesOptionalParameters;
import com.datadog.api.client.v2.model.CreateRuleRequest;
import com.datadog.api.client.v2.model.CreateRuleRequestData;
import com.datadog.api.client.v2.model.CreateRuleResponseData;
import com.datadog.api.client.v2.model.ListRulesResponseDataItem;
import com.datadog.api.client.v2.model.RuleAttributes;
import com.datadog.api.client.v2.model.RuleType;
import com.datadog.api.client.v2.model.ScorecardType;
import com.datadog.api.client.v2.model.UpdateRuleRequest;
import com.datadog.api.client.v2.model.UpdateRuleRequestData;
import java.time.temporal.ChronoUnit;
import java.util.List;

/** Rules. */
final class Rules {
  static final String SCORECARD = "Java conformance";

  private Rules() {}

  static void register() {
    check("CreateScorecardRule", "every attribute comes back typed", Rules::ruleIsCreated);
    check("CreateScorecardRule", "level is 3 and enabled true when not sent", Rules::defaults);
    check("UpdateScorecardRule", "a rule is replaced as a whole", Rules::ruleIsReplaced);
    check("UpdateScorecardRule", "an unknown id raises with status 404", Rules::unknownIsUpdated);
    check("DeleteScorecardRule", "a deleted rule and its outcomes are gone", Rules::ruleIsDeleted);
    check("DeleteScorecardRule", "an unknown id raises with status 404", Rules::unknownIsDeleted);
    check("ListScorecardRules", "filters, sparse fields and includes are understood",
        Rules::rulesAreFiltered);
    check("ListScorecardRules", "links lead to the pages around", Rules::linksOfRules);
  }

  static RuleAttributes attributes(String name) {
    return new RuleAttributes().name(name).scorecardName(SCORECARD);
  }

  static CreateRuleResponseData create(RuleAttributes attributes) throws Exception {
    var data = new CreateRuleRequestData().attributes(attributes).type(RuleType.RULE);
    return parsed(SCORECARDS.createScorecardRule(new CreateRuleRequest().data(data))).getData();
  }

  /** The id of a new rule. */
  static String create(String name) throws Exception {
    return create(attributes(name)).getId();
  }

  static ListScorecardRulesOptionalParameters filters() {
    return new ListScorecardRulesOptionalParameters();
  }

  static List<String> ids(ListScorecardRulesOptionalParameters filter) throws Exception {
    return parsed(SCORECARDS.listScorecardRules(filter)).getData().stream()
        .map(ListRulesResponseDataItem::getId)
        .toList();
  }

  private static UpdateRuleRequest updateRequest(RuleAttributes attributes) {
    return new UpdateRuleRequest()
        .data(new UpdateRuleRequestData().attributes(attributes).type(RuleType.RULE));
  }

  private static void ruleIsCreated() throws Exception {
    var sent = attributes("All attributes")
        .description("Describes <it>").enabled(true).level(2).owner("Platform");
    sent.putAdditionalProperty("scope_query", "kind:service"); // not typed by this release
    var rule = create(sent);
    expectEqual(rule.getType(), RuleType.RULE, "type");
    var got = rule.getAttributes();
    expectEqual(List.of(got.getName(), got.getScorecardName(), got.getCategory()),
        List.of("All attributes", SCORECARD, SCORECARD), "names");
    expectEqual(List.of(got.getDescription(), got.getOwner()),
        List.of("Describes <it>", "Platform"), "texts");
    expectEqual(got.getAdditionalProperty("scope_query"), "kind:service", "scope_query");
    expectEqual(got.getLevel(), 2, "level");
    expectEqual(List.of(got.getEnabled(), got.getCustom()), List.of(true, true), "enabled, custom");
    expectRecent(got.getCreatedAt(), "created_at");
    expectEqual(got.getModifiedAt(), got.getCreatedAt(), "modified_at at creation");
    expectEqual(rule.getRelationships().getScorecard().getData().getType(),
        ScorecardType.SCORECARD, "scorecard type");
  }

  private static void defaults() throws Exception {
    var got = create(attributes("Defaults")).getAttributes();
    expectEqual(got.getLevel(), 3, "level");
    expectEqual(got.getEnabled(), true, "enabled");
  }

  private static void ruleIsReplaced() throws Exception {
    var created = create(attributes("Before").description("gone").owner("gone").level(1));
    var updated = parsed(SCORECARDS.updateScorecardRule(created.getId(),
        updateRequest(attributes("After").enabled(false)))).getData();
    expectEqual(updated.getId(), created.getId(), "id");
    var got = updated.getAttributes();
    expectEqual(got.getName(), "After", "name");
    expectEqual(got.getEnabled(), false, "enabled");
    expectEqual(got.getLevel(), 3, "level");
    expectEqual(got.getDescription(), null, "description is cleared");
    expectEqual(got.getOwner(), null, "owner is cleared");
    // A create answer may have nanoseconds; later ones are cut to microseconds.
    expectEqual(got.getCreatedAt(),
        created.getAttributes().getCreatedAt().truncatedTo(ChronoUnit.MICROS), "created_at");
    expect(got.getModifiedAt().isAfter(got.getCreatedAt()), "modified_at moves on");
  }

  private static void unknownIsUpdated() throws Exception {
    expectNotFound("rule not found: REPLACE.ME",
        () -> SCORECARDS.updateScorecardRule("REPLACE.ME", updateRequest(attributes("X"))));
  }

  private static void ruleIsDeleted() throws Exception {
    String id = create("Deleted");
    Outcomes.send(Outcomes.item(id, "service:a"));
    SCORECARDS.deleteScorecardRule(id);
    expectEqual(ids(filters().filterRuleId(id)), List.of(), "rules");
    expectEqual(Outcomes.of(id), List.of(), "outcomes");
  }

  private static void unknownIsDeleted() throws Exception {
    expectNotFound("rule not found: a/b c", () -> SCORECARDS.deleteScorecardRule("a/b c"));
  }

  private static void rulesAreFiltered() throws Exception {
    String name = "Filtered rule + more";
    String id = create(attributes(name).description("About Filters & such")).getId();
    for (var filter : List.of(
        filters().filterRuleId(id),
        filters().filterRuleName(name),
        filters().filterRuleDescription("about filters &"),
        filters().filterRuleId(id).filterRuleEnabled(true).filterRuleCustom(true),
        filters().filterRuleId(id).include("scorecard").fieldsScorecard("name"))) {
      expectEqual(ids(filter), List.of(id), "rules");
    }
    var sparse = parsed(SCORECARDS.listScorecardRules(filters().filterRuleId(id).fieldsRule("name")));
    expectEqual(sparse.getData().get(0).getAttributes(), new RuleAttributes().name(name),
        "attributes");
    expectEqual(ids(filters().filterRuleId(id).filterRuleEnabled(false)), List.of(),
        "disabled rules");
  }

  private static void linksOfRules() throws Exception {
    var listed = parsed(SCORECARDS.listScorecardRules(filters().pageSize(2L).pageOffset(2L)));
    expectEqual(listed.getLinks().getNext(),
        "/api/v2/scorecard/rules?page%5Blimit%5D=2&page%5Boffset%5D=4", "links.next");
  }
}
