//! Given some commands on a till, when one more is decided, then this is what comes of it.

use docket_domain::order::{Fact, FactBody, Order, OrderCommand, Rejection};

use crate::device::Device;

/// A till on which commands have passed.
#[derive(Debug, Clone)]
pub struct Given {
    till: Device,
}

/// A till on which these commands have passed, in this order.
///
/// # Panics
/// If one of them is refused.
pub fn given(commands: impl IntoIterator<Item = OrderCommand>) -> Given {
    let mut till = Device::till(1);
    for command in commands {
        till.must(&command);
    }
    Given { till }
}

impl Given {
    /// Lets something else happen on the till.
    #[must_use]
    pub fn and(mut self, act: impl FnOnce(&mut Device)) -> Self {
        act(&mut self.till);
        self
    }

    /// The order as it stands.
    #[must_use]
    pub fn order(&self) -> Order {
        self.till.order()
    }

    /// Decides one more command.
    #[must_use]
    pub fn when(mut self, command: &OrderCommand) -> When {
        let result = self.till.run(command);
        When { till: self.till, result }
    }
}

/// What came of the command.
#[derive(Debug, Clone)]
pub struct When {
    till: Device,
    result: Result<Vec<Fact>, Rejection>,
}

impl When {
    /// The command wrote facts of these types, in this order.
    ///
    /// # Panics
    /// If it did not.
    #[track_caller]
    pub fn then_writes(self, types: &[&str]) -> Order {
        let facts = self.result.unwrap_or_else(|rejection| panic!("refused: {} ({rejection})", rejection.code()));
        let written: Vec<&str> = facts
            .iter()
            .map(|fact| match &fact.body {
                FactBody::Known(event) => event.event_type(),
                FactBody::Unknown { event_type } => event_type,
            })
            .collect();
        assert_eq!(written, types);
        self.till.order()
    }

    /// The command changed nothing, because nothing was left to change.
    ///
    /// # Panics
    /// If it wrote facts or was refused.
    #[track_caller]
    pub fn then_nothing(self) {
        assert_eq!(self.result, Ok(Vec::new()), "the command should have been applied already");
    }

    /// The command was refused with this code.
    ///
    /// # Panics
    /// If it was not.
    #[track_caller]
    pub fn then_refused(self, code: &str) -> Rejection {
        match self.result {
            Err(rejection) => {
                assert_eq!(rejection.code(), code, "{rejection}");
                rejection
            }
            Ok(facts) => panic!("should have been refused with {code}, wrote {facts:?}"),
        }
    }
}
