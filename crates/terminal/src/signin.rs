//! Signing in: a person, a PIN, a window. Wrong PINs slow down and lock that person; the count survives a restart.

use std::time::Duration;

use docket_contracts::command::SignIn;
use docket_contracts::outcome::SessionOutcome;
use docket_contracts::view::{DeviceView, LastVerifyView, PersonView, ShopView, SignInView};
use docket_contracts::{ApiError, CommandOutcome, ErrorCode, Params};
use docket_domain::ids::{PersonId, SessionId};
use rusqlite::{OptionalExtension as _, params};
use sqlx::Row as _;

use crate::clock::wall_ms;
use crate::data::spare;
use crate::error::{StoreError, refuse};
use crate::limits::{PIN_DELAY_STEP_MS, PIN_FAILURES_MAX, STATION_CHARS_MAX};
use crate::pins;
use crate::samples::samples;
use crate::terminal::Terminal;
use crate::writer::Writer;

struct Stored {
    verifier: String,
    failures: u32,
    locked_until_ms: i64,
}

impl Terminal {
    pub(crate) async fn sign_in(&self, former: Option<SessionId>, input: SignIn) -> Result<CommandOutcome, ApiError> {
        let shop = self.shop();
        if shop.set_up.is_none() {
            return Err(refuse(ErrorCode::ShopNotSetUp, "", "set up the shop first"));
        }
        let station = station(&input.station)?;
        let person = shop
            .staff
            .people
            .iter()
            .find(|person| person.id == input.person_id && person.active)
            .ok_or_else(|| refuse(ErrorCode::UnknownPerson, "person_id", "nobody on the staff has this id"))?
            .clone();
        let id = person.id;
        // The failure is counted before the PIN is looked at, so that many tries at once don't share one count.
        let stored = self.inner.writer.task(move |writer| begin_try(writer, id)).await?.map_err(ApiError::from)?;
        let now = wall_ms();
        if stored.locked_until_ms > now {
            return Err(locked(stored.locked_until_ms));
        }
        if stored.failures > 0 {
            tokio::time::sleep(Duration::from_millis(
                PIN_DELAY_STEP_MS * u64::from(stored.failures.min(PIN_FAILURES_MAX)),
            ))
            .await;
        }
        let (secret, pin) = (self.inner.secret, input.pin);
        let data = self.inner.data.clone();
        let matches = tokio::task::spawn_blocking(move || {
            if pins::matches(&secret, &stored.verifier, &pin) {
                return Some(None);
            }
            // A verifier has no hash over it: one that was changed on the disk is known by its spare.
            let spare = spare::verifier(&data, id).filter(|spare| *spare != stored.verifier)?;
            pins::matches(&secret, &spare, &pin).then_some(Some(spare))
        })
        .await
        .map_err(|error| refuse(ErrorCode::StoreFailed, "", error.to_string()))?;
        let Some(spare) = matches else {
            tracing::warn!(person = %id, failures = stored.failures + 1, "a wrong PIN");
            let until = pins::locked_until_ms(stored.failures + 1, now);
            return Err(if until > now {
                locked(until)
            } else {
                refuse(ErrorCode::WrongPin, "pin", "this PIN is wrong")
            });
        };
        self.inner
            .writer
            .task(move |writer| forget_failures(writer, id, spare.as_deref()))
            .await?
            .map_err(ApiError::from)?;
        let session = self.inner.sessions.open(former, id, person.name.clone(), person.role, station.clone());
        let person = PersonView { person_id: id, name: person.name, role: person.role };
        let session = SessionOutcome { session_id: session.id, person, station };
        Ok(CommandOutcome { session: Some(session), ..CommandOutcome::plain(true) })
    }

    /// The shop and who can sign in.
    pub(crate) async fn shop_view(&self) -> Result<ShopView, ApiError> {
        let shop = self.shop();
        let now = wall_ms();
        let rows = sqlx::query("SELECT person_id, locked_until_ms FROM pin_verifiers WHERE locked_until_ms > ?1")
            .bind(now)
            .fetch_all(&self.inner.readers)
            .await
            .map_err(StoreError::from)?;
        let rows = rows.iter().filter_map(|row| Some((row.try_get::<&[u8], _>(0).ok()?, row.try_get(1).ok()?)));
        let rows: Vec<(&[u8], i64)> = rows.collect();
        let locked =
            |id: PersonId| rows.iter().find(|(person, _)| *person == id.0.as_bytes()).map(|(_, until_ms)| *until_ms);
        let people = shop
            .staff
            .people
            .iter()
            .filter(|person| person.active)
            .map(|person| SignInView {
                person: PersonView { person_id: person.id, name: person.name.clone(), role: person.role },
                locked_until_ms: locked(person.id),
            })
            .collect();
        let samples = if shop.set_up.is_none() {
            samples().iter().map(crate::samples::SampleMenu::view).collect()
        } else {
            Vec::new()
        };
        let set_up = shop.set_up.as_ref();
        Ok(ShopView {
            set_up: set_up.is_some(),
            comes_down: self.waits_for_shop()?,
            first_pin_due: self.first_pin_due().await?,
            name: set_up.map(|shop| shop.name.clone()),
            currency: set_up.map(|shop| shop.currency.code().to_owned()),
            currency_decimals: set_up.map(|shop| shop.currency.exponent()),
            time_zone: set_up.map(|shop| shop.time_zone.clone()),
            demo: set_up.is_some_and(|shop| shop.demo),
            people,
            samples,
            verified: self.inner.shared.health().last_verify.map(|last| LastVerifyView {
                at_ms: last.at_ms,
                sound: last.found.is_some_and(|found| found.faults == 0),
            }),
            device: DeviceView { name: shop.device.name.clone(), lock_after_minutes: shop.device.lock_after_minutes },
        })
    }
}

fn locked(until_ms: i64) -> ApiError {
    let mut error =
        refuse(ErrorCode::PersonLocked, "pin", "too many wrong PINs: this person waits until the lock ends");
    error.details.push(until_ms.to_string());
    error.retryable = true;
    error.with(Params { until_ms: Some(until_ms), ..Params::default() })
}

/// Counts a try as failed until the PIN has been checked; gives what was stored before.
fn begin_try(writer: &mut Writer, person: PersonId) -> Result<Stored, StoreError> {
    let id = &person.0.as_bytes()[..];
    let stored = writer
        .connection
        .query_row("SELECT verifier, failures, locked_until_ms FROM pin_verifiers WHERE person_id = ?1", [id], |row| {
            // Numbers that are none were changed on the disk: a fresh count, and a verifier that its sum speaks for.
            let (failures, locked_until_ms) = (row.get(1).unwrap_or(0), row.get(2).unwrap_or(0));
            Ok(Stored { verifier: spare::verifier_at(row, 0)?, failures, locked_until_ms })
        })
        .optional()?
        .ok_or_else(|| refuse(ErrorCode::UnknownPerson, "person_id", "this person has no PIN"))?;
    let now = wall_ms();
    if stored.locked_until_ms <= now {
        let until = pins::locked_until_ms(stored.failures + 1, now);
        writer.connection.execute(
            "UPDATE pin_verifiers SET failures = failures + 1, locked_until_ms = ?2 WHERE person_id = ?1",
            params![id, until],
        )?;
    }
    Ok(stored)
}

fn forget_failures(writer: &mut Writer, person: PersonId, spare: Option<&str>) -> Result<(), StoreError> {
    if spare.is_some() {
        tracing::error!(%person, "a PIN verifier was changed on the disk; the spare takes its place");
    }
    writer.connection.execute(
        "UPDATE pin_verifiers SET failures = 0, locked_until_ms = 0, verifier = coalesce(?2, verifier) WHERE person_id = ?1",
        params![&person.0.as_bytes()[..], spare],
    )?;
    Ok(())
}

fn station(text: &str) -> Result<String, ApiError> {
    let text = text.trim();
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.');
    if text.is_empty() || text.len() > STATION_CHARS_MAX || !text.chars().all(fits) {
        let rule = format!("a station's name has 1 to {STATION_CHARS_MAX} letters, digits, spaces, '-', '_' or '.'");
        return Err(refuse(ErrorCode::NameInvalid, "station", rule));
    }
    Ok(text.to_owned())
}
