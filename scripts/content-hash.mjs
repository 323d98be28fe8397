import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'

/** Files that are not part of the build, so that changing a test does not cause a build. */
const IGNORED = /\.test\.tsx?$|^lib\/testing\/|^lib\/db\/generated\/|(^|\/)\.DS_Store$/

function filesBelow(root, relative) {
  const absolute = path.join(root, relative)
  if (!existsSync(absolute) || IGNORED.test(relative)) return []
  if (!statSync(absolute).isDirectory()) return [relative]
  return readdirSync(absolute).flatMap((name) => filesBelow(root, `${relative}/${name}`))
}

/** A hash of the names and contents of files and folders, regardless of timestamps. */
export function contentHash(root, sources) {
  const hash = createHash('sha256').update(process.version)
  for (const file of sources.flatMap((source) => filesBelow(root, source)).sort())
    hash.update(`\0${file}\0`).update(readFileSync(path.join(root, file)))
  return hash.digest('hex')
}
