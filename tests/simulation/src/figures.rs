//! What was done, for the closing line.

macro_rules! figures {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {
        /// Counts over seeds.
        #[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
        pub struct Figures { $($(#[$doc])* pub $name: u64,)+ }

        impl Figures {
            /// Adds another seed's.
            pub fn add(&mut self, other: &Figures) {
                $(self.$name += other.$name;)+
            }

            /// As one line: `12 seeds, 300 commands, …`.
            pub fn text(&self) -> String {
                [$(format!("{} {}", self.$name, stringify!($name)),)+].join(", ")
            }

            /// Reads such a line; none if it is another.
            pub fn parse(text: &str) -> Option<Self> {
                let mut figures = Figures::default();
                for part in text.split(", ") {
                    let (number, name) = part.split_once(' ')?;
                    match name {
                        $(stringify!($name) => figures.$name = number.parse().ok()?,)+
                        _ => return None,
                    }
                }
                Some(figures)
            }
        }
    };
}

figures! {
    /// Seeds that ended well.
    seeds,
    /// Commands that were sent.
    commands,
    /// Commands that were acknowledged with facts.
    applied,
    /// Exports that arrived, whole or in part.
    imports,
    /// Ends without a close.
    crashes,
    /// Old copies that were put back.
    restores,
    /// Rows that all devices of a seed held at its end.
    rows,
    /// Exceptions that conflicts raised.
    exceptions,
}

#[cfg(test)]
mod tests {
    use super::Figures;

    #[test]
    fn a_line_of_figures_is_read_back() {
        let figures = Figures { seeds: 3, commands: 40, exceptions: 2, ..Figures::default() };
        assert_eq!(Figures::parse(&figures.text()), Some(figures));
        assert_eq!(Figures::parse("3 pigs"), None);
    }
}
