//! One shop's folders, made once through the till itself and copied for every seed: a founding till and four that
//! joined it.

use std::path::{Path, PathBuf};

use docket_domain::staff::Role;
use docket_terminal::join::ShopFound;
use docket_terminal::simulated::Virtual;
use docket_terminal::{OpenOptions, Terminal};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::folder;

/// Tills of the shop at most.
pub const DEVICES_MAX: usize = 5;
/// When the shop was founded: 2026-03-02 09:00 UTC.
pub const FOUNDED_MS: i64 = 1_772_442_000_000;
/// The data folder inside a device's folder.
pub const DATA: &str = "data";
/// The witness's folder inside a device's folder.
pub const WITNESS: &str = "witness";

const MENU: &str = "menu.json";

/// The folders, and what the shop sells.
pub struct Template {
    root: PathBuf,
    /// What may be ordered: inputs of a line without id and quantity.
    pub menu: Vec<Value>,
}

impl Template {
    /// Reads a template that [`make`] left.
    pub fn load(root: &Path) -> Result<Self, Failure> {
        let text = std::fs::read_to_string(root.join(MENU))?;
        let menu = serde_json::from_str(&text).map_err(|_| Failure::Answer("menu"))?;
        Ok(Template { root: root.to_owned(), menu })
    }

    /// Copies a device's folder.
    pub fn unpack(&self, device: usize, to: &Path) -> Result<(), Failure> {
        Ok(folder::copy(&self.root.join(device.to_string()), to)?)
    }
}

/// The options of a device whose folder this is.
pub fn options(home: &Path) -> OpenOptions {
    OpenOptions { data: home.join(DATA), witness: Some(home.join(WITNESS)), demo: false }
}

/// Makes the folders.
pub async fn make(root: &Path) -> Result<Template, Failure> {
    Virtual::set(FOUNDED_MS);
    Virtual::seed(1);
    let home = root.join("0");
    keys(&home, 0)?;
    let founder = Terminal::open(OpenOptions { demo: true, ..options(&home) }).await.map_err(Failure::till("found"))?;
    let menu = menu(&founder).await?;
    founder.close().await;
    for device in 1..DEVICES_MAX {
        join(root, device).await?;
    }
    let text = serde_json::to_string(&menu).expect("JSON is written as JSON");
    std::fs::write(root.join(MENU), text)?;
    Ok(Template { root: root.to_owned(), menu })
}

/// Keys that every run of the program makes alike, put where the till would make its own.
fn keys(home: &Path, device: usize) -> Result<(), Failure> {
    let data = home.join(DATA);
    std::fs::create_dir_all(&data)?;
    let number = u8::try_from(device).expect("there are few devices");
    std::fs::write(data.join("device.key"), [number + 1; 32])?;
    std::fs::write(data.join("store.secret"), [number + 101; 32])?;
    Ok(())
}

/// A further till: an empty folder that joins the shop by what the tills before it exported.
async fn join(root: &Path, device: usize) -> Result<(), Failure> {
    let home = root.join(device.to_string());
    keys(&home, device)?;
    let mut exports = Vec::new();
    for earlier in 0..device {
        let data = root.join(earlier.to_string()).join(DATA);
        docket_terminal::export::export(&data, &mut exports).map_err(Failure::till("an export"))?;
    }
    let mut shop = ShopFound::default();
    shop.survey(&exports[..]).map_err(Failure::till("a survey"))?;
    docket_terminal::join::found(&options(&home), &shop).await.map_err(Failure::till("a join"))?;
    let till = Terminal::open(options(&home)).await.map_err(Failure::till("a start"))?;
    till.import_log(&exports[..]).await.map_err(Failure::till("the first import"))?;
    till.close().await;
    Ok(())
}

/// Every product in a way that may be ordered, with the modifiers it must have and once with one it may have.
async fn menu(till: &Terminal) -> Result<Vec<Value>, Failure> {
    let session = till.open_session(Role::Manager, "till");
    let ask = async |name: &str, input: Value| till.query(session, name, input).await.map_err(Failure::till(name));
    let page = ask("products", json!({ "limit": 40 })).await?;
    let mut menu = Vec::new();
    for product in page["rows"].as_array().ok_or(Failure::Answer("rows"))? {
        let id = &product["product_id"];
        let detail = ask("product", json!({ "product_id": id })).await?;
        let groups = detail["groups"].as_array().ok_or(Failure::Answer("groups"))?;
        let choose = |group: &Value, option: &Value| json!({ "group_id": group["id"], "option_id": option["id"] });
        let mut forced = Vec::new();
        for group in groups {
            let options = group["options"].as_array().ok_or(Failure::Answer("options"))?;
            let count = usize::try_from(group["min"].as_u64().unwrap_or(0)).expect("a small number");
            forced.extend(options.iter().take(count).map(|option| choose(group, option)));
        }
        let open_price = if product["asks"] == true && product["price"].is_null() && product["from_price"].is_null() {
            json!("7.50")
        } else {
            Value::Null
        };
        menu.push(json!({ "product_id": id, "modifiers": forced, "open_price": open_price }));
        let free = groups.iter().find(|group| group["min"] == 0);
        if let Some((group, option)) = free.and_then(|group| Some((group, group["options"].get(0)?))) {
            let mut chosen = forced;
            chosen.push(choose(group, option));
            menu.push(json!({ "product_id": id, "modifiers": chosen, "open_price": open_price }));
        }
    }
    Ok(menu)
}
