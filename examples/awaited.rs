//! Runs snippets that nobody has read from asynchronous code: several at a time, and one
//! that is given up.
//!
//! `cargo run --locked --ignore-rust-version -p pyc-rs-runtime --features tokio --example awaited`

use std::{error::Error, time::Duration};

use pyc_rs_runtime::{
    Snippet,
    sandbox::{AsyncRunner, Runner, worker_entry},
};

fn main() -> Result<(), Box<dyn Error>> {
    // First thing in main: sandboxes are this program, started again.
    worker_entry();
    tokio::runtime::Runtime::new()?.block_on(run())
}

async fn run() -> Result<(), Box<dyn Error>> {
    let runner = AsyncRunner::from(Runner::builder().build()?);

    let (one, other) = (Snippet::new("one.py", "sum(range(10))"), Snippet::new("other.py", "'other'.upper()"));
    let (first, second) = (runner.clone(), runner.clone());
    let first = tokio::spawn(async move { first.run(&one).await });
    let second = tokio::spawn(async move { second.run(&other).await });
    assert_eq!(first.await??.value, Some(45.into()));
    assert_eq!(second.await??.value, Some("OTHER".into()));

    // Its process is killed when nobody waits for it any more.
    let endless = Snippet::new("endless.py", "while True:\n    pass");
    let given_up = tokio::time::timeout(Duration::from_millis(100), runner.run(&endless)).await;
    assert!(given_up.is_err());

    let after = runner.run(&Snippet::new("after.py", "1 + 1")).await?;
    println!("{}", serde_json::to_string_pretty(&after)?);
    Ok(())
}
