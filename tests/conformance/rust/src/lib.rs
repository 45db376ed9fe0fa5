//! Functions that the programs of the official Rust client share: expectations, and the lines that
//! tests/conformance/run reads.

mod client;

use std::error::Error;
use std::fmt::Debug;
use std::future::Future;

use chrono::{DateTime, TimeDelta, Utc};

pub use client::{
    collect, done, environment, expect_forbidden, expect_lacks, expect_refused, expect_status,
    Client,
};

pub type Failure = Box<dyn Error>;
pub type Checked = Result<(), Failure>;

/// Runs checks, and prints a line for each.
#[derive(Default)]
pub struct Suite {
    checks: usize,
}

impl Suite {
    /// A check passes when it is Ok.
    pub async fn check(
        &mut self,
        operation: &str,
        sentence: &str,
        check: impl Future<Output = Checked>,
    ) {
        self.checks += 1;
        match check.await {
            Ok(()) => println!("PASS\t{operation}\t{sentence}"),
            Err(failure) => println!("FAIL\t{operation}\t{sentence}\t{}", on_one_line(&failure)),
        }
    }

    /// The last line.
    pub fn end(self) {
        println!("END\t{}", self.checks);
    }
}

fn on_one_line(failure: &Failure) -> String {
    let text = failure.to_string();
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(1000).collect()
}

/// A member of optional members, or the path to it as a failure.
#[macro_export]
macro_rules! get {
    ($root:expr $(, $member:ident)+) => {{
        let root = &$root;
        (|| Some(root$(.$member.as_ref()?)+.clone()))()
            .ok_or(concat!("nothing at " $(, ".", stringify!($member))+))
    }};
}

pub fn expect(condition: bool, wanted: &str) -> Checked {
    if condition {
        Ok(())
    } else {
        Err(format!("wanted: {wanted}").into())
    }
}

pub fn expect_equal<G, W>(got: G, wanted: W, what: &str) -> Checked
where
    G: PartialEq<W> + Debug,
    W: Debug,
{
    if got == wanted {
        Ok(())
    } else {
        Err(format!("{what}: wanted {wanted:?}, got {got:?}").into())
    }
}

/// Both lists have the same items, each once.
pub fn expect_all_once(mut got: Vec<String>, wanted: &[String], what: &str) -> Checked {
    let mut wanted = wanted.to_vec();
    got.sort();
    wanted.sort();
    expect_equal(got, wanted, what)
}

/// The item of a list that must have just one.
pub fn only<T: Debug>(items: Option<Vec<T>>) -> Result<T, Failure> {
    match <[T; 1]>::try_from(items.unwrap_or_default()) {
        Ok([item]) => Ok(item),
        Err(items) => Err(format!("wanted one item, got {items:?}").into()),
    }
}

pub fn expect_recent(time: DateTime<Utc>, what: &str) -> Checked {
    let age = Utc::now() - time;
    let recent = age > TimeDelta::minutes(-1) && age < TimeDelta::minutes(10);
    expect(recent, &format!("{what} of now, got {time}"))
}

/// For a time that the client has as text.
pub fn expect_recent_text(time: &str, what: &str) -> Checked {
    expect_recent(DateTime::parse_from_rfc3339(time)?.to_utc(), what)
}
