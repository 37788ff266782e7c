//! What the program says when it starts, and when it can't.

use docket_desktop_tests::{App, Program, Shop};
use rustix::process::Signal;

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[tokio::test]
async fn a_wrong_command_line_is_said_in_one_line() {
    for (wrong, said) in [
        (&["--colour"][..], "docket: there is no option '--colour'; see docket --help\n"),
        (&["--data"], "docket: --data needs a folder behind it; see docket --help\n"),
        (&["--witness="], "docket: --witness needs a folder behind it; see docket --help\n"),
        (&["--demo=yes"], "docket: --demo takes no value; see docket --help\n"),
        (&["till.db"], "docket: there is no option 'till.db'; see docket --help\n"),
    ] {
        let ended = Program::start(&words(wrong), &[]).end().await;
        assert_eq!((ended.code, ended.err.as_str(), ended.out.as_str()), (Some(2), said, ""), "{wrong:?}");
    }
}

#[tokio::test]
async fn help_names_every_option_and_opens_no_window() {
    let ended = Program::start(&words(&["--help"]), &[("DISPLAY", "")]).end().await;
    assert_eq!(ended.code, Some(0));
    for option in ["--data", "--witness", "--demo", "--kitchen", "--version"] {
        assert!(ended.out.contains(option), "{option} is missing in the help");
    }
    let ended = Program::start(&words(&["--version"]), &[]).end().await;
    assert_eq!(ended.out, concat!("docket ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[tokio::test]
async fn without_a_window_system_it_says_so_and_makes_no_store() {
    let shop = Shop::demo();
    let ended = Program::start(&shop.words(), &[("DISPLAY", ""), ("WAYLAND_DISPLAY", "")]).end().await;
    assert_eq!(ended.code, Some(1));
    assert!(ended.err.starts_with("docket: bad_input: DISPLAY: there is no window system"), "{}", ended.err);
    assert_eq!(ended.err.lines().count(), 1, "{}", ended.err);
    assert!(!shop.data().exists());
}

#[tokio::test]
async fn a_store_that_another_process_has_is_refused_and_left_alone() {
    let shop = Shop::demo();
    let mut first = Program::start(&shop.words(), &[]);
    first.line().await;
    let second = Program::start(&shop.words(), &[]).end().await;
    assert_eq!(second.code, Some(1));
    let last = second.err.lines().last().unwrap_or_default();
    assert!(last.starts_with("docket: store_locked: data: another Docket process"), "{}", second.err);
    assert_eq!(second.out, "");
    first.tell(Signal::TERM);
    assert_eq!(first.end().await.code, Some(0));
}

#[tokio::test]
async fn ctrl_c_and_sigterm_and_a_closed_terminal_leave_the_store_closed() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let shop = Shop::demo();
        let mut program = Program::start(&shop.words(), &[]);
        for _ in 0..3 {
            program.line().await;
        }
        // Told as soon as its store is open: the windows may not be there yet.
        program.tell(signal);
        let ended = program.end().await;
        assert_eq!(ended.code, Some(0), "{signal:?}: {}", ended.err);
        assert!(shop.is_closed(), "{signal:?} left a write-ahead log");
    }
}

#[tokio::test]
async fn the_demo_shop_prints_three_pins_and_prints_them_again() {
    let shop = Shop::demo();
    let mut starts = Vec::new();
    for _ in 0..2 {
        let mut program = Program::start(&shop.words(), &[]);
        let mut lines = Vec::new();
        for _ in 0..3 {
            lines.push(program.line().await);
        }
        program.tell(Signal::TERM);
        assert_eq!(program.end().await.code, Some(0));
        starts.push(lines);
    }
    for (role, line) in ["manager", "cashier", "kitchen"].iter().zip(&starts[0]) {
        assert!(line.contains(&format!("({role}) signs in with ")), "{line}");
    }
    assert_eq!(starts[0], starts[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_folder_leads_to_the_first_start_page_and_from_there_to_a_till() {
    let shop = Shop::empty();
    let app = App::start(&shop, &[]).await;
    let till = app.window("").await;
    till.fill("setup-shop-name", "Zum Anker").await;
    till.tap("currency-EUR", None).await;
    till.tap("setup-next", None).await;
    till.tap("setup-next", None).await;
    till.fill("setup-manager", "Ida").await;
    till.fill("setup-pin", "4711").await;
    till.fill("setup-pin-again", "4711").await;
    till.picture("first-start").await;
    till.tap("setup-submit", None).await;
    till.sees("person-name", "Ida").await;
    till.sees("search", "").await;
    app.end().await;
    assert!(shop.is_closed());
}
