//! What the embedding program gives to a snippet: variables and functions.

use std::{fmt, sync::Arc};

use super::{SandboxError, Value};

/// Variables that are bound before a snippet runs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inputs {
    variables: Vec<(String, Value)>,
}

impl Inputs {
    /// No variables.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Binds one more.
    ///
    /// # Errors
    ///
    /// When the name is not an identifier.
    pub fn set(mut self, name: impl Into<String>, value: impl Into<Value>) -> Result<Self, SandboxError> {
        let name = name.into();
        check_name(&name)?;
        self.variables.push((name, value.into()));
        Ok(self)
    }

    pub(super) fn variables(&self) -> &[(String, Value)] {
        &self.variables
    }
}

/// Words that look like names.
const KEYWORDS: [&str; 35] = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del",
    "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal",
    "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
];

/// Names that Python code can say.
pub(super) fn check_name(name: &str) -> Result<(), SandboxError> {
    let mut letters = name.chars();
    let first = letters.next().is_some_and(|letter| letter.is_alphabetic() || letter == '_');
    if first && !KEYWORDS.contains(&name) && letters.all(|letter| letter.is_alphanumeric() || letter == '_') {
        Ok(())
    } else {
        Err(SandboxError::Name(name.to_owned()))
    }
}

/// One call of a host function.
#[derive(Clone, Debug, PartialEq)]
pub struct HostCall {
    /// The arguments by position.
    pub arguments: Vec<Value>,
    /// The arguments by name, in order.
    pub keywords: Vec<(String, Value)>,
}

impl HostCall {
    /// The call as `{"args": [..], "kwargs": {..}}`, if JSON has all that is in it.
    #[must_use]
    pub fn to_json(&self) -> Option<serde_json::Value> {
        let arguments = self.arguments.iter().map(Value::to_json).collect::<Option<Vec<_>>>()?;
        let keywords = self.keywords.iter().map(|(name, value)| Some((name.clone(), value.to_json()?)));
        let keywords = keywords.collect::<Option<serde_json::Map<_, _>>>()?;
        Some(serde_json::json!({"args": arguments, "kwargs": keywords}))
    }

    /// As [`to_json`](Self::to_json), as text with all the digits of whole numbers.
    ///
    /// # Errors
    ///
    /// What it is, in Python's words, that JSON does not have.
    pub fn to_json_text(&self) -> Result<String, &'static str> {
        let keywords = self.keywords.iter().map(|(name, value)| (Value::Str(name.clone()), value.clone()));
        Value::Dict(vec![
            ("args".into(), Value::List(self.arguments.clone())),
            ("kwargs".into(), Value::Dict(keywords.collect())),
        ])
        .to_json_text()
    }

    /// Makes sense of what a worker sent.
    pub(super) fn from_value(value: Value) -> Option<Self> {
        let Value::Tuple(parts) = value else { return None };
        let Ok([Value::List(arguments), Value::Dict(pairs)]) = <[Value; 2]>::try_from(parts) else { return None };
        let keywords = pairs.into_iter().map(|(name, value)| match name {
            Value::Str(name) => Some((name, value)),
            _ => None,
        });
        Some(Self { arguments, keywords: keywords.collect::<Option<_>>()? })
    }
}

/// The exception that a host function raises in the snippet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostError {
    /// Name of a built-in exception, such as `ValueError`; any other name is raised
    /// as a `RuntimeError`.
    pub exception: String,
    /// Its message.
    pub message: String,
}

impl HostError {
    /// A `RuntimeError` with this message.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self::named("RuntimeError", message)
    }

    /// The built-in exception of this name.
    #[must_use]
    pub fn named(exception: impl Into<String>, message: impl Into<String>) -> Self {
        Self { exception: exception.into(), message: message.into() }
    }
}

impl fmt::Display for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.exception, self.message)
    }
}

impl std::error::Error for HostError {}

/// What a host function is.
pub(super) type Function = dyn Fn(HostCall) -> Result<Value, HostError> + Send + Sync;

/// The functions of a runner.
#[derive(Clone, Default)]
pub(super) struct HostFunctions {
    functions: Vec<(String, bool, Arc<Function>)>,
}

impl HostFunctions {
    pub(super) fn add(&mut self, name: String, awaited: bool, function: Arc<Function>) {
        self.functions.push((name, awaited, function));
    }

    /// The names, and whether each is awaited.
    pub(super) fn names(&self) -> Vec<(String, bool)> {
        self.functions.iter().map(|(name, awaited, _)| (name.clone(), *awaited)).collect()
    }

    pub(super) fn call(&self, name: &str, call: HostCall) -> Result<Value, HostError> {
        match self.functions.iter().find(|(own, ..)| own == name) {
            Some((_, _, function)) => function(call),
            None => Err(HostError::named("NameError", format!("the host has no function {name}"))),
        }
    }
}
