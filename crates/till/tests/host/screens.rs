//! The files of the screens.

use std::fs;

use docket_till::http::Bundle;
use docket_till::limits::Limits;
use tempfile::TempDir;

use crate::Running;

async fn with_screens() -> (TempDir, Running) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("outside.txt"), "secret").unwrap();
    let bundle = folder.path().join("dist");
    fs::create_dir_all(bundle.join("assets")).unwrap();
    fs::write(bundle.join("index.html"), "<title>till</title>").unwrap();
    fs::write(bundle.join("assets/app.js"), "let till;").unwrap();
    fs::write(bundle.join("assets/type.woff2"), b"wOF2").unwrap();
    let till = Running::with(Bundle::find(Some(bundle)).unwrap(), Limits::PRODUCT).await;
    (folder, till)
}

#[tokio::test]
async fn the_screens_need_no_token_and_are_narrowed_by_headers() {
    let (_folder, till) = with_screens().await;
    let page = till.stranger("GET", "/").send().await;
    assert_eq!((page.status, page.body.as_str()), (200, "<title>till</title>"));
    assert!(page.header("Content-Type").unwrap().starts_with("text/html"));
    let policy = page.header("Content-Security-Policy").unwrap();
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    for name in ["X-Content-Type-Options", "Referrer-Policy", "X-Frame-Options", "Cross-Origin-Opener-Policy"] {
        assert!(page.header(name).is_some(), "{name}");
    }
    let script = till.stranger("GET", "/assets/app.js").send().await;
    assert_eq!((script.status, script.body.as_str()), (200, "let till;"));
    assert!(script.header("Content-Type").unwrap().contains("javascript"));
    assert!(script.header("Cache-Control").unwrap().contains("immutable"));
}

#[tokio::test]
async fn type_comes_from_this_host_as_a_font() {
    let (_folder, till) = with_screens().await;
    let font = till.stranger("GET", "/assets/type.woff2").send().await;
    assert_eq!((font.status, font.body.as_str()), (200, "wOF2"));
    assert_eq!(font.header("Content-Type"), Some("font/woff2"));
    assert!(font.header("Cache-Control").unwrap().contains("immutable"));
    assert!(font.header("Content-Security-Policy").unwrap().contains("font-src 'self';"));
}

#[tokio::test]
async fn a_path_that_is_no_file_is_404_and_nothing_outside_is_served() {
    let (_folder, till) = with_screens().await;
    for path in [
        "/kitchen",
        "/assets",
        "/assets/",
        "/../outside.txt",
        "/%2e%2e/outside.txt",
        "/..%2foutside.txt",
        "//etc/passwd",
    ] {
        let answer = till.stranger("GET", path).send().await;
        assert_eq!(answer.status, 404, "{path}: {answer:?}");
        assert!(!answer.body.contains("secret"), "{path}");
    }
}

#[tokio::test]
async fn without_screens_the_page_says_how_to_build_them() {
    let till = Running::start().await;
    let page = till.stranger("GET", "/").send().await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("npm run build"));
    assert_eq!(till.stranger("GET", "/assets/app.js").send().await.status, 404);
}

#[test]
fn a_folder_without_a_page_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let error = Bundle::find(Some(folder.path().to_owned())).unwrap_err();
    assert_eq!(error.folder, folder.path());
}
