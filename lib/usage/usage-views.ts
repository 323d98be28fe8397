/* Names that pages also need in the browser, kept separate from code that reads the catalogue. */

/** The dimensions of usage. */
export const USAGE_VIEWS = ['operation', 'app', 'surface'] as const
export type UsageView = (typeof USAGE_VIEWS)[number]

export const SURFACES = ['editor', 'app', 'api'] as const
/** The origin of a charge: the editor, a named app, or a call without an app (docs/api.md, "Metering"). */
export type Surface = (typeof SURFACES)[number]
