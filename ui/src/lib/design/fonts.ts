// Waiting for the type that a language is drawn with (`fonts.css`).

/** Longer than a file of our own origin ever takes; a screen in the system's type is better than none. */
const WAIT_MS = 1_500;
/** The files of the first screen: each script, and each weight that is a file of its own. */
const FACES = ['1em "Docket Latin"', '1em "Docket Arabic"', '700 1em "Docket Arabic"'];

/** Resolves once the files are there that these letters need, or after a while without them. */
export async function fontsFor(letters: string): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const enough = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, WAIT_MS);
  });
  // A file that can't be had is no reason to show nothing.
  await Promise.race([Promise.allSettled(FACES.map((face) => document.fonts.load(face, letters))), enough]);
  clearTimeout(timer);
}
