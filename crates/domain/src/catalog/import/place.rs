//! Where in a menu something stands: `items[12].price`.

use std::fmt;

/// Longest field name that a place shows, in characters; a name comes from the file and may be anything.
const SHOWN_NAME_CHARS: usize = 60;

/// A place, as a chain of borrowed steps: it becomes a text only if there is something to say about it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place<'a> {
    Root,
    Field(&'a Place<'a>, &'a str),
    Index(&'a Place<'a>, usize),
}

impl<'a> Place<'a> {
    pub(super) fn field(&'a self, name: &'a str) -> Place<'a> {
        Place::Field(self, name)
    }

    pub(super) fn index(&'a self, index: usize) -> Place<'a> {
        Place::Index(self, index)
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Root => Ok(()),
            Place::Index(parent, index) => write!(f, "{parent}[{index}]"),
            Place::Field(parent, name) => {
                parent.fmt(f)?;
                if !matches!(parent, Place::Root) {
                    f.write_str(".")?;
                }
                let shown = name.chars().take(SHOWN_NAME_CHARS);
                shown.flat_map(char::escape_debug).try_for_each(|letter| fmt::Write::write_char(f, letter))
            }
        }
    }
}
