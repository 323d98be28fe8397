import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { applyEdit } from './apply-edit.test-support'
import { MUTATIONS } from './list.test-support'

test.each(MUTATIONS)('what a mutation takes away is there to be taken: $removes', ({ edits, caughtBy }) => {
  for (const edit of edits) {
    const text = readFileSync(edit.file, 'utf8')
    expect(applyEdit(text, edit)).not.toBe(text)
  }
  expect(existsSync(caughtBy.file), caughtBy.file).toBe(true)
})
