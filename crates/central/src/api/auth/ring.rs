//! The issuer's keys as they are known now: read from file or address, kept, read anew when they are old or a token names a
//! key that is not among them. While nothing usable can be read, the keys before stay, for a day at most.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jsonwebtoken::Algorithm;

use super::keys::{KeySetError, Keys};
use super::settings::KeySource;
use crate::api::limits::{KEY_SET_BYTES_MAX, KEYS_FRESH_MS, KEYS_PAUSE_MS, KEYS_READ_MS, KEYS_STALE_MS};
use crate::clock::moment;
use crate::telemetry::{KeysRead, Metrics};

/// Why there are no new keys.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file can't be read.
    #[error("{0}: can't be read")]
    File(String, #[source] std::io::Error),
    /// The address gives no answer, or a wrong one.
    #[error("the address gives no key set")]
    Http(#[source] reqwest::Error),
    /// It takes too long.
    #[error("no answer within {KEYS_READ_MS} ms")]
    Late,
    /// What came is no key set.
    #[error("what came is not taken")]
    Set(#[from] KeySetError),
}

/// Why a token's key can't be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoKey {
    /// The issuer has no such key.
    #[error("the issuer has no such key")]
    Unknown,
    /// The issuer's keys could not be read, now or for a day.
    #[error("the issuer's keys can't be read")]
    Unreadable,
}

/// How long keys are good for; the product has [`Ages::default`].
#[derive(Debug, Clone, Copy)]
pub struct Ages {
    /// Then they are read anew.
    pub fresh: Duration,
    /// No two readings within this time.
    pub pause: Duration,
    /// Then they are not trusted any more.
    pub stale: Duration,
}

impl Default for Ages {
    fn default() -> Self {
        let ms = Duration::from_millis;
        Ages { fresh: ms(KEYS_FRESH_MS), pause: ms(KEYS_PAUSE_MS), stale: ms(KEYS_STALE_MS) }
    }
}

#[derive(Default)]
struct Held {
    keys: Option<(Arc<Keys>, Instant)>,
    /// When the last reading began, whatever came of it.
    tried: Option<Instant>,
}

/// The issuer's keys. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct KeyRing(Arc<Ring>);

struct Ring {
    source: KeySource,
    algorithms: Vec<Algorithm>,
    client: reqwest::Client,
    ages: Ages,
    metrics: Metrics,
    held: Mutex<Held>,
    reading: tokio::sync::Mutex<()>,
}

impl KeyRing {
    /// Reads the keys. An address that gives none now is asked again when a token comes; a file that is wrong is a fault of
    /// the configuration.
    ///
    /// # Errors
    /// [`ReadError`] of a file.
    pub async fn open(
        source: KeySource,
        algorithms: Vec<Algorithm>,
        ages: Ages,
        metrics: Metrics,
    ) -> Result<Self, ReadError> {
        // Nobody is followed elsewhere: a redirect is not where the keys were said to be.
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_millis(KEYS_READ_MS))
            .build()
            .map_err(ReadError::Http)?;
        let is_file = matches!(source, KeySource::File(_));
        let ring =
            Ring { source, algorithms, client, ages, metrics, held: Mutex::default(), reading: Default::default() };
        let ring = KeyRing(Arc::new(ring));
        match ring.0.read_anew().await {
            Err(error) if is_file => Err(error),
            _ => Ok(ring),
        }
    }

    /// Calls `check` with the keys that hold now; once more with new ones where the first answer was none.
    ///
    /// # Errors
    /// [`NoKey`].
    pub async fn with_key<T>(&self, check: impl Fn(&Keys) -> Option<T>) -> Result<T, NoKey> {
        if let Some((keys, age)) = self.0.held()
            && let Some(found) = check(&keys)
        {
            if age > self.0.ages.fresh && self.0.may_try() {
                let ring = self.0.clone();
                tokio::spawn(async move { ring.look().await });
            }
            return Ok(found);
        }
        self.0.look().await;
        let (keys, _) = self.0.held().ok_or(NoKey::Unreadable)?;
        check(&keys).ok_or(NoKey::Unknown)
    }
}

impl Ring {
    fn held(&self) -> Option<(Arc<Keys>, Duration)> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let (keys, at) = held.keys.as_ref()?;
        let age = moment().saturating_duration_since(*at);
        (age <= self.ages.stale).then(|| (keys.clone(), age))
    }

    fn may_try(&self) -> bool {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.tried.is_none_or(|tried| moment().saturating_duration_since(tried) >= self.ages.pause)
    }

    /// Reads the keys anew unless that was done, or tried, a moment ago. One reads and the others wait for it.
    async fn look(&self) {
        let _reading = self.reading.lock().await;
        if self.may_try()
            && let Err(error) = self.read_anew().await
        {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the issuer's keys can't be read; those before stay"
            );
        }
    }

    async fn read_anew(&self) -> Result<(), ReadError> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).tried = Some(moment());
        let read = self.read().await;
        self.metrics.api().keys_read(match &read {
            Ok(_) => KeysRead::Taken,
            Err(ReadError::Set(_)) => KeysRead::Refused,
            Err(_) => KeysRead::Failed,
        });
        let keys = Arc::new(read?);
        tracing::info!(keys = keys.count(), "the issuer's keys were read");
        self.held.lock().unwrap_or_else(PoisonError::into_inner).keys = Some((keys, moment()));
        Ok(())
    }

    async fn read(&self) -> Result<Keys, ReadError> {
        let limit = Duration::from_millis(KEYS_READ_MS);
        let bytes = match &self.source {
            KeySource::File(path) => {
                let (name, path) = (path.display().to_string(), path.clone());
                let read = tokio::task::spawn_blocking(move || file(&path));
                let read = tokio::time::timeout(limit, read).await.map_err(|_| ReadError::Late)?;
                read.map_err(std::io::Error::other).flatten().map_err(|error| ReadError::File(name, error))?
            }
            KeySource::Url(url) => {
                let fetched = tokio::time::timeout(limit, self.fetch(url.clone()));
                fetched.await.map_err(|_| ReadError::Late)??
            }
        };
        Ok(Keys::parse(&bytes, &self.algorithms)?)
    }

    async fn fetch(&self, url: reqwest::Url) -> Result<Vec<u8>, ReadError> {
        let answer = self.client.get(url).send().await.map_err(ReadError::Http)?;
        let mut answer = answer.error_for_status().map_err(ReadError::Http)?;
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(ReadError::Http)? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > KEY_SET_BYTES_MAX {
                return Err(KeySetError::TooLarge.into());
            }
        }
        Ok(bytes)
    }
}

/// Reads one byte more than is taken at most, so that what is too long shows.
fn file(path: &Path) -> std::io::Result<Vec<u8>> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    let most = u64::try_from(KEY_SET_BYTES_MAX).unwrap_or(u64::MAX).saturating_add(1);
    std::fs::File::open(path)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}
