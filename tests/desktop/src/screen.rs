//! The screen as a window manager sees it: which windows there are, and the cross in their corner.

use x11rb::connection::Connection;
use x11rb::protocol::xproto::{Atom, AtomEnum, ClientMessageEvent, ConnectionExt, EventMask, MapState, Window};
use x11rb::rust_connection::RustConnection;

/// The screen that the app shows its windows on.
pub struct Screen {
    connection: RustConnection,
    root: Window,
    name: Atom,
    protocols: Atom,
    delete: Atom,
}

impl Screen {
    /// The screen named by `DISPLAY`.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn open() -> Self {
        let (connection, number) = x11rb::connect(None).expect("a screen at DISPLAY");
        let root = connection.setup().roots[number].root;
        let atom = |name: &str| {
            let asked = connection.intern_atom(false, name.as_bytes()).expect("the screen answers");
            asked.reply().expect("an atom").atom
        };
        let (name, protocols, delete) = (atom("_NET_WM_NAME"), atom("WM_PROTOCOLS"), atom("WM_DELETE_WINDOW"));
        Self { connection, root, name, protocols, delete }
    }

    /// Whether a window with this title is shown.
    #[must_use]
    pub fn shows(&self, title: &str) -> bool {
        self.titled(title).is_some()
    }

    /// Whether a window with this title is shown and fills the whole screen.
    #[must_use]
    pub fn is_filled_by(&self, title: &str) -> bool {
        let size = |window: Window| {
            let shown = self.connection.get_geometry(window).ok()?.reply().ok()?;
            Some((shown.x, shown.y, shown.width, shown.height))
        };
        let window = self.titled(title).and_then(size);
        window.is_some() && window == size(self.root)
    }

    /// Does what a tap on the cross of a window does: asks the program to close it.
    ///
    /// # Panics
    /// If no window with this title is shown.
    pub fn close(&self, title: &str) {
        let window = self.titled(title).expect("the window is shown");
        let asked = ClientMessageEvent::new(32, window, self.protocols, [self.delete, x11rb::CURRENT_TIME, 0, 0, 0]);
        self.connection.send_event(false, window, EventMask::NO_EVENT, asked).expect("the screen takes the message");
        self.connection.flush().expect("the message is sent");
    }

    fn titled(&self, title: &str) -> Option<Window> {
        let tree = self.connection.query_tree(self.root).ok()?.reply().ok()?;
        tree.children.into_iter().find(|window| self.title_of(*window).as_deref() == Some(title.as_bytes()))
    }

    /// The title of a window that is shown. One that goes while we look is not.
    fn title_of(&self, window: Window) -> Option<Vec<u8>> {
        let shown = self.connection.get_window_attributes(window).ok()?.reply().ok()?.map_state;
        let title = self.connection.get_property(false, window, self.name, AtomEnum::ANY, 0, 64).ok()?.reply().ok()?;
        (shown == MapState::VIEWABLE).then_some(title.value)
    }
}
