//! Scores of every aggregation.

use conformance::{
    done, expect, expect_all_once, expect_equal, expect_status, get, only, Checked, Client,
    Failure, Suite,
};
use datadog_api_client::datadogV2::api_scorecards::ListScorecardScoresOptionalParams;
use datadog_api_client::datadogV2::model::{
    EntityV3, EntityV3APIVersion, EntityV3Datastore, EntityV3DatastoreKind, EntityV3Metadata,
    ListScorecardScoresMeta, ListScorecardScoresResponse, ScorecardScoreData,
    ScorecardScoreDataType, ScorecardScoresAggregation as Aggregation, State,
};

use crate::entities::upsert;
use crate::outcomes::{item, item_with, send};
use crate::rules;

pub async fn run(suite: &mut Suite, client: &Client) {
    let list = "ListScorecardScores";
    let made = Scored::make(client).await;
    let scored = made.as_ref();
    let sentence = "rules are scored, with level and relationships";
    suite.check(list, sentence, async { by_rule(client, known(scored)?).await }).await;
    let sentence = "scorecards, kinds and teams are scored";
    suite.check(list, sentence, async { by_groups(client, known(scored)?).await }).await;
    let sentence = "entities are scored, in the order asked for";
    suite.check(list, sentence, async { by_entity(client, known(scored)?).await }).await;
    let sentence = "rules are chosen by every filter";
    suite.check(list, sentence, async { filtered(client, known(scored)?).await }).await;
    let sentence = "pages follow each other";
    suite.check(list, sentence, async { paged(client, known(scored)?).await }).await;
    suite.check(list, "an unknown order raises with status 400", unknown_order(client)).await;
}

/// Two rules over the datastores, of which no other check makes any.
struct Scored {
    scorecard: String,
    basic: String,
    advanced: String,
}

fn known<'a>(scored: Result<&'a Scored, &Failure>) -> Result<&'a Scored, Failure> {
    scored.map_err(|failure| format!("nothing to score: {failure}").into())
}

impl Scored {
    async fn make(client: &Client) -> Result<Self, Failure> {
        for (name, owner) in [("shop-db", "team-shop"), ("pay-db", "team-pay")] {
            let store = EntityV3Datastore::new(
                EntityV3APIVersion::V3,
                EntityV3DatastoreKind::DATASTORE,
                EntityV3Metadata::new(name.to_string()).owner(owner.to_string()),
            );
            upsert(client, EntityV3::EntityV3Datastore(Box::new(store))).await?;
        }
        let attributes = |name: &str, level: i32| {
            rules::attributes(name)
                .scorecard_name("Scored in Rust".to_string())
                .scope_query("kind:datastore".to_string())
                .level(level)
        };
        let created = rules::create(client, attributes("Basic", 1)).await?;
        let scorecard = get!(created, relationships, scorecard, data, id)?;
        let basic = get!(created, id)?;
        let created = rules::create(client, attributes("Advanced", 3)).await?;
        let advanced = get!(created, id)?;
        let outcomes = vec![
            item(&basic, "datastore:shop-db"),
            item(&advanced, "datastore:shop-db"),
            item_with(&basic, "datastore:pay-db", State::FAIL),
            item_with(&advanced, "datastore:pay-db", State::SKIP),
        ];
        send(client, outcomes).await?;
        Ok(Self { scorecard, basic, advanced })
    }

    fn filters(&self) -> ListScorecardScoresOptionalParams {
        ListScorecardScoresOptionalParams::default()
            .filter_rule_scorecard_id(self.scorecard.clone())
    }
}

async fn list(
    client: &Client,
    aggregation: Aggregation,
    filters: ListScorecardScoresOptionalParams,
) -> Result<ListScorecardScoresResponse, Failure> {
    let result = client.scorecards.list_scorecard_scores(aggregation.clone(), filters).await;
    let listed = done(result)?;
    for score in listed.data.iter().flatten() {
        expect_equal(&score.type_, &ScorecardScoreDataType::SCORE, "type")?;
        expect_equal(get!(score, attributes, aggregation)?, aggregation.clone(), "aggregation")?;
    }
    Ok(listed)
}

/// Entities, passes, failures, skips, cells without data.
type Counts = [i64; 5];

fn expect_score(score: &ScorecardScoreData, id: &str, wanted: Counts) -> Checked {
    expect_equal(&score.id, &id.to_string(), "id")?;
    let got = get!(score, attributes)?;
    let (passed, failed) = (get!(got, total_pass)?, get!(got, total_fail)?);
    let (skipped, unknown) = (get!(got, total_skip)?, get!(got, total_no_data)?);
    let entities = get!(got, total_entities)?;
    expect_equal([entities, passed, failed, skipped, unknown], wanted, "counts")?;
    expect_equal(got.numerator, Some(passed), "numerator")?;
    expect_equal(got.denominator, Some(passed + failed), "denominator")?;
    let ratio = passed as f64 / (passed + failed) as f64;
    expect((get!(got, score)? - ratio).abs() < 1e-9, "a score that is the ratio of both")
}

/// The scores of a list that must have just as many.
async fn scores<const COUNT: usize>(
    client: &Client,
    aggregation: Aggregation,
    filters: ListScorecardScoresOptionalParams,
) -> Result<[ScorecardScoreData; COUNT], Failure> {
    let listed = list(client, aggregation, filters).await?.data.unwrap_or_default();
    let wrong = |got: Vec<ScorecardScoreData>| format!("wanted {COUNT} scores, got {got:?}");
    Ok(listed.try_into().map_err(wrong)?)
}

async fn by_rule(client: &Client, scored: &Scored) -> Checked {
    let filters = scored.filters().sort("-score".to_string());
    let [first, second] = scores(client, Aggregation::BY_RULE, filters).await?;
    expect_score(&first, &scored.advanced, [2, 1, 0, 1, 0])?;
    expect_score(&second, &scored.basic, [2, 1, 1, 0, 0])?;
    expect_equal(get!(first, attributes, level)?, 3, "level of the advanced rule")?;
    expect_equal(get!(second, attributes, level)?, 1, "level of the basic rule")?;
    expect_equal(get!(first, relationships, rule, data)?.id, scored.advanced.as_str(), "rule")?;
    let scorecard = get!(first, relationships, scorecard, data)?;
    expect_equal(scorecard.id, scored.scorecard.as_str(), "relationships.scorecard")
}

async fn by_groups(client: &Client, scored: &Scored) -> Checked {
    let [all] = scores(client, Aggregation::BY_SCORECARD, scored.filters()).await?;
    expect_score(&all, &scored.scorecard, [2, 2, 1, 1, 0])?;
    let scorecard = get!(all, relationships, scorecard, data)?;
    expect_equal(scorecard.id, scored.scorecard.as_str(), "relationships.scorecard")?;
    let [kind] = scores(client, Aggregation::BY_KIND, scored.filters()).await?;
    expect_score(&kind, "datastore", [2, 2, 1, 1, 0])?;
    let filters = scored.filters().sort("-score".to_string());
    let [first, second] = scores(client, Aggregation::BY_TEAM, filters).await?;
    expect_score(&first, "team-shop", [1, 2, 0, 0, 0])?;
    expect_score(&second, "team-pay", [1, 0, 1, 1, 0])?;
    expect_equal(get!(first, relationships, team, data)?.id, "team-shop", "relationships.team")
}

async fn by_entity(client: &Client, scored: &Scored) -> Checked {
    let (best, worst) = ([1, 2, 0, 0, 0], [1, 0, 1, 1, 0]);
    for (order, wanted) in [("-total_pass", [best, worst]), ("total_pass", [worst, best])] {
        let filters = scored.filters().sort(order.to_string());
        let listed: [_; 2] = scores(client, Aggregation::BY_ENTITY, filters).await?;
        for (score, counts) in listed.iter().zip(wanted) {
            expect_score(score, &get!(score, relationships, entity, data)?.id, counts)?;
        }
    }
    Ok(())
}

async fn filtered(client: &Client, scored: &Scored) -> Checked {
    let (basic, advanced) = (scored.basic.clone(), scored.advanced.clone());
    let filters = || scored.filters();
    for (filter, wanted) in [
        (filters().filter_rule_id(format!("{basic},{advanced}")), vec![&basic, &advanced]),
        (filters().filter_rule_name("Basic".to_string()), vec![&basic]),
        (filters().filter_rule_level("2,3".to_string()), vec![&advanced]),
        (
            filters().filter_rule_is_custom(true).filter_rule_is_enabled(true),
            vec![&basic, &advanced],
        ),
        (filters().filter_rule_is_enabled(false), vec![]),
    ] {
        let listed = list(client, Aggregation::BY_RULE, filter).await?.data.ok_or("data")?;
        let wanted: Vec<_> = wanted.into_iter().cloned().collect();
        expect_all_once(listed.into_iter().map(|score| score.id).collect(), &wanted, "rules")?;
    }
    Ok(())
}

async fn paged(client: &Client, scored: &Scored) -> Checked {
    let mut ids = vec![];
    for offset in 0..2 {
        let page = scored.filters().page_limit(1).page_offset(offset);
        let listed = list(client, Aggregation::BY_RULE, page).await?;
        let meta = ListScorecardScoresMeta::new().count(1).limit(1).offset(offset).total(2);
        expect_equal(&listed.meta, &Some(meta), "meta")?;
        let next = listed.links.as_ref().and_then(|links| links.next.as_ref());
        let leads = next.map(|next| next.contains("page%5Boffset%5D=1"));
        expect_equal(&leads, &(offset == 0).then_some(true), "links.next, not of the last page")?;
        ids.push(only(listed.data)?.id);
    }
    let wanted = [scored.basic.clone(), scored.advanced.clone()];
    expect_all_once(ids, &wanted, "rules of both pages")
}

async fn unknown_order(client: &Client) -> Checked {
    let filters = ListScorecardScoresOptionalParams::default;
    for filter in [filters().sort("name".to_string()), filters().page_limit(1001)] {
        let result = client.scorecards.list_scorecard_scores(Aggregation::BY_RULE, filter).await;
        expect_status(result, 400)?;
    }
    Ok(())
}
