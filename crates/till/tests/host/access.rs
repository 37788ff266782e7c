//! Who is let in.

use crate::Running;

fn refused(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

#[tokio::test]
async fn nothing_below_api_is_said_without_the_token() {
    let till = Running::start().await;
    for (method, path) in [
        ("GET", "/api/queries/shop"),
        ("GET", "/api/changes"),
        ("POST", "/api/commands/sign_in"),
        ("GET", "/api/nothing"),
        ("GET", "/api"),
        ("DELETE", "/api/queries/shop"),
    ] {
        let answer = till.stranger(method, path).send().await;
        assert_eq!(answer.problem(), refused(401, "token_required"), "{method} {path}");
        assert_eq!(answer.header("WWW-Authenticate"), Some("Bearer"));
        let wrong = till.stranger(method, path).header("Authorization", "Bearer 00ff").send().await;
        assert_eq!(wrong.problem(), refused(401, "token_required"), "{method} {path}");
    }
    assert!(till.host.calls().is_empty());
}

#[tokio::test]
async fn the_token_opens_the_api() {
    let till = Running::start().await;
    assert_eq!(till.request("GET", "/api/queries/shop").send().await.status, 200);
}

#[tokio::test]
async fn a_host_of_another_name_is_refused_everywhere() {
    let till = Running::start().await;
    let other_port = format!("127.0.0.1:{}", till.port.wrapping_add(1));
    for host in [Some("evil.example"), Some("127.0.0.1"), Some(other_port.as_str()), Some(""), None] {
        for path in ["/", "/api/queries/shop"] {
            let answer = till.request("GET", path).host(host).send().await;
            assert_eq!(answer.problem(), refused(403, "host_not_allowed"), "{host:?} {path}");
        }
    }
    let twice = till.request("GET", "/").header("Host", "evil.example").send().await;
    assert!(twice.status == 400 || twice.status == 403, "{twice:?}");
    let localhost = format!("localhost:{}", till.port);
    assert_eq!(till.request("GET", "/api/queries/shop").host(Some(&localhost)).send().await.status, 200);
}

#[tokio::test]
async fn another_origin_is_refused_and_the_own_one_is_not() {
    let till = Running::start().await;
    for origin in ["http://evil.example", "null", "http://127.0.0.1", "https://127.0.0.1:1"] {
        let answer = till.command("rebuild", "{}").header("Origin", origin).send().await;
        assert_eq!(answer.problem(), refused(403, "origin_not_allowed"), "{origin}");
    }
    let own = format!("http://127.0.0.1:{}", till.port);
    assert_eq!(till.request("GET", "/api/queries/shop").header("Origin", &own).send().await.status, 200);
    // Same machine, but the page came from the other spelling: another origin to a browser, and to us.
    let localhost = format!("http://localhost:{}", till.port);
    assert_eq!(till.request("GET", "/api/queries/shop").header("Origin", &localhost).send().await.status, 403);
}

#[tokio::test]
async fn the_printed_address_gives_one_cookie_once() {
    let till = Running::start().await;
    let path = till.one_time_path();
    assert!(path.starts_with("/?token="));

    let looked_at = till.stranger("HEAD", &path).send().await;
    assert_eq!(looked_at.header("Set-Cookie"), None);
    let wrong = till.stranger("GET", "/?token=00").send().await;
    assert_eq!((wrong.status, wrong.header("Set-Cookie")), (401, None));

    let traded = till.stranger("GET", &path).send().await;
    assert_eq!((traded.status, traded.header("Location")), (303, Some("/")));
    let cookie = traded.header("Set-Cookie").unwrap().to_owned();
    for attribute in ["; HttpOnly", "; SameSite=Strict", "; Path=/"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    assert!(!cookie.contains("Domain"));
    assert!(!cookie.contains(&till.token), "the cookie and the token of programs are two secrets");

    let again = till.stranger("GET", &path).send().await;
    assert_eq!((again.status, again.header("Set-Cookie")), (401, None));

    let pair = cookie.split(';').next().unwrap();
    let call = till.stranger("GET", "/api/queries/shop").header("Cookie", &format!("other=1; {pair}")).send().await;
    assert_eq!(call.status, 200);
    let back = till.stranger("GET", &path).header("Cookie", pair).send().await;
    assert_eq!((back.status, back.header("Location")), (303, Some("/")));
}

#[tokio::test]
async fn a_cookie_of_another_start_or_name_opens_nothing() {
    let (till, other) = (Running::start().await, Running::start().await);
    let traded = other.stranger("GET", &other.one_time_path()).send().await;
    let foreign = traded.header("Set-Cookie").unwrap().split(';').next().unwrap().to_owned();
    let (_, value) = foreign.split_once('=').unwrap();
    for cookie in [foreign.clone(), format!("docket_{}={value}", till.port), format!("docket_{}=", till.port)] {
        let answer = till.stranger("GET", "/api/queries/shop").header("Cookie", &cookie).send().await;
        assert_eq!(answer.problem(), refused(401, "token_required"), "{cookie}");
    }
}
