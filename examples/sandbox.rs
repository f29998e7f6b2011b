//! Runs snippets that nobody has read: one that computes, one that calls a tool of
//! the host, one that loops for ever, and one that wants a file.
//!
//! `cargo run --locked --ignore-rust-version -p pyc-rs-runtime --example sandbox`

use std::{error::Error, time::Duration};

use pyc_rs_runtime::{
    Failure, Snippet,
    sandbox::{HostCall, HostError, Inputs, Limits, Runner, Value, worker_entry},
};

fn main() -> Result<(), Box<dyn Error>> {
    // First thing in main: sandboxes are this program, started again.
    worker_entry();

    let limits = Limits { wall: Duration::from_secs(2), cpu: Duration::from_millis(500), ..Limits::default() };
    let runner = Runner::builder().limits(limits).host_function("price", price).build()?;

    let snippet = Snippet::new("total.py", "print('adding up')\nsum(price(item) for item in basket)");
    let inputs = Inputs::new().set("basket", vec![Value::from("apple"), "pear".into()])?;
    let outcome = runner.run_with(&snippet, &inputs)?;
    assert_eq!(outcome.stdout, "adding up\n");
    assert_eq!(outcome.value, Some(7.into()));

    let endless = runner.run(&Snippet::new("endless.py", "while True:\n    pass"))?;
    assert!(matches!(endless.error, Some(Failure::CpuLimitExceeded { .. })));

    let curious = runner.run(&Snippet::new("curious.py", "open('/etc/passwd').read()"))?;
    assert!(matches!(curious.error, Some(Failure::Denied { .. })));

    println!("{}", serde_json::to_string_pretty(&outcome)?);
    Ok(())
}

/// The tool that snippets are given, and all they are given.
fn price(call: HostCall) -> Result<Value, HostError> {
    match call.arguments.as_slice() {
        [Value::Str(item)] if item == "apple" => Ok(3.into()),
        [Value::Str(item)] if item == "pear" => Ok(4.into()),
        other => Err(HostError::named("KeyError", format!("{other:?}"))),
    }
}
