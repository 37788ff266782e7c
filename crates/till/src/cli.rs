//! The command line: what can be asked of this program, and its help.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::logging::LogFormat;

const EXIT_CODES: &str = "\
Exit codes:
  0  done; nothing at fault
  1  the input or the store is at fault, the act was refused, or it could not be done;
     standard error says which, as one line with code, field and rule
  2  the command line itself is wrong

The log goes to standard error. DOCKET_LOG sets how much of it, such as DOCKET_LOG=debug.";

const SERVE_HELP: &str = "\
Serves the till on 127.0.0.1 until Ctrl-C or SIGTERM: the screens at /, the API below /api (docs/HTTP.md).

When it is ready it prints one line of JSON on standard output:

  {\"ready\":true,\"url\":\"…\",\"token\":\"…\",\"port\":PORT,\"pid\":PID,\"demo_pins\":[…]}

Open `url` in a browser; it works once and leaves a cookie. Programs send `Authorization: Bearer` with `token`.

Examples:
  docket-till serve --demo
  docket-till serve --port 8080 --data /srv/till";

const PRICE_HELP: &str = "\
Prints the totals of an order as JSON, by the same rules as the till. An array of orders prints an array. \
A faulty order prints {\"error\":{\"code\",\"field\",\"rule\"}}, and the exit code is 1. Opens no store.

Examples:
  docket-till price order.json
  echo '{\"currency\":{\"code\":\"EUR\"},\"lines\":[{\"unit_price\":\"3.80\",\"qty\":\"2\"}]}' | docket-till price -";

const IMPORT_HELP: &str = "\
Replaces the catalogue with a menu file: one menu object, or {\"menus\":[…]} with --menu ID. \
In an empty folder it makes the shop with the menu's currency. Prints what was imported and every field that it \
does not know. A fault names field and place, imports nothing, and the exit code is 1.

Examples:
  docket-till import-menu menu.json
  docket-till import-menu menus.json --menu corner-cafe --data /srv/till";

const IMPORT_LOG_HELP: &str = "\
Takes in what other devices of the same shop have exported. Every hash and signature is checked; a row that fails is \
refused and named, what came before it in its log stays, and other logs go on. Files and batches may come in any order, \
and again: what is held already changes nothing. Two histories of one log are both kept, and the manager is told.

In an empty folder it makes a further device of that shop, with a key, a letter and a receipt series of its own, and \
prints a manager's PIN once. PINs and personal texts never leave their device: a guest's name shows as sealed here. \
The exit code is 1 where anything was refused.

Examples:
  docket-till import-log bar.jsonl terrace.jsonl --data /srv/till
  docket-till export --data /srv/bar | docket-till import-log - --data /srv/till";

const VERIFY_HELP: &str = "\
Checks every log of the store: gaps, hashes, signatures, heads, predecessors, the run witness. Changes nothing. \
Prints what is wrong, the first bad row first; the exit code is then 1.

Example:
  docket-till verify --data /srv/till";

const PROVE_HELP: &str = "\
Prints what this till holds of a business day: rows and the sum of their hashes for each of its own logs, money, and \
how much head office has not confirmed. With --statement it also holds a signed statement of head office against that, \
and checks the signature with the key that the till was given when it was enrolled; the exit code is 1 where they \
differ. Changes nothing.

Examples:
  docket-till prove 2026-11-21
  docket-central prove STORE 2026-11-21 --json > day.json; docket-till prove 2026-11-21 --statement day.json";

const REBUILD_HELP: &str = "\
Makes every read model anew from the log and prints their digest before and after. Equal digests mean that the \
screens showed what the log says; the exit code is 1 where they differ.

Example:
  docket-till rebuild --data /srv/till";

const EXPORT_HELP: &str = "\
Writes orders and events as JSON Lines. Every hashed column of an event is written unchanged, so that a stranger can \
check hashes and signatures (docs/LOG.md). Changes nothing.

Examples:
  docket-till export > till.jsonl
  docket-till export --out till.jsonl --data /srv/till";

const PLAY_HELP: &str = "\
Sells N orders of plausible days through the real commands. In an empty folder it sets up the demo shop first. \
The same seed sells the same orders. With --bulk many orders share a transaction: the rows are the same, but a cut \
then takes all orders of the last transaction, and nobody else is served meanwhile.

Examples:
  docket-till play --orders 200 --seed 7 --data /tmp/till
  docket-till play --orders 100000 --bulk --data /tmp/till";

const ENROL_HELP: &str = "\
Makes this till one of head office: a one-time code, which head office gives (docket-central code), and the till's own \
key. The till goes on under a new log; its store becomes a store of head office, or is one already. A till that has sold \
nothing may join another store; one that has sold is refused by such a code, and says what to do.

What is sold without a connection waits and goes up once there is one. `serve` connects by itself from then on.

Examples:
  docket-till enrol --central https://office.example:8443 --code 7K2M-9QXR --ca office.pem
  docket-till enrol --central http://127.0.0.1:8443 --plain --code 7K2M-9QXR --data /srv/till";

/// `docket-till`.
#[derive(Debug, Parser)]
#[command(name = "docket-till", version, about = "The Docket till over HTTP on this machine, and its tools")]
#[command(after_help = EXIT_CODES, arg_required_else_help = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub tool: Tool,
    /// Options that every tool takes.
    #[command(flatten)]
    pub common: Common,
}

/// Options that every tool takes.
#[derive(Debug, Clone, Args)]
pub struct Common {
    /// Folder of the store; the platform's data folder if left out
    #[arg(long, global = true, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Folder of the run witness, which lies outside the store so that a restored copy is noticed; the platform's
    /// state folder if left out
    #[arg(long, global = true, value_name = "DIR")]
    pub witness: Option<PathBuf>,
    /// How a line of the log looks
    #[arg(long, global = true, value_enum, default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,
}

/// The tools.
#[derive(Debug, Subcommand)]
pub enum Tool {
    /// Serve the till over HTTP on this machine
    #[command(long_about = SERVE_HELP)]
    Serve(Serve),
    /// Print the totals of an order, by the till's own rules
    #[command(long_about = PRICE_HELP)]
    Price {
        /// File with one order or an array of orders, `-` for standard input
        file: PathBuf,
    },
    /// Replace the catalogue with a menu file
    #[command(long_about = IMPORT_HELP)]
    ImportMenu {
        /// File with one menu object or `{"menus":[…]}`
        file: PathBuf,
        /// Which menu, where the file holds several
        #[arg(long = "menu", value_name = "ID")]
        menu_id: Option<String>,
    },
    /// Take in exports of other devices of the same shop
    #[command(long_about = IMPORT_LOG_HELP)]
    ImportLog {
        /// Exports, `-` for standard input
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Make this till one of head office
    #[command(long_about = ENROL_HELP)]
    Enrol(Enrol),
    /// Check every log: gaps, hashes, signatures, heads, witness
    #[command(long_about = VERIFY_HELP)]
    Verify,
    /// Print what this till holds of a day, and compare it with a statement of head office
    #[command(long_about = PROVE_HELP)]
    Prove {
        /// The business day: 2026-11-21 or 20261121
        #[arg(value_name = "DAY", value_parser = crate::tool::prove::parse_day)]
        day: i32,
        /// File with a signed statement, as `docket-central prove --json` prints it
        #[arg(long, value_name = "FILE")]
        statement: Option<PathBuf>,
    },
    /// Make every read model anew from the log
    #[command(long_about = REBUILD_HELP)]
    Rebuild,
    /// Write orders and events as JSON Lines
    #[command(long_about = EXPORT_HELP)]
    Export {
        /// File to write; standard output if left out
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Sell orders of plausible days
    #[command(long_about = PLAY_HELP)]
    Play {
        /// How many orders
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
        orders: u64,
        /// What the orders follow from
        #[arg(long, value_name = "S", default_value_t = 1)]
        seed: u64,
        /// Many orders a transaction: the same rows, much sooner
        #[arg(long)]
        bulk: bool,
    },
}

/// Options of `enrol`.
#[derive(Debug, Args)]
pub struct Enrol {
    /// Address of head office, https://NAME[:PORT]
    #[arg(long, value_name = "URL")]
    pub central: String,
    /// The one-time code
    #[arg(long, value_name = "CODE")]
    pub code: String,
    /// Certificates that head office must be vouched for by, as PEM; the system's own if left out
    #[arg(long, value_name = "FILE")]
    pub ca: Option<PathBuf>,
    /// Speak without TLS to an http:// address of this machine itself
    #[arg(long)]
    pub plain: bool,
}

/// Options of `serve`.
#[derive(Debug, Args)]
pub struct Serve {
    /// Port on 127.0.0.1; 0 takes a free one
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub port: u16,
    /// Set up a demo shop where the folder is empty, and print its PINs
    #[arg(long)]
    pub demo: bool,
    /// Folder of the built screens; `ui` next to the program, or the workspace's `ui/dist`, if left out
    #[arg(long, value_name = "DIR")]
    pub ui: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_tool_takes_a_data_folder_before_or_after_its_name() {
        for words in [
            vec!["serve"],
            vec!["price", "-"],
            vec!["import-menu", "menu.json"],
            vec!["import-log", "a.jsonl", "b.jsonl"],
            vec!["verify"],
            vec!["prove", "2026-11-21"],
            vec!["enrol", "--central", "https://office.example", "--code", "x"],
            vec!["rebuild"],
            vec!["export"],
            vec!["play", "--orders", "3"],
        ] {
            let after = [&["docket-till"], &words[..], &["--data", "here"]].concat();
            let before = [&["docket-till", "--data", "here"], &words[..]].concat();
            for line in [after, before] {
                let cli = Cli::try_parse_from(&line).unwrap();
                assert_eq!(cli.common.data, Some(PathBuf::from("here")), "{line:?}");
            }
        }
    }
}
