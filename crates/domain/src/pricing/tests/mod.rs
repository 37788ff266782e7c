//! Pricing held against hand-computed examples, against laws, and against a slow second implementation.

mod documents;
mod examples;
mod examples_order;
mod faults;
mod fraction;
mod laws;
mod oracle;
