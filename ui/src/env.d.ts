// Flags of a build.

interface ImportMetaEnv {
  /** `1` puts the gallery of components into the bundle, under `#/gallery`. */
  readonly VITE_GALLERY?: string;
}
