//! The official Rust client against a server of ours, pointed at it by server variables.
//!
//! Environment: SCOREKEEPER_ADDRESS (HOST:PORT), DD_API_KEY, DD_APP_KEY, READ_ONLY_APP_KEY. Prints
//! one line for each check, in the form that tests/conformance/run reads.

mod campaigns;
mod definitions;
mod entities;
mod kinds;
mod outcomes;
mod paging;
mod refused;
mod rules;
mod scores;

use conformance::{Client, Suite};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let client = Client::new();
    let mut suite = Suite::default();
    outcomes::run(&mut suite, &client).await;
    refused::run(&mut suite, &client).await;
    rules::run(&mut suite, &client).await;
    scores::run(&mut suite, &client).await;
    campaigns::run(&mut suite, &client).await;
    entities::run(&mut suite, &client).await;
    kinds::run(&mut suite, &client).await;
    definitions::run(&mut suite, &client).await;
    paging::run(&mut suite, &client).await;
    suite.end();
}
