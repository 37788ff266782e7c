//! Ports to the services of other houses: menu, stock and payment. Each may be off, slow, gone or lying; none of that
//! stops an order. What is taken instead of an answer is said here, beside each port, and [`Said`] tells the two apart.

mod house;
pub mod limits;
mod menu;
mod payment;
mod stock;

use std::sync::Arc;

use docket_domain::ids::{OrderId, ProductId, StoreId};
use futures_util::future::BoxFuture;

pub use house::{HouseFault, Patience, is_web_address};
pub use menu::HttpMenu;
pub use payment::HttpPayment;
pub use stock::HttpStock;

/// Why a service of another house gave no answer that can be used. The texts are metric labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreached {
    /// No connection, or it broke.
    #[error("unreachable")]
    Unreachable,
    /// No whole answer in time.
    #[error("late")]
    Late,
    /// It answered with a status that is no success.
    #[error("refused")]
    Refused,
    /// It answered something that can't be true.
    #[error("untrue")]
    Untrue,
    /// It failed too often; it is not asked for a while.
    #[error("open_circuit")]
    OpenCircuit,
}

impl Unreached {
    /// The word in logs, metrics and the audit log.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Unreached::Unreachable => "unreachable",
            Unreached::Late => "late",
            Unreached::Refused => "refused",
            Unreached::Untrue => "untrue",
            Unreached::OpenCircuit => "open_circuit",
        }
    }
}

/// What a port said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said<T> {
    /// No such service is configured.
    Off,
    /// Its own word, checked.
    Answered(T),
    /// It could not be asked; the port's fallback holds, and the act is flagged with the reason.
    Unreached(Unreached),
}

impl<T> Said<T> {
    /// The reason, where the fallback was taken.
    #[must_use]
    pub const fn flag(&self) -> Option<Unreached> {
        match self {
            Said::Unreached(why) => Some(*why),
            Said::Off | Said::Answered(_) => None,
        }
    }

    /// The service's word, if it gave one.
    #[must_use]
    pub fn answer(self) -> Option<T> {
        match self {
            Said::Answered(answer) => Some(answer),
            Said::Off | Said::Unreached(_) => None,
        }
    }
}

/// A product and how many of it, as an order wants it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// The product.
    pub product: ProductId,
    /// How many, from 1.
    pub quantity: u32,
}

/// An item of which there is not enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Short {
    /// Its place in what was asked, from 0.
    pub index: usize,
    /// How many there are.
    pub left: u32,
}

/// The stock of another house. **Fallback: everything is available;** the order is sold and flagged, because the kitchen
/// can call a guest, and a guest who was sent away does not come back.
pub trait Stock: Send + Sync {
    /// The items of which there is not enough; empty where all can be had. At most `ORDER_ITEMS_MAX` are asked at once.
    fn available<'a>(&'a self, store: StoreId, items: &'a [Wanted]) -> BoxFuture<'a, Said<Vec<Short>>>;
}

/// The menu of another house. It may take items off (breakfast is over); it never gives a price, which is the published
/// catalogue's alone. **Fallback: the last published catalogue as it stands.**
pub trait Menu: Send + Sync {
    /// Places of the items that are not offered now; empty where all are.
    fn withdrawn<'a>(&'a self, store: StoreId, items: &'a [Wanted]) -> BoxFuture<'a, Said<Vec<usize>>>;
}

/// What a guest is asked to pay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// The order.
    pub order: OrderId,
    /// The key under which the other house knows the request: the same debt has the same key, so that a repeat brings no second
    /// page to pay it at, and another sum has another one. Visible ASCII characters.
    pub key: String,
    /// Its store.
    pub store: StoreId,
    /// A decimal in major units, such as `25.00`.
    pub amount: String,
    /// ISO 4217.
    pub currency: String,
}

/// Where a guest pays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentLink {
    /// What the payment house calls it, at most 255 characters.
    pub reference: String,
    /// A page for the guest, http or https.
    pub url: String,
}

/// The payment service of another house. It is asked for a page where the guest can pay; no money moves by asking.
/// **Fallback: the order stays unpaid, to be paid at the store.**
pub trait Payment: Send + Sync {
    /// A page for this sum.
    fn request<'a>(&'a self, due: &'a Due) -> BoxFuture<'a, Said<PaymentLink>>;
}

/// The ports of this process. Cheap to clone.
#[derive(Clone)]
pub struct Ports {
    stock: Arc<dyn Stock>,
    menu: Arc<dyn Menu>,
    payment: Arc<dyn Payment>,
}

impl std::fmt::Debug for Ports {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ports")
    }
}

/// Addresses of the services; a port without one is off.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PortUrls {
    /// `DOCKET_STOCK_URL`.
    pub stock: Option<String>,
    /// `DOCKET_MENU_URL`.
    pub menu: Option<String>,
    /// `DOCKET_PAYMENT_URL`.
    pub payment: Option<String>,
}

impl Ports {
    /// Ports of one's own making, for tests.
    #[must_use]
    pub fn new(stock: Arc<dyn Stock>, menu: Arc<dyn Menu>, payment: Arc<dyn Payment>) -> Self {
        Ports { stock, menu, payment }
    }

    /// Every port off.
    #[must_use]
    pub fn off() -> Self {
        Ports::new(Arc::new(Off), Arc::new(Off), Arc::new(Off))
    }

    /// The services at these addresses.
    ///
    /// # Errors
    /// [`HouseFault`] if one is no address.
    pub fn open(urls: &PortUrls, patience: Patience) -> Result<Self, HouseFault> {
        let mut ports = Ports::off();
        if let Some(url) = &urls.stock {
            ports.stock = Arc::new(HttpStock::open(url, patience)?);
        }
        if let Some(url) = &urls.menu {
            ports.menu = Arc::new(HttpMenu::open(url, patience)?);
        }
        if let Some(url) = &urls.payment {
            ports.payment = Arc::new(HttpPayment::open(url, patience)?);
        }
        Ok(ports)
    }

    /// The stock.
    #[must_use]
    pub fn stock(&self) -> &dyn Stock {
        &*self.stock
    }

    /// The menu.
    #[must_use]
    pub fn menu(&self) -> &dyn Menu {
        &*self.menu
    }

    /// The payment service.
    #[must_use]
    pub fn payment(&self) -> &dyn Payment {
        &*self.payment
    }
}

/// A port that is off.
struct Off;

impl Stock for Off {
    fn available<'a>(&'a self, _: StoreId, _: &'a [Wanted]) -> BoxFuture<'a, Said<Vec<Short>>> {
        Box::pin(std::future::ready(Said::Off))
    }
}

impl Menu for Off {
    fn withdrawn<'a>(&'a self, _: StoreId, _: &'a [Wanted]) -> BoxFuture<'a, Said<Vec<usize>>> {
        Box::pin(std::future::ready(Said::Off))
    }
}

impl Payment for Off {
    fn request<'a>(&'a self, _: &'a Due) -> BoxFuture<'a, Said<PaymentLink>> {
        Box::pin(std::future::ready(Said::Off))
    }
}
