/**
 * Characters that are not allowed in names: control characters, format characters (Unicode Cf: text direction, zero width,
 * tags), line and paragraph separators, and invisible letters. Emoji keep their variation selectors.
 */
const UNFIT = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|(?![\ufe0e\ufe0f])\p{Default_Ignorable_Code_Point}/u
const EVERY_UNFIT = new RegExp(UNFIT, 'gu')
const VISIBLE_LETTER = /[\p{L}\p{N}]/u

/**
 * The reason why a text cannot be the name of a person, an app or a key; null if it can. A name must not be mistaken for
 * another name or for part of the surrounding sentence.
 */
export function problemWithName(name: string): string | null {
  const [unfit] = UNFIT.exec(name) ?? []
  if (unfit !== undefined)
    return `must not contain control, invisible or text-direction characters (${codePointOf(unfit)})`
  return VISIBLE_LETTER.test(name) ? null : 'must contain a letter or a digit'
}

/** A name as displayed, even if it was stored before `problemWithName` refused it; null if nothing in it is visible. */
export function shownName(name: string | null): string | null {
  const shown = name?.replace(EVERY_UNFIT, '').trim() ?? ''
  return VISIBLE_LETTER.test(shown) ? shown : null
}

/** Like `shownName`, for an app, which always has a name. */
export function shownAppName(name: string): string {
  return shownName(name) ?? 'Unnamed app'
}

/** Right-to-left letters, which change the order of adjacent digits and punctuation. */
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefe\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u

/** A name for use within plain text; within elements, `<bdi>` has the same effect. */
export function nameInText(name: string): string {
  return RIGHT_TO_LEFT.test(name) ? `\u2068${name}\u2069` : name
}

function codePointOf(character: string): string {
  const hex = character.codePointAt(0)?.toString(16).toUpperCase() ?? ''
  return `U+${hex.padStart(4, '0')}`
}
