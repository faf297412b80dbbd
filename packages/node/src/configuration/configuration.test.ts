import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../../test/harness.ts'
import { describeConfig, effectiveConfig, environmentName, settings } from './configuration.ts'

test('flags over environment over file over defaults', () => {
  const directory = temporaryDirectory()
  const file = join(directory.path, 'node.json')
  writeFileSync(
    file,
    JSON.stringify({ port: 1, workers: 1, host: '::1', checkpoint: { intervalSeconds: 1 } }),
  )
  const environment = { OMG_PORT: '2', OMG_WORKERS: '3', OMG_CONFIG: file }
  const configuration = effectiveConfig({ flags: { port: '4' }, environment })
  expect(configuration).toMatchObject({ port: 4, workers: 3, host: '::1', mode: 'archive' })
  expect(configuration.checkpoint).toMatchObject({ intervalSeconds: 1, minimumSeconds: 10 })
  directory.remove()
})

test('lists from the environment, by comma or as JSON', () => {
  const environment = {
    OMG_ETHEREUM_URLS: 'http://a, http://b',
    OMG_FEES_RECIPIENTS: `[{"owner":"0x${'ab'.repeat(20)}","weight":"3"}]`,
    OMG_CHECKPOINT_SUBMIT: 'false',
  }
  const { ethereum, fees, checkpoint } = effectiveConfig({ environment })
  expect(ethereum.urls).toEqual(['http://a', 'http://b'])
  expect(fees.recipients).toEqual([{ owner: `0x${'ab'.repeat(20)}`, weight: 3n }])
  expect(checkpoint.submit).toBe(false)
})

test('names what is wrong', () => {
  expect(() => effectiveConfig({ flags: { port: '70000' } })).toThrowError(/^port: /)
  expect(() => effectiveConfig({ flags: { 'checkpoint.intervall': '1' } })).toThrowError(/intervall/)
  expect(() => effectiveConfig({ flags: { 'validator.key': '0x12' } })).toThrowError(
    /validator\.key: must be 0x and 64/,
  )
  expect(() => effectiveConfig({ file: '/nowhere/node.json' })).toThrowError(/cannot be read/)
})

test('hides secrets, and names every setting once', () => {
  const shown = describeConfig(effectiveConfig({ flags: { 'validator.key': `0x${'11'.repeat(32)}` } }))
  expect(JSON.stringify(shown)).not.toContain('1111')
  expect(shown.validator).toEqual({ key: '(set)' })
  const names = settings().map(({ environment }) => environment)
  expect(new Set(names).size).toBe(names.length)
  expect(environmentName('block.intervalMilliseconds')).toBe('OMG_BLOCK_INTERVAL_MILLISECONDS')
})
