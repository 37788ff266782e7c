//! What ends the program, and what doesn't.

use docket_desktop_tests::{Program, Screen, Shop, until};

#[tokio::test]
async fn the_program_ends_with_the_tills_window_and_not_with_the_kitchens() {
    let (shop, screen) = (Shop::demo(), Screen::open());
    let shown = async |title: &str, wanted: bool| {
        until(&format!("'{title}' shown: {wanted}"), async || match screen.shows(title) == wanted {
            true => Ok(()),
            false => Err(format!("shown: {}", !wanted)),
        })
        .await;
    };
    let mut words = shop.words();
    words.push("--kitchen".to_owned());
    let program = Program::start(&words, &[]);
    shown("Docket", true).await;
    shown("Docket · Kitchen", true).await;
    screen.close("Docket · Kitchen");
    shown("Docket · Kitchen", false).await;
    assert!(screen.shows("Docket"), "the till stays");
    screen.close("Docket");
    let ended = program.end().await;
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    assert!(shop.is_closed(), "the write-ahead log must be folded in at the end");
}

#[tokio::test]
async fn the_tills_window_takes_the_kitchens_with_it() {
    let (shop, screen) = (Shop::demo(), Screen::open());
    let mut words = shop.words();
    words.push("--kitchen".to_owned());
    let program = Program::start(&words, &[]);
    for title in ["Docket", "Docket · Kitchen"] {
        until(title, async || screen.shows(title).then_some(()).ok_or_else(|| "no such window".to_owned())).await;
    }
    screen.close("Docket");
    assert_eq!(program.end().await.code, Some(0));
    assert!(!screen.shows("Docket · Kitchen"));
    assert!(shop.is_closed());
}
