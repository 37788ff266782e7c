//! What each till sells of its own while nobody else knows: a soup to its end, a tea that is paid, a bread that waits.

use docket_devices::row::{
    Act::{self, Do, Open, Pay},
    NOTHING, Row,
};

use crate::met;

pub const ROWS: &[&Row] =
    &[&SALES[0], &SALES[1], &SALES[2], &SALES[3], &SALES[4], &SALES[5], &SALES[6], &SALES[7], &SALES[8]];

const SOLD: &[Act] = &[Open, Pay(0), Do("complete")];
const PAID: &[Act] = &[Open, Pay(0)];
const WAITING: &[Act] = &[Open, Do("place")];

static SALES: [Row; 9] = [
    sale(20, &["Soup"], [SOLD, &[], &[]]),
    sale(21, &["Tea"], [PAID, &[], &[]]),
    sale(22, &["Bread"], [WAITING, &[], &[]]),
    sale(23, &["Soup"], [&[], SOLD, &[]]),
    sale(24, &["Tea"], [&[], PAID, &[]]),
    sale(25, &["Bread"], [&[], WAITING, &[]]),
    sale(26, &["Soup"], [&[], &[], SOLD]),
    sale(27, &["Tea"], [&[], &[], PAID]),
    sale(28, &["Bread"], [&[], &[], WAITING]),
];

const fn sale(number: u32, lines: &'static [&'static str], unlinked: [&'static [Act]; 3]) -> Row {
    Row { number, lines, linked: &[], unlinked, met: NOTHING }
}

#[test]
fn what_a_till_sold_of_its_own_is_shown_at_every_other_as_it_left_it() {
    for till in SALES.chunks(3) {
        let [sold, paid, waiting] = [&till[0], &till[1], &till[2]].map(met);
        assert_eq!((sold.status(), sold.money()), ("completed", ["6.00", "6.00", "0.00", "0.00"]));
        assert_eq!((paid.status(), paid.money()), ("confirmed", ["3.00", "3.00", "0.00", "0.00"]));
        assert_eq!((waiting.status(), waiting.money()), ("pending", ["2.50", "0.00", "0.00", "2.50"]));
        assert!([sold, paid, waiting].iter().all(|order| order.exceptions().is_empty()));
    }
}
