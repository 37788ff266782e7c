//! The shop, its people and who is signed in.

use docket_domain::ids::{PersonId, SessionId};
use docket_domain::staff::Role;
use specta_typescript::Number;

views! {
    /// A member of staff as the sign-in page shows it.
    PersonView {
        /// Who.
        person_id: PersonId,
        /// Name.
        name: String,
        /// What they may do.
        role: Role,
    }
    /// Someone who can sign in.
    SignInView {
        /// Who.
        person: PersonView,
        /// Locked until then after wrong PINs, milliseconds since 1970-01-01 UTC.
        #[specta(type = Option<Number>)]
        locked_until_ms: Option<i64>,
    }
    /// A member of staff as a manager sees it.
    StaffMemberView {
        /// Who.
        person: PersonView,
        /// Whether the person may sign in.
        active: bool,
    }
    /// The staff, in the order of the sign-in page.
    StaffView {
        /// Everyone, those who left too.
        people: Vec<StaffMemberView>,
        /// Every role that a person can have.
        roles: Vec<Role>,
    }
    /// What belongs to this device alone.
    DeviceView {
        /// What people call it.
        name: Option<String>,
        /// Minutes without a touch after which its windows lock; 0 means never.
        lock_after_minutes: u32,
    }
    /// The last verification of the log, in short.
    LastVerifyView {
        /// When it ended, milliseconds since 1970-01-01 UTC.
        #[specta(type = Number)]
        at_ms: i64,
        /// Whether it found no fault.
        sound: bool,
    }
    /// A sample menu that ships with the program.
    SampleMenuView {
        /// Its id.
        id: String,
        /// Its name.
        name: String,
        /// ISO 4217 code.
        currency: String,
        /// How many products.
        products: u32,
    }
    /// The shop, or that there is none yet.
    ShopView {
        /// False on first start: show the set-up page.
        set_up: bool,
        /// The till joined a store of head office, and its shop has not come down yet: wait for it.
        comes_down: bool,
        /// The shop has come down, and nobody of it has a PIN here: offer `first_pin`.
        first_pin_due: bool,
        /// Name, once set up.
        name: Option<String>,
        /// ISO 4217 code, once set up.
        currency: Option<String>,
        /// Decimals of the currency.
        currency_decimals: Option<u8>,
        /// IANA zone.
        time_zone: Option<String>,
        /// Whether this is the demo shop.
        demo: bool,
        /// Who can sign in.
        people: Vec<SignInView>,
        /// Menus to start with.
        samples: Vec<SampleMenuView>,
        /// This device.
        device: DeviceView,
        /// The last verification, if there was one.
        verified: Option<LastVerifyView>,
    }
    /// The session that asked.
    SessionView {
        /// The session.
        session_id: SessionId,
        /// Who.
        person: PersonView,
        /// Where.
        station: String,
    }
}
