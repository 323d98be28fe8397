import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { applyEdit } from './apply-edit.test-support'
import { MUTATIONS } from './list.test-support'

test.each(MUTATIONS)('a mutation finds the code and the test it names: $removes', ({ edits, caughtBy }) => {
  for (const edit of edits) {
    const text = readFileSync(edit.file, 'utf8')
    expect(applyEdit(text, edit)).not.toBe(text)
  }
  expect(existsSync(caughtBy.file), caughtBy.file).toBe(true)
})
