//! The contract of the ports to other houses, over every port: whatever the other side does, an answer comes in time, is
//! true or flagged, and a service that is down is left alone.

use std::collections::BTreeMap;
use std::time::Duration;

use docket_central::api::ports::limits::{PORT_FAILURES_MAX, PORT_FURTHER_TRIES, PORT_PROBE_MS};
use docket_central::api::ports::{Due, Patience, PaymentLink, PortUrls, Ports, Said, Short, Unreached, Wanted};
use docket_domain::ids::{OrderId, ProductId, StoreId};
use docket_testkit::house::{self, Behaviour, StandIn};
use uuid::Uuid;

const STORE: StoreId = StoreId(Uuid::from_u128(0x57));
const PRODUCT: ProductId = ProductId(Uuid::from_u128(0x42));
/// Long enough for an answer on a busy machine, short enough to hang out.
const PATIENCE: Patience = Patience {
    one_try: Duration::from_millis(400),
    all_tries: Duration::from_millis(1_000),
    probe_after: Duration::from_secs(3_600),
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Port {
    Stock,
    Menu,
    Payment,
}

const PORTS: [Port; 3] = [Port::Stock, Port::Menu, Port::Payment];

impl Port {
    fn stand_in(self) -> StandIn {
        match self {
            Port::Stock => house::stock(BTreeMap::new()),
            Port::Menu => house::menu(Vec::new()),
            Port::Payment => house::payment(),
        }
    }

    fn lies(self) -> Vec<(&'static str, Vec<u8>)> {
        match self {
            Port::Stock => house::lies_of_stock(&PRODUCT.0.to_string()),
            Port::Menu => house::lies_of_menu(&PRODUCT.0.to_string()),
            Port::Payment => house::lies_of_payment(),
        }
    }

    fn open(self, url: &str, patience: Patience) -> Ports {
        let url = Some(url.to_owned());
        let urls = match self {
            Port::Stock => PortUrls { stock: url, ..PortUrls::default() },
            Port::Menu => PortUrls { menu: url, ..PortUrls::default() },
            Port::Payment => PortUrls { payment: url, ..PortUrls::default() },
        };
        Ports::open(&urls, patience).expect("an address")
    }

    /// Asks for one product, or the page for 25.00 EUR; says only whether and why not.
    async fn ask(self, ports: &Ports) -> Said<()> {
        match self {
            Port::Stock => silent(ports.stock().available(STORE, &[wanted(1)]).await),
            Port::Menu => silent(ports.menu().withdrawn(STORE, &[wanted(1)]).await),
            Port::Payment => silent(ports.payment().request(&due()).await),
        }
    }

    /// Requests of one call to a service that fails each time.
    fn tries(self) -> usize {
        if self == Port::Payment { 1 } else { 1 + PORT_FURTHER_TRIES }
    }
}

fn silent<T>(said: Said<T>) -> Said<()> {
    match said {
        Said::Off => Said::Off,
        Said::Answered(_) => Said::Answered(()),
        Said::Unreached(why) => Said::Unreached(why),
    }
}

fn wanted(quantity: u32) -> Wanted {
    Wanted { product: PRODUCT, quantity }
}

fn due() -> Due {
    let order = OrderId(Uuid::from_u128(7));
    Due { order, key: format!("{order}/25.00"), store: STORE, amount: "25.00".to_owned(), currency: "EUR".to_owned() }
}

#[tokio::test]
async fn a_port_without_an_address_is_off_and_flags_nothing() {
    let ports = Ports::open(&PortUrls::default(), Patience::default()).expect("nothing to open");
    for port in PORTS {
        let said = port.ask(&ports).await;
        assert_eq!((said.flag(), said), (None, Said::Off), "{port:?}");
    }
}

#[test]
fn what_is_no_web_address_is_refused_without_being_repeated() {
    for address in ["", "stock", "ftp://stock.example/", "http://", "postgres://user:secret@host/"] {
        let urls = PortUrls { stock: Some(address.to_owned()), ..PortUrls::default() };
        let fault = Ports::open(&urls, Patience::default()).err().map(|fault| fault.to_string());
        assert_eq!(fault.as_deref(), Some("the address of the stock service is no http or https address"));
    }
}

#[tokio::test]
async fn the_stock_names_what_is_short_by_its_place() {
    let other = ProductId(Uuid::from_u128(0x43));
    let stand_in = house::stock(BTreeMap::from([(PRODUCT.0.to_string(), 2)]));
    let ports = Port::Stock.open(&stand_in.url(), PATIENCE);
    let items = [Wanted { product: other, quantity: 999 }, wanted(2), wanted(3)];
    let said = ports.stock().available(STORE, &items).await;
    assert_eq!(said, Said::Answered(vec![Short { index: 2, left: 2 }]));
    let asked = stand_in.asked();
    let body: serde_json::Value = serde_json::from_slice(&asked[0].body).expect("JSON");
    assert_eq!(body["items"][2], serde_json::json!({ "product_id": PRODUCT.0, "quantity": 3 }));
    assert_eq!(body["store_id"], serde_json::json!(STORE.0));
}

#[tokio::test]
async fn the_menu_names_what_is_withdrawn_by_its_place() {
    let stand_in = house::menu(vec![PRODUCT.0.to_string()]);
    let ports = Port::Menu.open(&stand_in.url(), PATIENCE);
    let other = Wanted { product: ProductId(Uuid::from_u128(0x43)), quantity: 1 };
    assert_eq!(ports.menu().withdrawn(STORE, &[other, wanted(1)]).await, Said::Answered(vec![1]));
}

#[tokio::test]
async fn a_payment_page_is_asked_for_under_the_key_of_the_debt() {
    let stand_in = house::payment();
    let ports = Port::Payment.open(&stand_in.url(), PATIENCE);
    let order = due().order.0;
    let link = PaymentLink { reference: format!("pay-{order}"), url: format!("https://pay.example/{order}") };
    assert_eq!(ports.payment().request(&due()).await, Said::Answered(link));
    let asked = stand_in.asked();
    assert_eq!(asked[0].header("idempotency-key"), Some(due().key.as_str()));
}

#[tokio::test]
async fn a_service_that_hangs_is_not_waited_for_longer_than_the_limit() {
    for port in PORTS {
        let stand_in = port.stand_in();
        stand_in.behave(Behaviour::Hang);
        let ports = port.open(&stand_in.url(), PATIENCE);
        // Twice the limit is for a busy machine; a port without a limit would hang for ever.
        let said = tokio::time::timeout(PATIENCE.all_tries * 2, port.ask(&ports)).await;
        assert_eq!(said, Ok(Said::Unreached(Unreached::Late)), "{port:?}");
    }
}

#[tokio::test]
async fn questions_are_tried_again_and_acts_are_not() {
    for port in PORTS {
        for behaviour in [Behaviour::Fail(500), Behaviour::Fail(503), Behaviour::Fail(429), Behaviour::BreakOff] {
            let stand_in = port.stand_in();
            stand_in.behave(behaviour.clone());
            let said = port.ask(&port.open(&stand_in.url(), PATIENCE)).await;
            assert_eq!(said.flag(), Some(Unreached::Unreachable), "{port:?} {behaviour:?}");
            assert_eq!(stand_in.count(), port.tries(), "{port:?} {behaviour:?}");
        }
    }
}

#[tokio::test]
async fn nobody_there_is_unreachable() {
    for port in PORTS {
        let url = port.stand_in().url();
        let said = port.ask(&port.open(&url, PATIENCE)).await;
        assert_eq!(said, Said::Unreached(Unreached::Unreachable), "{port:?}");
    }
}

#[tokio::test]
async fn a_refusal_and_a_redirect_are_taken_once() {
    for port in PORTS {
        let elsewhere = port.stand_in();
        for behaviour in [Behaviour::Fail(400), Behaviour::Fail(404), Behaviour::Redirect(elsewhere.url())] {
            let stand_in = port.stand_in();
            stand_in.behave(behaviour.clone());
            let said = port.ask(&port.open(&stand_in.url(), PATIENCE)).await;
            assert_eq!(said, Said::Unreached(Unreached::Refused), "{port:?} {behaviour:?}");
            assert_eq!((stand_in.count(), elsewhere.count()), (1, 0), "{port:?} {behaviour:?}");
        }
    }
}

#[tokio::test]
async fn a_lie_is_not_believed() {
    for port in PORTS {
        for (name, lie) in port.lies() {
            let stand_in = port.stand_in();
            stand_in.behave(Behaviour::Lie(lie));
            let said = port.ask(&port.open(&stand_in.url(), PATIENCE)).await;
            assert_eq!(said, Said::Unreached(Unreached::Untrue), "{port:?}: {name}");
            assert_eq!(stand_in.count(), 1, "{port:?}: {name}");
        }
    }
}

#[tokio::test]
async fn five_failures_in_a_row_open_the_circuit_and_the_service_is_left_alone() {
    assert_eq!((PORT_FAILURES_MAX, PORT_PROBE_MS), (5, 30_000));
    for port in PORTS {
        let stand_in = port.stand_in();
        let ports = port.open(&stand_in.url(), PATIENCE);
        stand_in.behave(Behaviour::Fail(404));
        for _ in 1..PORT_FAILURES_MAX {
            assert_eq!(port.ask(&ports).await, Said::Unreached(Unreached::Refused), "{port:?}");
        }
        // A success between them begins the count anew.
        stand_in.behave(Behaviour::Answer);
        assert_eq!(port.ask(&ports).await, Said::Answered(()), "{port:?}");
        stand_in.behave(Behaviour::Fail(404));
        for _ in 0..PORT_FAILURES_MAX {
            assert_eq!(port.ask(&ports).await, Said::Unreached(Unreached::Refused), "{port:?}");
        }
        let before = stand_in.count();
        stand_in.behave(Behaviour::Answer);
        for _ in 0..20 {
            assert_eq!(port.ask(&ports).await, Said::Unreached(Unreached::OpenCircuit), "{port:?}");
        }
        assert_eq!(stand_in.count(), before, "{port:?}");
    }
}

#[tokio::test]
async fn one_call_probes_while_the_others_take_the_fallback() {
    for port in PORTS {
        let stand_in = port.stand_in();
        let patience = Patience { probe_after: Duration::ZERO, ..PATIENCE };
        let ports = port.open(&stand_in.url(), patience);
        stand_in.behave(Behaviour::Lie(b"no".to_vec()));
        for _ in 0..PORT_FAILURES_MAX {
            assert_eq!(port.ask(&ports).await, Said::Unreached(Unreached::Untrue), "{port:?}");
        }
        let before = stand_in.count();
        stand_in.behave(Behaviour::Hang);
        let probing = ports.clone();
        let probe = tokio::spawn(async move { port.ask(&probing).await });
        while stand_in.count() == before {
            tokio::task::yield_now().await;
        }
        assert_eq!(port.ask(&ports).await, Said::Unreached(Unreached::OpenCircuit), "{port:?}");
        stand_in.behave(Behaviour::Answer);
        assert_eq!(probe.await.expect("it ends"), Said::Answered(()), "{port:?}");
        assert_eq!(stand_in.count(), before + 1, "{port:?}");
        assert_eq!(port.ask(&ports).await, Said::Answered(()), "{port:?}: the circuit is closed again");
    }
}
