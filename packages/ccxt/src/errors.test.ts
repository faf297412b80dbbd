import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { OmgError } from '@omg/protocol'
import { SdkError } from '@omg/sdk'
import * as ccxt from 'ccxt'
import { expect, it } from 'vitest'
import { ccxtError, EXCEPTIONS } from './errors.ts'

const page = readFileSync(join(import.meta.dirname, '..', '..', '..', 'docs', 'errors.md'), 'utf8')
const documented = [...page.matchAll(/^\| `([a-z_]+\.[a-z_]+)` \|/gm)].map(([, code]) => code!)

it('every code that has an exception is one that somebody throws', () => {
  expect(documented.length).toBeGreaterThan(100)
  expect(Object.keys(EXCEPTIONS).filter(code => !documented.includes(code))).toEqual([])
})

it('a rejection says why in CCXT words, and keeps the error as its cause', () => {
  const reason = new OmgError('move.amount', 'too little', 'Move less.')
  const rejected = new SdkError('receipt.rejected', 'instruction was rejected', reason)
  const error = ccxtError(rejected) as Error
  expect(error).toBeInstanceOf(ccxt.InsufficientFunds)
  expect(error.message).toBe('omg move.amount: too little Move less.')
  expect(error.cause).toBe(rejected)
})

it('a code can mean something else, and what is unknown is an ExchangeError', () => {
  const stale = new OmgError('move.stale_guard', 'gone', 'Refresh.')
  expect(ccxtError(stale)).toBeInstanceOf(ccxt.OrderNotFound)
  expect(ccxtError(stale, { 'move.stale_guard': ccxt.InsufficientFunds })).toBeInstanceOf(
    ccxt.InsufficientFunds,
  )
  expect(ccxtError(new OmgError('x.y', '', ''))).toBeInstanceOf(ccxt.ExchangeError)
  const [own, other] = [new ccxt.BadSymbol('x'), new TypeError('x')]
  expect(ccxtError(own)).toBe(own)
  expect(ccxtError(other)).toBe(other)
})
