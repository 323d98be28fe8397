export const APP_KINDS = ['text', 'media'] as const
/** `text`: writes, searches, reads pages. `media`: pictures, voice, video. */
export type AppKind = (typeof APP_KINDS)[number]

/** Each is a pair of tones that can be read in light and dark; free colours could not promise that. */
export const APP_COLORS = ['blue', 'green', 'violet', 'rose', 'amber', 'teal'] as const
export type AppColor = (typeof APP_COLORS)[number]

export const STARTERS_MAX = 8
export const TITLE_LENGTH_MAX = 120
export const BODY_LENGTH_MAX = 20_000
/** A tagline, a placeholder. */
export const SENTENCE_LENGTH_MAX = 200

export const CHAT_MODES = ['fast', 'expert'] as const
/** How the editor's chat works: `expert` is part of Super. */
export type ChatMode = (typeof CHAT_MODES)[number]

/** What is written to a feature or to the chat: long enough for a page of instructions, short enough for a model. */
export const PROMPT_LENGTH_MAX = 4_000
