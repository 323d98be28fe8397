export const APP_KINDS = ['text', 'media'] as const
/** `text`: writes, searches and reads pages. `media`: makes images, voice and video. */
export type AppKind = (typeof APP_KINDS)[number]

/** Each colour is a pair of tones that are readable in light and dark mode, which arbitrary colours might not be. */
export const APP_COLORS = ['blue', 'green', 'violet', 'rose', 'amber', 'teal'] as const
export type AppColor = (typeof APP_COLORS)[number]

export const STARTERS_MAX = 8
export const TITLE_LENGTH_MAX = 120
export const BODY_LENGTH_MAX = 20_000
/** The maximum length of a tagline or placeholder. */
export const SENTENCE_LENGTH_MAX = 200

export const CHAT_MODES = ['fast', 'expert'] as const
/** The modes of the editor's chat. */
export type ChatMode = (typeof CHAT_MODES)[number]

/**
 * The maximum length of a message to a feature or the chat: enough for a page of instructions, short enough for a model.
 */
export const PROMPT_LENGTH_MAX = 4_000
