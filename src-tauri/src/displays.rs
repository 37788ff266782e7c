//! Which display a window stands on: a choice over what is plugged in now. It knows no window system.

use serde::{Deserialize, Serialize};

/// A display that is plugged in, in pixels of the whole desktop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Display {
    /// What the system calls it, such as `HDMI-1`.
    pub(crate) name: String,
    pub(crate) x: i32,
    pub(crate) y: i32,
    pub(crate) width: u32,
    pub(crate) height: u32,
}

/// How a window is to stand.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Wish {
    /// The display; none leaves it to the window's own place in the line.
    pub(crate) display: Option<String>,
    pub(crate) full_screen: bool,
    /// Whether it opens with the program. The till's window always does.
    pub(crate) at_start: bool,
}

/// Where a window stands.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Place<'a> {
    pub(crate) display: &'a Display,
    /// The display that it was to stand on, and that is not there.
    pub(crate) missing: Option<&'a str>,
}

/// The display for a window, out of those that are plugged in, the first of them first. A wish for one that is not there
/// falls back to the first; without a wish each window has one of its own as long as there are enough.
pub(crate) fn place<'a>(wish: &'a Wish, line: usize, displays: &'a [Display]) -> Option<Place<'a>> {
    let first = displays.first()?;
    Some(match &wish.display {
        None => Place { display: displays.get(line).or(displays.last()).unwrap_or(first), missing: None },
        Some(name) => match displays.iter().find(|display| display.name == *name) {
            Some(display) => Place { display, missing: None },
            None => Place { display: first, missing: Some(name) },
        },
    })
}
