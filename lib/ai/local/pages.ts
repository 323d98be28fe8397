import type { Page } from '../models'
import { writerReply } from './writer'

/** Plausible content for a page at this URL; nothing is fetched. Throws if the URL is not a web URL. */
export function readLocalPage(url: string): Page {
  const { hostname, pathname, protocol, href } = new URL(url)
  if (!/^https?:$/.test(protocol)) throw new Error('only web pages can be read')
  const words = pathname.split(/[^\p{L}\p{N}]+/u).filter(Boolean)
  const topic = words.join(' ') || hostname
  const turn = { system: '', results: [], tools: [], searchesWeb: false }
  const { text } = writerReply({ ...turn, said: `An article about ${topic}` }, true)
  const title = topic.charAt(0).toUpperCase() + topic.slice(1)
  return { url: href, title: `${title} · ${hostname}`, text }
}
