import { expect, test } from 'vitest'
import { placeFrom } from './place.ts'

test('a place names a node, and perhaps an indexer and an exchange', () => {
  expect(placeFrom({ node: 'ws://a:1', indexer: null })).toEqual({
    node: 'ws://a:1/',
    indexer: undefined,
    exchange: undefined,
  })
  expect(placeFrom({ node: 'wss://a', indexer: 'https://b', exchange: 'http://c:2/d' })).toEqual({
    node: 'wss://a/',
    indexer: 'https://b/',
    exchange: 'http://c:2/d',
  })
})

test.each([
  [{}],
  [{ node: 'http://a' }],
  [{ node: 'ws://a', indexer: 'javascript:alert(1)' }],
  [{ node: 'ws://a', exchange: 'x' }],
  [[]],
])('%j is no place', value => {
  expect(() => placeFrom(value)).toThrow()
})
