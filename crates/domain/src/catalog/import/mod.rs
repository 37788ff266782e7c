//! The menu importer: from a menu in JSON to a catalogue and a report, or to faults.
//!
//! It takes one menu object, or `{"menus":[…]}` and the id of one. It is pure and total: whatever the text, it
//! returns. Nothing in a menu is dropped in silence: a field becomes part of the catalogue, or stands in the report
//! as noted or unknown; a value that can't be taken over as it is, is a fault with its place, and then nothing is
//! imported.

mod allergens;
mod combos;
mod fault;
mod fields;
mod findings;
mod groups;
mod items;
mod json;
mod menu;
mod place;
mod report;
mod taxes;
mod words;

pub use fault::{ImportFault, ImportProblem};
pub use report::{ImportCounts, ImportNote, ImportReport};
pub use words::{MenuContradiction, MenuShape, MenuThing, MenuUnit};

use self::fields::Fields;
use self::findings::{Findings, quoted, some_of};
use self::json::Json;
use self::menu::read_menu;
use self::place::Place;
use super::limits::{MAX_MENU_BYTES, MAX_MENUS_PER_FILE};
use super::{Catalogue, CatalogueContent};

/// Fields of a file with several menus that only inform.
const FILE_INFORMATIONAL: &[&str] = &["about", "counts", "certainty", "how_to_run"];

/// Imports a menu: the object itself, or the one called `menu_id` in `{"menus":[…]}`. Where the file has one menu, it
/// need not be named. The catalogue has version 1 and the default policy: rounding per line, half up, and the net
/// takes the rest of an included price.
///
/// # Errors
/// Up to fifty [`ImportFault`]s, each with its place; nothing is imported then.
pub fn import_menu(json: &str, menu_id: Option<&str>) -> Result<(Catalogue, ImportReport), Vec<ImportFault>> {
    if json.len() > MAX_MENU_BYTES {
        return Err(vec![ImportFault { place: String::new(), problem: ImportProblem::FileTooLarge }]);
    }
    let file = Json::parse(json).map_err(|error| vec![not_json(&error)])?;
    let mut findings = Findings::default();
    let content = find_and_read(&file, menu_id, &mut findings);
    let Some(content) = content.filter(|_| findings.faults.is_empty()) else {
        return Err(findings.faults);
    };
    let header = &content.header;
    let (menu_id, menu_name, currency) = (header.menu_id.clone(), header.name.clone(), header.currency);
    let catalogue = Catalogue::try_new(content)
        .map_err(|error| vec![ImportFault { place: "items".to_owned(), problem: error.into() }])?;
    let Findings { notes, unknown_fields, noted_fields, counts, .. } = findings;
    Ok((catalogue, ImportReport { menu_id, menu_name, currency, counts, notes, unknown_fields, noted_fields }))
}

fn not_json(error: &serde_json::Error) -> ImportFault {
    // The message ends in the place, which stands in front already.
    let message = error.to_string();
    let message = message.split(" at line ").next().unwrap_or_default().to_owned();
    let place = format!("line {}, column {}", error.line(), error.column());
    ImportFault { place, problem: ImportProblem::NotJson { message } }
}

/// Finds the menu that is meant, and reads it.
fn find_and_read(file: &Json, menu_id: Option<&str>, findings: &mut Findings) -> Option<CatalogueContent> {
    let root = Place::Root;
    let mut fields = Fields::open(file, &root, findings)?;
    if fields.take("menus").is_none() {
        let own = fields.take("id");
        if let (Some(wanted), Some(Json::Text(id))) = (menu_id, own)
            && wanted != id
        {
            let problem = ImportProblem::UnknownMenu { id: quoted(wanted), ids: quoted(id) };
            findings.fault(&root, problem);
            return None;
        }
        return read_menu(fields, findings);
    }
    let menus = fields.list("menus", MAX_MENUS_PER_FILE, findings)?;
    fields.finish(FILE_INFORMATIONAL, findings);
    let list = root.field("menus");
    let ids = menus.iter().map(id_of).collect::<Vec<_>>();
    let named = || some_of(&ids.iter().copied().flatten().collect::<Vec<_>>());
    let place = match (menu_id, menus.len()) {
        (_, 0) => Err(ImportProblem::Empty),
        (None, 1) => Ok(0),
        (None, _) => Err(ImportProblem::SeveralMenus { ids: named() }),
        (Some(wanted), _) => {
            let mut found = ids.iter().enumerate().filter(|(_, id)| **id == Some(wanted));
            match (found.next(), found.next()) {
                (Some((place, _)), None) => Ok(place),
                (Some(_), Some(_)) => Err(ImportProblem::Duplicate { kind: MenuThing::Menu, id: quoted(wanted) }),
                (None, _) => Err(ImportProblem::UnknownMenu { id: quoted(wanted), ids: named() }),
            }
        }
    };
    match place {
        Ok(place) => {
            let here = list.index(place);
            read_menu(Fields::open(&menus[place], &here, findings)?, findings)
        }
        Err(problem) => {
            findings.fault(&list, problem);
            None
        }
    }
}

fn id_of(menu: &Json) -> Option<&str> {
    let Json::Object(fields) = menu else { return None };
    fields.iter().find_map(|(name, value)| match value {
        Json::Text(id) if name == "id" => Some(id.as_str()),
        _ => None,
    })
}
