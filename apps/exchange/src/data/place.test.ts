import { describe, expect, it } from 'vitest'
import { placeFrom } from './place.ts'

const file = new URL('http://127.0.0.1:8080/place.json')
const node = 'ws://127.0.0.1:8600/'

describe('place.json', () => {
  it('names what there is', () => {
    const value = {
      ...{ node, indexer: 'http://127.0.0.1:8800/', ethereum: 'http://127.0.0.1:8545/', faucet: '/faucet' },
      ...{ exchange: 'http://127.0.0.1:8080/', explorer: 'http://127.0.0.1:8081/' },
    }
    expect(placeFrom(value, file)).toEqual({
      ...{ node, indexer: 'http://127.0.0.1:8800/', ethereum: 'http://127.0.0.1:8545/' },
      ...{ faucet: 'http://127.0.0.1:8080/faucet', explorer: 'http://127.0.0.1:8081/' },
    })
  })

  it('may have nothing but a node', () => {
    const nothing = { indexer: undefined, ethereum: undefined, faucet: undefined, explorer: undefined }
    expect(placeFrom({ node, indexer: null }, file)).toEqual({ node, ...nothing })
  })

  it.each([
    {},
    { node: 'http://127.0.0.1' },
    { node, indexer: 'javascript:alert(1)' },
    { node, explorer: 'nowhere' },
    null,
  ])('is refused as %j', value => {
    expect(() => placeFrom(value, file)).toThrow()
  })
})
