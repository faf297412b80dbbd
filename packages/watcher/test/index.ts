/** @omg/watcher/testing: a chain operator that a test can make honest or not, and a watcher on it. */
export * from './fixture.ts'
export * from './operator.ts'
