/** Preloaded into a server: records its statements as lines of JSON in the file `RECORD_QUERIES`. */
import { appendFileSync } from 'node:fs'
import pg from 'pg'

const file = process.env.RECORD_QUERIES
const { query } = pg.Client.prototype

pg.Client.prototype.query = function record(config, values, ...rest) {
  const text = typeof config === 'string' ? config : config?.text
  if (file && typeof text === 'string' && /^\s*(select|with)\b/i.test(text)) {
    const given = Array.isArray(values) ? values : (config.values ?? [])
    appendFileSync(file, `${JSON.stringify({ name: config.name ?? null, text, values: given })}\n`)
  }
  return query.call(this, config, values, ...rest)
}
