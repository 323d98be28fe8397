import { headers } from 'next/headers'

const LANGUAGES_MAX = 10

/**
 * The first locale of an Accept-Language header that Intl knows; English for anything else. Pages are in English;
 * this is for their numbers and dates.
 */
export function parseLocale(acceptLanguage: string | null): string {
  const ranked = (acceptLanguage ?? '')
    .split(',', LANGUAGES_MAX)
    .map((part) => {
      const [tag = '', ...parameters] = part.trim().split(';')
      const quality = parameters.find((parameter) => parameter.trim().startsWith('q='))
      return { tag: tag.trim(), quality: quality ? Number(quality.trim().slice(2)) : 1 }
    })
    .filter(({ tag, quality }) => /^[a-z]{2,3}(-[a-z0-9]{1,8})*$/i.test(tag) && quality > 0)
    .sort((first, second) => second.quality - first.quality)
  for (const { tag } of ranked) {
    try {
      if (Intl.NumberFormat.supportedLocalesOf(tag).length > 0) return tag
    } catch {
      // Well-formed at first sight, but not a language tag.
    }
  }
  return 'en'
}

/** The locale of whoever asked for this page. */
export async function readerLocale(): Promise<string> {
  return parseLocale((await headers()).get('accept-language'))
}
