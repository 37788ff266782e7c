//! Every planted fault must be caught, and the same seeds must hold without one.

use crate::faults::{Fault, all, plant};
use crate::world::World;

/// Plants each fault until a seed catches it; says whether each was caught.
pub fn run(seeds: u64) -> bool {
    let mut missed = 0_usize;
    let faults = all();
    for fault in &faults {
        let caught = (1..=seeds).find_map(|seed| {
            plant(Some(*fault));
            let ended = World::new(seed, false).run();
            plant(None);
            ended.err().map(|failure| (seed, failure))
        });
        let name = match fault {
            Fault::Engine(fault) => format!("engine {fault:?}"),
            Fault::Model(fault) => format!("model {fault:?}"),
        };
        match caught {
            Some((seed, failure)) => {
                let text: String = failure.to_string().chars().take(110).collect();
                println!("{name}: caught by seed {seed}: {text}");
            }
            None => {
                missed += 1;
                println!("FAILED: {name}: no seed of {seeds} caught it");
            }
        }
    }
    println!("{} passed, {missed} failed", faults.len() - missed);
    missed == 0
}
