import type { TestProject } from 'vitest/node'
import { startTestServer } from './database-server'

declare module 'vitest' {
  interface ProvidedContext {
    testDatabase: { adminUrl: string; template: string }
  }
}

/** Vitest calls this before the first test file, and the returned function after the last. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startTestServer()
  project.provide('testDatabase', { adminUrl: server.adminUrl, template: server.template })
  return server.stop
}
