//! Lists of every size that matters come once each through auto-paging.

use conformance::{collect, expect_all_once, get, Checked, Client, Failure, Suite};
use datadog_api_client::datadogV2::api_software_catalog::ListCatalogRelationOptionalParams;

use crate::entities::{self, create, depends_on, metadata, service};
use crate::outcomes::{self, item, send};
use crate::rules::{self, create_named};

pub async fn run(suite: &mut Suite, client: &Client) {
    for size in [0, 1, 10, 11, 100, 101] {
        let mut lists = Lists { size, ..Lists::default() };
        let items = format!("{size} items come once each with");
        for (told, page_size) in [("an unset page size", None), ("a page size of 100", Some(100))] {
            let sentence = format!("{items} {told}");
            let check = lists.outcomes(client, page_size);
            suite.check("ListScorecardOutcomes", &sentence, check).await;
            let check = lists.rules(client, page_size);
            suite.check("ListScorecardRules", &sentence, check).await;
        }
        let sentence = format!("{items} an unset page limit");
        suite.check("ListCatalogEntity", &sentence, lists.entities(client)).await;
        let sentence = format!("{items} a page limit of 10");
        suite.check("ListCatalogRelation", &sentence, lists.relations(client)).await;
    }
}

/// Lists of one size; those of outcomes and rules are made when a check first needs them.
#[derive(Default)]
struct Lists {
    size: usize,
    outcomes_rule: Option<String>,
    rules: Vec<String>,
}

impl Lists {
    fn numbered(&self, prefix: &str) -> Vec<String> {
        (0..self.size).map(|i| format!("{prefix}{i}")).collect()
    }

    async fn rule_with_outcomes(&mut self, client: &Client) -> Result<String, Failure> {
        if let Some(rule) = &self.outcomes_rule {
            return Ok(rule.clone());
        }
        let name = format!("Paging through {} outcomes", self.size);
        let rule = create_named(client, &name).await?;
        let references = self.numbered("service:s");
        send(client, references.iter().map(|entity| item(&rule, entity)).collect()).await?;
        Ok(self.outcomes_rule.insert(rule).clone())
    }

    async fn outcomes(&mut self, client: &Client, page_size: Option<i64>) -> Checked {
        let rule = self.rule_with_outcomes(client).await?;
        let mut filters = outcomes::filters(&rule);
        filters.page_size = page_size;
        let pages = client.scorecards.list_scorecard_outcomes_with_pagination(filters);
        let got = outcomes::names(&collect(pages).await?);
        expect_all_once(got, &self.numbered("s"), "outcomes")
    }

    async fn rules(&mut self, client: &Client, page_size: Option<i64>) -> Checked {
        let name = format!("Paging through {} rules", self.size);
        while self.rules.len() < self.size {
            self.rules.push(create_named(client, &name).await?);
        }
        let mut filters = rules::filters().filter_rule_name(name);
        filters.page_size = page_size;
        let pages = client.scorecards.list_scorecard_rules_with_pagination(filters);
        let got = collect(pages).await?.into_iter().filter_map(|rule| rule.id).collect();
        expect_all_once(got, &self.rules, "rules")
    }

    fn owner(&self) -> String {
        format!("paging-{}", self.size)
    }

    /// Makes the entities that relations() relies on.
    async fn entities(&self, client: &Client) -> Checked {
        let wanted = self.numbered(&format!("{}-", self.owner()));
        let spec = depends_on(&format!("service:{}", self.owner()));
        for name in &wanted {
            let made = service(metadata(name).owner(self.owner())).spec(spec.clone());
            create(client, made).await?;
        }
        let filters = entities::filters().filter_owner(self.owner());
        let pages = client.catalog.list_catalog_entity_with_pagination(filters);
        expect_all_once(entities::names(&collect(pages).await?), &wanted, "entities")
    }

    async fn relations(&self, client: &Client) -> Checked {
        let filters = ListCatalogRelationOptionalParams::default()
            .filter_to_ref(format!("service:{}", self.owner()))
            .page_limit(10);
        let pages = client.catalog.list_catalog_relation_with_pagination(filters);
        let mut got = vec![];
        for relation in collect(pages).await? {
            got.push(get!(relation, attributes, from, name)?);
        }
        expect_all_once(got, &self.numbered(&format!("{}-", self.owner())), "relations")
    }
}
