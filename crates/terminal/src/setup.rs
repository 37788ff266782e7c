//! First start, the demo shop, and importing a menu.

use docket_contracts::command::{ChangeShop, SetDevice, SetUpShop};
use docket_contracts::{ApiError, Command, CommandOutcome, ErrorCode};
use docket_domain::catalog::Catalogue;
use docket_domain::catalog::import::{ImportReport, import_menu};
use docket_domain::ids::{CommandId, PersonId};
use docket_domain::money::Currency;
use docket_domain::shop::SetUp;
use docket_domain::staff::{Person, Role, StaffList};
use serde::Serialize;

use crate::actor::Actor;
use crate::clock::new_id;
use crate::data::HeadOffice;
use crate::error::{most, refuse};
use crate::limits::{CUT_OVER_MINUTES_DEFAULT, DEVICE_NAME_CHARS_MAX, LOCK_AFTER_MINUTES_MAX, NAME_CHARS_MAX};
use crate::pins;
use crate::samples::{DEMO_MENU, sample};
use crate::shared::Shop;
use crate::terminal::Terminal;
use crate::writer::{Call, Publication, SetUpAct, ShopChange, StoreAct};

/// A person of the demo shop with the PIN that is printed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DemoPin {
    /// Name.
    pub name: String,
    /// Role.
    pub role: Role,
    /// PIN.
    pub pin: String,
}

pub(crate) const DEMO_PEOPLE: [(&str, Role, &str); 3] = [
    ("Mia Brandt", Role::Manager, "1111"),
    ("Carlos Vega", Role::Cashier, "2222"),
    ("Kenji Mori", Role::Kitchen, "3333"),
];

/// What an import from the command line did.
#[derive(Debug)]
pub struct ImportOutcome {
    /// What the importer found.
    pub report: ImportReport,
    /// Whether the folder was empty and a shop was made.
    pub shop_made: bool,
    /// The PIN of the manager who was made with the shop. It is shown once and kept nowhere.
    pub first_pin: Option<String>,
}

/// The demo shop's people who work there now, with their PINs.
pub(crate) fn demo_pins(shop: &Shop) -> Vec<DemoPin> {
    DEMO_PEOPLE
        .iter()
        .filter(|(name, _, _)| {
            shop.set_up.as_ref().is_some_and(|set_up| set_up.demo) && shop.names.values().any(|known| known == name)
        })
        .map(|(name, role, pin)| DemoPin { name: (*name).to_owned(), role: *role, pin: (*pin).to_owned() })
        .collect()
}

/// What an import found, as lines for people.
pub(crate) fn report_lines(report: &ImportReport) -> Vec<String> {
    let counts = &report.counts;
    let mut lines = vec![format!(
        "{} products in {} categories, {} modifier groups, {} taxes, prices in {}",
        counts.products, counts.categories, counts.modifier_groups, counts.taxes, report.currency
    )];
    lines.extend(report.notes.iter().map(|note| format!("{}: {}", note.place, note.text)));
    lines.extend(report.unknown_fields.iter().map(|field| format!("{field}: unknown field, nothing came of it")));
    lines.extend(report.noted_fields.iter().map(|note| format!("{}: for information: {}", note.place, note.text)));
    lines
}

impl Terminal {
    pub(crate) async fn set_up_shop(
        &self,
        command_id: CommandId,
        request_hash: [u8; 32],
        mut input: SetUpShop,
    ) -> Result<CommandOutcome, ApiError> {
        if self.waits_for_shop()? {
            let rule = "this till belongs to a store of head office: its shop comes down from there";
            return Err(refuse(ErrorCode::ShopExists, "", rule));
        }
        let currency = currency_of(&input.currency)?;
        let shop_name = name_of("shop_name", &input.shop_name, NAME_CHARS_MAX)?;
        let manager = name_of("manager_name", &input.manager_name, NAME_CHARS_MAX)?;
        pins::check_form(&input.pin)?;
        let (catalogue, notes) = match (input.menu.take(), &input.sample_menu) {
            (Some(menu), _) => {
                let (catalogue, report) = parse_menu(&menu, input.menu_id.as_deref())?;
                (Some(of_currency(catalogue, currency, "menu.currency")?), report_lines(&report))
            }
            (None, None) => (None, Vec::new()),
            (None, Some(id)) => {
                let sample = sample(id).ok_or_else(|| {
                    refuse(ErrorCode::UnknownSample, "sample_menu", format!("there is no sample menu {id:?}"))
                })?;
                (Some(of_currency(sample.catalogue.clone(), currency, "sample_menu")?), sample.notes.clone())
            }
        };
        let set_up = SetUp {
            name: shop_name,
            currency,
            time_zone: time_zone(input.time_zone.as_deref())?,
            cut_over_minutes: CUT_OVER_MINUTES_DEFAULT,
            demo: false,
        };
        let people = vec![(manager, Role::Manager, input.pin.clone())];
        self.make_shop(command_id, request_hash, Command::SetUpShop(input), set_up, people, catalogue, notes).await
    }

    /// Whether this till joined a store whose shop has not come down yet.
    ///
    /// # Errors
    /// If the enrolment can't be read.
    pub(crate) fn waits_for_shop(&self) -> Result<bool, ApiError> {
        let joined = HeadOffice::read(&self.inner.data)?.is_some_and(|office| !office.founded);
        Ok(joined && self.shop().set_up.is_none())
    }

    pub(crate) async fn set_up_demo(&self) -> Result<(), ApiError> {
        let sample = sample(DEMO_MENU).expect("the demo menu is one of the samples");
        let currency = sample.catalogue.currency();
        let set_up = SetUp {
            name: "Corner Café (demo)".into(),
            currency,
            time_zone: time_zone(None)?,
            cut_over_minutes: CUT_OVER_MINUTES_DEFAULT,
            demo: true,
        };
        let people =
            DEMO_PEOPLE.iter().map(|(name, role, pin)| ((*name).to_owned(), *role, (*pin).to_owned())).collect();
        let command = blank_set_up(&set_up);
        self.make_shop(
            CommandId(new_id()),
            [0; 32],
            command,
            set_up,
            people,
            Some(sample.catalogue.clone()),
            sample.notes.clone(),
        )
        .await?;
        Ok(())
    }

    #[allow(clippy::too_many_arguments, reason = "everything that a shop is made of, from its only two callers")]
    async fn make_shop(
        &self,
        command_id: CommandId,
        request_hash: [u8; 32],
        command: Command,
        set_up: SetUp,
        people: Vec<(String, Role, String)>,
        catalogue: Option<Catalogue>,
        notes: Vec<String>,
    ) -> Result<CommandOutcome, ApiError> {
        let secret = self.inner.secret;
        let act = tokio::task::spawn_blocking(move || {
            let mut staff = StaffList { version: 1, people: Vec::new() };
            let mut verifiers = Vec::new();
            for (name, role, pin) in people {
                let id = PersonId(new_id());
                verifiers.push((id, pins::verifier(&secret, &pin)?));
                staff.people.push(Person { id, name, role, active: true });
            }
            Ok::<_, crate::error::StoreError>(SetUpAct { set_up, staff, verifiers, catalogue, notes })
        })
        .await
        .map_err(|error| refuse(ErrorCode::StoreFailed, "", error.to_string()))??;
        let call = Call {
            command_id,
            request_hash,
            actor: Actor::Program("set_up"),
            expected_version: None,
            command,
            act: Some(StoreAct::SetUp(Box::new(act))),
        };
        self.inner.writer.call(call).await
    }

    pub(crate) async fn publish_menu(
        &self,
        actor: Actor,
        command_id: CommandId,
        request_hash: [u8; 32],
        menu: &str,
        menu_id: Option<&str>,
    ) -> Result<CommandOutcome, ApiError> {
        let (catalogue, report) = parse_menu(menu, menu_id)?;
        let publication = Publication { catalogue: Some(catalogue), notes: report_lines(&report) };
        let command = Command::ImportMenu(docket_contracts::command::ImportMenu {
            menu: String::new(),
            menu_id: menu_id.map(str::to_owned),
        });
        let act = Some(StoreAct::Publish(Box::new(publication)));
        self.inner.writer.call(Call { command_id, request_hash, actor, expected_version: None, command, act }).await
    }

    pub(crate) async fn change_shop(
        &self,
        actor: Actor,
        command_id: CommandId,
        request_hash: [u8; 32],
        mut input: ChangeShop,
    ) -> Result<CommandOutcome, ApiError> {
        let name = input.name.as_deref().map(|name| name_of("name", name, NAME_CHARS_MAX)).transpose()?;
        let currency = input.currency.as_deref().map(currency_of).transpose()?;
        let (catalogue, notes) = match input.menu.take() {
            Some(menu) => {
                let (catalogue, report) = parse_menu(&menu, input.menu_id.as_deref())?;
                (Some(catalogue), report_lines(&report))
            }
            None => (None, Vec::new()),
        };
        let change = ShopChange { name, currency, catalogue, notes };
        let (command, act) = (Command::ChangeShop(input), Some(StoreAct::Shop(Box::new(change))));
        self.inner.writer.call(Call { command_id, request_hash, actor, expected_version: None, command, act }).await
    }

    pub(crate) async fn set_device(
        &self,
        actor: Actor,
        command_id: CommandId,
        request_hash: [u8; 32],
        input: SetDevice,
    ) -> Result<CommandOutcome, ApiError> {
        let mut device = self.shop().device.clone();
        if let Some(text) = &input.name {
            device.name =
                if text.trim().is_empty() { None } else { Some(name_of("name", text, DEVICE_NAME_CHARS_MAX)?) };
        }
        if let Some(minutes) = input.lock_after_minutes {
            if minutes > LOCK_AFTER_MINUTES_MAX {
                let rule = format!("lock_after_minutes is at most {LOCK_AFTER_MINUTES_MAX}");
                return Err(refuse(ErrorCode::BadInput, "lock_after_minutes", rule));
            }
            device.lock_after_minutes = minutes;
        }
        let (command, act) = (Command::SetDevice(input), Some(StoreAct::Device(device)));
        self.inner.writer.call(Call { command_id, request_hash, actor, expected_version: None, command, act }).await
    }

    /// Imports a menu from the command line. In an empty folder it makes the shop, with the menu's currency and one
    /// person called 'Manager' with a random PIN that is returned; elsewhere it replaces the catalogue.
    ///
    /// # Errors
    /// `menu_fault` with every fault in `details`, or `currency_mismatch`; nothing was imported then.
    pub async fn import_menu(&self, json: &str, menu_id: Option<&str>) -> Result<ImportOutcome, ApiError> {
        let (catalogue, report) = parse_menu(json, menu_id)?;
        let shop_made = self.shop().set_up.is_none();
        let first_pin = if shop_made { Some(random_pin()?) } else { None };
        if let Some(pin) = &first_pin {
            let set_up = SetUp {
                name: catalogue.header().name.clone(),
                currency: catalogue.currency(),
                time_zone: time_zone(None)?,
                cut_over_minutes: CUT_OVER_MINUTES_DEFAULT,
                demo: false,
            };
            let people = vec![("Manager".to_owned(), Role::Manager, pin.clone())];
            let command = blank_set_up(&set_up);
            self.make_shop(
                CommandId(new_id()),
                [0; 32],
                command,
                set_up,
                people,
                Some(catalogue),
                report_lines(&report),
            )
            .await?;
        } else {
            self.publish_menu(Actor::Program("import_menu"), CommandId(new_id()), [0; 32], json, menu_id).await?;
        }
        Ok(ImportOutcome { report, shop_made, first_pin })
    }
}

/// Six digits that nobody could guess.
pub(crate) fn random_pin() -> Result<String, ApiError> {
    let mut bytes = [0_u8; 8];
    aws_lc_rs::rand::fill(&mut bytes)
        .map_err(|_| refuse(ErrorCode::StoreFailed, "", "the system gives no randomness"))?;
    Ok(format!("{:06}", u64::from_be_bytes(bytes) % 1_000_000))
}

fn blank_set_up(set_up: &SetUp) -> Command {
    Command::SetUpShop(SetUpShop {
        shop_name: set_up.name.clone(),
        currency: set_up.currency.code().to_owned(),
        sample_menu: None,
        menu: None,
        menu_id: None,
        manager_name: String::new(),
        pin: String::new(),
        time_zone: None,
    })
}

fn currency_of(code: &str) -> Result<Currency, ApiError> {
    Currency::try_from_code(code).map_err(|error| refuse(ErrorCode::UnknownCurrency, "currency", error.to_string()))
}

fn parse_menu(json: &str, menu_id: Option<&str>) -> Result<(Catalogue, ImportReport), ApiError> {
    import_menu(json, menu_id).map_err(|faults| {
        let first = faults.first().map_or_else(|| "the menu is faulty".to_owned(), ToString::to_string);
        let mut error = refuse(ErrorCode::MenuFault, "menu", format!("{first}; nothing was imported"));
        error.details = faults.iter().map(ToString::to_string).collect();
        error.faults = faults.iter().map(crate::menu::fault).collect();
        error
    })
}

fn of_currency(catalogue: Catalogue, currency: Currency, field: &str) -> Result<Catalogue, ApiError> {
    if catalogue.currency() == currency {
        return Ok(catalogue);
    }
    let rule = format!("the menu is in {}, the shop charges in {currency}", catalogue.currency());
    Err(refuse(ErrorCode::CurrencyMismatch, field, rule))
}

/// A name without the spaces around it.
///
/// # Errors
/// `name_invalid`.
pub(crate) fn name_of(field: &str, text: &str, chars_max: usize) -> Result<String, ApiError> {
    let text = text.trim();
    let count = text.chars().count();
    if count == 0 || count > chars_max || text.chars().any(char::is_control) {
        let rule = format!("{field} has 1 to {chars_max} characters");
        return Err(refuse(ErrorCode::NameInvalid, field, rule).with(most(chars_max)));
    }
    Ok(text.to_owned())
}

/// The zone asked for, or the machine's: `TZ`, else `/etc/timezone`, else UTC.
fn time_zone(asked: Option<&str>) -> Result<String, ApiError> {
    if let Some(zone) = asked {
        return match zone.parse::<chrono_tz::Tz>() {
            Ok(zone) => Ok(zone.name().to_owned()),
            Err(_) => {
                Err(refuse(ErrorCode::UnknownTimeZone, "time_zone", format!("{zone:?} is not an IANA time zone")))
            }
        };
    }
    let machine = std::env::var("TZ").ok().or_else(|| std::fs::read_to_string("/etc/timezone").ok());
    let zone = machine.and_then(|text| text.trim().parse::<chrono_tz::Tz>().ok()).unwrap_or(chrono_tz::UTC);
    Ok(zone.name().to_owned())
}
