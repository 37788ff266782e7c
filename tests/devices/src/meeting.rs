//! The days of the three tills: they are founded, part, meet in every order, go on, and meet again.

use std::path::{Path, PathBuf};

use futures_util::{StreamExt as _, stream};
use tempfile::TempDir;

use crate::batches::shuffled;
use crate::fixture::{REFUNDS, SHOP, UNSEEN, path};
use crate::folder::Folder;
use crate::row::{Row, TILLS};
use crate::seen::Shown;
use crate::till::Till;
use crate::trade::play;

/// Seeds of the batches; each gives one device of its own.
const SEEDS: [u32; 3] = [1, 2, 3];

/// Devices that are looked at side by side; more than a small machine has cores would only wait for each other.
const LOOKED_AT: usize = 2;

/// Every order of three.
pub const ORDERS: [[usize; 3]; 6] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

/// What all devices show.
pub struct Meeting {
    /// After the tills had traded unlinked. A device for each order of exports, and one for each seed of batches.
    pub met: Vec<Shown>,
    /// How many deliveries of shuffled batches held something that came too early.
    pub refusals: usize,
    /// After they went on from there, again unlinked. The three tills, and a new device for each order of exports.
    pub settled: Vec<Shown>,
    /// Digests of `settled` after a rebuild.
    pub rebuilt: Vec<String>,
}

/// Folders of one meeting.
struct House {
    home: TempDir,
    tills: Vec<Folder>,
}

/// Plays all scripts through.
///
/// # Panics
/// If a till refuses what it must do.
pub async fn hold(rows: &[&Row]) -> Meeting {
    let mut house = House::founded(rows).await;
    house.part(rows, |row| row.unlinked).await;
    house.tills[2].learn(&[path(UNSEEN)]).await;
    let exports = house.exports("unlinked.jsonl").await;
    let (met, refusals) = house.meet(&exports, rows).await;

    house.exchange(&exports).await;
    house.part(rows, |row| row.met).await;
    house.tills[0].learn(&[path(REFUNDS)]).await;
    let exports = house.exports("settled.jsonl").await;
    house.exchange(&exports).await;
    let mut devices = house.tills.clone();
    for order in ORDERS {
        devices.push(Folder::founded(house.home.path(), &format!("new {order:?}"), &picked(&exports, &order)).await);
    }
    let settled = shown(&devices, rows).await;
    let rebuilt = stream::iter(&devices).map(Folder::rebuilt).buffered(LOOKED_AT).collect().await;
    Meeting { met, refusals, settled, rebuilt }
}

/// What each device shows.
async fn shown(devices: &[Folder], rows: &[&Row]) -> Vec<Shown> {
    stream::iter(devices).map(|device| Shown::by(device, rows)).buffered(LOOKED_AT).collect().await
}

fn picked(files: &[PathBuf], order: &[usize]) -> Vec<PathBuf> {
    order.iter().map(|index| files[*index].clone()).collect()
}

impl House {
    /// The first till joins the shop and opens the orders; the others join it and so know them.
    async fn founded(rows: &[&Row]) -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let first = Folder::founded(home.path(), TILLS[0], &[path(SHOP)]).await;
        let till = Till::serve(&first).await;
        for row in rows {
            play(&till, row, row.linked).await;
        }
        till.end().await;
        let mut known = vec![first.export("linked.jsonl").await];
        let mut tills = vec![first];
        for name in &TILLS[1..] {
            let till = Folder::founded(home.path(), name, &known).await;
            known.push(till.export("joined.jsonl").await);
            tills.push(till);
        }
        House { home, tills }
    }

    /// All are served at once and none hears of another.
    async fn part(&self, rows: &[&Row], acts: fn(&Row) -> [&'static [crate::row::Act]; 3]) {
        let mut running = Vec::new();
        for folder in &self.tills {
            running.push(Till::serve(folder).await);
        }
        for (number, till) in running.iter().enumerate() {
            for row in rows {
                play(till, row, acts(row)[number]).await;
            }
        }
        for till in running {
            till.end().await;
        }
    }

    async fn exports(&self, name: &str) -> Vec<PathBuf> {
        let mut exports = Vec::new();
        for folder in &self.tills {
            exports.push(folder.export(name).await);
        }
        exports
    }

    /// Each till takes the exports of the others, the one behind it first.
    async fn exchange(&mut self, exports: &[PathBuf]) {
        for number in 0..self.tills.len() {
            let others = [(number + 1) % 3, (number + 2) % 3];
            self.tills[number].learn(&picked(exports, &others)).await;
        }
    }

    /// The exports reach copies of the tills in all six orders, and as shuffled batches.
    async fn meet(&self, exports: &[PathBuf], rows: &[&Row]) -> (Vec<Shown>, usize) {
        let (mut devices, mut refusals) = (Vec::new(), 0);
        for order in ORDERS {
            let device = self.tills[order[0]].copied(&self.place("orders"), &format!("order {order:?}"));
            device.learn(&picked(exports, &order[1..])).await;
            devices.push(device);
        }
        for (seed, till) in SEEDS.into_iter().zip(&self.tills) {
            let device = till.copied(&self.place("batches"), &format!("batches {seed} at the {} till", till.name));
            let batches = shuffled(exports, &self.place("cut").join(seed.to_string()), seed);
            refusals += device.learn_piecemeal(&batches).await;
            devices.push(device);
        }
        (shown(&devices, rows).await, refusals)
    }

    fn place(&self, name: &str) -> PathBuf {
        Path::join(self.home.path(), name)
    }
}
