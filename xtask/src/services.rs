//! Room for the services that suites of the head office need.
//!
//! A suite that needs PostgreSQL or a Kafka broker gets a private one from here: installed by
//! `packages`, its data under `target/services`, on a free loopback port, started as a
//! `process::Running` and so ended when its stage ends. A service that already runs on the
//! machine is never used, because its state would decide the result.
//!
//! The till needs neither, so nothing is started yet.
