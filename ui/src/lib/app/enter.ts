// The Enter key in a field that sends what was typed.

/**
 * Takes the key for itself: a dialog that closes gives the focus back to the button that opened it, and the same press
 * would open it again. An Enter that ends the writing of a word, as in Japanese, sends nothing.
 */
export function onEnter(act: () => unknown): (event: KeyboardEvent) => void {
  return (event) => {
    if (event.key !== 'Enter' || event.isComposing) return;
    event.preventDefault();
    void act();
  };
}
