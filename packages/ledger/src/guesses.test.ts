import { encodeOutput, fromHex, type OutputId, type Position, toHex } from '@omg/protocol'
import { expect, test } from 'vitest'
import { alice, batchOf, bob, carol, coin, item, payment } from './chain.fixture.ts'
import { writeEntry } from './entry.ts'
import { guessSigners } from './guesses.ts'
import { fastKeccak256 } from './keccak.ts'
import { UnspentSet } from './unspent.ts'

const id = (i: number) => toHex(fastKeccak256(Uint8Array.of(i))) as OutputId
const position = 0n as Position

test('the owner of the first input of a payment, live or pending, and nobody for anything else', () => {
  const unspent = new UnspentSet()
  unspent.add(writeEntry({ id: id(1), output: coin(alice, 9n), position, height: 1n }))
  unspent.add(writeEntry({ id: id(2), output: item(bob, 7n), position, height: 1n }))
  const waiting = id(3)
  const pending = {
    find: (of: Uint8Array) => (toHex(of) === waiting ? encodeOutput(coin(carol, 4n)) : undefined),
  }
  const pays = [[id(1)], [id(2), id(1)], [waiting], [id(4)]].map(ids => {
    return payment([alice], ids, [coin(bob, 5n)]).signed
  })
  const { bytes, bounds } = batchOf([
    ...pays,
    pays[0]!.subarray(0, 20),
    Uint8Array.of(2, 1),
    new Uint8Array(0),
  ])
  const guesses = guessSigners(unspent, bytes, bounds, pending)
  const guessed = Array.from({ length: guesses.length / 20 }, (_, i) => guesses.subarray(20 * i, 20 * i + 20))
  const nobody = new Uint8Array(20)
  const owners = [alice, bob, carol].map(({ address }) => fromHex(address))
  expect(guessed).toEqual([...owners, nobody, nobody, nobody, nobody])
  expect(guessSigners(unspent, bytes, bounds).subarray(40, 60)).toEqual(nobody)
})
