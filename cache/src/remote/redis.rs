//! A redis server as a remote: many keys with one question, over a few connections. The names of
//! the entries are those that opendal's redis service gives them.

use std::sync::atomic::{AtomicUsize, Ordering};

use redis::aio::MultiplexedConnection;
use redis::{
    AsyncConnectionConfig, Client, Cmd, ConnectionAddr, IntoConnectionInfo, Pipeline, RedisConnectionInfo, RedisError,
    Value,
};
use tokio::sync::Mutex;
use url::Url;

use super::address::Login;
use super::fault::Fault;

/// Enough that one is read from while others are waited for.
const CONNECTIONS: usize = 4;

const DEFAULT_PORT: u16 = 6379;

/// A redis server. Connections are made when they are first needed, and anew when they break.
pub(super) struct Redis {
    client: Client,
    /// What stands before the name of each entry.
    prefix: String,
    ttl_secs: Option<u64>,
    connections: [Mutex<Option<MultiplexedConnection>>; CONNECTIONS],
    next: AtomicUsize,
}

impl Redis {
    pub(super) fn new(
        endpoint: &str,
        database: i64,
        login: &Login,
        prefix: &str,
        ttl_secs: Option<u64>,
    ) -> Result<Self, Fault> {
        let refused = |_| Fault::is_final("its settings are refused");
        let mut settings = RedisConnectionInfo::default().set_db(database);
        if let Some(username) = &login.username {
            settings = settings.set_username(username);
        }
        if let Some(password) = &login.password {
            settings = settings.set_password(password);
        }
        let info = address(endpoint)?.into_connection_info().map_err(refused)?.set_redis_settings(settings);
        let prefix = prefix.trim_matches('/');
        Ok(Self {
            client: Client::open(info).map_err(refused)?,
            prefix: if prefix.is_empty() { String::new() } else { format!("{prefix}/") },
            ttl_secs,
            connections: Default::default(),
            next: AtomicUsize::new(0),
        })
    }

    fn key(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// The bytes of these entries, in their order.
    pub(super) async fn read(&self, names: &[String]) -> Result<Vec<Option<Vec<u8>>>, Fault> {
        let mut command = redis::cmd("MGET");
        for name in names {
            command.arg(self.key(name));
        }
        let Value::Array(values) = self.ask(&command).await? else { return Err(nonsense()) };
        if values.len() != names.len() {
            return Err(nonsense());
        }
        let bytes = |value| match value {
            Value::BulkString(bytes) => Ok(Some(bytes)),
            Value::Nil => Ok(None),
            _ => Err(nonsense()),
        };
        values.into_iter().map(bytes).collect()
    }

    /// Whether there are these entries, in their order.
    pub(super) async fn contains(&self, names: &[String]) -> Result<Vec<bool>, Fault> {
        let mut commands = Pipeline::with_capacity(names.len());
        for name in names {
            commands.cmd("EXISTS").arg(self.key(name));
        }
        let (slot, mut connection) = self.connection().await?;
        let answer = commands.query_async(&mut connection).await;
        self.checked(slot, answer).await
    }

    /// Writes an entry.
    pub(super) async fn write(&self, name: &str, entry: &[u8]) -> Result<(), Fault> {
        let mut command = redis::cmd("SET");
        command.arg(self.key(name)).arg(entry);
        if let Some(seconds) = self.ttl_secs {
            command.arg("EX").arg(seconds);
        }
        self.ask(&command).await.map(drop)
    }

    async fn ask(&self, command: &Cmd) -> Result<Value, Fault> {
        let (slot, mut connection) = self.connection().await?;
        let answer = command.query_async(&mut connection).await;
        self.checked(slot, answer).await
    }

    /// The next connection in turn, and its number.
    async fn connection(&self) -> Result<(usize, MultiplexedConnection), Fault> {
        let slot = self.next.fetch_add(1, Ordering::Relaxed) % CONNECTIONS;
        let Some(place) = self.connections.get(slot) else { return Err(nonsense()) };
        let mut place = place.lock().await;
        if let Some(connection) = &*place {
            return Ok((slot, connection.clone()));
        }
        // Whoever asks says how long it may take.
        let config = AsyncConnectionConfig::new().set_connection_timeout(None).set_response_timeout(None);
        let connection = self.client.get_multiplexed_async_connection_with_config(&config).await;
        let connection = connection.map_err(|error| Fault::from(&error))?;
        *place = Some(connection.clone());
        Ok((slot, connection))
    }

    /// A connection that broke is not used again.
    async fn checked<T>(&self, slot: usize, answer: Result<T, RedisError>) -> Result<T, Fault> {
        match answer {
            Ok(answer) => Ok(answer),
            Err(error) => {
                if error.is_unrecoverable_error()
                    && let Some(place) = self.connections.get(slot)
                {
                    *place.lock().await = None;
                }
                Err(Fault::from(&error))
            }
        }
    }
}

fn nonsense() -> Fault {
    Fault::new("its answers make no sense")
}

fn address(endpoint: &str) -> Result<ConnectionAddr, Fault> {
    let refused = || Fault::is_final("its settings are refused");
    let url = Url::parse(endpoint).map_err(|_| refused())?;
    let host = url.host_str().ok_or_else(refused)?;
    let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let port = url.port().unwrap_or(DEFAULT_PORT);
    Ok(match url.scheme() {
        "rediss" => ConnectionAddr::TcpTls { host, port, insecure: false, tls_params: None },
        _ => ConnectionAddr::Tcp(host, port),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_the_prefix_and_no_slash_in_front() {
        for (prefix, key) in [("team", "team/v1/ab"), ("/a/b/", "a/b/v1/ab"), ("", "v1/ab")] {
            let redis = Redis::new("redis://127.0.0.1", 0, &Login::default(), prefix, None);
            assert_eq!(redis.unwrap().key("v1/ab"), key);
        }
    }

    #[test]
    fn an_endpoint_is_taken_apart() {
        assert_eq!(address("redis://h").unwrap(), ConnectionAddr::Tcp("h".into(), 6379));
        assert_eq!(address("redis://[::1]:7").unwrap(), ConnectionAddr::Tcp("::1".into(), 7));
        assert!(matches!(address("rediss://h:1").unwrap(), ConnectionAddr::TcpTls { port: 1, insecure: false, .. }));
        assert!(address("nonsense").unwrap_err().is_final);
    }
}
