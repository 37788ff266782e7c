use uuid::Uuid;

use super::limits::EMAIL_COOL_DOWN_MS;
use super::*;
use crate::ids::SubjectId;

const NOW_MS: i64 = 1_772_364_600_000;

fn person() -> Person {
    Person {
        name: Name::try_new("Ana Sá").expect("a name"),
        email: Email::try_new("ana@Example.org").expect("an address"),
        phone: Some(Phone::try_new("+493012345678").expect("a number")),
        addresses: Addresses::try_new(vec![home()]).expect("addresses"),
    }
}

fn home() -> Address {
    Address {
        label: Some("home".to_owned()),
        lines: vec!["Gasse 1".to_owned()],
        city: "Berlin".to_owned(),
        postal_code: Some("10115".to_owned()),
        country: "DE".to_owned(),
    }
}

fn after(commands: Vec<CustomerCommand>) -> Option<Customer> {
    commands.into_iter().fold(None, |customer, command| {
        let event = decide(customer.as_ref(), command, NOW_MS).expect("it is allowed");
        event.map_or(customer.clone(), |event| Some(Customer::evolve(customer, SubjectId(Uuid::from_u128(1)), event)))
    })
}

fn refused(commands: Vec<CustomerCommand>, last: CustomerCommand, now_ms: i64) -> CustomerRejection {
    decide(after(commands).as_ref(), last, now_ms).expect_err("it is refused")
}

fn email(text: &str) -> Email {
    Email::try_new(text).expect("an address")
}

#[test]
fn a_registered_customer_is_active_and_each_event_raises_its_version() {
    let customer = after(vec![
        CustomerCommand::Register(person()),
        CustomerCommand::Change { name: None, phone: Some(None), addresses: None },
        CustomerCommand::Deactivate,
    ])
    .expect("it is there");
    assert_eq!((customer.version, customer.active), (3, false));
    let person = customer.person.expect("a person");
    assert_eq!((person.name.as_str(), person.phone), ("Ana Sá", None));
    assert_eq!(person.email.as_str(), "ana@example.org");
}

#[test]
fn what_is_so_already_makes_no_event() {
    let customer = after(vec![CustomerCommand::Register(person())]);
    let same = [
        CustomerCommand::Activate,
        CustomerCommand::ChangeEmail(email("ana@example.org")),
        CustomerCommand::Change { name: Some(person().name), phone: None, addresses: Some(person().addresses) },
    ];
    for command in same {
        assert_eq!(decide(customer.as_ref(), command, NOW_MS), Ok(None));
    }
}

#[test]
fn an_email_address_changes_once_in_24_hours() {
    let changed = vec![CustomerCommand::Register(person()), CustomerCommand::ChangeEmail(email("b@example.org"))];
    let again_ms = NOW_MS + EMAIL_COOL_DOWN_MS;
    let next = CustomerCommand::ChangeEmail(email("c@example.org"));
    let rejection = refused(changed.clone(), next.clone(), again_ms - 1);
    assert_eq!(rejection, CustomerRejection::EmailChangedLately { again_ms });
    assert!(decide(after(changed).as_ref(), next, again_ms).is_ok_and(|event| event.is_some()));
}

#[test]
fn nothing_is_done_to_a_customer_that_is_not_there_or_was_erased() {
    let all = || {
        [
            CustomerCommand::Change { name: None, phone: None, addresses: None },
            CustomerCommand::ChangeEmail(email("b@example.org")),
            CustomerCommand::Activate,
            CustomerCommand::Deactivate,
        ]
    };
    for command in all().into_iter().chain([CustomerCommand::Erase]) {
        assert_eq!(refused(vec![], command, NOW_MS), CustomerRejection::NotRegistered);
    }
    let erased = || vec![CustomerCommand::Register(person()), CustomerCommand::Erase];
    for command in all().into_iter().chain([CustomerCommand::Register(person())]) {
        assert_eq!(refused(erased(), command, NOW_MS), CustomerRejection::Erased);
    }
    let gone = after(erased()).expect("its key remains");
    assert_eq!((gone.person.clone(), gone.active, gone.version), (None, false, 2));
    assert_eq!(decide(Some(&gone), CustomerCommand::Erase, NOW_MS), Ok(None));
    assert_eq!(
        refused(vec![CustomerCommand::Register(person())], CustomerCommand::Register(person()), NOW_MS),
        CustomerRejection::AlreadyRegistered
    );
}

#[test]
fn a_field_that_breaks_its_rule_is_named() {
    for name in ["", " ", "a ", "a\0b", &"x".repeat(101)] {
        assert_eq!(Name::try_new(name).expect_err("no name").field, "name", "{name:?}");
    }
    let long = format!("{}@example.org", "x".repeat(65));
    for text in [
        "",
        "ana",
        "@example.org",
        "a@b",
        "a b@example.org",
        "a..b@example.org",
        "a@-x.org",
        "a@x..org",
        "a@b@c.org",
        &long,
    ] {
        assert_eq!(Email::try_new(text).expect_err("no address").field, "email", "{text}");
    }
    for text in ["", "030 1234567", "+0301234567", "+12345", "+1234567890123456", "+4930x123456"] {
        assert_eq!(Phone::try_new(text).expect_err("no number").field, "phone", "{text}");
    }
    let wrong = |change: fn(&mut Address)| {
        let mut address = home();
        change(&mut address);
        Addresses::try_new(vec![home(), address]).expect_err("no address").field
    };
    assert_eq!(wrong(|address| address.country = "de".to_owned()), "addresses[1].country");
    assert_eq!(wrong(|address| address.lines.clear()), "addresses[1].lines");
    assert_eq!(wrong(|address| address.lines.push("\n".to_owned())), "addresses[1].lines[1]");
    assert_eq!(wrong(|address| address.city = String::new()), "addresses[1].city");
    assert_eq!(wrong(|address| address.postal_code = Some("9".repeat(17))), "addresses[1].postal_code");
    assert_eq!(wrong(|address| address.label = Some(String::new())), "addresses[1].label");
    assert_eq!(Addresses::try_new(vec![home(); 11]).expect_err("too many").field, "addresses");
}
