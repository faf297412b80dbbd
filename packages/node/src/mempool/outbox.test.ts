import { createMapper, type MappedRecord, recordAt, recordSigned } from '@omg/ledger'
import { type OutputId, outputId, type TxHash } from '@omg/protocol'
import { expect, test } from 'vitest'
import { DOMAIN, pay } from '../../test/harness.ts'
import { encodeBundle } from './bundle.ts'
import { Outbox } from './outbox.ts'

const MANY_BYTES = 1024 * 1024
const map = createMapper(DOMAIN)

function record(i: number): MappedRecord {
  const coin: OutputId = outputId(`0x${i.toString(16).padStart(64, '0')}` as TxHash, 0)
  const { bytes } = pay({ from: 1, inputs: [coin], outputs: [{ to: 2, amount: 5n }] })
  return recordAt(map(bytes, Uint32Array.of(0, bytes.length)), 0)!
}

test('keeps nothing until somebody asks, then everything in bundles that are no larger than wished', () => {
  const outbox = new Outbox(() => false)
  const records = [1, 2, 3].map(record)
  outbox.add(records[0]!)
  expect(outbox.take(MANY_BYTES)).toEqual([])
  for (const each of records) outbox.add(each)
  const signed = records.map(recordSigned)
  const two = encodeBundle(signed.slice(0, 2))
  expect(outbox.take(two.length)).toEqual([two, encodeBundle(signed.slice(2))])
  expect(outbox.bytes).toBe(0)
})

test('the only validator keeps nothing, until another one comes', () => {
  let isAlone = true
  const outbox = new Outbox(() => isAlone)
  expect(outbox.take(MANY_BYTES)).toEqual([])
  outbox.add(record(1))
  expect(outbox.bytes).toBe(0)
  isAlone = false
  expect(outbox.take(MANY_BYTES)).toEqual([])
  outbox.add(record(2))
  expect(outbox.take(MANY_BYTES)).toEqual([encodeBundle([recordSigned(record(2))])])
})
