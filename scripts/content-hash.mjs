import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'

/** Not part of what is built: a changed test must not cost the next start a build. */
const IGNORED = /\.test\.tsx?$|^lib\/testing\/|^lib\/db\/generated\/|(^|\/)\.DS_Store$/

function filesBelow(root, relative) {
  const absolute = path.join(root, relative)
  if (!existsSync(absolute) || IGNORED.test(relative)) return []
  if (!statSync(absolute).isDirectory()) return [relative]
  return readdirSync(absolute).flatMap((name) => filesBelow(root, `${relative}/${name}`))
}

/** A hash over the names and contents of files and folders; a date changed by a checkout or a copy changes nothing. */
export function contentHash(root, sources) {
  const hash = createHash('sha256').update(process.version)
  for (const file of sources.flatMap((source) => filesBelow(root, source)).sort())
    hash.update(`\0${file}\0`).update(readFileSync(path.join(root, file)))
  return hash.digest('hex')
}
