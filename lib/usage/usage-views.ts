/*
 * Names that pages need in the browser too, kept apart from what reads the catalogue.
 */

/** What usage is told apart by. */
export const USAGE_VIEWS = ['operation', 'app', 'surface'] as const
export type UsageView = (typeof USAGE_VIEWS)[number]

export const SURFACES = ['editor', 'app', 'api'] as const
/** Where a charge came from: the editor, an app that was named, or a call that named none (api.md, "Metering"). */
export type Surface = (typeof SURFACES)[number]
